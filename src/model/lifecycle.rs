//! The two lifecycles, as tables: of a record, and of the attempts and effects of one step of its
//! draft. The same tables are asked before an append and again by the auditor's check.

use serde::{Deserialize, Serialize};

use super::Event;
use super::StepKey;

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

/// Where the latest attempt at one step stands. What an attempt changed in Intercom is an effect,
/// which no attempt after it takes away.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AttemptStage {
    /// None is open.
    #[default]
    Idle,
    /// Intent recorded, no outcome yet.
    Started,
    /// Sent, outcome not known.
    Unknown,
    /// Undo intent recorded, no outcome yet.
    Undoing,
}

/// What the events of one step amount to: its attempt, and how many of its effects stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepLife {
    /// The latest attempt.
    pub attempt: AttemptStage,
    /// Effects that landed and were not undone.
    pub standing: u32,
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

impl AttemptStage {
    /// True if an intent is open: its outcome must be found out before anything else.
    pub fn is_open(self) -> bool {
        match self {
            Self::Idle => false,
            Self::Started | Self::Unknown | Self::Undoing => true,
        }
    }
}

impl StepLife {
    /// What the step amounts to after `event`, which must be about a step ([`step_of`]).
    ///
    /// # Errors
    /// If the event is not possible here.
    pub fn after(self, event: &Event) -> Result<Self, LifecycleError> {
        use AttemptStage as A;
        let idle = Self { attempt: A::Idle, ..self };
        let landed = Self { standing: self.standing.saturating_add(1), ..idle };
        Ok(match (self.attempt, event) {
            (A::Idle, Event::PreImageCaptured(_)) => self,
            (A::Idle, Event::WriteStarted(_)) => Self { attempt: A::Started, ..self },
            (A::Started, Event::WriteSucceeded(_)) => landed,
            // A failure never changes what is known to stand.
            (A::Started, Event::WriteFailed(_)) => idle,
            (A::Started, Event::WriteOutcomeUnknown(_)) => Self { attempt: A::Unknown, ..self },
            (A::Unknown, Event::WriteOutcomeResolved(resolved)) => {
                if resolved.landed {
                    landed
                } else {
                    idle
                }
            }
            (A::Unknown, Event::WriteOutcomeDecided(decided)) => {
                if decided.landed {
                    landed
                } else {
                    idle
                }
            }
            // Undoing what is gone counts as done, so an undo may be started again.
            (A::Idle | A::Undoing, Event::UndoStarted(_)) if self.standing > 0 => {
                Self { attempt: A::Undoing, ..self }
            }
            (A::Undoing, Event::UndoSucceeded(undone)) if self.standing > 0 => Self {
                // The first release undid all effects of a step at once.
                standing: undone.effect.map_or(0, |_| self.standing - 1),
                ..idle
            },
            (A::Undoing, Event::UndoFailed(_)) => idle,
            (A::Idle | A::Undoing, Event::UndoKept(_) | Event::UndoImpossible(_))
                if self.standing > 0 =>
            {
                idle
            }
            _ => {
                let stage = format!("{:?}, {} effects", self.attempt, self.standing);
                return Err(LifecycleError { stage, event: event.name() });
            }
        })
    }
}

/// The step that an event is about, if it is about one. Every kind of event takes a stand here.
pub fn step_of(event: &Event) -> Option<&StepKey> {
    match event {
        Event::PreImageCaptured(facts) => Some(&facts.step),
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
        Event::RunStarted(_)
        | Event::RunFinished(_)
        | Event::RunInterrupted(_)
        | Event::SourceSealed(_)
        | Event::RecordRead(_)
        | Event::RecordRejected(_)
        | Event::RecordVanished(_)
        | Event::RejectionLifted(_)
        | Event::MappingProposed(_)
        | Event::MappingConfirmed(_)
        | Event::DecisionRecorded(_)
        | Event::RecordTransformed(_)
        | Event::RecordExcluded(_)
        | Event::RecordQueued(_)
        | Event::RecordHandedOff(_)
        | Event::RecordMerged(_)
        | Event::PlanSealed(_)
        | Event::PlanApproved(_)
        | Event::RecordWritten(_)
        | Event::FieldsVerified(_)
        | Event::FieldsDiffered(_)
        | Event::ComparedUnchanged(_)
        | Event::DriftFound(_)
        | Event::GatePassed(_)
        | Event::GateFailed(_)
        | Event::RollbackPlanned(_)
        | Event::ResidueCertified(_)
        | Event::WorkspaceProbed(_)
        | Event::WorkspaceRecorded(_)
        | Event::ClaimStarted(_)
        | Event::ClaimEnded(_)
        | Event::HandoffAttested(_)
        | Event::HandoffObserved(_)
        | Event::PayloadErased(_)
        | Event::CheckpointSealed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;
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
            before: None,
            adopting: false,
            removes: false,
            content: None,
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

    fn succeeded() -> Event {
        let response = Digest::of(Purpose::Response, b"r");
        WriteSucceeded { step: "create".into(), object: None, response, adopted: false }.into()
    }

    fn failed() -> Event {
        let class = FailureClass::Permanent;
        WriteFailed { step: "create".into(), class, status: 422, code: "x".into() }.into()
    }

    fn undoing(effect: Option<u64>) -> Event {
        UndoStarted {
            step: "create".into(),
            effect: effect.map(Position),
            operation: "contact_archive".into(),
            object: "1".into(),
            attempt: 1,
        }
        .into()
    }

    fn undone(effect: Option<u64>) -> Event {
        let effect = effect.map(Position);
        let (ends, kept, already_gone) = (true, Vec::new(), false);
        UndoSucceeded { step: "create".into(), effect, ends, kept, already_gone }.into()
    }

    fn run(events: &[Event]) -> Result<(AttemptStage, u32), LifecycleError> {
        let life = events.iter().try_fold(StepLife::default(), |life, event| life.after(event))?;
        Ok((life.attempt, life.standing))
    }

    #[test]
    fn an_open_intent_admits_no_second_one() {
        assert!(run(&[started(), started()]).is_err());
        assert!(run(&[started(), unknown(), started()]).is_err());
    }

    #[test]
    fn an_unknown_outcome_is_resolved_before_the_next_attempt() {
        use AttemptStage::{Idle, Started};
        assert_eq!(run(&[started(), unknown(), resolved(true)]), Ok((Idle, 1)));
        assert_eq!(run(&[started(), unknown(), resolved(false), started()]), Ok((Started, 0)));
    }

    #[test]
    fn a_person_decides_what_is_unknown_and_nothing_else() {
        use AttemptStage::Idle;
        assert_eq!(run(&[started(), unknown(), decided(true)]), Ok((Idle, 1)));
        assert_eq!(run(&[started(), unknown(), decided(false)]), Ok((Idle, 0)));
        assert!(run(&[decided(true)]).is_err());
        assert!(run(&[started(), decided(true)]).is_err());
        assert!(run(&[started(), unknown(), resolved(true), decided(false)]).is_err());
        assert!(run(&[started(), unknown(), decided(true), decided(true)]).is_err());
    }

    #[test]
    fn an_outcome_needs_an_intent() {
        assert!(run(&[unknown()]).is_err());
        assert!(run(&[resolved(true)]).is_err());
        assert!(run(&[undone(Some(1))]).is_err());
    }

    #[test]
    fn a_refused_update_leaves_what_stood() {
        let events = [started(), succeeded(), started(), failed()];
        assert_eq!(run(&events), Ok((AttemptStage::Idle, 1)));
        let lost = [started(), succeeded(), started(), unknown(), resolved(false)];
        assert_eq!(run(&lost), Ok((AttemptStage::Idle, 1)));
    }

    #[test]
    fn effects_are_undone_one_by_one_and_never_twice() {
        use AttemptStage::Idle;
        let two = [started(), succeeded(), started(), succeeded()];
        let with = |more: &[Event]| run(&[&two, more].concat());
        assert_eq!(with(&[undoing(Some(4)), undone(Some(4))]), Ok((Idle, 1)));
        assert_eq!(with(&[undoing(None), undone(None)]), Ok((Idle, 0)));
        assert!(with(&[undoing(None), undone(None), undoing(Some(2))]).is_err());
    }

    #[test]
    fn what_is_not_about_a_step_is_refused() {
        let other = Event::from(RecordExcluded { rule: "x".into() });
        assert!(step_of(&other).is_none());
        assert!(StepLife::default().after(&other).is_err());
    }

    #[test]
    fn only_a_drafted_record_is_written() {
        let draft = Digest::of(Purpose::Draft, b"d");
        let written = Event::from(RecordWritten { draft, object: None, adopted: false });
        assert!(RecordStage::Read.after(&written).is_err());
        assert_eq!(RecordStage::Drafted.after(&written), Ok(RecordStage::Written));
    }
}
