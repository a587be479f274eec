//! The anchor: how long the ledger was after the last run, and the root of its tree, in a small
//! file beside the settings. A ledger that is older than its anchor, emptied or gone is told from
//! the newest by it, before anything is done with it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::LedgerError;
use super::log::{Head, Ledger};
use crate::model::{ProjectId, TreeHash};

/// First line of the file.
const TITLE: &str = "deskledger anchor 1";

/// What the ledger was after the last run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Short id of the project.
    pub project: String,
    /// Events.
    pub size: u64,
    /// Root of their tree.
    pub root: TreeHash,
}

impl Anchor {
    /// The ledger as it is.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of(ledger: &Ledger) -> Result<Self, LedgerError> {
        let Head { size, root } = ledger.head().await?;
        let project = ProjectId::of(ledger.project_key()).to_string();
        Ok(Self { project, size, root })
    }

    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read, or is not an anchor.
    pub fn read(path: &Path) -> Result<Option<Self>, LedgerError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(LedgerError::anchor_file(path, cause)),
        };
        let malformed = || LedgerError::AnchorMalformed { path: path.display().to_string() };
        Self::parse(&text).map(Some).ok_or_else(malformed)
    }

    /// Writes the file: beside it and renamed, so that a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LedgerError> {
        let beside = PathBuf::from(format!("{}.new", path.display()));
        let written = || {
            let mut options = OpenOptions::new();
            options.create(true).truncate(true).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&beside)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, path)?;
            // The name is on the disk only with its folder.
            match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        written().map_err(|cause| LedgerError::anchor_file(path, cause))
    }

    /// Refuses a ledger that is not the one of the anchor, grown or as it was.
    ///
    /// # Errors
    /// [`LedgerError::Older`] or [`LedgerError::Apart`].
    pub fn check(&self, now: &Self) -> Result<(), LedgerError> {
        self.check_head(&Head { size: now.size, root: now.root })?;
        if self.project == now.project {
            Ok(())
        } else {
            Err(LedgerError::Apart { size: self.size })
        }
    }

    /// The same where nothing but the events is known.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_head(&self, now: &Head) -> Result<(), LedgerError> {
        if now.size < self.size {
            return Err(LedgerError::Older { found: now.size, anchor: self.size });
        }
        // How a longer one grew is the audit's to say.
        let same = now.size > self.size || self.root == now.root;
        if same { Ok(()) } else { Err(LedgerError::Apart { size: self.size }) }
    }

    fn text(&self) -> String {
        format!("{TITLE}\n{}\n{}\n{}\n", self.project, self.size, self.root)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let project = lines.next()?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = lines.next()?.parse().ok()?;
        lines.next().is_none().then_some(Self { project, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(project: &str, size: u64, root: u8) -> Anchor {
        Anchor { project: project.to_owned(), size, root: TreeHash([root; 32]) }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.anchor");
        assert_eq!(Anchor::read(&path).unwrap(), None);
        for size in [0, 7, 1_000_000] {
            anchor("ab", size, 3).write(&path).unwrap();
            assert_eq!(Anchor::read(&path).unwrap(), Some(anchor("ab", size, 3)));
        }
        for text in ["", "deskledger anchor 1\nab\n7\n", "deskledger anchor 2\nab\n7\n00\n"] {
            std::fs::write(&path, text).unwrap();
            let error = Anchor::read(&path).unwrap_err();
            assert_eq!(error.code(), "anchor_malformed", "{text:?}");
        }
    }

    #[test]
    fn only_the_same_ledger_as_it_was_or_grown_is_taken() {
        let ours = anchor("ab", 7, 3);
        let code = |now| ours.check(&now).map_or_else(|error| error.code(), |()| "taken");
        assert_eq!(code(anchor("ab", 7, 3)), "taken");
        assert_eq!(code(anchor("ab", 8, 4)), "taken");
        assert_eq!(code(anchor("ab", 6, 2)), "ledger_older");
        assert_eq!(code(anchor("ab", 0, 0)), "ledger_older");
        assert_eq!(code(anchor("ab", 7, 4)), "ledger_apart");
        assert_eq!(code(anchor("cd", 9, 4)), "ledger_apart");
    }
}
