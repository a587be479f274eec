//! What only people can rebuild: service catalogue, agreements, reports, lists.

use std::collections::BTreeMap;

use super::columns::{catalogue_item, listed, sla_policy};
use super::people::name;
use crate::model::record::{ConfigurationItem, FieldValue};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::layout::Cell;
use crate::source::finding::Code;

/// An item with all that is said of it, by the slots of its name, its own words and whether it is
/// in use.
fn item(
    cells: &mut Cells<'_>,
    kind: &str,
    name_slot: usize,
    active_slot: Option<usize>,
) -> Option<ConfigurationItem> {
    let name = name(cells, name_slot)?;
    let layout = cells.layout;
    let mut details: BTreeMap<String, String> = BTreeMap::new();
    for (field, value) in cells.fields() {
        details.insert(field, text(&value));
    }
    for (slot, column) in layout.columns.iter().enumerate() {
        if slot == name_slot || active_slot == Some(slot) {
            continue;
        }
        let said = match column.cell {
            Cell::Json => cells.json(slot),
            Cell::FieldPairs | Cell::Children => None,
            _ => cells.string(slot),
        };
        if let Some(said) = said {
            details.insert(column.name.to_owned(), said);
        }
    }
    let active = active_slot.and_then(|slot| cells.boolean(slot));
    Some(ConfigurationItem { kind: kind.to_owned(), name, active, details })
}

fn text(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Decimal(text) | FieldValue::Date(text) => text.clone(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::DateTime(time) => time.to_rfc3339(),
        FieldValue::List(words) => words.join(", "),
    }
}

/// An item of the service catalogue.
pub(super) fn catalogue_item(cells: &mut Cells<'_>) -> Option<ConfigurationItem> {
    let active = Some(catalogue_item::ACTIVE);
    item(cells, "service_catalogue", catalogue_item::NAME, active)
}

/// An agreement on response and resolution.
pub(super) fn sla_policy(cells: &mut Cells<'_>) -> Option<ConfigurationItem> {
    item(cells, "sla_policy", sla_policy::NAME, Some(sla_policy::ACTIVE))
}

/// A report, department, location or partner.
pub(super) fn listed(cells: &mut Cells<'_>, kind: &str) -> Option<ConfigurationItem> {
    let item = item(cells, kind, listed::NAME, None)?;
    if kind == "saved_report" {
        cells.note(Code::ByHand, "Nothing can read saved reports: only the list of them moves.");
    }
    Some(item)
}
