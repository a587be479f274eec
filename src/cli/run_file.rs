//! A file beside the project for each run: when it began, how far it was, how it ended. It holds no
//! secrets and nothing personal; its size and the number of files are bounded.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::model::{RunId, Timestamp};

/// Folder of the files within the project's.
pub const FOLDER: &str = "runs";

/// Bytes after which a file is put aside and begun anew; one that was put aside before goes.
const FILE_LEN_MAX: u64 = 1 << 20;

/// Runs whose files are kept.
const FILES_MAX: usize = 200;

const EXTENSION: &str = "log";
const PUT_ASIDE: &str = "old.log";

/// What the last line of a run that failed begins with, behind the time.
const FAILED: &str = "ended with error";

/// What stands in the place of what looks like an address of a person.
const ADDRESS: &str = "[address]";

/// The file of one run.
pub struct RunFile {
    path: PathBuf,
    file: File,
    len: u64,
}

impl RunFile {
    /// Makes the file of a run in the project's folder, and removes the oldest of too many.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn make(project: &Path, run: RunId) -> std::io::Result<Self> {
        let folder = project.join(FOLDER);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        sweep(&folder)?;
        let path = path(project, run);
        Ok(Self { file: open(&path)?, path, len: 0 })
    }

    /// Adds a line. What looks like an address of a person is left out.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn line(&mut self, now: Timestamp, text: &str) -> std::io::Result<()> {
        let line = format!("{}  {}\n", now.to_rfc3339(), without_addresses(text));
        if self.len + line.len() as u64 > FILE_LEN_MAX {
            std::fs::rename(&self.path, self.path.with_extension(PUT_ASIDE))?;
            self.file = open(&self.path)?;
            self.len = 0;
        }
        self.file.write_all(line.as_bytes())?;
        self.len += line.len() as u64;
        Ok(())
    }

    /// Adds the line of the error that ended the run.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn failed(&mut self, now: Timestamp, code: &str, message: &str) -> std::io::Result<()> {
        let message = message.split('\n').next().unwrap_or_default();
        self.line(now, &format!("{FAILED} {code}: {message}"))
    }
}

/// The error that ended a run, as its file says; none if there is none, or no file.
pub fn failure(project: &Path, run: RunId) -> Option<String> {
    let text = std::fs::read_to_string(path(project, run)).ok()?;
    let last = text.lines().last()?;
    let (_, words) = last.split_once("  ")?;
    words.strip_prefix(FAILED).map(|words| words.trim().to_owned())
}

fn path(project: &Path, run: RunId) -> PathBuf {
    project.join(FOLDER).join(format!("{run}.{EXTENSION}"))
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes the oldest files beyond those that are kept: names of runs go by time.
fn sweep(folder: &Path) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    let excess = (files.len() + 1).saturating_sub(FILES_MAX);
    for old in files.iter().take(excess) {
        std::fs::remove_file(old)?;
    }
    Ok(())
}

/// The text on one line, without words that hold an at sign.
fn without_addresses(text: &str) -> String {
    let word = |word: &str| if word.contains('@') { ADDRESS.to_owned() } else { word.to_owned() };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn files(project: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(project.join(FOLDER)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_file_is_its_owners_alone_and_holds_no_addresses() {
        let project = tempfile::tempdir().unwrap();
        let run = RunId([1; 16]);
        let mut file = RunFile::make(project.path(), run).unwrap();
        file.line(NOW, "a line\nof ann@example.test").unwrap();
        assert_eq!(failure(project.path(), run), None);
        file.failed(NOW, "gate_failed", "phase contacts does not close\nmore").unwrap();
        let said = failure(project.path(), run).unwrap();
        assert_eq!(said, "gate_failed: phase contacts does not close");
        let path = files(project.path()).pop().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("1970-01-01T00:00:01Z  a line of [address]\n"), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn size_and_number_are_bounded() {
        let project = tempfile::tempdir().unwrap();
        for number in 0..=u8::MAX {
            let mut id = [0; 16];
            id[0] = number;
            RunFile::make(project.path(), RunId(id)).unwrap();
        }
        assert_eq!(files(project.path()).len(), FILES_MAX);
        let mut newest = [0; 16];
        newest[0] = u8::MAX;
        let path = path(project.path(), RunId(newest));
        assert!(path.exists(), "the newest was removed");
        let mut file = RunFile::make(project.path(), RunId(newest)).unwrap();
        let line = "x".repeat(1 << 16);
        for _ in 0..100 {
            file.line(NOW, &line).unwrap();
        }
        let of_run: u64 = [path.clone(), path.with_extension(PUT_ASIDE)]
            .iter()
            .map(|path| path.metadata().unwrap().len())
            .sum();
        assert!(of_run <= 2 * FILE_LEN_MAX, "{of_run}");
    }
}
