//! An export beside the database it was made of: the database is right; what only the export holds
//! was deleted since, and is held apart.

use std::ops::ControlFlow;
use std::path::Path;

use super::emit::{Made, numbered};
use super::export_file;
use super::export_layout::Layout;
use super::export_ticket::{self, Reader, Ticket};
use super::pass::Pass;
use super::row::Row;
use crate::model::record::{Conversation, PersonRef};
use crate::source::bundle::index::hash_parts;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Why a ticket's people are held apart: it was deleted, perhaps because somebody asked for it.
const DELETED: &str = "deleted_since_export";

/// What both hold of a ticket, as one number: subject, text, time.
pub fn digest(record: &Conversation) -> u64 {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = record.subject.as_deref().map(words).unwrap_or_default();
    let time = record.created_at.map_or_else(String::new, |time| time.0.to_string());
    hash_parts(&[&subject, &time])
}

#[derive(Default)]
struct Compared {
    both: u64,
    differ: u64,
    first: Option<u32>,
}

impl Pass<'_, '_, '_> {
    /// Compares an export's tickets with those that were read, and hands on those that are gone.
    ///
    /// # Errors
    /// If the export cannot be opened.
    pub fn export_beside(&mut self, path: &Path) -> Result<bool, SourceError> {
        let (workbooks, _) = export_file::find(path)?;
        let mut compared = Compared::default();
        for workbook in &workbooks {
            let Some(layout) = workbook.layout()? else {
                let reason = "The workbook has none of the layouts of Hesk's exports.";
                self.emit.note(Finding::new(Code::UnknownFile, reason).at(&workbook.name, 1));
                continue;
            };
            let wrong = workbook.rows(&mut |line, cells| {
                let row = export_ticket::row(&layout, cells);
                if line == 1 || self.beside(line, row, &layout, &mut compared) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            if let Some(wrong) = wrong {
                let reason = format!("The workbook cannot be read to its end: {wrong}.");
                self.emit.note(Finding::new(Code::FileDamaged, reason).at(&workbook.name, 1));
            }
        }
        let Compared { both, differ, first } = compared;
        let mut reason = format!("{both} tickets stand in both the database and the export.");
        if differ > 0 {
            reason.push_str(&format!(
                " {differ} of them differ in subject or time, first ticket {}.",
                first.unwrap_or_default()
            ));
        }
        self.emit.note(Finding::new(Code::MergedCopy, reason).object("tickets"));
        Ok(self.emit.goes_on())
    }

    fn beside(&mut self, line: u64, row: Row, layout: &Layout, compared: &mut Compared) -> bool {
        let reader = Reader {
            layout,
            words: &self.known.words,
            zone: self.site.zone,
            date_format: self.site.date_format.as_deref(),
        };
        let Some(ticket) = reader.ticket(row) else { return true };
        if let Some(known) = self.memory.digests.get(&ticket.id) {
            compared.both += 1;
            if *known != digest(&ticket.record) {
                compared.differ += 1;
                compared.first.get_or_insert(ticket.id);
            }
            return true;
        }
        let Ticket { id, mut row, mut record, mut findings } = ticket;
        for column in ["name", "email", "followers"] {
            row.clear(column);
        }
        record.customer = PersonRef::default();
        record.copies.clear();
        record.fields.clear();
        record.standard.insert("anonymised".to_owned(), DELETED.to_owned());
        let reason = "The ticket was deleted since the export was made; it is held apart.";
        findings.push(Finding::new(Code::PrivacyHold, reason));
        let (object, key, at) = ("tickets", numbered("ticket", id), ("export", line));
        self.emit.record(Made { object, key, at, row: &row, record: record.into(), findings })
    }
}
