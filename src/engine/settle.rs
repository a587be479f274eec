//! Outcomes that no look-up could tell, and a person's verdict on them.

use serde::Serialize;
use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::load;
use super::release::release;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::spec::Made;
use crate::ledger::NewEvent;
use crate::model::event::WriteOutcomeDecided;
use crate::model::lifecycle::AttemptStage;
use crate::model::{DestinationId, Digest, Event, RunId, SourceKey, StepKey, StreamId, Timestamp};
use crate::projection::find::of_object;
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{StepState, StepStates};

/// Owners of an object that are looked at; there is one, or something is wrong already.
pub(super) const OWNERS_MAX: usize = 8;

/// A request of which nobody can tell whether it was carried out.
#[derive(Clone, Debug, Serialize)]
pub struct OpenOutcome {
    /// The record.
    pub key: SourceKey,
    /// The step.
    pub step: StepKey,
    /// Row of the operation table.
    pub operation: String,
    /// The object it was addressed to.
    pub target: Option<DestinationId>,
    /// When it was sent.
    pub sent_at: String,
    /// What happened to the answer.
    pub why: String,
    /// What the look-up left open, with the objects that may be it.
    pub question: Option<String>,
    /// What was sent, if it was asked for: personal.
    pub request: Option<Value>,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It was carried out; the object it made, where it made one.
    Landed(Option<DestinationId>),
    /// It was not.
    Absent,
}

/// What a verdict settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// The record.
    pub key: SourceKey,
    /// The step.
    pub step: StepKey,
    /// It was carried out.
    pub landed: bool,
    /// The object.
    pub object: Option<DestinationId>,
}

/// Everything that waits for a verdict: of one record, or of all.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn open(
    context: &Context,
    only: Option<StreamId>,
    with_requests: bool,
) -> Result<Vec<OpenOutcome>, EngineError> {
    let (from, to) = StepStates::open_range();
    let rows = context.ledger.scan(StepStates::NAME, &from, Some(&to), usize::MAX).await?;
    let mut found = Vec::new();
    for (stream, step) in rows.iter().filter_map(|(key, _)| StepStates::parts(key)) {
        if only.is_some_and(|only| only != stream) {
            continue;
        }
        let steps = load::steps(context, stream).await?;
        let Some(state) = steps.get(&step).filter(|state| state.stage() == AttemptStage::Unknown)
        else {
            continue;
        };
        found.push(describe(context, stream, step, state, with_requests).await?);
    }
    Ok(found)
}

async fn describe(
    context: &Context,
    stream: StreamId,
    step: StepKey,
    state: &StepState,
    with_request: bool,
) -> Result<OpenOutcome, EngineError> {
    let key = key_of(context, stream).await?;
    let attempt = state.attempt.as_ref().ok_or_else(|| EngineError::NothingOpen(key.clone()))?;
    let started_at = attempt.started_at;
    let mut open = OpenOutcome {
        key: key.clone(),
        step: step.clone(),
        operation: attempt.operation.clone(),
        target: attempt.target.clone(),
        sent_at: String::new(),
        why: String::new(),
        question: None,
        request: None,
    };
    for recorded in context.ledger.read_stream(stream).await? {
        match recorded.event {
            Event::WriteStarted(_) if recorded.position == started_at => {
                open.sent_at = Timestamp(recorded.recorded_at_us / 1000).to_rfc3339();
            }
            Event::WriteOutcomeUnknown(unknown) if unknown.step == step => open.why = unknown.code,
            Event::RecordQueued(queued) => open.question = Some(queued.release),
            _ => {}
        }
    }
    if with_request {
        let payload = context.ledger.payloads(&[started_at]).await?.pop().flatten();
        open.request = payload.map(|bytes| load::parse("request", &key, &bytes)).transpose()?;
    }
    Ok(open)
}

async fn key_of(context: &Context, stream: StreamId) -> Result<SourceKey, EngineError> {
    let key = context.ledger.keys(&[stream]).await?.pop();
    key.ok_or_else(|| EngineError::UnknownKey(stream.0.to_string()))
}

/// Records a person's verdict and lets the record go on with the draft it has.
///
/// # Errors
/// If nothing or more than one step waits, the id is missing or belongs to another record, or the
/// ledger refuses.
pub async fn decide(
    context: &Context,
    run: RunId,
    stream: StreamId,
    step: Option<&StepKey>,
    ruling: Ruling,
) -> Result<Settled, EngineError> {
    let key = key_of(context, stream).await?;
    let mut waiting: Vec<(StepKey, StepState)> = load::steps(context, stream)
        .await?
        .into_iter()
        .filter(|(_, state)| state.stage() == AttemptStage::Unknown)
        .filter(|(name, _)| step.is_none_or(|wanted| wanted == name))
        .collect();
    let Some((step, state)) = waiting.pop() else {
        return Err(EngineError::NothingOpen(key));
    };
    if !waiting.is_empty() {
        let mut steps: Vec<String> = waiting.iter().map(|(step, _)| step.to_string()).collect();
        steps.push(step.to_string());
        return Err(EngineError::SeveralOpen { key, steps: steps.join(", ") });
    }
    let (landed, object) = match ruling {
        Ruling::Absent => (false, None),
        Ruling::Landed(named) => (true, object(&step, &state, named)?),
    };
    if let Some(object) = object.as_ref().filter(|_| step.as_str() == CREATE_STEP)
        && let Some(owner) = owner(context, stream, object).await?
    {
        return Err(EngineError::ObjectTaken { object: object.clone(), owner });
    }
    let tried = state.attempt.as_ref().map_or(Digest([0; 32]), |attempt| attempt.digest);
    let facts = WriteOutcomeDecided {
        step: step.clone(),
        landed,
        object: object.clone(),
        by: context.operator.clone(),
    };
    let event = NewEvent {
        content: tried.into(),
        ordinal: state.attempts,
        ..NewEvent::new(key.clone(), facts)
    };
    context.ledger.append(run, vec![event]).await?;
    // What else of the record nobody can tell keeps it waiting.
    if open(context, Some(stream), false).await?.is_empty() {
        release(context, run, &[stream].into()).await?;
    }
    Ok(Settled { key, step, landed, object })
}

/// The object that landed: as named, or the one the request was addressed to.
fn object(
    step: &StepKey,
    state: &StepState,
    named: Option<DestinationId>,
) -> Result<Option<DestinationId>, EngineError> {
    let attempt = state.attempt.as_ref();
    let operation = attempt.and_then(|attempt| Operation::from_name(&attempt.operation));
    let addressed = operation.is_some_and(|op| matches!(op.spec().made, Made::InPath(_)));
    match named {
        Some(named) => Ok(Some(named)),
        None if addressed => Ok(attempt.and_then(|attempt| attempt.target.clone())),
        None => Err(EngineError::NeedsId(step.clone())),
    }
}

/// Another record of the same kind that became this object.
async fn owner(
    context: &Context,
    stream: StreamId,
    object: &DestinationId,
) -> Result<Option<SourceKey>, EngineError> {
    let became = of_object(&context.ledger, object, OWNERS_MAX).await?.into_iter();
    let others = became.filter(|one| one.stands && one.stream != stream);
    let others: Vec<StreamId> = others.map(|one| one.stream).collect();
    let own = key_of(context, stream).await?;
    let owners = context.ledger.keys(&others).await?;
    Ok(owners.into_iter().find(|owner| owner.object() == own.object()))
}
