//! How a step ended, for whoever carries on with its record.

use crate::destination::contract::Refusal;
use crate::model::DestinationId;

/// Why a record waits whose request may or may not have been carried out.
pub const AMBIGUOUS: &str = "ambiguous_outcome";

/// Whether a record that waits for this reason is tried again by the next plan: only trying shows
/// whether the cause was mended.
pub fn ends_with_a_new_try(reason: &str) -> bool {
    reason.starts_with(REFUSED)
        || [MISSING_DEPENDENCY, CHANGED_IN_INTERCOM, "archived_contact", "same_contact", "hole"]
            .contains(&reason)
        || ["attribute_differs", "ticket_type_missing"].contains(&reason)
}

/// A reason to wait: Intercom refused, with this code.
const REFUSED: &str = "refused_";
/// A reason to wait: an object that is needed is not in Intercom.
pub const MISSING_DEPENDENCY: &str = "missing_dependency";
/// A reason to wait: people changed what is about to be changed.
pub const CHANGED_IN_INTERCOM: &str = "changed_in_intercom";

/// How one step ended.
pub enum Step {
    /// It is in effect.
    Done {
        /// The object made or changed.
        object: Option<DestinationId>,
        /// The object was there before the migration.
        adopted: bool,
    },
    /// A person has to look.
    Waits {
        /// Short stable name of the reason.
        reason: String,
        /// What would release it.
        release: String,
    },
}

/// A refusal for good, as a reason to wait.
pub fn refused(refusal: &Refusal) -> Step {
    let field = refusal.field.as_deref().map(|field| format!(" ({field})")).unwrap_or_default();
    Step::Waits {
        reason: format!("{REFUSED}{}", refusal.code),
        release: format!(
            "Intercom answers {} {}{field}: mend the record or the map, then plan again",
            refusal.status, refusal.code
        ),
    }
}

/// An outcome that cannot be told, as a reason to wait.
pub fn ambiguous(candidates: &[DestinationId]) -> Step {
    Step::Waits { reason: AMBIGUOUS.to_owned(), release: question(candidates) }
}

/// What a person has to find out.
pub fn question(candidates: &[DestinationId]) -> String {
    if candidates.is_empty() {
        return "look whether it is there: what can be read back does not reach so far".to_owned();
    }
    let ids: Vec<&str> = candidates.iter().map(DestinationId::as_str).collect();
    format!("look which of these is the record's: {}", ids.join(", "))
}
