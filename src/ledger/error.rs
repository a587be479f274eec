//! What can go wrong with the ledger.

use std::path::Path;
use std::sync::Arc;

use super::contract::{DecodeError, Expect, ProjectionError};
use crate::model::note::NoteError;
use crate::model::{CanonicalJsonError, HeaderError, Position};
use crate::store::{ErrorClass, StoreError};

/// Why the ledger did not do what it was asked. One failed transaction answers several callers,
/// so causes are shared.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The batch expected another state; nothing was written.
    #[error("conflict: expected {expected:?}, found {found}")]
    Conflict {
        /// What was expected.
        expected: Expect,
        /// Head or stream length found.
        found: u64,
    },
    /// Two different events have the same 64-bit key in one stream; nothing was written.
    #[error("another event than the one at {existing} has the same idempotency key")]
    Collision {
        /// The event that is there.
        existing: Position,
    },
    /// A projection does not take an event; nothing of its batch was written.
    #[error("{projection} refuses event {index} of the batch: {cause}")]
    Refused {
        /// The projection.
        projection: &'static str,
        /// Index in the batch.
        index: usize,
        /// Why.
        #[source]
        cause: ProjectionError,
    },
    /// A projection does not take an event that the ledger holds.
    #[error("{projection} cannot be rebuilt past event {position}: {cause}")]
    Replay {
        /// The projection.
        projection: &'static str,
        /// The event.
        position: Position,
        /// Why.
        #[source]
        cause: ProjectionError,
    },
    /// Opened for reading, but a projection is not up to date with this program.
    #[error("{projection} is not up to date; opening the ledger for writing once brings it there")]
    Behind {
        /// The projection.
        projection: &'static str,
    },
    /// The ledger kept growing while it was compared.
    #[error("the ledger kept growing while it was compared with its rebuild")]
    Growing,
    /// There is no projection of this name.
    #[error("no projection is called {0:?}")]
    UnknownProjection(String),
    /// An event has no stored form; nothing of its batch was written.
    #[error("event cannot be stored: {0}")]
    Header(#[from] Arc<HeaderError>),
    /// An event's facts have no stored form; nothing of its batch was written.
    #[error("facts cannot be stored: {0}")]
    Facts(#[from] Arc<CanonicalJsonError>),
    /// A stored event cannot be read.
    #[error("event {position} cannot be read: {cause}")]
    Decode {
        /// The event.
        position: Position,
        /// Why.
        #[source]
        cause: Arc<DecodeError>,
    },
    /// A stored payload is not the one that was committed to, or cannot be unpacked.
    #[error("payload of event {position}: {what}")]
    Payload {
        /// The event.
        position: Position,
        /// What is wrong with it.
        what: String,
    },
    /// There is no seal with the text of this note.
    #[error("no checkpoint of this ledger has the text of that note")]
    NoSuchSeal,
    /// A checkpoint, its note or the signing key is malformed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The file of the signing key could not be used.
    #[error("cannot use the signing key in {path}: {cause}")]
    KeyFile {
        /// The file.
        path: String,
        /// What the operating system says.
        #[source]
        cause: Arc<std::io::Error>,
    },
    /// Others may read the signing key.
    #[error("the signing key in {path} can be read by others; it should be its owner's alone")]
    KeyOpen {
        /// The file.
        path: String,
    },
    /// The ledger is older than its anchor says.
    #[error("the ledger has {found} events, after the last run it had {anchor}")]
    Older {
        /// Events found.
        found: u64,
        /// Events after the last run.
        anchor: u64,
    },
    /// The ledger is another one than the anchor's.
    #[error("the ledger is not the one that had {size} events after the last run")]
    Apart {
        /// Events after the last run.
        size: u64,
    },
    /// There is an anchor, and no ledger.
    #[error("the ledger is gone or empty, after the last run it had {anchor} events: {at}")]
    Gone {
        /// Where it should be.
        at: String,
        /// Events after the last run.
        anchor: u64,
    },
    /// The ledger is not a file.
    #[error("the ledger lies in PostgreSQL, which copies it itself")]
    NoFile,
    /// The anchor's file could not be used.
    #[error("cannot use the anchor in {path}: {cause}")]
    AnchorFile {
        /// The file.
        path: String,
        /// What the operating system says.
        #[source]
        cause: Arc<std::io::Error>,
    },
    /// The anchor's file is not an anchor.
    #[error("{path} is not an anchor")]
    AnchorMalformed {
        /// The file.
        path: String,
    },
    /// The batch is larger than one transaction may be.
    #[error("batch of {events} events; at most {max} fit into one append")]
    TooLarge {
        /// Events in the batch.
        events: usize,
        /// Most that fit.
        max: usize,
    },
    /// The ledger was closed, or is open for reading only.
    #[error("the ledger takes no events: it is closed or open for reading only")]
    Closed,
    /// Work on other threads was cut short.
    #[error("work was cut short while {doing}")]
    Interrupted {
        /// What was being done.
        doing: &'static str,
    },
}

impl LedgerError {
    /// Whether doing it again may work.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(cause) => cause.class(),
            Self::Interrupted { .. } => ErrorClass::Unknown,
            Self::Growing => ErrorClass::Temporary,
            _ => ErrorClass::Permanent,
        }
    }

    /// The anchor's file could not be used.
    pub(super) fn anchor_file(path: &Path, cause: std::io::Error) -> Self {
        Self::AnchorFile { path: path.display().to_string(), cause: Arc::new(cause) }
    }

    /// The file of the signing key could not be used.
    pub(super) fn key_file(path: &Path, cause: std::io::Error) -> Self {
        Self::KeyFile { path: path.display().to_string(), cause: Arc::new(cause) }
    }

    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(cause) => cause.code(),
            Self::Conflict { .. } => "ledger_conflict",
            Self::Collision { .. } => "ledger_collision",
            Self::Refused { .. } => "ledger_refused",
            Self::Replay { .. } => "ledger_replay",
            Self::Behind { .. } => "projection_behind",
            Self::Growing => "ledger_growing",
            Self::UnknownProjection(_) => "unknown_projection",
            Self::Header(_) | Self::Facts(_) => "ledger_encode",
            Self::Decode { .. } => "ledger_decode",
            Self::Payload { .. } => "ledger_payload",
            Self::NoSuchSeal => "ledger_no_such_seal",
            Self::Note(_) => "ledger_note",
            Self::KeyFile { .. } => "key_file",
            Self::KeyOpen { .. } => "key_open",
            Self::Older { .. } => "ledger_older",
            Self::Apart { .. } => "ledger_apart",
            Self::Gone { .. } => "ledger_gone",
            Self::NoFile => "ledger_no_file",
            Self::AnchorFile { .. } => "anchor_file",
            Self::AnchorMalformed { .. } => "anchor_malformed",
            Self::TooLarge { .. } => "ledger_batch_too_large",
            Self::Closed => "ledger_closed",
            Self::Interrupted { .. } => "ledger_interrupted",
        }
    }
}

impl From<StoreError> for LedgerError {
    fn from(cause: StoreError) -> Self {
        Self::Store(Arc::new(cause))
    }
}
