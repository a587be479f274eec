//! Brings back from the ledger what was appended: records with their parts, drafts, steps.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::error::EngineError;
use super::setting::PAGE_RECORDS;
use crate::mapping::draft::Draft;
use crate::model::{Position, Record, SourceKey, StreamId};
use crate::projection::effect::end_with_object;
use crate::projection::{ChildIndex, RecordState, RecordStates, StepMap, StepStates};

/// A record with what the ledger knows of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its key.
    pub key: SourceKey,
    /// Its stream.
    pub stream: StreamId,
    /// Where it stands.
    pub state: RecordState,
    /// Its latest content; `None` if it was never read, is gone, or its bytes are erased.
    pub record: Option<Record>,
}

#[derive(Deserialize)]
struct ReadPayload {
    record: Record,
}

/// Records in the order asked for.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn records(context: &Context, streams: &[StreamId]) -> Result<Vec<Loaded>, EngineError> {
    let keys = context.ledger.keys(streams).await?;
    let states = context.states(streams).await?;
    let present = |state: &RecordState| state.read_at.filter(|_| !state.vanished);
    let positions: Vec<Position> = states.iter().filter_map(present).collect();
    let mut payloads = context.ledger.payloads(&positions).await?.into_iter();
    let mut loaded = Vec::with_capacity(streams.len());
    for ((key, stream), state) in keys.into_iter().zip(streams).zip(states) {
        let bytes = if present(&state).is_some() { payloads.next().flatten() } else { None };
        let record = match bytes {
            Some(bytes) => Some(parse::<ReadPayload>("record", &key, &bytes)?.record),
            None => None,
        };
        loaded.push(Loaded { key, stream: *stream, state, record });
    }
    Ok(loaded)
}

/// The latest content of a record, also if it is gone from the export; `None` if its bytes are
/// erased.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn last(context: &Context, loaded: &Loaded) -> Result<Option<Record>, EngineError> {
    let Some(at) = loaded.state.read_at else { return Ok(None) };
    let bytes = context.ledger.payloads(&[at]).await?.pop().flatten();
    let read =
        bytes.map(|bytes| parse::<ReadPayload>("record", &loaded.key, &bytes)).transpose()?;
    Ok(read.map(|payload| payload.record))
}

/// Parts of each of `parents`, which must be in ascending order: one range over the index serves
/// them all, since streams are numbered in reading order.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn parts(
    context: &Context,
    parents: &[StreamId],
) -> Result<HashMap<StreamId, Vec<Loaded>>, EngineError> {
    let mut pairs = Vec::new();
    for run in parents.chunk_by(|a, b| b.0 - a.0 <= NEIGHBOURS_MAX) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let mut from = ChildIndex::first(*first);
        let to = ChildIndex::first(StreamId(last.0 + 1));
        loop {
            let rows =
                context.ledger.scan(ChildIndex::NAME, &from, Some(&to), PAGE_RECORDS * 4).await?;
            let Some((end, _)) = rows.last() else {
                break;
            };
            from = [end.as_slice(), &[0]].concat();
            pairs.extend(rows.iter().filter_map(|(key, _)| ChildIndex::pair(key)));
        }
    }
    pairs.retain(|(parent, _)| parents.binary_search(parent).is_ok());
    let children: Vec<StreamId> = pairs.iter().map(|(_, child)| *child).collect();
    let mut found: HashMap<StreamId, Vec<Loaded>> = HashMap::new();
    for ((parent, _), part) in pairs.into_iter().zip(records(context, &children).await?) {
        // A part that moved to another thread is listed under both; only the latest counts.
        if part.state.parent == Some(parent) {
            found.entry(parent).or_default().push(part);
        }
    }
    Ok(found)
}

/// Largest gap between stream numbers that one range query bridges.
const NEIGHBOURS_MAX: u64 = 64;

/// The latest draft of each record, in the order asked for; `None` where there is none.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn drafts(
    context: &Context,
    states: &[RecordState],
) -> Result<Vec<Option<Draft>>, EngineError> {
    let positions: Vec<Position> = states.iter().filter_map(|state| state.draft_at).collect();
    let mut payloads = context.ledger.payloads(&positions).await?.into_iter();
    let mut drafts = Vec::with_capacity(states.len());
    for state in states {
        let bytes = state.draft_at.and_then(|_| payloads.next().flatten());
        drafts.push(bytes.map(|bytes| parse("draft", &"a record", &bytes)).transpose()?);
    }
    Ok(drafts)
}

/// States of all steps of one record, by step.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn steps(context: &Context, stream: StreamId) -> Result<StepMap, EngineError> {
    let (from, to) = StepStates::range_of(stream);
    let rows = context.ledger.scan(StepStates::NAME, &from, Some(&to), usize::MAX).await?;
    let mut steps = StepMap::new();
    for (key, value) in rows {
        if let Some((_, step)) = StepStates::parts(&key) {
            steps.insert(step, StepStates::decode(&value)?);
        }
    }
    end_with_object(&mut steps);
    Ok(steps)
}

/// States of all steps of several records, which must be in ascending order: neighbours are read
/// together.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn steps_of(
    context: &Context,
    streams: &[StreamId],
) -> Result<HashMap<StreamId, StepMap>, EngineError> {
    let mut found: HashMap<StreamId, StepMap> = HashMap::new();
    for run in streams.chunk_by(|a, b| b.0 - a.0 <= NEIGHBOURS_MAX) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let (mut from, _) = StepStates::range_of(*first);
        let (_, to) = StepStates::range_of(*last);
        loop {
            let rows =
                context.ledger.scan(StepStates::NAME, &from, Some(&to), PAGE_RECORDS * 4).await?;
            let Some((end, _)) = rows.last() else {
                break;
            };
            from = [end.as_slice(), &[0]].concat();
            for (key, value) in &rows {
                if let Some((stream, step)) = StepStates::parts(key) {
                    let state = StepStates::decode(value)?;
                    found.entry(stream).or_default().insert(step, state);
                }
            }
        }
    }
    found.values_mut().for_each(end_with_object);
    Ok(found)
}

/// One page of record states after `from`, with the key to go on from; `None` at the end.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn state_page(
    context: &Context,
    from: &[u8],
) -> Result<Option<(Vec<(StreamId, RecordState)>, Vec<u8>)>, EngineError> {
    let rows = context.ledger.scan(RecordStates::NAME, from, None, PAGE_RECORDS * 4).await?;
    let Some((last, _)) = rows.last() else {
        return Ok(None);
    };
    let next = [last.as_slice(), &[0]].concat();
    let mut page = Vec::with_capacity(rows.len());
    for (key, value) in &rows {
        if let Some(stream) = crate::projection::row::stream_at(key, 0) {
            page.push((stream, RecordStates::decode(value)?));
        }
    }
    Ok(Some((page, next)))
}

/// A stored JSON value.
///
/// # Errors
/// If the bytes are not such a value.
pub fn parse<T: DeserializeOwned>(
    what: &'static str,
    key: &dyn std::fmt::Display,
    bytes: &[u8],
) -> Result<T, EngineError> {
    serde_json::from_slice(bytes).map_err(|cause| EngineError::Stored {
        what,
        key: key.to_string(),
        // serde names the place, never the value.
        reason: format!("line {} column {}", cause.line(), cause.column()),
    })
}
