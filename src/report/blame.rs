//! Where the value of one field in Intercom comes from: the rule that made it, the place in the
//! export, the events between, and the digests of what was sent and answered.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::error::ReportError;
use super::origin;
use crate::destination::contract::Destination;
use crate::destination::intercom::compare::{
    FieldComparison, ResolvedStep, StepIds, Verdict, compare,
};
use crate::destination::intercom::object::{ObjectKind, ReadBack, Target, read_back};
use crate::destination::intercom::request::Request;
use crate::ledger::{Ledger, Recorded};
use crate::mapping::draft::Draft;
use crate::model::event::{RecordRead, WriteStarted};
use crate::model::{DestinationId, Event, Position, SourceKey, StepKey, StreamId};
use crate::projection::find::object_of;

/// A place in the export.
#[derive(Clone, Debug, Serialize)]
pub struct Spot {
    /// The record.
    pub key: String,
    /// The event that holds it.
    pub position: u64,
    /// File, sheet or table.
    pub file: String,
    /// Line or row, from 1; the record's number for JSON.
    pub line: u64,
    /// Digest of the raw cells.
    pub raw_digest: String,
    /// The raw cells; none if they are erased.
    pub raw: Option<Value>,
}

/// Where a field comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Blame {
    /// The record.
    pub key: String,
    /// Kind of object in Intercom.
    pub kind: ObjectKind,
    /// Its id.
    pub object: String,
    /// The field.
    pub field: String,
    /// What was sent.
    pub sent: Value,
    /// What Intercom holds now; none if it was not asked.
    pub now: Option<Value>,
    /// Whether the two are the same, but for what Intercom rewrites.
    pub same: Option<bool>,
    /// The step and the row of the operation table that sent it.
    pub step: String,
    /// The operation.
    pub operation: String,
    /// What made the value, in words.
    pub rule: String,
    /// Digest of the map and the decisions that the draft was made with.
    pub mapping: Option<String>,
    /// The event that confirmed that map.
    pub mapping_confirmed_at: Option<u64>,
    /// The event that holds the draft.
    pub drafted_at: Option<u64>,
    /// The event that holds the request.
    pub sent_at: u64,
    /// The event that holds the answer.
    pub answered_at: Option<u64>,
    /// The last event that compared.
    pub verified_at: Option<u64>,
    /// Digest of the request.
    pub request_digest: String,
    /// Digest of the answer.
    pub answer_digest: Option<String>,
    /// Where in the export.
    pub source: Vec<Spot>,
    /// Events whose bytes are erased, so that this is not all.
    pub erased: Vec<u64>,
}

/// One landed request.
struct Landed {
    at: Position,
    facts: WriteStarted,
    request: Option<Request>,
    answered: Option<(Position, String)>,
}

/// Where `field` of a record's object comes from; none if no request of the record sent it. With a
/// destination Intercom is asked what it holds now.
///
/// # Errors
/// If the ledger or Intercom cannot be read.
pub async fn blame(
    ledger: &Ledger,
    stream: StreamId,
    field: &str,
    destination: Option<&dyn Destination>,
) -> Result<Option<Blame>, ReportError> {
    let events = ledger.read_stream(stream).await?;
    let (landed, ids) = landed(ledger, &events).await?;
    let Some((sender, compared)) = sender(&landed, field, &ids) else { return Ok(None) };
    let Some(request) = &sender.request else { return Ok(None) };
    let key = ledger.keys(&[stream]).await?.pop().map(|key| key.to_string()).unwrap_or_default();
    let object = object_of::<ReportError>(ledger, stream).await?.or_else(|| request.target());
    let object = object.unwrap_or_else(|| DestinationId::from(""));
    let target = Target::of(request, object.clone());
    let (now, same) = match destination {
        None => (None, None),
        Some(destination) => {
            let back = read_back(destination, &target).await?;
            let step = ResolvedStep { key: sender.facts.step.clone(), request: request.clone() };
            let found = compare(&[step], &back, &ids).into_iter().find(|one| one.field == field);
            let same = found.as_ref().map(|one| one.verdict != Verdict::Differs);
            (found.map(|one| one.actual), same)
        }
    };
    let before = |one: &&Recorded| one.position < sender.at;
    let mut drafted = events.iter().filter(before).filter_map(|one| match &one.event {
        Event::RecordTransformed(facts) => Some((one.position, facts.mapping)),
        _ => None,
    });
    let drafted = drafted.next_back();
    let draft = match drafted {
        Some((at, _)) => payload::<Draft>(ledger, at).await?,
        None => None,
    };
    let mapping = drafted.map(|(_, mapping)| mapping);
    let confirmed = match drafted {
        Some((at, _)) => origin::confirmed(ledger, at).await?,
        None => None,
    };
    let step = sender.facts.step.clone();
    let sources = sources(draft.as_ref(), &step, &key);
    let (source, mut erased) = spots(ledger, &sources, sender.at).await?;
    let gone = landed.iter().filter(|one| one.request.is_none()).map(|one| one.at.0);
    erased.extend(gone);
    let text = confirmed.as_ref().and_then(|(_, text)| text.as_deref());
    Ok(Some(Blame {
        rule: origin::rule(target.kind, field, text),
        key,
        kind: target.kind,
        object: object.to_string(),
        field: field.to_owned(),
        sent: compared.expected,
        now,
        same,
        step: step.to_string(),
        operation: sender.facts.operation.clone(),
        mapping: mapping.map(|mapping| mapping.to_string()),
        mapping_confirmed_at: confirmed.map(|(at, _)| at.0),
        drafted_at: drafted.map(|(at, _)| at.0),
        sent_at: sender.at.0,
        answered_at: sender.answered.as_ref().map(|(at, _)| at.0),
        verified_at: verified(&events).map(|at| at.0),
        request_digest: sender.facts.request.to_string(),
        answer_digest: sender.answered.as_ref().map(|(_, digest)| digest.clone()),
        source,
        erased,
    }))
}

/// The names of all fields that the requests of a record sent.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn fields(ledger: &Ledger, stream: StreamId) -> Result<Vec<String>, ReportError> {
    let events = ledger.read_stream(stream).await?;
    let (landed, ids) = landed(ledger, &events).await?;
    let names: BTreeSet<String> =
        landed.iter().flat_map(|one| said(one, &ids)).map(|one| one.field).collect();
    Ok(names.into_iter().collect())
}

/// Every landed request of a record, oldest first, and what each step made.
async fn landed(
    ledger: &Ledger,
    events: &[Recorded],
) -> Result<(Vec<Landed>, StepIds), ReportError> {
    let (mut landed, mut open, mut ids) =
        (Vec::new(), Vec::<(Position, WriteStarted)>::new(), StepIds::new());
    for recorded in events {
        let at = recorded.position;
        let (step, answered, object) = match &recorded.event {
            Event::WriteStarted(facts) => {
                open.push((at, facts.clone()));
                continue;
            }
            Event::WriteSucceeded(done) => {
                (&done.step, Some((at, done.response.to_string())), done.object.clone())
            }
            Event::WriteOutcomeResolved(found) if found.landed => {
                (&found.step, None, found.object.clone())
            }
            Event::WriteOutcomeDecided(found) if found.landed => {
                (&found.step, None, found.object.clone())
            }
            _ => continue,
        };
        if let Some(place) = open.iter().rposition(|(_, facts)| facts.step == *step) {
            let (at, facts) = open.swap_remove(place);
            let request = payload(ledger, at).await?;
            landed.push(Landed { at, facts, request, answered });
        }
        ids.extend(object.map(|object| (step.clone(), object)));
    }
    landed.sort_by_key(|one| one.at);
    Ok((landed, ids))
}

/// The latest request that sent the field, with what it sent.
fn sender<'a>(
    landed: &'a [Landed],
    field: &str,
    ids: &StepIds,
) -> Option<(&'a Landed, FieldComparison)> {
    landed.iter().rev().find_map(|one| {
        let found = said(one, ids).into_iter().find(|compared| compared.field == field)?;
        Some((one, found))
    })
}

/// What a request says of its object, held against an empty one: the fields and what was sent.
fn said(landed: &Landed, ids: &StepIds) -> Vec<FieldComparison> {
    let Some(request) = &landed.request else { return Vec::new() };
    let kind = ObjectKind::of(request.operation);
    // The part of a reply, so that every field of it is named.
    let part = ids.get(&landed.facts.step).map(|id| serde_json::json!({ "id": id }));
    let parts = serde_json::json!({ "conversation_parts": part.into_iter().collect::<Vec<_>>() });
    let back = ReadBack {
        kind,
        id: DestinationId::from(""),
        object: serde_json::json!({ "conversation_parts": parts }),
        tags: Vec::new(),
        companies: Vec::new(),
        notes: Vec::new(),
    };
    let step = ResolvedStep { key: landed.facts.step.clone(), request: request.clone() };
    compare(&[step], &back, ids)
}

fn verified(events: &[Recorded]) -> Option<Position> {
    let compared =
        |one: &&Recorded| matches!(one.event, Event::FieldsVerified(_) | Event::FieldsDiffered(_));
    events.iter().rev().find(compared).map(|one| one.position)
}

/// The records that a step carries, or else the record itself.
fn sources(draft: Option<&Draft>, step: &StepKey, key: &str) -> Vec<SourceKey> {
    let steps = draft.into_iter().flat_map(|draft| &draft.steps);
    let carried: Vec<SourceKey> =
        steps.filter(|one| one.key == *step).flat_map(|one| one.carries.clone()).collect();
    match carried.is_empty() {
        true => key.parse().into_iter().collect(),
        false => carried,
    }
}

#[derive(serde::Deserialize)]
struct ReadPayload {
    raw: Value,
}

/// Where each of these records stood in the export when it was last read before a position.
async fn spots(
    ledger: &Ledger,
    keys: &[SourceKey],
    before: Position,
) -> Result<(Vec<Spot>, Vec<u64>), ReportError> {
    let (mut spots, mut erased) = (Vec::new(), Vec::new());
    for (key, stream) in keys.iter().zip(ledger.streams(keys).await?) {
        let Some(stream) = stream else { continue };
        let events = ledger.read_stream(stream).await?;
        let read = events.iter().filter(|one| one.position < before).rev();
        let read = read.into_iter().find_map(|one| match &one.event {
            Event::RecordRead(facts) => Some((one.position, facts.clone())),
            _ => None,
        });
        let Some((at, RecordRead { at: place, raw, .. })) = read else { continue };
        let cells = payload::<ReadPayload>(ledger, at).await?.map(|payload| payload.raw);
        if cells.is_none() {
            erased.push(at.0);
        }
        spots.push(Spot {
            key: key.to_string(),
            position: at.0,
            file: place.file,
            line: place.line,
            raw_digest: raw.to_string(),
            raw: cells,
        });
    }
    Ok((spots, erased))
}

/// The payload of an event; none if it is erased.
async fn payload<T: serde::de::DeserializeOwned>(
    ledger: &Ledger,
    at: Position,
) -> Result<Option<T>, ReportError> {
    let bytes = ledger.payloads(&[at]).await?.pop().flatten();
    let read = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    read.map_err(|error| ReportError::Stored { position: at, cause: error })
}
