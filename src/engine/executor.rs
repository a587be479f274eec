//! The one executor through which the world is changed: intent made durable, one attempt, outcome
//! made durable; an unknown outcome is looked up before anything else.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::backoff::backoff;
use super::context::Context;
use super::error::EngineError;
use super::keyed_lock::KeyedLock;
use super::setting::{ATTEMPTS_MAX, LIMITED_MAX};
use super::settle::OWNERS_MAX;
use crate::destination::contract::{
    Answer, Destination, LookUp, LookUpContext, RATE_LIMITED, Reason, Refusal, StopScope,
};
use crate::destination::intercom::object::ReadBack;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{
    FailureClass, PreImageCaptured, UndoStarted, WriteFailed, WriteOutcomeResolved,
    WriteOutcomeUnknown, WriteStarted, WriteSucceeded,
};
use crate::model::{
    DestinationId, Digest, Event, NotificationClass, Position, Reversibility, RunId, SourceKey,
    StepKey, Timestamp, canonical_json,
};
use crate::projection::find::of_object;
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
    /// What it is to the ledger.
    pub aim: Aim,
    /// What is sent.
    pub request: Request,
    /// Attempts made so far; every attempt counts it up.
    pub attempts: u32,
    /// Objects and parts that are accounted for.
    pub known: HashSet<DestinationId>,
}

/// Whether an intent does a step or undoes what one did.
#[derive(Clone, Debug)]
pub enum Aim {
    /// Does it.
    Do(Wanted),
    /// Undoes one effect, or all of a step together with its object.
    Undo {
        /// The effect; all if none is named.
        effect: Option<Position>,
        /// The object it is addressed to.
        object: DestinationId,
    },
}

/// What stands once a step is done.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Digest of the step as drafted.
    pub digest: Option<Digest>,
    /// Digest of what a reader sees of a message.
    pub content: Option<Digest>,
    /// The event that holds what stood before.
    pub before: Option<Position>,
    /// The object was there before the migration.
    pub adopting: bool,
    /// It takes off what the step put on.
    pub removes: bool,
}

impl Wanted {
    /// The digest; zeroes where the ledger did not say it.
    fn digest(&self) -> Digest {
        self.digest.unwrap_or(Digest([0; 32]))
    }
}

impl Intent {
    /// What makes the events of this intent the only ones of their kind.
    fn content(&self) -> Digest {
        match &self.aim {
            Aim::Do(wanted) => wanted.digest(),
            Aim::Undo { .. } => Digest::of(Purpose::Step, self.step.as_str().as_bytes()),
        }
    }

    /// What stands once it is done, to be adjusted; nothing for an undo.
    pub fn wanted(&mut self) -> Option<&mut Wanted> {
        match &mut self.aim {
            Aim::Do(wanted) => Some(wanted),
            Aim::Undo { .. } => None,
        }
    }
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
    /// An undo had no usable answer: whoever undoes looks at the object and decides anew.
    Unknown,
}

/// Outcomes that are not yet appended: they go with the next intent, in one durable append.
#[derive(Default)]
pub struct PendingOutcomes {
    events: Vec<NewEvent>,
    /// KeyedLocks of requests whose outcome is among the events.
    locks: Vec<KeyedLock>,
}

impl PendingOutcomes {
    /// Adds an event.
    pub fn push(&mut self, event: NewEvent) {
        self.events.push(event);
    }
}

/// The executor.
#[derive(Clone, Copy)]
pub struct Executor<'a> {
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

impl Executor<'_> {
    /// Appends what is left in `outcomes`.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn flush(&self, outcomes: &mut PendingOutcomes) -> Result<(), EngineError> {
        if !outcomes.events.is_empty() {
            self.context.ledger.append(self.run, std::mem::take(&mut outcomes.events)).await?;
        }
        outcomes.locks.clear();
        Ok(())
    }

    /// Does what `intent` says, as often as needed and never without knowing what came of the
    /// attempt before. The outcome is left in `outcomes`.
    ///
    /// # Errors
    /// If the ledger refuses, Intercom stops the run, or cannot be reached.
    pub async fn perform(
        &self,
        intent: &mut Intent,
        outcomes: &mut PendingOutcomes,
    ) -> Result<End, EngineError> {
        self.check_waiver(intent.request.operation)?;
        let lane = match intent.request.lane() {
            Some(name) => {
                // Nobody waits for a lane while holding one that others may wait for.
                self.flush(outcomes).await?;
                Some(self.context.locks.enter(name).await)
            }
            None => None,
        };
        let end = self.attempts(intent, outcomes).await;
        outcomes.locks.extend(lane);
        end
    }

    async fn attempts(
        &self,
        intent: &mut Intent,
        outcomes: &mut PendingOutcomes,
    ) -> Result<End, EngineError> {
        let undo = matches!(intent.aim, Aim::Undo { .. });
        let (mut attempt, mut limited) = (0, 0);
        // An error of the server does not tell that nothing was done: the attempt stays open until
        // the same is sent again, so that whoever goes on after a stop looks first.
        let mut held: Option<(NewEvent, String)> = None;
        while attempt < ATTEMPTS_MAX && limited < LIMITED_MAX {
            attempt += 1;
            intent.attempts += 1;
            let number = intent.attempts;
            outcomes.events.extend(held.take().map(|(failed, _)| failed));
            outcomes.push(self.started(intent, number)?);
            self.flush(outcomes).await?;
            let sent_at = self.context.env.now();
            let answer = self.destination.attempt(&intent.request).await;
            self.context.refusals.observe(&answer);
            match answer {
                Answer::Done { object, raw } => {
                    if !undo {
                        outcomes.push(succeeded(intent, number, object.clone(), &raw));
                    }
                    return Ok(End::Done { object, body: Body::Raw(raw) });
                }
                Answer::Refused(refusal) => {
                    let event =
                        failed(intent, number, refusal.class, (refusal.status, &refusal.code));
                    if refusal.class == FailureClass::Permanent {
                        outcomes.events.extend((!undo).then_some(event));
                        return Ok(End::Refused(refusal));
                    }
                    held = (!undo).then_some((event, refusal.code));
                    self.wait(outcomes, backoff(&self.context.env, attempt)).await?;
                }
                Answer::Limited { wait: _ } => {
                    // It was not looked at, so it is no attempt; the budget holds back the next.
                    (attempt, limited) = (attempt - 1, limited + 1);
                    if !undo {
                        outcomes.push(failed(
                            intent,
                            number,
                            FailureClass::Temporary,
                            (429, "rate_limit_exceeded"),
                        ));
                    }
                    self.pause(outcomes).await?;
                }
                Answer::Unknown { code: _ } if undo => return Ok(End::Unknown),
                Answer::Unknown { code } => {
                    outcomes.push(unknown(intent, number, &code));
                    match self.resolve(intent, number, sent_at, outcomes).await? {
                        Some(end) => return Ok(end),
                        None => self.pause(outcomes).await?,
                    }
                }
                Answer::Stop { scope, status, code } => {
                    return self.stopped(intent, (scope, status, &code), outcomes).await;
                }
            }
        }
        outcomes.events.extend(held.map(|(_, code)| unknown(intent, intent.attempts, &code)));
        self.flush(outcomes).await?;
        Err(EngineError::Unreachable {
            code: "attempts_exhausted".into(),
            operation: name(intent).to_owned(),
        })
    }

    /// What this record may not do, others may; many in a row may not either.
    async fn stopped(
        &self,
        intent: &Intent,
        (scope, status, code): (StopScope, u16, &str),
        outcomes: &mut PendingOutcomes,
    ) -> Result<End, EngineError> {
        let refusal = not_allowed(status, code);
        if matches!(intent.aim, Aim::Do(_)) {
            outcomes.push(failed(intent, intent.attempts, refusal.class, (status, code)));
        }
        if scope == StopScope::Phase && !self.context.refusals.are_many() {
            return Ok(End::Refused(refusal));
        }
        self.flush(outcomes).await?;
        Err(EngineError::Refused { code: code.to_owned(), operation: name(intent).to_owned() })
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
        outcomes: &mut PendingOutcomes,
    ) -> Result<(), EngineError> {
        intent.attempts += 1;
        let attempt = intent.attempts;
        let wanted = match &intent.aim {
            Aim::Do(wanted) => wanted.clone(),
            Aim::Undo { .. } => Wanted::default(),
        };
        let kept = canonical_json(&intent.request)?;
        let started = WriteStarted {
            step: intent.step.clone(),
            digest: wanted.digest(),
            operation: ADOPT.to_owned(),
            target: Some(object.clone()),
            request: Digest::of(Purpose::Request, &kept),
            attempt,
            reversibility: Reversibility::Exact,
            notification: NotificationClass::Silent,
            before: wanted.before,
            adopting: wanted.adopting,
            removes: wanted.removes,
            content: wanted.content,
        };
        outcomes.push(NewEvent { payload: Some(kept), ..event(intent, attempt, started) });
        let held = canonical_json(held)?;
        let succeeded = WriteSucceeded {
            step: intent.step.clone(),
            object: Some(object.clone()),
            response: Digest::of(Purpose::Response, &held),
            adopted: wanted.adopting,
        };
        outcomes.push(NewEvent { payload: Some(held), ..event(intent, attempt, succeeded) });
        Ok(())
    }

    /// Records what an object holds before it is changed, and gives the place of the record.
    /// `images` were recorded before.
    ///
    /// # Errors
    /// If a value has no canonical form, or the ledger refuses.
    pub async fn pre_state(
        &self,
        key: &SourceKey,
        step: &StepKey,
        images: u32,
        back: &ReadBack,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Position, EngineError> {
        self.flush(outcomes).await?;
        let kept = canonical_json(back)?;
        let digest = Digest::of(Purpose::Response, &kept);
        let facts = PreImageCaptured { step: step.clone(), object: back.id.clone(), digest };
        let event = NewEvent {
            content: digest.into(),
            ordinal: images,
            payload: Some(kept),
            ..NewEvent::new(key.clone(), facts)
        };
        let appended = self.context.ledger.append(self.run, vec![event]).await?;
        appended.first().map(|one| one.position).ok_or(EngineError::NothingAppended)
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
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<End>, EngineError> {
        self.flush(outcomes).await?;
        let mut known = intent.known.clone();
        let looks = intent.request.looks(self.looks);
        let mut looks = looks.iter();
        let (mut failures, mut limited) = (0, 0);
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
                    outcomes.push(self.resolved(intent, number, true, object.clone(), &body)?);
                    return Ok(Some(End::Done { object, body: Body::Read(body) }));
                }
                LookUp::Absent => match self.next_look(&mut looks, sent_at) {
                    Some(wait) => self.context.rest(wait).await?,
                    None => {
                        outcomes.push(self.resolved(intent, number, false, None, &Value::Null)?);
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
                LookUp::TryLater { code } if code == RATE_LIMITED && limited < LIMITED_MAX => {
                    // The look was not taken; the budget holds back the next.
                    limited += 1;
                    self.context.rest(Duration::ZERO).await?;
                }
                LookUp::TryLater { code } => {
                    failures += 1;
                    if failures > ATTEMPTS_MAX {
                        let operation = name(intent).to_owned();
                        return Err(EngineError::Unreachable { code, operation });
                    }
                    self.context.rest(backoff(&self.context.env, failures)).await?;
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
        let ledger = &self.context.ledger;
        let became = of_object(ledger, object, OWNERS_MAX).await?;
        let streams: Vec<_> = became.iter().map(|one| one.stream).collect();
        let owners = ledger.keys(&streams).await?;
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

    /// The event that says that a request is about to be sent.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn started(&self, intent: &Intent, attempt: u32) -> Result<NewEvent, EngineError> {
        let spec = intent.request.operation.spec();
        // Files stand in the request by name, size and digest; their bytes are in the export.
        let kept = canonical_json(&intent.request)?;
        tracing::debug!(key = %intent.key, step = %intent.step, attempt, spec.name, "started");
        let facts: Event = match &intent.aim {
            Aim::Do(wanted) => WriteStarted {
                step: intent.step.clone(),
                digest: wanted.digest(),
                operation: spec.name.to_owned(),
                target: intent.request.target(),
                request: Digest::of(Purpose::Request, &kept),
                attempt,
                reversibility: spec.reversibility,
                notification: spec.notification,
                before: wanted.before,
                adopting: wanted.adopting,
                removes: wanted.removes,
                content: wanted.content,
            }
            .into(),
            Aim::Undo { effect, object } => UndoStarted {
                step: intent.step.clone(),
                effect: *effect,
                operation: spec.name.to_owned(),
                object: object.clone(),
                attempt,
            }
            .into(),
        };
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

    async fn wait(
        &self,
        outcomes: &mut PendingOutcomes,
        delay: Duration,
    ) -> Result<(), EngineError> {
        self.pause(outcomes).await?;
        self.context.rest(delay).await
    }

    async fn pause(&self, outcomes: &mut PendingOutcomes) -> Result<(), EngineError> {
        self.flush(outcomes).await?;
        if self.context.is_stopping() { Err(EngineError::Stopped) } else { Ok(()) }
    }
}

fn name(intent: &Intent) -> &'static str {
    intent.request.operation.spec().name
}

/// An event of this attempt. Content and ordinal make it the only one of its kind.
fn event(intent: &Intent, attempt: u32, facts: impl Into<Event>) -> NewEvent {
    NewEvent {
        content: intent.content().into(),
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
        adopted: matches!(&intent.aim, Aim::Do(wanted) if wanted.adopting),
    };
    // A reply answers with the whole thread: kept, a long thread would cost its square.
    let payload = (intent.step.as_str() == CREATE_STEP).then(|| raw.to_vec());
    NewEvent { payload, ..event(intent, attempt, facts) }
}

fn failed(intent: &Intent, attempt: u32, class: FailureClass, said: (u16, &str)) -> NewEvent {
    let (status, code) = (said.0, said.1.to_owned());
    event(intent, attempt, WriteFailed { step: intent.step.clone(), class, status, code })
}

/// The event that says that an intent has no known outcome.
pub fn unknown(intent: &Intent, attempt: u32, code: &str) -> NewEvent {
    let facts = WriteOutcomeUnknown { step: intent.step.clone(), code: code.to_owned() };
    event(intent, attempt, facts)
}

/// A refusal by scope or plan, as one of a single record.
fn not_allowed(status: u16, code: &str) -> Refusal {
    Refusal {
        status,
        code: code.to_owned(),
        field: None,
        class: FailureClass::Permanent,
        reason: Reason::Other,
        existing: None,
        archived: false,
    }
}
