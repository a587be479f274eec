//! Posts and messages on social networks. The export holds messages only; their threads are made.

use serde_json::json;

use super::blank;
use super::columns::social;
use super::memory::{Memory, Thread, address, key};
use super::people::{self, AgentSlots};
use crate::model::Timestamp;
use crate::model::record::{
    Author, AuthorRole, Contact, Conversation, Message, PersonRef, ThreadKind,
};
use crate::source::bundle::adapter::{Derived, Made, Outcome};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::date;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::hash;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

const AGENT: AgentSlots =
    AgentSlots { id: None, email: Some(social::AGENT_EMAIL), name: None, user: None };

/// The word for the state of threads that have none.
const STATUS: &str = "social thread";

/// Whether a message came from outside; `None` if the row does not tell.
fn is_inbound(row: &Row) -> Option<bool> {
    match row.trimmed(social::DIRECTION).map(fold).as_deref() {
        Some("in" | "inbound" | "incoming" | "received") => Some(true),
        Some("out" | "outbound" | "outgoing" | "sent") => Some(false),
        Some(_) => None,
        None => row.typed(social::AGENT_EMAIL).map(|_| false),
    }
}

/// A handle without `@`, in lower case.
fn handle(row: &Row) -> Option<String> {
    let handle = row.typed(social::AUTHOR_HANDLE)?.trim_start_matches('@').to_lowercase();
    (!handle.is_empty()).then_some(handle)
}

/// Id of the thread: the one given, else network and handle.
fn thread_id(row: &Row) -> Option<String> {
    if let Some(id) = row.typed(social::THREAD_ID) {
        return Some(id.to_owned());
    }
    let network = fold(row.trimmed(social::NETWORK)?);
    Some(format!("{network}:{}", handle(row)?))
}

/// First reading: what a thread's messages say of it.
pub(super) fn observe(memory: &mut Memory, row: &Row) {
    let Some(id) = thread_id(row) else { return };
    let thread = memory.threads.entry(id).or_default();
    if let Some(time) = row.typed(social::CREATED_AT) {
        thread.times.push((row.part, time.to_owned()));
    }
    if thread.permalink.is_none() {
        thread.permalink = row.typed(social::PERMALINK).map(str::to_owned);
    }
    if is_inbound(row) == Some(true) {
        if thread.author.is_none() {
            let text = |slot: usize| row.typed(slot).map(str::to_owned);
            let email = text(social::AUTHOR_EMAIL).filter(|email| cell::is_email(email));
            thread.author = Some([handle(row), text(social::AUTHOR_NAME), email]);
        }
    } else if let Some(agent) = row.typed(social::AGENT_EMAIL) {
        thread.agent = Some(agent.to_owned());
    }
}

/// A message; before a thread's first one the thread itself is handed over.
pub(super) fn social(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study) -> Outcome {
    let created_at = cells.time(social::CREATED_AT);
    let own = cells.row.id(social::ID).map(str::to_owned);
    let natural = own.is_none().then(|| generated("social_messages", &[cells.row.all_text()]));
    let id = own.or_else(|| natural.clone()).unwrap_or_default();
    let Some(thread_id) = thread_id(cells.row) else {
        let reason = "The row names neither a thread nor a network and handle.";
        cells.note_cell(Code::IdMissing, social::THREAD_ID, reason);
        return Outcome::Reject(None);
    };
    let network = cells.string(social::NETWORK).unwrap_or_else(|| "social".to_owned());
    let message_id = format!("{}:{id}", fold(&network));
    let (Some(message_key), Some(conversation)) =
        (key("social_message", &message_id), key("social_thread", &thread_id))
    else {
        return Outcome::Reject(None);
    };
    let Some(inbound) = is_inbound(cells.row) else {
        let reason = "Neither the direction nor an agent is given.";
        cells.note_cell(Code::AuthorUnknown, social::DIRECTION, reason);
        return Outcome::Reject(Some(message_key));
    };
    if memory.made.insert(hash(&conversation.to_string())) {
        thread(memory, cells, study, (&thread_id, &network));
    }
    let author = if inbound {
        let name = cells.string(social::AUTHOR_NAME);
        let email = cells.emails(social::AUTHOR_EMAIL).into_iter().next();
        let name = name.or_else(|| cells.string(social::AUTHOR_HANDLE));
        Author { role: AuthorRole::Customer, person: PersonRef { key: None, email, name } }
    } else {
        Author { role: AuthorRole::Agent, person: people::agent_ref(memory, cells, AGENT) }
    };
    let body = cells.body(social::TEXT, None);
    if body.is_none() && cells.row.text(social::ATTACHMENTS).is_none() {
        cells.note_cell(Code::RequiredMissing, social::TEXT, "The message has no text.");
    }
    let record = Message {
        author,
        body,
        created_at,
        channel: cells.string(social::KIND),
        social_ids: vec![message_id.clone()],
        ..super::message::empty(conversation)
    };
    Outcome::Record(Made { key: message_key, natural, record: record.into() })
}

fn thread(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study, (id, network): (&str, &str)) {
    let Some(key) = key("social_thread", id) else { return };
    let facts = memory.threads.remove(id).unwrap_or_default();
    let customer = customer(memory, cells, &facts, network);
    if customer.is_empty() {
        let reason = "Nobody outside wrote in this thread.";
        cells.note_cell(Code::RequiredMissing, social::AUTHOR_HANDLE, reason);
    }
    let agent = facts.agent.as_deref();
    let known = agent.and_then(|email| memory.agents.by_email(email));
    let assignee = PersonRef {
        key: known.and_then(|agent| super::memory::key("agent", &agent.id)),
        email: agent.map(str::to_owned),
        name: None,
    };
    let created_at = first(&facts, study);
    let raw = json!({ "thread_id": id, "network": network });
    let handle = facts.author.as_ref().and_then(|author| author[0].clone());
    let standard = [("handle", handle), ("permalink", facts.permalink.clone())];
    let standard = standard.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    let standard = standard.collect();
    let state = (memory.states.chat.state(STATUS), STATUS.to_owned());
    let record = Conversation {
        assignee,
        channel: Some(network.to_owned()),
        created_at,
        standard,
        ..blank::thread(ThreadKind::Social, state, customer)
    };
    let (object, at, findings) = ("social_messages", None, Vec::new());
    let record = record.into();
    memory.derived.push(Derived { object, before: true, key, at, raw, record, findings });
}

/// The earliest time of a thread's messages: screens list the newest first.
fn first(facts: &Thread, study: &Study) -> Option<Timestamp> {
    let time = |(part, text): &(usize, String)| {
        let rule = study.rules.get(*part)?.dates.get(social::CREATED_AT)?;
        date::parse(text, rule).ok().map(|(time, _)| time)
    };
    facts.times.iter().filter_map(time).min()
}

/// Whom a thread is from: by address, else a contact for each handle.
fn customer(memory: &mut Memory, cells: &Cells<'_>, facts: &Thread, network: &str) -> PersonRef {
    let Some([handle, name, email]) = facts.author.clone() else { return PersonRef::default() };
    let name = name.or_else(|| handle.clone());
    if email.as_ref().is_some_and(|email| memory.addresses.contains_key(&address(email))) {
        return PersonRef { key: None, email, name };
    }
    let network = fold(network);
    let id = match (&email, &handle) {
        (Some(email), _) => people::id_of_address(email),
        (None, Some(handle)) => format!("{network}:{handle}"),
        (None, None) => return PersonRef { key: None, email: None, name },
    };
    let Some(key) = key("visitor", &id) else { return PersonRef::default() };
    let mut contact: Contact = people::named(name.clone(), email.clone());
    contact.standard.insert("social_source".to_owned(), network.clone());
    if let (Some(handle), "twitter") = (&handle, network.as_str()) {
        contact.standard.insert("twitter_handle".to_owned(), handle.clone());
    }
    if email.is_none() {
        contact.standard.insert(people::ANONYMOUS.to_owned(), "true".to_owned());
    }
    let raw = json!({ "handle": handle, "name": name, "email": email, "network": network });
    people::give(memory, cells, &key, raw, contact.into());
    PersonRef { key: email.is_none().then_some(key), email, name }
}
