//! What depends on what: a slice of a migration is taken back with everything that needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::load;
use super::slice::{RollbackItem, Slice};
use crate::destination::intercom::operation::Operation;
use crate::mapping::attribute;
use crate::mapping::draft::Draft;
use crate::mapping::rule::Holder;
use crate::model::event::Phase;
use crate::model::{Event, SourceKey, StreamId};

/// The records of a slice with all that depends on them.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn close(
    context: &Context,
    slice: &Slice,
    items: &[RollbackItem],
) -> Result<BTreeSet<StreamId>, EngineError> {
    let all = || items.iter().filter_map(RollbackItem::stream);
    let mut chosen: BTreeSet<StreamId> = match slice {
        Slice::All => return Ok(all().collect()),
        Slice::Since(position) => items
            .iter()
            .filter(|item| item.made_at() >= position.0)
            .filter_map(RollbackItem::stream)
            .collect(),
        Slice::Only(streams) => streams.clone(),
        Slice::Phase(phase) => of_phase(context, *phase, all().collect()).await?,
        Slice::Run(run) => {
            let mut found = BTreeSet::new();
            for stream in all() {
                let events = context.ledger.read_stream(stream).await?;
                let wrote = events.iter().any(|recorded| {
                    recorded.run == *run && matches!(recorded.event, Event::WriteStarted(_))
                });
                if wrote {
                    found.insert(stream);
                }
            }
            found
        }
    };
    let dependents = dependents(context, all().collect()).await?;
    let mut next: Vec<StreamId> = chosen.iter().copied().collect();
    while let Some(stream) = next.pop() {
        for dependent in dependents.get(&stream).into_iter().flatten() {
            if chosen.insert(*dependent) {
                next.push(*dependent);
            }
        }
    }
    Ok(chosen)
}

async fn of_phase(
    context: &Context,
    phase: Phase,
    streams: Vec<StreamId>,
) -> Result<BTreeSet<StreamId>, EngineError> {
    let states = context.states(&streams).await?;
    let of = streams.into_iter().zip(states).filter(|(_, state)| state.phase == Some(phase));
    Ok(of.map(|(stream, _)| stream).collect())
}

/// Record to the records whose objects need it.
async fn dependents(
    context: &Context,
    streams: Vec<StreamId>,
) -> Result<BTreeMap<StreamId, Vec<StreamId>>, EngineError> {
    let mut found: BTreeMap<StreamId, Vec<StreamId>> = BTreeMap::new();
    for stream in streams {
        let needed: Vec<SourceKey> = needs(context, stream).await?.into_iter().collect();
        for on in context.ledger.streams(&needed).await?.into_iter().flatten() {
            found.entry(on).or_default().push(stream);
        }
    }
    Ok(found)
}

/// What a record's object needs: objects it refers to, and the attributes it has values of.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn needs(
    context: &Context,
    stream: StreamId,
) -> Result<BTreeSet<SourceKey>, EngineError> {
    let states = context.states(&[stream]).await?;
    let Some(Some(draft)) = load::drafts(context, &states).await?.pop() else {
        return Ok(BTreeSet::new());
    };
    let mut needed = draft.references();
    needed.extend(attributes(&draft));
    Ok(needed)
}

fn attributes(draft: &Draft) -> Vec<SourceKey> {
    let mut keys = Vec::new();
    for step in &draft.steps {
        let holder = match step.operation {
            Operation::ContactCreate | Operation::ContactUpdate => Holder::Contact,
            Operation::CompanyUpsert => Holder::Company,
            Operation::ConversationUpdate => Holder::Conversation,
            _ => continue,
        };
        if let Some(Value::Object(values)) = step.body.get("custom_attributes") {
            keys.extend(values.keys().map(|name| attribute::key(holder, name)));
        }
    }
    keys
}
