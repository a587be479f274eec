//! A row of Hesk's own export as records. Its texts are plain already, its times are the site's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::emit::{Made, key, numbered};
use super::export_layout::{CUSTOM, Layout};
use super::export_text::{chunks, dated, followers, line_ends};
use super::history::{self, Line};
use super::list;
use super::people;
use super::row::{Columns, Row};
use super::sheet::Cell;
use super::ticket::Privacy;
use super::time;
use super::words::{State, Words};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, FieldValue, Fields, Message, MessageEvent,
    MessageKind, PersonRef, ThreadKind,
};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::text::is_double_encoded;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Where a record says that its people are held apart.
const APART: &str = "anonymised";

/// What is needed to read rows.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The columns.
    pub layout: &'a Layout,
    /// Names of states.
    pub words: &'a Words,
    /// The site's zone.
    pub zone: Option<chrono_tz::Tz>,
    /// PHP format of dates in history.
    pub date_format: Option<&'a str>,
}

/// What a row says.
#[derive(Debug)]
pub struct Ticket {
    /// Number of the ticket.
    pub id: u32,
    /// The cells.
    pub row: Row,
    /// The lines of its history.
    pub lines: Vec<Line>,
    /// The record.
    pub record: Conversation,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

/// The names of the cells; headings that repeat are told apart by number.
pub fn columns(layout: &Layout) -> Arc<Columns> {
    let mut names: Vec<String> = Vec::with_capacity(layout.columns.len());
    for (place, name) in layout.columns.iter().enumerate() {
        let times = layout.columns[..place].iter().filter(|known| *known == name).count();
        names.push(if times == 0 { name.clone() } else { format!("{name} {}", times + 1) });
    }
    Columns::new(names)
}

/// The cells under their names.
pub fn row(columns: &Arc<Columns>, cells: Vec<Cell>) -> Row {
    let filled = |cell: &Cell| !cell.text.trim().is_empty();
    let texts = cells.iter().map(|cell| filled(cell).then_some(cell.text.as_str()));
    Row::new(columns.clone(), texts.chain(std::iter::repeat(None)).take(columns.len()))
}

impl Reader<'_> {
    /// The ticket of a row; `None` if it has no number.
    pub fn ticket(&self, row: Row) -> Option<Ticket> {
        let id = row.filled("id")?.trim().split('.').next()?.parse().ok().filter(|id| *id > 0)?;
        let mut findings = Vec::new();
        let text = |name: &str| row.filled(name).map(|text| text.trim().to_owned());
        let word = text("status").unwrap_or_default();
        let state = self.words.state_of(&word);
        if state.is_none() {
            let reason = "The state's name is in another language or of the site's own.";
            findings.push(Finding::new(Code::UnmappedValue, reason).column("status").value(&word));
        }
        unread_dates(&row, &mut findings);
        let (customer, copies) = self.people(&row, id, &mut findings);
        let record = Conversation {
            kind: ThreadKind::Ticket,
            subject: text("subject"),
            description: text("message")
                .map(|content| Body { format: BodyFormat::Text, content: line_ends(&content) }),
            state: state.as_ref().map(|state: &State| state.state),
            status: state.map_or(word, |state| state.word),
            customer,
            opened_by: None,
            assignee: PersonRef { name: text("owner"), ..PersonRef::default() },
            team: text("category"),
            channel: None,
            copies,
            created_at: self.time(&row, "dt"),
            updated_at: self.time(&row, "lastchange"),
            closed_at: self.time(&row, "closedat"),
            due_at: self.time(&row, "due_date"),
            memo: None,
            tags: Vec::new(),
            standard: self.standard(&row),
            fields: fields(&row),
            reply_count: text("replies").and_then(|count| count.parse().ok()),
            attachments: Vec::new(),
            social_ids: Vec::new(),
            archived: false,
        };
        let lines = history::lines(row.filled("history").unwrap_or_default(), self.date_format);
        let texts = [record.subject.as_deref(), row.filled("message")];
        if texts.into_iter().flatten().any(is_double_encoded) {
            let reason = "The text was probably converted to UTF-8 twice; it is kept as it is.";
            findings.push(Finding::new(Code::DoubleEncoded, reason));
        }
        Some(Ticket { id, row, lines, record, findings }.held_apart())
    }

    fn time(&self, row: &Row, name: &str) -> Option<Timestamp> {
        time::from_local(time::iso(row.filled(name)?)?, self.zone?)
    }

    fn standard(&self, row: &Row) -> BTreeMap<String, String> {
        let mut standard = BTreeMap::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                standard.insert(name.to_owned(), value);
            }
        };
        let text = |name: &str| row.filled(name).map(|text| text.trim().to_owned());
        put("tracking_id", text("trackid"));
        put("priority", text("priority").map(|word| word.trim_matches('*').trim().to_owned()));
        put("category", text("category"));
        put("first_reply_at", self.time(row, "firstreply").map(Timestamp::to_rfc3339));
        put("time_worked", text("time_worked").filter(|time| time != "00:00:00"));
        put("due_date", text("due_date").and_then(|day| Some(day.get(..10)?.to_owned())));
        standard
    }

    fn people(
        &self,
        row: &Row,
        id: u32,
        findings: &mut Vec<Finding>,
    ) -> (PersonRef, Vec<PersonRef>) {
        let mut addresses = list::addresses(row.raw("email").unwrap_or_default()).into_iter();
        let name = row.filled("name").map(|name| name.trim().to_owned());
        let person = |address: String, name: Option<String>| PersonRef {
            key: people::requester(&address),
            email: Some(address),
            name,
        };
        let customer = match addresses.next() {
            Some(address) => person(address, name),
            None => PersonRef { key: Some(numbered("requester", id)), email: None, name },
        };
        let mut copies: Vec<PersonRef> = addresses.map(|address| person(address, None)).collect();
        let (following, unread) = followers(row.raw("followers").unwrap_or_default());
        for (name, address) in following {
            let copy = person(address, name);
            // Who asked may follow as well, and a row may repeat: a person is named once.
            if copy.key != customer.key && !copies.iter().any(|known| known.key == copy.key) {
                copies.push(copy);
            }
        }
        for text in unread {
            let reason = "The follower has no address that can be read.";
            let finding = Finding::new(Code::EmailInvalid, reason).column("followers");
            findings.push(finding.value(&text));
        }
        (customer, copies)
    }

    /// The lines of a ticket's history.
    pub fn history(&self, ticket: &Ticket) -> Result<Vec<Part>, SourceError> {
        let is_apart = ticket.record.standard.contains_key(APART);
        let mut parts = Vec::new();
        for (number, line) in (1_u64..).zip(&ticket.lines) {
            let login = line.login.clone().filter(|_| !is_apart);
            let person = PersonRef { name: login, ..PersonRef::default() };
            let role = if person.is_empty() { AuthorRole::System } else { AuthorRole::Agent };
            let at = line.local.and_then(|local| time::from_local(local, self.zone?));
            let text = line.sentence.clone();
            let mut record = message(ticket.id, Author { role, person }, text, at);
            record.kind = MessageKind::Event;
            record.internal = true;
            record.sequence = Some(number);
            record.event = Some(MessageEvent { kind: line.kind.to_owned(), from: None, to: None });
            parts.push(Part {
                object: "history",
                key: key("history", &format!("{}:{number}", ticket.id))?,
                record,
                findings: line.unread().into_iter().collect(),
            });
        }
        Ok(parts)
    }

    /// Replies of 3.7, if their number is the ticket's own; else all of them as one note.
    pub fn replies(&self, ticket: &Ticket) -> Result<Vec<Part>, SourceError> {
        let Some(text) = ticket.row.filled("reply_messages") else { return Ok(Vec::new()) };
        let chunks = chunks(text);
        let id = ticket.id;
        if ticket.record.reply_count != Some(chunks.len() as u64) {
            let reason = "The replies cannot be told apart; they are kept as one note.";
            let author = Author { role: AuthorRole::System, person: PersonRef::default() };
            let mut record = message(id, author, line_ends(text), ticket.record.updated_at);
            record.kind = MessageKind::Note;
            record.internal = true;
            let findings = vec![Finding::new(Code::ExportGap, reason).column("reply_messages")];
            let key = key("export_reply", &format!("{id}:all"))?;
            return Ok(vec![Part { object: "replies", key, record, findings }]);
        }
        let customer = &ticket.record.customer;
        let mut parts = Vec::new();
        for (number, chunk) in (1_u64..).zip(&chunks) {
            let of_customer =
                customer.name.as_deref().is_some_and(|name| chunk.head.trim_end().ends_with(name));
            let author = if of_customer {
                Author { role: AuthorRole::Customer, person: customer.clone() }
            } else {
                let name = Some(chunk.head.trim_start_matches("Reply by ").trim().to_owned());
                let person = PersonRef { name, ..PersonRef::default() };
                Author { role: AuthorRole::Agent, person }
            };
            let local = dated(chunk.date, self.date_format);
            let at = local.and_then(|local| time::from_local(local, self.zone?));
            let mut record = message(id, author, chunk.body.clone(), at);
            record.sequence = Some(number);
            let key = key("export_reply", &format!("{id}:{number}"))?;
            let mut findings = Vec::new();
            if local.is_none() {
                let reason = "The reply's date cannot be read.";
                findings.push(Finding::new(Code::BadDate, reason).column("reply_messages"));
            }
            parts.push(Part { object: "replies", key, record, findings });
        }
        Ok(parts)
    }
}

/// A message of a row.
#[derive(Debug)]
pub struct Part {
    /// Name of the object in counts.
    pub object: &'static str,
    /// Key.
    pub key: SourceKey,
    /// The record.
    pub record: Message,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

impl Part {
    /// As it is handed on; `cells` is what it was made of.
    pub fn made<'r>(self, at: (&'r str, u64), cells: &'r Row) -> Made<'r> {
        let Self { object, key, record, findings } = self;
        Made { object, key, at, row: cells, record: record.into(), findings }
    }
}

fn message(ticket: u32, author: Author, text: String, at: Option<Timestamp>) -> Message {
    Message {
        conversation: numbered("ticket", ticket),
        kind: MessageKind::Message,
        author,
        body: Some(Body { format: BodyFormat::Text, content: text }),
        internal: false,
        created_at: at,
        sequence: None,
        event: None,
        attachments: Vec::new(),
        channel: None,
        social_ids: Vec::new(),
        assigned_to: PersonRef::default(),
        reminder_at: None,
    }
}

/// Dates that are there and cannot be read.
fn unread_dates(row: &Row, findings: &mut Vec<Finding>) {
    for column in ["dt", "lastchange", "firstreply", "closedat", "due_date"] {
        if let Some(text) = row.filled(column).filter(|text| time::iso(text).is_none()) {
            let finding = Finding::new(Code::BadDate, "The date cannot be read.");
            findings.push(finding.column(column).value(text));
        }
    }
}

impl Ticket {
    /// Without its people, if its history says that they were taken out.
    fn held_apart(mut self) -> Self {
        if self.lines.iter().any(|line| line.kind == history::ANONYMISED) {
            self.row.clear_people();
            self.record.customer = PersonRef::default();
            self.record.copies.clear();
            self.record.fields.clear();
            let word = Privacy::Anonymised.word();
            self.record.standard.insert(APART.to_owned(), word.to_owned());
            let reason = format!("The people of the ticket are held apart: {word}.");
            self.findings.push(Finding::new(Code::PrivacyHold, reason));
        }
        self
    }
}

fn fields(row: &Row) -> Fields {
    let mut fields = Fields::new();
    let columns = row.columns();
    let names = (0..columns.len()).filter_map(|place| columns.name(place));
    for column in names.filter(|name| name.starts_with(CUSTOM)) {
        let Some(text) = row.filled(column) else { continue };
        let name = &column[CUSTOM.len()..];
        let midnight = text.get(10..).is_some_and(|rest| rest.starts_with("T00:00:00"));
        let value = match time::iso(text).filter(|_| midnight) {
            Some(time) => FieldValue::Date(time.format("%Y-%m-%d").to_string()),
            None => FieldValue::Text(line_ends(text)),
        };
        fields.insert(name.to_owned(), value);
    }
    fields
}
