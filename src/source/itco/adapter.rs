//! ITCO's part in reading the templates: what is noted in the first reading, which function makes
//! which record in the second, and the checks on data that was copied by hand.

use std::collections::HashSet;

use super::columns::{article, count, customer, deal, member, message, ticket};
use super::layout::{OBJECTS, object};
use super::memory::{Memory, key};
use super::thread::{Held, message_id};
use super::words::Words;
use super::{people, reference, thread};
use crate::source::bundle::Adapter;
use crate::source::bundle::adapter::{FileColumns, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::common::{attachment, tag};
use crate::source::bundle::files::FileIndex;
use crate::source::bundle::handmade::Habits;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::row::Row;
use crate::source::bundle::small_lists;
use crate::source::bundle::states::fold;
use crate::source::bundle::study::Study;
use crate::source::bundle::studying::field_id;
use crate::source::bundle::survey::Bundle;
use crate::source::contract::{ExportKind, Reading, SourceError};
use crate::source::finding::{Code, Finding, Severity};

/// Gaps or months named in one finding.
const NAMED_MAX: usize = 20;

/// Rows of one object in the first reading.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    all: u64,
    without_id: u64,
}

/// ITCO's adapter.
pub struct Itco {
    memory: Memory,
    rows: [Rows; OBJECTS.len()],
    /// Messages met in the first reading.
    met: HashSet<u64>,
    messages: u64,
}

impl Itco {
    /// For one reading.
    ///
    /// # Errors
    /// If a value map is wrong.
    pub fn make(reading: &Reading, bundle: &Bundle) -> Result<Box<dyn Adapter>, SourceError> {
        let mut memory = Memory::new(Words::new(reading, bundle)?, Habits::new(OBJECTS));
        memory.partial = bundle.manifest.export_kind()? != ExportKind::Full;
        Ok(Box::new(Self {
            memory,
            rows: [Rows::default(); OBJECTS.len()],
            met: HashSet::new(),
            messages: 0,
        }))
    }

    /// Rows read of an object, each record once.
    fn read(&self, object: usize, study: &Study) -> u64 {
        let rows = self.rows[object];
        match object {
            object::MESSAGES => self.messages,
            _ => study.objects[object].ids.len() as u64 + rows.without_id,
        }
    }

    /// Counts seen on screens against rows.
    fn counts(&self, study: &Study, findings: &mut Vec<Finding>) {
        for (index, layout) in OBJECTS.iter().enumerate() {
            let noted: Vec<_> =
                self.memory.counts.iter().filter(|count| count.object == index).collect();
            let (all, distinct) = (self.rows[index].all, self.read(index, study));
            let Some(last) = noted.last() else {
                if all > 0
                    && !self.memory.partial
                    && index != object::COUNTS
                    && index != object::DEALS
                {
                    let reason = format!("{all} rows, and no count on a screen to hold against.");
                    findings.push(Finding::new(Code::CountAbsent, reason).object(layout.object));
                }
                continue;
            };
            let claimed: u64 = noted.iter().map(|count| count.count).sum();
            if claimed != all && claimed != distinct {
                let reason = format!("{distinct} records; the screens showed {claimed}.");
                let finding = Finding::new(Code::CountMismatch, reason).at(&last.file, last.line);
                findings.push(finding.object(layout.object));
            }
        }
    }

    /// Running numbers with gaps: deleted tickets, or a page that was skipped.
    fn gaps(&self, findings: &mut Vec<Finding>) {
        for (before, numbers) in &self.memory.numbers {
            let mut numbers = numbers.clone();
            numbers.sort_unstable();
            numbers.dedup();
            let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { continue };
            let span = last - first + 1;
            let missing = span - numbers.len() as u64;
            // Numbers that are mostly absent are no running numbers.
            if missing == 0 || missing > numbers.len() as u64 {
                continue;
            }
            let pairs = numbers.windows(2).filter(|pair| pair[1] > pair[0] + 1);
            let ranges: Vec<String> = pairs
                .map(|pair| match (pair[0] + 1, pair[1] - 1) {
                    (from, to) if from == to => format!("{before}{from}"),
                    (from, to) => format!("{before}{from} to {before}{to}"),
                })
                .collect();
            let reason = format!("{missing} of {span} ids are missing: {}.", named(&ranges));
            let finding = Finding::new(Code::NumberGaps, reason).severity(Severity::Info);
            findings.push(finding.object("tickets").column("ticket_id"));
        }
    }

    /// Templates that seem to be missing, by what the others say.
    fn missing(&self, study: &Study, findings: &mut Vec<Finding>) {
        let rows = |index: usize| self.rows[index].all;
        if rows(object::TICKETS) == 0 || self.memory.partial {
            return;
        }
        for (index, name) in [(object::MESSAGES, "messages"), (object::CUSTOMERS, "customers")] {
            if rows(index) == 0 {
                let reason = format!("There are tickets, and no {name}.");
                findings.push(Finding::new(Code::PassMissing, reason).object(name));
            }
        }
        if !study.objects[object::COUNTS].present {
            let reason = "No counts on screens: nobody can tell that the copy is complete.";
            findings.push(Finding::new(Code::PassMissing, reason).object("counts"));
        }
    }

    /// Months between the first and the last ticket in which none began.
    fn months(&self) -> Option<Finding> {
        let months = &self.memory.months;
        let (first, last) = (*months.keys().next()?, *months.keys().next_back()?);
        let empty = (first..=last).filter(|month| !months.contains_key(month));
        let empty: Vec<String> =
            empty.map(|month| format!("{}-{:02}", month / 12, month % 12 + 1)).collect();
        if empty.is_empty() || self.memory.partial {
            return None;
        }
        let reason = format!("No ticket began in {}.", named(&empty));
        Some(Finding::new(Code::MonthsEmpty, reason).object("tickets").column("created_at"))
    }
}

fn named(list: &[String]) -> String {
    let shown = list.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What tells a row without an id from the others of its object.
fn identity(object: usize, row: &Row) -> Option<String> {
    let joined = |slots: &[usize]| {
        let texts = slots.iter().map(|&slot| row.trimmed(slot).map(fold).unwrap_or_default());
        Some(texts.collect::<Vec<_>>().join("|"))
    };
    match object {
        object::AGENTS => people::agent_id(row),
        object::TEAMS => people::team_id(row),
        object::COMPANIES => people::company_id(row),
        object::MEMBERS => joined(&[member::TEAM_ID, member::AGENT_ID]),
        object::CUSTOM_FIELDS => field_id(row),
        object::MESSAGES => message_id(row).or_else(|| {
            let slots = [message::TICKET_ID, message::BODY];
            Some(slots.map(|slot| row.trimmed(slot).unwrap_or_default()).join("|"))
        }),
        object::ARTICLES => joined(&[article::CATEGORY, article::SUB_CATEGORY, article::TITLE]),
        object::AUTOMATIONS => Some(reference::automation_id(row)),
        object::DEALS => joined(&[deal::PARTNER, deal::NAME]),
        object::COUNTS => joined(&[count::OBJECT, count::FILTER]),
        _ => None,
    }
}

impl Adapter for Itco {
    fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex) {
        self.memory.habits.observe(object, row);
        let rows = &mut self.rows[object];
        rows.all += 1;
        rows.without_id += u64::from(row.id(0).is_none());
        match object {
            object::AGENTS => people::observe_agent(&mut self.memory, row),
            object::TEAMS => people::observe_team(&mut self.memory, row),
            object::MEMBERS => people::observe_member(&mut self.memory, row),
            object::COMPANIES => people::observe_company(&mut self.memory, row),
            object::CUSTOMERS => people::observe_customer(&mut self.memory, row),
            object::TICKETS => thread::observe_ticket(&mut self.memory, row),
            object::MESSAGES => {
                // Of one id the last row counts; of one number all rows that differ.
                let rest = if row.id(0).is_some() { "" } else { row.all_text() };
                let identity = identity(object, row).unwrap_or_default();
                let first = self.met.insert(hash_parts(&[&identity, rest]));
                self.messages += u64::from(first);
                thread::observe_message(&mut self.memory, row, files, first);
            }
            object::ATTACHMENTS => {
                let ticket = row.id(attachment::PARENT_ID).unwrap_or_default();
                if let Some(facts) = self.memory.tickets.get_mut(hash(ticket)) {
                    facts.files_listed += 1;
                }
            }
            object::COUNTS => reference::observe_count(&mut self.memory, row),
            _ => {}
        }
    }

    fn observed(&mut self, object: usize) {
        match object {
            object::TICKETS => self.memory.tickets.finish(),
            object::MESSAGES => self.met = HashSet::new(),
            _ => {}
        }
    }

    fn content_hash(&self, object: usize, row: &Row) -> u64 {
        match identity(object, row) {
            Some(identity) => hash_parts(&[OBJECTS[object].object, &identity]),
            None => hash(row.all_text()),
        }
    }

    fn review(&mut self, study: &Study) -> Vec<Finding> {
        let mut findings = self.memory.habits.findings();
        self.counts(study, &mut findings);
        self.gaps(&mut findings);
        self.missing(study, &mut findings);
        findings
    }

    fn normalise(
        &mut self,
        object: usize,
        cells: &mut Cells<'_>,
        study: &Study,
        meets_equal: bool,
    ) -> Outcome {
        // Messages are compared by their text first, which says nothing yet.
        if meets_equal && object != object::MESSAGES {
            cells.note(Code::KeyRepeated, "Another row says it is the same.");
        }
        let memory = &mut self.memory;
        let (word, record, id) = match object {
            object::AGENTS => ("agent", people::agent(memory, cells), people::agent_id(cells.row)),
            object::TEAMS => ("team", people::team(memory, cells), people::team_id(cells.row)),
            object::MEMBERS => return membership(cells),
            object::COMPANIES => {
                ("company", people::company(memory, cells), people::company_id(cells.row))
            }
            object::CUSTOMERS => ("customer", people::customer(memory, cells), None),
            object::CUSTOM_FIELDS => return small_lists::field(cells, key, |owner| owner),
            object::TAGS => return tag_record(memory, cells),
            object::TICKETS => {
                let held = Held {
                    messages: study.objects[object::MESSAGES].present,
                    files: study.objects[object::ATTACHMENTS].present,
                };
                ("ticket", thread::ticket(memory, cells, held), None)
            }
            object::MESSAGES => return thread::message(memory, cells, study, meets_equal),
            object::ARTICLES => return reference::article(memory, cells),
            object::AUTOMATIONS => return reference::automation(cells),
            object::DEALS => return reference::deal(memory, cells),
            _ => return reference::screen_count(cells, &|object| self.read(object, study)),
        };
        let own = cells.row.id(0).map(str::to_owned);
        let natural = id.filter(|_| own.is_none());
        let id = own.or_else(|| natural.clone());
        match (record, id.and_then(|id| key(word, &id))) {
            (Some(record), Some(key)) => Outcome::Record(Made { key, natural, record }),
            _ => Outcome::Reject(None),
        }
    }

    fn file_columns(&self, object: usize) -> Option<FileColumns> {
        let (files, bodies): (usize, &'static [usize]) = match object {
            object::TICKETS => (ticket::ATTACHMENTS, &[ticket::DESCRIPTION]),
            object::MESSAGES => (message::ATTACHMENTS, &[message::BODY]),
            object::ARTICLES => (article::ATTACHMENTS, &[article::BODY]),
            object::CUSTOMERS => (customer::ATTACHMENTS, &[]),
            _ => return None,
        };
        Some(FileColumns { files: Some(files), bodies })
    }

    fn message_object(&self, thread: &str) -> Option<&'static str> {
        match thread {
            "ticket" => Some("message"),
            _ => None,
        }
    }

    fn parent_object(&self, word: &str) -> Option<(&'static str, &'static str)> {
        match word {
            "ticket" => Some(("ticket", "tickets")),
            "article" => Some(("kb_article", "kb_articles")),
            "customer" => Some(("customer", "customers")),
            _ => None,
        }
    }

    fn finish(&mut self) -> Vec<Finding> {
        let mut findings = self.memory.tally.take();
        findings.extend(self.months());
        findings
    }
}

/// A membership is part of its team's record.
fn membership(cells: &mut Cells<'_>) -> Outcome {
    let dangling = |finding: &Finding| finding.code == Code::DanglingReference;
    if cells.row.id(member::AGENT_ID).is_none() {
        cells.note_cell(Code::IdMissing, member::AGENT_ID, "The row names no agent.");
        return Outcome::Reject(None);
    }
    if cells.findings.iter().any(dangling) {
        cells.note_cell(Code::OrphanPart, member::AGENT_ID, "Such an agent cannot be a member.");
        return Outcome::Reject(None);
    }
    Outcome::Repeated(Code::FoldedIn)
}

fn tag_record(memory: &mut Memory, cells: &mut Cells<'_>) -> Outcome {
    if cells.row.trimmed(tag::USED_ON).is_some() {
        let what = "what the tag is used on stays in the row as copied";
        memory.tally.add("tags", Code::UnusedBranch, what, cells.row);
    }
    small_lists::tag(cells, key)
}
