//! Where an export lies: the workbook itself, the ZIP that Hesk makes of it, or a folder of both.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::export_layout::{Evidence, Layout};
use super::sheet::{self, EachRow};
use crate::model::Digest;
use crate::model::digest::Purpose;
use crate::source::bundle::container::{Container, is_system_file};
use crate::source::contract::{SealedFile, SourceError};

/// One workbook.
#[derive(Clone, Debug)]
pub struct Workbook {
    /// Path for people, relative to what was given.
    pub name: String,
    holder: PathBuf,
    inside: Option<String>,
}

/// The workbooks of a place, and files that are none.
///
/// # Errors
/// If the place cannot be opened.
pub fn find(path: &Path) -> Result<(Vec<Workbook>, Vec<String>), SourceError> {
    let (mut workbooks, mut others) = (Vec::new(), Vec::new());
    if path.is_file() && has_extension(&path.to_string_lossy(), "xml") {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        workbooks.push(Workbook { name, holder: path.to_owned(), inside: None });
        return Ok((workbooks, others));
    }
    let container = Container::open(path)?;
    for entry in container.entries().iter().filter(|entry| !is_system_file(&entry.path)) {
        let name = entry.path.clone();
        if !entry.is_plain() || !(has_extension(&name, "xml") || has_extension(&name, "zip")) {
            others.push(name);
        } else if path.is_dir() && has_extension(&name, "zip") {
            let holder = path.join(&name);
            for inner in Container::open(&holder)?.entries() {
                let whole = format!("{name}/{}", inner.path);
                match has_extension(&inner.path, "xml") {
                    true => workbooks.push(Workbook {
                        name: whole,
                        holder: holder.clone(),
                        inside: Some(inner.path.clone()),
                    }),
                    false => others.push(whole),
                }
            }
        } else if has_extension(&name, "xml") {
            let inside = Some(name.clone());
            workbooks.push(Workbook { name, holder: path.to_owned(), inside });
        } else {
            others.push(name);
        }
    }
    Ok((workbooks, others))
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(extension))
}

impl Workbook {
    /// Its bytes.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read>, SourceError> {
        let failed = |cause| SourceError::Read { path: self.name.clone(), cause };
        match &self.inside {
            None => Ok(Box::new(std::fs::File::open(&self.holder).map_err(failed)?)),
            Some(inside) => {
                let container = Container::open(&self.holder)?;
                let entry = container.find(inside)?;
                Ok(Box::new(container.open_seekable(entry)?))
            }
        }
    }

    /// As the seal names it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn sealed(&self) -> Result<SealedFile, SourceError> {
        let failed = |cause| SourceError::Read { path: self.name.clone(), cause };
        let mut hasher = Purpose::File.hasher();
        let mut read = self.open()?;
        let mut buffer = vec![0; 64 * 1024];
        let mut size_bytes = 0;
        loop {
            let count = read.read(&mut buffer).map_err(failed)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            size_bytes += count as u64;
        }
        let digest = Digest::finish(&hasher);
        Ok(SealedFile { path: self.name.clone(), size_bytes, digest })
    }

    /// Walks its rows; what is wrong with it, if it cannot be read to its end.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn rows(&self, each: &mut EachRow<'_>) -> Result<Option<String>, SourceError> {
        Ok(sheet::rows(self.open()?, each).err())
    }

    /// Its layout; `None` if it is no export of Hesk's.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn layout(&self) -> Result<Option<Layout>, SourceError> {
        let mut evidence = Evidence::default();
        self.rows(&mut |line, row| {
            evidence.take(line, &row);
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(evidence.layout())
    }
}

/// The digest under which a field is known that has no number: its heading.
pub fn heading_key(heading: &str) -> String {
    let digest = sha2::Sha256::digest(heading.trim().to_lowercase());
    crate::source::bundle::inline::hex(&digest)[..16].to_owned()
}
