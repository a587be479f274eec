//! A row's cells as typed values; what cannot be read becomes a finding of the row.

use std::collections::BTreeMap;

use phonenumber::country;

use super::address::{Addresses, addresses};
use super::cell;
use super::date::{self, ClockNote, DateProblem};
use super::infer::{self, FieldRule};
use super::layout::ObjectLayout;
use super::profile::PartRules;
use super::row::Row;
use super::tree;
use crate::model::Timestamp;
use crate::model::markup::{self, Look};
use crate::model::record::{Body, BodyFormat, FieldValue, Fields, Phone};
use crate::source::finding::{Code, Finding};

/// What holds for all rows.
#[derive(Debug)]
pub struct Common {
    /// Now.
    pub now: Timestamp,
    /// Country of telephone numbers without a prefix.
    pub country: Option<country::Id>,
    /// Whether the export is only a part: then records may refer to what it does not hold.
    pub partial: bool,
}

/// Dates before this are noteworthy: no help desk of the sources is older (1995-01-01).
const EARLIEST_MS: i64 = 788_918_400_000;

/// A clock may be ahead by this much.
const AHEAD_MS: i64 = 24 * 3600 * 1000;

/// The cells of one row.
#[derive(Debug)]
pub struct Cells<'a> {
    /// The row itself.
    pub row: &'a Row,
    /// Its object.
    pub layout: &'a ObjectLayout,
    /// What holds for all rows.
    pub common: &'a Common,
    /// Findings so far.
    pub findings: Vec<Finding>,
    rules: &'a PartRules,
    fields: &'a std::collections::HashMap<String, FieldRule>,
}

impl<'a> Cells<'a> {
    /// For one row.
    pub fn new(
        row: &'a Row,
        layout: &'a ObjectLayout,
        common: &'a Common,
        rules: &'a PartRules,
        fields: &'a std::collections::HashMap<String, FieldRule>,
    ) -> Self {
        Self { row, layout, common, findings: row.findings.clone(), rules, fields }
    }

    /// Adds a finding about the row.
    pub fn note(&mut self, code: Code, reason: impl Into<String>) {
        let finding = Finding::new(code, reason).at(&self.row.file, self.row.line);
        self.findings.push(finding.object(self.layout.object));
    }

    /// Adds a finding about a cell.
    pub fn note_cell(&mut self, code: Code, slot: usize, reason: impl Into<String>) {
        let finding = Finding::new(code, reason)
            .at(&self.row.file, self.row.line)
            .object(self.layout.object)
            .column(self.layout.columns[slot].name);
        let value = self.row.text(slot).unwrap_or_default();
        self.findings.push(if value.is_empty() { finding } else { finding.value(value) });
    }

    /// Text, trimmed, owned.
    pub fn string(&self, slot: usize) -> Option<String> {
        self.row.trimmed(slot).map(str::to_owned)
    }

    /// Texts of the given columns by their canonical names.
    pub fn standard(&self, slots: &[usize]) -> BTreeMap<String, String> {
        let text = |&slot: &usize| {
            let name = self.layout.columns[slot].name.to_owned();
            self.string(slot).map(|text| (name, text))
        };
        slots.iter().filter_map(text).collect()
    }

    /// JSON in its canonical form, so that spaces and the order of names make no difference.
    pub fn json(&mut self, slot: usize) -> Option<String> {
        let text = self.row.trimmed(slot)?;
        let value: Result<serde_json::Value, _> = serde_json::from_str(text);
        let canonical = value.ok().and_then(|value| crate::model::canonical_json(&value).ok());
        let canonical = canonical.and_then(|bytes| String::from_utf8(bytes).ok());
        if canonical.is_none() && text.starts_with(['{', '[']) {
            self.note_cell(Code::FieldValueOdd, slot, "Not JSON; it is kept as text.");
        }
        Some(canonical.unwrap_or_else(|| text.to_owned()))
    }

    /// A point in time, past or at most a day ahead.
    pub fn time(&mut self, slot: usize) -> Option<Timestamp> {
        let time = self.deadline(slot)?;
        if time.0 < EARLIEST_MS || time.0 > self.common.now.0.saturating_add(AHEAD_MS) {
            self.note_cell(Code::DateOutOfRange, slot, "Before 1995 or in the future.");
        }
        Some(time)
    }

    /// A point in time that may well lie ahead.
    pub fn deadline(&mut self, slot: usize) -> Option<Timestamp> {
        let text = self.row.typed(slot)?;
        let rule = self.rules.dates.get(slot).copied().unwrap_or_default();
        match date::parse(text, &rule) {
            Ok((time, note)) => {
                self.clock_note(slot, note);
                Some(time)
            }
            Err(problem) => {
                self.date_problem(slot, problem);
                None
            }
        }
    }

    /// A day, `YYYY-MM-DD`.
    pub fn day(&mut self, slot: usize) -> Option<String> {
        let text = self.row.typed(slot)?;
        let rule = self.rules.dates.get(slot).copied().unwrap_or_default();
        match date::parse_day(text, &rule) {
            Ok(day) => Some(day),
            Err(problem) => {
                self.date_problem(slot, problem);
                None
            }
        }
    }

    fn clock_note(&mut self, slot: usize, note: ClockNote) {
        match note {
            ClockNote::Plain => {}
            ClockNote::Twice => {
                self.note_cell(Code::TimeAmbiguous, slot, "The time came twice that day.");
            }
            ClockNote::Never => {
                self.note_cell(Code::TimeSkipped, slot, "The time never came that day.");
            }
        }
    }

    fn date_problem(&mut self, slot: usize, problem: DateProblem) {
        let (code, reason) = match problem {
            DateProblem::Unreadable => (Code::BadDate, "Not a date of a known form."),
            DateProblem::OrderUndecided => {
                (Code::DateOrderUndecided, "Day and month cannot be told apart.")
            }
            DateProblem::ZoneUndecided => {
                (Code::TimeZoneUndecided, "The time has no offset, and no zone is known.")
            }
        };
        self.note_cell(code, slot, reason);
    }

    /// Yes or no.
    pub fn boolean(&mut self, slot: usize) -> Option<bool> {
        let text = self.row.typed(slot)?;
        let value = cell::boolean(text);
        if value.is_none() {
            self.note_cell(Code::BadBoolean, slot, "Neither yes nor no.");
        }
        value
    }

    /// A whole number.
    pub fn integer(&mut self, slot: usize) -> Option<i64> {
        let text = self.row.typed(slot)?;
        let rule = self.rules.decimals.get(slot).copied().flatten();
        match cell::integer(text, rule) {
            Ok(number) => Some(number),
            Err(_) => {
                self.note_cell(Code::BadNumber, slot, "Not a whole number.");
                None
            }
        }
    }

    /// A decimal number in plain notation with `.`.
    pub fn decimal(&mut self, slot: usize) -> Option<String> {
        let text = self.row.typed(slot)?;
        let rule = self.rules.decimals.get(slot).copied().flatten();
        let number = cell::decimal(text, rule).ok();
        if number.is_none() {
            self.note_cell(Code::BadNumber, slot, "Not a number.");
        }
        number
    }

    /// A whole number from 0.
    pub fn count(&mut self, slot: usize) -> Option<u64> {
        let number = self.integer(slot)?;
        let count = u64::try_from(number).ok();
        if count.is_none() {
            self.note_cell(Code::BadNumber, slot, "Below zero.");
        }
        count
    }

    /// E-mail addresses, primary first.
    pub fn emails(&mut self, slot: usize) -> Vec<String> {
        let text = match self.row.tree(slot) {
            Some(tree) => tree::words(tree, "email").join("\n"),
            None => self.row.text(slot).unwrap_or_default().to_owned(),
        };
        let Addresses { found, mended, odd } = addresses(&text);
        if odd {
            self.note_cell(Code::EmailInvalid, slot, "Not an e-mail address.");
        } else if mended {
            let reason = "Characters around the address were left out.";
            self.note_cell(Code::EmailMended, slot, reason);
        }
        found
    }

    /// A telephone number.
    pub fn phone(&mut self, slot: usize, kind: &str) -> Option<Phone> {
        let raw = self.row.typed(slot)?;
        let e164 = cell::phone(raw, self.common.country);
        if e164.is_none() {
            self.note_cell(Code::PhoneInvalid, slot, "Not a valid telephone number.");
        }
        Some(Phone { kind: kind.to_owned(), raw: raw.to_owned(), e164 })
    }

    /// A list of words.
    pub fn list(&self, slot: usize, key: &str) -> Vec<String> {
        if let Some(tree) = self.row.tree(slot) {
            return cell::distinct(tree::words(tree, key));
        }
        let separator = self.rules.separators.get(slot).copied().unwrap_or('|');
        self.row.text(slot).map(|text| tree::list_words(text, separator)).unwrap_or_default()
    }

    /// A body, with its declared format or the one it looks like.
    pub fn body(&mut self, slot: usize, format: Option<usize>) -> Option<Body> {
        let content = self.row.text(slot)?;
        let declared = format.and_then(|slot| self.row.trimmed(slot)).map(str::to_lowercase);
        let format_of = |word: &str| match word {
            "html" | "text/html" => Some(BodyFormat::Html),
            "text" | "plain" | "text/plain" => Some(BodyFormat::Text),
            "markdown" | "md" => Some(BodyFormat::Markdown),
            _ => None,
        };
        let known = declared.as_deref().and_then(format_of);
        if let (Some(_), None, Some(slot)) = (&declared, known, format) {
            self.note_cell(Code::BadText, slot, "Not html, text or markdown.");
        }
        let html = self.rules.html.get(slot).copied();
        let known = known.or_else(|| self.rules.said.get(slot).copied().flatten());
        let format = known.unwrap_or_else(|| body_format(markup::look(content), html));
        Some(Body { format, content: content.to_owned() })
    }

    /// Custom fields by key.
    pub fn fields(&mut self) -> Fields {
        let mut fields = Fields::new();
        let row = self.row;
        for (column, text) in row.extras() {
            let rule = self.fields.get(&column.key);
            if cell::is_spreadsheet_error(text) {
                let finding = Finding::new(Code::SpreadsheetError, "A formula's error.".to_owned())
                    .at(&row.file, row.line)
                    .object(self.layout.object)
                    .column(&column.key)
                    .value(text);
                self.findings.push(finding);
                continue;
            }
            let value = match rule.map(|rule| infer::value(text, rule)) {
                Some(Ok(value)) => value,
                None => Some(FieldValue::Text(text.trim().to_owned())),
                Some(Err(reason)) => {
                    let finding =
                        Finding::new(Code::FieldValueOdd, format!("The value is {reason}."))
                            .at(&row.file, row.line)
                            .object(self.layout.object)
                            .column(&column.key)
                            .value(text);
                    self.findings.push(finding);
                    Some(FieldValue::Text(text.trim().to_owned()))
                }
            };
            let Some(value) = value else { continue };
            let before = fields.insert(column.key.clone(), value.clone());
            if before.is_some_and(|before| before != value) {
                let reason =
                    format!("The field {:?} has two values; the last is used.", column.key);
                self.note(Code::RepeatedKey, reason);
            }
        }
        fields
    }
}

/// The format of a text that stands alone.
pub fn looks_like(content: &str) -> BodyFormat {
    body_format(markup::look(content), None)
}

/// The format of a body by its looks, in a column that is HTML or text; `None` if it stands alone.
pub fn body_format(look: Look, html: Option<bool>) -> BodyFormat {
    let is_html = match (look, html) {
        (Look::Document | Look::Html, _) => true,
        // Text with lines of its own that has elements as well, or speaks of one.
        (Look::Mention, None) | (Look::Mention | Look::Text { elements: true }, Some(true)) => true,
        _ => false,
    };
    if is_html { BodyFormat::Html } else { BodyFormat::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_tell_their_format() {
        for (content, format) in [
            ("<p>hello</p>", BodyFormat::Html),
            ("one<br>two", BodyFormat::Html),
            ("one<BR/>two", BodyFormat::Html),
            ("a < b and c > d", BodyFormat::Text),
            ("mail <ada@example.org>", BodyFormat::Text),
            ("1 </ 2", BodyFormat::Text),
            ("plain", BodyFormat::Text),
            ("<", BodyFormat::Text),
        ] {
            assert_eq!(looks_like(content), format, "{content}");
        }
    }
}
