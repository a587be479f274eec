//! The log as JSON Lines, for checkers by other people: `ledger-schema/HASHING.md` section 8.

use std::io::Write;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::AuditError;
use crate::model::event::CATALOGUE;
use crate::model::leaf::{SALT_LEN, commitment, idempotency_key, leaf};
use crate::model::{
    Commitment, ContentHash, EventId, Frontier, Header, KeyParts, Position, RunId, TreeHash,
};
use crate::store::{CheckpointRow, HeadRow, RawEvent, RawPayload, RawRange, Store, unpack};

/// Version of the exported form.
const EXPORT_VERSION: u32 = 1;

/// Events read at a time.
const EVENTS_AT_ONCE: u64 = 1024;

/// First line.
#[derive(Serialize)]
struct FirstLine {
    export: &'static str,
    version: u32,
    size: u64,
    root: TreeHash,
}

/// Last lines.
#[derive(Serialize)]
struct CheckpointLine<'a> {
    checkpoint: &'a str,
}

/// One event as a line of the exported form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedEvent {
    /// Position.
    pub position: u64,
    /// Name of the kind of event, for people.
    pub name: String,
    /// All fields of the header.
    pub header: ExportedHeader,
    /// Canonical JSON of the facts, to be hashed as it is.
    pub facts: String,
    /// Commitment to the payload, if there ever was one.
    pub commitment: Option<Commitment>,
    /// The payload, if it was asked for and is not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<ExportedPayload>,
}

/// The header of an exported event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedHeader {
    #[serde(rename = "type")]
    type_id: u16,
    version: u16,
    recorded_at_us: i64,
    run: RunId,
    event: EventId,
    causation: Option<Position>,
    sequence: u32,
    ordinal: u32,
    content: ContentHash,
    system: String,
    object: String,
    id: String,
    parent: Option<ExportedKey>,
}

/// A source key in three parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedKey {
    system: String,
    object: String,
    id: String,
}

/// Salt and bytes of a payload, in hexadecimal and base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedPayload {
    salt: String,
    bytes: String,
}

impl ExportedEvent {
    /// From the rows of one event.
    ///
    /// # Errors
    /// If the rows are damaged.
    pub(super) fn read(row: &RawEvent, payload: Option<&RawPayload>) -> Result<Self, AuditError> {
        let position = row.position.cast_unsigned();
        let damaged = |what: String| AuditError::Damaged { position, what };
        let header = Header::decode(&row.header).map_err(|error| damaged(error.to_string()))?;
        let kind = CATALOGUE.iter().find(|kind| kind.type_id == header.type_id);
        let facts = std::str::from_utf8(&row.facts)
            .map_err(|_| damaged("facts are not UTF-8".to_owned()))?;
        let commitment = row.commitment.as_deref().map(<[u8; 32]>::try_from).transpose();
        Ok(Self {
            position,
            name: kind.map_or("unknown", |kind| kind.name).to_owned(),
            header: ExportedHeader::from(&header),
            facts: facts.to_owned(),
            commitment: commitment
                .map_err(|_| damaged("commitment has not 32 bytes".to_owned()))?
                .map(Commitment),
            payload: payload
                .map(|payload| ExportedPayload::read(payload).map_err(damaged))
                .transpose()?,
        })
    }

    /// From its line, which has one form: nothing missing, nothing more, digits in lower case.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub(super) fn from_json(line: &[u8]) -> Result<Self, String> {
        read_json(line)
    }

    /// The source key, in three parts.
    pub(super) fn stream(&self) -> (&str, &str, &str) {
        (&self.header.system, &self.header.object, &self.header.id)
    }

    /// Number of its kind.
    pub(super) fn type_id(&self) -> u16 {
        self.header.type_id
    }

    /// The run that recorded it.
    pub(super) fn run(&self) -> RunId {
        self.header.run
    }

    /// Index within the stream.
    pub(super) fn sequence(&self) -> u32 {
        self.header.sequence
    }

    /// What the stream holds once.
    pub(super) fn idempotency_key(&self) -> i64 {
        idempotency_key(self.header.type_id, &self.header.content, self.header.ordinal)
    }

    /// The leaf, computed from the fields. A payload, if there is one, must fit its commitment.
    ///
    /// # Errors
    /// What is wrong with the fields.
    pub fn leaf(&self) -> Result<TreeHash, String> {
        let header = self.header.header();
        header.keys().map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        header.encode(&mut bytes).map_err(|error| error.to_string())?;
        if let Some(payload) = &self.payload
            && self.commitment != Some(payload.commitment()?)
        {
            return Err("payload does not fit its commitment".to_owned());
        }
        Ok(leaf(&bytes, self.facts.as_bytes(), self.commitment.as_ref()))
    }
}

impl From<&Header<'_>> for ExportedHeader {
    fn from(header: &Header<'_>) -> Self {
        let ExportedKey { system, object, id } = (&header.key).into();
        Self {
            type_id: header.type_id,
            version: header.version,
            recorded_at_us: header.recorded_at_us,
            run: header.run,
            event: header.event,
            causation: header.causation,
            sequence: header.sequence,
            ordinal: header.ordinal,
            content: header.content,
            system,
            object,
            id,
            parent: header.parent.as_ref().map(ExportedKey::from),
        }
    }
}

impl From<&KeyParts<'_>> for ExportedKey {
    fn from(key: &KeyParts<'_>) -> Self {
        Self { system: key.system.into(), object: key.object.into(), id: key.id.into() }
    }
}

impl ExportedHeader {
    fn header(&self) -> Header<'_> {
        let parent = self.parent.as_ref();
        Header {
            type_id: self.type_id,
            version: self.version,
            recorded_at_us: self.recorded_at_us,
            run: self.run,
            event: self.event,
            causation: self.causation,
            sequence: self.sequence,
            ordinal: self.ordinal,
            content: self.content,
            key: KeyParts { system: &self.system, object: &self.object, id: &self.id },
            parent: parent.map(|key| KeyParts {
                system: &key.system,
                object: &key.object,
                id: &key.id,
            }),
        }
    }
}

impl ExportedPayload {
    fn read(row: &RawPayload) -> Result<Self, String> {
        let mut scratch = Vec::new();
        let bytes = unpack(row.codec, &row.bytes, &mut scratch);
        let bytes = bytes.map_err(|error| error.to_string())?;
        let salt =
            <[u8; SALT_LEN]>::try_from(&row.salt[..]).map_err(|_| "salt has not 16 bytes")?;
        // The same text form as every other 16 bytes.
        let salt = RunId(salt).to_string();
        Ok(Self { salt, bytes: STANDARD.encode(bytes) })
    }

    fn commitment(&self) -> Result<Commitment, String> {
        let salt: RunId = self.salt.parse().map_err(|_| "salt is not 16 bytes in hexadecimal")?;
        let bytes = STANDARD.decode(&self.bytes).map_err(|_| "payload is not base64")?;
        Ok(commitment(&salt.0, &bytes))
    }
}

/// Writes the whole log as it stands at the start. Payloads only if `with_payloads`: they may be
/// personal. Gives the number of events.
///
/// # Errors
/// If the database does not answer, an event cannot be read, or `to` cannot be written.
pub async fn export(
    store: &Arc<dyn Store>,
    with_payloads: bool,
    to: &mut (impl Write + Send),
) -> Result<u64, AuditError> {
    let (head, checkpoints) = head_and_checkpoints(store).await?;
    let frontier = Frontier::from_bytes(head.size, &head.frontier)
        .map_err(|error| crate::store::StoreError::damaged(error.to_string()))?;
    write_log(store, &frontier, &checkpoints, with_payloads, to).await?;
    to.flush()?;
    Ok(head.size)
}

/// The head, and the checkpoints up to it: another process may append and seal meanwhile.
pub(super) async fn head_and_checkpoints(
    store: &Arc<dyn Store>,
) -> Result<(HeadRow, Vec<CheckpointRow>), AuditError> {
    let head = store.head().await?;
    let mut checkpoints = store.checkpoints().await?;
    checkpoints.retain(|row| row.size <= head.size);
    Ok((head, checkpoints))
}

/// Writes the lines of a log.
pub(super) async fn write_log(
    store: &Arc<dyn Store>,
    frontier: &Frontier,
    checkpoints: &[CheckpointRow],
    with_payloads: bool,
    to: &mut (impl Write + Send),
) -> Result<(), AuditError> {
    let size = frontier.size();
    let first =
        FirstLine { export: "deskledger", version: EXPORT_VERSION, size, root: frontier.root() };
    write_line(to, &first)?;
    for start in (0..size).step_by(EVENTS_AT_ONCE as usize) {
        let end = size.min(start + EVENTS_AT_ONCE);
        for event in exported(store, start, end, with_payloads).await? {
            write_line(to, &event)?;
        }
    }
    for row in checkpoints {
        write_line(to, &CheckpointLine { checkpoint: &row.note })?;
    }
    Ok(())
}

/// Events `start` up to `end`, none missing.
pub(super) async fn exported(
    store: &Arc<dyn Store>,
    start: u64,
    end: u64,
    with_payloads: bool,
) -> Result<Vec<ExportedEvent>, AuditError> {
    let key = |key: u64| i64::try_from(key).unwrap_or(i64::MAX);
    let range = RawRange { from: key(start), to: key(end), limit: u32::MAX };
    let events = store.raw_events(range).await?;
    let payloads = if with_payloads { store.raw_payloads(range).await? } else { Vec::new() };
    let mut payloads = payloads.iter().peekable();
    let mut exported = Vec::with_capacity(events.len());
    for (position, row) in (start..).zip(&events) {
        if row.position != key(position) {
            return Err(AuditError::Damaged { position, what: "it is missing".to_owned() });
        }
        while payloads.next_if(|payload| payload.position < row.position).is_some() {}
        let payload = payloads.next_if(|payload| payload.position == row.position);
        exported.push(ExportedEvent::read(row, payload)?);
    }
    let position = start + exported.len() as u64;
    if position < end {
        return Err(AuditError::Damaged { position, what: "it is missing".to_owned() });
    }
    Ok(exported)
}

/// A line in the one form in which it is written, but for white space and the order of fields.
pub(super) fn read_json<T: Serialize + DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let wrong = |error: serde_json::Error| format!("not as it is written: {error}");
    let read: T = serde_json::from_slice(line).map_err(wrong)?;
    let said: serde_json::Value = serde_json::from_slice(line).map_err(wrong)?;
    let meant = serde_json::to_value(&read).map_err(wrong)?;
    if said == meant { Ok(read) } else { Err("not in the one form of such a line".to_owned()) }
}

fn write_line(to: &mut impl Write, line: &impl Serialize) -> Result<(), AuditError> {
    serde_json::to_writer(&mut *to, line).map_err(std::io::Error::from)?;
    to.write_all(b"\n")?;
    Ok(())
}
