//! What was sent for a record, from the ledger: the latest request of each step, and of a step
//! that was changed since, all fields it ever sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use crate::destination::intercom::compare::ResolvedStep;
use crate::destination::intercom::request::Request;
use crate::model::{Event, Position, SourceKey, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;

/// What one step sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The first request whose effect is in Intercom.
    pub first: Request,
    /// The latest one.
    pub last: Request,
    /// The first one with the fields of all later ones.
    pub merged: Request,
}

/// Everything that was sent for a record since its object was made.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By step, in order of the first sending; what was undone is left out.
    pub steps: Vec<(StepKey, Sent)>,
    /// Every request in order, those that took something back included.
    pub all: Vec<ResolvedStep>,
}

impl History {
    /// What a step sent.
    pub fn step(&self, key: &str) -> Option<&Sent> {
        self.steps.iter().find(|(step, _)| step.as_str() == key).map(|(_, sent)| sent)
    }
}

/// One request with the place of its intent.
struct Start {
    step: StepKey,
    at: Position,
    /// It took something back.
    undo: bool,
}

/// What was sent for a record.
///
/// # Errors
/// If the ledger cannot be read, or a request's bytes are erased.
pub async fn sent(
    context: &Context,
    key: &SourceKey,
    stream: StreamId,
) -> Result<History, EngineError> {
    let events = context.ledger.read_stream(stream).await?;
    let mut starts: Vec<Start> = Vec::new();
    let mut undone: BTreeMap<StepKey, Position> = BTreeMap::new();
    for recorded in events {
        let at = recorded.position;
        match recorded.event {
            Event::WriteStarted(facts) => starts.push(Start { step: facts.step, at, undo: false }),
            Event::UndoStarted(facts) if recorded.has_payload => {
                starts.push(Start { step: facts.step, at, undo: true });
            }
            // Only what came of the start can tell that it had no effect.
            Event::WriteFailed(failed) => drop_last(&mut starts, &failed.step),
            Event::WriteOutcomeResolved(resolved) if !resolved.landed => {
                drop_last(&mut starts, &resolved.step);
            }
            Event::WriteOutcomeDecided(decided) if !decided.landed => {
                drop_last(&mut starts, &decided.step);
            }
            Event::UndoSucceeded(facts) if facts.step.as_str() == CREATE_STEP => starts.clear(),
            Event::UndoSucceeded(facts) => {
                undone.insert(facts.step, at);
            }
            _ => {}
        }
    }
    let positions: Vec<Position> = starts.iter().map(|start| start.at).collect();
    let payloads = context.ledger.payloads(&positions).await?;
    let mut history = History::default();
    let mut found: BTreeMap<StepKey, Sent> = BTreeMap::new();
    let mut order = Vec::new();
    for (start, payload) in starts.into_iter().zip(payloads) {
        let Some(bytes) = payload else {
            return Err(EngineError::Erased(key.clone()));
        };
        let request: Request = parse("request", key, &bytes)?;
        history.all.push(ResolvedStep { key: start.step.clone(), request: request.clone() });
        let taken_back = undone.get(&start.step).is_some_and(|end| start.at < *end);
        if start.undo || taken_back {
            continue;
        }
        match found.get_mut(&start.step) {
            Some(sent) => {
                merge(&mut sent.merged, &request);
                sent.last = request;
            }
            None => {
                order.push(start.step.clone());
                let sent = Sent { first: request.clone(), merged: request.clone(), last: request };
                found.insert(start.step, sent);
            }
        }
    }
    history.steps = order.into_iter().filter_map(|step| found.remove_entry(&step)).collect();
    Ok(history)
}

fn drop_last(starts: &mut Vec<Start>, step: &StepKey) {
    if let Some(place) = starts.iter().rposition(|start| start.step == *step) {
        starts.remove(place);
    }
}

/// Lays the fields of a later request over an earlier one's.
fn merge(into: &mut Request, later: &Request) {
    if into.path.is_empty() {
        into.path.clone_from(&later.path);
    }
    let (Some(Value::Object(into)), Some(Value::Object(later))) = (&mut into.body, &later.body)
    else {
        return;
    };
    for (name, value) in later {
        match (into.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                old.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}
