//! Offline messages, and their replies. What also stands in the export as a ticket is left out.

use serde_json::json;

use super::blank;
use super::columns::offline;
use super::memory::{Memory, key};
use super::people::{self, AgentSlots, VisitorSlots};
use super::ticket::said_by;
use crate::model::SourceKey;
use crate::model::Timestamp;
use crate::model::record::{Author, AuthorRole, Conversation, Message, PersonRef, ThreadKind};
use crate::source::bundle::adapter::{Derived, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

const VISITOR: VisitorSlots = VisitorSlots {
    id: offline::VISITOR_ID,
    email: offline::VISITOR_EMAIL,
    name: offline::VISITOR_NAME,
    phone: Some(offline::PHONE),
};

const REPLIER: AgentSlots =
    AgentSlots { id: None, email: None, name: Some(offline::REPLIED_BY), user: None };

/// The channel of offline messages.
const CHANNEL: &str = "Offline";

/// A ticket and an offline message of equal address and text within this are one.
const SAME_WITHIN_MS: u64 = 120_000;

/// Words for the state where the export has no column for it.
const ANSWERED: &str = "replied";
const UNANSWERED: &str = "unanswered";

/// An offline message.
pub(super) fn offline(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study) -> Outcome {
    let created_at = cells.time(offline::CREATED_AT);
    let text = cells.row.trimmed(offline::MESSAGE).unwrap_or_default().to_owned();
    let email = cells.row.typed(offline::VISITOR_EMAIL).unwrap_or_default().to_lowercase();
    let own = cells.row.id(offline::ID).map(str::to_owned);
    let natural = own.is_none().then(|| {
        let time = created_at.map_or(0, |time| time.0).to_string();
        generated("offline_messages", &[&email, &time, &text])
    });
    let Some(id) = own.or_else(|| natural.clone()) else { return Outcome::Reject(None) };
    let Some(message_key) = key("offline_message", &id) else { return Outcome::Reject(None) };
    let ticket = cells.row.id(offline::TICKET_ID).map(str::to_owned);
    let tickets = &study.objects[super::layout::object::TICKETS].ids;
    let known = ticket.clone().filter(|ticket| tickets.contains(hash(ticket)));
    if let Some(ticket) = known.or_else(|| same_ticket(memory, &email, &text, created_at)) {
        reply_of_ticket(memory, cells, &id, &ticket);
        return Outcome::Repeated(Code::OfflineIsTicket);
    }
    if ticket.is_some() && !cells.common.partial {
        let reason = "No such ticket is in the export.";
        cells.note_cell(Code::DanglingReference, offline::TICKET_ID, reason);
    }
    let assignee = people::agent_ref(memory, cells, REPLIER);
    let reply = reply(cells, &id, &message_key, assignee.clone());
    let answered = reply.is_some();
    memory.derived.extend(reply);
    let word = if answered { ANSWERED } else { UNANSWERED };
    let status = cells.string(offline::STATUS).unwrap_or_else(|| word.to_owned());
    let state = memory.states.offline.state(&status);
    if state.is_none() {
        cells.note_cell(Code::UnmappedValue, offline::STATUS, "Unknown status.");
    }
    let mut standard = cells.standard(&[offline::PAGE_URL]);
    if let Some(ticket) = ticket {
        standard.insert("related_ticket".to_owned(), ticket);
    }
    let customer = people::customer(memory, cells, study, VISITOR, ("offline", &id));
    let description = cells.body(offline::MESSAGE, None);
    if description.is_none() {
        cells.note_cell(Code::RequiredMissing, offline::MESSAGE, "The message has no text.");
    }
    let record = Conversation {
        subject: cells.string(offline::SUBJECT),
        description,
        assignee,
        team: people::team(memory, cells, offline::DEPARTMENT),
        channel: Some(CHANNEL.to_owned()),
        created_at,
        standard,
        ..blank::thread(ThreadKind::Offline, (state, status), customer)
    };
    Outcome::Record(Made { key: message_key, natural, record: record.into() })
}

/// Equal address and text within two minutes of a ticket.
fn same_ticket(
    memory: &Memory,
    email: &str,
    text: &str,
    time: Option<Timestamp>,
) -> Option<String> {
    if email.is_empty() || text.is_empty() {
        return None;
    }
    let (texts, time) = (memory.ticket_texts.as_ref()?, time?);
    let tickets = texts.get(&said_by(email, text))?;
    let near = |(at, _): &&(i64, String)| at.abs_diff(time.0) <= SAME_WITHIN_MS;
    tickets.iter().find(near).map(|(_, id)| id.clone())
}

/// A reply that stands with the offline message alone is not lost with it.
fn reply_of_ticket(memory: &mut Memory, cells: &mut Cells<'_>, id: &str, ticket: &str) {
    let Some(text) = cells.row.trimmed(offline::REPLY) else { return };
    if memory.ticket_replies.contains(&hash_parts(&[ticket, text])) {
        return;
    }
    let Some(conversation) = key("ticket", ticket) else { return };
    let person = people::agent_ref(memory, cells, REPLIER);
    let mut reply = reply(cells, id, &conversation, person);
    if let Some(reply) = &mut reply {
        // The row itself is left out, with what was noted about it.
        reply.findings = std::mem::take(&mut cells.findings);
    }
    memory.derived.extend(reply);
}

/// The reply that stands in the message's row.
fn reply(
    cells: &mut Cells<'_>,
    id: &str,
    conversation: &SourceKey,
    person: PersonRef,
) -> Option<Derived> {
    let body = cells.body(offline::REPLY, None)?;
    let key = key("offline_reply", id)?;
    let created_at = cells.time(offline::REPLIED_AT);
    if created_at.is_none() {
        cells.note_cell(Code::RequiredMissing, offline::REPLIED_AT, "The reply has no time.");
    }
    let raw = json!({ "offline_message": id, "reply": body.content });
    let record = Message {
        author: Author { role: AuthorRole::Agent, person },
        body: Some(body),
        created_at,
        ..super::message::empty(conversation.clone())
    };
    let (object, at, findings) = ("offline_messages", None, Vec::new());
    let record = record.into();
    Some(Derived { object, before: false, key, at, raw, record, findings })
}
