//! ClickDesk's part in reading an export: what is noted in the first reading, and which function
//! makes which record in the second.

use super::columns::{
    agent, call, chat, chat_message, offline, social, ticket, ticket_message, visitor,
};
use super::layout::object;
use super::memory::{ChatFacts, Memory, TicketFacts, address, key};
use super::{call as calls, chat as chats, message, offline as messages, other, people};
use super::{product, social as posts, ticket as tickets};
use crate::source::bundle::Adapter;
use crate::source::bundle::adapter::{Derived, FileColumns, Outcome};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::FileIndex;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::row::Row;
use crate::source::bundle::small_lists;
use crate::source::bundle::study::Study;
use crate::source::bundle::studying::field_id;
use crate::source::bundle::survey::Bundle;
use crate::source::contract::{ExportKind, Reading, SourceError};
use crate::source::finding::{Code, Finding};

/// ClickDesk's adapter.
pub struct ClickDesk {
    memory: Memory,
    product: Finding,
    partial: bool,
}

impl ClickDesk {
    /// For one reading.
    ///
    /// # Errors
    /// If a value map is wrong, or the export is of another product.
    pub fn make(reading: &Reading, bundle: &Bundle) -> Result<Box<dyn Adapter>, SourceError> {
        let product = product::check(bundle)?;
        let partial = bundle.manifest.export_kind()? != ExportKind::Full;
        Ok(Box::new(Self { memory: Memory::new(reading, bundle)?, product, partial }))
    }

    fn observe_visitor(&mut self, row: &Row) {
        let id = row.id(visitor::ID).map_or(0, hash);
        for email in row.text(visitor::EMAIL).map(cell::emails).unwrap_or_default() {
            let known = self.memory.addresses.entry(address(&email)).or_insert(id);
            if *known != id {
                *known = 0;
            }
        }
    }

    fn observe_chat(&mut self, row: &Row) {
        let capture = chats::capture(row);
        let Some(id) = row.id(chat::ID) else {
            if let Some(capture) = capture {
                *self.memory.unnamed.entry(capture).or_default() += 1;
            }
            return;
        };
        self.memory.named.extend(capture);
        let slots = [chat::VISITOR_ID, chat::VISITOR_NAME, chat::VISITOR_EMAIL];
        let visitor = self.memory.visitor(row, slots);
        self.memory.chats.add(hash(id), ChatFacts { visitor, ..ChatFacts::default() });
    }

    fn observe_chat_message(&mut self, row: &Row, files: &mut FileIndex) {
        let Some(chat) = row.id(chat_message::THREAD_ID) else { return };
        if let Some(id) = row.id(chat_message::ID) {
            files.message_seen_in("chat_message", id, ("chat", chat));
        }
        if let Some(met) = &mut self.memory.met_messages
            && !met.insert(message::content(row))
        {
            return;
        }
        if let Some(facts) = self.memory.chats.get_mut(hash(chat)) {
            facts.rows += 1;
        }
    }

    fn observe_ticket(&mut self, row: &Row) {
        let Some(id) = row.id(ticket::ID) else { return };
        let slots = [ticket::VISITOR_ID, ticket::VISITOR_NAME, ticket::VISITOR_EMAIL];
        let visitor = self.memory.visitor(row, slots);
        self.memory.tickets.add(hash(id), TicketFacts { visitor, ..TicketFacts::default() });
    }

    fn observe_ticket_message(&mut self, row: &Row, files: &mut FileIndex) {
        let Some(ticket) = row.id(ticket_message::THREAD_ID) else { return };
        if let Some(id) = row.id(ticket_message::ID) {
            files.message_seen("ticket_message", id, ticket);
        }
        if let (Some(_), Some(text)) =
            (&self.memory.ticket_texts, row.trimmed(ticket_message::BODY))
        {
            self.memory.ticket_replies.insert(hash_parts(&[ticket, text]));
        }
    }
}

impl Adapter for ClickDesk {
    fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex) {
        match object {
            object::DEPARTMENTS => self.memory.agents.observe_department(row),
            object::AGENTS => self.memory.agents.observe(row),
            object::VISITORS => self.observe_visitor(row),
            object::CHATS => self.observe_chat(row),
            object::CHAT_MESSAGES => self.observe_chat_message(row, files),
            object::TICKETS => self.observe_ticket(row),
            object::TICKET_MESSAGES => self.observe_ticket_message(row, files),
            object::SOCIAL_MESSAGES => posts::observe(&mut self.memory, row),
            object::OFFLINE_MESSAGES => {
                let slots = [offline::VISITOR_ID, offline::VISITOR_NAME, offline::VISITOR_EMAIL];
                self.memory.visitor(row, slots);
            }
            object::CALLS => {
                let slots = [call::VISITOR_ID, call::VISITOR_NAME, call::VISITOR_EMAIL];
                self.memory.visitor(row, slots);
            }
            _ => {}
        }
    }

    fn observed(&mut self, object: usize) {
        match object {
            object::CHATS => self.memory.chats.finish(),
            object::CHAT_MESSAGES => self.memory.met_messages = None,
            object::TICKETS => self.memory.tickets.finish(),
            _ => {}
        }
    }

    fn content_hash(&self, object: usize, row: &Row) -> u64 {
        match object {
            object::CHAT_MESSAGES | object::TICKET_MESSAGES => message::content(row),
            object::CUSTOM_FIELDS => hash(&field_id(row).unwrap_or_default()),
            object::AGENTS => hash(&row.typed(agent::EMAIL).unwrap_or_default().to_lowercase()),
            object::VISITORS if row.typed(visitor::EMAIL).is_some() => {
                hash(&row.typed(visitor::EMAIL).unwrap_or_default().to_lowercase())
            }
            _ => hash(row.all_text()),
        }
    }

    fn review(&mut self, _study: &Study) -> Vec<Finding> {
        vec![self.product.clone()]
    }

    fn normalise(
        &mut self,
        object: usize,
        cells: &mut Cells<'_>,
        study: &Study,
        meets_equal: bool,
    ) -> Outcome {
        let memory = &mut self.memory;
        match object {
            object::DEPARTMENTS => people::department(memory, cells),
            object::AGENTS => people::teammate(memory, cells),
            object::VISITORS => people::visitor(cells),
            object::CUSTOM_FIELDS => small_lists::field(cells, key, field_owner),
            object::TAGS => small_lists::tag(cells, key),
            object::CHATS => chats::chat(memory, cells, study),
            object::CHAT_MESSAGES => {
                message::message(memory, cells, ("chat", "chat_message"), meets_equal)
            }
            object::TICKETS => tickets::ticket(memory, cells, study),
            object::TICKET_MESSAGES => {
                message::message(memory, cells, ("ticket", "ticket_message"), meets_equal)
            }
            object::OFFLINE_MESSAGES => messages::offline(memory, cells, study),
            object::SOCIAL_MESSAGES => posts::social(memory, cells, study),
            object::CALLS => calls::call(memory, cells, study),
            object::CANNED_RESPONSES => other::canned(cells),
            object::WIDGET_SETTINGS => other::widget(cells),
            object::AUTOMATIONS => other::automation(cells),
            _ => other::report(memory, cells),
        }
    }

    fn derived(&mut self) -> Vec<Derived> {
        std::mem::take(&mut self.memory.derived)
    }

    fn at_end(&mut self, object: usize) -> Vec<Derived> {
        match object {
            object::REPORTS => other::reports(&mut self.memory, self.partial),
            _ => Vec::new(),
        }
    }

    fn file_columns(&self, object: usize) -> Option<FileColumns> {
        let (files, bodies): (usize, &'static [usize]) = match object {
            object::VISITORS => (visitor::ATTACHMENTS, &[visitor::NOTES]),
            object::CHATS => (chat::ATTACHMENTS, &[]),
            object::CHAT_MESSAGES | object::TICKET_MESSAGES => {
                (chat_message::ATTACHMENTS, &[chat_message::BODY])
            }
            object::TICKETS => (ticket::ATTACHMENTS, &[ticket::DESCRIPTION]),
            object::OFFLINE_MESSAGES => (offline::ATTACHMENTS, &[offline::MESSAGE]),
            object::SOCIAL_MESSAGES => (social::ATTACHMENTS, &[social::TEXT]),
            object::CALLS => (call::RECORDING, &[]),
            _ => return None,
        };
        Some(FileColumns { files: Some(files), bodies })
    }

    fn message_object(&self, thread: &str) -> Option<&'static str> {
        match thread {
            "ticket" => Some("ticket_message"),
            "chat" => Some("chat_message"),
            _ => None,
        }
    }

    fn parent_object(&self, word: &str) -> Option<(&'static str, &'static str)> {
        match word {
            "ticket" => Some(("ticket", "tickets")),
            "chat" => Some(("chat", "chats")),
            "offline_message" => Some(("offline_message", "offline_messages")),
            "call" => Some(("call", "calls")),
            "customer" => Some(("visitor", "visitors")),
            _ => None,
        }
    }

    fn finish(&mut self) -> Vec<Finding> {
        let mut findings = self.memory.tally.take();
        for path in self.memory.transcripts.unclaimed() {
            let reason = "No chat is called like this transcript, and none names it.";
            findings.push(Finding::new(Code::TranscriptUnread, reason).at(path, 1));
        }
        findings
    }
}

/// Visitors are customers in our words.
fn field_owner(word: &str) -> &str {
    match word {
        "visitor" | "contact" => "customer",
        other => other,
    }
}
