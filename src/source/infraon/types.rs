//! Types of custom objects: what is declared of them and what their records show.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::OBJECTS;
use super::object_columns::ci_type;
use super::plan::{Plan, custom_name, plan_of};
use super::resolve::{Kind, key};
use super::words::Words;
use crate::model::Record;
use crate::model::event::Location;
use crate::model::record::{FieldDefinition, FieldType, ObjectDefinition};
use crate::source::bundle::adapter::Derived;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::common::custom_field;
use crate::source::bundle::header;
use crate::source::bundle::infer;
use crate::source::bundle::layout::ObjectLayout;
use crate::source::bundle::owner::{fields_owner, owner_word, type_of};
use crate::source::bundle::row::Row;
use crate::source::bundle::study::Study;
use crate::source::finding::{Code, Finding};

/// Types above types are followed so far; more is a circle.
const DEPTH_MAX: usize = 16;

/// What is known of one type.
#[derive(Debug, Default)]
struct Type {
    label: String,
    records: u64,
    /// Records with a value, by column.
    filled: BTreeMap<usize, u64>,
    first: Location,
    parent: Option<String>,
    /// Its fields are declared in this export.
    declared: bool,
    /// Types that references lead to, by relation.
    relations: BTreeMap<String, BTreeSet<String>>,
}

/// All types.
#[derive(Debug, Default)]
pub(super) struct Types {
    types: BTreeMap<String, Type>,
    /// Types of configuration items and assets that are not of their kind's only type.
    of_records: BTreeMap<(Kind, String), String>,
}

/// The type that a definition means: `Router` is `ci:router`, `asset:Laptop` is `asset:laptop`.
pub(super) fn type_word(written: &str) -> String {
    let written = written.trim();
    let (of, word) = written.split_once(':').unwrap_or(("", written));
    let of = of.trim().to_lowercase();
    let form = header::field_key(word);
    match (of.as_str(), form.as_str()) {
        ("ci" | "asset", _) => owner_word(&of, Some(word)),
        (_, "ci" | "asset" | "change" | "release" | "problem") => form,
        _ => owner_word("ci", Some(written)),
    }
}

/// True if a definition of a custom field speaks of a type.
pub(super) fn is_type(object: &str) -> bool {
    let of = object.split_once(':').map_or(object, |(of, _)| of);
    matches!(of, "ci" | "asset" | "change" | "release" | "problem")
}

impl Types {
    fn entry(&mut self, object_type: &str, label: &str, row: &Row) -> &mut Type {
        let first = || Type {
            label: label.trim().to_owned(),
            first: Location { file: row.file.to_string(), line: row.line },
            ..Type::default()
        };
        self.types.entry(object_type.to_owned()).or_insert_with(first)
    }

    /// Takes a row of a definition file.
    pub(super) fn declare(&mut self, row: &Row) {
        let Some(written) = row.trimmed(ci_type::TYPE) else { return };
        let label = written.split_once(':').map_or(written, |(_, label)| label);
        let parent = row.trimmed(ci_type::PARENT).map(type_word);
        let known = self.entry(&type_word(written), label, row);
        known.declared = true;
        known.parent = known.parent.take().or(parent);
    }

    /// Takes a custom field that is declared for a type.
    pub(super) fn declare_field(&mut self, object: &str, row: &Row) {
        let written = row.trimmed(custom_field::OBJECT).unwrap_or(object);
        let label = written.split_once(':').map_or(written, |(_, label)| label);
        self.entry(object, label, row).declared = true;
    }

    /// Takes a record.
    pub(super) fn observe(&mut self, layout: &ObjectLayout, plan: &Plan, row: &Row) {
        let Some(owner) = fields_owner(layout, row) else { return };
        let of_kind = label(plan.kind.word());
        let known = self.entry(&owner, type_of(layout, row).unwrap_or(&of_kind), row);
        known.records += 1;
        for slot in (0..layout.columns.len()).filter(|&slot| plan.is_field(layout, slot)) {
            if row.typed(slot).is_some() {
                *known.filled.entry(slot).or_default() += 1;
            }
        }
        if let Some(id) = row.id(0).filter(|_| *owner != *plan.kind.word()) {
            self.of_records.insert((plan.kind, id.to_owned()), owner.into_owned());
        }
    }

    /// Takes a reference between two records.
    pub(super) fn relate(&mut self, from: (Kind, &str), relation: &str, to: (Kind, &str)) {
        // Incidents become conversations, which no type can have a relation to.
        if to.0 == Kind::Incident {
            return;
        }
        let type_of = |(kind, id): (Kind, &str)| {
            let known = self.of_records.get(&(kind, id.to_owned()));
            known.cloned().unwrap_or_else(|| kind.word().to_owned())
        };
        let (from, to) = (type_of(from), type_of(to));
        if let Some(known) = self.types.get_mut(&from) {
            known.relations.entry(relation.to_owned()).or_default().insert(to);
        }
    }

    /// The definition of each type, with how its fields are filled. A part of an export knows only
    /// the fields of its own records, so that it tells only of types that are declared in it.
    pub(super) fn definitions(&self, study: &Study, words: &Words, partial: bool) -> Vec<Derived> {
        let tells = |(_, known): &(&String, &Type)| known.declared || !partial;
        let all = self.types.iter().filter(tells);
        all.filter_map(|(name, known)| {
            let fields = self.fields(name, known, study);
            let relations = known.relations.iter().map(|(relation, types)| {
                let of = types.iter().next().map_or("", String::as_str);
                let base = of.split_once(':').map_or(of, |(of, _)| of);
                (relation.clone(), if types.len() == 1 { of } else { base }.to_owned())
            });
            let finding = self.finding(name, known, &fields, study, words);
            let definition = ObjectDefinition {
                object_type: name.clone(),
                label: known.label.clone(),
                relations: relations.collect(),
                fields: fields.into_iter().map(|(definition, _)| definition).collect(),
            };
            let record = Record::from(definition);
            Some(Derived {
                object: "ci_types",
                before: false,
                key: key("object_type", name)?,
                at: Some(known.first.clone()),
                raw: serde_json::to_value(&record).unwrap_or_default(),
                record,
                findings: vec![finding],
            })
        })
        .collect()
    }

    /// Fields of a type: known columns that are filled, then declared ones with those of the types
    /// above, then those that only their values show. With each how many records fill it.
    fn fields(&self, name: &str, known: &Type, study: &Study) -> Vec<(FieldDefinition, u64)> {
        let of = name.split_once(':').map_or(name, |(of, _)| of);
        let found = OBJECTS.iter().enumerate().find_map(|(index, layout)| {
            (layout.fields_of == Some(of))
                .then(|| Some((index, layout, plan_of(layout.object)?)))?
        });
        let Some((index, layout, plan)) = found else { return Vec::new() };
        let mut fields: Vec<(FieldDefinition, u64)> = Vec::new();
        for (&slot, &filled) in &known.filled {
            let field_type = plan.field_type(layout, slot);
            fields.push((column(name, layout.columns[slot].name, field_type), filled));
        }
        let profiles = study.objects[index].fields.get(name);
        let filled = |field: &str| {
            let profile = profiles.and_then(|profiles| profiles.get(field));
            profile.map_or(0, |(_, profile)| profile.filled)
        };
        let mut above = Some(name);
        let mut names: Vec<&str> = Vec::new();
        while let Some(next) = above.filter(|next| !names.contains(next)) {
            names.push(next);
            let parent = self.types.get(next).and_then(|known| known.parent.as_deref());
            above = parent.filter(|_| names.len() < DEPTH_MAX);
        }
        if !names.contains(&of) {
            names.push(of);
        }
        let declared = names.iter().flat_map(|next| {
            study.declared.iter().filter(move |definition| definition.object == *next)
        });
        let seen = study.undeclared.iter().map(|undeclared| &undeclared.definition);
        for definition in declared.chain(seen.filter(|definition| definition.object == name)) {
            let field = custom_name(layout, &definition.field);
            if fields.iter().all(|(known, _)| known.field != field) {
                let count = filled(&definition.field);
                let object = name.to_owned();
                fields.push((FieldDefinition { object, field, ..definition.clone() }, count));
            }
        }
        fields
    }

    fn finding(
        &self,
        name: &str,
        known: &Type,
        fields: &[(FieldDefinition, u64)],
        study: &Study,
        words: &Words,
    ) -> Finding {
        let code = if words.is_usual_type(name) { Code::ObjectType } else { Code::CustomType };
        let listed: Vec<String> = fields
            .iter()
            .map(|(field, filled)| {
                let word = infer::word(field.field_type);
                let declared = if field.declared { "" } else { ", undeclared" };
                format!("{} ({word}, {filled}{declared})", field.field)
            })
            .collect();
        let reason = format!("{} records; fields: {}.", known.records, listed.join(", "));
        let of = name.split_once(':').map_or(name, |(of, _)| of);
        let object = OBJECTS.iter().zip(&study.objects);
        let object = object.map(|(layout, _)| layout).find(|it| it.fields_of == Some(of));
        let finding = Finding::new(code, reason).at(&known.first.file, known.first.line);
        finding.object(object.map_or("ci_types", |layout| layout.object)).column(name)
    }
}

fn column(object: &str, name: &str, field_type: FieldType) -> FieldDefinition {
    FieldDefinition {
        object: object.to_owned(),
        field: name.to_owned(),
        label: label(name),
        field_type,
        options: Vec::new(),
        required: false,
        description: None,
        depends_on: None,
        declared: true,
    }
}

/// `warranty_expiry` as people write it.
fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The field that a row of a definition file declares; `None` if it speaks of the type alone.
pub(super) fn field(cells: &mut Cells<'_>) -> Option<FieldDefinition> {
    let object = type_word(cells.row.trimmed(ci_type::TYPE)?);
    let label = cells.string(ci_type::LABEL);
    let name = cells.string(ci_type::FIELD_KEY).or_else(|| label.clone())?;
    let word = cells.row.trimmed(ci_type::DATA_TYPE).unwrap_or("string");
    let field_type = infer::field_type(word);
    if field_type.is_none() {
        let reason = "Not a known type; the field is read as a line of text.";
        cells.note_cell(Code::FieldTypeDoubt, ci_type::DATA_TYPE, reason);
    }
    let unique = cells.boolean(ci_type::UNIQUE).unwrap_or(false);
    let description = cells.string(ci_type::DESCRIPTION);
    let description = match (unique, description) {
        (true, Some(text)) => Some(format!("Unique. {text}")),
        (true, None) => Some("Unique.".to_owned()),
        (false, text) => text,
    };
    Some(FieldDefinition {
        object,
        field: header::field_key(&name),
        label: label.unwrap_or(name),
        field_type: field_type.unwrap_or(FieldType::String),
        options: cells.list(ci_type::OPTIONS, "value"),
        required: cells.boolean(ci_type::REQUIRED).unwrap_or(false),
        description,
        depends_on: None,
        declared: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_one_form() {
        for (written, expected) in [
            ("Router", "ci:router"),
            ("Load Balancer", "ci:load_balancer"),
            ("CI: Load-Balancer", "ci:load_balancer"),
            ("asset:Laptop", "asset:laptop"),
            ("Problem", "problem"),
            ("asset", "asset"),
            ("Rack: wide", "ci:rack_wide"),
        ] {
            assert_eq!(type_word(written), expected, "{written}");
            assert!(is_type(&type_word(written)));
        }
        assert!(!is_type("ticket") && !is_type("customer"));
        assert_eq!(label("warranty_expiry"), "Warranty expiry");
    }
}
