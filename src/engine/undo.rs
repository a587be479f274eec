//! Takes effects back: look at what stands now, decide, one attempt, outcome. An answer that tells
//! nothing is followed by another look, so an undo may be repeated as often as needed.

use serde_json::Value;

use super::error::EngineError;
use super::executor::{ADOPT, Aim, End, Executor, Intent, PendingOutcomes};
use super::load::parse;
use super::reading;
use super::residue::{self, LINK};
use super::setting::ATTEMPTS_MAX;
use crate::destination::contract::{Reason, Refusal};
use crate::destination::intercom::family::{self, Entry};
use crate::destination::intercom::object::{ReadBack, Target};
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::destination::intercom::three_way::{KeptField, TakeBack, take_back};
use crate::destination::intercom::undo::{UndoBy, inverse};
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{
    FailureClass, UndoFailed, UndoImpossible, UndoKept, UndoStarted, UndoSucceeded,
};
use crate::model::{
    DestinationId, Digest, Event, Position, SourceKey, StepKey, StreamId, canonical_json,
};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{Effect, StepState};

/// Answers that something is gone, or so already, which a look contradicts.
const DENIED_MAX: u32 = 2;

/// What is taken back.
#[derive(Clone, Copy)]
pub struct UndoTarget<'a> {
    /// The record.
    pub key: &'a SourceKey,
    /// Its stream.
    pub stream: StreamId,
    /// The step.
    pub step: &'a StepKey,
    /// Where it stands.
    pub state: &'a StepState,
    /// The effect; all of the step, with its object, if none is named.
    pub effect: Option<&'a Effect>,
}

impl UndoTarget<'_> {
    fn at(&self) -> Option<Position> {
        self.effect.map(|effect| effect.at)
    }

    /// The object or part that the effect made or changed.
    fn object(&self) -> Option<DestinationId> {
        let named = match self.effect {
            Some(effect) => effect.object.clone().or_else(|| effect.target.clone()),
            None => self.state.object().or_else(|| self.state.target()).cloned(),
        };
        named.filter(|id| !id.as_str().is_empty())
    }

    /// Whether the record has no object any more once this effect is undone.
    fn ends(&self) -> bool {
        let left = self.state.standing().filter(|one| Some(one.at) != self.at()).count();
        self.step.as_str() == CREATE_STEP && (self.effect.is_none() || left == 0)
    }
}

/// What came of an undo.
#[derive(Clone, Debug, PartialEq)]
pub enum Undone {
    /// It is undone.
    Done {
        /// It was gone already.
        already_gone: bool,
        /// The operation that did it; none where nothing had to be sent.
        by: Option<Operation>,
    },
    /// It stands, because people changed it since.
    Kept,
    /// Nothing can undo it.
    Impossible,
    /// Intercom refused: a person must look.
    Failed,
}

/// Takes effects back.
pub struct Undoer<'a> {
    /// The executor.
    pub executor: Executor<'a>,
    /// How far, and in whose name.
    pub by: &'a UndoBy,
}

/// What a look at an effect says is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// The object is not there any more.
    Gone,
    /// Requests, perhaps none, and fields that stay.
    Back(TakeBack),
    /// Nothing can take it back; these requests undo what it disturbed.
    Never(Vec<Request>),
}

impl Undoer<'_> {
    /// Deletes or archives the object of a record, with all that was done to it.
    ///
    /// # Errors
    /// If the ledger refuses, or Intercom stops the run or cannot be reached.
    pub async fn remove(
        &self,
        target: &UndoTarget<'_>,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        let mut number = target.state.undo_attempts;
        let mut denied = 0;
        for _ in 0..ATTEMPTS_MAX {
            let Some(request) = self.removal(target).await? else {
                return Ok(self.impossible(target, number, "Intercom offers no way", outcomes));
            };
            let by = request.operation;
            match self.presence(target, &request).await? {
                Presence::There => {}
                // An attempt whose answer was lost may have done it: what that leaves, is left.
                Presence::Archived => {
                    return Ok(self.found_done(target, number, by.name(), outcomes));
                }
                // Nobody else makes a company vanish: Intercom shows no archived one.
                Presence::Gone
                    if residue::archives(by) && !family::of(by).hides(by) && number == 0 =>
                {
                    return Ok(self.found_done(target, number, ADOPT, outcomes));
                }
                Presence::Gone => return Ok(self.found_done(target, number, by.name(), outcomes)),
            }
            match self.send(target, request, &mut number, outcomes).await? {
                Sending::Done => return Ok(self.done(target, number, Some(by), false, outcomes)),
                Sending::Failed => return Ok(Undone::Failed),
                // That it is gone is believed once a look agrees; what stands is sent for again.
                Sending::Gone(refusal) if denied >= DENIED_MAX => {
                    return Ok(self.failed(target, number, &refusal, outcomes));
                }
                Sending::Gone(_) => denied += 1,
                Sending::Unknown => {}
            }
        }
        Err(self.unreachable("attempts_exhausted"))
    }

    /// Takes one effect back where what stands is still as we left it.
    ///
    /// # Errors
    /// If the ledger refuses, or Intercom stops the run or cannot be reached.
    pub async fn take_back(
        &self,
        target: &UndoTarget<'_>,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        let mut number = target.state.undo_attempts;
        let mut lost = None;
        let mut denied = 0;
        'look: for _ in 0..ATTEMPTS_MAX {
            let (back, possible) = match self.way(target).await? {
                Way::Gone => return Ok(self.found_done(target, number, ADOPT, outcomes)),
                Way::Back(back) => (back, true),
                Way::Never(requests) => (TakeBack { requests, ..TakeBack::default() }, false),
            };
            let TakeBack { requests, kept, restored } = back;
            let by = requests.first().map(|request| request.operation);
            for request in requests {
                match self.send(target, request, &mut number, outcomes).await? {
                    Sending::Done => {}
                    Sending::Failed => return Ok(Undone::Failed),
                    // An answer that it is so already is believed once a look agrees.
                    Sending::Gone(refusal) if denied >= DENIED_MAX => {
                        return Ok(self.failed(target, number, &refusal, outcomes));
                    }
                    Sending::Gone(_) => {
                        denied += 1;
                        lost = by;
                        continue 'look;
                    }
                    Sending::Unknown => {
                        lost = by;
                        continue 'look;
                    }
                }
            }
            return Ok(match (possible, by) {
                (false, _) => {
                    let said = target.effect.and_then(|one| Operation::from_name(&one.operation));
                    let reason = match said.is_some_and(is_message) {
                        true => "a message cannot be taken out of a thread",
                        false => "Intercom offers no way",
                    };
                    self.impossible(target, number, reason, outcomes)
                }
                // An attempt whose answer was lost put back all but these.
                (true, None) if !kept.is_empty() && restored => {
                    self.without_request(target, number, ADOPT, outcomes);
                    self.but_for(target, number + 1, lost, &kept, outcomes)?
                }
                (true, None) if !kept.is_empty() => {
                    self.keep(target, number, &names(&kept), &kept, outcomes)?
                }
                (true, None) => match lost {
                    Some(by) => self.found_done(target, number, by.name(), outcomes),
                    None => self.nothing_to_do(target, number, outcomes),
                },
                (true, by) if kept.is_empty() => self.done(target, number, by, false, outcomes),
                (true, by) => self.but_for(target, number, by, &kept, outcomes)?,
            });
        }
        Err(self.unreachable("attempts_exhausted"))
    }

    /// Records that an object stays because people touched it.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn keep_object(
        &self,
        target: &UndoTarget<'_>,
        touched: &[String],
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        self.keep(target, target.state.undo_attempts, touched, &[], outcomes)
    }

    /// What is to be done about one effect, as Intercom stands now.
    ///
    /// # Errors
    /// If the ledger or Intercom cannot be read.
    pub async fn way(&self, target: &UndoTarget<'_>) -> Result<Way, EngineError> {
        let Some(effect) = target.effect else { return Ok(Way::Gone) };
        if effect.operation == ADOPT {
            return Ok(Way::Back(TakeBack::default()));
        }
        let request: Request = self.stored(target.key, "request", effect.intent_at).await?;
        let object = target.object().unwrap_or_else(|| DestinationId::from(""));
        let Some(at) = effect.before else {
            // Nothing stood, or an older program did not record it.
            return Ok(match self.plain(&request, &object) {
                Some(request) => {
                    Way::Back(TakeBack { requests: vec![request], ..TakeBack::default() })
                }
                None => Way::Never(Vec::new()),
            });
        };
        let before: ReadBack = self.stored(target.key, "state before", at).await?;
        let Some(now) = self.now(&request, &before).await? else { return Ok(Way::Gone) };
        if is_message(request.operation) {
            let settle = family::of(request.operation).settle_again(&before, &now, self.by);
            return Ok(
                match inverse(&request, &object, self.by).filter(|_| self.by.redact_parts) {
                    Some(redact) => {
                        let requests = std::iter::once(redact).chain(settle).collect();
                        Way::Back(TakeBack { requests, ..TakeBack::default() })
                    }
                    None => Way::Never(settle),
                },
            );
        }
        Ok(match take_back(&before, &request, &now, self.by) {
            Some(back) => Way::Back(back),
            None => Way::Never(Vec::new()),
        })
    }

    async fn now(
        &self,
        request: &Request,
        before: &ReadBack,
    ) -> Result<Option<ReadBack>, EngineError> {
        let mut target = Target::of(request, before.id.clone());
        target.kind = before.kind;
        let executor = &self.executor;
        reading::find_surely(executor.context, executor.destination, &target).await
    }

    /// The request that removes the object of a record: the inverse of what made it.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn removal(&self, target: &UndoTarget<'_>) -> Result<Option<Request>, EngineError> {
        let Some(object) = target.object() else { return Ok(None) };
        let made = |one: &&Effect| one.creates();
        let of_object = |one: &&Effect| one.object.as_ref() == Some(&object);
        let effects = &target.state.effects;
        let unarchived = |one: &Effect| {
            let operation = Operation::from_name(&one.operation);
            operation.is_some_and(|operation| family::of(operation).brings_back(operation))
        };
        let first = effects
            .iter()
            .filter(of_object)
            .find(|one| made(one) && !unarchived(one))
            .or_else(|| target.state.standing().next());
        let Some(first) = first else { return Ok(None) };
        let request: Request = self.stored(target.key, "request", first.intent_at).await?;
        Ok(inverse(&request, &object, self.by))
    }

    /// Whether the object is there, or is archived already where that is all that can be done.
    pub(super) async fn presence(
        &self,
        target: &UndoTarget<'_>,
        removal: &Request,
    ) -> Result<Presence, EngineError> {
        let Some(object) = target.object() else { return Ok(Presence::Gone) };
        let what = Target::of(removal, object);
        let executor = &self.executor;
        let found = reading::find_surely(executor.context, executor.destination, &what).await?;
        let archives = residue::archives(removal.operation);
        Ok(match found {
            None => Presence::Gone,
            Some(back) if archives && Entry::of(&back.object).archived => Presence::Archived,
            Some(_) => Presence::There,
        })
    }

    /// The inverse of a request that took nothing of before.
    fn plain(&self, request: &Request, object: &DestinationId) -> Option<Request> {
        if is_message(request.operation) && !self.by.redact_parts {
            return None;
        }
        let family = family::of(request.operation);
        super::remove::off(request, object, &self.by.admin_id)
            .filter(|_| !family.goes_whole(request.operation))
            .or_else(|| family.emptied(request))
    }

    async fn stored<T: serde::de::DeserializeOwned>(
        &self,
        key: &SourceKey,
        what: &'static str,
        at: Position,
    ) -> Result<T, EngineError> {
        let payload = self.executor.context.ledger.payloads(&[at]).await?.pop().flatten();
        let bytes = payload.ok_or_else(|| EngineError::Erased(key.clone()))?;
        parse(what, key, &bytes)
    }

    async fn send(
        &self,
        target: &UndoTarget<'_>,
        request: Request,
        number: &mut u32,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Sending, EngineError> {
        let object = target.object().unwrap_or_else(|| DestinationId::from(""));
        let mut intent = Intent {
            key: target.key.clone(),
            step: target.step.clone(),
            aim: Aim::Undo { effect: target.at(), object },
            request,
            attempts: *number,
            known: Default::default(),
        };
        let end = match self.executor.perform(&mut intent, outcomes).await {
            // One effect that may notify somebody does not hold up all others.
            Err(EngineError::NeedsWaiver(name)) => {
                *number += 1;
                outcomes.push(self.executor.started(&intent, *number)?);
                let facts = UndoFailed {
                    step: target.step.clone(),
                    effect: target.at(),
                    status: 0,
                    code: format!("needs_waiver_{name}"),
                    class: FailureClass::Permanent,
                };
                outcomes.push(event(target, *number, facts));
                return Ok(Sending::Failed);
            }
            end => end?,
        };
        *number = intent.attempts;
        Ok(match end {
            End::Done { .. } => Sending::Done,
            End::Refused(refusal) if matches!(refusal.reason, Reason::Gone | Reason::SameState) => {
                Sending::Gone(refusal)
            }
            End::Refused(refusal) => {
                self.failed(target, *number, &refusal, outcomes);
                Sending::Failed
            }
            End::Ambiguous { .. } | End::Unknown => Sending::Unknown,
        })
    }

    /// Intercom refuses for good: a person must look.
    fn failed(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        refusal: &Refusal,
        outcomes: &mut PendingOutcomes,
    ) -> Undone {
        let facts = UndoFailed {
            step: target.step.clone(),
            effect: target.at(),
            status: refusal.status,
            code: refusal.code.clone(),
            class: FailureClass::Permanent,
        };
        outcomes.push(event(target, number, facts));
        Undone::Failed
    }

    pub(super) fn done(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        by: Option<Operation>,
        already_gone: bool,
        outcomes: &mut PendingOutcomes,
    ) -> Undone {
        let facts = UndoSucceeded {
            step: target.step.clone(),
            effect: target.at(),
            ends: target.ends(),
            kept: Vec::new(),
            already_gone,
        };
        outcomes.push(event(target, number, facts));
        Undone::Done { already_gone, by }
    }

    /// Undone but for fields that stay.
    pub(super) fn but_for(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        by: Option<Operation>,
        kept: &[KeptField],
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        let facts = UndoSucceeded {
            step: target.step.clone(),
            effect: target.at(),
            ends: target.ends(),
            kept: names(kept),
            already_gone: false,
        };
        let payload = Some(canonical_json(&kept)?);
        outcomes.push(NewEvent { payload, ..event(target, number, facts) });
        Ok(Undone::Done { already_gone: false, by })
    }

    /// Nothing is sent: all is as it was before.
    fn nothing_to_do(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        outcomes: &mut PendingOutcomes,
    ) -> Undone {
        self.without_request(target, number, ADOPT, outcomes);
        self.done(target, number + 1, None, false, outcomes)
    }

    /// Records that an effect is gone with what it led to.
    pub fn is_gone(&self, target: &UndoTarget<'_>, outcomes: &mut PendingOutcomes) {
        self.found_done(target, target.state.undo_attempts, ADOPT, outcomes);
    }

    /// Nothing is sent: the words stay, but what they lead to is gone.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn leads_nowhere(
        &self,
        target: &UndoTarget<'_>,
        gone: &SourceKey,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        let number = target.state.undo_attempts;
        self.without_request(target, number, ADOPT, outcomes);
        let (before, ours, now) = (Value::Null, Value::Null, Value::Null);
        let kept = KeptField { field: format!("{LINK}{gone}"), before, ours, now };
        self.but_for(target, number + 1, None, &[kept], outcomes)
    }

    /// Nothing is sent: what is to go is gone, as if `operation` had done it.
    fn found_done(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        operation: &str,
        outcomes: &mut PendingOutcomes,
    ) -> Undone {
        self.without_request(target, number, operation, outcomes);
        self.done(target, number + 1, None, true, outcomes)
    }

    fn without_request(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        operation: &str,
        outcomes: &mut PendingOutcomes,
    ) {
        let started = UndoStarted {
            step: target.step.clone(),
            effect: target.at(),
            operation: operation.to_owned(),
            object: target.object().unwrap_or_else(|| DestinationId::from("")),
            attempt: number + 1,
        };
        outcomes.push(event(target, number + 1, started));
    }

    fn keep(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        touched: &[String],
        kept: &[KeptField],
        outcomes: &mut PendingOutcomes,
    ) -> Result<Undone, EngineError> {
        let facts = UndoKept {
            step: target.step.clone(),
            effect: target.at(),
            object: target.object().unwrap_or_else(|| DestinationId::from("")),
            touched: touched.to_vec(),
        };
        let payload = if kept.is_empty() { None } else { Some(canonical_json(&kept)?) };
        let ordinal = number + 1 + target.state.kept;
        outcomes.push(NewEvent { payload, ..event(target, ordinal, facts) });
        Ok(Undone::Kept)
    }

    fn impossible(
        &self,
        target: &UndoTarget<'_>,
        number: u32,
        reason: &str,
        outcomes: &mut PendingOutcomes,
    ) -> Undone {
        let facts = UndoImpossible {
            step: target.step.clone(),
            effect: target.at(),
            object: target.object(),
            reason: reason.to_owned(),
        };
        outcomes.push(event(target, number + 1 + target.state.kept, facts));
        Undone::Impossible
    }

    fn unreachable(&self, code: &str) -> EngineError {
        EngineError::Unreachable { code: code.to_owned(), operation: "undo".to_owned() }
    }
}

/// An event of this attempt. Content and ordinal make it the only one of its kind.
pub(super) fn event(target: &UndoTarget<'_>, attempt: u32, facts: impl Into<Event>) -> NewEvent {
    let step = Digest::of(Purpose::Step, target.step.as_str().as_bytes());
    NewEvent { content: step.into(), ordinal: attempt, ..NewEvent::new(target.key.clone(), facts) }
}

fn names(kept: &[KeptField]) -> Vec<String> {
    kept.iter().map(|field| field.field.clone()).collect()
}

/// Whether a request appends a message or note to a thread.
fn is_message(operation: Operation) -> bool {
    family::of(operation).is_reply(operation)
}

/// Whether an object is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    Archived,
    Gone,
}

enum Sending {
    Done,
    /// Intercom says that it is gone, or so already.
    Gone(Refusal),
    Failed,
    Unknown,
}
