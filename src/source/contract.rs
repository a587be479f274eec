//! What every source offers: sealed input, an inventory, a stream of hub records, its files.
//!
//! Reading is synchronous and single-threaded; callers run it on a thread of its own and put a
//! bounded channel behind the sink.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;

use super::finding::{Finding, FindingGroup};
use super::overrides::Overrides;
use super::return_layout::ReturnLayout;
use super::template::Guide;
use crate::model::event::{Counts, Location};
use crate::model::record::FieldDefinition;
use crate::model::{Digest, Record, RecordKind, Secret, SourceKey, Timestamp};

/// A help desk that can be read.
pub trait Source: Send + Sync {
    /// First part of its source keys and its word on the command line, for example `deskero`.
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// The objects it knows, in the order in which they are read.
    fn objects(&self) -> Vec<SourceObject>;

    /// Default field rules and value maps, TOML.
    fn rules(&self) -> &'static str;

    /// The catalogue of its objects, Markdown.
    fn catalogue(&self) -> &'static str;

    /// What it offers to people who copy its data by hand; nothing if it has exports.
    fn guide(&self) -> Option<&'static Guide> {
        None
    }

    /// The files that take what people made in Intercom since the cutover; none if it reads no
    /// such files.
    fn return_layout(&self) -> Option<&'static ReturnLayout> {
        None
    }

    /// Opens the export or database. Looks at names only; nothing is read yet.
    ///
    /// # Errors
    /// If the place cannot be opened, or is not of this source's sort.
    fn open(&self, settings: &SourceSettings) -> Result<Box<dyn SourceReader>, SourceError>;
}

/// An opened export or database.
pub trait SourceReader: Send + Sync {
    /// What the input consists of, with a digest per file and one over all. Reads every byte.
    ///
    /// # Errors
    /// If a file cannot be read.
    fn seal(&mut self) -> Result<Seal, SourceError>;

    /// What is in the input: counts, columns, dates, findings. Reads everything, keeps nothing.
    ///
    /// # Errors
    /// If a file cannot be read.
    fn inventory(&mut self) -> Result<Inventory, SourceError>;

    /// Streams every record in the source's fixed order into `sink`, in bounded memory. Records
    /// of one thread come in file order, which is the last criterion of their order. `sink` may
    /// break to end early; the summary then covers what was read.
    ///
    /// # Errors
    /// If a file cannot be read.
    fn read(&mut self, sink: &mut Sink<'_>) -> Result<ReadSummary, SourceError>;

    /// Bytes of a file, by [`Attachment::path`](crate::model::record::Attachment::path).
    ///
    /// Paths are relative to the export, with `/`. A path `inline:<sha256>` names bytes that stand
    /// inside a record (a data URI in a body, a document embedded in JSON); the first such request
    /// runs over the export once and keeps those bytes in an unnamed temporary file.
    ///
    /// # Errors
    /// If the path leaves the export, or there is no such file.
    fn open_attachment(&self, path: &str) -> Result<Box<dyn Read + Send>, SourceError>;
}

/// Takes one item; `Break` ends the reading.
pub type Sink<'a> = dyn FnMut(Item) -> ControlFlow<()> + 'a;

/// Where to read and what the customer decided about reading.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// Where the input is.
    pub place: Place,
    /// Decisions about reading.
    pub reading: Reading,
}

/// Where the input is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder or a ZIP file.
    Bundle(PathBuf),
    /// A database, with what lies beside it.
    Database(Box<DatabasePlace>),
}

/// A database, with what lies beside it.
#[derive(Clone, Debug)]
pub struct DatabasePlace {
    /// Address with user name, without password.
    pub url: String,
    /// Password of the user, if there is one.
    pub password: Option<Secret>,
    /// Folder of the attached files.
    pub attachments: Option<PathBuf>,
    /// The help desk's own settings file.
    pub settings: Option<PathBuf>,
    /// Table prefix, where the database holds several installations.
    pub prefix: Option<String>,
    /// Lock the tables while reading: a consistent copy, during which the help desk cannot write.
    pub lock_tables: bool,
    /// The help desk's own export of the same data, to be merged.
    pub export: Option<PathBuf>,
    /// Counts that the help desk's own statistics page shows, by object.
    pub expected: Counts,
}

/// Which part of a date comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/12/2023.
    DayFirst,
    /// 12/31/2023.
    MonthFirst,
}

/// Decisions about reading (MAPPING G5, G8, G9 and each source's status table).
#[derive(Clone, Debug)]
pub struct Reading {
    /// Now: dates more than a day later are noteworthy.
    pub now: Timestamp,
    /// Zone of times without an offset; wins over the manifest's.
    pub time_zone: Option<chrono_tz::Tz>,
    /// Order of dates where the column itself does not tell.
    pub date_order: Option<DateOrder>,
    /// Country of telephone numbers without a prefix, ISO 3166 alpha-2; wins over the manifest's.
    pub default_country: Option<String>,
    /// Value maps by `object.column`: the source's word to ours. They win over the source's own.
    pub value_maps: BTreeMap<String, BTreeMap<String, String>>,
    /// Custom fields as the confirmed map knows them: a partial export that declares none of them
    /// is read as the export before it was.
    pub fields: Vec<FieldDefinition>,
    /// What the project says of the export beside it; wins over the manifest.
    pub overrides: Overrides,
}

impl Reading {
    /// No decisions taken.
    pub fn undecided(now: Timestamp) -> Self {
        Self {
            now,
            time_zone: None,
            date_order: None,
            default_country: None,
            value_maps: BTreeMap::new(),
            fields: Vec::new(),
            overrides: Overrides::default(),
        }
    }
}

/// An object that a source knows.
#[derive(Clone, Debug, Serialize)]
pub struct SourceObject {
    /// Name of the object, which is the stem of its file: `tickets`.
    pub object: String,
    /// What it is normalised to.
    pub kind: RecordKind,
    /// File stems by which it is recognised.
    pub stems: Vec<String>,
    /// Its columns.
    pub columns: Vec<SourceColumn>,
    /// Columns whose words need a value map that a person confirms.
    pub value_maps: Vec<String>,
}

/// A column that a source knows.
#[derive(Clone, Debug, Serialize)]
pub struct SourceColumn {
    /// Canonical name.
    pub name: String,
    /// Other headers by which it is recognised.
    pub aliases: Vec<String>,
    /// What its cells hold: `id`, `text`, `date_time` …
    pub cell: String,
}

/// Full export or a part of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// Everything; what is missing may be gone.
    #[default]
    Full,
    /// Only what changed; what is missing is unchanged.
    Delta,
    /// A sample; what is missing means nothing.
    Sample,
}

impl ExportKind {
    /// The word for it in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Sample => "sample",
        }
    }
}

/// What the input consists of.
#[derive(Clone, Debug, Serialize)]
pub struct Seal {
    /// Digest over names and digests of all files, in order of their names.
    pub digest: Digest,
    /// The files, in order of their names.
    pub files: Vec<SealedFile>,
    /// Bytes of all files.
    pub size_bytes: u64,
    /// Full or partial.
    pub export_kind: ExportKind,
    /// Counts that the export claims, by object.
    pub expected: Counts,
    /// The manifest as found.
    pub manifest: Option<serde_json::Value>,
}

/// One file of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealedFile {
    /// Path relative to the export, with `/`.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Digest of the bytes.
    pub digest: Digest,
}

/// What the reader yields.
#[derive(Clone, Debug)]
pub enum Item {
    /// A usable record.
    Record(Box<SourceRecord>),
    /// Cells that could not become a record.
    Rejected(Box<RejectedRow>),
}

/// A usable record.
#[derive(Clone, Debug)]
pub struct SourceRecord {
    /// Its key.
    pub key: SourceKey,
    /// Where it stood.
    pub at: Location,
    /// The cells as found, as canonical JSON (RFC 8785). Embedded children are left out, since
    /// they are records themselves; embedded file contents are replaced by digest and size.
    pub raw: Vec<u8>,
    /// The record.
    pub record: Record,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

/// Cells that could not become a record.
#[derive(Clone, Debug)]
pub struct RejectedRow {
    /// Its key, if one could be made.
    pub key: Option<SourceKey>,
    /// What it should have become.
    pub kind: Option<RecordKind>,
    /// Where it stood.
    pub at: Location,
    /// The cells as found, as canonical JSON.
    pub raw: Vec<u8>,
    /// Why.
    pub findings: Vec<Finding>,
}

/// What happened to the rows of one object; `rows` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ObjectCount {
    /// Rows found, embedded ones included.
    pub rows: u64,
    /// Rows that became records.
    pub records: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Rows left out because the same record stands elsewhere.
    pub duplicates: u64,
}

/// What a reading amounted to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReadSummary {
    /// Counts by object. Derived records (undeclared fields, files named in a cell) count as rows
    /// of their own object.
    pub objects: BTreeMap<String, ObjectCount>,
    /// Findings that concern no single record; those of records travel with them.
    pub findings: Vec<Finding>,
    /// True if the sink ended the reading early.
    pub ended_early: bool,
    /// Second words of keys of which everything was read, also if there was nothing: what is not
    /// among them any more is gone.
    pub whole: BTreeSet<&'static str>,
}

/// What is in the input.
#[derive(Clone, Debug, Serialize)]
pub struct Inventory {
    /// By object, in reading order; only objects that were found or expected.
    pub objects: Vec<ObjectInventory>,
    /// Files, with the object each was taken for.
    pub files: Vec<FileInventory>,
    /// All findings, grouped by code, object and column, each with some examples.
    pub findings: Vec<FindingGroup>,
}

/// A file of the export as it was understood.
#[derive(Clone, Debug, Serialize)]
pub struct FileInventory {
    /// Path relative to the export, with the sheet after `#` for spreadsheets.
    pub path: String,
    /// Object it was taken for; `attachment`, `evidence`, `manifest`, or nothing.
    pub taken_for: Option<String>,
    /// How it was read: encoding, delimiter, quoting.
    pub dialect: Option<String>,
    /// Bytes.
    pub size_bytes: u64,
}

/// What is known of one object.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectInventory {
    /// Name of the object.
    pub object: String,
    /// What it is normalised to.
    pub kind: RecordKind,
    /// Rows by fate.
    pub count: ObjectCount,
    /// Rows the export claims to hold.
    pub expected: Option<u64>,
    /// Columns, declared ones first.
    pub columns: Vec<ColumnInventory>,
    /// Earliest time of a record.
    pub from: Option<Timestamp>,
    /// Latest time of a record.
    pub to: Option<Timestamp>,
}

/// What is known of one column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnInventory {
    /// Canonical name, or the key of a custom field.
    pub column: String,
    /// Header as written; more than one if files differ.
    pub headers: Vec<String>,
    /// Rows with a value.
    pub filled: u64,
    /// Rows of the files in which the object stands.
    pub rows: u64,
    /// A known column of this source, not a custom field.
    pub known: bool,
    /// What the cells hold: the declared word, or the inferred type of a custom field.
    pub cell: String,
    /// Distinct words with their counts, for columns of few words.
    pub words: BTreeMap<String, u64>,
}

impl ColumnInventory {
    /// How many of a hundred rows have a value; 0 without rows.
    pub fn coverage_percent(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.filled as f64 * 100.0 / self.rows as f64 }
    }
}

/// Why a source cannot be read at all. What is wrong inside the data is a [`Finding`] instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The place is neither a folder nor a ZIP file.
    #[error("{0} is neither a folder nor a ZIP file")]
    NotABundle(PathBuf),
    /// The source cannot be read from such a place.
    #[error("{source_name} cannot be read from {place}")]
    WrongPlace {
        /// Name of the source.
        source_name: &'static str,
        /// What was given.
        place: &'static str,
    },
    /// The export is of another product.
    #[error("this is no export that {source_name} reads: {reason}")]
    OtherProduct {
        /// Name of the source.
        source_name: &'static str,
        /// By what it was recognised.
        reason: String,
    },
    /// No source has this name.
    #[error("no source is named {0:?}")]
    UnknownSource(String),
    /// A file could not be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// File, relative to the export.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The ZIP file is damaged.
    #[error("cannot read the ZIP file: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The manifest is not what it should be.
    #[error("manifest.json, or [export] in deskledger.toml: {0}")]
    Manifest(String),
    /// A path leads out of the export.
    #[error("the path leads out of the export: {0:?}")]
    PathEscapes(String),
    /// There is no such file.
    #[error("the export has no file {0:?}")]
    NoSuchFile(String),
    /// The database could not be read.
    #[error("the database, {doing}: {cause}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// What the server or the driver says of it.
        cause: String,
    },
    /// The database holds several installations.
    #[error("the database holds several installations, with the table prefixes {0}")]
    SeveralPrefixes(String),
    /// The database is not one that can be read.
    #[error("the database cannot be read: {0}")]
    Unfit(String),
    /// The source's own rules are broken.
    #[error("the rules of {source_name}: {reason}")]
    Rules {
        /// Name of the source.
        source_name: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl SourceError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotABundle(_) => "not_a_bundle",
            Self::WrongPlace { .. } => "wrong_place",
            Self::OtherProduct { .. } => "other_product",
            Self::UnknownSource(_) => "unknown_source",
            Self::Read { .. } => "source_unreadable",
            Self::Zip(_) => "zip_damaged",
            Self::Manifest(_) => "manifest_invalid",
            Self::PathEscapes(_) => "path_escapes",
            Self::NoSuchFile(_) => "no_such_file",
            Self::Database { .. } => "source_database",
            Self::SeveralPrefixes(_) => "several_prefixes",
            Self::Unfit(_) => "source_unfit",
            Self::Rules { .. } => "rules_invalid",
        }
    }
}
