//! Why an audit could not be done. What it finds is no error but a finding.

use crate::model::note::NoteError;
use crate::model::proof::ProofError;
use crate::store::StoreError;

/// Why an audit could not be done, or a bundle does not hold.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Part of the work was stopped from outside.
    #[error("the check was stopped")]
    Stopped,
    /// The export could not be written.
    #[error("the export cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// An event that has to be shown cannot be read.
    #[error("event {position} is damaged: {what}")]
    Damaged {
        /// Its position.
        position: u64,
        /// What is wrong with it.
        what: String,
    },
    /// No checkpoint covers the event.
    #[error("no checkpoint covers event {position}; seal one first")]
    Unsealed {
        /// Its position.
        position: u64,
    },
    /// The bundle cannot be read.
    #[error("not a proof bundle: {0}")]
    Bundle(&'static str),
    /// The event in the bundle cannot be read.
    #[error("the event in the bundle: {0}")]
    BundleEvent(String),
    /// The bundle's signature or checkpoint does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The bundle's proof does not hold, or cannot be made.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl AuditError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stopped => "audit_stopped",
            Self::Write(_) => "export_write",
            Self::Damaged { .. } => "event_damaged",
            Self::Unsealed { .. } => "event_unsealed",
            Self::Bundle(_) | Self::BundleEvent(_) => "bundle_unreadable",
            Self::Note(_) => "bundle_signature",
            Self::Proof(_) => "bundle_proof",
        }
    }
}
