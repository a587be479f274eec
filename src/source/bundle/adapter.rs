//! What a file-based source adds to the shared loaders.

use super::cells::Cells;
use super::common;
use super::files::FileIndex;
use super::row::Row;
use super::study::Study;
use crate::model::event::Location;
use crate::model::record::FieldDefinition;
use crate::model::{Record, SourceKey};
use crate::source::finding::{Code, Finding};

/// What a row amounts to.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "outcomes live one at a time, never in bulk")]
pub enum Outcome {
    /// A record.
    Record(Made),
    /// Nothing usable; the row's findings say why.
    Reject(Option<SourceKey>),
    /// The same thing is said elsewhere in the export; the code says how.
    Repeated(Code),
}

/// A record and its key.
#[derive(Debug)]
pub struct Made {
    /// Its key.
    pub key: SourceKey,
    /// Key made from the content, if there is no id, or if [`Row`]s of equal content are met.
    pub natural: Option<String>,
    /// The record.
    pub record: Record,
}

/// A record that no row of its own stands for: a person whom a thread names, a message inside a
/// transcript, a thread of which the export holds only the messages.
#[derive(Debug)]
pub struct Derived {
    /// Object under which it is counted.
    pub object: &'static str,
    /// It comes before the record of the row that implies it, not after it.
    pub before: bool,
    /// Its key.
    pub key: SourceKey,
    /// Where it stands, if not at the row that implies it.
    pub at: Option<Location>,
    /// What the export says of it.
    pub raw: serde_json::Value,
    /// The record.
    pub record: Record,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

/// Where a record names its files.
#[derive(Clone, Copy, Debug)]
pub struct FileColumns {
    /// Column of paths, ids or embedded documents.
    pub files: Option<usize>,
    /// Columns in whose text inline files are looked for.
    pub bodies: &'static [usize],
}

/// A file-based source. One value serves one reading.
pub trait Adapter: Send {
    /// First reading: notes what later rows or the second reading must know.
    fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex);

    /// First reading: all rows of an object were seen.
    fn observed(&mut self, object: usize);

    /// A hash under which rows of equal content meet, for rows without an id and for records that
    /// may stand in two places.
    fn content_hash(&self, object: usize, row: &Row) -> u64;

    /// The custom field that a row of an object of definitions declares, if it declares one.
    fn definition(&self, _object: usize, cells: &mut Cells<'_>) -> Option<FieldDefinition> {
        common::field_of(cells)
    }

    /// Between the readings: what is noteworthy about the export as a whole.
    fn review(&mut self, study: &Study) -> Vec<Finding>;

    /// Second reading: one row as a record. `meets_equal` tells that another row has the same
    /// content hash.
    fn normalise(
        &mut self,
        object: usize,
        cells: &mut Cells<'_>,
        study: &Study,
        meets_equal: bool,
    ) -> Outcome;

    /// Second reading: records that the row just normalised implies, whatever became of the row.
    fn derived(&mut self) -> Vec<Derived> {
        Vec::new()
    }

    /// Second reading: records that the rows of an object imply together; all of them were read.
    fn at_end(&mut self, _object: usize) -> Vec<Derived> {
        Vec::new()
    }

    /// Where records of an object name their files.
    fn file_columns(&self, object: usize) -> Option<FileColumns>;

    /// Second word of the source keys of the parent that the attachments index calls so
    /// (`ticket`, `article`, `customer`), and the object that must hold it.
    fn parent_object(&self, word: &str) -> Option<(&'static str, &'static str)>;

    /// Second word of the source keys of the messages of a thread, by that of the thread's key.
    fn message_object(&self, _thread: &str) -> Option<&'static str> {
        None
    }

    /// The id of the record of an object that people call `id`, where that is another one.
    fn resolve(&self, _object: &str, _id: &str) -> Option<String> {
        None
    }

    /// Another id by which the attachments index may call a record.
    fn other_id(&self, _object: usize, _row: &Row) -> Option<String> {
        None
    }

    /// After the second reading: what was counted on the way.
    fn finish(&mut self) -> Vec<Finding>;
}
