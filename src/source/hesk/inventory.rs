//! What an installation holds, for `inspect`: counted from what a reading yields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layout;
use crate::model::event::Counts;
use crate::model::{Record, Timestamp};
use crate::source::contract::{
    ColumnInventory, FileInventory, Inventory, Item, ObjectInventory, ReadSummary,
};
use crate::source::finding::FindingTally;

#[derive(Debug, Default)]
struct Counted {
    rows: u64,
    filled: BTreeMap<String, u64>,
    range: Option<(Timestamp, Timestamp)>,
}

/// Counts what a reading yields.
#[derive(Debug, Default)]
pub struct Tally {
    objects: BTreeMap<String, Counted>,
    findings: FindingTally,
}

impl Tally {
    /// Takes one item.
    pub fn take(&mut self, item: &Item) {
        let (word, raw, findings, time) = match item {
            Item::Record(found) => {
                let word = found.key.object().to_owned();
                (word, &found.raw, &found.findings, time_of(&found.record))
            }
            Item::Rejected(row) => {
                let word = row.key.as_ref().map_or(String::new(), |key| key.object().to_owned());
                (word, &row.raw, &row.findings, None)
            }
        };
        findings.iter().cloned().for_each(|finding| self.findings.add(finding));
        let counted = self.objects.entry(word).or_default();
        counted.rows += 1;
        if let Some(time) = time {
            let range = counted.range.get_or_insert((time, time));
            *range = (range.0.min(time), range.1.max(time));
        }
        let cells: BTreeMap<String, Value> = serde_json::from_slice(raw).unwrap_or_default();
        for (column, _) in cells.into_iter().filter(|(_, value)| *value != "") {
            *counted.filled.entry(column).or_default() += 1;
        }
    }

    /// Adds counts of the reading.
    pub fn complete(
        mut self,
        summary: ReadSummary,
        files: Vec<FileInventory>,
        expected: &Counts,
    ) -> Inventory {
        summary.findings.into_iter().for_each(|finding| self.findings.add(finding));
        let mut objects = Vec::new();
        for layout in layout::OBJECTS {
            let Some(count) = summary.objects.get(layout.object).copied() else { continue };
            let counted = self.objects.remove(layout.word).unwrap_or_default();
            let column = |(column, filled): (String, u64)| ColumnInventory {
                headers: vec![column.clone()],
                known: !column.starts_with("custom"),
                column,
                filled,
                rows: counted.rows,
                cell: "text".to_owned(),
                words: BTreeMap::new(),
            };
            objects.push(ObjectInventory {
                object: layout.object.to_owned(),
                kind: layout.kind,
                count,
                expected: expected.get(layout.object).copied(),
                columns: counted.filled.into_iter().map(column).collect(),
                from: counted.range.map(|range| range.0),
                to: counted.range.map(|range| range.1),
            });
        }
        Inventory { objects, files, findings: self.findings.into_groups() }
    }
}

fn time_of(record: &Record) -> Option<Timestamp> {
    match record {
        Record::Contact(contact) => contact.created_at,
        Record::Conversation(conversation) => conversation.created_at,
        Record::Message(message) => message.created_at,
        Record::Article(article) => article.created_at,
        _ => None,
    }
}
