//! Hands records on, counts them, and, where rows may move under the reading, remembers what was
//! handed on.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use foldhash::quality::FixedState;

use super::handed::Handed;
use super::row::Row;
use crate::model::event::Location;
use crate::model::{Record, RecordKind, SourceKey};
use crate::source::bundle::index::hash;
use crate::source::contract::{
    Item, ObjectCount, ReadSummary, RejectedRow, Sink, SourceError, SourceRecord,
};
use crate::source::finding::{Code, Finding};

/// The word that begins every key.
pub const SYSTEM: &str = "hesk";

/// A key of ours. Objects are words of this room and ids are never empty.
///
/// # Errors
/// If the id is empty.
pub fn key(object: &str, id: &str) -> Result<SourceKey, SourceError> {
    SourceKey::new(SYSTEM, object, id)
        .map_err(|error| SourceError::Rules { source_name: SYSTEM, reason: error.to_string() })
}

/// A key with a number as its id.
pub fn numbered(object: &'static str, id: u32) -> SourceKey {
    // A number is never an empty id, and the objects are our own words.
    SourceKey::new(SYSTEM, object, &id.to_string()).unwrap_or_else(|_| SourceKey::own(object, "-"))
}

/// The sink with its counts.
pub struct Emit<'a, 's> {
    sink: &'a mut Sink<'s>,
    summary: ReadSummary,
    counted: BTreeMap<(&'static str, Code, &'static str), (u64, Location)>,
    objects: Vec<(&'static str, ObjectCount)>,
    handed: Option<Handed>,
    of_round: Vec<Finding>,
}

/// What a record is made of.
pub struct Made<'r> {
    /// Name of the object in counts: its table, or what it was derived from.
    pub object: &'static str,
    /// Key.
    pub key: SourceKey,
    /// Table or workbook, and row.
    pub at: (&'r str, u64),
    /// The cells.
    pub row: &'r Row,
    /// The record.
    pub record: Record,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

impl<'a, 's> Emit<'a, 's> {
    /// Over a sink. `remember`: rows may move, so that reading again must tell what changed.
    pub fn new(sink: &'a mut Sink<'s>, remember: bool) -> Self {
        Self {
            sink,
            summary: ReadSummary::default(),
            counted: BTreeMap::new(),
            objects: Vec::new(),
            handed: remember.then(Handed::default),
            of_round: Vec::new(),
        }
    }

    /// Hands on a record; true if reading shall go on.
    pub fn record(&mut self, made: Made<'_>) -> bool {
        let Made { object, key, at, row, record, mut findings } = made;
        let raw = row.json();
        let Some(first) = self.is_news(&key, &raw) else { return self.goes_on() };
        if first {
            let count = self.count(object);
            count.rows += 1;
            count.records += 1;
        }
        for finding in &mut findings {
            finding.at = Some(Location { file: at.0.to_owned(), line: at.1 });
            finding.object = Some(object.to_owned());
            finding.key = Some(key.clone());
        }
        let at = Location { file: at.0.to_owned(), line: at.1 };
        let found = SourceRecord { key, at, raw, record, findings };
        self.hand(Item::Record(Box::new(found)))
    }

    /// Hands on a row that cannot be a record.
    pub fn reject(
        &mut self,
        object: &'static str,
        kind: RecordKind,
        key: SourceKey,
        at: (&str, u64),
        (row, finding): (&Row, Finding),
    ) -> bool {
        let raw = row.json();
        let Some(first) = self.is_news(&key, &raw) else { return self.goes_on() };
        if first {
            let count = self.count(object);
            count.rows += 1;
            count.rejected += 1;
        }
        let finding = finding.at(at.0, at.1).object(object).key(&key);
        let at = Location { file: at.0.to_owned(), line: at.1 };
        let findings = vec![finding];
        let row = RejectedRow { key: Some(key), kind: Some(kind), at, raw, findings };
        self.hand(Item::Rejected(Box::new(row)))
    }

    /// Counts a row that stands for no record of its own.
    pub fn duplicate(&mut self, object: &'static str) {
        if self.is_first_round() {
            let count = self.count(object);
            count.rows += 1;
            count.duplicates += 1;
        }
    }

    /// Notes something about the whole.
    pub fn note(&mut self, finding: Finding) {
        if self.is_first_round() {
            self.summary.findings.push(finding);
        }
    }

    /// Notes something about the whole, in whichever round.
    pub fn note_always(&mut self, finding: Finding) {
        self.summary.findings.push(finding);
    }

    /// Notes something about the whole that another round finds anew.
    pub fn note_of_round(&mut self, finding: Finding) {
        self.of_round.push(finding);
    }

    /// Counts something about many records; the summary names the first of them.
    pub fn tally(&mut self, object: &'static str, code: Code, what: &'static str, line: u64) {
        if self.is_first_round() {
            let first = || (0, Location { file: object.to_owned(), line });
            self.counted.entry((object, code, what)).or_insert_with(first).0 += 1;
        }
    }

    /// Whether the sink wants more.
    pub fn goes_on(&self) -> bool {
        !self.summary.ended_early
    }

    /// Begins another round: only what differs is handed on from here.
    pub fn again(&mut self) {
        self.of_round.clear();
        self.handed.iter_mut().for_each(Handed::again);
    }

    fn is_first_round(&self) -> bool {
        self.handed.as_ref().is_none_or(Handed::is_first_round)
    }

    /// Keys handed on in an earlier round that this one did not meet.
    pub fn missed(&self) -> usize {
        self.handed.as_ref().map_or(0, Handed::missed)
    }

    /// Says that everything of these kinds of keys was read.
    pub fn whole(&mut self, objects: &[&'static str]) {
        self.summary.whole.extend(objects);
    }

    /// Rows counted so far.
    pub fn rows(&self, object: &str) -> u64 {
        let counted = self.objects.iter().find(|(known, _)| *known == object);
        counted.map_or(0, |(_, count)| count.rows)
    }

    /// The summary.
    pub fn finish(mut self) -> ReadSummary {
        for ((object, code, what), (count, at)) in self.counted {
            let finding = Finding::new(code, format!("{count} records: {what}."));
            let finding = finding.at(&at.file, at.line).object(object);
            self.summary.findings.push(finding);
        }
        self.summary.findings.append(&mut self.of_round);
        let objects = self.objects.into_iter();
        self.summary.objects = objects.map(|(object, count)| (object.to_owned(), count)).collect();
        self.summary
    }

    fn count(&mut self, object: &'static str) -> &mut ObjectCount {
        // There are few, and the same ones come again and again.
        let known = self.objects.iter().position(|(known, _)| *known == object);
        let place = known.unwrap_or_else(|| {
            self.objects.push((object, ObjectCount::default()));
            self.objects.len() - 1
        });
        &mut self.objects[place].1
    }

    /// `None` if this very content was handed on under the key; else whether it is the first.
    fn is_news(&mut self, key: &SourceKey, raw: &[u8]) -> Option<bool> {
        let Some(handed) = &mut self.handed else { return Some(true) };
        let hash = |bytes: &[u8]| FixedState::default().hash_one(bytes);
        handed.is_news(hash(key.as_str().as_bytes()), hash(raw))
    }

    fn hand(&mut self, item: Item) -> bool {
        if self.summary.ended_early {
            return false;
        }
        if let ControlFlow::Break(()) = (self.sink)(item) {
            self.summary.ended_early = true;
        }
        self.goes_on()
    }
}

/// Hash of a folded address, for memory.
pub fn address_hash(address: &str) -> u64 {
    hash(&address.trim().to_lowercase())
}
