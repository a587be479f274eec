//! Every event of one record, in order, with what was stored beside it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::error::ReportError;
use crate::ledger::{Ledger, Recorded};
use crate::model::{Event, Position, Record, RecordKind, SourceKey, StreamId, Timestamp};
use crate::projection::row::stream_at;
use crate::projection::{self, ChildIndex, RecordStates};

/// Parts listed with a record; a thread may have thousands.
const PARTS_MAX: usize = 5_000;

/// Records looked at per page.
const PAGE_RECORDS: usize = 2_000;
/// Fields in which help desks keep the number that people see.
const NUMBERS: [&str; 5] = ["number", "display_id", "tracking_id", "ticket_number", "reference"];

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
    /// The event that erased them.
    pub erased_at: Option<u64>,
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

/// The records that `word` names: a source key, the id of an object in Intercom, the e-mail address
/// of a person, or the number of a ticket, for which every ticket is looked at.
///
/// # Errors
/// If nothing is called so, or the ledger cannot be read.
pub async fn find(ledger: &Ledger, word: &str) -> Result<Vec<StreamId>, ReportError> {
    let mut streams = projection::find::find(ledger, word).await?;
    if streams.is_empty() {
        streams = by_number(ledger, word).await?;
    }
    if streams.is_empty() { Err(ReportError::UnknownKey(word.to_owned())) } else { Ok(streams) }
}

#[derive(serde::Deserialize)]
struct ReadPayload {
    record: Record,
}

/// Threads whose number in the help desk is this one.
async fn by_number(ledger: &Ledger, number: &str) -> Result<Vec<StreamId>, ReportError> {
    let mut found = Vec::new();
    let mut from = Vec::new();
    loop {
        let rows = ledger.scan(RecordStates::NAME, &from, None, PAGE_RECORDS).await?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        from = [last.as_slice(), &[0]].concat();
        let mut threads = Vec::new();
        for (key, value) in &rows {
            let state = RecordStates::decode(value)?;
            let read = state.read_at.filter(|_| state.kind == Some(RecordKind::Conversation));
            threads.extend(stream_at(key, 0).zip(read));
        }
        let at: Vec<Position> = threads.iter().map(|(_, at)| *at).collect();
        for ((stream, _), bytes) in threads.iter().zip(ledger.payloads(&at).await?) {
            let read = bytes.and_then(|bytes| serde_json::from_slice::<ReadPayload>(&bytes).ok());
            if let Some(ReadPayload { record: Record::Conversation(thread) }) = read
                && NUMBERS
                    .iter()
                    .any(|name| thread.standard.get(*name).map(String::as_str) == Some(number))
            {
                found.push(*stream);
            }
        }
    }
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
    let erased: BTreeMap<u64, u64> = events
        .iter()
        .filter_map(|event| match &event.event {
            Event::PayloadErased(facts) => Some((facts.position.0, event.position.0)),
            _ => None,
        })
        .collect();
    let told = |(event, payload): (Recorded, _)| {
        let erased_at = erased.get(&event.position.0).copied();
        chapter(event, payload, erased_at)
    };
    let chapters = events.into_iter().zip(payloads).map(told).collect();
    let from = ChildIndex::first(stream);
    let to = ChildIndex::first(StreamId(stream.0 + 1));
    let rows = ledger.scan(ChildIndex::NAME, &from, Some(&to), PARTS_MAX).await?;
    let children: Vec<StreamId> =
        rows.iter().filter_map(|(key, _)| ChildIndex::pair(key)).map(|(_, child)| child).collect();
    let parts = ledger.keys(&children).await?.iter().map(SourceKey::to_string).collect();
    Ok(Biography { key, parts, chapters })
}

/// One event as a chapter.
pub(super) fn chapter(
    recorded: Recorded,
    payload: Option<Vec<u8>>,
    erased_at: Option<u64>,
) -> Chapter {
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
        erased_at,
    }
}
