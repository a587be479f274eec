//! One event's row against itself: everything that can be told without its neighbours.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::finding::{Finding, Place};
use crate::model::leaf::{SALT_LEN, commitment, idempotency_key, leaf, leaf_column};
use crate::model::{Commitment, Event, Header, KeyParts, TreeHash, upcast};
use crate::store::{RawEvent, RawPayload, unpack};

/// Whether there is a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PayloadState {
    /// There never was one.
    Never,
    /// There is.
    Present,
    /// There was.
    Gone,
}

/// The event as far as others are concerned with it.
#[derive(Debug)]
pub(super) enum Kind {
    /// A record was read.
    Read,
    /// Anything else.
    Other(Box<Event>),
}

/// What the neighbours are checked with.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) position: u64,
    pub(super) stream: i64,
    pub(super) parent: Option<i64>,
    /// Stands for the source key.
    pub(super) key: u64,
    /// Stands for the parent's source key.
    pub(super) parent_key: Option<u64>,
    pub(super) sequence: u32,
    /// Stands for stream and idempotency key.
    pub(super) once: u64,
    pub(super) payload: PayloadState,
    /// The event, if its facts can be read.
    pub(super) event: Option<Kind>,
}

/// An event's leaf, and the rest if its header can be read.
pub(super) struct CheckedEvent {
    pub(super) leaf: TreeHash,
    pub(super) folded: Option<Folded>,
}

/// Checks one row at `position`.
pub(super) fn check_event(
    position: u64,
    row: &RawEvent,
    payload: Option<&RawPayload>,
    scratch: &mut Vec<u8>,
    findings: &mut Vec<Finding>,
) -> CheckedEvent {
    let place = Place::Event(position);
    let committed = row.commitment.as_deref().map(<[u8; 32]>::try_from).transpose();
    let committed = committed.unwrap_or_else(|_| {
        findings.push(Finding::error("commitment_length", place, "commitment has not 32 bytes"));
        None
    });
    let committed = committed.map(Commitment);
    let leaf = leaf(&row.header, &row.facts, committed.as_ref());
    if row.leaf != leaf_column(&leaf) {
        let what = "header, facts or commitment are not those that were appended";
        findings.push(Finding::error("event_changed", place, what));
    }
    let payload = check_payload(place, committed.as_ref(), payload, scratch, findings);
    let header = match Header::decode(&row.header) {
        Ok(header) => header,
        Err(error) => {
            findings.push(Finding::error("header_unreadable", place, error.to_string()));
            return CheckedEvent { leaf, folded: None };
        }
    };
    check_columns(place, position, row, &header, findings);
    let event = match upcast::event(header.type_id, header.version, &row.facts) {
        // Most events are these, and only their kind matters to others.
        Ok(Event::RecordRead(_)) => Some(Kind::Read),
        Ok(event) => Some(Kind::Other(Box::new(event))),
        Err(error) => {
            findings.push(Finding::error("facts_unreadable", place, error.to_string()));
            None
        }
    };
    let folded = Folded {
        position,
        stream: row.stream,
        parent: row.parent,
        key: stand_in(&header.key),
        parent_key: header.parent.as_ref().map(stand_in),
        sequence: header.sequence,
        once: once(row.stream, row.idem),
        payload,
        event,
    };
    CheckedEvent { leaf, folded: Some(folded) }
}

/// The copies of header fields that serve look-ups.
fn check_columns(
    place: Place,
    position: u64,
    row: &RawEvent,
    header: &Header<'_>,
    findings: &mut Vec<Finding>,
) {
    if let Err(error) = header.keys() {
        findings.push(Finding::error("source_key", place, error.to_string()));
    }
    if row.type_id != i64::from(header.type_id) {
        let what = format!("type column says {}, header {}", row.type_id, header.type_id);
        findings.push(Finding::error("type_column", place, what));
    }
    if row.idem != idempotency_key(header.type_id, &header.content, header.ordinal) {
        let what = "idempotency key is not that of the header";
        findings.push(Finding::error("idempotency_column", place, what));
    }
    if row.parent.is_some() != header.parent.is_some() {
        let what = "parent column and header disagree on whether there is a parent";
        findings.push(Finding::error("parent_column", place, what));
    }
    if let Some(cause) = header.causation.filter(|cause| cause.0 >= position) {
        let what = format!("caused by event {cause}, which is not before it");
        findings.push(Finding::error("causation", place, what));
    }
}

fn check_payload(
    place: Place,
    committed: Option<&Commitment>,
    payload: Option<&RawPayload>,
    scratch: &mut Vec<u8>,
    findings: &mut Vec<Finding>,
) -> PayloadState {
    let mut wrong = |code, what: String| findings.push(Finding::error(code, place, what));
    match (committed, payload) {
        (None, None) => PayloadState::Never,
        (Some(_), None) => PayloadState::Gone,
        (None, Some(_)) => {
            wrong("payload_uncommitted", "payload without commitment".to_owned());
            PayloadState::Present
        }
        (Some(committed), Some(payload)) => {
            let salt = <&[u8; SALT_LEN]>::try_from(&payload.salt[..]);
            match (salt, unpack(payload.codec, &payload.bytes, scratch)) {
                (Ok(salt), Ok(bytes)) if commitment(salt, bytes) == *committed => {}
                (Ok(_), Ok(_)) => {
                    wrong("payload_changed", "payload does not fit its commitment".to_owned());
                }
                (Err(_), _) => wrong("payload_salt", "salt has not 16 bytes".to_owned()),
                (_, Err(error)) => wrong("payload_unreadable", format!("payload: {error}")),
            }
            PayloadState::Present
        }
    }
}

/// 64 bits in place of a source key: millions of streams are held in memory.
pub(super) fn stand_in(key: &KeyParts<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key.system, key.object, key.id).hash(&mut hasher);
    hasher.finish()
}

/// 64 bits in place of stream and idempotency key. The key is a hash already, so an odd multiple
/// of the stream added to it keeps different pairs apart.
pub(super) fn once(stream: i64, idem: i64) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    stream.cast_unsigned().wrapping_mul(ODD).wrapping_add(idem.cast_unsigned())
}
