//! Tickets.

use super::columns::ticket;
use super::memory::{Memory, key};
use super::people::{self, AgentSlots, VisitorSlots};
use crate::model::Timestamp;
use crate::model::record::{Conversation, PersonRef, ThreadKind};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

const AGENT: AgentSlots = AgentSlots {
    id: Some(ticket::AGENT_ID),
    email: Some(ticket::AGENT_EMAIL),
    name: Some(ticket::AGENT_NAME),
    user: Some(ticket::USER_ID),
};

const VISITOR: VisitorSlots = VisitorSlots {
    id: ticket::VISITOR_ID,
    email: ticket::VISITOR_EMAIL,
    name: ticket::VISITOR_NAME,
    phone: None,
};

const STANDARD: [usize; 4] = [ticket::NUMBER, ticket::PRIORITY, ticket::CATEGORY, ticket::TYPE];

/// A ticket.
pub(super) fn ticket(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study) -> Outcome {
    let Some(id) = cells.row.id(ticket::ID).map(str::to_owned) else {
        return Outcome::Reject(None);
    };
    let Some(key) = key("ticket", &id) else { return Outcome::Reject(None) };
    let status = cells.string(ticket::STATUS).unwrap_or_default();
    let state = memory.states.ticket.state(&status);
    if state.is_none() {
        let empty = status.is_empty();
        let reason = if empty { "The ticket has no status." } else { "Unknown status." };
        cells.note_cell(Code::UnmappedValue, ticket::STATUS, reason);
    }
    let customer = people::customer(memory, cells, study, VISITOR, ("ticket", &id));
    let created_at = cells.time(ticket::CREATED_AT);
    remember(memory, cells, &id, &customer, created_at);
    let mut standard = cells.standard(&STANDARD);
    if let Some(chat) = cells.row.id(ticket::ORIGIN_CHAT_ID) {
        standard.insert("origin_chat".to_owned(), chat.to_owned());
    }
    let record = Conversation {
        kind: ThreadKind::Ticket,
        subject: cells.string(ticket::SUBJECT),
        description: cells.body(ticket::DESCRIPTION, Some(ticket::BODY_FORMAT)),
        state,
        status,
        customer,
        opened_by: None,
        assignee: people::agent_ref(memory, cells, AGENT),
        team: people::team(memory, cells, ticket::DEPARTMENT),
        channel: cells.string(ticket::CHANNEL),
        copies: Vec::new(),
        created_at,
        updated_at: cells.time(ticket::UPDATED_AT),
        closed_at: cells.time(ticket::CLOSED_AT),
        due_at: None,
        memo: None,
        tags: cells.list(ticket::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        reply_count: None,
        attachments: Vec::new(),
        social_ids: Vec::new(),
        archived: false,
    };
    Outcome::Record(Made { key, natural: None, record: record.into() })
}

/// Hash under which tickets and offline messages of equal address and text meet.
pub(super) fn said_by(email: &str, text: &str) -> u64 {
    hash_parts(&[&email.trim().to_lowercase(), text.trim()])
}

/// What the ticket's messages and the offline messages need of it.
fn remember(
    memory: &mut Memory,
    cells: &Cells<'_>,
    id: &str,
    customer: &PersonRef,
    created_at: Option<Timestamp>,
) {
    let text = cells.row.trimmed(ticket::DESCRIPTION);
    if let Some(facts) = memory.tickets.get_mut(hash(id)) {
        facts.text = text.map_or(0, hash);
        facts.created = created_at;
    }
    if let (Some(texts), Some(email), Some(text), Some(time)) =
        (&mut memory.ticket_texts, &customer.email, text, created_at)
    {
        texts.entry(said_by(email, text)).or_default().push((time.0, id.to_owned()));
    }
}
