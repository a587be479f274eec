//! Items of a source made ready to be compared with the ledger. Pure, so that batches can be
//! prepared side by side.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::error::EngineError;
use crate::ledger::NewEvent;
use crate::model::alias::aliases;
use crate::model::digest::Purpose;
use crate::model::event::{RecordRead, RecordRejected};
use crate::model::{ContentHash, Digest, RecordKind, SourceKey, StreamId, canonical_json};
use crate::projection::RecordState;
use crate::source::{Finding, Item};

/// An item ready to be compared and appended.
pub(super) struct Prepared {
    pub(super) key: SourceKey,
    /// Hash of the key.
    pub(super) hash: u64,
    pub(super) content: ContentHash,
    pub(super) kind: Option<RecordKind>,
    pub(super) rejected: bool,
    pub(super) event: NewEvent,
    /// What the ledger knew when it was looked up.
    pub(super) known: Option<(StreamId, Box<RecordState>)>,
}

impl Prepared {
    pub(super) fn new(
        key: SourceKey,
        event: NewEvent,
        kind: Option<RecordKind>,
        rejected: bool,
    ) -> Self {
        let (hash, content) = (FixedState::default().hash_one(&key), event.content);
        Self { key, hash, content, kind, rejected, event, known: None }
    }
}

/// Items ready to be compared, and what the source found about them.
pub(super) type PreparedBatch = (Vec<Prepared>, Vec<Finding>);

/// Hashes and encodes a batch of items.
///
/// # Errors
/// If an item has no canonical form, or its row makes no source key.
pub(super) fn prepare_all(
    project_key: &[u8; 32],
    system: &str,
    items: Vec<Item>,
) -> Result<PreparedBatch, EngineError> {
    let mut findings = Vec::new();
    let prepared = items
        .into_iter()
        .map(|item| prepare(project_key, system, item, &mut findings))
        .collect::<Result<_, _>>()?;
    Ok((prepared, findings))
}

fn prepare(
    project_key: &[u8; 32],
    system: &str,
    item: Item,
    findings: &mut Vec<Finding>,
) -> Result<Prepared, EngineError> {
    match item {
        Item::Record(found) => {
            let found = *found;
            let canonical = canonical_json(&found.record)?;
            let content = ContentHash::keyed(project_key, &canonical);
            let facts = RecordRead {
                kind: found.record.kind(),
                parent: found.record.parent().cloned(),
                at: found.at,
                raw: Digest::of(Purpose::Raw, &found.raw),
                aliases: aliases(project_key, &found.record),
                findings: found.findings.iter().map(Finding::fact).collect(),
            };
            findings.extend(found.findings);
            let mut event = NewEvent::new(found.key.clone(), facts);
            event.parent = found.record.parent().cloned();
            event.content = content;
            event.payload = Some(join_payload(&found.raw, &canonical));
            let kind = Some(found.record.kind());
            Ok(Prepared::new(found.key, event, kind, false))
        }
        Item::Rejected(row) => {
            let row = *row;
            let key = match row.key {
                Some(key) => key,
                None => SourceKey::new(system, "row", &format!("{}:{}", row.at.file, row.at.line))?,
            };
            let content = ContentHash::keyed(project_key, &row.raw);
            let facts = RecordRejected {
                kind: row.kind,
                at: row.at,
                raw: Digest::of(Purpose::Raw, &row.raw),
                findings: row.findings.iter().map(Finding::fact).collect(),
            };
            let reasons = canonical_json(&row.findings)?;
            findings.extend(row.findings);
            let mut event = NewEvent::new(key.clone(), facts);
            event.content = content;
            event.payload = Some(join_payload(&row.raw, &reasons));
            Ok(Prepared::new(key, event, row.kind, true))
        }
    }
}

/// Payload of a reading: `{"raw":…,"record":…}`; of a rejection the second part holds the reasons.
pub(super) fn join_payload(raw: &[u8], record: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(raw.len() + record.len() + 18);
    payload.extend_from_slice(br#"{"raw":"#);
    payload.extend_from_slice(raw);
    payload.extend_from_slice(br#","record":"#);
    payload.extend_from_slice(record);
    payload.push(b'}');
    payload
}
