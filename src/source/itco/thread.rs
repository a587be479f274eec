//! Tickets and their messages.

use sha2::{Digest, Sha256};

use super::columns::{message, ticket};
use super::layout::object;
use super::memory::{Memory, TicketFacts, key, tidy_path};
use super::people::{PersonColumns, agent_of, customer_of, person, relative, time};
use crate::model::record::{
    Author, AuthorRole, Conversation, ConversationState, Message, MessageEvent, MessageKind,
    PersonRef, ThreadKind,
};
use crate::model::{Record, Timestamp};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::{FileIndex, by_number};
use crate::source::bundle::handmade::{artefact, cut_mark};
use crate::source::bundle::index::hash;
use crate::source::bundle::inline::hex;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::bundle::study::Study;
use crate::source::finding::{Code, Severity};

const CUSTOMER: PersonColumns = PersonColumns {
    object: "customer",
    id: ticket::CUSTOMER_ID,
    email: ticket::CUSTOMER_EMAIL,
    name: ticket::CUSTOMER_NAME,
};

const AGENT: PersonColumns = PersonColumns {
    object: "agent",
    id: ticket::AGENT_ID,
    email: ticket::AGENT_EMAIL,
    name: ticket::AGENT_NAME,
};

const TICKET_STANDARD: [usize; 3] = [ticket::NUMBER, ticket::CATEGORY, ticket::SOURCE_URL];

/// Screens show minutes: a message may seem to be so much older than its ticket.
const EARLY_MS: i64 = 60_000;

/// Which files of an export can be held against the counts on tickets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Messages.
    pub(super) messages: bool,
    /// Attachments index.
    pub(super) files: bool,
}

/// First reading: a ticket.
pub(super) fn observe_ticket(memory: &mut Memory, row: &Row) {
    let Some(id) = row.id(ticket::ID) else { return };
    let files_named = files_in(row, ticket::ATTACHMENTS);
    memory.tickets.add(hash(id), TicketFacts { files_named, ..TicketFacts::default() });
    if let Some((before, number)) = numbered(id) {
        memory.numbers.entry(before.to_owned()).or_default().push(number);
    }
}

/// What stands before the number at the end of an id, and the number.
pub(super) fn numbered(id: &str) -> Option<(&str, u64)> {
    /// Longer numbers are no running numbers.
    const DIGITS_MAX: usize = 12;
    let before = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &id[before.len()..];
    (1..=DIGITS_MAX).contains(&digits.len()).then_some(())?;
    Some((before, digits.parse().ok()?))
}

fn files_in(row: &Row, slot: usize) -> u32 {
    let files = row.text(slot).unwrap_or_default().split('|').filter(|t| !t.trim().is_empty());
    u32::try_from(files.count()).unwrap_or(u32::MAX)
}

/// What tells a message from the others of the export, as far as the first reading knows.
pub(super) fn message_id(row: &Row) -> Option<String> {
    if let Some(id) = row.id(message::ID) {
        return Some(id.to_owned());
    }
    let number: u64 = row.typed(message::SEQ)?.parse().ok()?;
    Some(by_number(row.id(message::TICKET_ID)?, &number.to_string()))
}

/// First reading: a message. `first` tells that no equal one was met.
pub(super) fn observe_message(memory: &mut Memory, row: &Row, files: &mut FileIndex, first: bool) {
    let Some(ticket) = row.id(message::TICKET_ID) else { return };
    if let Some(id) = message_id(row) {
        files.message_seen("message", &id, ticket);
        if let Some(number) = row.typed(message::SEQ).and_then(|text| text.parse::<u64>().ok()) {
            let name = by_number(ticket, &number.to_string());
            files.message_named("message", &name, &id, ticket);
        }
    }
    let said = !matches!(kind_of(row), Some(MessageKind::Event));
    if let Some(facts) = memory.tickets.get_mut(hash(ticket)).filter(|_| first) {
        facts.messages += u32::from(said);
        facts.files_named += files_in(row, message::ATTACHMENTS);
    }
}

/// A ticket.
pub(super) fn ticket(memory: &mut Memory, cells: &mut Cells<'_>, held: Held) -> Option<Record> {
    let id = cells.row.id(ticket::ID)?.to_owned();
    if relative(cells, ticket::CREATED_AT) {
        return None;
    }
    let created_at = cells.time(ticket::CREATED_AT);
    if cells.row.typed(ticket::CREATED_AT).is_none() {
        let reason = "The ticket does not say when it began.";
        cells.note_cell(Code::RequiredMissing, ticket::CREATED_AT, reason);
    }
    let subject = cells.string(ticket::TITLE);
    if subject.is_none() {
        cells.note_cell(Code::RequiredMissing, ticket::TITLE, "The ticket has no title.");
    }
    let (status, state) = status(memory, cells);
    let description = cells.body(ticket::DESCRIPTION, Some(ticket::BODY_FORMAT));
    doubts(cells, ticket::DESCRIPTION);
    let customer = customer_of(memory, cells, &CUSTOMER);
    if customer.is_empty() {
        let reason = "Nobody is named as the customer.";
        cells.note_cell(Code::RequiredMissing, ticket::CUSTOMER_ID, reason);
    }
    let reply_count = cells.count(ticket::MESSAGE_COUNT);
    let file_count = cells.count(ticket::ATTACHMENT_COUNT);
    if let Some(facts) = memory.tickets.get_mut(hash(&id)) {
        facts.created_ms = created_at.map(|time| time.0);
        compare(cells, facts, (reply_count, file_count), held);
    }
    if let Some(time) = created_at {
        *memory.months.entry(month(time)).or_default() += 1;
    }
    let mut standard = cells.standard(&TICKET_STANDARD);
    if let Some(priority) = priority(memory, cells) {
        standard.insert("priority".to_owned(), priority);
    }
    if let Some(count) = file_count {
        standard.insert("attachment_count".to_owned(), count.to_string());
    }
    let due_at = if relative(cells, ticket::PENDING_UNTIL) {
        None
    } else {
        cells.deadline(ticket::PENDING_UNTIL)
    };
    Some(Record::from(Conversation {
        kind: ThreadKind::Ticket,
        subject,
        description,
        state,
        status,
        customer,
        opened_by: None,
        assignee: agent_of(memory, cells, &AGENT),
        team: team(memory, cells),
        channel: cells.string(ticket::CHANNEL),
        copies: Vec::new(),
        created_at,
        updated_at: time(cells, ticket::UPDATED_AT),
        closed_at: time(cells, ticket::CLOSED_AT),
        due_at,
        memo: None,
        tags: cells.list(ticket::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        reply_count,
        attachments: Vec::new(),
        social_ids: Vec::new(),
        archived: false,
    }))
}

/// The status as written, and what it means.
fn status(memory: &mut Memory, cells: &mut Cells<'_>) -> (String, Option<ConversationState>) {
    let status = cells.string(ticket::STATUS).unwrap_or_default();
    let Some(known) = memory.words.status(&status) else {
        let reason =
            if status.is_empty() { "The ticket has no status." } else { "Unknown status." };
        cells.note_cell(Code::UnmappedValue, ticket::STATUS, reason);
        return (status, None);
    };
    if let Some(own) = known.read_as {
        let what = format!("status {:?} read as {own:?}", fold(&status));
        memory.tally.add("tickets", Code::SynonymUsed, what, cells.row);
    }
    (status, Some(known.means))
}

/// The template's word for the priority, or the word as written.
fn priority(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<String> {
    let word = cells.string(ticket::PRIORITY)?;
    let Some(known) = memory.words.priority(&word) else {
        warn(cells, ticket::PRIORITY, "Unknown priority; it is kept as written.");
        return Some(word);
    };
    if let Some(own) = &known.read_as {
        let what = format!("priority {:?} read as {own:?}", fold(&word));
        memory.tally.add("tickets", Code::SynonymUsed, what, cells.row);
    }
    Some(known.means)
}

/// An unknown word that keeps nothing from moving.
fn warn(cells: &mut Cells<'_>, slot: usize, reason: &str) {
    cells.note_cell(Code::UnmappedValue, slot, reason);
    if let Some(finding) = cells.findings.last_mut() {
        finding.severity = Severity::Warning;
    }
}

/// The team with those above it, by id or name; as written if no list of teams knows it.
fn team(memory: &Memory, cells: &Cells<'_>) -> Option<String> {
    let by_id = cells.row.id(ticket::TEAM_ID).and_then(|id| memory.team_path(id));
    by_id.or_else(|| {
        let name = cells.row.trimmed(ticket::TEAM_NAME)?;
        let known = memory.team_named(name).and_then(|id| memory.team_path(id));
        Some(known.unwrap_or_else(|| tidy_path(name)))
    })
}

/// What was found of a ticket's messages and files against what it says.
fn compare(
    cells: &mut Cells<'_>,
    facts: &TicketFacts,
    (messages, files): (Option<u64>, Option<u64>),
    held: Held,
) {
    if cells.common.partial {
        return; // A delta brings new messages only.
    }
    let found = u64::from(facts.messages);
    if held.messages && found == 0 && messages != Some(0) {
        cells.note(Code::ThreadEmpty, "No message of the ticket is in the export.");
    } else if let Some(claimed) = messages.filter(|&claimed| held.messages && claimed != found) {
        let reason = format!("{found} messages were found; the ticket says {claimed}.");
        cells.note_cell(Code::ThreadIncomplete, ticket::MESSAGE_COUNT, reason);
    }
    let found = u64::from(facts.files());
    let known = held.files || found > 0;
    if let Some(claimed) = files.filter(|&claimed| known && claimed != found) {
        let reason = format!("{found} files are listed; the ticket says {claimed}.");
        cells.note_cell(Code::FilesIncomplete, ticket::ATTACHMENT_COUNT, reason);
    }
}

/// Months since year 0.
fn month(time: Timestamp) -> i32 {
    use chrono::Datelike;
    let day = chrono::DateTime::from_timestamp_millis(time.0).unwrap_or_default();
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0)
}

/// Signs that a text was cut, or that parts of the screen came along.
pub(super) fn doubts(cells: &mut Cells<'_>, slot: usize) {
    let Some(text) = cells.row.text(slot) else { return };
    if let Some(mark) = cut_mark(text) {
        let reason = format!("The text ends in {mark:?}: the screen may have cut it.");
        cells.note_cell(Code::Truncated, slot, reason);
    }
    if let Some(mark) = artefact(text) {
        let reason = format!("The line {mark:?} probably came from the screen.");
        cells.note_cell(Code::ScreenArtefact, slot, reason);
    }
}

/// What a message is; `None` if the words for it are unknown.
fn kind_of(row: &Row) -> Option<MessageKind> {
    let internal = match row.trimmed(message::VISIBILITY).map(fold).as_deref() {
        None | Some("public" | "external") => false,
        Some("internal" | "private" | "note") => true,
        Some(_) => return None,
    };
    match row.trimmed(message::EVENT_TYPE).map(fold).as_deref() {
        None | Some("comment" | "message" | "reply") if internal => Some(MessageKind::Note),
        None | Some("comment" | "message" | "reply") => Some(MessageKind::Message),
        Some("note" | "internal note" | "private note") => Some(MessageKind::Note),
        Some(_) => Some(MessageKind::Event),
    }
}

const EVENTS: &[&str] =
    &["assignment", "status_change", "priority_change", "merge", "call", "rating", "other"];

/// The word for what happened, as the hub has it.
fn event_word(cells: &mut Cells<'_>) -> String {
    let word = cells.row.trimmed(message::EVENT_TYPE).map(fold).unwrap_or_default();
    let word = word.replace([' ', '-'], "_");
    if !EVENTS.contains(&word.as_str()) {
        warn(cells, message::EVENT_TYPE, "Not an event of the template; kept as written.");
    }
    word
}

/// Who wrote a message.
fn author(
    memory: &Memory,
    cells: &mut Cells<'_>,
    kind: MessageKind,
    study: &Study,
) -> Option<Author> {
    let word = cells.row.trimmed(message::AUTHOR_TYPE).map(fold);
    let role = match word.as_deref() {
        Some("customer" | "client" | "contact" | "requester" | "end user" | "user") => {
            AuthorRole::Customer
        }
        Some("agent" | "technician" | "staff" | "operator" | "admin") => AuthorRole::Agent,
        Some("system" | "automation") => AuthorRole::System,
        Some("bot") => AuthorRole::Bot,
        None if kind == MessageKind::Event => AuthorRole::System,
        _ => {
            let reason = "Not customer, agent, system or bot.";
            cells.note_cell(Code::AuthorUnknown, message::AUTHOR_TYPE, reason);
            return None;
        }
    };
    let (object, index) = match role {
        AuthorRole::Customer => ("customer", object::CUSTOMERS),
        _ => ("agent", object::AGENTS),
    };
    let columns = PersonColumns {
        object,
        id: message::AUTHOR_ID,
        email: message::AUTHOR_EMAIL,
        name: message::AUTHOR_NAME,
    };
    let person = match role {
        AuthorRole::Customer => {
            let found = person(cells, &columns);
            memory.customers.keyed(found, |id| key(object, id))
        }
        _ => person(cells, &columns),
    };
    let known = &study.objects[index];
    let id = cells.row.id(message::AUTHOR_ID).filter(|_| known.present);
    if id.is_some_and(|id| !known.ids.contains(hash(id))) && !cells.common.partial {
        let reason = format!("No such {object} is in the export.");
        cells.note_cell(Code::DanglingReference, message::AUTHOR_ID, reason);
    }
    if person.is_empty() && matches!(role, AuthorRole::Customer | AuthorRole::Agent) {
        let reason = "The message names no author.";
        cells.note_cell(Code::RequiredMissing, message::AUTHOR_EMAIL, reason);
    }
    Some(Author { role, person })
}

/// A message, note or event.
pub(super) fn message(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    study: &Study,
    meets_equal: bool,
) -> Outcome {
    let Some(ticket_id) = cells.row.id(message::TICKET_ID).map(str::to_owned) else {
        return Outcome::Reject(None);
    };
    if relative(cells, message::CREATED_AT) {
        return Outcome::Reject(None);
    }
    let created_at = cells.time(message::CREATED_AT);
    if cells.row.typed(message::CREATED_AT).is_none() {
        cells.note_cell(Code::RequiredMissing, message::CREATED_AT, "No time is given.");
    }
    let own = message_id(cells.row);
    let natural = (own.is_none() || meets_equal).then(|| match &own {
        Some(id) => id.clone(),
        None => natural(cells.row, &ticket_id, created_at),
    });
    if own.is_some() && meets_equal {
        cells.note(Code::KeyRepeated, "Another message of the ticket has this number.");
    }
    let id = own.or_else(|| natural.clone()).unwrap_or_default();
    let (Some(key), Some(conversation)) = (key("message", &id), key("ticket", &ticket_id)) else {
        return Outcome::Reject(None);
    };
    // What nobody can place is shown to colleagues only.
    let kind = kind_of(cells.row).unwrap_or_else(|| {
        warn(cells, message::VISIBILITY, "Neither public nor internal; taken as internal.");
        MessageKind::Note
    });
    let author = author(memory, cells, kind, study);
    let Some(author) = author else { return Outcome::Reject(Some(key)) };
    let body = cells.body(message::BODY, Some(message::BODY_FORMAT));
    let has_files = cells.row.text(message::ATTACHMENTS).is_some();
    if body.is_none() && kind != MessageKind::Event && !has_files {
        cells.note_cell(Code::RequiredMissing, message::BODY, "The message has no text.");
    }
    doubts(cells, message::BODY);
    let began = memory.tickets.get_mut(hash(&ticket_id)).and_then(|facts| facts.created_ms);
    if let (Some(began), Some(time)) = (began, created_at)
        && time.0 < began.saturating_sub(EARLY_MS)
    {
        let reason = "The message is older than its ticket.";
        cells.note_cell(Code::MessageEarly, message::CREATED_AT, reason);
    }
    let event = (kind == MessageKind::Event).then(|| MessageEvent {
        kind: event_word(cells),
        from: cells.string(message::EVENT_FROM),
        to: cells.string(message::EVENT_TO),
    });
    let record = Message {
        conversation,
        kind,
        author,
        body,
        internal: kind != MessageKind::Message,
        created_at,
        sequence: cells.count(message::SEQ),
        event,
        attachments: Vec::new(),
        channel: cells.string(message::CHANNEL),
        social_ids: Vec::new(),
        assigned_to: PersonRef::default(),
        reminder_at: None,
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

/// Key of a message without id and number: ticket, time, text.
fn natural(row: &Row, ticket: &str, created_at: Option<Timestamp>) -> String {
    let time = created_at.map_or_else(|| "-".to_owned(), |time| time.0.to_string());
    let text = row.trimmed(message::BODY).unwrap_or_default();
    format!("{ticket}/{time}/{}", &hex(&Sha256::digest(text))[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_end_in_numbers() {
        for (id, expected) in [
            ("T-77", Some(("T-", 77))),
            ("0042", Some(("", 42))),
            ("A1B2", Some(("A1B", 2))),
            ("abc", None),
            ("", None),
            ("1234567890123", None),
        ] {
            assert_eq!(numbered(id), expected, "{id}");
        }
    }

    #[test]
    fn months_count_on() {
        let dec = month(Timestamp(1_703_980_800_000)); // 2023-12-31
        assert_eq!(month(Timestamp(1_704_067_200_000)), dec + 1); // 2024-01-01
    }
}
