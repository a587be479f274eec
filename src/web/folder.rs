//! The same pages as a folder of files, for whoever does not have the program: bounded, for its
//! owner alone, and with words for whatever was left out.

use std::collections::{BTreeSet, VecDeque};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::address::{Address, MENU};
use super::draw::{Drawn, draw};
use super::error::WebError;
use super::links::Links;
use super::opened::Opened;
use super::page::proof;
use crate::model::{Position, StreamId};
use crate::report::finding_list::FindingKind;
use crate::report::{record_list, run_list};

/// How much a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Records with a page of their own, in order of first reading.
    pub records: u64,
    /// Pages of each list.
    pub pages: u64,
    /// Proofs of the events of these records too.
    pub proofs: bool,
}

/// What a folder holds, and what it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Pages.
    pub pages: u64,
    /// Records with a page of their own.
    pub records: u64,
    /// Proofs.
    pub proofs: u64,
    /// There are more records than have a page.
    pub more_records: bool,
    /// Lists that are longer than the folder has pages for, by name.
    pub cut_lists: Vec<&'static str>,
}

impl Written {
    /// Everything is in the folder.
    pub fn is_whole(&self) -> bool {
        !self.more_records && self.cut_lists.is_empty()
    }
}

struct Folder<'a> {
    opened: &'a Opened,
    path: &'a Path,
    bounds: Bounds,
    records: Arc<BTreeSet<StreamId>>,
    written: Written,
}

/// Writes the folder, which must be new or empty. Its start is written last: a folder without it is
/// not whole.
///
/// # Errors
/// If the folder holds something or cannot be written, or the ledger cannot be read.
pub async fn write(opened: &Opened, path: &Path, bounds: Bounds) -> Result<Written, WebError> {
    make(path)?;
    let mut folder =
        Folder { opened, path, bounds, records: Arc::default(), written: Written::default() };
    folder.records = Arc::new(folder.records().await?);
    for stream in folder.records.clone().iter() {
        folder.list(Address::Record(*stream)).await?;
    }
    folder.runs().await?;
    let lists = [
        Address::Events(Position(0)),
        Address::Waiting(StreamId(0)),
        Address::Rollbacks(Position(0)),
    ];
    let kinds = FindingKind::ALL.iter().map(|kind| Address::Findings(*kind, Position(0)));
    let menu = MENU.iter().map(|(address, _)| address.clone());
    let menu = menu.filter(|address| !matches!(address, Address::Findings(..)));
    for address in lists.into_iter().chain(kinds).chain(menu.rev()) {
        folder.list(address).await?;
    }
    Ok(folder.written)
}

impl Folder<'_> {
    /// The records that get a page.
    async fn records(&mut self) -> Result<BTreeSet<StreamId>, WebError> {
        let mut streams = BTreeSet::new();
        let mut next = Some(StreamId(0));
        while let Some(from) = next {
            let part = record_list::records(&self.opened.context.ledger, from).await?;
            for row in part.rows {
                if streams.len() as u64 == self.bounds.records {
                    self.written.more_records = true;
                    return Ok(streams);
                }
                streams.insert(row.stream);
            }
            next = part.next;
        }
        Ok(streams)
    }

    /// A page for each run.
    async fn runs(&mut self) -> Result<(), WebError> {
        let mut before = None;
        loop {
            let part = run_list::runs(&self.opened.context.ledger, before).await?;
            for run in part.rows {
                self.list(Address::Run(run.run)).await?;
            }
            match part.next {
                Some(run) => before = Some(run),
                None => return Ok(()),
            }
        }
    }

    /// A page with all that its lists go on with, as far as there is room.
    async fn list(&mut self, first: Address) -> Result<(), WebError> {
        let word = first.word();
        self.written.records += u64::from(matches!(first, Address::Record(_)));
        let mut waiting = VecDeque::from([first]);
        let mut count = 0;
        while let Some(address) = waiting.pop_front() {
            count += 1;
            let goes_on = count + (waiting.len() as u64) < self.bounds.pages;
            let links = Links::Folder {
                records: self.records.clone(),
                pages: self.bounds.pages,
                goes_on,
                proofs: self.bounds.proofs,
            };
            let (drawn, page) = draw(self.opened, &links, &address).await?;
            if let (Drawn::Page(text) | Drawn::Checker(text) | Drawn::File(_, text), Some(name)) =
                (drawn, address.file())
            {
                put(&self.path.join(name), &text)?;
                self.written.pages += 1;
            }
            if self.bounds.proofs {
                self.proofs(&page.proofs).await?;
            }
            if goes_on {
                waiting.extend(page.next.into_iter().map(|(_, address)| address));
            } else if !page.next.is_empty() && !self.written.cut_lists.contains(&word) {
                self.written.cut_lists.push(word);
            }
        }
        Ok(())
    }

    async fn proofs(&mut self, positions: &[Position]) -> Result<(), WebError> {
        for at in positions {
            let text = proof::proof(self.opened, *at).await?;
            if let Some(name) = Address::Proof(*at).file() {
                put(&self.path.join(name), &text)?;
                self.written.proofs += 1;
            }
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> WebError + '_ {
    move |cause| WebError::File { path: PathBuf::from(path), cause }
}

/// A folder for its owner alone.
fn make(path: &Path) -> Result<(), WebError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed(path))?;
    if std::fs::read_dir(path).map_err(failed(path))?.next().is_some() {
        return Err(WebError::NotEmpty(path.to_owned()));
    }
    // One that was there keeps no more rights than one that was made.
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(failed(path))?;
    Ok(())
}

/// A new file for its owner alone.
///
/// # Errors
/// If it is there already, or cannot be written.
pub fn put(path: &Path, text: &str) -> Result<(), WebError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed(path))?;
    file.write_all(text.as_bytes()).map_err(failed(path))
}
