//! Why an audit could not be done. What it finds is no error but a finding.

use crate::model::note::NoteError;
use crate::model::proof::ProofError;
use crate::store::StoreError;

/// Why an audit could not be done, or a proof does not hold.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Part of the work was stopped from outside.
    #[error("the check was stopped")]
    Stopped,
    /// A file could not be read or written.
    #[error("the file cannot be read or written: {0}")]
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
    /// A proof, a note or a statement about keys cannot be read.
    #[error("it cannot be read: {0}")]
    Malformed(&'static str),
    /// A bundle is damaged.
    #[error("the bundle cannot be read: {0}")]
    Archive(String),
    /// The event in a proof cannot be read.
    #[error("the event in the proof: {0}")]
    ProofEvent(String),
    /// A note is about more events than any checkpoint.
    #[error("the note is of {size} events, and no checkpoint covers as many")]
    NoteAhead {
        /// Events of the note.
        size: u64,
    },
    /// Two notes cannot both be of one ledger.
    #[error("fork: {0}")]
    Fork(String),
    /// It takes a proof to tell whether a note continues another one.
    #[error(
        "the note is of {size} events, the one seen before of {seen}: a consistency proof \
             between them is needed"
    )]
    NoProof {
        /// Events of the note.
        size: u64,
        /// Events of the note seen before.
        seen: u64,
    },
    /// A signature or note does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A proof does not hold, or cannot be made.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl AuditError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stopped => "audit_stopped",
            Self::Write(_) => "file",
            Self::Damaged { .. } => "event_damaged",
            Self::Unsealed { .. } => "event_unsealed",
            Self::Malformed(_) | Self::ProofEvent(_) => "proof_unreadable",
            Self::Archive(_) => "bundle_damaged",
            Self::NoteAhead { .. } => "note_ahead",
            Self::Fork(_) => "proof_fork",
            Self::NoProof { .. } => "proof_missing",
            Self::Note(_) => "proof_signature",
            Self::Proof(_) => "proof_fails",
        }
    }
}
