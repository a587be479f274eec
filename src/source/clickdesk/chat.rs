//! Chats.

use std::collections::BTreeMap;

use serde_json::Value;

use super::blank;
use super::columns::chat;
use super::memory::{Memory, key};
use super::people::{self, AgentSlots, VisitorSlots};
use super::said::{About, said};
use crate::model::Timestamp;
use crate::model::record::{Conversation, ThreadKind};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::row::Row;
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

const AGENT: AgentSlots = AgentSlots {
    id: Some(chat::AGENT_ID),
    email: Some(chat::AGENT_EMAIL),
    name: Some(chat::AGENT_NAME),
    user: Some(chat::USER_ID),
};

const VISITOR: VisitorSlots = VisitorSlots {
    id: chat::VISITOR_ID,
    email: chat::VISITOR_EMAIL,
    name: chat::VISITOR_NAME,
    phone: None,
};

const STANDARD: [usize; 15] = [
    chat::CHAT_TYPE,
    chat::INITIATED_TYPE,
    chat::CLOSED_BY,
    chat::RATING,
    chat::PAGE_URL,
    chat::REFERRER,
    chat::COUNTRY,
    chat::COUNTRY_CODE,
    chat::REGION,
    chat::CITY,
    chat::OS,
    chat::BROWSER,
    chat::BROWSER_VERSION,
    chat::LATITUDE,
    chat::LONGITUDE,
];

/// Keys of `visitor_info` that are carried over, with our names. Plug-ins and the like stay in the
/// raw record.
const VISITOR_INFO: [(&str, usize); 11] = [
    ("url", chat::PAGE_URL),
    ("referrer", chat::REFERRER),
    ("country", chat::COUNTRY),
    ("country_code", chat::COUNTRY_CODE),
    ("region", chat::REGION),
    ("city", chat::CITY),
    ("os", chat::OS),
    ("browser", chat::BROWSER),
    ("browser_version", chat::BROWSER_VERSION),
    ("latitude", chat::LATITUDE),
    ("longitude", chat::LONGITUDE),
];

/// The channel of chats, whatever they came through.
const CHANNEL: &str = "Chat";

/// Hash under which captures of one chat meet: visitor and start, as written.
pub(super) fn capture(row: &Row) -> Option<u64> {
    let start = row.typed(chat::STARTED_AT)?;
    let email = row.typed(chat::VISITOR_EMAIL).map(str::to_lowercase);
    let visitor = email.or_else(|| row.id(chat::VISITOR_ID).map(str::to_owned));
    Some(hash_parts(&[&visitor?, start]))
}

/// Id of a chat that has none: visitor and start.
fn natural(row: &Row, start: Timestamp) -> String {
    let email = row.typed(chat::VISITOR_EMAIL).map(str::to_lowercase);
    let rest = [chat::VISITOR_ID, chat::VISITOR_NAME, chat::AGENT_ID, chat::AGENT_NAME];
    let rest = || rest.map(|slot| row.typed(slot).unwrap_or_default()).join("|");
    generated("chats", &[&email.unwrap_or_else(rest), &start.0.to_string()])
}

/// A chat.
pub(super) fn chat(memory: &mut Memory, cells: &mut Cells<'_>, study: &Study) -> Outcome {
    let started = cells.time(chat::STARTED_AT);
    let own = cells.row.id(chat::ID).map(str::to_owned);
    if own.is_none()
        && let Some(hash) = capture(cells.row)
    {
        let left = memory.unnamed.get_mut(&hash).map(|left| {
            *left = left.saturating_sub(1);
            *left
        });
        if memory.named.contains(&hash) || left.is_some_and(|left| left > 0) {
            return Outcome::Repeated(Code::DuplicateRow);
        }
    }
    let natural = own.is_none().then(|| started.map(|start| natural(cells.row, start))).flatten();
    let Some(id) = own.or_else(|| natural.clone()) else {
        cells.note_cell(Code::IdMissing, chat::ID, "The chat has neither id nor start.");
        return Outcome::Reject(None);
    };
    let Some(key) = key("chat", &id) else { return Outcome::Reject(None) };
    let status = cells.string(chat::STATUS).unwrap_or_default();
    let state = memory.states.chat.state(&status);
    if state.is_none() {
        let reason = if status.is_empty() { "The chat has no status." } else { "Unknown status." };
        cells.note_cell(Code::UnmappedValue, chat::STATUS, reason);
    }
    let facts = memory.chats.get(hash(&id)).cloned().unwrap_or_default();
    let customer = people::customer(memory, cells, study, VISITOR, ("chat", &id));
    let assignee = people::agent_ref(memory, cells, AGENT);
    let ended = cells.time(chat::ENDED_AT);
    let last = cells.time(chat::LAST_MESSAGE_AT);
    let mut standard = standard(memory, cells, (started, ended));
    let claimed = cells.count(chat::MESSAGE_COUNT);
    let about = About { key: &key, id: &id, customer: &customer, assignee: &assignee };
    let doubtful = said(memory, cells, &about, (started, ended), (facts.rows, claimed));
    if doubtful {
        standard.insert("transcript_doubtful".to_owned(), "true".to_owned());
    }
    let record = Conversation {
        assignee,
        team: people::team(memory, cells, chat::DEPARTMENT),
        channel: Some(CHANNEL.to_owned()),
        created_at: started,
        updated_at: last,
        closed_at: ended,
        tags: cells.list(chat::TAGS, "tag"),
        standard,
        reply_count: claimed,
        ..blank::thread(ThreadKind::Chat, (state, status), customer)
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

fn standard(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    (started, ended): (Option<Timestamp>, Option<Timestamp>),
) -> BTreeMap<String, String> {
    let mut standard = cells.standard(&STANDARD);
    if let Some(channel) = cells.string(chat::CHANNEL) {
        standard.insert("chat_channel".to_owned(), channel);
    }
    if let Some(ip) = cells.string(chat::IP) {
        standard.insert("visitor_ip".to_owned(), ip);
    }
    let info = cells.row.trimmed(chat::VISITOR_INFO);
    match info.map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(info))) => {
            for (theirs, slot) in VISITOR_INFO {
                let text = match info.get(theirs) {
                    Some(Value::String(text)) => text.trim().to_owned(),
                    Some(Value::Number(number)) => number.to_string(),
                    _ => continue,
                };
                let name = chat::COLUMNS[slot].name;
                if !text.is_empty() && !standard.contains_key(name) {
                    standard.insert(name.to_owned(), text);
                }
            }
        }
        None => {}
        Some(_) => {
            let reason = "Not a JSON object; page and place of the visitor stay unread.";
            cells.note_cell(Code::FieldValueOdd, chat::VISITOR_INFO, reason);
        }
    }
    let seconds = [chat::DURATION_SECONDS, chat::DURATION].into_iter().find_map(|slot| {
        let value = cells.count(slot)?;
        Some(duration(memory, cells.row, slot, value, started.zip(ended)))
    });
    if let Some(seconds) = seconds {
        standard.insert("duration_seconds".to_owned(), seconds.to_string());
    }
    standard
}

/// A duration in seconds. The REST page gives milliseconds; people write seconds. What is more
/// than ten times the time between start and end is taken for milliseconds.
fn duration(
    memory: &mut Memory,
    row: &Row,
    slot: usize,
    value: u64,
    span: Option<(Timestamp, Timestamp)>,
) -> u64 {
    /// A value above this many times the span is of another unit.
    const PLAUSIBLE: u64 = 10;
    let seconds = span.and_then(|(start, end)| u64::try_from((end.0 - start.0) / 1000).ok());
    let is_ms = match seconds {
        Some(seconds) => value > seconds.max(1).saturating_mul(PLAUSIBLE),
        None => slot == chat::DURATION,
    };
    if is_ms {
        let what = "their duration was read as milliseconds";
        memory.tally.add("chats", Code::UnitGuessed, what, row);
        return (value + 500) / 1000;
    }
    if slot == chat::DURATION {
        let what = "their duration was read as seconds";
        memory.tally.add("chats", Code::UnitGuessed, what, row);
    }
    value
}
