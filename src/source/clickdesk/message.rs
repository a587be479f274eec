//! Rows of messages, of chats and of tickets alike.

use sha2::{Digest, Sha256};

use super::columns::chat_message as col;
use super::memory::{Memory, Visitor, address, key};
use super::people::{self, AgentSlots};
use super::spoken::role_of_word;
use crate::model::record::{Author, AuthorRole, Message, MessageEvent, MessageKind, PersonRef};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::inline::hex;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::finding::Code;

const AGENT: AgentSlots = AgentSlots {
    id: Some(col::AUTHOR_ID),
    email: Some(col::AUTHOR_EMAIL),
    name: Some(col::AUTHOR_NAME),
    user: None,
};

/// Ticket texts that are repeated as the first message come within this.
const REPEATED_WITHIN_MS: u64 = 60_000;

/// A message that says nothing yet.
pub(super) fn empty(conversation: SourceKey) -> Message {
    Message {
        conversation,
        kind: MessageKind::Message,
        author: Author { role: AuthorRole::System, person: PersonRef::default() },
        body: None,
        internal: false,
        created_at: None,
        sequence: None,
        event: None,
        attachments: Vec::new(),
        channel: None,
        social_ids: Vec::new(),
        assigned_to: PersonRef::default(),
        reminder_at: None,
    }
}

/// Id of a message that has none, in rows and transcripts alike: thread, time, text.
pub(super) fn natural(thread: &str, time: Option<Timestamp>, text: &str) -> String {
    let time = time.map_or_else(|| "-".to_owned(), |time| time.0.to_string());
    let text = text.replace("\r\n", "\n");
    format!("{thread}/{time}/{}", &hex(&Sha256::digest(text.trim()))[..16])
}

/// Messages of equal thread and text meet under this hash.
pub(super) fn content(row: &Row) -> u64 {
    let body = row.trimmed(col::BODY).unwrap_or_default();
    hash_parts(&[row.id(col::THREAD_ID).unwrap_or_default(), body])
}

/// A row of messages; `thread` is the second word of the thread's key, `word` that of its own.
pub(super) fn message(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    (thread, word): (&'static str, &'static str),
    meets_equal: bool,
) -> Outcome {
    let Some(thread_id) = cells.row.id(col::THREAD_ID).map(str::to_owned) else {
        return Outcome::Reject(None);
    };
    let own = cells.row.id(col::ID).map(str::to_owned);
    let created_at = cells.time(col::CREATED_AT);
    let natural = (own.is_none() || meets_equal)
        .then(|| natural(&thread_id, created_at, cells.row.text(col::BODY).unwrap_or_default()));
    let id = own.or_else(|| natural.clone()).unwrap_or_default();
    let (Some(key), Some(conversation)) = (key(word, &id), key(thread, &thread_id)) else {
        return Outcome::Reject(None);
    };
    let is_chat = thread == "chat";
    let visitor = match is_chat {
        true => memory.chats.get(hash(&thread_id)).map(|chat| chat.visitor),
        false => memory.tickets.get(hash(&thread_id)).map(|ticket| ticket.visitor),
    };
    let Some(author) = author(memory, cells, (visitor.unwrap_or_default(), is_chat)) else {
        return Outcome::Reject(Some(key));
    };
    if thread == "ticket" && is_description(memory, cells, &thread_id, &author, created_at) {
        return Outcome::Repeated(Code::RepeatedDescription);
    }
    let event_type = cells.string(col::EVENT_TYPE).map(|text| fold(&text));
    let internal = cells.row.trimmed(col::VISIBILITY).is_some_and(is_internal);
    let kind = match event_type.as_deref() {
        None if author.role == AuthorRole::System => MessageKind::Event,
        None | Some("message") if internal => MessageKind::Note,
        None | Some("message") => MessageKind::Message,
        Some("note") => MessageKind::Note,
        Some(_) => MessageKind::Event,
    };
    let body = cells.body(col::BODY, Some(col::BODY_FORMAT));
    let is_bare = body.is_none() && cells.row.text(col::ATTACHMENTS).is_none();
    if is_bare && kind != MessageKind::Event {
        cells.note_cell(Code::RequiredMissing, col::BODY, "The message has no text.");
    }
    if created_at.is_none() {
        cells.note_cell(Code::RequiredMissing, col::CREATED_AT, "No time is given.");
    }
    let event = (kind == MessageKind::Event).then(|| MessageEvent {
        kind: event_type.unwrap_or_else(|| "system".to_owned()),
        from: cells.string(col::EVENT_FROM),
        to: cells.string(col::EVENT_TO),
    });
    let record = Message {
        kind,
        author,
        body,
        internal: kind != MessageKind::Message,
        created_at,
        sequence: cells.count(col::SEQ),
        event,
        channel: cells.string(col::CHANNEL),
        ..empty(conversation)
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

fn is_internal(word: &str) -> bool {
    matches!(fold(word).as_str(), "internal" | "private" | "note" | "hidden")
}

/// Who wrote a message: by the word for the author, else by address, else by name. Without any of
/// them nobody is guessed.
fn author(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    (visitor, is_chat): (Visitor, bool),
) -> Option<Author> {
    let row = cells.row;
    let name = row.typed(col::AUTHOR_NAME).map(str::to_owned);
    let email = row.typed(col::AUTHOR_EMAIL).map(str::to_lowercase);
    let word = row.trimmed(col::AUTHOR_TYPE);
    let role = match word {
        Some(word) => {
            let role = role_of_word(word);
            if role.is_none() {
                let reason = "Not a word for visitor, agent, system or bot.";
                cells.note_cell(Code::AuthorUnknown, col::AUTHOR_TYPE, reason);
                return None;
            }
            role
        }
        None => role_of(memory, (name.as_deref(), email.as_deref()), row, visitor),
    };
    let Some(role) = role else {
        let reason = "The author is neither the thread's visitor nor a known agent.";
        cells.note_cell(Code::AuthorUnknown, col::AUTHOR_NAME, reason);
        return None;
    };
    let person = match role {
        AuthorRole::Agent => people::agent_ref(memory, cells, AGENT),
        AuthorRole::Customer => {
            let email = cells.emails(col::AUTHOR_EMAIL);
            let email = email.into_iter().find(|text| cell::is_email(text));
            outsider(memory, cells.row, (visitor, is_chat), (email, name))
        }
        AuthorRole::System | AuthorRole::Bot => PersonRef { key: None, email: None, name },
    };
    Some(Author { role, person })
}

/// Somebody from outside who wrote. Nobody is named where it is the thread's own visitor under
/// another alias, or under a word such as `Visitor`; in a chat there is no other visitor.
fn outsider(
    memory: &Memory,
    row: &Row,
    (visitor, is_chat): (Visitor, bool),
    (email, name): (Option<String>, Option<String>),
) -> PersonRef {
    let name = name.filter(|name| role_of_word(name).is_none());
    let known = |person: PersonRef| PersonRef { name: name.clone(), ..person };
    let id = row.typed(col::AUTHOR_ID);
    let of_id = id.map(hash).filter(|id| *id == visitor.id && visitor.id != 0);
    let of_address = email.as_deref().map(address).filter(|address| {
        let theirs = memory.addresses.get(address).copied().unwrap_or_default();
        *address == visitor.address || (theirs != 0 && theirs == visitor.id)
    });
    let named = name.as_deref().is_some_and(|name| hash(&fold(name)) == visitor.name);
    match (email, id.and_then(|id| key("visitor", id))) {
        _ if of_id.is_some() || of_address.is_some() => PersonRef::default(),
        (Some(email), key) => known(PersonRef { key, email: Some(email), name: None }),
        (None, Some(key)) => known(PersonRef { key: Some(key), email: None, name: None }),
        (None, None) if is_chat || named => PersonRef::default(),
        (None, None) => known(PersonRef::default()),
    }
}

fn role_of(
    memory: &Memory,
    (name, email): (Option<&str>, Option<&str>),
    row: &Row,
    visitor: Visitor,
) -> Option<AuthorRole> {
    let is_agent = row.typed(col::AUTHOR_ID).is_some_and(|id| memory.agents.by_id(id).is_some())
        || email.is_some_and(|email| memory.agents.by_email(email).is_some());
    if is_agent {
        return Some(AuthorRole::Agent);
    }
    let address = email.map(address);
    if address.is_some_and(|hash| hash == visitor.address || memory.addresses.contains_key(&hash)) {
        return Some(AuthorRole::Customer);
    }
    let name = name?;
    let is_visitor = hash(&fold(name)) == visitor.name;
    let is_agent = memory.agents.by_name(name) != super::agents::Found::Nobody;
    match (is_visitor, is_agent) {
        (true, true) => None,
        (true, false) => Some(AuthorRole::Customer),
        (false, true) => Some(AuthorRole::Agent),
        (false, false) => role_of_word(name),
    }
}

/// Some screens repeat the ticket's text as its first message.
fn is_description(
    memory: &mut Memory,
    cells: &Cells<'_>,
    ticket: &str,
    author: &Author,
    created_at: Option<Timestamp>,
) -> bool {
    if author.role != AuthorRole::Customer {
        return false;
    }
    let (Some(facts), Some(text), Some(time)) =
        (memory.tickets.get_mut(hash(ticket)), cells.row.trimmed(col::BODY), created_at)
    else {
        return false;
    };
    let near = |start: Timestamp| start.0.abs_diff(time.0) <= REPEATED_WITHIN_MS;
    let same = !facts.repeated && facts.text == hash(text) && facts.created.is_some_and(near);
    facts.repeated |= same;
    same
}
