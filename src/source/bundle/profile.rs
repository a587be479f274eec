//! What a first reading learns of the columns, and the rules that follow for the second one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::binding::ExtraColumn;
use super::cell::{self, DecimalRule, NumberEvidence, SeparatorEvidence};
use super::date::{DateEvidence, DateRule};
use super::infer::FieldProfile;
use super::layout::{Cell, Column, ObjectLayout};
use super::manifest::Manifest;
use super::row::Row;
use super::text;
use crate::model::markup::{self, Look};
use crate::model::record::BodyFormat;
use crate::source::contract::DateOrder;
use crate::source::finding::{Code, Finding};

/// Distinct words kept of one column; columns of few words have far fewer.
const WORDS_MAX: usize = 200;

/// Lines kept as examples of one doubt.
const LINES_MAX: usize = 5;

/// Lengths at which exporters cut: Excel's cell, and the usual sizes of database columns.
const CUT_LENGTHS: [usize; 8] = [255, 1000, 1024, 4000, 4096, 8000, 32_767, 65_535];

/// A cell of exactly this length is at Excel's limit; one is enough.
const EXCEL_CELL_CHARS: usize = 32_767;

/// As many cells of one length and none longer make a cut probable.
const CUT_CELLS_MIN: u64 = 3;

/// Something seen in some rows.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The first few lines.
    pub lines: Vec<u64>,
}

impl Seen {
    fn at(&mut self, line: u64) {
        self.count += 1;
        if self.lines.len() < LINES_MAX {
            self.lines.push(line);
        }
    }

    /// The first few lines, in words.
    pub fn lines(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(u64::to_string).collect();
        lines.join(", ")
    }
}

/// What the bodies of a column say about its format.
#[derive(Clone, Debug, Default)]
pub struct BodyEvidence {
    html: u64,
    text: u64,
    /// Bodies that are read as the column is, though they have elements of HTML.
    doubtful: Seen,
}

impl BodyEvidence {
    fn observe(&mut self, look: Look, line: u64) {
        match look {
            Look::Either => {}
            Look::Document | Look::Html => self.html += 1,
            Look::Mention => {
                self.html += 1;
                self.doubtful.at(line);
            }
            Look::Text { elements } => {
                self.text += 1;
                if elements {
                    self.doubtful.at(line);
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.html += other.html;
        self.text += other.text;
        self.doubtful.count += other.doubtful.count;
    }

    /// Whether bodies that do not tell are HTML. Where the column is divided, what may be text
    /// stays text: it then shows its elements, and loses no word.
    pub fn is_html(&self) -> bool {
        self.html > self.text
            || (self.html > 0 && self.html == self.text && self.doubtful.count == 0)
    }
}

/// What is known of one column in one part.
#[derive(Clone, Debug, Default)]
pub struct ColumnProfile {
    /// Rows with a value.
    pub filled: u64,
    /// About dates.
    pub dates: DateEvidence,
    /// About numbers.
    pub numbers: NumberEvidence,
    /// About lists.
    pub separators: SeparatorEvidence,
    /// Distinct words with counts.
    pub words: BTreeMap<String, u64>,
    /// About the format of bodies.
    pub bodies: BodyEvidence,
    double_encoded: Seen,
    quoted_printable: Seen,
    bad_text: Seen,
    errors: Seen,
    /// Ids that end in `.0`, and other ids of digits.
    pub fraction_ids: Seen,
    /// Ids that are whole numbers.
    pub whole_ids: u64,
    cuts: [Seen; 8],
    chars_max: usize,
}

impl ColumnProfile {
    fn observe(&mut self, cell: Cell, value: &str, line: u64) {
        self.filled += 1;
        if cell::is_spreadsheet_error(value) {
            self.errors.at(line);
            return;
        }
        if !value.is_ascii() && value.contains('\u{FFFD}') {
            self.bad_text.at(line);
        }
        match cell {
            Cell::Id | Cell::Ref(_) => self.observe_id(value.trim(), line),
            Cell::Date | Cell::DateTime => {
                if let Some(value) = cell::typed(value) {
                    self.dates.observe(value, line);
                }
            }
            Cell::Integer | Cell::Decimal => {
                if let Some(value) = cell::typed(value) {
                    self.numbers.observe(value, line);
                }
            }
            Cell::List | Cell::Files if !value.starts_with('[') => {
                self.separators.observe(value, line);
            }
            Cell::Word => {
                if let Some(count) = self.words.get_mut(value.trim()) {
                    *count += 1;
                } else if self.words.len() < WORDS_MAX {
                    self.words.insert(value.trim().to_owned(), 1);
                }
            }
            Cell::Body => {
                self.bodies.observe(markup::look(value), line);
                self.observe_text(value, line);
            }
            Cell::Text => self.observe_text(value, line),
            _ => {}
        }
    }

    fn observe_id(&mut self, value: &str, line: u64) {
        if cell::whole_id(value).is_some() {
            self.fraction_ids.at(line);
        } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
            self.whole_ids += 1;
        }
    }

    fn observe_text(&mut self, value: &str, line: u64) {
        if value.len() >= CUT_LENGTHS[0] {
            let chars = value.chars().count();
            self.chars_max = self.chars_max.max(chars);
            if let Some(index) = CUT_LENGTHS.iter().position(|&cut| cut == chars) {
                self.cuts[index].at(line);
            }
        }
        if !value.is_ascii() && text::is_double_encoded(value) {
            self.double_encoded.at(line);
        }
        if value.contains('=') && text::has_quoted_printable(value) {
            self.quoted_printable.at(line);
        }
    }

    fn findings(&self, file: &str, object: &str, column: &str, findings: &mut Vec<Finding>) {
        let mut add = |code, seen: &Seen, reason: String| {
            let line = seen.lines.first().copied().unwrap_or(1);
            let finding = Finding::new(code, format!("{reason} Lines {}.", seen.lines()));
            findings.push(finding.at(file, line).object(object).column(column));
        };
        for (&length, seen) in CUT_LENGTHS.iter().zip(&self.cuts) {
            let sure = length == EXCEL_CELL_CHARS && seen.count > 0;
            if sure || (seen.count >= CUT_CELLS_MIN && self.chars_max == length) {
                let reason = format!("{} cells end at exactly {length} characters.", seen.count);
                add(Code::Truncated, seen, reason);
            }
        }
        for (code, seen, what) in [
            (Code::DoubleEncoded, &self.double_encoded, "were probably encoded twice"),
            (Code::QuotedPrintable, &self.quoted_printable, "hold quoted-printable text"),
            (Code::BadText, &self.bad_text, "hold bytes that are no text"),
            (Code::SpreadsheetError, &self.errors, "hold a formula's error"),
        ] {
            if seen.count > 0 {
                add(code, seen, format!("{} cells {what}.", seen.count));
            }
        }
    }
}

/// What is known of one part.
#[derive(Clone, Debug, Default)]
pub struct PartProfile {
    /// Rows, without rejected ones.
    pub rows: u64,
    /// Cells that were no rows.
    pub bad_rows: u64,
    /// Known columns by slot.
    pub columns: Vec<ColumnProfile>,
    /// Headers as written by slot, for tables.
    pub headers: BTreeMap<usize, String>,
}

impl PartProfile {
    /// For one layout.
    pub fn new(layout: &ObjectLayout) -> Self {
        Self { columns: vec![ColumnProfile::default(); layout.columns.len()], ..Self::default() }
    }

    /// Takes one row.
    pub fn observe(&mut self, layout: &ObjectLayout, row: &Row) {
        self.rows += 1;
        for (slot, (column, profile)) in layout.columns.iter().zip(&mut self.columns).enumerate() {
            if let Some(value) = row.text(slot) {
                profile.observe(column.cell, value, row.line);
            }
        }
    }
}

/// Custom fields of one object, by key.
pub type FieldProfiles = BTreeMap<String, (Arc<ExtraColumn>, FieldProfile)>;

/// How the cells of one part are read.
#[derive(Clone, Debug, Default)]
pub struct PartRules {
    /// Dates by slot.
    pub dates: Vec<DateRule>,
    /// Decimal separators by slot.
    pub decimals: Vec<DecimalRule>,
    /// List separators by slot.
    pub separators: Vec<char>,
    /// By slot: whether bodies that do not tell are HTML.
    pub html: Vec<bool>,
    /// By slot: the format that a person says bodies have, whatever they look like.
    pub said: Vec<Option<BodyFormat>>,
}

/// Decisions that hold for every column.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decided {
    /// Zone of times without an offset.
    pub zone: Option<chrono_tz::Tz>,
    /// Order of dates that do not tell.
    pub order: Option<DateOrder>,
}

/// The rules for every part of one object, and what is doubtful about its columns. A part whose
/// own dates do not tell their order takes it from the other parts.
pub fn rules(
    layout: &ObjectLayout,
    parts: &[(&str, &PartProfile)],
    (decided, manifest): (Decided, &Manifest),
    findings: &mut Vec<Finding>,
) -> Vec<PartRules> {
    let mut all: Vec<PartRules> = vec![PartRules::default(); parts.len()];
    for (slot, column) in layout.columns.iter().enumerate() {
        let mut together = DateEvidence::default();
        let mut bodies = BodyEvidence::default();
        for (_, profile) in parts {
            together.merge(&profile.columns[slot].dates);
            bodies.merge(&profile.columns[slot].bodies);
        }
        for ((file, profile), rules) in parts.iter().zip(&mut all) {
            let known = &profile.columns[slot];
            let mut notes = Notes { layout, column, file, findings: &mut *findings };
            rules.dates.push(notes.date_rule(&known.dates, &together, decided));
            rules.decimals.push(known.numbers.rule());
            rules.separators.push(known.separators.separator());
            let said = manifest.body_format(layout.object, column.name);
            rules.said.push(said);
            rules.html.push(bodies.is_html());
            notes.body_doubt(known, bodies.is_html() || said.is_some());
            notes.doubts(known);
        }
    }
    all
}

struct Notes<'a> {
    layout: &'a ObjectLayout,
    column: &'a Column,
    file: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Notes<'_> {
    fn add(&mut self, code: Code, line: u64, reason: String) {
        let finding = Finding::new(code, reason).at(self.file, line);
        self.findings.push(finding.object(self.layout.object).column(self.column.name));
    }

    fn date_rule(
        &mut self,
        own: &DateEvidence,
        together: &DateEvidence,
        decided: Decided,
    ) -> DateRule {
        let order = own.order().or_else(|| together.order()).or(decided.order);
        if own.is_mixed() && decided.order.is_none() {
            let [day_first, month_first, _] = own.lines;
            let reason = format!(
                "Line {day_first} can only be day first, line {month_first} only month first."
            );
            self.add(Code::DateOrderMixed, day_first, reason);
        } else if own.either > 0 && order.is_none() {
            let reason = format!("{} dates can be read either way.", own.either);
            self.add(Code::DateOrderUndecided, own.lines[2], reason);
        }
        // Days need no zone, points in time do.
        if own.naive > 0 && decided.zone.is_none() && self.column.cell == Cell::DateTime {
            let reason = format!("{} times have no offset, and no zone is known.", own.naive);
            self.add(Code::TimeZoneUndecided, 1, reason);
        }
        DateRule { order, zone: decided.zone }
    }

    /// Elements of HTML in a column of text are shown as they are written.
    fn body_doubt(&mut self, known: &ColumnProfile, html: bool) {
        let doubtful = &known.bodies.doubtful;
        if let Some(&line) = doubtful.lines.first().filter(|_| !html) {
            let (count, lines) = (doubtful.count, doubtful.lines());
            let reason = format!(
                "{count} cells name elements of HTML, and the column is text. Lines {lines}."
            );
            self.add(Code::BodyFormatMixed, line, reason);
        }
    }

    fn doubts(&mut self, known: &ColumnProfile) {
        if known.separators.is_mixed() && self.column.cell == Cell::List {
            let marks = cell::SEPARATORS.iter().zip(known.separators.cells);
            let seen: Vec<String> = marks
                .filter(|(_, cells)| *cells > 0)
                .map(|(mark, cells)| format!("{mark:?} in {cells} cells"))
                .collect();
            let line = known.separators.lines.iter().copied().max().unwrap_or(1);
            let reason = format!("{}; the first is used.", seen.join(", "));
            self.add(Code::SeparatorMixed, line, reason);
        }
        if known.numbers.either > 0 && known.numbers.rule().is_none() {
            let reason = format!("{} numbers can be read either way.", known.numbers.either);
            self.add(Code::NumberAmbiguous, known.numbers.either_line, reason);
        }
        let (file, object, column) = (self.file, self.layout.object, self.column.name);
        known.findings(file, object, column, self.findings);
    }
}
