//! Whose an object is between Intercom's answer and the ledger: no other record whose outcome is
//! looked up meanwhile may take it for its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{DestinationId, SourceKey};

/// Objects that records made and that the ledger does not know yet; one a record at most.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<SourceKey, DestinationId>>);

impl Claims {
    /// Claims an object for a record; false if another record of its sort has it.
    pub fn claim(&self, owner: &SourceKey, object: &DestinationId) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = claims.iter().any(|(other, claimed)| {
            claimed == object && other != owner && other.object() == owner.object()
        });
        if !taken {
            claims.insert(owner.clone(), object.clone());
        }
        !taken
    }

    /// The ledger knows now.
    pub fn release(&self, owner: &SourceKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_one_owner_of_a_sort_until_it_is_released() {
        let [a, b, c] = ["x/ticket/1", "x/ticket/2", "x/article/1"].map(|k| k.parse().unwrap());
        let (claims, object) = (Claims::default(), DestinationId::from("7"));
        assert!(claims.claim(&a, &object));
        assert!(claims.claim(&a, &object));
        assert!(!claims.claim(&b, &object));
        assert!(claims.claim(&c, &object), "ids of other objects are other ids");
        claims.release(&a);
        assert!(claims.claim(&b, &object));
    }
}
