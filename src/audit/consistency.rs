//! A proof that a later checkpoint continues an earlier one, in the form in which C2SP
//! `tlog-witness` hands it to a witness: `old` and the earlier size, the hashes, a blank line, the
//! later note.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::AuditError;
use crate::model::note::{SignedNote, VerifierKey};
use crate::model::proof::verify_consistency;
use crate::model::{Checkpoint, TreeHash};

/// Everything that is needed to check a later note against an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Events of the earlier checkpoint.
    pub old_size: u64,
    /// Hashes, as RFC 6962 orders them.
    pub path: Vec<TreeHash>,
    /// The later checkpoint.
    pub note: SignedNote,
}

impl ConsistencyProof {
    /// Checks that the later checkpoint continues the one that `from` is a note of, and the later
    /// one's signatures if `keys` are given. Gives the later one.
    ///
    /// # Errors
    /// If anything does not fit.
    pub fn verify(
        &self,
        from: &SignedNote,
        keys: &[VerifierKey],
    ) -> Result<Checkpoint, AuditError> {
        let (old, new) = (checkpoint_of(from)?, checkpoint_of(&self.note)?);
        if !keys.is_empty() {
            from.verify(keys)?;
            self.note.verify(keys)?;
        }
        if old.origin != new.origin {
            return Err(AuditError::Malformed("the two notes are of different projects"));
        }
        if old.size != self.old_size {
            return Err(AuditError::Malformed("the proof is about another earlier size"));
        }
        verify_consistency(old.size, &old.root, new.size, &new.root, &self.path)?;
        Ok(new)
    }
}

/// The checkpoint that a note is of.
///
/// # Errors
/// If its text is none.
pub(super) fn checkpoint_of(note: &SignedNote) -> Result<Checkpoint, AuditError> {
    note.text.parse().map_err(|_| AuditError::Malformed("the note is of no checkpoint"))
}

impl fmt::Display for ConsistencyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.path {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for ConsistencyProof {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let (proof, note) = text
            .split_once("\n\n")
            .ok_or(AuditError::Malformed("no blank line after the proof"))?;
        let mut lines = proof.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old
            .and_then(|size| size.parse().ok())
            .ok_or(AuditError::Malformed("no earlier size after `old`"))?;
        let hash = |line| STANDARD.decode(line).ok()?.try_into().ok().map(TreeHash);
        let path = lines.map(hash).collect::<Option<Vec<_>>>();
        let path = path.ok_or(AuditError::Malformed("a line of the proof is no hash"))?;
        Ok(Self { old_size, path, note: note.parse()? })
    }
}
