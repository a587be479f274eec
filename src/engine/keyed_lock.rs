//! Requests that a look-up could not tell apart go one after another, each until its outcome is in
//! the ledger: otherwise what one made could be taken for what the other made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Gate, OwnedMutexGuard};

/// Names of locks kept before those that nobody uses are thrown out.
const LANES_KEPT: usize = 4_096;

/// The locks of a run.
#[derive(Debug, Default)]
pub struct KeyedLocks(Mutex<HashMap<String, Weak<Gate<()>>>>);

/// Holds a lane; it is free when this is dropped.
#[derive(Debug)]
pub struct KeyedLock {
    _held: OwnedMutexGuard<()>,
}

impl KeyedLocks {
    /// Waits until the lane is free, and takes it.
    pub async fn enter(&self, name: String) -> KeyedLock {
        let gate = self.gate(name);
        KeyedLock { _held: gate.lock_owned().await }
    }

    fn gate(&self, name: String) -> Arc<Gate<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = locks.get(&name).and_then(Weak::upgrade) {
            return gate;
        }
        if locks.len() >= LANES_KEPT {
            locks.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::new(Gate::new(()));
        locks.insert(name, Arc::downgrade(&gate));
        gate
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_lane_holds_one_and_others_are_not_in_its_way() {
        let locks = KeyedLocks::default();
        let held = locks.enter("a".into()).await;
        assert!(locks.enter("a".into()).now_or_never().is_none());
        assert!(locks.enter("b".into()).now_or_never().is_some());
        drop(held);
        assert!(locks.enter("a".into()).now_or_never().is_some());
    }
}
