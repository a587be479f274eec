//! The request budgets that the processes beside one SQLite ledger share: a small file next to it.
//! It is no part of the ledger, and may be removed while nobody runs.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::Digest;
use crate::store::budget_row::BudgetRow;
use crate::store::error::StoreError;

/// Whoever holds the file reads and writes a few lines; this is how often to look again …
const HELD_NAP: Duration = Duration::from_millis(1);
/// … and how many times, before it must be somebody who was stopped while holding it.
const LOOKS_MAX: u32 = 5_000;

/// Rows by workspace.
type Rows = BTreeMap<Digest, BudgetRow>;

/// Budgets in a file beside a ledger.
#[derive(Debug)]
pub struct BudgetFile {
    path: PathBuf,
}

impl BudgetFile {
    /// The budgets beside the ledger in this file; `None` where there is no right to keep any, as
    /// beside a copy that may only be read.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn beside(ledger: &Path) -> Result<Option<Self>, StoreError> {
        let file = Self { path: PathBuf::from(format!("{}.budget", ledger.display())) };
        match file.open() {
            Ok(_) => Ok(Some(file)),
            Err(cause) => match cause.kind() {
                ErrorKind::NotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::ReadOnlyFilesystem => Ok(None),
                _ => Err(file.fault(cause)),
            },
        }
    }

    /// Changes a workspace's row, alone among all processes.
    ///
    /// # Errors
    /// If the disk fails, or somebody holds the file for seconds; nothing is changed then.
    pub async fn change<T: Send>(
        &self,
        workspace: &Digest,
        change: impl FnOnce(BudgetRow) -> (BudgetRow, T) + Send,
    ) -> Result<T, StoreError> {
        let mut file = self.open().map_err(|cause| self.fault(cause))?;
        let mut looks = 0;
        // The lock goes with the handle: nobody holds it for longer than this takes.
        while let Err(held) = file.try_lock() {
            looks += 1;
            match held {
                TryLockError::WouldBlock if looks < LOOKS_MAX => tokio::time::sleep(HELD_NAP).await,
                held => return Err(self.fault(held.into())),
            }
        }
        let mut rows = read(&mut file).map_err(|cause| self.fault(cause))?;
        let row = rows.entry(*workspace).or_default();
        let (changed, answer) = change(std::mem::take(row));
        *row = changed;
        write(&mut file, &rows).map_err(|cause| self.fault(cause))?;
        Ok(answer)
    }

    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    fn fault(&self, cause: std::io::Error) -> StoreError {
        StoreError::File { path: self.path.display().to_string(), cause }
    }
}

/// What cannot be read was left by somebody who died while writing it: all begin anew, which costs
/// what was sent in this window and is not said again.
fn read(file: &mut File) -> std::io::Result<Rows> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).unwrap_or_default())
}

fn write(file: &mut File, rows: &Rows) -> std::io::Result<()> {
    let text = serde_json::to_vec(rows)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)?;
    file.set_len(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Digest = Digest([1; 32]);

    fn file() -> (tempfile::TempDir, BudgetFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = BudgetFile::beside(&folder.path().join("ledger.db")).unwrap().unwrap();
        (folder, file)
    }

    async fn taken(file: &BudgetFile, workspace: &Digest) -> i64 {
        file.change(workspace, |row| (row.clone(), row.taken)).await.unwrap()
    }

    async fn take(file: &BudgetFile, workspace: &Digest) {
        let more = |row: BudgetRow| (BudgetRow { taken: row.taken + 1, ..row }, ());
        file.change(workspace, more).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_changes_a_row_while_another_does() {
        let (folder, file) = file();
        let path = folder.path().join("ledger.db");
        let takers = (0..4).map(|_| {
            let file = BudgetFile::beside(&path).unwrap().unwrap();
            tokio::spawn(async move {
                for _ in 0..50 {
                    take(&file, &ONE).await;
                }
            })
        });
        for taker in takers.collect::<Vec<_>>() {
            taker.await.unwrap();
        }
        assert_eq!(taken(&file, &ONE).await, 200);
        assert_eq!(taken(&file, &Digest([2; 32])).await, 0);
    }

    #[tokio::test]
    async fn a_file_that_was_half_written_is_begun_anew() {
        let (_folder, file) = file();
        take(&file, &ONE).await;
        let text = std::fs::read(&file.path).unwrap();
        std::fs::write(&file.path, &text[..text.len() / 2]).unwrap();
        assert_eq!(taken(&file, &ONE).await, 0);
        take(&file, &ONE).await;
        assert_eq!(taken(&file, &ONE).await, 1);
    }

    #[test]
    fn where_nothing_may_be_kept_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("missing/ledger.db");
        assert!(BudgetFile::beside(&nowhere).unwrap().is_none());
    }
}
