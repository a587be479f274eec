//! Deskero's part in reading an export: what is noted in the first reading, and which function
//! makes which record in the second.

use std::collections::{BTreeMap, HashSet};

use super::columns::{customer, kb_article, mention, note, reply, ticket};
use super::layout::object;
use super::memory::{Memory, TicketFacts, key};
use super::words::Words;
use super::{knowledge, people, social, thread};
use crate::model::Record;
use crate::source::bundle::Adapter;
use crate::source::bundle::adapter::{FileColumns, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::common;
use crate::source::bundle::files::FileIndex;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::row::Row;
use crate::source::bundle::small_lists;
use crate::source::bundle::study::Study;
use crate::source::bundle::studying::field_id;
use crate::source::bundle::survey::{Bundle, Form};
use crate::source::contract::{Reading, SourceError};
use crate::source::finding::{Code, Finding};

/// Deskero's adapter.
pub struct Deskero {
    memory: Memory,
    /// Highest number and how many, by year.
    years: BTreeMap<u32, (u64, u64)>,
    claimed_replies: u64,
    /// Set while replies stand both in files and inside tickets.
    met_replies: Option<HashSet<u64>>,
}

impl Deskero {
    /// For one reading.
    ///
    /// # Errors
    /// If a value map is wrong.
    pub fn make(reading: &Reading, bundle: &Bundle) -> Result<Box<dyn Adapter>, SourceError> {
        let replies = bundle.parts.iter().filter(|part| part.object == object::REPLIES);
        let is_embedded = |form: &Form| matches!(form, Form::Embedded { .. });
        let embedded: Vec<bool> = replies.map(|part| is_embedded(&part.form)).collect();
        let both = embedded.contains(&true) && embedded.contains(&false);
        Ok(Box::new(Self {
            memory: Memory::new(Words::new(reading, bundle)?),
            years: BTreeMap::new(),
            claimed_replies: 0,
            met_replies: both.then(HashSet::new),
        }))
    }

    fn observe_ticket(&mut self, row: &Row) {
        let Some(id) = row.id(ticket::ID) else { return };
        self.memory.tickets.add(hash(id), TicketFacts::default());
        if let Some((number, year)) = row.trimmed(ticket::NUMBER).and_then(thread::number) {
            let (highest, count) = self.years.entry(year).or_default();
            *highest = number.max(*highest);
            *count += 1;
        }
        let claimed = row.typed(ticket::REPLY_COUNT).and_then(|text| text.parse::<u64>().ok());
        self.claimed_replies += claimed.unwrap_or(0);
        self.observe_posts(row, &thread::TICKET_POSTS, id);
    }

    fn observe_reply(&mut self, row: &Row, files: &mut FileIndex) {
        let Some(ticket) = row.id(reply::TICKET_ID) else { return };
        if let Some(message) = row.id(reply::ID) {
            files.message_seen("reply", message, ticket);
        }
        self.observe_posts(row, &thread::REPLY_POSTS, ticket);
        if let Some(met) = &mut self.met_replies
            && !met.insert(reply_hash(row))
        {
            return;
        }
        if let Some(facts) = self.memory.tickets.get_mut(hash(ticket)) {
            facts.replies += 1;
        }
    }

    fn observe_posts(&mut self, row: &Row, slots: &[usize], ticket: &str) {
        if self.memory.posts.is_empty() {
            return;
        }
        for id in slots.iter().filter_map(|&slot| row.id(slot)) {
            if let Some(place @ None) = self.memory.posts.get_mut(&hash(id)) {
                *place = Some(ticket.to_owned());
            }
        }
    }

    fn observe_mention(&mut self, row: &Row) {
        if let Some(id) = row.id(mention::ID) {
            self.memory.posts.insert(hash(id), None);
        }
        let handle = row.trimmed(mention::AUTHOR_HANDLE).map(social::handle);
        let address = row.trimmed(mention::AUTHOR_URL).map(social::handle);
        for text in handle.into_iter().chain(address) {
            self.memory.handles.insert(hash(&text), None);
        }
    }

    fn observe_customer(&mut self, row: &Row) {
        if self.memory.handles.is_empty() {
            return;
        }
        let Some(id) = row.id(customer::ID) else { return };
        for address in (customer::TWITTER..=customer::YOUTUBE).filter_map(|slot| row.trimmed(slot))
        {
            if let Some(place @ None) = self.memory.handles.get_mut(&hash(&social::handle(address)))
            {
                *place = Some(id.to_owned());
            }
        }
    }

    /// Numbers run from 1 in each year: what is missing was archived, deleted or not exported.
    fn gaps(&self, findings: &mut Vec<Finding>) {
        for (year, (highest, count)) in &self.years {
            if highest > count {
                let missing = highest - count;
                let reason = format!("{year}: {missing} of {highest} ticket numbers are missing.");
                let finding = Finding::new(Code::NumberGaps, reason);
                findings.push(finding.object("tickets").column("number"));
            }
        }
    }

    /// Passes of the export that seem to be missing, by what the others say.
    fn missing(&self, study: &Study, findings: &mut Vec<Finding>) {
        let mut add = |object: &str, reason: String| {
            findings.push(Finding::new(Code::PassMissing, reason).object(object));
        };
        let present = |index: usize| study.objects[index].present;
        if !present(object::TICKETS) {
            return;
        }
        if !present(object::REPLIES) && self.claimed_replies > 0 {
            let claimed = self.claimed_replies;
            add("replies", format!("Tickets claim {claimed} replies, and no file holds any."));
        }
        for (index, name) in [(object::TICKETS, "tickets"), (object::CUSTOMERS, "customers")] {
            if present(index) && study.objects[index].fields.is_empty() {
                add(name, format!("No custom field of {name} was found."));
            }
        }
    }
}

/// Replies of equal ticket and text meet under this hash.
fn reply_hash(row: &Row) -> u64 {
    let body = row.trimmed(reply::BODY).unwrap_or_default();
    hash_parts(&[row.id(reply::TICKET_ID).unwrap_or_default(), body])
}

impl Adapter for Deskero {
    fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex) {
        match object {
            object::TICKETS => self.observe_ticket(row),
            object::REPLIES => self.observe_reply(row, files),
            object::MENTIONS => self.observe_mention(row),
            object::CUSTOMERS => self.observe_customer(row),
            object::NOTES => {
                if let (Some(id), Some(ticket)) = (row.id(note::ID), row.id(note::TICKET_ID)) {
                    files.message_seen("note", id, ticket);
                }
            }
            _ => {}
        }
    }

    fn observed(&mut self, object: usize) {
        match object {
            object::TICKETS => self.memory.tickets.finish(),
            object::REPLIES => self.met_replies = None,
            _ => {}
        }
    }

    fn content_hash(&self, object: usize, row: &Row) -> u64 {
        match object {
            object::REPLIES | object::EVENTS => reply_hash(row),
            object::CUSTOM_FIELDS => hash(&field_id(row).unwrap_or_default()),
            _ => hash(row.all_text()),
        }
    }

    fn review(&mut self, study: &Study) -> Vec<Finding> {
        let mut findings = Vec::new();
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
        let made = match object {
            object::AGENTS => people::agent(cells).map(|record| ("agent", record)),
            object::COMPANIES => {
                people::company(&mut self.memory, cells).map(|record| ("company", record))
            }
            object::CUSTOMERS => {
                people::customer(&mut self.memory, cells).map(|record| ("customer", record))
            }
            object::CUSTOM_FIELDS => return small_lists::field(cells, key, |owner| owner),
            object::TAGS => return small_lists::tag(cells, key),
            object::TICKETS => {
                let replies_known = study.objects[object::REPLIES].present;
                thread::ticket(&mut self.memory, cells, replies_known)
                    .map(|record| ("ticket", record))
            }
            object::REPLIES => return thread::reply(&mut self.memory, cells, "reply", meets_equal),
            object::EVENTS => return thread::reply(&mut self.memory, cells, "event", meets_equal),
            object::NOTES => return thread::note(cells),
            object::MENTIONS => social::mention(&self.memory, cells).map(|r| ("social_mention", r)),
            object::KB_GROUPS => {
                knowledge::group(&self.memory, cells).map(|record| ("kb_group", record))
            }
            object::KB_AREAS => {
                knowledge::area(&self.memory, cells).map(|record| ("kb_area", record))
            }
            object::KB_ARTICLES => {
                knowledge::article(&mut self.memory, cells).map(|record| ("kb_article", record))
            }
            object::CANNED_ANSWERS => {
                knowledge::canned_answer(cells).map(|record| ("canned_answer", record))
            }
            _ => common::workflow_of(cells).map(|item| ("workflow", Record::from(item))),
        };
        let Some((word, record)) = made else { return Outcome::Reject(None) };
        match cells.row.id(0).and_then(|id| key(word, id)) {
            Some(key) => Outcome::Record(Made { key, natural: None, record }),
            None => Outcome::Reject(None),
        }
    }

    fn file_columns(&self, object: usize) -> Option<FileColumns> {
        let (files, bodies): (usize, &'static [usize]) = match object {
            object::TICKETS => (ticket::ATTACHMENTS, &[ticket::DESCRIPTION, ticket::MEMO]),
            object::REPLIES | object::EVENTS => (reply::ATTACHMENTS, &[reply::BODY]),
            object::NOTES => (note::ATTACHMENTS, &[note::BODY]),
            object::KB_ARTICLES => (kb_article::ATTACHMENTS, &[kb_article::BODY]),
            object::CUSTOMERS => (customer::ATTACHMENTS, &[customer::MEMO]),
            _ => return None,
        };
        Some(FileColumns { files: Some(files), bodies })
    }

    fn message_object(&self, thread: &str) -> Option<&'static str> {
        match thread {
            "ticket" => Some("reply"),
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
        self.memory.tally.take()
    }
}
