//! What was sent for a record, from the ledger: the latest request of each step, and of a step
//! that was changed since, all fields it ever sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use crate::destination::intercom::request::Request;
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

/// What each step of a record sent since it was last undone, in order of the first sending.
///
/// # Errors
/// If the ledger cannot be read, or a request's bytes are erased.
pub async fn sent(
    context: &Context,
    key: &SourceKey,
    stream: StreamId,
) -> Result<Vec<(StepKey, Sent)>, EngineError> {
    let mut starts: Vec<(StepKey, Position)> = Vec::new();
    for recorded in context.ledger.read_stream(stream).await? {
        match recorded.event {
            Event::WriteStarted(started) => starts.push((started.step, recorded.position)),
            // Only what came of the start can tell that it had no effect.
            Event::WriteFailed(failed) => drop_last(&mut starts, &failed.step),
            Event::WriteOutcomeResolved(resolved) if !resolved.landed => {
                drop_last(&mut starts, &resolved.step);
            }
            Event::UndoSucceeded(undone) => starts.retain(|(step, _)| *step != undone.step),
            _ => {}
        }
    }
    let positions: Vec<Position> = starts.iter().map(|(_, position)| *position).collect();
    let payloads = context.ledger.payloads(&positions).await?;
    let mut order = Vec::new();
    let mut found: BTreeMap<StepKey, Sent> = BTreeMap::new();
    for ((step, _), payload) in starts.into_iter().zip(payloads) {
        let Some(bytes) = payload else {
            return Err(EngineError::Erased(key.clone()));
        };
        let request: Request = parse("request", key, &bytes)?;
        match found.get_mut(&step) {
            Some(sent) => {
                merge(&mut sent.merged, &request);
                sent.last = request;
            }
            None => {
                order.push(step.clone());
                let sent = Sent { first: request.clone(), merged: request.clone(), last: request };
                found.insert(step, sent);
            }
        }
    }
    Ok(order.into_iter().filter_map(|step| found.remove_entry(&step)).collect())
}

fn drop_last(starts: &mut Vec<(StepKey, Position)>, step: &StepKey) {
    if let Some(place) = starts.iter().rposition(|(known, _)| known == step) {
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
