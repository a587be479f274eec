//! The folder of attached files: flat, names of Hesk's making, perhaps copied through a system that
//! knows no case.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::source::bundle::inline::hex;
use crate::source::contract::{SealedFile, SourceError};

/// What the web server puts beside the files.
const NOT_ATTACHED: [&str; 4] = ["index.htm", "index.html", ".htaccess", "web.config"];

/// Hexadecimal digits in every name that Hesk gives.
const NAME_DIGITS: usize = 32;

/// Enough for every known magic number.
const MAGIC_BYTES: usize = 8192;

/// A file as it was found.
#[derive(Clone, Debug)]
pub struct OnDisk {
    /// Name in the folder.
    pub name: String,
    /// Bytes.
    pub size_bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Content type by magic bytes.
    pub kind: Option<&'static str>,
}

/// The names in the folder.
#[derive(Debug, Default)]
pub struct Disk {
    folder: Option<PathBuf>,
    names: HashMap<String, String>,
    by_digits: HashMap<String, Option<String>>,
}

impl Disk {
    /// Lists the folder; without one, every file is missing.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn open(folder: Option<&Path>) -> Result<Self, SourceError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let failed = |cause| SourceError::Read { path: "the folder of attachments".into(), cause };
        let mut disk = Self { folder: Some(folder.to_owned()), ..Self::default() };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if !entry.file_type().map_err(failed)?.is_file() {
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            if NOT_ATTACHED.contains(&name.to_lowercase().as_str()) {
                continue;
            }
            if let Some(digits) = digits(&name) {
                let one = disk.by_digits.entry(digits).or_insert_with(|| Some(name.clone()));
                if one.as_ref() != Some(&name) {
                    *one = None;
                }
            }
            disk.names.insert(name.to_lowercase(), name);
        }
        Ok(disk)
    }

    /// Whether a folder was given.
    pub fn is_given(&self) -> bool {
        self.folder.is_some()
    }

    /// The name under which a saved name stands in the folder: as it is, in another case, or with
    /// the same digits.
    pub fn find(&self, saved_name: &str) -> Option<&str> {
        if saved_name.contains(['/', '\\']) || saved_name.starts_with('.') {
            return None;
        }
        if let Some(name) = self.names.get(&saved_name.to_lowercase()) {
            return Some(name);
        }
        self.by_digits.get(&digits(saved_name)?)?.as_deref()
    }

    /// Names in the folder, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.values().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Opens a file by its name in the folder.
    ///
    /// # Errors
    /// If there is none, or the name leads elsewhere.
    pub fn open_file(&self, name: &str) -> Result<File, SourceError> {
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(SourceError::PathEscapes(name.to_owned()));
        }
        let missing = || SourceError::NoSuchFile(name.to_owned());
        let folder = self.folder.as_ref().ok_or_else(missing)?;
        let found = self.names.get(&name.to_lowercase()).ok_or_else(missing)?;
        let failed = |cause| SourceError::Read { path: name.to_owned(), cause };
        File::open(folder.join(found)).map_err(failed)
    }

    /// Reads a file for its size, digest and type.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn look(&self, name: &str) -> Result<OnDisk, SourceError> {
        let (size_bytes, sha256, kind, _) = self.digests(name)?;
        Ok(OnDisk { name: name.to_owned(), size_bytes, sha256, kind })
    }

    /// A file as the seal names it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn sealed(&self, name: &str) -> Result<SealedFile, SourceError> {
        let (size_bytes, _, _, digest) = self.digests(name)?;
        Ok(SealedFile { path: format!("attachments/{name}"), size_bytes, digest })
    }

    #[allow(clippy::type_complexity, reason = "one pass over the bytes yields all four")]
    fn digests(
        &self,
        name: &str,
    ) -> Result<(u64, String, Option<&'static str>, crate::model::Digest), SourceError> {
        let failed = |cause| SourceError::Read { path: name.to_owned(), cause };
        let mut file = self.open_file(name)?;
        let mut sha256 = Sha256::new();
        let mut whole = crate::model::digest::Purpose::File.hasher();
        let mut head = Vec::new();
        let mut size_bytes = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = file.read(&mut buffer).map_err(failed)?;
            if count == 0 {
                break;
            }
            let bytes = &buffer[..count];
            sha256.update(bytes);
            whole.update(bytes);
            size_bytes += count as u64;
            head.extend(bytes.iter().take(MAGIC_BYTES - head.len()));
        }
        let kind = infer::get(&head).map(|kind| kind.mime_type());
        let digest = crate::model::Digest::finish(&whole);
        Ok((size_bytes, hex(&sha256.finalize()), kind, digest))
    }
}

/// The 32 hexadecimal digits in a name, lower case.
fn digits(name: &str) -> Option<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let last = stem.rsplit('_').next()?;
    let is_hex = last.len() == NAME_DIGITS && last.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| last.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_they_are_or_nearly() {
        let folder = tempfile::tempdir().unwrap();
        let hex = "0123456789abcdef0123456789ABCDEF";
        for name in [format!("AAA-BBB-1111_{hex}.pdf"), "odd.txt".into(), "index.htm".into()] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        let disk = Disk::open(Some(folder.path())).unwrap();
        assert_eq!(disk.names().len(), 2);
        assert_eq!(disk.find("ODD.TXT"), Some("odd.txt"));
        let merged = format!("CCC-DDD-2222_{}.pdf", hex.to_lowercase());
        assert_eq!(disk.find(&merged), Some(format!("AAA-BBB-1111_{hex}.pdf").as_str()));
        for bad in ["../odd.txt", "a/odd.txt", "a\\odd.txt", "none.txt", "index.htm", ".."] {
            assert_eq!(disk.find(bad), None, "{bad}");
        }
        assert_eq!(disk.open_file("../odd.txt").err().unwrap().code(), "path_escapes");
        assert_eq!(disk.open_file("none").err().unwrap().code(), "no_such_file");
        assert_eq!(disk.look("odd.txt").unwrap().size_bytes, 1);
    }
}
