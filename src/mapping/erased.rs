//! People who are anonymised or asked to be erased, by decision H5: never brought back.

use std::collections::BTreeMap;

use crate::destination::intercom::payload::contact::{self as payload, ContactBody, Role};
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::company::external_id;
use super::context::Context;
use super::draft::{Becomes, Mapped, Outcome};
use super::field::as_boolean;
use super::policy::Erased;
use crate::model::record::FieldValue;

/// Standard fields by which a source marks them.
const MARKS: [&str; 3] = ["anonymised", "anonymized", "erasure_requested"];

/// The name that stands for all of them.
const NAME: &str = "Anonymised customer";

/// Why a marked person waits for decision H5.
pub const HELD: &str = "anonymised";

/// The rule by which a marked person is left out.
pub const SKIPPED: &str = "H5 skip";

/// Whether a record is so marked; a mark that says no is none.
pub(super) fn is_marked(standard: &BTreeMap<String, String>) -> bool {
    MARKS.iter().filter_map(|mark| standard.get(*mark)).any(|word| {
        !word.trim().is_empty() && as_boolean(&FieldValue::Text(word.clone())) != Some(false)
    })
}

/// Lets a marked record go on only if decision H5 says that it moves without the person.
pub(super) fn refuse(context: &Context) -> Result<(), Outcome> {
    match context.policy.of_source.erased {
        Erased::Hold => Err(Outcome::queued(HELD, "decision H5")),
        Erased::Skip => Err(Outcome::Excluded { rule: SKIPPED.to_owned() }),
        Erased::Anonymous => Ok(()),
    }
}

/// A lead without anything personal.
pub(super) fn contact(key: &SourceKey, context: &Context) -> Mapped {
    let body = ContactBody {
        role: Some(Role::Lead),
        external_id: Some(external_id(key, context)),
        name: Some(NAME.to_owned()),
        ..ContactBody::default()
    };
    let step = payload::create(StepKey::from("create"), &body);
    Account::default().written(key, Becomes::Lead, vec![step])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_that_says_so_counts() {
        for (field, word, expected) in [
            ("anonymised", "yes", true),
            ("anonymised", "no", false),
            ("erasure_requested", "2024-01-02", true),
            ("anonymized", " ", false),
            ("city", "yes", false),
        ] {
            let standard = [(field.to_owned(), word.to_owned())].into();
            assert_eq!(is_marked(&standard), expected, "{field} {word}");
        }
    }
}
