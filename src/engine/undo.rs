//! Takes back the effect of one step: intent, attempt, outcome, like any other change. Undoing what
//! is gone already counts as done, so an undo may be repeated.

use std::time::Duration;

use serde_json::json;

use super::error::EngineError;
use super::load::parse;
use super::sent::{Sent, sent};
use super::setting::ATTEMPTS_MAX;
use super::step::{ADOPT, Door, Tail};
use crate::destination::contract::{Answer, Reason};
use crate::destination::intercom::object::ReadBack;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::destination::intercom::restore::restore;
use crate::destination::intercom::undo::{UndoBy, inverse};
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{
    FailureClass, UndoFailed, UndoImpossible, UndoKept, UndoStarted, UndoSucceeded,
};
use crate::model::{DestinationId, Digest, Event, SourceKey, StepKey, StreamId, canonical_json};
use crate::projection::StepState;

/// The step whose effect is taken back.
pub struct UndoTarget<'a> {
    /// The record.
    pub key: &'a SourceKey,
    /// Its stream.
    pub stream: StreamId,
    /// The step.
    pub step: &'a StepKey,
    /// Where it stands.
    pub state: &'a StepState,
}

/// What came of an undo.
#[derive(Clone, Debug, PartialEq)]
pub enum Undone {
    /// It is undone.
    Done {
        /// It was gone already.
        already_gone: bool,
        /// Fields that keep the value we gave them.
        kept: Vec<String>,
        /// The operation that did it; none where nothing had been sent.
        by: Option<Operation>,
    },
    /// Nothing can undo it.
    Impossible {
        /// Why.
        reason: String,
    },
    /// Intercom refused: a person must look.
    Failed {
        /// Its code.
        code: String,
    },
}

/// Takes effects back.
pub struct Undoer<'a> {
    /// The door's parts.
    pub door: Door<'a>,
    /// How far, and in whose name.
    pub by: &'a UndoBy,
}

/// Requests that take an effect back.
struct Way {
    requests: Vec<Request>,
    kept: Vec<String>,
}

impl Undoer<'_> {
    /// Takes the effect of a step back. The last outcome is left in `tail`.
    ///
    /// # Errors
    /// If the ledger refuses, or Intercom stops the run or cannot be reached.
    pub async fn take_back(
        &self,
        target: &UndoTarget<'_>,
        tail: &mut Tail,
    ) -> Result<Undone, EngineError> {
        let object = target.state.object.clone().or_else(|| target.state.target.clone());
        let object = object.unwrap_or_else(|| DestinationId::from(""));
        let Some(way) = self.way(target, &object).await? else {
            let reason = "Intercom offers no way".to_owned();
            let facts = UndoImpossible {
                step: target.step.clone(),
                object: target.state.object.clone(),
                reason: reason.clone(),
            };
            tail.push(self.event(target, target.state.undo_attempts + 1, facts));
            return Ok(Undone::Impossible { reason });
        };
        let by = way.requests.first().map(|request| request.operation);
        let mut already_gone = false;
        let mut number = target.state.undo_attempts;
        if way.requests.is_empty() {
            number += 1;
            tail.push(self.started(target, &object, ADOPT, number));
        }
        for request in &way.requests {
            match self.send(target, request, &object, &mut number, tail).await? {
                Sending::Done => {}
                Sending::Gone => already_gone = true,
                Sending::Failed(code) => return Ok(Undone::Failed { code }),
            }
        }
        let facts = UndoSucceeded { step: target.step.clone(), already_gone };
        tail.push(self.event(target, number, facts));
        Ok(Undone::Done { already_gone, kept: way.kept, by })
    }

    /// Records that an object stays because people touched it.
    pub fn keep(&self, target: &UndoTarget<'_>, touched: &[String], tail: &mut Tail) {
        let facts = UndoKept {
            step: target.step.clone(),
            object: target.state.object.clone().unwrap_or_else(|| DestinationId::from("")),
            touched: touched.to_vec(),
        };
        tail.push(self.event(target, target.state.undo_attempts + 1, facts));
    }

    /// The requests that take the effect back; `None` if there is no way.
    async fn way(
        &self,
        target: &UndoTarget<'_>,
        object: &DestinationId,
    ) -> Result<Option<Way>, EngineError> {
        let history = sent(self.door.context, target.key, target.stream).await?;
        let Some(sent) = history.step(target.step.as_str()).cloned() else {
            return Ok(None);
        };
        if target.state.operation == ADOPT && target.state.pre_image_at.is_none() {
            return Ok(Some(Way { requests: Vec::new(), kept: Vec::new() }));
        }
        if let Some(position) = target.state.pre_image_at.filter(|_| target.state.adopted) {
            let payload = self.door.context.ledger.payloads(&[position]).await?.pop().flatten();
            let Some(bytes) = payload else {
                return Err(EngineError::Erased(target.key.clone()));
            };
            let before: ReadBack = parse("pre-image", target.key, &bytes)?;
            let restored = restore(&before, &sent.merged, self.by);
            return Ok(Some(Way { requests: restored.requests, kept: restored.kept }));
        }
        Ok(self
            .plain(&sent, object)
            .map(|request| Way { requests: vec![request], kept: Vec::new() }))
    }

    /// The inverse of what made the effect.
    fn plain(&self, sent: &Sent, object: &DestinationId) -> Option<Request> {
        let conversation = || sent.last.path_value("conversation_id").map(str::to_owned);
        let admin = &self.by.admin_id;
        match sent.last.operation {
            Operation::ConversationClose | Operation::ConversationSnooze => Some(
                Request::new(Operation::ConversationOpen)
                    .with("conversation_id", conversation()?)
                    .body(json!({ "message_type": "open", "admin_id": admin })),
            ),
            Operation::ConversationAssign => Some(
                Request::new(Operation::ConversationAssign)
                    .with("conversation_id", conversation()?)
                    .body(json!({
                        "message_type": "assignment", "type": "admin", "admin_id": admin,
                        "assignee_id": "0",
                    })),
            ),
            Operation::ConversationUpdate => clear_relations(&sent.merged),
            _ => inverse(&sent.first, object, self.by),
        }
    }

    async fn send(
        &self,
        target: &UndoTarget<'_>,
        request: &Request,
        object: &DestinationId,
        number: &mut u32,
        tail: &mut Tail,
    ) -> Result<Sending, EngineError> {
        self.door.check_waiver(request.operation)?;
        let name = request.operation.spec().name;
        for attempt in 1..=ATTEMPTS_MAX {
            *number += 1;
            let kept = canonical_json(request)?;
            tail.push(NewEvent {
                payload: Some(kept),
                ..self.started(target, object, name, *number)
            });
            self.door.flush(tail).await?;
            let (wait, code) = match self.door.destination.attempt(request).await {
                Answer::Done { .. } => return Ok(Sending::Done),
                Answer::Refused(refusal) if refusal.reason == Reason::Gone => {
                    return Ok(Sending::Gone);
                }
                Answer::Refused(refusal) if refusal.class == FailureClass::Permanent => {
                    let facts = UndoFailed {
                        step: target.step.clone(),
                        status: refusal.status,
                        code: refusal.code.clone(),
                        class: FailureClass::Permanent,
                    };
                    tail.push(self.event(target, *number, facts));
                    return Ok(Sending::Failed(refusal.code));
                }
                Answer::Refused(refusal) => (backoff(attempt), refusal.code),
                Answer::Limited { wait } => (wait, "rate_limit_exceeded".to_owned()),
                Answer::Unknown { code } => (backoff(attempt), code),
                Answer::Stop { code, .. } => {
                    return Err(EngineError::Refused { code, operation: name.to_owned() });
                }
            };
            if self.door.context.is_stopping() {
                return Err(EngineError::Stopped);
            }
            tracing::debug!(key = %target.key, code, "undo is tried again");
            self.door.context.env.sleep(wait).await;
        }
        let code = "attempts_exhausted".to_owned();
        Err(EngineError::Unreachable { code, operation: name.to_owned() })
    }

    fn started(
        &self,
        target: &UndoTarget<'_>,
        object: &DestinationId,
        operation: &str,
        attempt: u32,
    ) -> NewEvent {
        let facts = UndoStarted {
            step: target.step.clone(),
            operation: operation.to_owned(),
            object: object.clone(),
            attempt,
        };
        self.event(target, attempt, facts)
    }

    /// An event of this attempt. Content and ordinal make it the only one of its kind.
    fn event(&self, target: &UndoTarget<'_>, attempt: u32, facts: impl Into<Event>) -> NewEvent {
        let step = Digest::of(Purpose::Step, target.step.as_str().as_bytes());
        NewEvent {
            content: step.into(),
            ordinal: attempt,
            ..NewEvent::new(target.key.clone(), facts)
        }
    }
}

/// The request that empties relationship attributes, if the update wrote nothing else.
fn clear_relations(sent: &Request) -> Option<Request> {
    let body = sent.body.as_ref()?.as_object()?;
    let values = body.get("custom_attributes")?.as_object()?;
    if body.len() > 1 || !values.values().all(serde_json::Value::is_array) {
        return None;
    }
    let empty: serde_json::Map<_, _> =
        values.keys().map(|name| (name.clone(), json!([]))).collect();
    let request = Request::new(Operation::ConversationUpdate)
        .with("conversation_id", sent.path_value("conversation_id")?);
    Some(request.body(json!({ "custom_attributes": empty })))
}

enum Sending {
    Done,
    Gone,
    Failed(String),
}

fn backoff(attempt: u32) -> Duration {
    Duration::from_millis((250_u64 << attempt.min(7)).min(30_000))
}
