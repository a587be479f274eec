//! Sealing: the head, signed, kept, and recorded.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::contract::NewEvent;
use super::error::LedgerError;
use super::log::Ledger;
use crate::env::Env;
use crate::model::event::CheckpointSealed;
use crate::model::note::{NoteSigner, SignedNote};
use crate::model::{Checkpoint, ContentHash, Event, Position, RunId, Secret, SourceKey};
use crate::store::{CheckpointRow, StoreError};

/// File of the project folder that keeps the signing key.
pub const KEY_FILE: &str = "checkpoint.key";

/// Environment variable that brings a signing key instead of the file: PKCS #8 in PEM, 64
/// hexadecimal digits, or `PRIVATE+KEY+…`.
pub const KEY_VARIABLE: &str = "DESKLEDGER_CHECKPOINT_KEY";

/// A private key file is a line of about 100 bytes, or a PEM of 120.
const KEY_LEN_MAX: u64 = 4096;

/// The signing key of a project: the one given from outside, or that of the project folder, which
/// is made on first use and readable by its owner only. `origin` names it, see
/// [`Checkpoint::origin_of`].
///
/// # Errors
/// If the key is none, or its file cannot be read or made, or others may read it.
pub fn signer(
    folder: &Path,
    origin: &str,
    given: Option<&Secret>,
    env: &Env,
) -> Result<NoteSigner, LedgerError> {
    if let Some(given) = given {
        return Ok(NoteSigner::from_text(origin, given.reveal())?);
    }
    let path = folder.join(KEY_FILE);
    let failed = |cause| LedgerError::key_file(&path, cause);
    match File::open(&path) {
        Ok(file) => {
            check_private(&file, &path)?;
            let mut text = String::new();
            file.take(KEY_LEN_MAX).read_to_string(&mut text).map_err(failed)?;
            Ok(NoteSigner::from_text(origin, &text)?)
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            let signer = NoteSigner::from_seed(origin, &env.random_bytes())?;
            write_private(&path, &signer.reveal()).map_err(failed)?;
            Ok(signer)
        }
        Err(cause) => Err(failed(cause)),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(unix)]
fn check_private(file: &File, path: &Path) -> Result<(), LedgerError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|cause| LedgerError::key_file(path, cause))?;
    if metadata.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(LedgerError::KeyOpen { path: path.display().to_string() })
    }
}

#[cfg(not(unix))]
fn check_private(_: &File, _: &Path) -> Result<(), LedgerError> {
    Ok(())
}

impl Ledger {
    /// Seals the head as last committed: signs it, keeps the note, records that. If nothing was
    /// appended since the last seal but its record, that seal is the answer.
    ///
    /// # Errors
    /// If the store fails, or as [`Ledger::append`].
    pub async fn seal(
        &self,
        run: RunId,
        signer: &NoteSigner,
    ) -> Result<CheckpointRow, LedgerError> {
        let head = self.head().await?;
        if let Some(latest) = self.checkpoints().await?.pop()
            && self.is_sealed_up_to_its_record(&latest, head.size).await?
        {
            return Ok(latest);
        }
        let origin = signer.verifier().name().to_owned();
        let text = Checkpoint { origin, size: head.size, root: head.root }.to_string();
        let note = SignedNote::sign(text, signer)?.to_string();
        let row = CheckpointRow { size: head.size, root: head.root, note };
        // The row first: a seal without its record is valid, a record without its seal is not.
        self.store.put_checkpoint(row.clone()).await?;
        let key = SourceKey::new("deskledger", "ledger", "seals")
            .map_err(|cause| StoreError::damaged(cause.to_string()))?;
        let event = CheckpointSealed { size: head.size, root: head.root };
        let event = NewEvent { content: ContentHash(head.root.0), ..NewEvent::new(key, event) };
        self.append(run, vec![event]).await?;
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
