//! What a witness looks at before signing: that the operator has signed, and that the note
//! continues the one that the witness signed last. Two notes that cannot both be true are a fork.

use super::consistency::{ConsistencyProof, checkpoint_of};
use super::error::AuditError;
use crate::model::Checkpoint;
use crate::model::note::{SignedNote, VerifierKey};

/// What the witness saw last, and the proof that came with the new note.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The note that was signed last.
    pub note: &'a SignedNote,
    /// Needed unless both are of the same size.
    pub proof: Option<&'a ConsistencyProof>,
}

/// Whether a witness may sign `note`. Without anything seen it is the first one, which nobody can
/// compare with anything.
///
/// # Errors
/// If none of the operator's `keys` has signed, the notes are a fork, or a proof is missing or does
/// not hold.
pub fn may_cosign(
    note: &SignedNote,
    keys: &[VerifierKey],
    seen: Option<Seen<'_>>,
) -> Result<Checkpoint, AuditError> {
    let new = checkpoint_of(note)?;
    note.verify(keys)?;
    if let Some(seen) = seen {
        continues(note, &new, seen)?;
    }
    Ok(new)
}

fn continues(note: &SignedNote, new: &Checkpoint, seen: Seen<'_>) -> Result<(), AuditError> {
    let old = checkpoint_of(seen.note)?;
    if old.origin != new.origin {
        return Err(AuditError::Malformed("the two notes are of different projects"));
    }
    if old.size > new.size {
        let what = format!("the ledger had {} events and now has {}", old.size, new.size);
        return Err(AuditError::Fork(what));
    }
    if old.size == new.size {
        if old.root == new.root {
            return Ok(());
        }
        let what = format!("two ledgers of {} events, with different roots", old.size);
        return Err(AuditError::Fork(what));
    }
    let missing = AuditError::NoProof { size: new.size, seen: old.size };
    let proof = seen.proof.ok_or(missing)?;
    if proof.note.text != note.text {
        return Err(AuditError::Malformed("the proof is about another note"));
    }
    match proof.verify(seen.note, &[]) {
        Ok(_) => Ok(()),
        Err(AuditError::Proof(error)) => {
            let what = format!("the later note does not continue the earlier one: {error}");
            Err(AuditError::Fork(what))
        }
        Err(error) => Err(error),
    }
}
