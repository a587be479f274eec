//! The export as it was understood: which file holds what, in which form, with which digest.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::container::{Container, Entry, Odd, RESERVED_FOLDERS, is_system_file};
use super::encoding::{Encoding, Probe, guess};
use super::header;
use super::inline::ContentKeys;
use super::layout::{ObjectLayout, recognise};
use super::manifest::Manifest;
use super::sheet;
use super::table::{self, Dialect, Table, TableFault};
use super::text::decoding;
use super::workbook_bounds;
use crate::model::Digest;
use crate::model::digest::Purpose;
use crate::source::contract::{FileInventory, Seal, SealedFile, SourceError};
use crate::source::finding::{Code, Finding};
use crate::source::overrides::Overrides;
use crate::source::template::GUIDE_SHEETS;

/// What a source's exports look like.
#[derive(Debug)]
pub struct Config {
    /// First part of source keys.
    pub system: &'static str,
    /// Objects, in reading order.
    pub objects: &'static [ObjectLayout],
    /// Where JSON records hold the bytes of files.
    pub content_keys: ContentKeys,
    /// Objects that are looked at before the others, because those refer to them.
    pub first: &'static [&'static str],
    /// Names under which envelopes hold records, besides the stems of the objects.
    pub envelopes: &'static [&'static str],
    /// Folders whose files the source reads itself, besides `attachments`.
    pub folders: &'static [&'static str],
}

/// In which form a part of the export is written.
#[derive(Clone, Debug)]
pub enum Form {
    /// Delimited text.
    Table {
        /// How it is delimited.
        dialect: Dialect,
        /// How it is encoded.
        encoding: Encoding,
    },
    /// JSON.
    Json {
        /// One record per line.
        lines: bool,
        /// How it is encoded.
        encoding: Encoding,
    },
    /// A sheet of a workbook.
    Sheet(String),
    /// Inside the records of another part.
    Embedded {
        /// The part around it.
        outer: usize,
        /// Which of the layout's embeddings.
        embedding: usize,
    },
}

/// Rows of one object in one place.
#[derive(Clone, Debug)]
pub struct Part {
    /// Index of the object in the configuration.
    pub object: usize,
    /// Index of the file.
    pub entry: usize,
    /// File, with the sheet after `#`.
    pub name: Arc<str>,
    /// Its form.
    pub form: Form,
}

/// An opened export.
#[derive(Debug)]
pub struct Bundle {
    /// What the source's exports look like.
    pub config: &'static Config,
    /// Its files.
    pub container: Arc<Container>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where rows stand, by object and name. Filled by [`Bundle::survey`].
    pub parts: Vec<Part>,
    /// What is wrong with the export as a whole. Filled by [`Bundle::survey`].
    pub findings: Vec<Finding>,
    manifest_value: Option<serde_json::Value>,
    digests: Vec<Digest>,
    taken_for: Vec<Option<&'static str>>,
    surveyed: bool,
}

const MANIFEST: &str = "manifest.json";

impl Bundle {
    /// Opens a folder or ZIP file and reads its manifest; `said` goes before that.
    ///
    /// # Errors
    /// If it cannot be opened, or the manifest is wrong or of another source.
    pub fn open(
        path: &Path,
        config: &'static Config,
        said: &Overrides,
    ) -> Result<Self, SourceError> {
        let container = Arc::new(Container::open(path)?);
        let mut manifest = Manifest::default();
        let mut manifest_value = None;
        if let Some(entry) = container.entries().iter().find(|entry| entry.path == MANIFEST) {
            let mut bytes = Vec::new();
            let limit = 1 << 23;
            let read = container
                .with_reader(entry, |content| content.take(limit).read_to_end(&mut bytes))?;
            read.map_err(|cause| SourceError::Read { path: MANIFEST.to_owned(), cause })?;
            let (parsed, value) = Manifest::parse(&bytes)?;
            manifest = parsed;
            manifest_value = Some(value);
        }
        if let Some(source) = manifest.source.as_deref().filter(|name| *name != config.system) {
            let reason = format!("is of source {source:?}, not {:?}", config.system);
            return Err(SourceError::Manifest(reason));
        }
        manifest.take(said)?;
        let parts = Vec::new();
        let findings = Vec::new();
        let (digests, taken_for) = (Vec::new(), Vec::new());
        Ok(Self {
            config,
            container,
            manifest,
            parts,
            findings,
            manifest_value,
            digests,
            taken_for,
            surveyed: false,
        })
    }

    /// Looks at every byte once: digests, encodings, dialects, sheets.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn survey(&mut self) -> Result<(), SourceError> {
        if self.surveyed {
            return Ok(());
        }
        self.parts.clear();
        self.findings.clear();
        self.digests.clear();
        self.taken_for.clear();
        let entries = self.container.entries().to_vec();
        for (index, entry) in entries.iter().enumerate() {
            let mut probe = Probe::default();
            if !entry.is_plain() {
                self.digests.push(Digest::of(Purpose::File, b""));
                self.findings.push(match entry.odd {
                    Some(Odd::Special) => note(Code::SpecialFile, "Not a plain file.", entry),
                    Some(Odd::Name) => {
                        note(Code::FileNameUnreadable, "Its name cannot be decoded.", entry)
                    }
                    None => note(Code::SymbolicLink, "A link, not a file.", entry),
                });
                self.taken_for.push(None);
                continue;
            }
            let digest = self.digest(entry, &mut probe)?;
            self.digests.push(digest);
            let taken_for = self.place(index, entry, &probe)?;
            self.taken_for.push(taken_for);
        }
        self.add_embedded();
        if self.parts.is_empty() {
            let reason = "No file of the export is one that this source writes.";
            self.findings.push(Finding::new(Code::NothingFound, reason));
        }
        self.parts.sort_by(|a, b| (a.object, &a.name).cmp(&(b.object, &b.name)));
        self.add_embedded_last();
        self.surveyed = true;
        Ok(())
    }

    fn digest(&self, entry: &Entry, probe: &mut Probe) -> Result<Digest, SourceError> {
        let mut hasher = Purpose::File.hasher();
        let copied = self.container.with_reader(entry, |content| {
            let mut buffer = vec![0; 256 * 1024];
            loop {
                let count = content.read(&mut buffer)?;
                if count == 0 {
                    return Ok(());
                }
                hasher.update(&buffer[..count]);
                probe.feed(&buffer[..count]);
            }
        })?;
        copied.map_err(|cause| SourceError::Read { path: entry.path.clone(), cause })?;
        Ok(Digest::finish(&hasher))
    }

    /// Decides what a file is.
    fn place(
        &mut self,
        index: usize,
        entry: &Entry,
        probe: &Probe,
    ) -> Result<Option<&'static str>, SourceError> {
        let top = entry.path.split_once('/').map(|(top, _)| top);
        if entry.path == MANIFEST {
            return Ok(Some("manifest"));
        }
        if self.manifest.ignores(&entry.path) {
            return Ok(Some("ignored"));
        }
        if is_system_file(&entry.path) {
            self.findings.push(note(Code::SystemFile, "Left by a program.", entry));
            return Ok(Some("ignored"));
        }
        let reserved = |name: &str| RESERVED_FOLDERS.iter().copied().find(|known| *known == name);
        match top.map(reserved) {
            Some(Some("transcripts")) if !self.config.folders.contains(&"transcripts") => {}
            Some(Some(folder)) => return Ok(Some(folder)),
            Some(None) => {}
            None => {
                let (stem, extension) = entry.path.rsplit_once('.').unwrap_or((&entry.path, ""));
                return self.place_object(index, entry, probe, stem, extension);
            }
        }
        let reason = "The folder has no meaning in an export.";
        self.findings.push(note(Code::UnknownFile, reason, entry));
        Ok(None)
    }

    fn place_object(
        &mut self,
        index: usize,
        entry: &Entry,
        probe: &Probe,
        stem: &str,
        extension: &str,
    ) -> Result<Option<&'static str>, SourceError> {
        let extension = extension.to_ascii_lowercase();
        if extension == "xlsx" {
            return self.place_workbook(index, entry).map(|()| Some("workbook"));
        }
        let object = recognise(self.config.objects, stem);
        let known =
            matches!(extension.as_str(), "csv" | "tsv" | "txt" | "json" | "jsonl" | "ndjson");
        let Some(object) = object.filter(|_| known) else {
            let reason = "Its name is none that this source knows.";
            self.findings.push(note(Code::UnknownFile, reason, entry));
            return Ok(None);
        };
        let encoding = self.encoding(entry, probe)?;
        if entry.size_bytes == 0 {
            self.findings.push(note(Code::EmptyFile, "The file is empty.", entry));
        }
        let form = match extension.as_str() {
            "json" => Form::Json { lines: false, encoding },
            "jsonl" | "ndjson" => Form::Json { lines: true, encoding },
            _ => {
                let is_tsv = extension == "tsv";
                let dialect = self.dialect(entry, encoding, probe, is_tsv)?;
                if dialect.backslash {
                    let reason = "Fewer ragged rows with quotes escaped by backslashes.";
                    self.findings.push(note(Code::BackslashQuotes, reason, entry));
                }
                Form::Table { dialect, encoding }
            }
        };
        let name = Arc::from(entry.path.as_str());
        self.parts.push(Part { object, entry: index, name, form });
        Ok(self.config.objects.get(object).map(|layout| layout.object))
    }

    /// The encoding that the manifest names, else the one that the bytes show.
    fn encoding(&mut self, entry: &Entry, probe: &Probe) -> Result<Encoding, SourceError> {
        if let Some(said) = self.manifest.encoding(&entry.path) {
            return Ok(said);
        }
        if let Some(shown) = probe.encoding() {
            return Ok(shown);
        }
        let guessed = self.container.with_reader(entry, |mut content| guess(&mut content))?;
        let guessed =
            guessed.map_err(|cause| SourceError::Read { path: entry.path.clone(), cause })?;
        if guessed.is_guess() {
            let word = guessed.word();
            let reason = format!("No byte order mark and not UTF-8: read as {word}.");
            self.findings.push(note(Code::EncodingGuessed, &reason, entry));
        }
        Ok(guessed)
    }

    fn dialect(
        &self,
        entry: &Entry,
        encoding: Encoding,
        probe: &Probe,
        is_tsv: bool,
    ) -> Result<Dialect, SourceError> {
        let failed = |cause| SourceError::Read { path: entry.path.clone(), cause };
        let mut sample = Vec::new();
        let read = self.container.with_reader(entry, |content| {
            let limit = table::SAMPLE_BYTES as u64;
            decoding(encoding, Box::new(content)).take(limit).read_to_end(&mut sample)
        })?;
        read.map_err(failed)?;
        let sample = String::from_utf8_lossy(&sample);
        let headers = self.manifest.header_row(&entry.path);
        let mut plain = table::detect(table::from_line(&sample, headers), is_tsv);
        if let Some(delimiter) = self.manifest.delimiter(&entry.path) {
            plain = Dialect { delimiter, ..plain };
        }
        if !probe.has_backslashes() {
            return Ok(plain);
        }
        // Only such a file can need the other reading; then both are tried on all of it.
        let ragged = |dialect| -> Result<u64, SourceError> {
            let counted = self.container.with_reader(entry, |content| {
                ragged_rows(decoding(encoding, Box::new(content)), dialect, headers)
            })?;
            counted.map_err(failed)
        };
        let escaped = Dialect { backslash: true, ..plain };
        let before = ragged(plain)?;
        let better = before > 0 && ragged(escaped)? < before;
        Ok(if better { escaped } else { plain })
    }

    fn place_workbook(&mut self, index: usize, entry: &Entry) -> Result<(), SourceError> {
        if entry.size_bytes > sheet::WORKBOOK_BYTES_MAX {
            let reason = format!("{} bytes; the limit is 32 MB.", entry.size_bytes);
            self.findings.push(note(Code::FileTooLarge, &reason, entry));
            return Ok(());
        }
        let mut file = self.container.open_seekable(entry)?;
        if let Err(fault) = workbook_bounds::check(&mut file) {
            self.findings.push(note(fault.code(), &fault.to_string(), entry));
            return Ok(());
        }
        let mut workbook = match sheet::open(file) {
            Ok(workbook) => workbook,
            Err(error) => {
                let reason = format!("The workbook cannot be read: {error}.");
                self.findings.push(note(Code::FileDamaged, &reason, entry));
                return Ok(());
            }
        };
        let sheets = calamine::Reader::sheet_names(&workbook);
        let file_stem = entry.path.rsplit_once('.').map_or("", |(stem, _)| stem);
        for name in &sheets {
            let shown = format!("{}#{name}", entry.path);
            if self.manifest.ignores(&shown) || self.manifest.ignores(name) {
                continue;
            }
            // A workbook of one sheet may carry the object's name itself.
            let object = recognise(self.config.objects, name).or_else(|| {
                (sheets.len() == 1).then(|| recognise(self.config.objects, file_stem)).flatten()
            });
            match object {
                Some(object) => {
                    let form = Form::Sheet(name.clone());
                    self.parts.push(Part { object, entry: index, name: shown.into(), form });
                }
                None if is_guide(name) || sheet_is_empty(&mut workbook, name) => {}
                None => {
                    let reason = "The sheet's name is none that this source knows.";
                    let finding = Finding::new(Code::UnknownSheet, reason).at(&shown, 1);
                    self.findings.push(finding);
                }
            }
        }
        Ok(())
    }

    /// Embedded records are read after the files of their own object, so that a message that
    /// stands in both places is known when its embedded copy comes.
    fn add_embedded(&mut self) {
        let mut added = Vec::new();
        for (object, layout) in self.config.objects.iter().enumerate() {
            for (embedding, embedded) in layout.embedded.iter().enumerate() {
                for part in &self.parts {
                    let outer_object = self.config.objects[part.object].object;
                    if outer_object == embedded.object && matches!(part.form, Form::Json { .. }) {
                        let form = Form::Embedded { outer: part.entry, embedding };
                        let (entry, name) = (part.entry, Arc::clone(&part.name));
                        added.push(Part { object, entry, name, form });
                    }
                }
            }
        }
        self.parts.append(&mut added);
    }

    /// Sorts embedded parts behind the others of their object and points them at their outer part.
    fn add_embedded_last(&mut self) {
        self.parts.sort_by_key(|part| (part.object, matches!(part.form, Form::Embedded { .. })));
        let outers: Vec<(usize, usize)> = self
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| matches!(part.form, Form::Json { .. }))
            .map(|(index, part)| (part.entry, index))
            .collect();
        for part in &mut self.parts {
            if let Form::Embedded { outer, .. } = &mut part.form
                && let Some((_, index)) = outers.iter().find(|(entry, _)| *entry == part.entry)
            {
                *outer = *index;
            }
        }
    }

    /// What the export consists of.
    ///
    /// # Errors
    /// If the manifest names an unknown export kind.
    pub fn seal(&self) -> Result<Seal, SourceError> {
        let mut hasher = Purpose::File.hasher();
        let mut files = Vec::with_capacity(self.digests.len());
        for (entry, &digest) in self.container.entries().iter().zip(&self.digests) {
            hasher.update(format!("{}\0{}\0{digest}\n", entry.path, entry.size_bytes).as_bytes());
            let (path, size_bytes) = (entry.path.clone(), entry.size_bytes);
            files.push(SealedFile { path, size_bytes, digest });
        }
        Ok(Seal {
            digest: Digest::finish(&hasher),
            size_bytes: files.iter().map(|file| file.size_bytes).sum(),
            files,
            export_kind: self.manifest.export_kind()?,
            expected: self.manifest.expected_counts.clone(),
            manifest: self.manifest_value.clone(),
        })
    }

    /// The files as they were understood; attachments and evidence only by folder.
    pub fn files(&self) -> Vec<FileInventory> {
        let entries = self.container.entries().iter().enumerate();
        entries
            .filter(|(index, _)| {
                !matches!(self.taken_for.get(*index), Some(Some("attachments" | "evidence")))
            })
            .map(|(index, entry)| FileInventory {
                path: entry.path.clone(),
                taken_for: self.taken_for.get(index).copied().flatten().map(str::to_owned),
                dialect: self.parts.iter().find(|part| part.entry == index).map(words),
                size_bytes: entry.size_bytes,
            })
            .collect()
    }
}

fn words(part: &Part) -> String {
    match &part.form {
        Form::Table { dialect, encoding } => {
            format!("{}, {}", encoding.word(), dialect.words())
        }
        Form::Json { lines: true, encoding } => format!("{}, JSON lines", encoding.word()),
        Form::Json { encoding, .. } => format!("{}, JSON", encoding.word()),
        Form::Sheet(_) => "workbook".to_owned(),
        Form::Embedded { .. } => "embedded".to_owned(),
    }
}

fn note(code: Code, reason: &str, entry: &Entry) -> Finding {
    Finding::new(code, reason).at(&entry.path, 1)
}

/// A sheet of a template's workbook that explains and holds no data.
fn is_guide(sheet: &str) -> bool {
    GUIDE_SHEETS.iter().any(|guide| header::stem(guide) == header::stem(sheet))
}

fn sheet_is_empty(workbook: &mut sheet::Workbook, name: &str) -> bool {
    let mut empty = true;
    let read = sheet::read(workbook, name, &mut |_, _| {
        empty = false;
        std::ops::ControlFlow::Break(())
    });
    empty && read.is_ok()
}

fn ragged_rows(text: Box<dyn Read + '_>, dialect: Dialect, headers: u64) -> std::io::Result<u64> {
    let mut columns = None;
    let mut ragged = 0;
    let counted = Table::new(text, dialect)?.for_each(&mut |record, line| {
        if line >= headers {
            ragged += u64::from(*columns.get_or_insert(record.count()) != record.count());
        }
        std::ops::ControlFlow::Continue(())
    });
    match counted {
        Ok(_) => Ok(ragged),
        Err(TableFault::RowTooLarge(_)) => Ok(u64::MAX),
        Err(TableFault::Io(error)) => Err(error),
    }
}
