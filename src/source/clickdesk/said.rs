//! What was said in a chat of which only a transcript exists, and whether messages are missing.

use std::collections::HashMap;

use serde_json::json;

use super::agents::Found as FoundAgent;
use super::clock::{self, Clock, Misplaced, Unplaced};
use super::columns::chat;
use super::document::{self, Document};
use super::memory::{Memory, key};
use super::message::{empty, natural};
use super::spoken::{People, role_of_word};
use super::transcript::{self, Said};
use crate::model::event::Location;
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Message, MessageEvent, MessageKind, PersonRef,
};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::adapter::Derived;
use crate::source::bundle::cell;
use crate::source::bundle::cells::{Cells, looks_like};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// The chat to which messages belong.
pub(super) struct About<'a> {
    pub(super) key: &'a SourceKey,
    pub(super) id: &'a str,
    pub(super) customer: &'a PersonRef,
    pub(super) assignee: &'a PersonRef,
}

/// A transcript as it was found.
struct Found {
    document: Document,
    at: Location,
    /// Line of the file that line 0 of the transcript would be.
    offset: u64,
}

/// Compares the count of messages, and makes messages of the transcript if there are no rows.
/// True if the transcript is doubtful.
pub(super) fn said(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    about: &About<'_>,
    span: (Option<Timestamp>, Option<Timestamp>),
    (rows, claimed): (u32, Option<u64>),
) -> bool {
    let found = match find(memory, cells, about.id) {
        Ok(found) => found,
        Err(error) => {
            let reason = format!("The transcript cannot be read: {}.", error.code());
            cells.note_cell(Code::FileMissing, chat::TRANSCRIPT_PATH, reason);
            None
        }
    };
    match found {
        Some(found) if rows == 0 => from_transcript(memory, cells, about, span, claimed, found),
        _ => {
            let differs = |claimed: &u64| *claimed != u64::from(rows);
            if let Some(claimed) = claimed.filter(differs).filter(|_| !cells.common.partial) {
                let reason = format!("{rows} messages were found; the chat says {claimed}.");
                cells.note_cell(Code::ThreadIncomplete, chat::MESSAGE_COUNT, reason);
            }
            false
        }
    }
}

/// The chat's transcript: in its cell, at the path it names, or named after it.
fn find(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    id: &str,
) -> Result<Option<Found>, SourceError> {
    let row = cells.row;
    let path = match row.trimmed(chat::TRANSCRIPT_PATH) {
        Some(cell) => {
            let path = memory.transcripts.at(cell);
            if path.is_none() {
                let reason = "The export has no such file.";
                cells.note_cell(Code::FileMissing, chat::TRANSCRIPT_PATH, reason);
            }
            path
        }
        None => memory.transcripts.named_after(id),
    };
    if let Some(path) = &path {
        memory.transcripts.claim(path);
    }
    if let Some(text) = row.text(chat::TRANSCRIPT).filter(|text| !text.trim().is_empty()) {
        let is_page = looks_like(text) == BodyFormat::Html;
        let text = if is_page { document::lines_of_html(text) } else { text.to_owned() };
        let document = Document { text, ..Document::default() };
        let at = Location { file: row.file.to_string(), line: row.line };
        return Ok(Some(Found { document, at, offset: row.line.saturating_sub(1) }));
    }
    let Some(path) = path else { return Ok(None) };
    let Some(document) = memory.transcripts.read(&path)? else {
        cells.note_cell(Code::FileTooLarge, chat::TRANSCRIPT_PATH, "Too large for a transcript.");
        return Ok(None);
    };
    Ok(Some(Found { document, at: Location { file: path, line: 1 }, offset: 0 }))
}

/// Why a transcript is kept in one piece.
struct Doubtful {
    line: u64,
    reason: String,
    /// A decision would settle it.
    undecided: Option<Code>,
}

fn from_transcript(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    about: &About<'_>,
    span: (Option<Timestamp>, Option<Timestamp>),
    claimed: Option<u64>,
    found: Found,
) -> bool {
    let span = (span.0, span.1.or(found.document.sent_at));
    match placed(memory, about, span, claimed, &found.document) {
        Ok(said) => {
            let mut met: HashMap<String, u32> = HashMap::new();
            for (number, (said, time)) in (1..).zip(said) {
                let line = found.offset + said.line;
                let at = Location { file: found.at.file.clone(), line };
                let mut id = natural(about.id, time, &said.text);
                let times = met.entry(id.clone()).or_default();
                *times += 1;
                if *times > 1 {
                    id = format!("{id}~{times}");
                }
                memory.derived.extend(message(memory, (about, &id), (number, said, time), at));
            }
            false
        }
        Err(doubt) => {
            let at = Location { line: found.offset + doubt.line, ..found.at.clone() };
            let code = doubt.undecided.unwrap_or(Code::TranscriptDoubtful);
            let finding = Finding::new(code, doubt.reason).object("chats").column("transcript");
            let shown = found.document.text.lines().nth(doubt.line.saturating_sub(1) as usize);
            let finding = finding.value(shown.unwrap_or_default()).at(&at.file, at.line);
            cells.findings.push(finding);
            let note = whole(about, &found, span.0);
            memory.derived.extend(note);
            true
        }
    }
}

type Placed = Vec<(Said, Option<Timestamp>)>;

/// The messages of a transcript with their times, if nothing about it is doubtful.
fn placed(
    memory: &Memory,
    about: &About<'_>,
    span: (Option<Timestamp>, Option<Timestamp>),
    claimed: Option<u64>,
    document: &Document,
) -> Result<Placed, Doubtful> {
    let doubtful =
        |line, reason: &str| Doubtful { line, reason: reason.to_owned(), undecided: None };
    let (customer, agent) = (names(about.customer), names(about.assignee));
    let mut people = People::new(&customer, &agent, &memory.agents);
    // A mail's head may give the visitor's address another name.
    for (name, address) in &document.people {
        let theirs = about.customer.email.as_ref();
        if let Some(name) = name
            && theirs.is_some_and(|email| email.eq_ignore_ascii_case(address))
        {
            people.add_customer(name);
        }
    }
    let said = transcript::parse(&document.text, &people, &memory.dates)
        .map_err(|doubt| doubtful(doubt.line, doubt.reason))?;
    let spoken = said.iter().filter(|one| one.role != AuthorRole::System).count() as u64;
    if let Some(claimed) = claimed
        && claimed != spoken
        && claimed != said.len() as u64
    {
        let reason = format!("{} messages were read; the chat says {claimed}.", said.len());
        return Err(doubtful(1, &reason));
    }
    let clocks: Vec<Option<Clock>> = said.iter().map(|one| one.clock).collect();
    let times = clock::place(&clocks, span, memory.dates.zone).map_err(|misplaced| {
        let Misplaced { line, why } = misplaced;
        let doubt = |reason: &str| doubtful(said.get(line).map_or(1, |said| said.line), reason);
        match why {
            Unplaced::NoDay => doubt("The chat has no start, so the lines have no day."),
            Unplaced::Outside => doubt("Times lie outside the chat."),
            Unplaced::Back => doubt("The clock goes back by more than a few minutes."),
            Unplaced::NoZone => Doubtful {
                undecided: Some(Code::TimeZoneUndecided),
                ..doubt("The transcript's clock is of no known zone.")
            },
            Unplaced::NoOrder => Doubtful {
                undecided: Some(Code::DateOrderUndecided),
                ..doubt("Day and month cannot be told apart.")
            },
        }
    })?;
    Ok(said.into_iter().zip(times).collect())
}

/// Under what somebody may appear in a transcript.
fn names(person: &PersonRef) -> Vec<&str> {
    [&person.name, &person.email].into_iter().flatten().map(String::as_str).collect()
}

/// One message of a transcript. Its id is that of a row without one.
fn message(
    memory: &Memory,
    (about, id): (&About<'_>, &str),
    (number, said, time): (u64, Said, Option<Timestamp>),
    at: Location,
) -> Option<Derived> {
    let key = key("chat_message", id)?;
    let Said { role, name, text, .. } = said;
    let raw = json!({ "chat_id": about.id, "line": at.line, "name": name, "text": text });
    let person = match role {
        AuthorRole::Customer => PersonRef { name, ..about.customer.clone() },
        AuthorRole::Agent => speaker(memory, about, name),
        AuthorRole::System | AuthorRole::Bot => PersonRef::default(),
    };
    let is_event = role == AuthorRole::System;
    let kind = if is_event { MessageKind::Event } else { MessageKind::Message };
    let event = is_event.then(|| MessageEvent { kind: "system".to_owned(), from: None, to: None });
    let body = Some(Body { format: BodyFormat::Text, content: text });
    let record = Message {
        kind,
        author: Author { role, person },
        body,
        internal: is_event,
        created_at: time,
        sequence: Some(number),
        event,
        ..empty(about.key.clone())
    };
    let (object, at, findings) = ("chat_messages", Some(at), Vec::new());
    let record = record.into();
    Some(Derived { object, before: false, key, at, raw, record, findings })
}

/// The agent who is called so; the chat's own one by any of the words for agents.
fn speaker(memory: &Memory, about: &About<'_>, name: Option<String>) -> PersonRef {
    let Some(name) = name else { return about.assignee.clone() };
    if role_of_word(&name).is_some() {
        return about.assignee.clone();
    }
    let known = memory.agents.by_email(&name).or_else(|| match memory.agents.by_name(&name) {
        FoundAgent::One(agent) => Some(agent),
        _ => None,
    });
    let own = about.assignee.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(&name));
    match known {
        Some(agent) => PersonRef {
            key: key("agent", &agent.id),
            email: agent.email.clone(),
            name: Some(name).filter(|name| !cell::is_email(name)),
        },
        None if own => about.assignee.clone(),
        None => PersonRef { name: Some(name), ..PersonRef::default() },
    }
}

/// The whole transcript as one note.
fn whole(about: &About<'_>, found: &Found, time: Option<Timestamp>) -> Option<Derived> {
    let key = key("chat_message", &format!("{}/transcript", about.id))?;
    let content = found.document.text.clone();
    let raw = json!({ "chat_id": about.id, "transcript": content });
    let record = Message {
        kind: MessageKind::Note,
        // Not the system: its lines may be left out by decision C-13, a whole chat may not.
        author: Author { role: AuthorRole::Bot, person: PersonRef::default() },
        body: Some(Body { format: BodyFormat::Text, content }),
        internal: true,
        created_at: time,
        ..empty(about.key.clone())
    };
    let (object, at, findings) = ("chat_messages", Some(found.at.clone()), Vec::new());
    let record = record.into();
    Some(Derived { object, before: false, key, at, raw, record, findings })
}
