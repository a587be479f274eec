//! What a database must do for the ledger; no opinions. Each database answers in its own SQL.
//!
//! All lists that answer a list of questions have its length and order.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use super::error::StoreError;
use super::holder::Holder;
use super::raw::RawStore;
use crate::model::merkle::Subtree;
use crate::model::{Commitment, Position, SourceKey, StreamId, TreeHash};

/// Layout of the tables. A store that says a higher number was written by a newer program.
pub const STORE_FORMAT: u32 = 1;

/// One stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its position.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// The stream its record is part of.
    pub parent: Option<StreamId>,
    /// Type number, as in the header.
    pub type_id: u16,
    /// Encoded header.
    pub header: Bytes,
    /// Canonical JSON of the facts.
    pub facts: Bytes,
    /// What the payload was committed to, if there was one.
    pub commitment: Option<Commitment>,
}

/// An event to be stored; its position is given by its place in the [`Group`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEventRow {
    /// Its stream.
    pub stream: StreamId,
    /// Key under which the stream holds it at most once.
    pub idem: i64,
    /// The stream its record is part of.
    pub parent: Option<StreamId>,
    /// Type number, as in the header.
    pub type_id: u16,
    /// Start of the leaf, see [`crate::model::leaf::leaf_column`].
    pub leaf: i64,
    /// Encoded header.
    pub header: Vec<u8>,
    /// Canonical JSON of the facts.
    pub facts: Vec<u8>,
    /// What the payload is committed to, if there is one.
    pub commitment: Option<Commitment>,
}

/// A stream and the source key it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRow {
    /// Its number.
    pub stream: StreamId,
    /// The source key.
    pub key: SourceKey,
}

/// A payload as stored: salted commitment's salt and encoded bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadRow {
    /// The event it belongs to.
    pub position: Position,
    /// Salt of the commitment.
    pub salt: [u8; 16],
    /// How the bytes are encoded; the ledger knows what the numbers mean.
    pub codec: u16,
    /// Encoded bytes.
    pub bytes: Vec<u8>,
}

/// Number of events and the right edge of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadRow {
    /// Events.
    pub size: u64,
    /// Encoded frontier.
    pub frontier: Vec<u8>,
    /// Number that the next new stream gets.
    pub next_stream: u64,
}

/// Number of a projection in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectionId(pub u32);

/// A projection and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionRow {
    /// Its number.
    pub projection: ProjectionId,
    /// Its name.
    pub name: String,
    /// Layout of its rows.
    pub version: u32,
    /// It has seen all events below this position.
    pub reached: u64,
}

/// A projection's row to be written or, without value, deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The projection.
    pub projection: ProjectionId,
    /// Key; rows are ordered by its bytes.
    pub key: Vec<u8>,
    /// New value.
    pub value: Option<Vec<u8>>,
}

/// System and object of source keys.
pub type StreamKind = (String, String);

/// What a row is found by.
pub type RowKey = (ProjectionId, Vec<u8>);

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A sealed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Events sealed.
    pub size: u64,
    /// Root of their tree.
    pub root: TreeHash,
    /// The signed note.
    pub note: String,
}

/// An event that a stream holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatRow {
    /// Its position.
    pub position: Position,
    /// Its encoded header.
    pub header: Bytes,
}

/// Everything one transaction writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Events before the group: position of its first.
    pub base: u64,
    /// Head after the group.
    pub head: HeadRow,
    /// New streams.
    pub streams: Vec<StreamRow>,
    /// New events in order.
    pub events: Vec<NewEventRow>,
    /// Their payloads.
    pub payloads: Vec<PayloadRow>,
    /// Events whose payload is erased.
    pub erased: Vec<Position>,
    /// Subtrees that the group completes.
    pub subtrees: Vec<Subtree>,
    /// Rows of the projections, each key once.
    pub rows: Vec<RowChange>,
    /// Projections that have seen the group's events.
    pub projections: Vec<ProjectionId>,
}

/// Which events to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// First position.
    pub from: Position,
    /// Position after the last.
    pub to: Position,
    /// Only these types.
    pub types: Option<Vec<u16>>,
    /// At most so many events.
    pub limit: u32,
}

/// Which way to walk rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Up,
    /// Largest key first.
    Down,
}

/// Part of a projection's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowQuery<'a> {
    /// The projection.
    pub projection: ProjectionId,
    /// Smallest key, itself included.
    pub from: &'a [u8],
    /// Key after the largest; none: to the end.
    pub to: Option<&'a [u8]>,
    /// At most so many rows.
    pub limit: u32,
    /// Which way.
    pub direction: Direction,
}

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Append to it; it is made if there is none.
    Write,
    /// Read one that is there, writing nothing.
    Read,
}

/// The log itself.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// The head as last committed.
    async fn head(&self) -> Result<HeadRow, StoreError>;
    /// Writes a group, durably and whole, or not at all.
    ///
    /// # Errors
    /// [`StoreError::Moved`] if the head is not at the group's base.
    async fn commit(&self, group: Group) -> Result<(), StoreError>;
    /// A page of events in order of position.
    async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, StoreError>;
    /// Events by position.
    async fn events_at(&self, at: &[Position]) -> Result<Vec<Option<EventRow>>, StoreError>;
    /// Events of one stream in order, from a position on.
    async fn stream_events(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Which of these a stream holds already.
    async fn repeats(&self, keys: &[(StreamId, i64)])
    -> Result<Vec<Option<RepeatRow>>, StoreError>;
    /// What tells the events of each stream apart: one number for each event, in no order.
    async fn idems(&self, streams: &[StreamId]) -> Result<Vec<Vec<i64>>, StoreError>;
    /// Streams of source keys.
    async fn stream_ids(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, StoreError>;
    /// Kinds of all source keys with a stream, each once.
    async fn stream_kinds(&self) -> Result<Vec<StreamKind>, StoreError>;
    /// Source keys of streams.
    async fn stream_keys(&self, streams: &[StreamId])
    -> Result<Vec<Option<SourceKey>>, StoreError>;
    /// How many events of each type stand in a range, up to, not including, `to`.
    async fn type_counts(
        &self,
        from: Position,
        to: Position,
    ) -> Result<Vec<(u16, u64)>, StoreError>;
    /// Stored subtree roots, `from` and up to, not including, `to`.
    async fn subtrees(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, StoreError>;
}

/// Payloads beside their events.
#[async_trait]
pub trait PayloadStore: Send + Sync {
    /// Payloads by position; none where there never was one or it is erased.
    async fn payloads(&self, at: &[Position]) -> Result<Vec<Option<PayloadRow>>, StoreError>;
    /// Lets go of the places where erased bytes stood: free pages, old pages of a write-ahead log.
    /// False if a reader kept it from doing so.
    async fn scrub(&self) -> Result<bool, StoreError>;
}

/// Rows of projections: an ordered key/value table for each.
#[async_trait]
pub trait RowStore: Send + Sync {
    /// All projections that ever had rows here.
    async fn projections(&self) -> Result<Vec<ProjectionRow>, StoreError>;
    /// Registers a projection, or empties it and sets its version: afterwards it has reached
    /// nothing.
    async fn reset_projection(&self, name: &str, version: u32)
    -> Result<ProjectionRow, StoreError>;
    /// Writes rows of one projection and how far it is, in one transaction.
    async fn fold(
        &self,
        projection: ProjectionId,
        rows: Vec<RowChange>,
        reached: u64,
    ) -> Result<(), StoreError>;
    /// Rows by key, of whatever projections.
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
    /// How many rows of a projection there are from one key up to, not including, another.
    async fn count_rows(
        &self,
        projection: ProjectionId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, StoreError>;
    /// Rows in order of key.
    async fn scan(&self, query: &RowQuery<'_>) -> Result<Vec<Pair>, StoreError>;
}

/// Settings that never change, and sealed heads.
#[async_trait]
pub trait SealStore: Send + Sync {
    /// A setting.
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Sets what is not set yet.
    ///
    /// # Errors
    /// If it is set.
    async fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError>;
    /// All sealed heads, oldest first.
    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError>;
    /// Adds a sealed head, or replaces the note of one with a note with more signatures.
    async fn put_checkpoint(&self, row: CheckpointRow) -> Result<(), StoreError>;
}

/// A database that holds a ledger.
#[async_trait]
pub trait Store: EventStore + PayloadStore + RowStore + SealStore + RawStore + fmt::Debug {
    /// The process that has the ledger open for writing; none if nobody has.
    async fn holder(&self) -> Result<Option<Holder>, StoreError>;
    /// Ends all work and lets go of locks.
    async fn close(&self);
}
