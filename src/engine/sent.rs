//! What was sent for a record, from the ledger: the latest request of each step, and of a step
//! that was changed since, all fields it ever sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use crate::destination::intercom::compare::ResolvedStep;
use crate::destination::intercom::request::Request;
use crate::mapping::index::RELATION;
use crate::model::{Event, Position, SourceKey, StepKey, StreamId};

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
    /// What was sent for objects of the record that went since. What Intercom could only archive
    /// comes back with the fields that it was given then.
    pub earlier: Vec<ResolvedStep>,
}

impl History {
    /// Every request that was ever sent for the record.
    pub fn ever(&self) -> Vec<ResolvedStep> {
        self.earlier.iter().chain(&self.all).cloned().collect()
    }

    /// What a step sent.
    pub fn step(&self, key: &str) -> Option<&Sent> {
        self.steps.iter().find(|(step, _)| step.as_str() == key).map(|(_, sent)| sent)
    }
}

/// One request with the place of its intent.
struct Start {
    step: StepKey,
    at: Position,
    /// The effect it had: the event that landed it.
    landed: Option<Position>,
    /// It took something back.
    undo: bool,
    /// What it did was taken back.
    undone: bool,
    /// The object that it was for went since.
    earlier: bool,
}

/// The requests of a record's stream, oldest first.
#[derive(Default)]
struct Starts(Vec<Start>);

impl Starts {
    fn push(&mut self, step: StepKey, at: Position, undo: bool) {
        self.0.push(Start { step, at, landed: None, undo, undone: false, earlier: false });
    }

    /// All that was sent so far was for an object that went.
    fn ended(&mut self) {
        self.0.iter_mut().for_each(|start| start.earlier = true);
    }

    fn landed(&mut self, step: &StepKey, at: Position) {
        let own = |start: &&mut Start| start.step == *step && !start.undo && !start.earlier;
        let last = self.0.iter_mut().rev().find(own);
        if let Some(start) = last {
            start.landed = Some(at);
        }
    }

    fn undone(&mut self, step: &StepKey, effect: Option<Position>) {
        for start in self.0.iter_mut().filter(|start| start.step == *step && !start.undo) {
            start.undone |= effect.is_none_or(|effect| start.landed == Some(effect));
        }
    }
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
    let mut starts = Starts::default();
    for recorded in events {
        let at = recorded.position;
        match recorded.event {
            Event::WriteStarted(facts) => starts.push(facts.step, at, false),
            Event::UndoStarted(facts) if recorded.has_payload => starts.push(facts.step, at, true),
            Event::WriteSucceeded(done) => starts.landed(&done.step, at),
            Event::WriteOutcomeResolved(resolved) if resolved.landed => {
                starts.landed(&resolved.step, at);
            }
            Event::WriteOutcomeDecided(decided) if decided.landed => {
                starts.landed(&decided.step, at);
            }
            Event::UndoSucceeded(undone) if undone.ends => starts.ended(),
            Event::UndoSucceeded(undone) => starts.undone(&undone.step, undone.effect),
            _ => {}
        }
    }
    // An attempt that is not known to have landed changed nothing: a request that was sent again
    // and again has an outcome only once.
    let starts: Vec<Start> =
        starts.0.into_iter().filter(|start| start.undo || start.landed.is_some()).collect();
    let positions: Vec<Position> = starts.iter().map(|start| start.at).collect();
    let payloads = context.ledger.payloads(&positions).await?;
    let mut history = History::default();
    let mut found: BTreeMap<StepKey, Sent> = BTreeMap::new();
    let mut order = Vec::new();
    for (start, payload) in starts.into_iter().zip(payloads) {
        let Some(bytes) = payload else {
            if start.earlier {
                continue;
            }
            return Err(EngineError::Erased(key.clone()));
        };
        let request: Request = parse("request", key, &bytes)?;
        if start.earlier {
            history.earlier.push(ResolvedStep { key: start.step, request });
            continue;
        }
        history.all.push(ResolvedStep { key: start.step.clone(), request: request.clone() });
        if start.undo || start.undone {
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

/// What the relations of a record wrote on its object: they are a record of their own.
///
/// # Errors
/// If the ledger cannot be read, or a request's bytes are erased.
pub async fn by_relation(
    context: &Context,
    key: &SourceKey,
) -> Result<Vec<ResolvedStep>, EngineError> {
    let relation = SourceKey::own(RELATION, &key.to_string());
    let stream = context.ledger.streams(std::slice::from_ref(&relation)).await?.pop().flatten();
    match stream {
        Some(stream) => Ok(sent(context, &relation, stream).await?.ever()),
        None => Ok(Vec::new()),
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
