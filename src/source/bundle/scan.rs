//! The rows of a part, streamed, whatever form it is written in.

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::binding::{Mapped, TableBinding};
use super::container::Entry;
use super::header;
use super::inline::{self, Keep};
use super::json::{self, Found};
use super::layout::Cell;
use super::layout::ObjectLayout;
use super::quotes::Quotes;
use super::row::Row;
use super::sheet;
use super::survey::{Bundle, Form, Part};
use super::table::{Dialect, Table, TableFault};
use super::text::{self, Encoding, Mended};
use super::tree::{TreeBinding, field_pairs};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// What a scan meets.
pub enum Scanned<'a> {
    /// The header of a table.
    Header(&'a Arc<TableBinding>),
    /// A row.
    Row(&'a mut Row),
    /// A row of a template that shows how to fill it in, with its line.
    Example(u64),
    /// Cells that are no row: their canonical JSON, and why.
    Bad(Vec<u8>, Finding),
    /// Something about the part as a whole; met again in every scan.
    Note(Finding),
    /// How many records the part claims to hold.
    Total(u64),
}

/// Takes what a scan meets.
pub type Visit<'a> = dyn FnMut(Scanned<'_>) -> ControlFlow<()> + 'a;

type Flow = Result<ControlFlow<()>, SourceError>;

impl Bundle {
    /// Streams the rows of a part.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn scan(&self, part: usize, visit: &mut Visit<'_>) -> Flow {
        self.scan_keeping(part, None, visit)
    }

    /// Streams the rows of a part and hands the bytes of embedded documents to `keep`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn scan_keeping(
        &self,
        index: usize,
        keep: Option<&mut Keep<'_>>,
        visit: &mut Visit<'_>,
    ) -> Flow {
        let Some(part) = self.parts.get(index) else { return Ok(ControlFlow::Continue(())) };
        let layout = &self.config.objects[part.object];
        let mut row = Row::new(Arc::clone(&part.name), index, layout.columns.len());
        row.whole_ids = self.manifest.whole_ids == Some(true);
        let mut scan = Scan { bundle: self, part, layout, row, keep, visit };
        match &part.form {
            Form::Table { dialect, encoding } => scan.table(*dialect, *encoding),
            Form::Json { lines, encoding } => scan.json(*lines, *encoding),
            Form::Sheet(name) => scan.sheet(name),
            Form::Embedded { outer, embedding } => scan.embedded(*outer, *embedding),
        }
    }
}

struct Scan<'a, 'k, 'v> {
    bundle: &'a Bundle,
    part: &'a Part,
    layout: &'a ObjectLayout,
    row: Row,
    keep: Option<&'a mut Keep<'k>>,
    visit: &'a mut Visit<'v>,
}

impl Scan<'_, '_, '_> {
    fn entry(&self) -> &Entry {
        &self.bundle.container.entries()[self.part.entry]
    }

    fn mapped(&self) -> Option<&Mapped> {
        self.bundle.manifest.columns.get(self.layout.object)
    }

    fn note(&mut self, code: Code, line: u64, reason: String) -> ControlFlow<()> {
        let finding = Finding::new(code, reason).at(&self.part.name, line);
        (self.visit)(Scanned::Note(finding.object(self.layout.object)))
    }

    fn table(&mut self, dialect: Dialect, encoding: Encoding) -> Flow {
        let entry = self.entry().clone();
        let failed = |cause| SourceError::Read { path: entry.path.clone(), cause };
        let container = &self.bundle.container;
        let (mended, quotes) = (Mended::default(), Quotes::default());
        let headers_at = self.bundle.manifest.header_row(&self.part.name);
        let result = container.with_reader(&entry, |content| {
            let text = text::mending(encoding, Box::new(content), &mended);
            let text = quotes.watching(text, dialect);
            let mut table = Table::new(text, dialect).map_err(TableFault::Io)?;
            let mut binding: Option<Arc<TableBinding>> = None;
            table.for_each(&mut |record, line| match &binding {
                None if line < headers_at => ControlFlow::Continue(()),
                None => {
                    let headers = record.cells().map(str::to_owned).collect();
                    let (bound, flow) = self.header(headers, line);
                    binding = Some(bound);
                    flow
                }
                Some(binding) => {
                    self.cells(binding, record.text(), record.ranges(), record.count(), line)
                }
            })
        })?;
        let flow = match result {
            Ok(flow) => flow,
            Err(TableFault::Io(cause)) => return Err(failed(cause)),
            Err(TableFault::RowTooLarge(line)) => {
                let reason = "The row is larger than 64 MB; nothing after it was read.";
                self.note(Code::RowTooLarge, line, reason.to_owned())
            }
        };
        if flow.is_break() || self.mended_notes(&mended).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(self.quote_notes(&quotes))
    }

    /// What was mended in the text; where it was replaced, the columns tell.
    fn mended_notes(&mut self, mended: &Mended) -> ControlFlow<()> {
        let controls = mended.controls();
        if let Some(&line) = controls.lines.first() {
            let lines: Vec<String> = controls.lines.iter().map(u64::to_string).collect();
            let count = controls.count;
            let reason = format!("{count} control characters; lines {}.", lines.join(", "));
            self.note(Code::ControlRemoved, line, reason)?;
        }
        ControlFlow::Continue(())
    }

    /// Quotes that do not close where a cell ends.
    fn quote_notes(&mut self, quotes: &Quotes) -> ControlFlow<()> {
        for fault in quotes.faults() {
            let (code, line) = (fault.code(), fault.opened);
            self.note(code, line, fault.to_string())?;
        }
        ControlFlow::Continue(())
    }

    fn header(
        &mut self,
        mut headers: Vec<String>,
        line: u64,
    ) -> (Arc<TableBinding>, ControlFlow<()>) {
        for header in &mut headers {
            if header.starts_with('\u{FEFF}') {
                header.drain(..'\u{FEFF}'.len_utf8());
            }
        }
        let mut findings = Vec::new();
        let mapped = self.bundle.manifest.columns.get(self.layout.object);
        let name = &self.part.name;
        let binding = TableBinding::new(self.layout, mapped, headers, name, line, &mut findings);
        let binding = Arc::new(binding);
        let mut flow = (self.visit)(Scanned::Header(&binding));
        for finding in findings {
            if flow.is_continue() {
                flow = (self.visit)(Scanned::Note(finding));
            }
        }
        (binding, flow)
    }

    fn cells(
        &mut self,
        binding: &Arc<TableBinding>,
        text: &str,
        ranges: impl Iterator<Item = std::ops::Range<usize>> + Clone,
        count: usize,
        line: u64,
    ) -> ControlFlow<()> {
        if count != binding.headers.len() {
            if text.trim().is_empty() {
                return ControlFlow::Continue(());
            }
            let cells: Vec<&str> = ranges.filter_map(|range| text.get(range)).collect();
            let reason = format!("{count} cells under {} headers.", binding.headers.len());
            let finding = Finding::new(Code::RaggedRow, reason).at(&self.part.name, line);
            let raw = crate::model::canonical_json(&cells).unwrap_or_default();
            return (self.visit)(Scanned::Bad(raw, finding.object(self.layout.object)));
        }
        self.row.clear(line);
        if !self.row.fill_cells(binding, text, ranges) {
            return ControlFlow::Continue(());
        }
        if self.row.is_example(self.layout) {
            return (self.visit)(Scanned::Example(line));
        }
        if binding.has_cell(self.layout, Cell::FieldPairs) {
            self.pairs_from_text();
        }
        (self.visit)(Scanned::Row(&mut self.row))
    }

    /// A cell with custom fields as JSON.
    fn pairs_from_text(&mut self) {
        let slots = self.layout.columns.iter().enumerate();
        for (slot, _) in slots.filter(|(_, column)| column.cell == Cell::FieldPairs) {
            let Some(text) = self.row.text(slot) else { continue };
            match serde_json::from_str::<Value>(text) {
                Ok(value) => field_pairs(&mut self.row, &value),
                Err(error) => {
                    let finding = Finding::new(Code::FieldValueOdd, format!("No JSON: {error}."))
                        .column(self.layout.columns[slot].name)
                        .value(text);
                    self.row.findings.push(finding);
                }
            }
        }
    }

    fn sheet(&mut self, name: &str) -> Flow {
        let entry = self.entry().clone();
        let file = self.bundle.container.open_seekable(&entry)?;
        let mut binding: Option<Arc<TableBinding>> = None;
        let mut text = String::new();
        let mended = Mended::default();
        let headers_at = self.bundle.manifest.header_row(&self.part.name);
        let read = sheet::open(file).and_then(|mut workbook| {
            sheet::read(&mut workbook, name, &mut |cells, line| match &binding {
                None if line < headers_at => ControlFlow::Continue(()),
                None => {
                    let end = cells.iter().rposition(|text| !text.is_empty());
                    let headers = cells[..end.map_or(0, |end| end + 1)].to_vec();
                    let (bound, flow) = self.header(headers, line);
                    binding = Some(bound);
                    flow
                }
                Some(binding) => {
                    // A sheet has no ragged rows; cells after the last header count only if filled.
                    let filled = cells.iter().rposition(|text| !text.is_empty());
                    let count = filled.map_or(0, |end| end + 1).max(binding.headers.len());
                    text.clear();
                    let mut ranges = Vec::with_capacity(count);
                    for index in 0..count {
                        let start = text.len();
                        let cell = cells.get(index).map_or("", String::as_str);
                        text.push_str(&text::mend(cell, line, &mended));
                        ranges.push(start..text.len());
                    }
                    self.cells(binding, &text, ranges.into_iter(), count, line)
                }
            })
        });
        let flow = match read {
            Ok(flow) => flow,
            Err(error) => {
                let reason = format!("The sheet cannot be read to its end: {error}.");
                self.note(Code::FileDamaged, 1, reason)
            }
        };
        Ok(if flow.is_break() { flow } else { self.mended_notes(&mended) })
    }

    fn json(&mut self, lines: bool, encoding: Encoding) -> Flow {
        let layout = self.layout;
        let mapped = self.mapped().cloned();
        let mut binding = TreeBinding::new(layout, mapped.as_ref());
        let mended = Mended::default();
        let said = (encoding, &mended);
        let flow = self.records(layout, lines, said, &mut |scan, found, number| {
            scan.found(&mut binding, found, number)
        })?;
        if flow.is_break() || self.mended_notes(&mended).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(self.tree_notes(&binding))
    }

    fn tree_notes(&mut self, binding: &TreeBinding<'_>) -> ControlFlow<()> {
        if !binding.unused.is_empty() {
            let paths: Vec<&str> = binding.unused.iter().map(String::as_str).collect();
            let reason =
                format!("Embedded values that are not carried over: {}.", paths.join(", "));
            self.note(Code::UnusedBranch, 1, reason)?;
        }
        for path in &binding.unknown {
            let reason = "The path is not known and the object has no custom fields.";
            let finding = Finding::new(Code::UnknownColumn, reason).at(&self.part.name, 1);
            (self.visit)(Scanned::Note(finding.object(self.layout.object).column(path)))?;
        }
        ControlFlow::Continue(())
    }

    fn records(
        &mut self,
        layout: &ObjectLayout,
        lines: bool,
        (encoding, mended): (Encoding, &Mended),
        take: &mut dyn FnMut(&mut Self, Found, u64) -> ControlFlow<()>,
    ) -> Flow {
        let entry = self.entry().clone();
        let names =
            std::iter::once(&layout.object).chain(layout.stems).chain(self.bundle.config.envelopes);
        let stems: BTreeSet<String> = names.map(|name| header::stem(name)).collect();
        let read = self.bundle.container.with_reader(&entry, |content| {
            let text: Box<dyn Read> = text::mending_json(encoding, Box::new(content), mended);
            json::read(text, lines, &stems, &mut |found, number| take(self, found, number))
        })?;
        let flow = match read {
            Ok(flow) => flow,
            Err(error) => {
                let reason = format!("No JSON from here on: {error}.");
                self.note(Code::JsonSyntax, 1, reason)
            }
        };
        Ok(flow)
    }

    fn found(
        &mut self,
        binding: &mut TreeBinding<'_>,
        found: Found,
        number: u64,
    ) -> ControlFlow<()> {
        match found {
            Found::Record(record) => {
                self.row.clear(number);
                let mut record = Value::Object(record);
                inline::replace_contents(
                    &mut record,
                    self.bundle.config.content_keys,
                    &mut self.keep.as_deref_mut(),
                );
                if let Value::Object(record) = record {
                    binding.fill(&mut self.row, record);
                }
                (self.visit)(Scanned::Row(&mut self.row))
            }
            Found::Other(value) => {
                let finding = Finding::new(Code::NotAnObject, "Not a JSON object.")
                    .at(&self.part.name, number)
                    .object(self.layout.object);
                let raw = crate::model::canonical_json(&value).unwrap_or_default();
                (self.visit)(Scanned::Bad(raw, finding))
            }
            Found::BadLine { error, line } => {
                let finding = Finding::new(Code::JsonLineSyntax, format!("No JSON: {error}."))
                    .at(&self.part.name, number)
                    .object(self.layout.object);
                let raw = crate::model::canonical_json(&line).unwrap_or_default();
                (self.visit)(Scanned::Bad(raw, finding))
            }
            Found::RepeatedKey(key) => {
                let reason = "The record has this key more than once.".to_owned();
                let finding = Finding::new(Code::RepeatedKey, reason).at(&self.part.name, number);
                (self.visit)(Scanned::Note(finding.object(self.layout.object).column(&key)))
            }
            Found::Unread(key) => {
                let reason = format!("The envelope also holds {key:?}, which is not read.");
                self.note(Code::UnknownFile, number.max(1), reason)
            }
            Found::Total(total) => (self.visit)(Scanned::Total(total)),
        }
    }

    /// Records inside the records of another part. Faults of that part are told when it is read
    /// itself.
    fn embedded(&mut self, outer: usize, embedding: usize) -> Flow {
        let Some(outer) = self.bundle.parts.get(outer) else {
            return Ok(ControlFlow::Continue(()));
        };
        let Form::Json { lines, encoding } = outer.form else {
            return Ok(ControlFlow::Continue(()));
        };
        let outer_layout = &self.bundle.config.objects[outer.object];
        let embedded = self.layout.embedded[embedding];
        let parent_name = self.layout.columns[embedded.parent].name;
        let mut outer_row =
            Row::new(Arc::clone(&outer.name), embedding, outer_layout.columns.len());
        outer_row.whole_ids = self.row.whole_ids;
        let outer_mapped = self.bundle.manifest.columns.get(outer_layout.object).cloned();
        let mut outer_binding = TreeBinding::new(outer_layout, outer_mapped.as_ref());
        let mapped = self.mapped().cloned();
        let mut binding = TreeBinding::new(self.layout, mapped.as_ref());
        let unsaid = Mended::default();
        let said = (encoding, &unsaid);
        let flow = self.records(outer_layout, lines, said, &mut |scan, found, number| {
            let Found::Record(record) = found else { return ControlFlow::Continue(()) };
            outer_row.clear(number);
            outer_binding.fill(&mut outer_row, record);
            let children = outer_row.take_tree(embedded.column);
            let Some(Value::Array(children)) = children else {
                return ControlFlow::Continue(());
            };
            let parent = outer_row.id(0).unwrap_or_default();
            for child in children {
                let found = match child {
                    Value::Object(child) => Found::Record(with_parent(child, parent_name, parent)),
                    other => Found::Other(other),
                };
                scan.found(&mut binding, found, number)?;
            }
            ControlFlow::Continue(())
        })?;
        if flow.is_break() {
            return Ok(flow);
        }
        Ok(self.tree_notes(&binding))
    }
}

fn with_parent(mut child: Map<String, Value>, name: &str, parent: &str) -> Map<String, Value> {
    if !parent.is_empty() && !child.contains_key(name) {
        child.insert(name.to_owned(), Value::String(parent.to_owned()));
    }
    child
}
