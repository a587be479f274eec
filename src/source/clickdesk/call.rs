//! Telephone calls: inside a chat a line of it, else a thread of their own.

use serde_json::json;

use super::blank;
use super::columns::call;
use super::layout::object;
use super::memory::{Memory, key};
use super::people::{self, AgentSlots, VisitorSlots};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, Message, MessageEvent, MessageKind,
    PersonRef, ThreadKind,
};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::adapter::{Derived, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::hash;
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

const AGENT: AgentSlots = AgentSlots {
    id: None,
    email: Some(call::AGENT_EMAIL),
    name: Some(call::AGENT_NAME),
    user: None,
};

const VISITOR: VisitorSlots = VisitorSlots {
    id: call::VISITOR_ID,
    email: call::VISITOR_EMAIL,
    name: call::VISITOR_NAME,
    phone: Some(call::PHONE),
};

/// The channel of calls.
const CHANNEL: &str = "Phone";

/// What the thread of a call is called.
const SUBJECT: &str = "Telephone call";

/// The word for the state of a call whose outcome is not known.
const STATUS: &str = "call";

/// A call.
pub(super) fn call(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study) -> Outcome {
    let started = cells.time(call::STARTED_AT);
    let own = cells.row.id(call::ID).map(str::to_owned);
    let natural = own.is_none().then(|| generated("calls", &[cells.row.all_text()]));
    let Some(id) = own.or_else(|| natural.clone()) else { return Outcome::Reject(None) };
    let agent = people::agent_ref(memory, cells, AGENT);
    let duration = cells.count(call::DURATION_SECONDS);
    let text = summary(memory, cells, &agent, started, duration);
    let chats = &study.objects[object::CHATS].ids;
    // A call whose chat is nowhere stands on its own; the lost reference is a finding.
    let chat = cells.row.id(call::CHAT_ID);
    if let Some(chat) = chat.filter(|id| cells.common.partial || chats.contains(hash(id))) {
        let (Some(key), Some(chat)) = (key("call", &id), key("chat", chat)) else {
            return Outcome::Reject(None);
        };
        let record = line(chat, agent, text, started).into();
        return Outcome::Record(Made { key, natural, record });
    }
    let (Some(call_key), Some(line_key)) = (key("call", &id), key("call_message", &id)) else {
        return Outcome::Reject(None);
    };
    let status = cells.string(call::OUTCOME).unwrap_or_else(|| STATUS.to_owned());
    let state = memory.states.call.state(&status);
    if state.is_none() {
        cells.note_cell(Code::UnmappedValue, call::OUTCOME, "Unknown outcome.");
    }
    let mut standard = cells.standard(&[call::DIRECTION, call::OUTCOME]);
    if let Some(seconds) = duration {
        standard.insert("duration_seconds".to_owned(), seconds.to_string());
    }
    let customer = people::customer(memory, cells, study, VISITOR, ("call", &id));
    let raw = json!({ "call_id": id, "summary": text });
    let record = line(call_key.clone(), agent.clone(), text, started).into();
    let (key, object, at, findings) = (line_key, "calls", None, Vec::new());
    memory.derived.push(Derived { object, before: false, key, at, raw, record, findings });
    let record = Conversation {
        subject: Some(SUBJECT.to_owned()),
        assignee: agent,
        channel: Some(CHANNEL.to_owned()),
        created_at: started,
        standard,
        ..blank::thread(ThreadKind::Call, (state, status), customer)
    };
    Outcome::Record(Made { key: call_key, natural, record: record.into() })
}

/// A call as a line of its thread.
fn line(thread: SourceKey, agent: PersonRef, text: String, started: Option<Timestamp>) -> Message {
    let role = if agent.is_empty() { AuthorRole::System } else { AuthorRole::Agent };
    Message {
        kind: MessageKind::Event,
        author: Author { role, person: agent },
        body: Some(Body { format: BodyFormat::Text, content: text }),
        internal: true,
        created_at: started,
        event: Some(MessageEvent { kind: "call".to_owned(), from: None, to: None }),
        ..super::message::empty(thread)
    }
}

/// What a call was, in words: its place in Intercom has no fields for it.
fn summary(
    memory: &Memory,
    cells: &mut Cells<'_>,
    agent: &PersonRef,
    started: Option<Timestamp>,
    duration: Option<u64>,
) -> String {
    let email = agent.key.as_ref().and_then(|key| memory.agents.by_id(key.id()));
    let email = email.and_then(|agent| agent.email.clone());
    let answered_by = match (&agent.name, agent.email.clone().or(email)) {
        (Some(name), Some(email)) => Some(format!("{name} ({email})")),
        (name, email) => name.clone().or(email),
    };
    let parts = [
        ("Direction", cells.string(call::DIRECTION)),
        ("Outcome", cells.string(call::OUTCOME)),
        ("Agent", answered_by),
        ("Start", started.map(Timestamp::to_rfc3339)),
        ("Duration", duration.map(in_words)),
        ("Number", cells.string(call::PHONE)),
        ("Notes", cells.body(call::NOTES, None).map(|body| body.content)),
    ];
    let lines = parts.into_iter().filter_map(|(label, text)| Some(format!("{label}: {}", text?)));
    std::iter::once(SUBJECT.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// Seconds as hours, minutes and seconds.
fn in_words(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|&(count, unit)| count > 0 || (seconds == 0 && unit == "s"))
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_in_words() {
        for (seconds, words) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (310, "5 min 10 s"), (3661, "1 h 1 min 1 s")]
        {
            assert_eq!(super::in_words(seconds), words);
        }
    }
}
