//! What can keep a page from being shown or written.

use std::path::PathBuf;

use crate::audit::AuditError;
use crate::engine::EngineError;
use crate::ledger::LedgerError;
use crate::report::ReportError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Nothing is at this address.
    #[error("there is no such page")]
    NoPage,
    /// The facts of the page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// What stays of a rollback.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A proof.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The counting of all records ended without a result.
    #[error("the records could not be counted")]
    Uncounted,
    /// A folder holds something already.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// A file or folder cannot be written.
    #[error("{path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The port cannot be listened on.
    #[error("port {port} on loopback: {cause}")]
    Listen {
        /// Which.
        port: u16,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

impl WebError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPage => "no_page",
            Self::Report(error) => error.code(),
            Self::Engine(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Audit(error) => error.code(),
            Self::Uncounted => "uncounted",
            Self::NotEmpty(_) => "folder_not_empty",
            Self::File { .. } => "file",
            Self::Listen { .. } => "port_taken",
        }
    }
}
