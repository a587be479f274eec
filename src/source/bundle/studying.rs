//! The first reading: fills a [`Study`].

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use super::adapter::Adapter;
use super::cells::{Cells, Common};
use super::common::custom_field;
use super::date::DateRule;
use super::files::FileIndex;
use super::fraction_ids;
use super::index::hash;
use super::infer::{FieldProfile, FieldRule};
use super::layout::{Cell, ObjectLayout};
use super::owner::fields_owner;
use super::profile::{Decided, PartProfile, PartRules, rules};
use super::row::Row;
use super::scan::Scanned;
use super::study::{ObjectStudy, Study, Undeclared};
use super::survey::{Bundle, Form};
use crate::model::RecordKind;
use crate::model::record::FieldDefinition;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

impl Study {
    /// Reads everything once. What the export does not declare of `remembered` fields holds as it
    /// did before.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of(
        bundle: &Bundle,
        adapter: &mut dyn Adapter,
        decided: Decided,
        (common, remembered): (&Common, &[FieldDefinition]),
    ) -> Result<Self, SourceError> {
        let objects = bundle.config.objects;
        let mut study = Self::default();
        study.objects.resize_with(objects.len(), ObjectStudy::default);
        for part in &bundle.parts {
            study.parts.push(PartProfile::new(&objects[part.object]));
            let object = &mut study.objects[part.object];
            object.embedded |= matches!(part.form, Form::Embedded { .. });
            object.present |= !object.embedded || matches!(part.form, Form::Embedded { .. });
        }
        study.rules.resize_with(bundle.parts.len(), PartRules::default);
        for object in order(bundle) {
            study.read_object(bundle, adapter, object)?;
            study.settle(bundle, object, decided);
            if matches!(
                objects[object].kind,
                RecordKind::FieldDefinition | RecordKind::ObjectDefinition
            ) {
                let found = study.definitions(bundle, adapter, object, common)?;
                study.declared.extend(found);
            }
            adapter.observed(object);
        }
        study.remember(remembered);
        study.files.finish();
        for index in 0..objects.len() {
            study.settle_fields(bundle, index, decided);
        }
        study.collisions(bundle);
        let asked = fraction_ids::questions(bundle, &study.parts);
        study.findings.extend(asked);
        study.absent(bundle);
        let review = adapter.review(&study);
        study.findings.extend(review);
        Ok(study)
    }

    /// Adds definitions that the export does not repeat.
    fn remember(&mut self, remembered: &[FieldDefinition]) {
        for known in remembered {
            let same = |d: &FieldDefinition| d.object == known.object && d.field == known.field;
            if !self.declared.iter().any(same) {
                self.declared.push(known.clone());
            }
        }
    }

    fn read_object(
        &mut self,
        bundle: &Bundle,
        adapter: &mut dyn Adapter,
        object: usize,
    ) -> Result<(), SourceError> {
        let layout = &bundle.config.objects[object];
        let mut pages = Vec::new();
        for (index, part) in bundle.parts.iter().enumerate() {
            if part.object != object {
                continue;
            }
            let Self { objects, parts, files, findings, .. } = self;
            let (known, profile) = (&mut objects[object], &mut parts[index]);
            let mut claimed: Option<u64> = None;
            let (mut examples, mut example_line) = (0_u64, 1);
            let _ = bundle.scan(index, &mut |scanned| {
                match scanned {
                    Scanned::Header(binding) => {
                        for slot in 0..layout.columns.len() {
                            if let Some(header) = binding.header_of(slot) {
                                profile.headers.insert(slot, header.to_owned());
                            }
                        }
                    }
                    Scanned::Row(row) => {
                        profile.observe(layout, row);
                        known.observe(adapter, (object, layout), row, files);
                    }
                    Scanned::Bad(..) => profile.bad_rows += 1,
                    Scanned::Example(line) => {
                        examples += 1;
                        example_line = if examples == 1 { line } else { example_line };
                    }
                    Scanned::Note(finding) => findings.push(finding),
                    // Every page repeats the total of all pages.
                    Scanned::Total(total) => claimed = claimed.max(Some(total)),
                }
                ControlFlow::Continue(())
            })?;
            if examples > 0 {
                let finding = Finding::new(Code::ExampleDropped, format!("{examples} rows."));
                findings.push(finding.at(&part.name, example_line).object(layout.object));
            }
            pages.extend(claimed.map(|claimed| (profile.rows + profile.bad_rows, claimed)));
        }
        let known = &mut self.objects[object];
        known.claimed = claimed_by(&pages);
        // Nothing refers to messages but the attachments index, which keeps what it needs.
        known.ids.finish(layout.parent.is_none());
        known.contents.finish(false);
        Ok(())
    }

    /// Rules for every part of an object.
    fn settle(&mut self, bundle: &Bundle, object: usize, decided: Decided) {
        let layout = &bundle.config.objects[object];
        let indexes: Vec<usize> =
            (0..bundle.parts.len()).filter(|&i| bundle.parts[i].object == object).collect();
        let parts: Vec<(&str, &PartProfile)> =
            indexes.iter().map(|&i| (&*bundle.parts[i].name, &self.parts[i])).collect();
        let mut findings = Vec::new();
        let made = rules(layout, &parts, (decided, &bundle.manifest), &mut findings);
        for (index, rules) in indexes.into_iter().zip(made) {
            self.rules[index] = rules;
        }
        self.findings.extend(findings);
    }

    /// Declared custom fields.
    fn definitions(
        &self,
        bundle: &Bundle,
        adapter: &dyn Adapter,
        object: usize,
        common: &Common,
    ) -> Result<Vec<FieldDefinition>, SourceError> {
        let layout = &bundle.config.objects[object];
        let none = HashMap::new();
        let mut found = Vec::new();
        for (index, _) in bundle.parts.iter().enumerate().filter(|(_, p)| p.object == object) {
            let _ = bundle.scan(index, &mut |scanned| {
                if let Scanned::Row(row) = scanned {
                    let mut cells = Cells::new(row, layout, common, &self.rules[index], &none);
                    found.extend(adapter.definition(object, &mut cells));
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(found)
    }

    fn settle_fields(&mut self, bundle: &Bundle, object: usize, decided: Decided) {
        let layout = &bundle.config.objects[object];
        let Self { objects, declared, undeclared, findings, .. } = self;
        let known = &mut objects[object];
        let file = bundle.parts.iter().find(|part| part.object == object);
        let file = file.map_or("", |part| &part.name);
        let fields = known.fields.iter();
        for (of, key, (column, profile)) in
            fields.flat_map(|(of, fields)| fields.iter().map(move |(key, field)| (of, key, field)))
        {
            let definition = declared.iter().find(|d| d.object == *of && d.field == *key);
            let typed = layout.typed.is_some();
            let name = if typed { format!("{of}.{key}") } else { key.clone() };
            let mut notes = FieldNotes { object: layout.object, name: &name, file, findings };
            let field_type = match definition {
                Some(definition) => definition.field_type,
                None => {
                    let definition = notes.propose((of, key), &column.label, profile);
                    let field_type = definition.field_type;
                    let (file, sample) = (file.to_owned(), profile.sample.clone());
                    let filled = profile.filled;
                    undeclared.push(Undeclared { definition, file, sample, filled, typed });
                    field_type
                }
            };
            let dates =
                DateRule { order: profile.dates.order().or(decided.order), zone: decided.zone };
            let decimal = profile.numbers.rule();
            let separator = profile.separators.separator();
            let rule = FieldRule { field_type, dates, decimal, separator };
            known.field_rules.entry(of.clone()).or_default().insert(key.clone(), rule);
        }
    }

    /// References to objects that no file holds: the pass that exports them is missing.
    fn absent(&mut self, bundle: &Bundle) {
        let objects = bundle.config.objects;
        for layout in objects {
            for (slot, column) in layout.columns.iter().enumerate() {
                let Cell::Ref(target) = column.cell else { continue };
                let held = objects.iter().position(|other| other.object == target);
                if held.is_none_or(|index| self.objects[index].present) {
                    continue;
                }
                let parts = bundle.parts.iter().zip(&self.parts);
                let filled: u64 = parts
                    .filter(|(part, _)| objects[part.object].object == layout.object)
                    .map(|(_, profile)| profile.columns[slot].filled)
                    .sum();
                if filled > 0 {
                    let reason = format!("{filled} references, and no file holds {target}.");
                    let finding = Finding::new(Code::PassMissing, reason);
                    self.findings.push(finding.object(layout.object).column(column.name));
                }
            }
        }
    }

    /// Fields of the same key on two objects (decision D5).
    fn collisions(&mut self, bundle: &Bundle) {
        let mut owners: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (layout, known) in bundle.config.objects.iter().zip(&self.objects) {
            // Types have their attributes to themselves.
            for (of, fields) in known.fields.iter().filter(|_| layout.typed.is_none()) {
                for (key, (_, profile)) in fields {
                    owners.entry(key).or_default().push((of, &profile.sample));
                }
            }
        }
        for (key, owners) in owners.into_iter().filter(|(_, owners)| owners.len() > 1) {
            let of: Vec<&str> = owners.iter().map(|(of, _)| *of).collect();
            let samples: Vec<&str> = owners.iter().map(|(_, sample)| *sample).collect();
            let reason = format!("Fields of {} have this name.", of.join(" and "));
            let finding = Finding::new(Code::FieldCollision, reason);
            self.findings.push(finding.column(key).value(&samples.join(" / ")));
        }
    }
}

impl ObjectStudy {
    fn observe(
        &mut self,
        adapter: &mut dyn Adapter,
        (object, layout): (usize, &ObjectLayout),
        row: &Row,
        files: &mut FileIndex,
    ) {
        let id = row.id(0);
        if let Some(id) = id {
            self.ids.add(hash(id));
        }
        if id.is_none() || self.embedded {
            self.contents.add(adapter.content_hash(object, row));
        }
        self.observe_fields(layout, row);
        if layout.object == "attachments" {
            files.observe(row);
        }
        adapter.observe(object, row, files);
    }

    fn observe_fields(&mut self, layout: &ObjectLayout, row: &Row) {
        let mut extras = row.extras().peekable();
        let Some(owner) = extras.peek().and_then(|_| fields_owner(layout, row)) else { return };
        let fields = self.fields.entry(owner).or_default();
        for (column, text) in extras {
            if let Some((_, profile)) = fields.get_mut(&column.key) {
                profile.observe(text, row.line);
            } else {
                let mut profile = FieldProfile::default();
                profile.observe(text, row.line);
                let column = std::sync::Arc::clone(column);
                fields.insert(column.key.clone(), (column, profile));
            }
        }
    }
}

struct FieldNotes<'a> {
    object: &'a str,
    name: &'a str,
    file: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl FieldNotes<'_> {
    fn propose(
        &mut self,
        (of, key): (&str, &str),
        label: &str,
        profile: &FieldProfile,
    ) -> FieldDefinition {
        let proposal = profile.propose();
        let word = super::infer::word(proposal.field_type);
        let reason = format!("No definition; its {} values fit {word}.", profile.filled);
        let finding = Finding::new(Code::UndeclaredField, reason).at(self.file, 1);
        self.findings.push(finding.object(self.object).column(self.name).value(&profile.sample));
        if let Some((narrower, line, value)) = proposal.doubt {
            let narrower = super::infer::word(narrower);
            let reason = format!("Nearly all values fit {narrower}, this one does not.");
            let finding = Finding::new(Code::FieldTypeDoubt, reason).at(self.file, line);
            self.findings.push(finding.object(self.object).column(self.name).value(&value));
        }
        FieldDefinition {
            object: of.to_owned(),
            field: key.to_owned(),
            label: label.to_owned(),
            field_type: proposal.field_type,
            options: proposal.options,
            required: false,
            description: None,
            depends_on: None,
            declared: false,
        }
    }
}

/// How many records all files claim together, by rows and claim of each. A file that holds as many
/// as it claims is a list of its own; the others are pages, and each says the total of all pages.
fn claimed_by(pages: &[(u64, u64)]) -> Option<u64> {
    let whole = pages.iter().filter(|(rows, claimed)| rows >= claimed).map(|(_, claimed)| claimed);
    let of_pages =
        pages.iter().filter(|(rows, claimed)| rows < claimed).map(|(_, claimed)| claimed);
    let total = whole.sum::<u64>() + of_pages.max().unwrap_or(&0);
    (!pages.is_empty()).then_some(total)
}

/// Objects that others refer to by content first, then as declared.
fn order(bundle: &Bundle) -> Vec<usize> {
    let objects = bundle.config.objects;
    let first = bundle.config.first;
    let rank = |index: &usize| {
        let name = objects[*index].object;
        first.iter().position(|other| *other == name).unwrap_or(first.len())
    };
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.sort_by_key(rank);
    order
}

/// The slot of a definition's key, by which equal definitions meet.
pub fn field_id(row: &Row) -> Option<String> {
    let object = row.trimmed(custom_field::OBJECT)?;
    let key = row.trimmed(custom_field::FIELD_KEY).or_else(|| row.trimmed(custom_field::LABEL))?;
    Some(format!("{}:{}", object.to_lowercase(), super::header::field_key(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_claim_the_total_of_all_pages() {
        for (pages, total) in [
            (vec![], None),
            (vec![(3, 6), (3, 6)], Some(6)),
            (vec![(25, 52), (25, 52), (2, 53)], Some(53)),
            (vec![(4, 4), (7, 7)], Some(11)),
            (vec![(5, 9)], Some(9)),
            (vec![(0, 0)], Some(0)),
        ] {
            assert_eq!(claimed_by(&pages), total, "{pages:?}");
        }
    }
}
