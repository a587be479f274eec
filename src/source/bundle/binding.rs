//! Which column of a file means what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::header;
use super::layout::{Cell, ObjectLayout};
use super::span::Span;
use crate::model::canonical_json::write_text;
use crate::source::finding::{Code, Finding};

/// By normalised header: our column.
pub type Mapped = BTreeMap<String, String>;

/// A column that becomes a custom field.
#[derive(Debug, PartialEq, Eq)]
pub struct ExtraColumn {
    /// Key of the field.
    pub key: String,
    /// Label as written.
    pub label: String,
}

impl ExtraColumn {
    /// From a label.
    pub(super) fn of(label: &str) -> Arc<Self> {
        let label = label.trim();
        Arc::new(Self { key: header::field_key(label), label: label.to_owned() })
    }
}

/// The columns of one table.
#[derive(Debug)]
pub struct TableBinding {
    /// Headers as written.
    pub headers: Vec<String>,
    /// Known columns: slot, and the table's columns that mean it, best alias first.
    pub(super) slots: Vec<(usize, Vec<usize>)>,
    /// Columns that become custom fields.
    pub(super) extras: Vec<(usize, Arc<ExtraColumn>)>,
    /// Columns in the order of their names in canonical JSON, each with `"name":`.
    order: Vec<(usize, String)>,
}

impl TableBinding {
    /// Binds the headers of a table to an object's columns.
    pub(super) fn new(
        layout: &ObjectLayout,
        mapped: Option<&Mapped>,
        headers: Vec<String>,
        file: &str,
        line: u64,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let note = |code, reason: String, header: &str| {
            Finding::new(code, reason).at(file, line).object(layout.object).column(header)
        };
        let mut slots: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        let mut extras = Vec::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (index, text) in headers.iter().enumerate() {
            let form = header::normalise(text);
            if !form.is_empty() && seen.insert(form.clone(), index).is_some() {
                let reason = "Two columns have this header.".to_owned();
                findings.push(note(Code::DuplicateHeader, reason, text));
            }
            let custom = header::custom_label(text);
            let ours = mapped.and_then(|map| map.get(&form));
            // `custom_fields` is a column of its own, not the field `fields`.
            let bound = match ours {
                Some(ours) => layout.slot(ours).map(|slot| (slot, 0)),
                None => layout.column_of(&form),
            };
            // A table cannot hold embedded records: a column of that name is something else.
            let bound = bound.filter(|&(slot, _)| layout.columns[slot].cell != Cell::Children);
            if let Some((slot, rank)) = bound {
                slots.entry(slot).or_default().push((rank, index));
            } else if layout.unused.iter().any(|name| header::normalise(name) == form) {
                let reason = "The column is known and not carried over.".to_owned();
                findings.push(note(Code::UnusedBranch, reason, text));
            } else if layout.fields_of.is_some() {
                let label = ours.map(String::as_str).or(custom);
                let label = label.map_or_else(|| shown(text, index), str::to_owned);
                extras.push((index, ExtraColumn::of(&label)));
            } else if !form.is_empty() {
                let reason = "The column is not known and the object has no custom fields.";
                findings.push(note(Code::UnknownColumn, reason.to_owned(), text));
            }
        }
        for columns in slots.values_mut() {
            columns.sort_unstable();
            for &(_, index) in columns.iter().skip(1) {
                let reason = format!("{:?} means the same column.", headers[columns[0].1]);
                findings.push(note(Code::ColumnShadowed, reason, &headers[index]));
            }
        }
        if layout.id_required && !slots.contains_key(&0) {
            let reason = format!("No column means {:?}.", layout.columns[0].name);
            findings.push(note(Code::KeyColumnMissing, reason, layout.columns[0].name));
        }
        let slots = slots
            .into_iter()
            .map(|(slot, columns)| (slot, columns.into_iter().map(|(_, index)| index).collect()))
            .collect();
        let order = canonical_order(&headers);
        Self { headers, slots, extras, order }
    }

    /// The cells as canonical JSON.
    pub(super) fn raw(&self, text: &str, cells: &[Span]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + self.order.len() * 24);
        out.push(b'{');
        for (index, name) in &self.order {
            let cell = cells
                .get(*index)
                .filter(|span| !span.is_absent())
                .and_then(|span| text.get(span.start as usize..span.end as usize))
                .unwrap_or_default();
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
            write_text(&mut out, cell);
        }
        out.push(b'}');
        out
    }

    /// The header under which a slot stands in this table.
    pub(super) fn header_of(&self, slot: usize) -> Option<&str> {
        let (_, columns) = self.slots.iter().find(|(found, _)| *found == slot)?;
        self.headers.get(*columns.first()?).map(String::as_str)
    }

    /// True if a known column with such cells is there.
    pub(super) fn has_cell(&self, layout: &ObjectLayout, cell: Cell) -> bool {
        self.slots.iter().any(|(slot, _)| layout.columns[*slot].cell == cell)
    }
}

fn shown(header: &str, index: usize) -> String {
    let header = header.trim();
    if header.is_empty() { format!("column {}", index + 1) } else { header.to_owned() }
}

/// RFC 8785 sorts names by UTF-16 units. Equal headers are told apart, since JSON cannot hold both.
fn canonical_order(headers: &[String]) -> Vec<(usize, String)> {
    let mut names: Vec<(Vec<u16>, usize, String)> = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let mut name = header.clone();
        while headers.iter().take(index).any(|other| *other == name)
            || names.iter().any(|(_, _, other)| *other == name)
        {
            name = format!("{name}#{}", index + 1);
        }
        names.push((name.encode_utf16().collect(), index, name));
    }
    names.sort_unstable();
    names.into_iter().map(|(_, index, name)| (index, format!("{}:", Quoted(&name)))).collect()
}

struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self.0).map_err(|_| std::fmt::Error)?)
    }
}
