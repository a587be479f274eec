//! Source key to object in Intercom, and back.
//!
//! Rows: `f, stream`: the object of a record; `r, object, 0, stream`: the records of an object.

use serde::{Deserialize, Serialize};

use super::row::{decode, encode, stream_at, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::{DestinationId, Event, SourceKey, StreamId};

/// The step that makes a record's object.
pub const CREATE_STEP: &str = "create";

/// Value of a reverse row whose object was taken back.
const UNDONE: &[u8] = &[1];

/// What a record became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// An object of its own.
    Object(DestinationId),
    /// Part of another record's object.
    MergedInto(SourceKey),
}

/// The projection.
pub struct IdMap;

impl IdMap {
    /// Name of the row table.
    pub const NAME: &'static str = "id_map";

    /// Key of a record's row.
    pub fn key(stream: StreamId) -> Vec<u8> {
        let mut key = vec![b'f'];
        key.extend(stream_key(stream));
        key
    }

    /// Keys of the records of an object: first and end.
    pub fn reverse_range(object: &DestinationId) -> (Vec<u8>, Vec<u8>) {
        let mut first = reverse_prefix(object);
        let mut end = first.clone();
        first.push(0);
        end.push(1);
        (first, end)
    }

    /// Keys of the records of all objects: first and end.
    pub fn reverse_all() -> (Vec<u8>, Vec<u8>) {
        (vec![b'r'], vec![b'r' + 1])
    }

    /// True if a reverse row's object is in effect, not taken back.
    pub fn is_live(value: &[u8]) -> bool {
        value != UNDONE
    }

    /// The record of a reverse row.
    pub fn reverse_stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, key.len().checked_sub(8)?)
    }

    /// A stored row.
    ///
    /// # Errors
    /// If the bytes are not an identity.
    pub fn decode(bytes: &[u8]) -> Result<Identity, ProjectionError> {
        decode(Self::NAME, bytes)
    }
}

fn reverse_prefix(object: &DestinationId) -> Vec<u8> {
    let mut key = vec![b'r'];
    key.extend(object.as_str().as_bytes());
    key
}

fn reverse_key(object: &DestinationId, stream: StreamId) -> Vec<u8> {
    let mut key = reverse_prefix(object);
    key.push(0);
    key.extend(stream_key(stream));
    key
}

fn created(event: &Event) -> Option<&DestinationId> {
    match event {
        Event::WriteSucceeded(done) if done.step.as_str() == CREATE_STEP => done.object.as_ref(),
        Event::WriteOutcomeResolved(resolved)
            if resolved.landed && resolved.step.as_str() == CREATE_STEP =>
        {
            resolved.object.as_ref()
        }
        Event::WriteOutcomeDecided(decided)
            if decided.landed && decided.step.as_str() == CREATE_STEP =>
        {
            decided.object.as_ref()
        }
        _ => None,
    }
}

fn removed(event: &Event) -> bool {
    matches!(event, Event::UndoSucceeded(done) if done.ends)
}

impl Projection for IdMap {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        if removed(&event.event) {
            vec![RowRef::owned(event.stream, Self::key(event.stream))]
        } else {
            Vec::new()
        }
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        let key = Self::key(event.stream);
        if let Some(object) = created(&event.event) {
            rows.put(&key, encode(Self::NAME, &Identity::Object(object.clone()))?);
            rows.put(&reverse_key(object, event.stream), Vec::new());
        } else if let Event::RecordMerged(merged) = &event.event {
            rows.put(&key, encode(Self::NAME, &Identity::MergedInto(merged.into.clone()))?);
        } else if removed(&event.event) {
            let identity = rows.get(&key).map(|bytes| decode::<Identity>(Self::NAME, bytes));
            if let Some(Identity::Object(object)) = identity.transpose()? {
                // What was ours stays known: it may still be listed, archived.
                rows.put(&reverse_key(&object, event.stream), UNDONE.to_vec());
            }
            rows.delete(&key);
        }
        Ok(())
    }
}
