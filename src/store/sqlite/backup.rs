//! A whole copy of a ledger's file, taken while another process may write it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::connect::SqliteStore;
use super::fault::fault;
use crate::store::contract::Mode;
use crate::store::error::StoreError;

/// Copies the ledger at `from` as it stands at this moment into the new file `to`, which only its
/// owner may read. A copy that did not end leaves nothing under that name.
///
/// # Errors
/// If there is no ledger, `to` is there already, or the disk fails.
pub async fn backup_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let at = to.display().to_string();
    let file = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists { at: at.clone() },
        _ => StoreError::File { path: at.clone(), cause },
    };
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Exists { at });
    }
    let store = SqliteStore::open(from, Mode::Read).await?;
    let beside = PathBuf::from(format!("{}.part", to.display()));
    let copied = match fresh(&beside) {
        Ok(()) => store.copy_into(&beside).await,
        Err(cause) => Err(file(cause)),
    };
    store.readers.close().await;
    // A link, unlike a renaming, never takes the place of a file that came meanwhile.
    let placed = copied.and_then(|()| {
        let placed = File::open(&beside).and_then(|copy| copy.sync_all());
        placed.and_then(|()| std::fs::hard_link(&beside, to)).map_err(file)
    });
    // What stays under the other name is no ledger's; the next copy writes over it.
    let _ = std::fs::remove_file(&beside);
    placed
}

/// An empty file of the owner's alone.
fn fresh(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

impl SqliteStore {
    /// Everything that is committed now, in one file; its own connection sees one moment.
    async fn copy_into(&self, path: &Path) -> Result<(), StoreError> {
        let question = sqlx::query("VACUUM INTO ?").bind(path.display().to_string());
        self.readers.all(question).await.map(drop).map_err(fault("copying the ledger"))
    }
}
