//! Hand-off documents that are imported or filled in elsewhere, as tables: saved replies for the
//! import of macros, SLA policies.

use std::collections::BTreeSet;

use super::cell::csv_of;
use super::error::ReportError;
use super::handoff::Documents;
use crate::mapping::Context as Rules;
use crate::mapping::document::{SAVED_REPLIES, WORKFLOWS};
use crate::mapping::instruction::macro_of;
use crate::model::Record;
use crate::model::record::ConfigurationItem;

/// Kind of the items that are SLA policies.
const SLA: &str = "sla_policy";

/// A table with its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// File name without its ending.
    pub stem: &'static str,
    /// Rows; the first holds the headers.
    pub rows: Vec<Vec<String>>,
}

/// The tables of a hand-off, by the rules in force.
pub fn tables(documents: &Documents, rules: &Rules) -> Vec<Table> {
    let found = [macros(documents, rules), policies(documents)];
    found.into_iter().filter(|table| table.lines() > 0).collect()
}

fn records<'a>(documents: &'a Documents, document: &str) -> impl Iterator<Item = Record> + 'a {
    let items = documents.get(document).into_iter().flatten();
    items.filter_map(|item| serde_json::from_value(item.record.clone()?).ok())
}

/// Saved replies as the import of macros wants them (decision C-9 says where the category goes).
fn macros(documents: &Documents, rules: &Rules) -> Table {
    let header = ["name", "description", "text", "html", "visible_to", "placeholders"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for record in records(documents, SAVED_REPLIES) {
        let Record::SavedReply(reply) = record else { continue };
        let made = macro_of(&reply, rules);
        let visible_to = reply.visible_to.unwrap_or_default();
        let placeholders = reply.placeholders.join(" ");
        let description = made.description.unwrap_or_default();
        rows.push(vec![made.name, description, made.text, made.html, visible_to, placeholders]);
    }
    Table { stem: "saved_replies", rows }
}

/// SLA policies with all that the source says of them.
fn policies(documents: &Documents) -> Table {
    let policies: Vec<ConfigurationItem> = records(documents, WORKFLOWS)
        .filter_map(|record| match record {
            Record::ConfigurationItem(item) if item.kind == SLA => Some(item),
            _ => None,
        })
        .collect();
    let details: BTreeSet<&String> = policies.iter().flat_map(|item| item.details.keys()).collect();
    let header = ["name", "active"].into_iter().chain(details.iter().map(|name| name.as_str()));
    let mut rows = vec![header.map(str::to_owned).collect::<Vec<_>>()];
    for item in &policies {
        let active = item.active.map(|active| active.to_string()).unwrap_or_default();
        let said = |name: &&String| item.details.get(*name).cloned().unwrap_or_default();
        let own = [item.name.clone(), active].into_iter();
        rows.push(own.chain(details.iter().map(said)).collect());
    }
    Table { stem: "sla_policies", rows }
}

impl Table {
    /// As CSV; cells that a spreadsheet would take for a formula begin with an apostrophe.
    ///
    /// # Errors
    /// If a row cannot be written.
    pub fn csv(&self) -> Result<Vec<u8>, ReportError> {
        csv_of(&self.rows)
    }

    /// Rows below the header.
    pub fn lines(&self) -> u64 {
        self.rows.len().saturating_sub(1) as u64
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::handoff::Item;

    #[test]
    fn policies_have_a_column_for_all_that_is_said() {
        let item = |record: Value| Item {
            key: "infraon/sla_policy/1".into(),
            remark: String::new(),
            record: Some(record),
        };
        let policy = |name: &str, details: Value| {
            item(serde_json::json!({
                "record": "configuration_item", "kind": "sla_policy", "name": name,
                "active": true, "details": details,
            }))
        };
        let items = vec![
            policy("Gold", serde_json::json!({ "priority": "High" })),
            policy("=Silver", serde_json::json!({ "applies_to": "-5" })),
        ];
        let documents = Documents::from([(WORKFLOWS.to_owned(), items)]);
        let csv = String::from_utf8(policies(&documents).csv().unwrap()).unwrap();
        assert_eq!(csv, "name,active,applies_to,priority\nGold,true,,High\n'=Silver,true,-5,\n");
    }
}
