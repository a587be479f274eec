//! What can keep a report from being made.

use crate::ledger::{LedgerError, ProjectionError};
use crate::model::Position;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A projection's row.
    #[error(transparent)]
    Row(#[from] ProjectionError),
    /// A page could not be drawn.
    #[error("cannot draw the page: {0}")]
    Page(String),
    /// A file could not be written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Intercom.
    #[error(transparent)]
    Destination(#[from] crate::destination::DestinationError),
    /// Stored bytes are not what they should be.
    #[error("the bytes beside event {position} cannot be read: column {}", cause.column())]
    Stored {
        /// The event.
        position: Position,
        /// What serde says.
        cause: serde_json::Error,
    },
    /// Nothing has this key.
    #[error("the ledger has no record {0}")]
    UnknownKey(String),
}

impl ReportError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
            Self::Row(_) => "projection_row",
            Self::Page(_) => "page",
            Self::File { .. } => "file",
            Self::Destination(error) => error.code(),
            Self::Stored { .. } => "stored_unreadable",
            Self::UnknownKey(_) => "unknown_key",
        }
    }
}
