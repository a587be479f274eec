//! Every event of one record, in order, with what was stored beside it.

use serde::Serialize;
use serde_json::Value;

use super::error::ReportError;
use crate::ledger::{Ledger, Recorded};
use crate::model::{DestinationId, Position, SourceKey, StreamId, Timestamp};
use crate::projection::{ChildIndex, IdMap};

/// Parts listed with a record; a thread may have thousands.
const PARTS_MAX: usize = 5_000;

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter {
    /// Its position.
    pub position: u64,
    /// When it was recorded.
    pub at: String,
    /// The run that recorded it.
    pub run: String,
    /// What happened.
    pub event: &'static str,
    /// Its facts.
    pub facts: Value,
    /// The bytes beside it, if they were asked for and are not erased.
    pub payload: Option<Value>,
}

/// A record's life.
#[derive(Clone, Debug, Serialize)]
pub struct Biography {
    /// Its key.
    pub key: String,
    /// Its parts, by key.
    pub parts: Vec<String>,
    /// Everything that happened to it.
    pub chapters: Vec<Chapter>,
}

/// The records that `word` names: a source key, or the id of an object in Intercom.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn find(ledger: &Ledger, word: &str) -> Result<Vec<StreamId>, ReportError> {
    if let Ok(key) = word.parse::<SourceKey>()
        && let Some(stream) = ledger.streams(&[key]).await?.pop().flatten()
    {
        return Ok(vec![stream]);
    }
    let (from, to) = IdMap::reverse_range(&DestinationId::from(word));
    let rows = ledger.scan(IdMap::NAME, &from, Some(&to), PARTS_MAX).await?;
    let streams: Vec<StreamId> =
        rows.iter().filter_map(|(key, _)| IdMap::reverse_stream(key)).collect();
    if streams.is_empty() { Err(ReportError::UnknownKey(word.to_owned())) } else { Ok(streams) }
}

/// The life of one record, with payloads if asked for.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn biography(
    ledger: &Ledger,
    stream: StreamId,
    with_payloads: bool,
) -> Result<Biography, ReportError> {
    let key = ledger.keys(&[stream]).await?.pop().map(|key| key.to_string()).unwrap_or_default();
    let events = ledger.read_stream(stream).await?;
    let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
    let payloads = if with_payloads {
        ledger.payloads(&positions).await?
    } else {
        vec![None; positions.len()]
    };
    let chapters =
        events.into_iter().zip(payloads).map(|(event, payload)| chapter(event, payload)).collect();
    let from = ChildIndex::first(stream);
    let to = ChildIndex::first(StreamId(stream.0 + 1));
    let rows = ledger.scan(ChildIndex::NAME, &from, Some(&to), PARTS_MAX).await?;
    let children: Vec<StreamId> =
        rows.iter().filter_map(|(key, _)| ChildIndex::pair(key)).map(|(_, child)| child).collect();
    let parts = ledger.keys(&children).await?.iter().map(SourceKey::to_string).collect();
    Ok(Biography { key, parts, chapters })
}

/// One event as a chapter.
pub(super) fn chapter(recorded: Recorded, payload: Option<Vec<u8>>) -> Chapter {
    let facts = recorded.event.facts().ok();
    let as_json = |bytes: Vec<u8>| {
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
    };
    Chapter {
        position: recorded.position.0,
        at: Timestamp(recorded.recorded_at_us / 1000).to_rfc3339(),
        run: recorded.run.to_string(),
        event: recorded.event.name(),
        facts: facts.map(as_json).unwrap_or(Value::Null),
        payload: payload.map(as_json),
    }
}
