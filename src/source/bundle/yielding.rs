//! The second reading: rows become records and go to the sink.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::adapter::{Adapter, Made, Outcome};
use super::cells::{Cells, Common};
use super::common::attachment;
use super::files::{FileCheck, FileRef, Named, index_id, is_message, parent_word};
use super::index::hash;
use super::layout::Cell;
use super::repeats::Met;
use super::row::Row;
use super::scan::Scanned;
use super::study::Study;
use super::survey::{Bundle, Form};
use crate::model::event::Location;
use crate::model::record::Record;
use crate::model::{RecordKind, SourceKey};
use crate::source::contract::{
    Item, ObjectCount, ReadSummary, RejectedRow, Sink, SourceError, SourceRecord,
};
use crate::source::finding::{Code, Finding};

type Flow = Result<ControlFlow<()>, SourceError>;

/// Lines named in a finding about repeated ids.
const LINES_MAX: usize = 5;

/// One second reading.
pub(super) struct Yielding<'a, 's, 'k> {
    bundle: &'a Bundle,
    study: &'a Study,
    adapter: Box<dyn Adapter>,
    common: &'a Common,
    sink: &'s mut Sink<'k>,
    counts: BTreeMap<String, ObjectCount>,
    findings: Vec<Finding>,
    met: Met,
    files: FileCheck,
    /// Object index by name, for references.
    names: BTreeMap<&'static str, usize>,
    repeats: BTreeMap<(usize, Code), (u64, String, u64)>,
    fault: Option<SourceError>,
}

impl<'a, 's, 'k> Yielding<'a, 's, 'k> {
    pub(super) fn new(
        bundle: &'a Bundle,
        study: &'a Study,
        adapter: Box<dyn Adapter>,
        common: &'a Common,
        sink: &'s mut Sink<'k>,
    ) -> Self {
        let objects = bundle.config.objects.iter().enumerate();
        Self {
            bundle,
            study,
            adapter,
            common,
            sink,
            counts: BTreeMap::new(),
            findings: Vec::new(),
            met: Met::default(),
            files: FileCheck::default(),
            names: objects.map(|(index, layout)| (layout.object, index)).collect(),
            repeats: BTreeMap::new(),
            fault: None,
        }
    }

    /// Every object in order.
    pub(super) fn all(&mut self) -> Flow {
        let bundle = self.bundle;
        for (object, layout) in bundle.config.objects.iter().enumerate() {
            for (index, part) in bundle.parts.iter().enumerate() {
                if part.object != object {
                    continue;
                }
                let flow = bundle.scan(index, &mut |scanned| match scanned {
                    Scanned::Row(row) => self.row(object, index, row),
                    Scanned::Bad(raw, finding) => self.bad(object, raw, finding),
                    Scanned::Header(_) | Scanned::Note(_) | Scanned::Total(_) => {
                        ControlFlow::Continue(())
                    }
                })?;
                if let Some(fault) = self.fault.take() {
                    return Err(fault);
                }
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            if layout.object == "custom_fields" && self.undeclared().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Counts and findings at the end.
    pub(super) fn finish(mut self, ended_early: bool) -> ReadSummary {
        if !ended_early {
            self.files.orphans(&self.bundle.container, &mut self.findings);
        }
        for ((object, code), (count, file, line)) in std::mem::take(&mut self.repeats) {
            let reason = format!("{count} rows.");
            let finding = Finding::new(code, reason).at(&file, line);
            self.findings.push(finding.object(self.bundle.config.objects[object].object));
        }
        self.findings.extend(self.adapter.finish());
        ReadSummary { objects: self.counts, findings: self.findings, ended_early }
    }

    fn count(&mut self, object: usize) -> &mut ObjectCount {
        let name = self.bundle.config.objects[object].object;
        if !self.counts.contains_key(name) {
            self.counts.insert(name.to_owned(), ObjectCount::default());
        }
        self.counts.entry(name.to_owned()).or_default()
    }

    fn bad(&mut self, object: usize, raw: Vec<u8>, finding: Finding) -> ControlFlow<()> {
        let count = self.count(object);
        count.rows += 1;
        count.rejected += 1;
        let at = finding.at.clone().unwrap_or_default();
        let kind = Some(self.bundle.config.objects[object].kind);
        let findings = vec![finding];
        (self.sink)(Item::Rejected(Box::new(RejectedRow { key: None, kind, at, raw, findings })))
    }

    fn row(&mut self, object: usize, part: usize, row: &Row) -> ControlFlow<()> {
        self.count(object).rows += 1;
        let layout = &self.bundle.config.objects[object];
        let known = &self.study.objects[object];
        let id = row.id(0).map(hash);
        let repeated = match id.map(|id| (id, known.ids.times(id))) {
            Some((id, times)) if times > 1 => {
                let Some(note) = self.repeated_id(object, row, id, times) else {
                    self.count(object).duplicates += 1;
                    return ControlFlow::Continue(());
                };
                note
            }
            _ => None,
        };
        let (rules, fields) = (&self.study.rules[part], &known.field_rules);
        let mut cells = Cells::new(row, layout, self.common, rules, fields);
        cells.findings.extend(repeated);
        if !self.references(object, &mut cells) {
            return self.reject(object, None, row, cells.findings);
        }
        if layout.object == "attachments" {
            return self.index_row(object, cells);
        }
        let embedded = matches!(self.bundle.parts[part].form, Form::Embedded { .. });
        let meets_equal = (id.is_none() || known.embedded)
            && known.contents.times(self.adapter.content_hash(object, row)) > 1;
        match self.adapter.normalise(object, &mut cells, self.study, meets_equal) {
            Outcome::Reject(key) => self.reject(object, key, row, cells.findings),
            Outcome::Repeated(code) => self.repeat(object, code, row),
            Outcome::Record(mut made) => {
                if meets_equal
                    && let Some(code) = self.meets(&mut made, id.is_none(), embedded, row)
                {
                    return self.repeat(object, code, row);
                }
                let findings = cells.findings;
                self.give(object, made, row, findings)
            }
        }
    }

    /// `None` while a later row of this id is still to come. Then whether they differed.
    fn repeated_id(
        &mut self,
        object: usize,
        row: &Row,
        id: u64,
        times: u32,
    ) -> Option<Option<Finding>> {
        let raw = hash(&row.text);
        let (count, raws, lines) = self.met.ids.entry((object, id)).or_default();
        *count += 1;
        if !raws.contains(&raw) {
            raws.push(raw);
        }
        if *count < times {
            if lines.len() < LINES_MAX {
                lines.push(format!("{}:{}", row.file, row.line));
            }
            return None;
        }
        let reason = format!("Also at {}.", lines.join(", "));
        let code = if raws.len() > 1 { Code::DuplicateId } else { Code::DuplicateRow };
        self.met.ids.remove(&(object, id));
        let finding = Finding::new(code, reason).at(&row.file, row.line);
        Some(Some(finding.object(self.bundle.config.objects[object].object)))
    }

    /// Equal content: the same message again, or another one that needs a key of its own.
    fn meets(
        &mut self,
        made: &mut Made,
        key_is_natural: bool,
        embedded: bool,
        row: &Row,
    ) -> Option<Code> {
        let natural = made.natural.clone()?;
        let raw = hash(&row.text);
        let Some(before) = self.met.contents.get_mut(&hash(&natural)) else {
            self.met.contents.insert(hash(&natural), (raw, embedded, 1));
            return None;
        };
        if embedded != before.1 {
            return Some(Code::MergedCopy);
        }
        if before.0 == raw {
            return Some(Code::DuplicateRow);
        }
        before.2 += 1;
        if key_is_natural {
            let id = format!("{}~{}", made.key.id(), before.2);
            if let Ok(key) = SourceKey::new(made.key.system(), made.key.object(), &id) {
                made.key = key;
            }
        }
        None
    }

    fn repeat(&mut self, object: usize, code: Code, row: &Row) -> ControlFlow<()> {
        self.count(object).duplicates += 1;
        let first = || (0, row.file.to_string(), row.line);
        self.repeats.entry((object, code)).or_insert_with(first).0 += 1;
        ControlFlow::Continue(())
    }

    /// Ids that were damaged, references that lead nowhere. False if the row is of no use.
    fn references(&self, object: usize, cells: &mut Cells<'_>) -> bool {
        let layout = &self.bundle.config.objects[object];
        let mut usable = true;
        for (slot, column) in layout.columns.iter().enumerate() {
            let target = match column.cell {
                Cell::Ref(target) => Some(target),
                Cell::Id => None,
                _ => continue,
            };
            let Some(id) = cells.row.id(slot) else { continue };
            if super::cell::is_rounded_id(id) {
                cells.note_cell(Code::IdPrecisionLost, slot, "A spreadsheet rounded this id.");
                usable = false;
                continue;
            }
            let Some(known) = target.and_then(|name| self.names.get(name)) else { continue };
            let known = &self.study.objects[*known];
            let is_parent = layout.parent == Some(slot);
            if known.ids.contains(hash(id)) || (!known.present && !is_parent) {
                continue;
            }
            let reason = "No such record is in the export.";
            match (is_parent, self.common.partial) {
                (_, true) => cells.note_cell(Code::ReferenceOutside, slot, reason),
                (true, false) => {
                    cells.note_cell(Code::OrphanPart, slot, reason);
                    usable = false;
                }
                (false, false) => cells.note_cell(Code::DanglingReference, slot, reason),
            }
        }
        if layout.id_required && cells.row.id(0).is_none() {
            cells.note_cell(Code::IdMissing, 0, "The row has no id.");
            usable = false;
        }
        if let Some(slot) = layout.parent.filter(|&slot| cells.row.id(slot).is_none()) {
            cells.note_cell(Code::IdMissing, slot, "The row does not say what it is part of.");
            usable = false;
        }
        usable
    }

    fn reject(
        &mut self,
        object: usize,
        key: Option<SourceKey>,
        row: &Row,
        mut findings: Vec<Finding>,
    ) -> ControlFlow<()> {
        self.count(object).rejected += 1;
        let kind = Some(self.bundle.config.objects[object].kind);
        if let Some(key) = &key {
            findings.iter_mut().for_each(|finding| finding.key = Some(key.clone()));
        }
        let at = Location { file: row.file.to_string(), line: row.line };
        let raw = row.raw();
        (self.sink)(Item::Rejected(Box::new(RejectedRow { key, kind, at, raw, findings })))
    }

    /// Hands over a record, then the files that only it names.
    fn give(
        &mut self,
        object: usize,
        made: Made,
        row: &Row,
        findings: Vec<Finding>,
    ) -> ControlFlow<()> {
        self.count(object).records += 1;
        let Made { key, mut record, .. } = made;
        let mut own = Vec::new();
        if let Some(columns) = self.adapter.file_columns(object) {
            let listed = self.listed(&record, &key, row);
            let named = self.study.files.named(row, columns.files, columns.bodies, &key);
            let mut keys = Vec::new();
            for id in listed {
                push_key(&mut keys, self.file_key(&id));
            }
            for named in named {
                let id = match named {
                    Named::Listed(id) => id,
                    Named::Own(file) => {
                        let id = file.id.clone();
                        own.push(*file);
                        id
                    }
                };
                push_key(&mut keys, self.file_key(&id));
            }
            attach(&mut record, keys);
        }
        let owner = owner_of(&record, &key);
        let at = Location { file: row.file.to_string(), line: row.line };
        let raw = row.raw();
        let mut findings = findings;
        findings.iter_mut().for_each(|finding| finding.key = Some(key.clone()));
        let item = SourceRecord { key, at: at.clone(), raw, record, findings };
        (self.sink)(Item::Record(Box::new(item)))?;
        for file in own {
            self.own_file(file, &owner, &at)?;
        }
        ControlFlow::Continue(())
    }

    /// What the index lists for a record.
    fn listed(&self, record: &Record, key: &SourceKey, row: &Row) -> Vec<String> {
        let files = &self.study.files;
        let (owner, id) = match record {
            Record::Message(_) => ("message", row.id(0).unwrap_or_default()),
            Record::Conversation(_) => ("ticket", key.id()),
            Record::Article(_) => ("article", key.id()),
            Record::Contact(_) => ("customer", key.id()),
            _ => return Vec::new(),
        };
        if id.is_empty() {
            return Vec::new();
        }
        files.listed(owner, id).map(str::to_owned).collect()
    }

    fn file_key(&self, id: &str) -> Option<SourceKey> {
        SourceKey::new(self.bundle.config.system, "attachment", id).ok()
    }

    fn own_file(
        &mut self,
        file: FileRef,
        owner: &(SourceKey, Option<SourceKey>),
        at: &Location,
    ) -> ControlFlow<()> {
        let Some(&object) = self.names.get("attachments") else {
            return ControlFlow::Continue(());
        };
        self.count(object).rows += 1;
        let raw = own_raw(&file, owner);
        let (parent, message) = owner.clone();
        self.file(object, &file, parent, message, at, raw, Vec::new())
    }

    /// A row of the attachments index.
    fn index_row(&mut self, object: usize, mut cells: Cells<'_>) -> ControlFlow<()> {
        let row = cells.row;
        let id = index_id(row);
        let Some((parent, message)) = self.home(&mut cells) else {
            let key = self.file_key(&id);
            return self.reject(object, key, row, cells.findings);
        };
        let path = cells.string(attachment::PATH);
        let url = cells.string(attachment::URL);
        let last = |text: &String| text.rsplit('/').next().unwrap_or(text).to_owned();
        let named = cells.string(attachment::FILE_NAME);
        let name = named.or_else(|| path.as_ref().or(url.as_ref()).map(last));
        let file = FileRef {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            url,
            path,
            content_type: cells.string(attachment::CONTENT_TYPE),
            size_bytes: cells.count(attachment::SIZE_BYTES),
            sha256: cells.string(attachment::SHA256),
            inline_cid: cells.string(attachment::INLINE_CID),
            inline: None,
            damaged: false,
        };
        let at = Location { file: row.file.to_string(), line: row.line };
        self.file(object, &file, parent, message, &at, row.raw(), cells.findings)
    }

    /// The thread, article or customer that an index row belongs to, and the message.
    fn home(&self, cells: &mut Cells<'_>) -> Option<(SourceKey, Option<SourceKey>)> {
        let system = self.bundle.config.system;
        let row = cells.row;
        let word = row.trimmed(attachment::PARENT_TYPE).unwrap_or("ticket").to_lowercase();
        let parent = row.id(attachment::PARENT_ID);
        let message = row.id(attachment::MESSAGE_ID);
        let message = message.or(parent.filter(|_| is_message(&word)));
        let thread = self.adapter.parent_object("ticket").map_or("ticket", |(object, _)| object);
        if let Some(message) = message {
            if let Some(home) = self.study.files.home(message) {
                let parent = SourceKey::new(system, thread, &home.thread).ok()?;
                let message = SourceKey::new(system, home.object, &home.message).ok()?;
                return Some((parent, Some(message)));
            }
            cells.note(Code::OrphanPart, "No such message is in the export.");
            return None;
        }
        let Some((object, held_by)) = self.adapter.parent_object(parent_word(&word)) else {
            let reason = "Not a kind of record that has files.";
            cells.note_cell(Code::UnmappedValue, attachment::PARENT_TYPE, reason);
            return None;
        };
        let Some(parent) = parent else {
            cells.note_cell(Code::IdMissing, attachment::PARENT_ID, "The file belongs to nothing.");
            return None;
        };
        let known = self.names.get(held_by).map(|&index| &self.study.objects[index]);
        if known.is_none_or(|known| !known.ids.contains(hash(parent))) && !self.common.partial {
            let reason = "No such record is in the export.";
            cells.note_cell(Code::OrphanPart, attachment::PARENT_ID, reason);
            return None;
        }
        SourceKey::new(system, object, parent).ok().map(|key| (key, None))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one record, used by two callers")]
    fn file(
        &mut self,
        object: usize,
        file: &FileRef,
        parent: SourceKey,
        message: Option<SourceKey>,
        at: &Location,
        raw: Vec<u8>,
        mut findings: Vec<Finding>,
    ) -> ControlFlow<()> {
        let first = findings.len();
        let container = &self.bundle.container;
        let made = self.files.record(container, file, parent, message, &mut findings);
        for finding in findings.iter_mut().skip(first) {
            finding.at = Some(at.clone());
        }
        let key = self.file_key(&file.id);
        findings.iter_mut().for_each(|finding| finding.key.clone_from(&key));
        let at = at.clone();
        match (made, key) {
            (Err(fault), _) => {
                self.fault = Some(fault);
                ControlFlow::Break(())
            }
            (Ok(Some(attachment)), Some(key)) => {
                self.count(object).records += 1;
                let record = Record::Attachment(attachment);
                (self.sink)(Item::Record(Box::new(SourceRecord { key, at, raw, record, findings })))
            }
            (Ok(_), key) => {
                self.count(object).rejected += 1;
                let kind = Some(RecordKind::Attachment);
                let row = RejectedRow { key, kind, at, raw, findings };
                (self.sink)(Item::Rejected(Box::new(row)))
            }
        }
    }

    /// Definitions of custom fields that were found as columns.
    fn undeclared(&mut self) -> ControlFlow<()> {
        let Some(&object) = self.names.get("custom_fields") else {
            return ControlFlow::Continue(());
        };
        let study = self.study;
        for found in &study.undeclared {
            let id = format!("{}:{}", found.definition.object, found.definition.field);
            let Ok(key) = SourceKey::new(self.bundle.config.system, "custom_field", &id) else {
                continue;
            };
            let count = self.count(object);
            count.rows += 1;
            count.records += 1;
            let record = Record::FieldDefinition(found.definition.clone());
            let at = Location { file: found.file.clone(), line: 1 };
            let raw = crate::model::canonical_json(&record).unwrap_or_default();
            let item = SourceRecord { key, at, raw, record, findings: Vec::new() };
            (self.sink)(Item::Record(Box::new(item)))?;
        }
        ControlFlow::Continue(())
    }
}

/// An inline or directly named file has no row of its own: what is known of it stands for it.
fn own_raw(file: &FileRef, owner: &(SourceKey, Option<SourceKey>)) -> Vec<u8> {
    let inline = file.inline.as_ref().map(|(sha256, ..)| sha256);
    let value = serde_json::json!({
        "attachment_id": file.id, "parent": owner.0, "message": owner.1, "file_name": file.name,
        "path": file.path, "url": file.url, "content_type": file.content_type,
        "content_sha256": inline,
    });
    crate::model::canonical_json(&value).unwrap_or_default()
}

fn push_key(keys: &mut Vec<SourceKey>, key: Option<SourceKey>) {
    if let Some(key) = key.filter(|key| !keys.contains(key)) {
        keys.push(key);
    }
}

fn attach(record: &mut Record, keys: Vec<SourceKey>) {
    match record {
        Record::Conversation(conversation) => conversation.attachments = keys,
        Record::Message(message) => message.attachments = keys,
        Record::Article(article) => article.attachments = keys,
        _ => {}
    }
}

/// The root that a record's files belong to, and the message.
fn owner_of(record: &Record, key: &SourceKey) -> (SourceKey, Option<SourceKey>) {
    match record {
        Record::Message(message) => (message.conversation.clone(), Some(key.clone())),
        _ => (key.clone(), None),
    }
}
