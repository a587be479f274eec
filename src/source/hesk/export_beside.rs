//! An export beside the database it was made of: the database is right. What both hold is
//! compared, what only the export holds is said; a ticket that only the export holds was deleted
//! since, and is held apart.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::compared::{Compared, Spot};
use super::emit::{Made, numbered};
use super::export_file;
use super::export_form::Form;
use super::export_layout::{self, CUSTOM, Layout};
use super::export_ticket::{Part, Reader, Ticket};
use super::held::{self, Verdict, said};
use super::pass::Pass;
use super::row::Row;
use super::time;
use crate::model::SourceKey;
use crate::model::record::{BodyFormat, Conversation, PersonRef};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Why a ticket's people are held apart: it was deleted, perhaps because somebody asked for it.
const DELETED: &str = "deleted_since_export";

/// The text of a ticket's first message or of a reply, as an export shows it.
pub fn plain_message(row: &Row) -> String {
    super::text::plain(row.raw("message").unwrap_or_default())
}

/// The plain text of an export's ticket.
fn message_of(record: &Conversation) -> &str {
    let plain = record.description.as_ref().filter(|body| body.format == BodyFormat::Text);
    plain.map_or("", |body| &body.content)
}

/// Which custom field each custom column of an export is, by its heading; `None` if nothing tells.
type Fields = HashMap<String, Option<String>>;

impl Pass<'_, '_, '_> {
    /// Compares an export's tickets with those that were read, and hands on those that are gone.
    ///
    /// # Errors
    /// If the export cannot be opened.
    pub fn export_beside(&mut self, path: &Path) -> Result<bool, SourceError> {
        self.memory.held.complete();
        let (workbooks, others) = export_file::find(path)?;
        for name in others {
            let reason = "The file is no export of Hesk's.";
            self.emit.note(Finding::new(Code::UnknownFile, reason).at(&name, 1));
        }
        let mut compared = Compared::default();
        for workbook in &workbooks {
            let Some(layout) = workbook.layout()? else {
                let reason = "The workbook has none of the layouts of Hesk's exports.";
                self.emit.note(Finding::new(Code::UnknownFile, reason).at(&workbook.name, 1));
                continue;
            };
            let fields = self.fields_of(&layout, &workbook.name, &mut compared);
            let columns = export_layout::columns(&layout);
            let format = self.site.date_format.as_deref();
            let form = Form::of(workbook, &layout, self.site.zone, format)?;
            let mut failed = None;
            let wrong = workbook.rows(&mut |line, cells| {
                if line == 1 {
                    return ControlFlow::Continue(());
                }
                let row = export_layout::row(&columns, cells);
                let spot = Spot { workbook: &workbook.name, line };
                match self.beside(spot, row, (&layout, &form, &fields), &mut compared) {
                    Ok(true) => ControlFlow::Continue(()),
                    Ok(false) => ControlFlow::Break(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
            if let Some(wrong) = wrong {
                let reason = format!("The workbook cannot be read to its end: {wrong}.");
                self.emit.note(Finding::new(Code::FileDamaged, reason).at(&workbook.name, 1));
            }
        }
        for finding in compared.findings() {
            self.emit.note_of_round(finding);
        }
        Ok(self.emit.goes_on())
    }

    /// The custom fields of an export's columns: those of whose labels one is the heading.
    fn fields_of(&self, layout: &Layout, workbook: &str, compared: &mut Compared) -> Fields {
        let mut found = Fields::new();
        for heading in layout.columns.iter().filter_map(|name| name.strip_prefix(CUSTOM)) {
            let same = |label: &String| held::words(label) == held::words(heading);
            let mut fields = self
                .known
                .fields
                .iter()
                .filter(|field| field.labels.iter().any(same) || same(&field.definition.label));
            let (first, second) = (fields.next(), fields.next());
            let repeats = found.contains_key(heading);
            let column = first.filter(|_| second.is_none() && !repeats);
            let column = column.map(|field| field.column.clone());
            if column.is_none() {
                let (code, reason) = match first {
                    None => (Code::ExportAlone, "No custom field of the database has this label."),
                    Some(_) => (
                        Code::ReferenceAmbiguous,
                        "Several custom fields have this label; they are not compared.",
                    ),
                };
                compared.say(Finding::new(code, reason).column(heading).at(workbook, 1));
            }
            found.insert(heading.to_owned(), column);
        }
        found
    }

    fn beside(
        &mut self,
        spot: Spot<'_>,
        row: Row,
        (layout, form, fields): (&Layout, &Form, &Fields),
        compared: &mut Compared,
    ) -> Result<bool, SourceError> {
        let reader = Reader {
            layout,
            words: &self.known.words,
            form,
            zone: self.site.zone,
            date_format: self.site.date_format.as_deref(),
        };
        let Some(ticket) = reader.ticket(row) else {
            compared.note(Code::IdMissing, "id", spot, None, "The row has no number.");
            return Ok(true);
        };
        let parts = [("history", reader.history(&ticket)?), ("reply", reader.replies(&ticket)?)];
        if !self.memory.has_ticket(ticket.id) {
            let parts = parts.iter().map(|(_, parts)| parts.len()).sum();
            return Ok(self.alone(spot, ticket, parts, compared));
        }
        compared.both += 1;
        let key = numbered("ticket", ticket.id);
        let zone = self.site.zone;
        let wall = |time| zone.and_then(|zone| time::wall(time, zone));
        let mut judge = Judge { pass: self, spot, key: &key, id: ticket.id, compared };
        judge.columns(&ticket.record, fields);
        judge.word("status", &ticket.record.status);
        if let Some(priority) = ticket.record.standard.get("priority") {
            judge.word("priority", priority);
        }
        for (kind, parts) in parts {
            for part in parts {
                judge.part(kind, part, wall);
            }
        }
        Ok(true)
    }

    /// A ticket that is in the export alone.
    fn alone(
        &mut self,
        spot: Spot<'_>,
        ticket: Ticket,
        parts: usize,
        compared: &mut Compared,
    ) -> bool {
        let Ticket { id, mut row, mut record, mut findings, .. } = ticket;
        if !compared.alone.insert(id) {
            self.emit.duplicate("deleted_tickets");
            return true;
        }
        row.clear_people();
        record.customer = PersonRef::default();
        record.copies.clear();
        record.fields.clear();
        record.standard.insert("anonymised".to_owned(), DELETED.to_owned());
        let reason = "The ticket was deleted since the export was made; it is held apart.";
        findings.push(Finding::new(Code::PrivacyHold, reason));
        let reason = format!(
            "The ticket stands in the export alone; its {parts} replies and lines of history are \
             not brought back."
        );
        let key = numbered("ticket", id);
        compared.note(Code::ExportAlone, "id", spot, Some(&key), &reason);
        let (object, at) = ("deleted_tickets", (spot.workbook, spot.line));
        self.emit.record(Made { object, key, at, row: &row, record: record.into(), findings })
    }
}

/// Compares one ticket.
struct Judge<'j, 'p, 'a, 's> {
    pass: &'j Pass<'p, 'a, 's>,
    spot: Spot<'j>,
    key: &'j SourceKey,
    id: u32,
    compared: &'j mut Compared,
}

impl Judge<'_, '_, '_, '_> {
    fn columns(&mut self, record: &Conversation, fields: &Fields) {
        let mut said = said(record, message_of(record), self.pass.site.zone);
        for (heading, value) in &record.fields {
            if let Some(Some(column)) = fields.get(heading) {
                said.push((column.clone(), held::value(value)));
            }
        }
        for (column, value) in said {
            self.value(&column, &value);
        }
    }

    fn value(&mut self, column: &str, value: &str) {
        let (code, reason) = match self.pass.memory.held.verdict(self.id, column, value) {
            Verdict::Same => return self.compared.same += 1,
            Verdict::HeldApart => return self.compared.apart += 1,
            Verdict::Other => (Code::ExportDiffers, "The export and the database differ."),
            Verdict::Nothing => (Code::ExportAlone, "The database has no such value."),
        };
        self.compared.note(code, column, self.spot, Some(self.key), reason);
    }

    /// A word that is written in the language of whoever exported. One that the site does not
    /// have is a translation: what it stands for shows when all tickets were seen.
    fn word(&mut self, column: &'static str, word: &str) {
        let words = &self.pass.known.words;
        let is_status = column == "status";
        let known = match is_status {
            true => words.state_of(word).map(|state| state.word),
            false => words.priority_of(word),
        };
        if let Some(known) = known {
            return self.value(column, &known);
        }
        let all = if is_status { words.all_states() } else { words.all_priorities() };
        let held = &self.pass.memory.held;
        let is = |ours: &&String| held.verdict(self.id, column, ours) == Verdict::Same;
        if let Some(ours) = all.iter().find(is) {
            self.compared.word(column, word, ours, self.spot);
        }
    }

    fn part(
        &mut self,
        kind: &'static str,
        part: Part,
        wall: impl Fn(crate::model::Timestamp) -> Option<String>,
    ) {
        let time = part.record.created_at.and_then(wall);
        let text = part.record.body.map(|body| body.content).unwrap_or_default();
        let held = &self.pass.memory.held;
        if held.has_part(self.id, kind, time.as_deref(), &text) {
            self.compared.same += 1;
        } else if held.is_apart(self.id) {
            self.compared.apart += 1;
        } else {
            let told = part.findings.into_iter().find(|finding| finding.code == Code::ExportGap);
            let (code, reason) = match told {
                Some(finding) => (Code::ExportGap, finding.reason),
                None => (Code::ExportAlone, format!("The database has no such {kind}.")),
            };
            self.compared.note(code, kind, self.spot, Some(self.key), &reason);
        }
    }
}
