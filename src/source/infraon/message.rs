//! Entries of a thread: messages, notes, events.

use sha2::{Digest, Sha256};

use super::columns::message;
use super::directory::Asker;
use super::memory::Memory;
use super::person::{self, Named};
use super::resolve::{Found, Kind, key};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Message, MessageEvent, MessageKind, PersonRef,
};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::header;
use crate::source::bundle::index::hash;
use crate::source::bundle::inline::hex;
use crate::source::finding::Code;

const AUTHOR: Named =
    Named { id: message::AUTHOR_ID, email: message::AUTHOR_EMAIL, name: message::AUTHOR_NAME };

/// What the vendor's word for an entry means; `None` for what is said or noted.
fn event_kind(word: Option<&str>) -> Option<String> {
    let form = header::field_key(word?);
    let kind = match form.as_str() {
        "message" | "note" | "notes" | "add_notes" | "add_note" | "comment" | "reply" | "email"
        | "conversation" => return None,
        "status_change" | "state_change" => "status_change",
        "priority_change" => "priority_change",
        "assignment" | "assignment_change" | "assignee_change" | "assigned" => "assignment",
        "merge" | "merged" => "merge",
        "call" => "call",
        "rating" | "feedback" => "rating",
        _ => "other",
    };
    Some(kind.to_owned())
}

/// An entry of an incident's thread.
pub(super) fn message(memory: &mut Memory, cells: &mut Cells<'_>, meets_equal: bool) -> Outcome {
    let Some(incident) = incident_of(memory, cells) else { return Outcome::Reject(None) };
    let own_id = cells.row.id(message::ID).map(str::to_owned);
    let created_at = cells.time(message::CREATED_AT);
    if created_at.is_none() && cells.row.typed(message::CREATED_AT).is_none() {
        cells.note_cell(Code::RequiredMissing, message::CREATED_AT, "No time is given.");
    }
    let natural = (own_id.is_none() || meets_equal).then(|| {
        let time = created_at.map_or_else(|| "-".to_owned(), |time| time.0.to_string());
        let text = cells.row.text(message::BODY).unwrap_or_default();
        let digest = hex(&Sha256::digest(text.trim()));
        format!("{incident}/{time}/{}", &digest[..16])
    });
    let id = own_id.or_else(|| natural.clone()).unwrap_or_default();
    let (Some(key), Some(conversation)) = (key("message", &id), key("incident", &incident)) else {
        return Outcome::Reject(None);
    };
    let private = cells.boolean(message::IS_PRIVATE).unwrap_or(false);
    let visibility = cells.row.trimmed(message::VISIBILITY).map(str::to_lowercase);
    let internal =
        private || visibility.is_some_and(|word| matches!(word.as_str(), "internal" | "private"));
    let written = cells.string(message::EVENT_TYPE);
    let event_kind = event_kind(written.as_deref());
    let is_note = written.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("note"));
    let kind = match (&event_kind, internal || is_note) {
        (Some(_), _) => MessageKind::Event,
        (None, true) => MessageKind::Note,
        (None, false) => MessageKind::Message,
    };
    let internal = kind != MessageKind::Message;
    let asker = memory.askers.get(hash(&incident)).copied();
    let Some(author) = author(memory, cells, asker, kind) else {
        return Outcome::Reject(Some(key));
    };
    let body = body(cells);
    if body.is_none() && event_kind.is_none() && cells.row.text(message::ATTACHMENTS).is_none() {
        cells.note_cell(Code::RequiredMissing, message::BODY, "The message has no text.");
    }
    let event = event_kind.map(|kind| {
        // A word of the vendor's without one of ours is kept as it is.
        let kind = if kind == "other" { written.unwrap_or(kind) } else { kind };
        let (from, to) = (cells.string(message::EVENT_FROM), cells.string(message::EVENT_TO));
        MessageEvent { kind, from, to }
    });
    let record = Message {
        conversation,
        kind,
        author,
        body,
        internal,
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

/// Id of the incident, by its id or number.
fn incident_of(memory: &Memory, cells: &mut Cells<'_>) -> Option<String> {
    let slot = message::INCIDENT_ID;
    let text = cells.row.id(slot)?.to_owned();
    match memory.links.of(Kind::Incident).find(&text) {
        Found::One(id) => Some(id),
        Found::Several => {
            cells.note_cell(Code::OrphanPart, slot, "The number means several incidents.");
            None
        }
        Found::Nothing if memory.partial => {
            let reason = "No such incident is in the export: it is taken for an id.";
            cells.note_cell(Code::ReferenceOutside, slot, reason);
            Some(text)
        }
        Found::Nothing => {
            cells.note_cell(Code::OrphanPart, slot, "No such incident is in the export.");
            None
        }
    }
}

/// Who wrote it. Events that name nobody are the service desk's own.
fn author(
    memory: &Memory,
    cells: &mut Cells<'_>,
    asker: Option<Asker>,
    kind: MessageKind,
) -> Option<Author> {
    let named = (AUTHOR, message::AUTHOR_TYPE);
    let author = person::author(memory, cells, named, asker, kind != MessageKind::Message);
    if author.is_some() {
        return author;
    }
    let parts = [AUTHOR.id, AUTHOR.email, AUTHOR.name];
    let is_named = parts.iter().any(|&slot| cells.row.typed(slot).is_some());
    if kind == MessageKind::Event && !is_named {
        return Some(Author { role: AuthorRole::System, person: PersonRef::default() });
    }
    let reason = match is_named {
        true => "Its author is neither a requester nor a technician of the export.",
        false => "Nobody is named as its author.",
    };
    cells.note(Code::AuthorUnknown, reason);
    None
}

/// The text, with the time worked at its end.
fn body(cells: &mut Cells<'_>) -> Option<Body> {
    let worked = cells.string(message::WORK_DURATION).filter(|text| text != "0");
    let body = cells.body(message::BODY, Some(message::BODY_FORMAT));
    let Some(worked) = worked else { return body };
    let line = format!("Work duration: {worked}");
    Some(match body {
        None => Body { format: BodyFormat::Text, content: line },
        Some(Body { format: BodyFormat::Html, content }) => {
            let escaped = line.replace('&', "&amp;").replace('<', "&lt;");
            Body { format: BodyFormat::Html, content: format!("{content}<p>{escaped}</p>") }
        }
        Some(Body { format, content }) => Body { format, content: format!("{content}\n\n{line}") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_entries() {
        for (word, expected) in [
            (None, None),
            (Some("Add Notes"), None),
            (Some("message"), None),
            (Some("Priority Change"), Some("priority_change")),
            (Some("status_change"), Some("status_change")),
            (Some("Assigned"), Some("assignment")),
            (Some("SLA Paused"), Some("other")),
        ] {
            assert_eq!(event_kind(word).as_deref(), expected, "{word:?}");
        }
    }
}
