//! Configuration items, assets, changes, releases, problems.

use super::incident::note_end;
use super::link;
use super::memory::Memory;
use super::plan::{Plan, custom_name, is_reserved};
use super::resolve::key;
use crate::model::Record;
use crate::model::record::{FieldValue, Fields, ObjectInstance};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::layout::Cell;
use crate::source::bundle::owner::fields_owner;
use crate::source::finding::Code;

/// An instance of a custom object.
pub(super) fn instance(memory: &mut Memory, cells: &mut Cells<'_>, plan: &Plan) -> Outcome {
    let Some(id) = cells.row.id(0).map(str::to_owned) else { return Outcome::Reject(None) };
    if is_reserved(&id) {
        cells.note_cell(Code::IdReserved, 0, "An instance of this id cannot be found again.");
        return Outcome::Reject(None);
    }
    let Some(key) = key(plan.kind.word(), &id) else { return Outcome::Reject(None) };
    let Some(name) = plan.names.iter().find_map(|&slot| cells.string(slot)) else {
        cells.note_cell(Code::NameMissing, plan.names[0], "The record has no name.");
        return Outcome::Reject(Some(key));
    };
    for &(slot, kind) in plan.links {
        for text in link::ids(cells.row, slot) {
            let (found, meaning) = memory.links.find(kind, &text);
            note_end(memory, cells, (slot, found), &text, meaning);
        }
    }
    let owner = fields_owner(cells.layout, cells.row);
    let record = ObjectInstance {
        object_type: owner.map_or_else(|| plan.kind.word().to_owned(), |owner| owner.into_owned()),
        name,
        fields: fields(cells, plan),
        references: memory.links.references(plan.kind, &id),
        created_at: cells.time(plan.created),
        updated_at: cells.time(plan.updated),
    };
    Outcome::Record(Made { key, natural: None, record: Record::from(record) })
}

fn fields(cells: &mut Cells<'_>, plan: &Plan) -> Fields {
    let layout = cells.layout;
    let custom = cells.fields().into_iter();
    let mut fields: Fields = custom.map(|(name, it)| (custom_name(layout, &name), it)).collect();
    for slot in (0..layout.columns.len()).filter(|&slot| plan.is_field(layout, slot)) {
        if let Some(value) = value(cells, slot) {
            fields.insert(layout.columns[slot].name.to_owned(), value);
        }
    }
    fields
}

fn value(cells: &mut Cells<'_>, slot: usize) -> Option<FieldValue> {
    match cells.layout.columns[slot].cell {
        Cell::Integer => cells.integer(slot).map(FieldValue::Integer),
        Cell::Decimal => cells.decimal(slot).map(FieldValue::Decimal),
        Cell::Boolean => cells.boolean(slot).map(FieldValue::Boolean),
        Cell::Date => cells.day(slot).map(FieldValue::Date),
        Cell::DateTime => cells.deadline(slot).map(FieldValue::DateTime),
        Cell::Email => {
            let emails = cells.emails(slot);
            (!emails.is_empty()).then(|| FieldValue::Text(emails.join(", ")))
        }
        Cell::List => {
            let words = cells.list(slot, "full_name");
            (!words.is_empty()).then_some(FieldValue::List(words))
        }
        _ => cells.string(slot).map(FieldValue::Text),
    }
}
