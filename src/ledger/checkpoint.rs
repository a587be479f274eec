//! Sealing: the head, signed, kept, and recorded.

use super::contract::NewEvent;
use super::error::LedgerError;
use super::log::Ledger;
use crate::model::event::CheckpointSealed;
use crate::model::note::{NoteError, NoteSigner, SignedNote};
use crate::model::{Checkpoint, ContentHash, Event, Position, RunId, SourceKey};
use crate::store::{CheckpointRow, StoreError};

impl Ledger {
    /// Seals the head as last committed: signs it with each key, keeps the note, records that. If
    /// nothing was appended since the last seal but its record, that seal is the answer, signed by
    /// these keys too. `origin` names the ledger, see [`Checkpoint::origin_of`].
    ///
    /// # Errors
    /// If there is no signer, the store fails, or as [`Ledger::append`].
    pub async fn seal(
        &self,
        run: RunId,
        origin: &str,
        signers: &[NoteSigner],
    ) -> Result<CheckpointRow, LedgerError> {
        let head = self.head().await?;
        if let Some(latest) = self.checkpoints().await?.pop() {
            let recorded = self.is_sealed_up_to_its_record(&latest, head.size).await?;
            if recorded || latest.size == head.size {
                let row = self.sign_too(latest, signers).await?;
                // A seal whose record was lost gets it now.
                if !recorded {
                    self.record_seal(run, &row).await?;
                }
                return Ok(row);
            }
        }
        let text = Checkpoint { origin: origin.to_owned(), size: head.size, root: head.root };
        let (first, others) = signers.split_first().ok_or(NoteError::Unsigned)?;
        let mut note = SignedNote::sign(text.to_string(), first)?;
        others.iter().for_each(|signer| note.cosign(signer));
        let row = CheckpointRow { size: head.size, root: head.root, note: note.to_string() };
        // The row first: a seal without its record is valid, a record without its seal is not.
        self.store.put_checkpoint(row.clone()).await?;
        self.record_seal(run, &row).await?;
        Ok(row)
    }

    async fn record_seal(&self, run: RunId, row: &CheckpointRow) -> Result<(), LedgerError> {
        let key = SourceKey::new("deskledger", "ledger", "seals")
            .map_err(|cause| StoreError::damaged(cause.to_string()))?;
        let event = CheckpointSealed { size: row.size, root: row.root };
        let event = NewEvent { content: ContentHash(row.root.0), ..NewEvent::new(key, event) };
        self.append(run, vec![event]).await?;
        Ok(())
    }

    /// A seal that is there already, signed by these keys as well.
    async fn sign_too(
        &self,
        mut row: CheckpointRow,
        signers: &[NoteSigner],
    ) -> Result<CheckpointRow, LedgerError> {
        let mut note: SignedNote = row.note.parse()?;
        let before = note.signatures.len();
        signers.iter().for_each(|signer| note.cosign(signer));
        if note.signatures.len() > before {
            row.note = note.to_string();
            self.store.put_checkpoint(row.clone()).await?;
        }
        Ok(row)
    }

    async fn is_sealed_up_to_its_record(
        &self,
        latest: &CheckpointRow,
        size: u64,
    ) -> Result<bool, LedgerError> {
        if size != latest.size + 1 {
            return Ok(false);
        }
        let last = self.store.events_at(&[Position(latest.size)]).await?.pop().flatten();
        let seal = Event::from(CheckpointSealed { size: 0, root: latest.root });
        Ok(last.is_some_and(|row| row.type_id == seal.type_id()))
    }

    /// All seals, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, LedgerError> {
        Ok(self.store.checkpoints().await?)
    }

    /// Adds the signatures of `note`, for example a witness's, to the seal that it is about.
    ///
    /// # Errors
    /// If there is no such seal, its text differs, or the store fails.
    pub async fn add_signatures(&self, note: &SignedNote) -> Result<CheckpointRow, LedgerError> {
        let known = self.checkpoints().await?;
        for mut row in known {
            let Ok(mut kept) = row.note.parse::<SignedNote>() else { continue };
            if kept.text != note.text {
                continue;
            }
            for signature in &note.signatures {
                if !kept.signatures.contains(signature) {
                    kept.signatures.push(signature.clone());
                }
            }
            row.note = kept.to_string();
            self.store.put_checkpoint(row.clone()).await?;
            return Ok(row);
        }
        Err(LedgerError::NoSuchSeal)
    }
}
