//! What goes into the ledger, what comes out, and what a projection is.

use crate::model::event::EventError;
use crate::model::{ContentHash, Event, EventId, Position, RunId, SourceKey, StreamId};

/// An event to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The source record it is about; it goes into that record's stream.
    pub key: SourceKey,
    /// The record that this one is part of.
    pub parent: Option<SourceKey>,
    /// Hash of the content it is about. A stream holds each type, content and ordinal once.
    pub content: ContentHash,
    /// Tells apart equal contents that are meant to be recorded again (attempt 2, run 5).
    pub ordinal: u32,
    /// The event.
    pub event: Event,
    /// Bytes that may be personal: erasable, covered by a salted commitment.
    pub payload: Option<Vec<u8>>,
    /// The event that made this one necessary.
    pub causation: Option<Position>,
}

impl NewEvent {
    /// An event without parent, content of its own, payload or cause.
    pub fn new(key: SourceKey, event: impl Into<Event>) -> Self {
        Self {
            key,
            parent: None,
            content: ContentHash::NONE,
            ordinal: 0,
            event: event.into(),
            payload: None,
            causation: None,
        }
    }
}

/// Where an event stands after an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its position: that of the first, if it is a repeat.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// The stream held it already; nothing was written.
    pub repeated: bool,
}

/// An event as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its position.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Stream of the record that this one is part of.
    pub parent: Option<StreamId>,
    /// The run that appended it.
    pub run: RunId,
    /// Its own id.
    pub id: EventId,
    /// Microseconds since 1970. Order is position, never this.
    pub recorded_at_us: i64,
    /// Index within its stream, gapless from 0.
    pub sequence: u32,
    /// As given when it was appended.
    pub ordinal: u32,
    /// Hash of the content it is about.
    pub content: ContentHash,
    /// The event that made this one necessary.
    pub causation: Option<Position>,
    /// It had a payload when it was appended.
    pub has_payload: bool,
    /// The event.
    pub event: Event,
}

/// What must hold for an append to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Anything,
    /// The ledger has exactly so many events.
    Head(u64),
    /// Every stream that the batch touches has exactly so many events.
    Sequence(u32),
}

/// A row that [`Projection::apply`] may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRef {
    /// Its key.
    pub key: Vec<u8>,
    /// A stream that the row cannot be older than: no event wrote the row before one named that
    /// stream as its own or its parent. The ledger does not look for rows of streams that are new.
    pub owner: Option<StreamId>,
}

impl RowRef {
    /// A row that is not older than `owner`.
    pub fn owned(owner: StreamId, key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), owner: Some(owner) }
    }

    /// A row that may exist before any stream that the event names.
    pub fn shared(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), owner: None }
    }
}

/// Rows of one projection while an event is applied.
pub trait Rows {
    /// The row's value. Only rows that [`Projection::keys`] named can be read; reading another
    /// one refuses the batch.
    fn get(&mut self, key: &[u8]) -> Option<&[u8]>;
    /// Writes a row, named or not.
    fn put(&mut self, key: &[u8], value: Vec<u8>);
    /// Deletes a row, named or not.
    fn delete(&mut self, key: &[u8]);
}

/// Why a projection does not take an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// The event does not fit the state (a step of a lifecycle that the table does not admit).
    #[error("{rule}: {reason}")]
    Refused {
        /// Short stable name of the rule.
        rule: &'static str,
        /// What stands and what was to come.
        reason: String,
    },
    /// A row cannot be read back.
    #[error("row cannot be read: {0}")]
    Row(String),
}

/// What the events amount to, kept in rows.
///
/// The same code runs in the transaction of the append and in a replay from event 0, so it must
/// be a pure function of event and rows.
pub trait Projection: Send + Sync {
    /// Its name; never changes.
    fn name(&self) -> &'static str;
    /// Layout of its rows; after a change the ledger rebuilds it when it is opened.
    fn version(&self) -> u32;
    /// Rows that [`Self::apply`] may read for this event.
    fn keys(&self, event: &Recorded) -> Vec<RowRef>;
    /// Whether [`Self::apply`] ever reads the row of that key. Rows that are only put and deleted
    /// need not be remembered.
    fn reads(&self, _key: &[u8]) -> bool {
        true
    }
    /// Applies one event.
    ///
    /// # Errors
    /// If the event must not happen: the whole batch is refused and nothing is written.
    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError>;
}

/// Why stored bytes are not an event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The header.
    #[error(transparent)]
    Header(#[from] crate::model::HeaderError),
    /// The facts.
    #[error(transparent)]
    Facts(#[from] EventError),
}
