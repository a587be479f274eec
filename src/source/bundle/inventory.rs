//! What is in an export, for `inspect`.

use std::collections::BTreeMap;

use super::layout::Cell;
use super::study::Study;
use super::survey::{Bundle, Config};
use crate::model::record::Record;
use crate::model::{RecordKind, Timestamp};
use crate::source::contract::{ColumnInventory, Item, ObjectCount, ObjectInventory, ReadSummary};
use crate::source::finding::{Finding, FindingGroup, FindingTally};

/// Counts what a reading yields.
#[derive(Debug, Default)]
pub(super) struct InventoryTally {
    times: BTreeMap<(RecordKind, String), (Timestamp, Timestamp)>,
    findings: FindingTally,
}

impl InventoryTally {
    /// Takes one item.
    pub(super) fn take(&mut self, item: &Item) {
        match item {
            Item::Record(found) => {
                if let Some(time) = time_of(&found.record) {
                    let object = found.key.object();
                    let key = (found.record.kind(), object.to_owned());
                    let range = self.times.entry(key).or_insert((time, time));
                    *range = (range.0.min(time), range.1.max(time));
                }
                found.findings.iter().cloned().for_each(|finding| self.findings.add(finding));
            }
            Item::Rejected(row) => {
                row.findings.iter().cloned().for_each(|finding| self.findings.add(finding));
            }
        }
    }

    /// Adds counts and times to what the study knows.
    pub(super) fn complete(
        &self,
        mut objects: Vec<ObjectInventory>,
        summary: &ReadSummary,
        config: &Config,
    ) -> Vec<ObjectInventory> {
        for object in &mut objects {
            object.count = summary.objects.get(&object.object).copied().unwrap_or_default();
            let layout = config.objects.iter().find(|layout| layout.object == object.object);
            for ((kind, word), (from, to)) in &self.times {
                let ours = layout.is_some_and(|layout| {
                    layout.kind == *kind
                        && (layout.has_stem(word) || layout.object.starts_with(word.as_str()))
                });
                if ours {
                    (object.from, object.to) = (Some(*from), Some(*to));
                }
            }
        }
        objects
            .retain(|object| object.count != ObjectCount::default() || object.expected.is_some());
        objects
    }

    /// All findings, grouped.
    pub(super) fn findings(mut self, more: Vec<Finding>) -> Vec<FindingGroup> {
        more.into_iter().for_each(|finding| self.findings.add(finding));
        self.findings.into_groups()
    }
}

/// Objects and columns as the study knows them.
pub(super) fn objects(study: &Study, bundle: &Bundle) -> Vec<ObjectInventory> {
    let all = bundle.config.objects.iter().enumerate();
    all.map(|(index, layout)| {
        let parts: Vec<usize> =
            (0..bundle.parts.len()).filter(|&part| bundle.parts[part].object == index).collect();
        let rows = parts.iter().map(|&part| study.parts[part].rows).sum();
        let mut columns = Vec::new();
        for (slot, column) in layout.columns.iter().enumerate() {
            let mut words: BTreeMap<String, u64> = BTreeMap::new();
            let mut headers: Vec<String> = Vec::new();
            let mut filled = 0;
            for profile in parts.iter().map(|&part| &study.parts[part]) {
                filled += profile.columns[slot].filled;
                for (word, count) in &profile.columns[slot].words {
                    *words.entry(word.clone()).or_default() += count;
                }
                if let Some(header) = profile.headers.get(&slot).filter(|h| !headers.contains(h)) {
                    headers.push(header.clone());
                }
            }
            if column.cell != Cell::Children && (filled > 0 || !headers.is_empty()) {
                let cell = column.cell.word().to_owned();
                let column = column.name.to_owned();
                columns.push(ColumnInventory {
                    column,
                    headers,
                    filled,
                    rows,
                    known: true,
                    cell,
                    words,
                });
            }
        }
        let known = &study.objects[index];
        let fields = known.fields.iter();
        for (of, key, (column, profile)) in
            fields.flat_map(|(of, fields)| fields.iter().map(move |(key, field)| (of, key, field)))
        {
            let rule = known.field_rules.get(of).and_then(|rules| rules.get(key));
            let typed = layout.typed.is_some();
            columns.push(ColumnInventory {
                column: if typed { format!("{of}.{key}") } else { key.clone() },
                headers: vec![column.label.clone()],
                filled: profile.filled,
                rows,
                known: false,
                cell: rule.map_or("string", |rule| super::infer::word(rule.field_type)).to_owned(),
                words: BTreeMap::new(),
            });
        }
        ObjectInventory {
            object: layout.object.to_owned(),
            kind: layout.kind,
            count: ObjectCount::default(),
            expected: bundle.manifest.expected_counts.get(layout.object).copied(),
            columns,
            from: None,
            to: None,
        }
    })
    .collect()
}

fn time_of(record: &Record) -> Option<Timestamp> {
    match record {
        Record::Contact(contact) => contact.created_at,
        Record::Company(company) => company.created_at,
        Record::Conversation(conversation) => conversation.created_at,
        Record::Message(message) => message.created_at,
        Record::Article(article) => article.created_at,
        Record::Mention(mention) => mention.created_at,
        Record::ObjectInstance(instance) => instance.created_at,
        _ => None,
    }
}
