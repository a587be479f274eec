//! The export as a set of files: a folder, or one ZIP file of it. Both look the same from here.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use crate::source::contract::SourceError;

/// Anything that can be read from any place.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// One file of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path relative to the export, with `/`.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// A symbolic link, which is not followed.
    pub link: bool,
    /// Why it is passed over, if it is.
    pub odd: Option<Odd>,
    /// Index in the ZIP file.
    number: usize,
}

/// What keeps a file from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// A pipe, a socket or a device.
    Special,
    /// Its name is no text.
    Name,
}

impl Entry {
    /// True for a file whose bytes can be read.
    pub fn is_plain(&self) -> bool {
        !self.link && self.odd.is_none()
    }
}

#[derive(Debug)]
enum Root {
    Folder(PathBuf),
    Zip { path: PathBuf, archive: Box<ZipArchive<BufReader<File>>> },
}

/// The files of an export, in order of their paths.
#[derive(Debug)]
pub struct Container {
    root: Root,
    entries: Vec<Entry>,
}

impl Container {
    /// Lists a folder or ZIP file.
    ///
    /// # Errors
    /// If it is neither, cannot be listed, or holds a path that leads outside.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let (root, mut entries) = if path.is_dir() {
            let mut entries = Vec::new();
            walk(path, "", &mut entries)?;
            (Root::Folder(path.to_owned()), entries)
        } else if path.is_file() {
            open_zip(path)?
        } else {
            return Err(SourceError::NotABundle(path.to_owned()));
        };
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { root, entries })
    }

    /// The files, in order of their paths.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file at `path`, which must stay inside the export.
    ///
    /// # Errors
    /// If it leads outside, or there is no such file.
    pub fn find(&self, path: &str) -> Result<&Entry, SourceError> {
        let path = safe_path(path).ok_or_else(|| SourceError::PathEscapes(path.to_owned()))?;
        self.entries
            .binary_search_by(|entry| entry.path.as_str().cmp(&path))
            .ok()
            .and_then(|found| self.entries.get(found))
            .filter(|entry| entry.is_plain())
            .ok_or(SourceError::NoSuchFile(path))
    }

    /// Hands the bytes of a file to `take`, streamed.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn with_reader<T>(
        &self,
        entry: &Entry,
        take: impl FnOnce(&mut dyn Read) -> T,
    ) -> Result<T, SourceError> {
        if !entry.is_plain() {
            // A pipe without a writer would be waited for for ever.
            return Ok(take(&mut std::io::empty()));
        }
        match &self.root {
            Root::Folder(root) => {
                let mut file = open(&root.join(&entry.path), &entry.path)?;
                Ok(take(&mut file))
            }
            Root::Zip { path, archive } => {
                let mut file = BufReader::new(open(path, &entry.path)?);
                let found = archive.by_index_data(entry.number)?;
                let mut content = found.with_reader(&mut file, zip::ZipReadOptions::new())?;
                Ok(take(&mut content))
            }
        }
    }

    /// The bytes of a file, from any place. A file inside a ZIP is unpacked into an unnamed
    /// temporary file first.
    ///
    /// # Errors
    /// If the file cannot be opened or unpacked.
    pub fn open_seekable(&self, entry: &Entry) -> Result<Box<dyn ReadSeek>, SourceError> {
        if let Root::Folder(root) = &self.root {
            return Ok(Box::new(BufReader::new(open(&root.join(&entry.path), &entry.path)?)));
        }
        let failed = |cause| SourceError::Read { path: entry.path.clone(), cause };
        let mut spill = tempfile::tempfile().map_err(failed)?;
        self.with_reader(entry, |content| std::io::copy(content, &mut spill))?.map_err(failed)?;
        spill.rewind().map_err(failed)?;
        Ok(Box::new(BufReader::new(spill)))
    }
}

fn open(path: &Path, shown: &str) -> Result<File, SourceError> {
    File::open(path).map_err(|cause| SourceError::Read { path: shown.to_owned(), cause })
}

fn walk(root: &Path, below: &str, entries: &mut Vec<Entry>) -> Result<(), SourceError> {
    let failed = |cause| SourceError::Read { path: below.to_owned(), cause };
    for found in std::fs::read_dir(root.join(below)).map_err(failed)? {
        let found = found.map_err(failed)?;
        let name = found.file_name();
        let shown = name.to_string_lossy().into_owned();
        let path = if below.is_empty() { shown } else { format!("{below}/{shown}") };
        let meta = std::fs::symlink_metadata(found.path()).map_err(failed)?;
        let odd = match name.to_str() {
            None => Some(Odd::Name),
            Some(_) => {
                let plain = meta.is_file() || meta.is_dir() || meta.is_symlink();
                (!plain).then_some(Odd::Special)
            }
        };
        if meta.is_dir() && odd.is_none() {
            walk(root, &path, entries)?;
        } else {
            let link = meta.is_symlink();
            let size_bytes = if meta.is_file() { meta.len() } else { 0 };
            entries.push(Entry { path, size_bytes, link, odd, number: 0 });
        }
    }
    Ok(())
}

fn open_zip(path: &Path) -> Result<(Root, Vec<Entry>), SourceError> {
    let file = open(path, &path.file_name().unwrap_or_default().to_string_lossy())?;
    let archive = ZipArchive::new(BufReader::new(file))
        .map_err(|_| SourceError::NotABundle(path.to_owned()))?;
    if archive.has_duplicate_names() {
        return Err(zip::result::ZipError::InvalidArchive("two files of one name".into()).into());
    }
    let mut entries = Vec::with_capacity(archive.len());
    for number in 0..archive.len() {
        let found = archive.by_index_data(number)?;
        if found.is_dir() {
            continue;
        }
        let name = found.name()?.into_owned();
        let path = safe_path(&name).ok_or(SourceError::PathEscapes(name))?;
        let link = found.is_symlink();
        let size_bytes = found.size();
        entries.push(Entry { path, size_bytes, link, odd: None, number });
    }
    strip_top_folder(&mut entries);
    Ok((Root::Zip { path: path.to_owned(), archive: Box::new(archive) }, entries))
}

/// People zip the folder as often as its contents.
fn strip_top_folder(entries: &mut [Entry]) {
    let ours = |entry: &&mut Entry| !is_system_file(&entry.path);
    let mut tops = entries
        .iter()
        .filter(|entry| !is_system_file(&entry.path))
        .map(|entry| entry.path.split_once('/').map_or("", |(top, _)| top).to_owned());
    let Some(top) = tops.next() else { return };
    if top.is_empty() || RESERVED_FOLDERS.contains(&top.as_str()) || !tops.all(|t| t == top) {
        return;
    }
    for entry in entries.iter_mut().filter(ours) {
        entry.path.drain(..=top.len());
    }
}

/// Folders with a meaning of their own, which are never the export's own top folder.
pub const RESERVED_FOLDERS: &[&str] = &["attachments", "transcripts", "evidence"];

/// Left behind by file managers, and by office programs while a file is open.
pub fn is_system_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("__MACOSX/")
        || name.starts_with("._")
        || name.starts_with("~$")
        || (name.starts_with(".~lock.") && name.ends_with('#'))
        || matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

/// `path` with plain `/` and without `.` parts, if it stays inside the export.
pub fn safe_path(path: &str) -> Option<String> {
    let path = path.trim();
    if path.contains(['\\', '\0']) || path.as_bytes().get(1) == Some(&b':') {
        return None;
    }
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (path, safe) in [
            ("attachments/a.png", Some("attachments/a.png")),
            ("./attachments//a.png", Some("attachments/a.png")),
            (" a.png ", Some("a.png")),
            ("../a", None),
            ("a/../../b", None),
            ("a/../b", None),
            ("/etc/passwd", None),
            ("C:/x", None),
            ("a\\..\\b", None),
            ("", None),
            (".", None),
            ("a\0b", None),
        ] {
            assert_eq!(safe_path(path).as_deref(), safe, "{path:?}");
        }
    }

    #[test]
    fn files_of_programs_are_told() {
        for (path, told) in [
            ("~$tickets.xlsx", true),
            (".~lock.tickets.ods#", true),
            ("a/Thumbs.db", true),
            ("tickets~.xlsx", false),
            ("$tickets.xlsx", false),
        ] {
            assert_eq!(is_system_file(path), told, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_named_and_passed_over() {
        use std::os::unix::ffi::OsStrExt;

        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("queue.csv");
        let _kept = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let name = std::ffi::OsStr::from_bytes(b"caf\xE9.csv");
        std::fs::write(dir.path().join(name), "x").unwrap();
        std::fs::create_dir(dir.path().join(std::ffi::OsStr::from_bytes(b"d\xFF"))).unwrap();
        std::fs::write(dir.path().join("real.csv"), "x").unwrap();
        let container = Container::open(dir.path()).unwrap();
        let odd: Vec<_> = container.entries().iter().map(|e| (e.path.as_str(), e.odd)).collect();
        assert_eq!(
            odd,
            [
                ("caf\u{FFFD}.csv", Some(Odd::Name)),
                ("d\u{FFFD}", Some(Odd::Name)),
                ("queue.csv", Some(Odd::Special)),
                ("real.csv", None),
            ]
        );
        for entry in container.entries() {
            let mut text = String::new();
            container.with_reader(entry, |file| file.read_to_string(&mut text)).unwrap().unwrap();
            assert_eq!(text, if entry.is_plain() { "x" } else { "" }, "{}", entry.path);
        }
        assert!(container.find("queue.csv").is_err());
    }

    #[test]
    fn links_are_seen_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("real.txt"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link.txt")).unwrap();
        let container = Container::open(dir.path()).unwrap();
        assert!(container.find("real.txt").is_ok());
        assert!(container.find("link.txt").is_err());
    }
}
