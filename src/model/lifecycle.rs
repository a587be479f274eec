//! The two lifecycles, as tables: of a record, and of one step of its draft. The same tables are
//! asked before an append and again by the auditor's check.

use serde::{Deserialize, Serialize};

use super::Event;
use super::StepKey;
use super::event::FailureClass;

/// Where a record stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordStage {
    /// Nothing is known of it but its key.
    #[default]
    Unseen,
    /// Read, not yet mapped.
    Read,
    /// Could not be used.
    Rejected,
    /// Missing from the latest full export.
    Vanished,
    /// Mapped; writes may be pending.
    Drafted,
    /// Left out by a rule.
    Excluded,
    /// Waits for a person.
    Queued,
    /// For a person to move.
    HandedOff,
    /// Part of another record's object.
    Merged,
    /// Everything drafted is written.
    Written,
    /// Rolled back.
    Undone,
}

/// Where one step of a draft stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum StepStage {
    /// Never tried, or looked up and found not done.
    #[default]
    Absent,
    /// Intent recorded, no outcome yet.
    Started,
    /// Done.
    Done,
    /// Refused for now.
    FailedForNow,
    /// Refused for good.
    FailedForGood,
    /// Sent, outcome not known.
    Unknown,
    /// Undo intent recorded, no outcome yet.
    Undoing,
    /// Undone.
    Undone,
    /// Undo refused: a person must look.
    UndoFailed,
    /// Stays, because people have touched it.
    Kept,
    /// Cannot be undone.
    Impossible,
}

/// An event that the table does not admit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{event} is not possible in stage {stage}")]
pub struct LifecycleError {
    /// Stage before the event.
    pub stage: String,
    /// Name of the event.
    pub event: &'static str,
}

fn refuse<T>(stage: impl std::fmt::Debug, event: &Event) -> Result<T, LifecycleError> {
    Err(LifecycleError { stage: format!("{stage:?}"), event: event.name() })
}

impl RecordStage {
    /// The stage after `event`, the same stage if the event does not concern records.
    ///
    /// # Errors
    /// If the event is not possible in this stage.
    pub fn after(self, event: &Event) -> Result<Self, LifecycleError> {
        use RecordStage as R;
        Ok(match (self, event) {
            (_, Event::RecordRead(_)) => R::Read,
            (R::Unseen | R::Rejected, Event::RecordRejected(_)) => R::Rejected,
            // A record that was good before keeps what was written of it.
            (stage, Event::RecordRejected(_)) => stage,
            (R::Rejected, Event::RejectionLifted(_)) => R::Vanished,
            (stage, Event::RejectionLifted(_)) => stage,
            (R::Unseen, Event::RecordVanished(_)) => return refuse(self, event),
            (_, Event::RecordVanished(_)) => R::Vanished,
            (_, Event::RecordTransformed(_)) => R::Drafted,
            (_, Event::RecordExcluded(_)) => R::Excluded,
            (_, Event::RecordQueued(_)) => R::Queued,
            (_, Event::RecordHandedOff(_)) => R::HandedOff,
            (_, Event::RecordMerged(_)) => R::Merged,
            (R::Drafted | R::Written | R::Undone, Event::RecordWritten(_)) => R::Written,
            (_, Event::RecordWritten(_)) => return refuse(self, event),
            (stage, _) => stage,
        })
    }
}

impl StepStage {
    /// The stage after `event`, the same stage if the event does not concern steps.
    ///
    /// # Errors
    /// If the event is not possible in this stage.
    pub fn after(self, event: &Event) -> Result<Self, LifecycleError> {
        use StepStage as S;
        Ok(match (self, event) {
            // An open intent must be settled before the next; an undo likewise.
            (S::Started | S::Unknown | S::Undoing, Event::WriteStarted(_)) => {
                return refuse(self, event);
            }
            (_, Event::WriteStarted(_)) => S::Started,
            (S::Started, Event::WriteSucceeded(_)) => S::Done,
            (S::Started, Event::WriteFailed(failed)) => match failed.class {
                FailureClass::Permanent => S::FailedForGood,
                FailureClass::Temporary => S::FailedForNow,
            },
            (S::Started, Event::WriteOutcomeUnknown(_)) => S::Unknown,
            (S::Unknown, Event::WriteOutcomeResolved(resolved)) => {
                if resolved.landed {
                    S::Done
                } else {
                    S::Absent
                }
            }
            (S::Unknown, Event::WriteOutcomeDecided(decided)) => {
                if decided.landed {
                    S::Done
                } else {
                    S::Absent
                }
            }
            // Undoing what is gone counts as done, so an undo may be started again.
            (
                S::Done | S::Undoing | S::UndoFailed | S::Kept | S::Impossible,
                Event::UndoStarted(_),
            ) => S::Undoing,
            (S::Undoing, Event::UndoSucceeded(_)) => S::Undone,
            (S::Undoing, Event::UndoFailed(_)) => S::UndoFailed,
            (S::Done | S::Undoing | S::UndoFailed | S::Kept, Event::UndoKept(_)) => S::Kept,
            (
                S::Done | S::Undoing | S::UndoFailed | S::Kept | S::Impossible,
                Event::UndoImpossible(_),
            ) => S::Impossible,
            (
                _,
                Event::WriteSucceeded(_)
                | Event::WriteFailed(_)
                | Event::WriteOutcomeUnknown(_)
                | Event::WriteOutcomeResolved(_)
                | Event::WriteOutcomeDecided(_)
                | Event::UndoStarted(_)
                | Event::UndoSucceeded(_)
                | Event::UndoFailed(_)
                | Event::UndoKept(_)
                | Event::UndoImpossible(_),
            ) => return refuse(self, event),
            (stage, _) => stage,
        })
    }

    /// True if the step's effect is in Intercom as far as the ledger knows.
    pub fn is_in_effect(self) -> bool {
        matches!(self, Self::Done | Self::UndoFailed | Self::Kept | Self::Impossible)
    }

    /// True if an intent is open: its outcome must be found out before anything else.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Started | Self::Unknown | Self::Undoing)
    }
}

/// The step that an event takes through [`StepStage`], if it is such an event.
pub fn step_of(event: &Event) -> Option<&StepKey> {
    match event {
        Event::WriteStarted(facts) => Some(&facts.step),
        Event::WriteSucceeded(facts) => Some(&facts.step),
        Event::WriteFailed(facts) => Some(&facts.step),
        Event::WriteOutcomeUnknown(facts) => Some(&facts.step),
        Event::WriteOutcomeResolved(facts) => Some(&facts.step),
        Event::WriteOutcomeDecided(facts) => Some(&facts.step),
        Event::UndoStarted(facts) => Some(&facts.step),
        Event::UndoSucceeded(facts) => Some(&facts.step),
        Event::UndoFailed(facts) => Some(&facts.step),
        Event::UndoKept(facts) => Some(&facts.step),
        Event::UndoImpossible(facts) => Some(&facts.step),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::{Digest, Purpose};
    use crate::model::event::*;
    use crate::model::reversibility::{NotificationClass, Reversibility};

    fn started() -> Event {
        let digest = Digest::of(Purpose::Step, b"s");
        Event::from(WriteStarted {
            step: "create".into(),
            digest,
            operation: "contact_create".into(),
            target: None,
            request: digest,
            attempt: 1,
            reversibility: Reversibility::Exact,
            notification: NotificationClass::Silent,
        })
    }

    fn unknown() -> Event {
        WriteOutcomeUnknown { step: "create".into(), code: "lost".into() }.into()
    }

    fn resolved(landed: bool) -> Event {
        WriteOutcomeResolved {
            step: "create".into(),
            landed,
            object: None,
            evidence: "listed".into(),
        }
        .into()
    }

    fn decided(landed: bool) -> Event {
        WriteOutcomeDecided { step: "create".into(), landed, object: None, by: "ann".into() }.into()
    }

    fn run(events: &[Event]) -> Result<StepStage, LifecycleError> {
        events.iter().try_fold(StepStage::Absent, |stage, event| stage.after(event))
    }

    #[test]
    fn an_open_intent_admits_no_second_one() {
        assert!(run(&[started(), started()]).is_err());
        assert!(run(&[started(), unknown(), started()]).is_err());
    }

    #[test]
    fn an_unknown_outcome_is_resolved_before_the_next_attempt() {
        assert_eq!(run(&[started(), unknown(), resolved(true)]), Ok(StepStage::Done));
        assert_eq!(
            run(&[started(), unknown(), resolved(false), started()]),
            Ok(StepStage::Started)
        );
    }

    #[test]
    fn a_person_decides_what_is_unknown_and_nothing_else() {
        assert_eq!(run(&[started(), unknown(), decided(true)]), Ok(StepStage::Done));
        assert_eq!(run(&[started(), unknown(), decided(false)]), Ok(StepStage::Absent));
        assert!(run(&[decided(true)]).is_err());
        assert!(run(&[started(), decided(true)]).is_err());
        assert!(run(&[started(), unknown(), resolved(true), decided(false)]).is_err());
        assert!(run(&[started(), unknown(), decided(true), decided(true)]).is_err());
    }

    #[test]
    fn an_outcome_needs_an_intent() {
        assert!(run(&[unknown()]).is_err());
        assert!(run(&[resolved(true)]).is_err());
        let undone = UndoSucceeded { step: "create".into(), already_gone: false };
        assert!(run(&[undone.into()]).is_err());
    }

    #[test]
    fn only_a_drafted_record_is_written() {
        let draft = Digest::of(Purpose::Draft, b"d");
        let written = Event::from(RecordWritten { draft, object: None, adopted: false });
        assert!(RecordStage::Read.after(&written).is_err());
        assert_eq!(RecordStage::Drafted.after(&written), Ok(RecordStage::Written));
    }
}
