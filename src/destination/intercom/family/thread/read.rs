//! What a person reads in a thread: who takes part, how it stands, what was said by whom.

use serde_json::{Value, json};

use super::super::super::kind::{ObjectKind, ReadBack};
use super::super::super::normalise::{Content, seconds};
use super::super::super::request::id_text;
use super::super::read::{ReadPerson, changed_at, made_at, words};
use super::compared::people;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Somebody who writes in.
    Contact,
    /// A teammate or a team.
    Teammate,
    /// A bot.
    Bot,
    /// Intercom itself.
    System,
}

/// A file of a message: its name and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenFile {
    /// Its name; "unnamed" if it has none.
    pub name: String,
    /// Where it can be fetched.
    pub url: Option<String>,
}

/// A message, a note or an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// Its id; none for the message that a thread began with.
    pub id: Option<String>,
    /// What it is, in Intercom's word: `comment`, `note`, `assignment` …
    pub kind: Option<String>,
    /// What it says, as HTML, if it says anything.
    pub body: Option<String>,
    /// Its words were taken away.
    pub is_redacted: bool,
    /// What its author is.
    pub speaker: Speaker,
    /// Its author's id.
    pub author_id: Option<String>,
    /// Its author's name and address, as far as they are said.
    pub author: ReadPerson,
    /// Its files.
    pub files: Vec<SpokenFile>,
    /// When, in seconds since 1970.
    pub created_at: Option<i64>,
}

impl Spoken {
    /// Reads a part of a thread, or its source.
    pub fn of(part: &Value) -> Self {
        let author = &part["author"];
        let files = part["attachments"].as_array().into_iter().flatten().map(|file| SpokenFile {
            name: file["name"].as_str().unwrap_or("unnamed").to_owned(),
            url: words(&file["url"]),
        });
        Self {
            id: id_text(&part["id"]),
            kind: words(&part["part_type"]),
            body: words(&part["body"]),
            is_redacted: part["redacted"] == true,
            speaker: match author["type"].as_str() {
                Some("user" | "lead" | "contact" | "visitor") => Speaker::Contact,
                Some("admin" | "team") => Speaker::Teammate,
                Some("bot") => Speaker::Bot,
                _ => Speaker::System,
            },
            author_id: id_text(&author["id"]),
            author: ReadPerson::of(author),
            files: files.collect(),
            created_at: seconds(&part["created_at"]),
        }
    }

    /// Whether it is a note, which contacts do not see.
    pub fn is_note(&self) -> bool {
        self.kind.as_deref() == Some("note")
    }

    /// Whether it says something, said something that is gone, or brings a file.
    pub fn is_message(&self) -> bool {
        self.body.is_some() || self.is_redacted || !self.files.is_empty()
    }
}

/// How a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Somebody is to answer.
    Open,
    /// It sleeps until a time.
    Snoozed,
    /// It is done.
    Closed,
}

/// A thread without what was said after it began.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadThread {
    /// Its title or subject.
    pub title: Option<String>,
    /// Ids of those who take part; the first began it.
    pub people: Vec<String>,
    /// The teammate who has it.
    pub assignee: Option<String>,
    /// The message that it began with: at the time of the thread, described by a ticket's own
    /// description if it has no words.
    pub opening: Spoken,
    /// How it stands.
    pub standing: Standing,
    /// When it began, in seconds since 1970.
    pub created_at: Option<i64>,
    /// When it was made or last changed.
    pub changed_at: Option<i64>,
}

impl ReadThread {
    /// Reads a conversation or a ticket.
    pub fn of(back: &ReadBack) -> Self {
        let object = &back.object;
        let (source, attributes) = (&object["source"], &object["ticket_attributes"]);
        let titles = [&object["title"], &attributes["_default_title_"], &source["subject"]];
        let created_at = made_at(object);
        let mut opening = Spoken { id: None, created_at, ..Spoken::of(source) };
        opening.body = opening.body.or_else(|| words(&attributes["_default_description_"]));
        Self {
            title: titles.into_iter().find_map(words),
            people: people(object).iter().filter_map(|one| id_text(&one["id"])).collect(),
            assignee: id_text(&object["admin_assignee_id"]).filter(|id| id != "0"),
            opening,
            standing: standing(back),
            created_at,
            changed_at: changed_at(object),
        }
    }
}

fn standing(back: &ReadBack) -> Standing {
    let object = &back.object;
    let is_closed = match back.kind {
        ObjectKind::Ticket => {
            object["open"] == false || object["ticket_state"]["category"] == "resolved"
        }
        _ => object["state"] == "closed",
    };
    match (is_closed, object["state"] == "snoozed") {
        (true, _) => Standing::Closed,
        (false, true) => Standing::Snoozed,
        (false, false) => Standing::Open,
    }
}

/// What makes two threads one to a reader of lists: when, who, by whom, in which words, of which
/// type, with which values.
pub fn likeness(thread: &Value) -> Value {
    let opening = Spoken::of(&thread["source"]);
    let people: std::collections::BTreeSet<String> =
        people(thread).iter().filter_map(|one| id_text(&one["id"])).collect();
    json!([
        thread["created_at"],
        people,
        opening.author_id,
        Content::of_html(opening.body.as_deref().unwrap_or("")).text,
        thread["ticket_type"]["id"],
        thread["ticket_attributes"],
    ])
}
