//! A proof that one event is in the ledger, in one file: line by line as C2SP `tlog-proof`, with
//! another first line because the hashes are BLAKE3.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::AuditError;
use super::export::ExportedEvent;
use crate::model::note::{SignedNote, VerifierKey};
use crate::model::proof::verify_inclusion;
use crate::model::{Checkpoint, TreeHash};

/// First line. Readers of C2SP proofs, whose hashes are SHA-256, must not take it for one.
const FIRST_LINE: &str = "deskledger/tlog-proof-blake3@v1";

/// Everything that is needed to check one event without the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The event.
    pub event: ExportedEvent,
    /// Siblings from the leaf up.
    pub path: Vec<TreeHash>,
    /// The checkpoint that covers it.
    pub note: SignedNote,
}

/// What an inclusion proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Position of the event.
    pub position: u64,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
    /// Names of the given keys that have signed the checkpoint; without keys nobody vouches for
    /// its root.
    pub signed_by: Vec<String>,
}

impl InclusionProof {
    /// Checks that the event is in the tree of the checkpoint, and the checkpoint's signatures if
    /// `keys` are given.
    ///
    /// # Errors
    /// If anything does not fit.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Proven, AuditError> {
        let leaf = self.event.leaf().map_err(AuditError::ProofEvent)?;
        let checkpoint: Checkpoint =
            self.note.text.parse().map_err(|_| AuditError::Malformed("no checkpoint"))?;
        let signed_by = if keys.is_empty() { Vec::new() } else { self.note.verify(keys)? };
        let position = self.event.position;
        verify_inclusion(&leaf, position, checkpoint.size, &self.path, &checkpoint.root)?;
        let signed_by = signed_by.into_iter().map(str::to_owned).collect();
        Ok(Proven { position, checkpoint, signed_by })
    }
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = serde_json::to_vec(&self.event).map_err(|_| fmt::Error)?;
        writeln!(f, "{FIRST_LINE}\nextra {}", STANDARD.encode(event))?;
        writeln!(f, "index {}", self.event.position)?;
        for hash in &self.path {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for InclusionProof {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let (proof, note) = text
            .split_once("\n\n")
            .ok_or(AuditError::Malformed("no blank line after the proof"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(AuditError::Malformed("another first line"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let event = extra.and_then(|line| STANDARD.decode(line).ok());
        let event = event.ok_or(AuditError::Malformed("no event after `extra`"))?;
        let event = ExportedEvent::from_json(&event).map_err(AuditError::ProofEvent)?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        if index != Some(&event.position.to_string()) {
            return Err(AuditError::Malformed("`index` is not the position of the event"));
        }
        let hash = |line| STANDARD.decode(line).ok()?.try_into().ok().map(TreeHash);
        let path = lines.map(hash).collect::<Option<Vec<_>>>();
        let path = path.ok_or(AuditError::Malformed("a line of the proof is no hash"))?;
        Ok(Self { event, path, note: note.parse()? })
    }
}
