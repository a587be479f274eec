//! The one door through which the world is changed: intent made durable, one attempt, outcome made
//! durable; an unknown outcome is looked up before anything else.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::lanes::Lane;
use super::setting::ATTEMPTS_MAX;
use crate::destination::contract::{Answer, Destination, LookUp, LookUpContext, Refusal};
use crate::destination::intercom::object::ReadBack;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{
    FailureClass, PreImageCaptured, WriteFailed, WriteOutcomeResolved, WriteOutcomeUnknown,
    WriteStarted, WriteSucceeded,
};
use crate::model::{
    DestinationId, Digest, Event, NotificationClass, Reversibility, RunId, SourceKey, StepKey,
    Timestamp, canonical_json,
};
use crate::projection::IdMap;
use crate::projection::id_map::CREATE_STEP;

/// Stands for an operation where nothing is sent.
pub const ADOPT: &str = "adopt";

/// What is about to be done.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The record.
    pub key: SourceKey,
    /// Its step.
    pub step: StepKey,
    /// Digest of the step as drafted: what is in effect afterwards.
    pub digest: Digest,
    /// What is sent.
    pub request: Request,
    /// Attempts made so far; every attempt counts it up.
    pub attempts: u32,
    /// Objects and parts that are accounted for.
    pub known: HashSet<DestinationId>,
    /// The object was there before the migration.
    pub adopting: bool,
}

/// The object that answered or was found. Few ever look at it.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// As it came.
    Raw(Bytes),
    /// As it was read.
    Read(Value),
}

impl Body {
    /// The object; null if there is none.
    pub fn value(&self) -> Value {
        match self {
            Self::Raw(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Self::Read(value) => value.clone(),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// It is done.
    Done {
        /// The object made or changed.
        object: Option<DestinationId>,
        /// The answer, or what was found.
        body: Body,
    },
    /// It is refused for good.
    Refused(Refusal),
    /// Nobody can tell whether it is done: a person has to.
    Ambiguous {
        /// All that may be it.
        candidates: Vec<DestinationId>,
    },
}

/// Outcomes that are not yet appended: they go with the next intent, in one durable append.
#[derive(Default)]
pub struct Tail {
    events: Vec<NewEvent>,
    /// Lanes of requests whose outcome is among the events.
    lanes: Vec<Lane>,
}

impl Tail {
    /// Adds an event.
    pub fn push(&mut self, event: NewEvent) {
        self.events.push(event);
    }
}

/// The door.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    /// Ledger, clock.
    pub context: &'a Context,
    /// Intercom.
    pub destination: &'a dyn Destination,
    /// The run.
    pub run: RunId,
    /// Operations that may notify somebody and are allowed to, by name.
    pub waivers: &'a HashSet<String>,
    /// When to look again for what may have been done, counted from the sending.
    pub looks: &'a [Duration],
}

impl Door<'_> {
    /// Appends what is left in `tail`.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn flush(&self, tail: &mut Tail) -> Result<(), EngineError> {
        if !tail.events.is_empty() {
            self.context.ledger.append(self.run, std::mem::take(&mut tail.events)).await?;
        }
        tail.lanes.clear();
        Ok(())
    }

    /// Does what `intent` says, as often as needed and never without knowing what came of the
    /// attempt before. The outcome is left in `tail`.
    ///
    /// # Errors
    /// If the ledger refuses, Intercom stops the run, or cannot be reached.
    pub async fn perform(&self, intent: &mut Intent, tail: &mut Tail) -> Result<End, EngineError> {
        self.check_waiver(intent.request.operation)?;
        let lane = match intent.request.lane() {
            Some(name) => {
                // Nobody waits for a lane while holding one that others may wait for.
                self.flush(tail).await?;
                Some(self.context.lanes.enter(name).await)
            }
            None => None,
        };
        let end = self.attempts(intent, tail).await;
        tail.lanes.extend(lane);
        end
    }

    async fn attempts(&self, intent: &mut Intent, tail: &mut Tail) -> Result<End, EngineError> {
        for attempt in 1..=ATTEMPTS_MAX {
            intent.attempts += 1;
            let number = intent.attempts;
            tail.push(self.started(intent, number)?);
            self.flush(tail).await?;
            let sent_at = self.context.env.now();
            match self.destination.attempt(&intent.request).await {
                Answer::Done { object, raw } => {
                    tail.push(succeeded(intent, number, object.clone(), &raw));
                    return Ok(End::Done { object, body: Body::Raw(raw) });
                }
                Answer::Refused(refusal) => {
                    tail.push(failed(intent, number, &refusal));
                    if refusal.class == FailureClass::Permanent {
                        return Ok(End::Refused(refusal));
                    }
                    self.wait(tail, backoff(attempt)).await?;
                }
                Answer::Limited { wait } => {
                    tail.push(failed_for_now(intent, number, 429, "rate_limit_exceeded"));
                    self.wait(tail, wait).await?;
                }
                Answer::Unknown { code } => {
                    tail.push(unknown(intent, number, &code));
                    match self.resolve(intent, number, sent_at, tail).await? {
                        Some(end) => return Ok(end),
                        None => self.pause(tail).await?,
                    }
                }
                Answer::Stop { status, code, .. } => {
                    tail.push(failed_for_now(intent, number, status, &code));
                    self.flush(tail).await?;
                    return Err(EngineError::Refused { code, operation: name(intent).to_owned() });
                }
            }
        }
        self.flush(tail).await?;
        Err(EngineError::Unreachable {
            code: "attempts_exhausted".into(),
            operation: name(intent).to_owned(),
        })
    }

    /// Records that a step's effect is there without a request: the object was there before, or
    /// holds already what would be sent.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn adopt(
        &self,
        intent: &mut Intent,
        object: &DestinationId,
        held: &Value,
        tail: &mut Tail,
    ) -> Result<(), EngineError> {
        intent.attempts += 1;
        let attempt = intent.attempts;
        let kept = canonical_json(&intent.request)?;
        let started = WriteStarted {
            step: intent.step.clone(),
            digest: intent.digest,
            operation: ADOPT.to_owned(),
            target: Some(object.clone()),
            request: Digest::of(Purpose::Request, &kept),
            attempt,
            reversibility: Reversibility::Exact,
            notification: NotificationClass::Silent,
        };
        tail.push(NewEvent { payload: Some(kept), ..event(intent, attempt, started) });
        let held = canonical_json(held)?;
        let succeeded = WriteSucceeded {
            step: intent.step.clone(),
            object: Some(object.clone()),
            response: Digest::of(Purpose::Response, &held),
            adopted: true,
        };
        tail.push(NewEvent { payload: Some(held), ..event(intent, attempt, succeeded) });
        Ok(())
    }

    /// Records what an object held before it is changed. `images` were recorded before.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn pre_image(
        &self,
        key: &SourceKey,
        step: &StepKey,
        images: u32,
        back: &ReadBack,
        tail: &mut Tail,
    ) -> Result<(), EngineError> {
        let kept = canonical_json(back)?;
        let digest = Digest::of(Purpose::Response, &kept);
        let facts = PreImageCaptured { step: step.clone(), object: back.id.clone(), digest };
        tail.push(NewEvent {
            content: digest.into(),
            ordinal: images,
            payload: Some(kept),
            ..NewEvent::new(key.clone(), facts)
        });
        Ok(())
    }

    /// Finds out what came of an intent whose outcome is unknown; `None` if it is not done.
    ///
    /// # Errors
    /// If the ledger refuses, or Intercom cannot be read.
    pub async fn resolve(
        &self,
        intent: &Intent,
        number: u32,
        sent_at: Timestamp,
        tail: &mut Tail,
    ) -> Result<Option<End>, EngineError> {
        self.flush(tail).await?;
        let mut known = intent.known.clone();
        let looks = intent.request.looks(self.looks);
        let mut looks = looks.iter();
        let mut failures = 0;
        loop {
            let context = LookUpContext { known: known.clone() };
            let found = self.destination.look_up(&intent.request, sent_at, &context).await;
            match found {
                LookUp::Landed { object, body } => {
                    if let Some(object) = &object
                        && self.is_accounted_for(intent, object).await?
                        && known.insert(object.clone())
                    {
                        continue;
                    }
                    tail.push(self.resolved(intent, number, true, object.clone(), &body)?);
                    return Ok(Some(End::Done { object, body: Body::Read(body) }));
                }
                LookUp::Absent => match self.next_look(&mut looks, sent_at) {
                    Some(wait) => self.context.env.sleep(wait).await,
                    None => {
                        tail.push(self.resolved(intent, number, false, None, &Value::Null)?);
                        return Ok(None);
                    }
                },
                LookUp::Ambiguous { candidates } => {
                    let mut grew = false;
                    for candidate in &candidates {
                        if self.is_accounted_for(intent, candidate).await? {
                            grew |= known.insert(candidate.clone());
                        }
                    }
                    if !grew {
                        return Ok(Some(End::Ambiguous { candidates }));
                    }
                }
                LookUp::TryLater { code } => {
                    failures += 1;
                    if failures > ATTEMPTS_MAX {
                        let operation = name(intent).to_owned();
                        return Err(EngineError::Unreachable { code, operation });
                    }
                    self.context.env.sleep(backoff(failures)).await;
                }
            }
        }
    }

    /// How long to wait for the next look that is not past already; `None` after the last. What
    /// was sent long ago needs no waiting for.
    fn next_look(
        &self,
        looks: &mut std::slice::Iter<'_, Duration>,
        sent_at: Timestamp,
    ) -> Option<Duration> {
        let since_ms = u64::try_from(self.context.env.now().0 - sent_at.0).unwrap_or(0);
        let since = Duration::from_millis(since_ms);
        looks.find_map(|look| look.checked_sub(since).filter(|wait| !wait.is_zero()))
    }

    /// True if a new object cannot be what is looked for, because another record owns it.
    async fn is_accounted_for(
        &self,
        intent: &Intent,
        object: &DestinationId,
    ) -> Result<bool, EngineError> {
        if intent.step.as_str() != CREATE_STEP {
            return Ok(false);
        }
        let (from, to) = IdMap::reverse_range(object);
        let rows = self.context.ledger.scan(IdMap::NAME, &from, Some(&to), 8).await?;
        let streams: Vec<_> =
            rows.iter().filter_map(|(key, _)| IdMap::reverse_stream(key)).collect();
        let owners = self.context.ledger.keys(&streams).await?;
        Ok(owners.iter().any(|owner| *owner != intent.key && owner.object() == intent.key.object()))
    }

    /// Refuses what may notify somebody, unless it is allowed by name.
    ///
    /// # Errors
    /// [`EngineError::NeedsWaiver`].
    pub fn check_waiver(&self, operation: Operation) -> Result<(), EngineError> {
        let spec = operation.spec();
        if spec.notification == NotificationClass::MayNotify && !self.waivers.contains(spec.name) {
            return Err(EngineError::NeedsWaiver(spec.name.to_owned()));
        }
        Ok(())
    }

    fn started(&self, intent: &Intent, attempt: u32) -> Result<NewEvent, EngineError> {
        let spec = intent.request.operation.spec();
        // Files stand in the request by name, size and digest; their bytes are in the export.
        let kept = canonical_json(&intent.request)?;
        let facts = WriteStarted {
            step: intent.step.clone(),
            digest: intent.digest,
            operation: spec.name.to_owned(),
            target: intent.request.target(),
            request: Digest::of(Purpose::Request, &kept),
            attempt,
            reversibility: spec.reversibility,
            notification: spec.notification,
        };
        tracing::debug!(key = %intent.key, step = %intent.step, attempt, "WriteStarted");
        Ok(NewEvent { payload: Some(kept), ..event(intent, attempt, facts) })
    }

    fn resolved(
        &self,
        intent: &Intent,
        attempt: u32,
        landed: bool,
        object: Option<DestinationId>,
        body: &Value,
    ) -> Result<NewEvent, EngineError> {
        let payload = if body.is_null() { None } else { Some(canonical_json(body)?) };
        let facts = WriteOutcomeResolved {
            step: intent.step.clone(),
            landed,
            object,
            evidence: format!("{:?}", intent.request.operation.spec().look_up),
        };
        Ok(NewEvent { payload, ..event(intent, attempt, facts) })
    }

    async fn wait(&self, tail: &mut Tail, delay: Duration) -> Result<(), EngineError> {
        self.pause(tail).await?;
        self.context.env.sleep(delay).await;
        Ok(())
    }

    async fn pause(&self, tail: &mut Tail) -> Result<(), EngineError> {
        self.flush(tail).await?;
        if self.context.is_stopping() { Err(EngineError::Stopped) } else { Ok(()) }
    }
}

fn name(intent: &Intent) -> &'static str {
    intent.request.operation.spec().name
}

/// An event of this attempt. Content and ordinal make it the only one of its kind.
fn event(intent: &Intent, attempt: u32, facts: impl Into<Event>) -> NewEvent {
    NewEvent {
        content: intent.digest.into(),
        ordinal: attempt,
        ..NewEvent::new(intent.key.clone(), facts)
    }
}

/// The answer is kept as it came.
fn succeeded(intent: &Intent, attempt: u32, object: Option<DestinationId>, raw: &[u8]) -> NewEvent {
    let facts = WriteSucceeded {
        step: intent.step.clone(),
        object,
        response: Digest::of(Purpose::Response, raw),
        adopted: intent.adopting,
    };
    // A reply answers with the whole thread: kept, a long thread would cost its square.
    let payload = (intent.step.as_str() == CREATE_STEP).then(|| raw.to_vec());
    NewEvent { payload, ..event(intent, attempt, facts) }
}

fn failed(intent: &Intent, attempt: u32, refusal: &Refusal) -> NewEvent {
    let facts = WriteFailed {
        step: intent.step.clone(),
        class: refusal.class,
        status: refusal.status,
        code: refusal.code.clone(),
    };
    event(intent, attempt, facts)
}

fn failed_for_now(intent: &Intent, attempt: u32, status: u16, code: &str) -> NewEvent {
    let facts = WriteFailed {
        step: intent.step.clone(),
        class: FailureClass::Temporary,
        status,
        code: code.to_owned(),
    };
    event(intent, attempt, facts)
}

/// The event that says that an intent has no known outcome.
pub fn unknown(intent: &Intent, attempt: u32, code: &str) -> NewEvent {
    let facts = WriteOutcomeUnknown { step: intent.step.clone(), code: code.to_owned() };
    event(intent, attempt, facts)
}

/// Wait before the next attempt: doubles from half a second, at most half a minute.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis((250_u64 << attempt.min(7)).min(30_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backing_off_grows_and_is_bounded() {
        let waits: Vec<u64> =
            (1..=ATTEMPTS_MAX).map(|n| u64::try_from(backoff(n).as_millis()).unwrap()).collect();
        assert_eq!(waits[0], 500);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(*waits.last().unwrap(), 30_000);
    }
}
