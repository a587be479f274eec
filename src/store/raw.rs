//! Rows exactly as they are stored, for the check: nothing is decoded, so nothing is refused.

use async_trait::async_trait;
use bytes::Bytes;

use super::error::StoreError;

/// A row of the event table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// Position.
    pub position: i64,
    /// Stream.
    pub stream: i64,
    /// Stream of the record that this one is part of.
    pub parent: Option<i64>,
    /// Idempotency key.
    pub idem: i64,
    /// Type number.
    pub type_id: i64,
    /// First 8 bytes of the leaf, as a little-endian number.
    pub leaf: i64,
    /// Encoded header.
    pub header: Bytes,
    /// Canonical JSON of the facts.
    pub facts: Bytes,
    /// Commitment to the payload.
    pub commitment: Option<Bytes>,
}

/// A row of the payload table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPayload {
    /// Position of its event.
    pub position: i64,
    /// Salt of the commitment.
    pub salt: Bytes,
    /// How the bytes are encoded.
    pub codec: i64,
    /// Encoded bytes.
    pub bytes: Bytes,
}

/// A row of the stream table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawStream {
    /// Number.
    pub stream: i64,
    /// Help desk.
    pub system: String,
    /// Kind of object.
    pub object: String,
    /// Id.
    pub id: String,
}

/// A row of the subtree table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawSubtree {
    /// Number.
    pub number: i64,
    /// Root.
    pub root: Bytes,
}

/// Which rows: keys `from` up to, not including, `to`, at most `limit`, in order of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRange {
    /// Smallest key.
    pub from: i64,
    /// Key after the largest.
    pub to: i64,
    /// At most so many rows.
    pub limit: u32,
}

/// What the check reads besides head and checkpoints.
#[async_trait]
pub trait RawStore: Send + Sync {
    /// Smallest and largest position in the event table.
    async fn raw_extent(&self) -> Result<Option<(i64, i64)>, StoreError>;
    /// Events by position.
    async fn raw_events(&self, range: RawRange) -> Result<Vec<RawEvent>, StoreError>;
    /// Payloads by position.
    async fn raw_payloads(&self, range: RawRange) -> Result<Vec<RawPayload>, StoreError>;
    /// Streams by number.
    async fn raw_streams(&self, range: RawRange) -> Result<Vec<RawStream>, StoreError>;
    /// What the database itself finds wrong with its pages and indexes; reads everything.
    async fn complaints(&self) -> Result<Vec<String>, StoreError>;
    /// Subtrees by number.
    async fn raw_subtrees(&self, range: RawRange) -> Result<Vec<RawSubtree>, StoreError>;
}
