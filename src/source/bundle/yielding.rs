//! The second reading: rows become records and go to the sink.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::adapter::{Adapter, Derived, Made, Outcome};
use super::cells::{Cells, Common};
use super::files::{FileCheck, owner_of};
use super::index::hash;
use super::layout::Cell;
use super::owner::fields_owner;
use super::repeats::{Met, SameContent};
use super::row::Row;
use super::scan::Scanned;
use super::study::{FieldRules, Study};
use super::survey::{Bundle, Form};
use crate::model::SourceKey;
use crate::model::event::Location;
use crate::model::record::Record;
use crate::source::contract::{
    Item, ObjectCount, ReadSummary, RejectedRow, Sink, SourceError, SourceRecord,
};
use crate::source::finding::{Code, Finding};

type Flow = Result<ControlFlow<()>, SourceError>;

/// Places named in a finding about repeated ids.
const PLACES_MAX: usize = 5;

/// One second reading.
pub(super) struct Yielding<'a, 's, 'k> {
    pub(super) bundle: &'a Bundle,
    pub(super) study: &'a Study,
    pub(super) adapter: Box<dyn Adapter>,
    pub(super) common: &'a Common,
    pub(super) sink: &'s mut Sink<'k>,
    pub(super) counts: BTreeMap<String, ObjectCount>,
    pub(super) findings: Vec<Finding>,
    pub(super) met: Met,
    pub(super) files: FileCheck,
    /// Object index by name, for references.
    pub(super) names: BTreeMap<&'static str, usize>,
    pub(super) repeats: BTreeMap<(usize, Code), (u64, String, u64)>,
    pub(super) fault: Option<SourceError>,
    /// Records without a row of their own in a file, by object.
    pub(super) derived: BTreeMap<&'static str, u64>,
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
            derived: BTreeMap::new(),
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
                    Scanned::Header(_)
                    | Scanned::Example(_)
                    | Scanned::Note(_)
                    | Scanned::Total(_) => ControlFlow::Continue(()),
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
            let at = Location { file: layout.object.to_owned(), line: 1 };
            let implied = self.adapter.at_end(object);
            if self.implied(implied, &at).is_break() {
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
        let (objects, findings) = (self.counts, self.findings);
        ReadSummary { objects, findings, ended_early, ..ReadSummary::default() }
    }

    pub(super) fn count(&mut self, object: usize) -> &mut ObjectCount {
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
        let none = FieldRules::new();
        let fields = fields_owner(layout, row).and_then(|owner| known.field_rules.get(&owner));
        let (rules, fields) = (&self.study.rules[part], fields.unwrap_or(&none));
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
        let outcome = self.adapter.normalise(object, &mut cells, self.study, meets_equal);
        let at = Location { file: row.file.to_string(), line: row.line };
        let (before, after) = self.adapter.derived().into_iter().partition(|made| made.before);
        self.implied(before, &at)?;
        match outcome {
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
        }?;
        self.implied(after, &at)
    }

    /// Hands over records that no row of their own stands for.
    fn implied(&mut self, made: Vec<Derived>, row: &Location) -> ControlFlow<()> {
        for Derived { object, key, at, raw, record, mut findings, .. } in made {
            let Some(&index) = self.names.get(object) else { continue };
            let count = self.count(index);
            count.rows += 1;
            count.records += 1;
            *self.derived.entry(object).or_default() += 1;
            let at = at.unwrap_or_else(|| row.clone());
            for finding in &mut findings {
                finding.key = Some(key.clone());
                finding.at.get_or_insert_with(|| at.clone());
            }
            let raw = crate::model::canonical_json(&raw).unwrap_or_default();
            (self.sink)(Item::Record(Box::new(SourceRecord { key, at, raw, record, findings })))?;
        }
        ControlFlow::Continue(())
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
        let same = self.met.ids.entry((object, id)).or_default();
        same.count += 1;
        if !same.raws.contains(&raw) {
            same.raws.push(raw);
        }
        if same.count < times {
            if same.places.len() < PLACES_MAX {
                same.places.push(format!("{}:{}", row.file, row.line));
            }
            return None;
        }
        let reason = format!("Also at {}.", same.places.join(", "));
        let code = if same.raws.len() > 1 { Code::DuplicateId } else { Code::DuplicateRow };
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
            let first = SameContent { raw, embedded, count: 1 };
            self.met.contents.insert(hash(&natural), first);
            return None;
        };
        if embedded != before.embedded {
            return Some(Code::MergedCopy);
        }
        if before.raw == raw {
            return Some(Code::DuplicateRow);
        }
        before.count += 1;
        if key_is_natural {
            let id = format!("{}~{}", made.key.id(), before.count);
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

    pub(super) fn reject(
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
        let own = self.name_files(object, &mut record, &key, row);
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

    /// Definitions of custom fields that were found as columns.
    fn undeclared(&mut self) -> ControlFlow<()> {
        let Some(&object) = self.names.get("custom_fields") else {
            return ControlFlow::Continue(());
        };
        let study = self.study;
        for found in study.undeclared.iter().filter(|found| !found.typed) {
            let id = format!("{}:{}", found.definition.object, found.definition.field);
            let Ok(key) = SourceKey::new(self.bundle.config.system, "custom_field", &id) else {
                continue;
            };
            let count = self.count(object);
            count.rows += 1;
            count.records += 1;
            *self.derived.entry("custom_fields").or_default() += 1;
            let record = Record::FieldDefinition(found.definition.clone());
            let at = Location { file: found.file.clone(), line: 1 };
            let raw = crate::model::canonical_json(&record).unwrap_or_default();
            let item = SourceRecord { key, at, raw, record, findings: Vec::new() };
            (self.sink)(Item::Record(Box::new(item)))?;
        }
        ControlFlow::Continue(())
    }
}
