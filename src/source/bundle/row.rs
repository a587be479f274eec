//! One row of the export, whatever it was read from: known cells by column, the others as custom
//! fields, and the cells as found.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::binding::{ExtraColumn, TableBinding};
use super::cell;
use super::layout::{Cell, ObjectLayout};
use super::span::Span;
use crate::source::finding::Finding;
use crate::source::template::EXAMPLE_MARK;

/// The cells as found.
#[derive(Debug)]
enum Raw {
    Cells(Arc<TableBinding>),
    Json(Value),
}

/// One row of the export.
#[derive(Debug)]
pub struct Row {
    /// File (with its sheet) it stands in.
    pub file: Arc<str>,
    /// Line, row, or number of the JSON record, from 1.
    pub line: u64,
    /// The part of the export it was read from.
    pub part: usize,
    /// What is noteworthy about its form.
    pub findings: Vec<Finding>,
    /// Ids that end in `.0` are whole numbers.
    pub(super) whole_ids: bool,
    pub(super) text: String,
    cells: Vec<Span>,
    slots: Vec<Span>,
    ranks: Vec<u8>,
    extras: Vec<(Arc<ExtraColumn>, Span)>,
    trees: Vec<(usize, Value)>,
    raw: Raw,
}

impl Row {
    /// An empty row with room for `slots` known columns.
    pub(super) fn new(file: Arc<str>, part: usize, slots: usize) -> Self {
        Self {
            file,
            line: 0,
            part,
            findings: Vec::new(),
            whole_ids: false,
            text: String::new(),
            cells: Vec::new(),
            slots: vec![Span::ABSENT; slots],
            ranks: vec![u8::MAX; slots],
            extras: Vec::new(),
            trees: Vec::new(),
            raw: Raw::Json(Value::Null),
        }
    }

    /// All cells' texts in one.
    pub fn all_text(&self) -> &str {
        &self.text
    }

    /// True for a row that shows how a template is filled in: an id, a reference or its first
    /// filled cell begins with [`EXAMPLE_MARK`].
    pub(super) fn is_example(&self, layout: &ObjectLayout) -> bool {
        let marked = |text: &str| text.trim_start().starts_with(EXAMPLE_MARK);
        let ids = layout.columns.iter().enumerate();
        let mut ids = ids.filter(|(_, column)| matches!(column.cell, Cell::Id | Cell::Ref(_)));
        let first = self.cells.iter().find(|span| !span.is_absent());
        let first = first.and_then(|s| self.text.get(s.start as usize..s.end as usize));
        first.is_some_and(marked) || ids.any(|(slot, _)| self.text(slot).is_some_and(marked))
    }

    /// Text of a known column; `None` if it is absent or empty.
    pub fn text(&self, slot: usize) -> Option<&str> {
        let span = self.slots.get(slot).filter(|span| !span.is_absent())?;
        self.text.get(span.start as usize..span.end as usize)
    }

    /// Text of a known column, trimmed; `None` if nothing is left.
    pub fn trimmed(&self, slot: usize) -> Option<&str> {
        self.text(slot).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Typed cell of a known column, trimmed; `None` if it is or means empty.
    pub fn typed(&self, slot: usize) -> Option<&str> {
        self.text(slot).and_then(cell::typed)
    }

    /// Id in a known column.
    pub fn id(&self, slot: usize) -> Option<&str> {
        let id = self.text(slot).and_then(cell::id)?;
        Some(if self.whole_ids { cell::whole_id(id).unwrap_or(id) } else { id })
    }

    /// Nested value of a known column.
    pub fn tree(&self, slot: usize) -> Option<&Value> {
        self.trees.iter().find(|(found, _)| *found == slot).map(|(_, tree)| tree)
    }

    /// Takes the nested value of a known column out of the row.
    pub(super) fn take_tree(&mut self, slot: usize) -> Option<Value> {
        let index = self.trees.iter().position(|(found, _)| *found == slot)?;
        Some(self.trees.swap_remove(index).1)
    }

    /// Custom fields: column and text.
    pub fn extras(&self) -> impl Iterator<Item = (&Arc<ExtraColumn>, &str)> {
        self.extras.iter().filter_map(|(column, span)| {
            if span.is_absent() {
                return None;
            }
            Some((column, self.text.get(span.start as usize..span.end as usize)?))
        })
    }

    /// The cells as found, as canonical JSON (RFC 8785).
    pub fn raw(&self) -> Vec<u8> {
        match &self.raw {
            Raw::Cells(binding) => binding.raw(&self.text, &self.cells),
            Raw::Json(value) => crate::model::canonical_json(value).unwrap_or_default(),
        }
    }

    /// Starts over for the next record.
    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.findings.clear();
        self.text.clear();
        self.cells.clear();
        self.slots.fill(Span::ABSENT);
        self.ranks.fill(u8::MAX);
        self.extras.clear();
        self.trees.clear();
        self.raw = Raw::Json(Value::Null);
    }

    /// Fills the row from the cells of a table: all texts in one, and where each stands.
    /// False if every cell is empty.
    pub(super) fn fill_cells(
        &mut self,
        binding: &Arc<TableBinding>,
        text: &str,
        cells: impl Iterator<Item = Range<usize>>,
    ) -> bool {
        self.text.push_str(text);
        self.cells.extend(cells.map(|range| Span::of(&range)));
        if text.trim().is_empty() {
            return false;
        }
        for (slot, columns) in &binding.slots {
            let found = columns
                .iter()
                .filter_map(|&column| self.cells.get(column))
                .find(|span| !span.is_absent());
            if let (Some(&span), Some(place)) = (found, self.slots.get_mut(*slot)) {
                *place = span;
            }
        }
        for (column, extra) in &binding.extras {
            if let Some(&span) = self.cells.get(*column).filter(|span| !span.is_absent()) {
                self.extras.push((Arc::clone(extra), span));
            }
        }
        self.raw = Raw::Cells(Arc::clone(binding));
        true
    }

    /// Sets a known column unless a better alias has set it.
    pub(super) fn set(&mut self, slot: usize, rank: usize, text: &str) {
        let rank = rank.min(usize::from(u8::MAX) - 1) as u8;
        if text.is_empty() || self.ranks.get(slot).is_none_or(|&found| found <= rank) {
            return;
        }
        let span = self.push(text);
        self.slots[slot] = span;
        self.ranks[slot] = rank;
    }

    /// Adds a nested value.
    pub(super) fn set_tree(&mut self, slot: usize, tree: Value) {
        self.trees.push((slot, tree));
    }

    /// Adds a custom field.
    pub(super) fn add_extra(&mut self, column: Arc<ExtraColumn>, text: &str) {
        let span = self.push(text);
        self.extras.push((column, span));
    }

    /// Sets the record as found.
    pub(super) fn set_raw(&mut self, raw: Value) {
        self.raw = Raw::Json(raw);
    }

    fn push(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        Span::of(&(start..self.text.len()))
    }
}
