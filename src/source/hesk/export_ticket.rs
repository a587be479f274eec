//! A row of Hesk's own export as records. Its texts are plain already, its times are the site's.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::emit::{Made, key, numbered};
use super::export_form::Form;
use super::export_layout::{CUSTOM, Layout};
use super::export_text::{chunks, dated, followers, line_ends};
use super::history::{self, Line};
use super::list;
use super::people;
use super::row::Row;
use super::text::decode;
use super::ticket::Privacy;
use super::time;
use super::words::{State, Words};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, ConversationState, FieldValue, Fields,
    Message, MessageEvent, MessageKind, PersonRef, ThreadKind,
};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::states::fold;
use crate::source::bundle::text::is_double_encoded;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding, Severity};

/// Where a record says that its people are held apart.
const APART: &str = "anonymised";

/// What is needed to read rows.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The columns.
    pub layout: &'a Layout,
    /// Names of states.
    pub words: &'a Words,
    /// What the export says of its own form.
    pub form: &'a Form,
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

impl Reader<'_> {
    /// The ticket of a row; `None` if it has no number.
    pub fn ticket(&self, row: Row) -> Option<Ticket> {
        let id = row.filled("id")?.trim().split('.').next()?.parse().ok().filter(|id| *id > 0)?;
        let mut findings = Vec::new();
        let text = |name: &str| row.filled(name).map(|text| text.trim().to_owned());
        // The site's own states are written as they are stored.
        let word = decode(&text("status").unwrap_or_default());
        let state = self.words.state_of(&word).or_else(|| self.state(&word, &mut findings));
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
        self.instant(time::iso(row.filled(name)?)?)
    }

    /// A date of the export as a point in time: its clock stood still at the offset of the day on
    /// which it was made, whatever the day that it shows.
    fn instant(&self, written: NaiveDateTime) -> Option<Timestamp> {
        match self.form.offset {
            Some(offset) => {
                let utc = written - offset;
                Some(Timestamp::from_seconds(utc.and_utc().timestamp()))
            }
            None => time::from_local(written, self.zone?),
        }
    }

    /// A state that no language of Hesk's has: only one is closed, and has a date of resolution.
    fn state(&self, word: &str, findings: &mut Vec<Finding>) -> Option<State> {
        let reason = "The state's name is in another language or of the site's own.";
        let mut finding = Finding::new(Code::UnmappedValue, reason).column("status").value(word);
        let state = self.form.closes(word).map(|closed| {
            let state = if closed { ConversationState::Closed } else { ConversationState::Open };
            State { word: word.to_owned(), state, removed: false }
        });
        if state.is_some() {
            let known = "what it is was read from the dates of resolution";
            finding.reason = format!("{} {known}.", reason.replace('.', ":"));
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
        state
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
        let due = self.time(row, "due_date").zip(self.zone);
        put(
            "due_date",
            due.and_then(|(time, zone)| time::day(time, zone))
                .or_else(|| text("due_date").and_then(|day| Some(day.get(..10)?.to_owned()))),
        );
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
            let login = line.login.as_deref().filter(|_| !is_apart);
            let name = self.form.owner_at_end(&line.named()).filter(|_| login.is_some());
            let name = name.or(login).map(str::to_owned);
            let person = PersonRef { name, ..PersonRef::default() };
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

    /// Replies of 3.7, if they can be told apart; else all of them as one note.
    pub fn replies(&self, ticket: &Ticket) -> Result<Vec<Part>, SourceError> {
        let Some(text) = ticket.row.filled("reply_messages") else { return Ok(Vec::new()) };
        let chunks = chunks(text, self.date_format, |head| self.form.author(head).is_some());
        let id = ticket.id;
        let local: Vec<_> =
            chunks.iter().map(|chunk| dated(chunk.date, self.date_format)).collect();
        let found = chunks.len() as u64;
        let claimed = ticket.record.reply_count.unwrap_or(found);
        // Hesk's counter may be behind; more replies than it says may be quotes of an export.
        if local.iter().any(Option::is_none) || found > claimed {
            let reason = "The replies cannot be told apart; they are kept as one note.";
            let author = Author { role: AuthorRole::System, person: PersonRef::default() };
            let mut record = message(id, author, line_ends(text), ticket.record.updated_at);
            record.kind = MessageKind::Note;
            record.internal = true;
            let findings = vec![Finding::new(Code::ExportGap, reason).column("reply_messages")];
            let key = key("export_reply", &format!("{id}:all"))?;
            return Ok(vec![Part { object: "replies", key, record, findings }]);
        }
        let mut authors: Vec<Author> =
            chunks.iter().map(|chunk| self.author(chunk.head, ticket)).collect();
        let left = by_count(&mut authors, &ticket.row);
        let mut parts = Vec::new();
        for (number, (chunk, (local, author))) in
            (1_u64..).zip(chunks.iter().zip(local.into_iter().zip(authors)))
        {
            let at = local.and_then(|local| self.instant(local));
            let mut findings = Vec::new();
            if number == 1 && found < claimed {
                let reason = format!("{found} replies were found; the ticket says {claimed}.");
                findings.push(Finding::new(Code::ThreadIncomplete, reason).column("replies"));
            }
            if left && self.is_unknown(&author, ticket) {
                let reason = "Neither the customer, nor a follower, nor known as staff; taken for \
                              somebody else from outside.";
                let finding = Finding::new(Code::AuthorUnknown, reason).column("reply_messages");
                findings.push(finding.severity(Severity::Warning));
            }
            let mut record = message(id, author, chunk.body.clone(), at);
            record.sequence = Some(number);
            let key = key("export_reply", &format!("{id}:{number}"))?;
            parts.push(Part { object: "replies", key, record, findings });
        }
        Ok(parts)
    }

    /// Who wrote a reply: the ticket's customer and followers by name or address, staff by what
    /// the whole export says, anybody else as somebody from outside.
    fn author(&self, head: &str, ticket: &Ticket) -> Author {
        let name = self.form.author(head).unwrap_or_else(|| head.trim().to_owned());
        let record = &ticket.record;
        let said = fold(&name);
        let is = |person: &&PersonRef| {
            [&person.name, &person.email].into_iter().flatten().any(|alias| fold(alias) == said)
        };
        let people = std::iter::once(&record.customer).chain(&record.copies);
        if let Some(person) = people.into_iter().find(is) {
            return Author { role: AuthorRole::Customer, person: person.clone() };
        }
        let role = match self.form.is_staff(&name) {
            true => AuthorRole::Agent,
            false => AuthorRole::Customer,
        };
        Author { role, person: PersonRef { name: Some(name), ..PersonRef::default() } }
    }

    fn is_unknown(&self, author: &Author, ticket: &Ticket) -> bool {
        let known = std::iter::once(&ticket.record.customer).chain(&ticket.record.copies);
        author.role == AuthorRole::Customer && !known.into_iter().any(|one| *one == author.person)
    }
}

/// Holds the authors against the count of replies by staff: if all who are not known elsewhere are
/// needed for it, they are staff. True if it does not come out even.
fn by_count(authors: &mut [Author], row: &Row) -> bool {
    let staff = row.filled("staffreplies").and_then(|count| count.trim().parse::<usize>().ok());
    let Some(staff) = staff else { return false };
    let count = |authors: &[Author]| -> usize {
        authors.iter().filter(|author| author.role == AuthorRole::Agent).count()
    };
    // Of those from outside whom the row names, key or address are known.
    let is_other =
        |author: &&mut Author| author.role == AuthorRole::Customer && author.person.key.is_none();
    let known = count(authors);
    let others = authors.iter_mut().filter(is_other).count();
    if others > 0 && known + others == staff {
        authors.iter_mut().filter(is_other).for_each(|author| author.role = AuthorRole::Agent);
    }
    count(authors) != staff
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
