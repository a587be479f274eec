//! Hesk's own export as a second way in: tickets, their history and, from 3.7 on, their replies.
//! What it does not hold is said.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::emit::{Emit, Made, key, numbered};
use super::export_file::{self, Workbook};
use super::export_form::Form;
use super::export_layout::{self, CUSTOM, Layout};
use super::export_ticket::{self, Reader, Ticket};
use super::inventory::Tally;
use super::people;
use super::row::Row;
use super::seal;
use super::words::Words;
use crate::model::record::{FieldDefinition, FieldType, PersonRef, Team};
use crate::source::contract::{
    ExportKind, FileInventory, Inventory, ReadSummary, Reading, Seal, Sink, SourceError,
    SourceReader,
};
use crate::source::finding::{Code, Finding};

/// What no export holds, whatever its version.
const NEVER: &str = "Notes, attachments, HTML, addresses of staff, locks, tags, links between \
                     tickets, knowledge base and canned replies do not stand in an export.";

/// Reads exports.
pub struct ExportReader {
    path: PathBuf,
    reading: Reading,
}

impl ExportReader {
    /// Of a workbook, a ZIP file or a folder.
    ///
    /// # Errors
    /// If the place cannot be opened.
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, SourceError> {
        export_file::find(path)?;
        Ok(Self { path: path.to_owned(), reading: reading.clone() })
    }

    fn run(&self, emit: &mut Emit<'_, '_>) -> Result<(), SourceError> {
        let (workbooks, others) = export_file::find(&self.path)?;
        for name in others {
            let reason = "The file is no export of Hesk's.";
            emit.note(Finding::new(Code::UnknownFile, reason).at(&name, 1));
        }
        if workbooks.is_empty() {
            emit.note(Finding::new(Code::NothingFound, "There is no export."));
        }
        let mut met = Met { words: Words::new(&self.reading)?, ..Met::default() };
        for workbook in &workbooks {
            let Some(layout) = workbook.layout()? else {
                let reason = "The workbook has none of the layouts of Hesk's exports.";
                emit.note(Finding::new(Code::UnknownFile, reason).at(&workbook.name, 1));
                continue;
            };
            self.gaps(workbook, &layout, emit);
            if !self.workbook(workbook, &layout, &mut met, emit)? {
                break;
            }
        }
        Ok(())
    }

    fn gaps(&self, workbook: &Workbook, layout: &Layout, emit: &mut Emit<'_, '_>) {
        let mut note = |reason: &str, column: &str| {
            let finding = Finding::new(Code::ExportGap, reason).column(column);
            emit.note(finding.object("tickets").at(&workbook.name, 1));
        };
        note(NEVER, "");
        for column in ["history", "reply_messages"] {
            if !layout.columns.iter().any(|name| name == column) {
                note("The export was made without it, or its version has none.", column);
            }
        }
        if layout.doubtful {
            note("The due date may be a custom field that holds a day.", "due_date");
        }
        if self.reading.time_zone.is_none() {
            let reason = "Times stand in the site's own clock.";
            let finding = Finding::new(Code::TimeZoneUndecided, reason).object("tickets");
            emit.note(finding.at(&workbook.name, 1));
        }
    }

    fn workbook(
        &self,
        workbook: &Workbook,
        layout: &Layout,
        met: &mut Met,
        emit: &mut Emit<'_, '_>,
    ) -> Result<bool, SourceError> {
        let mut failed = None;
        for column in layout.columns.iter().filter_map(|name| name.strip_prefix(CUSTOM)) {
            if met.fields.insert(export_file::heading_key(column)) {
                field(column, &workbook.name, emit)?;
            }
        }
        let columns = export_layout::columns(layout);
        let form = Form::of(workbook, layout, self.reading.time_zone, None)?;
        if form.offset.is_none() && self.reading.time_zone.is_some() {
            let reason = "Neither the file's name nor a history tells when the export was made; \
                          its times may be an hour off.";
            let finding = Finding::new(Code::ExportGap, reason).object("tickets");
            emit.note(finding.at(&workbook.name, 1));
        }
        let wrong = workbook.rows(&mut |line, cells| {
            if line == 1 {
                return ControlFlow::Continue(());
            }
            let row = export_layout::row(&columns, cells);
            match self.ticket((&workbook.name, line), row, (layout, &form), met, emit) {
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
            emit.note(Finding::new(Code::FileDamaged, reason).at(&workbook.name, 1));
        }
        Ok(emit.goes_on())
    }

    fn ticket(
        &self,
        at: (&str, u64),
        row: Row,
        (layout, form): (&Layout, &Form),
        met: &mut Met,
        emit: &mut Emit<'_, '_>,
    ) -> Result<bool, SourceError> {
        let zone = self.reading.time_zone;
        let reader = Reader { layout, words: &met.words, form, zone, date_format: None };
        let Some(ticket) = reader.ticket(row.clone()) else {
            let finding = Finding::new(Code::IdMissing, "The row has no number.").column("id");
            let key = key("export_row", &format!("{}:{}", at.0, at.1))?;
            let kind = crate::model::RecordKind::Conversation;
            return Ok(emit.reject("tickets", kind, key, at, (&row, finding)));
        };
        if !met.tickets.insert(ticket.id) {
            emit.duplicate("tickets");
            let reason = "The ticket stands in the export more than once; the first one counts.";
            let finding = Finding::new(Code::DuplicateId, reason).object("tickets").column("id");
            emit.note(finding.at(at.0, at.1).key(&numbered("ticket", ticket.id)));
            return Ok(emit.goes_on());
        }
        let parts = [reader.history(&ticket)?, reader.replies(&ticket)?];
        let Ticket { id, row, record, findings, .. } = ticket;
        for person in std::iter::once(&record.customer).chain(&record.copies) {
            let elsewhere = person.email.as_deref().and_then(|address| form.name_of(address));
            let name = person.name.clone().or_else(|| elsewhere.map(str::to_owned));
            if !met.person(at, &PersonRef { name, ..person.clone() }, emit) {
                return Ok(false);
            }
        }
        if let Some(team) = &record.team
            && !met.team(at, team, emit)?
        {
            return Ok(false);
        }
        let key = numbered("ticket", id);
        let made = Made { object: "tickets", key, at, row: &row, record: record.into(), findings };
        if !emit.record(made) {
            return Ok(false);
        }
        for part in parts.into_iter().flatten() {
            let cells = cells_of(&part);
            if !emit.record(part.made(at, &cells)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What a message was made of, as cells.
fn cells_of(part: &export_ticket::Part) -> Row {
    let text = part.record.body.as_ref().map(|body| body.content.clone());
    let author = part.record.author.person.name.clone();
    Row::of(&[("author", author.as_deref()), ("text", text.as_deref())])
}

fn field(heading: &str, workbook: &str, emit: &mut Emit<'_, '_>) -> Result<(), SourceError> {
    let definition = FieldDefinition {
        object: "ticket".to_owned(),
        field: heading.to_owned(),
        label: heading.to_owned(),
        field_type: FieldType::String,
        options: Vec::new(),
        required: false,
        description: None,
        depends_on: None,
        declared: false,
    };
    let row = Row::of(&[("heading", Some(heading))]);
    let key = key("custom_field", &export_file::heading_key(heading))?;
    let (object, at, findings) = ("custom_fields", (workbook, 1), Vec::new());
    emit.record(Made { object, key, at, row: &row, record: definition.into(), findings });
    Ok(())
}

/// What was met so far.
#[derive(Default)]
struct Met {
    words: Words,
    tickets: HashSet<u32>,
    fields: HashSet<String>,
    people: HashSet<String>,
    teams: HashSet<String>,
}

impl Met {
    fn person(&mut self, at: (&str, u64), person: &PersonRef, emit: &mut Emit<'_, '_>) -> bool {
        let Some(key) = person.key.clone() else { return true };
        if !self.people.insert(key.id().to_owned()) {
            return true;
        }
        let emails = person.email.clone().into_iter().collect();
        let (email, name) = (person.email.as_deref(), person.name.as_deref());
        let row = Row::of(&[("email", email), ("name", name)]);
        let record = people::contact(person.name.clone(), emails, None, BTreeMap::new());
        let (object, findings) = ("requesters", Vec::new());
        emit.record(Made { object, key, at, row: &row, record: record.into(), findings })
    }

    fn team(
        &mut self,
        at: (&str, u64),
        name: &str,
        emit: &mut Emit<'_, '_>,
    ) -> Result<bool, SourceError> {
        if !self.teams.insert(name.to_owned()) {
            return Ok(true);
        }
        let record = Team { name: name.to_owned(), parent: None, members: Vec::new() };
        let row = Row::of(&[("name", Some(name))]);
        let key = key("category", &export_file::heading_key(name))?;
        let (object, findings) = ("categories", Vec::new());
        Ok(emit.record(Made { object, key, at, row: &row, record: record.into(), findings }))
    }
}

impl SourceReader for ExportReader {
    fn seal(&mut self) -> Result<Seal, SourceError> {
        let (workbooks, _) = export_file::find(&self.path)?;
        let files = workbooks.iter().map(Workbook::sealed).collect::<Result<Vec<_>, _>>()?;
        // An export is limited by filters and rights: what is missing means nothing.
        Ok(seal::seal(files, ExportKind::Sample, BTreeMap::new()))
    }

    fn inventory(&mut self) -> Result<Inventory, SourceError> {
        let mut tally = Tally::default();
        let summary = self.read(&mut |item| {
            tally.take(&item);
            ControlFlow::Continue(())
        })?;
        let mut files = Vec::new();
        for workbook in export_file::find(&self.path)?.0 {
            let layout = workbook.layout()?;
            files.push(FileInventory {
                size_bytes: workbook.sealed()?.size_bytes,
                path: workbook.name,
                taken_for: layout.is_some().then(|| "tickets".to_owned()),
                dialect: layout.map(|layout| format!("SpreadsheetML, Hesk {}", layout.versions)),
            });
        }
        Ok(tally.complete(summary, files, &BTreeMap::new()))
    }

    fn read(&mut self, sink: &mut Sink<'_>) -> Result<ReadSummary, SourceError> {
        let mut emit = Emit::new(sink, false);
        self.run(&mut emit)?;
        Ok(emit.finish())
    }

    fn open_attachment(&self, path: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        Err(SourceError::NoSuchFile(path.to_owned()))
    }
}
