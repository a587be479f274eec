//! Tickets, replies, notes, events.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::columns::{note, reply, ticket};
use super::memory::{Memory, id_time, key, time_or_id};
use super::people::{address_in, person};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, Message, MessageEvent, MessageKind,
    PersonRef, ThreadKind,
};
use crate::model::{Record, SourceKey, markup};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::date;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::hash;
use crate::source::bundle::inline::hex;
use crate::source::finding::Code;

/// Columns of a ticket that name a post, best first.
pub(super) const TICKET_POSTS: [usize; 6] = [
    ticket::TWEET_ID,
    ticket::FACEBOOK_ID,
    ticket::LINKEDIN_ID,
    ticket::GOOGLE_ID,
    ticket::YOUTUBE_ID,
    ticket::SOCIAL_ID,
];

/// Columns of a reply that name a post, best first.
pub(super) const REPLY_POSTS: [usize; 5] =
    [reply::TWEET_ID, reply::FACEBOOK_ID, reply::LINKEDIN_ID, reply::GOOGLE_ID, reply::YOUTUBE_ID];

const NETWORKS: [&str; 6] = ["twitter", "facebook", "linkedin", "google+", "youtube", "social"];

const TICKET_STANDARD: [usize; 11] = [
    ticket::NUMBER,
    ticket::PRIORITY,
    ticket::TYPE,
    ticket::AREA,
    ticket::GROUP,
    ticket::CUSTOM_PORTAL_ID,
    ticket::SOCIAL_TYPE,
    ticket::TWEET_TYPE,
    ticket::FACEBOOK_TYPE,
    ticket::YOUTUBE_TYPE,
    ticket::MESSAGE_UNIQUE_ID,
];

/// An empty subject is replaced by so much of the first message.
const SUBJECT_CHARS: usize = 80;

/// Number and year of a ticket number (`n/year`).
pub(super) fn number(text: &str) -> Option<(u64, u32)> {
    let (number, year) = text.split_once('/')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(number) && digits(year) && year.len() == 4)
        .then(|| Some((number.parse().ok()?, year.parse().ok()?)))?
}

/// Spreadsheets take `10/2013` for October: such a ticket cannot be told from another.
fn check_number(cells: &mut Cells<'_>) -> bool {
    let Some(text) = cells.row.trimmed(ticket::NUMBER) else { return true };
    if number(text).is_some() {
        return true;
    }
    let is_date = date::is_month_and_year(text)
        || (date::is_written_date(text) && text.matches(['-', '/']).count() == 2);
    if is_date {
        cells.note_cell(Code::SpreadsheetDate, ticket::NUMBER, "The ticket number became a date.");
        return false;
    }
    cells.note_cell(Code::NumberShape, ticket::NUMBER, "Not of the form n/year.");
    true
}

/// A ticket. `replies_known`: the export holds replies at all, so that they can be counted.
pub(super) fn ticket(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    replies_known: bool,
) -> Option<Record> {
    if !check_number(cells) {
        return None;
    }
    let id = cells.row.id(ticket::ID)?.to_owned();
    let status = cells.string(ticket::STATUS).unwrap_or_default();
    let state = memory.words.status(&status);
    if state.is_none() {
        let reason =
            if status.is_empty() { "The ticket has no status." } else { "Unknown status." };
        cells.note_cell(Code::UnmappedValue, ticket::STATUS, reason);
    }
    let description = cells.body(ticket::DESCRIPTION, Some(ticket::BODY_FORMAT));
    let subject = cells.string(ticket::SUBJECT).or_else(|| {
        let start: String = plain_start(description.as_ref()?, SUBJECT_CHARS);
        (!start.is_empty()).then_some(start)
    });
    let (agent_id, email, name) = (ticket::AGENT_ID, ticket::AGENT_EMAIL, ticket::AGENT_NAME);
    let assignee = person(cells, "agent", agent_id, email, name);
    let customer = customer(cells);
    let created_at = time_or_id(memory, cells, ticket::CREATED_AT);
    let reply_count = cells.count(ticket::REPLY_COUNT);
    if let Some(facts) = memory.tickets.get_mut(hash(&id)) {
        facts.created_ms = created_at.map_or(0, |time| time.0);
        facts.text = cells.row.trimmed(ticket::DESCRIPTION).map_or(0, hash);
        facts.author = author_hash(&customer);
        if replies_known {
            compare_replies(cells, facts.replies, reply_count);
        }
    }
    let opener = cells.row.id(ticket::OPENED_BY_AGENT_ID).and_then(|id| key("agent", id));
    let opened_by = opener.map(|key| Author {
        role: AuthorRole::Agent,
        person: PersonRef { key: Some(key), ..PersonRef::default() },
    });
    let channel = cells.string(ticket::SOURCE);
    let social_ids = posts(cells, &TICKET_POSTS);
    let kind = if social_ids.is_empty() { ThreadKind::Ticket } else { ThreadKind::Social };
    let copy = |email| PersonRef { email: Some(email), ..PersonRef::default() };
    Some(Record::from(Conversation {
        kind,
        subject,
        description,
        state,
        status,
        customer,
        opened_by,
        assignee,
        team: cells.string(ticket::GROUP),
        channel,
        copies: cells.emails(ticket::CC).into_iter().map(copy).collect(),
        created_at,
        updated_at: cells.time(ticket::UPDATED_AT),
        closed_at: cells.time(ticket::CLOSED_AT),
        due_at: cells.deadline(ticket::DUE_AT),
        memo: cells.body(ticket::MEMO, None),
        tags: cells.list(ticket::TAGS, "tag"),
        standard: further(cells),
        fields: cells.fields(),
        reply_count,
        attachments: Vec::new(),
        social_ids,
        archived: cells.boolean(ticket::ARCHIVED).unwrap_or(false),
    }))
}

/// Fields of a ticket without a place of their own.
fn further(cells: &mut Cells<'_>) -> BTreeMap<String, String> {
    let mut standard = cells.standard(&TICKET_STANDARD);
    for slot in [ticket::TO_REPLY, ticket::TO_REPLY_CUSTOMER] {
        if let Some(value) = cells.boolean(slot) {
            standard.insert(ticket::COLUMNS[slot].name.to_owned(), value.to_string());
        }
    }
    standard
}

/// Whom a ticket is from.
fn customer(cells: &mut Cells<'_>) -> PersonRef {
    let (customer_id, email, name) =
        (ticket::CUSTOMER_ID, ticket::CUSTOMER_EMAIL, ticket::CUSTOMER_NAME);
    let mut customer = person(cells, "customer", customer_id, email, name);
    customer.email = customer.email.or_else(|| address_in(cells, ticket::CUSTOMER_USERNAME));
    if customer.is_empty() {
        cells.note_cell(Code::RequiredMissing, customer_id, "Nobody is named as the customer.");
    }
    customer
}

/// The replies found against the number that the ticket gives.
fn compare_replies(cells: &mut Cells<'_>, found: u32, claimed: Option<u64>) {
    if let Some(claimed) = claimed.filter(|&claimed| claimed != u64::from(found)) {
        let reason = format!("{found} replies were found; the ticket says {claimed}.");
        cells.note_cell(Code::ThreadIncomplete, ticket::REPLY_COUNT, reason);
    }
}

/// The first characters without elements of HTML, on one line.
fn plain_start(body: &Body, chars: usize) -> String {
    // Elements may take most of it; the words of a subject stand near the start.
    let end = body.content.char_indices().nth(chars * 50).map_or(body.content.len(), |(at, _)| at);
    let start = body.content.get(..end).unwrap_or_default();
    let plain = match body.format {
        BodyFormat::Html => markup::without_elements(start),
        BodyFormat::Text | BodyFormat::Markdown => start.to_owned(),
    };
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(chars).collect::<String>().trim_end().to_owned()
}

fn author_hash(person: &PersonRef) -> u64 {
    match (&person.key, &person.email) {
        (Some(key), _) => hash(key.id()),
        (None, Some(email)) => hash(&email.to_lowercase()),
        (None, None) => 0,
    }
}

fn posts(cells: &Cells<'_>, slots: &[usize]) -> Vec<String> {
    let network = |place: usize| NETWORKS.get(place).copied().unwrap_or("social");
    let channel = |place: usize| match network(place) {
        "social" => cells.row.trimmed(ticket::SOURCE).unwrap_or("social").to_lowercase(),
        known => known.to_owned(),
    };
    let mut found: Vec<String> = Vec::new();
    for (place, &slot) in slots.iter().enumerate() {
        let Some(id) = cells.row.id(slot) else { continue };
        if !found.iter().any(|post| post.split_once(':').is_some_and(|(_, known)| known == id)) {
            found.push(format!("{}:{id}", channel(place)));
        }
    }
    found
}

/// Who wrote a reply: exactly one of customer and agent is named.
fn author(cells: &mut Cells<'_>) -> Option<Author> {
    let (id, email, name) =
        (reply::FROM_CUSTOMER_ID, reply::FROM_CUSTOMER_EMAIL, reply::FROM_CUSTOMER_NAME);
    let customer = person(cells, "customer", id, email, name);
    let (id, email, name) = (reply::FROM_AGENT_ID, reply::FROM_AGENT_EMAIL, reply::FROM_AGENT_NAME);
    let agent = person(cells, "agent", id, email, name);
    let role = match (customer.is_empty(), agent.is_empty()) {
        (false, true) => return Some(Author { role: AuthorRole::Customer, person: customer }),
        (true, false) => return Some(Author { role: AuthorRole::Agent, person: agent }),
        (false, false) => {
            let reason = "Both a customer and an agent are named as its author.";
            cells.note(Code::AuthorUnknown, reason);
            return None;
        }
        (true, true) => cells.row.trimmed(reply::AUTHOR_TYPE).map(str::to_lowercase),
    };
    let role = match role.as_deref() {
        Some("customer" | "cliente" | "client" | "user" | "requester") => AuthorRole::Customer,
        Some("agent" | "operator" | "operatore" | "operador" | "admin") => AuthorRole::Agent,
        Some("system" | "sistema" | "système") => AuthorRole::System,
        Some("bot") => AuthorRole::Bot,
        _ => {
            let reason = "Neither a customer nor an agent is named as its author.";
            cells.note(Code::AuthorUnknown, reason);
            return None;
        }
    };
    let object = if role == AuthorRole::Customer { "customer" } else { "agent" };
    let (id, email, name) = (reply::AUTHOR_ID, reply::AUTHOR_EMAIL, reply::AUTHOR_NAME);
    Some(Author { role, person: person(cells, object, id, email, name) })
}

/// A reply, or an event in the same form.
pub(super) fn reply(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    word: &'static str,
    meets_equal: bool,
) -> Outcome {
    let Some(ticket_id) = cells.row.id(reply::TICKET_ID).map(str::to_owned) else {
        return Outcome::Reject(None);
    };
    let own_id = cells.row.id(reply::ID).map(str::to_owned);
    let mut created_at = cells.time(reply::CREATED_AT);
    if created_at.is_none() {
        created_at = own_id.as_deref().and_then(id_time);
        let code = if created_at.is_some() { Code::DateFromId } else { Code::RequiredMissing };
        cells.note_cell(code, reply::CREATED_AT, "No time is given.");
    }
    let event_type = cells.string(reply::EVENT_TYPE).map(|text| text.to_lowercase());
    let internal = cells
        .row
        .trimmed(reply::VISIBILITY)
        .is_some_and(|text| matches!(text.to_lowercase().as_str(), "internal" | "private"));
    let kind = match event_type.as_deref() {
        None if word == "event" => MessageKind::Event,
        None | Some("message") if internal => MessageKind::Note,
        None | Some("message") => MessageKind::Message,
        Some("note") => MessageKind::Note,
        Some(_) => MessageKind::Event,
    };
    let natural = (own_id.is_none() || meets_equal).then(|| {
        let time = created_at.map_or_else(|| "-".to_owned(), |time| time.0.to_string());
        let text = cells.row.text(reply::BODY).unwrap_or_default();
        let digest = hex(&Sha256::digest(text.trim()));
        format!("{ticket_id}/{time}/{}", &digest[..16])
    });
    let id = own_id.or_else(|| natural.clone()).unwrap_or_default();
    let (Some(key), Some(conversation)) = (key(word, &id), key("ticket", &ticket_id)) else {
        return Outcome::Reject(None);
    };
    let author = if kind == MessageKind::Event { event_author(cells) } else { author(cells) };
    let Some(author) = author else { return Outcome::Reject(Some(key)) };
    let body = cells.body(reply::BODY, Some(reply::BODY_FORMAT));
    if kind == MessageKind::Message
        && is_description(memory, cells, &ticket_id, created_at, &author)
    {
        return Outcome::Repeated(Code::RepeatedDescription);
    }
    if body.is_none() && kind != MessageKind::Event && cells.row.text(reply::ATTACHMENTS).is_none()
    {
        cells.note_cell(Code::RequiredMissing, reply::BODY, "The message has no text.");
    }
    let event = (kind == MessageKind::Event).then(|| MessageEvent {
        kind: event_type.unwrap_or_else(|| "other".to_owned()),
        from: cells.string(reply::EVENT_FROM),
        to: cells.string(reply::EVENT_TO),
    });
    let record = Message {
        conversation,
        kind,
        author,
        body,
        internal: kind != MessageKind::Message,
        created_at,
        sequence: cells.count(reply::SEQ),
        event,
        attachments: Vec::new(),
        channel: cells.string(reply::CHANNEL),
        social_ids: posts_of_reply(cells),
        assigned_to: PersonRef::default(),
        reminder_at: None,
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

fn posts_of_reply(cells: &Cells<'_>) -> Vec<String> {
    let post =
        |(&slot, network): (&usize, &&str)| cells.row.id(slot).map(|id| format!("{network}:{id}"));
    REPLY_POSTS.iter().zip(&NETWORKS).filter_map(post).collect()
}

/// Events without a named author are the help desk's own.
fn event_author(cells: &mut Cells<'_>) -> Option<Author> {
    let before = cells.findings.len();
    let author = author(cells);
    if author.is_some() {
        return author;
    }
    let named = [reply::AUTHOR_ID, reply::AUTHOR_EMAIL, reply::AUTHOR_NAME];
    if named.iter().any(|&slot| cells.row.typed(slot).is_some()) {
        return None;
    }
    cells.findings.truncate(before);
    Some(Author { role: AuthorRole::System, person: PersonRef::default() })
}

/// Some exports repeat the ticket's text as its first reply: equal text, author, and time within
/// a minute.
fn is_description(
    memory: &mut Memory,
    cells: &Cells<'_>,
    ticket_id: &str,
    created_at: Option<crate::model::Timestamp>,
    author: &Author,
) -> bool {
    const APART_MS: u64 = 60_000;
    if author.role != AuthorRole::Customer {
        return false;
    }
    let (Some(facts), Some(text), Some(time)) =
        (memory.tickets.get_mut(hash(ticket_id)), cells.row.trimmed(reply::BODY), created_at)
    else {
        return false;
    };
    let same = !facts.repeated
        && facts.text == hash(text)
        && facts.created_ms.abs_diff(time.0) <= APART_MS
        && facts.author == author_hash(&author.person);
    facts.repeated |= same;
    same
}

/// A note.
pub(super) fn note(cells: &mut Cells<'_>) -> Outcome {
    let Some(ticket_id) = cells.row.id(note::TICKET_ID).map(str::to_owned) else {
        return Outcome::Reject(None);
    };
    let own_id = cells.row.id(note::ID).map(str::to_owned);
    let id = own_id.clone().unwrap_or_else(|| {
        let slots = [note::CREATED_AT, note::BODY];
        let texts = slots.map(|slot| cells.row.trimmed(slot).unwrap_or_default());
        generated("notes", &[&ticket_id, texts[0], texts[1]])
    });
    let natural = own_id.is_none().then(|| id.clone());
    let (Some(note_key), Some(conversation)) = (key("note", &id), key("ticket", &ticket_id)) else {
        return Outcome::Reject(None);
    };
    let (agent, email, name) = (note::AGENT_ID, note::AGENT_EMAIL, note::AGENT_NAME);
    let person = person(cells, "agent", agent, email, name);
    if person.is_empty() {
        cells.note_cell(Code::RequiredMissing, agent, "Nobody is named as the note's author.");
    }
    let reminder_at = cells.deadline(note::REMINDER_AT);
    if reminder_at.is_some() {
        let reason = "The reminder does not move; its time is added to the note.";
        cells.note_cell(Code::ReminderListed, note::REMINDER_AT, reason);
    }
    let mut created_at = cells.time(note::CREATED_AT);
    if created_at.is_none() {
        created_at = own_id.as_deref().and_then(id_time);
        let code = if created_at.is_some() { Code::DateFromId } else { Code::RequiredMissing };
        cells.note_cell(code, note::CREATED_AT, "No time is given.");
    }
    let record = Message {
        conversation,
        kind: MessageKind::Note,
        author: Author { role: AuthorRole::Agent, person },
        body: cells.body(note::BODY, Some(note::BODY_FORMAT)),
        internal: true,
        created_at,
        sequence: None,
        event: None,
        attachments: Vec::new(),
        channel: None,
        social_ids: Vec::new(),
        assigned_to: assigned_to(cells),
        reminder_at,
    };
    Outcome::Record(Made { key: note_key, natural, record: record.into() })
}

fn assigned_to(cells: &Cells<'_>) -> PersonRef {
    let agent: Option<SourceKey> = cells.row.id(note::ASSIGNED_TO).and_then(|id| key("agent", id));
    PersonRef { key: agent, ..PersonRef::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_numbers() {
        for (text, expected) in [
            ("17/2023", Some((17, 2023))),
            ("2015/2013", Some((2015, 2013))),
            ("Oct-13", None),
            ("17", None),
            ("17/23", None),
            ("a/2023", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_subject_is_made_of_the_first_words() {
        let body = |format, content: &str| Body { format, content: content.to_owned() };
        let html = body(BodyFormat::Html, "<p>Hello <b>you</b>,</p>\na <x@y.example>");
        assert_eq!(plain_start(&html, 80), "Hello you , a <x@y.example>");
        let text = body(BodyFormat::Text, &"word ".repeat(100));
        assert_eq!(plain_start(&text, 80).chars().count(), 79);
        let code = body(BodyFormat::Text, "Vec<u8> and <b>\nfail");
        assert_eq!(plain_start(&code, 80), "Vec<u8> and <b> fail");
    }
}
