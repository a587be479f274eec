//! A row of Hesk's own export as records. Its texts are plain already, its times are the site's.

use std::collections::BTreeMap;

use super::emit::{Made, key, numbered};
use super::export_layout::{CUSTOM, Layout};
use super::history;
use super::list;
use super::people;
use super::row::Row;
use super::sheet::Cell;
use super::time;
use super::words::{State, Words};
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, FieldValue, Fields, Message, MessageEvent,
    MessageKind, PersonRef, ThreadKind,
};
use crate::model::{SourceKey, Timestamp};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Between the replies of a ticket.
const RULE: &str = "---";

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
    /// The record.
    pub record: Conversation,
    /// What is noteworthy about it.
    pub findings: Vec<Finding>,
}

/// The columns' cells under their names; headings that repeat are told apart by number.
pub fn row(layout: &Layout, cells: Vec<Cell>) -> Row {
    let mut names: Vec<String> = Vec::with_capacity(layout.columns.len());
    for name in &layout.columns {
        let times = names.iter().filter(|known| *known == name).count();
        names.push(if times == 0 { name.clone() } else { format!("{name} {}", times + 1) });
    }
    let text = |cell: Cell| Some(cell.text).filter(|text| !text.trim().is_empty());
    let mut cells: Vec<Option<String>> = cells.into_iter().map(text).collect();
    cells.resize(names.len(), None);
    Row::new(names.into(), cells)
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
        let (customer, copies) = self.people(&row, id);
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
            fields: fields(&row, self.layout),
            reply_count: text("replies").and_then(|count| count.parse().ok()),
            attachments: Vec::new(),
            social_ids: Vec::new(),
            archived: false,
        };
        Some(Ticket { id, row, record, findings })
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

    fn people(&self, row: &Row, id: u32) -> (PersonRef, Vec<PersonRef>) {
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
        copies.extend(
            followers(row.raw("followers").unwrap_or_default())
                .into_iter()
                .map(|(name, address)| person(address, name)),
        );
        (customer, copies)
    }

    /// The lines of a ticket's history.
    pub fn history(&self, ticket: &Ticket) -> Result<Vec<Part>, SourceError> {
        let lines =
            history::lines(ticket.row.filled("history").unwrap_or_default(), self.date_format);
        let mut parts = Vec::new();
        for (number, line) in (1_u64..).zip(lines) {
            let person = PersonRef { name: line.login.clone(), ..PersonRef::default() };
            let role = if person.is_empty() { AuthorRole::System } else { AuthorRole::Agent };
            let at = line.local.and_then(|local| time::from_local(local, self.zone?));
            let mut record = message(ticket.id, Author { role, person }, line.sentence, at);
            record.kind = MessageKind::Event;
            record.internal = true;
            record.sequence = Some(number);
            record.event = Some(MessageEvent { kind: line.kind.to_owned(), from: None, to: None });
            parts.push(Part {
                object: "history",
                key: key("history", &format!("{}:{number}", ticket.id))?,
                record,
                findings: Vec::new(),
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
            parts.push(Part { object: "replies", key, record, findings: Vec::new() });
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
    pub fn made<'r>(self, line: u64, cells: &'r Row) -> Made<'r> {
        let Self { object, key, record, findings } = self;
        Made { object, key, at: ("export", line), row: cells, record: record.into(), findings }
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

fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

fn fields(row: &Row, layout: &Layout) -> Fields {
    let mut fields = Fields::new();
    for column in layout.columns.iter().filter(|name| name.starts_with(CUSTOM)) {
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

/// `Name <address>, Name <address>`; names may hold commas.
fn followers(cell: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let mut rest = cell;
    while let Some((name, after)) = rest.split_once('<') {
        let Some((address, after)) = after.split_once('>') else { break };
        let name = name.trim().trim_start_matches(',').trim();
        if address.contains('@') {
            found.push((
                Some(name.to_owned()).filter(|name| !name.is_empty()),
                address.trim().to_owned(),
            ));
        }
        rest = after;
    }
    found
}

struct Chunk<'a> {
    head: &'a str,
    date: &'a str,
    body: String,
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().chain([RULE]) {
        if line.trim_end() == RULE {
            chunks.extend(chunk(&lines));
            lines.clear();
        } else {
            lines.push(line);
        }
    }
    chunks
}

fn chunk<'a>(lines: &[&'a str]) -> Option<Chunk<'a>> {
    let mut said = lines.iter().copied().skip_while(|line| line.trim().is_empty());
    let head = said.next()?;
    let date = said.next().unwrap_or_default();
    let body = said.collect::<Vec<_>>().join("\n").trim().to_owned();
    Some(Chunk { head, date, body })
}

/// The time in a line such as `Date: 2023-01-01 10:00:00`, whatever the word before it.
fn dated(line: &str, format: Option<&str>) -> Option<chrono::NaiveDateTime> {
    let starts = line.char_indices().map(|(at, _)| at);
    let own = |text: &str| format.and_then(|format| time::by_format(text, format));
    starts.map(|at| line[at..].trim()).find_map(|text| own(text).or_else(|| time::iso(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followers_may_have_commas_in_their_names() {
        let found = followers("Prime, Ada <ada@e.org>,Bo <bo@e.org>, <cy@e.org>");
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_deref()).collect();
        assert_eq!(names, [Some("Prime, Ada"), Some("Bo"), None]);
        assert_eq!(found[2].1, "cy@e.org");
    }

    #[test]
    fn replies_are_split_at_rules() {
        let found = chunks(
            "Reply by Ada\nDate: 2023-01-01 10:00:00\n\nHello\nyou\n---\n\
             \nReply by Bo\nDate x\nBye\n---\n",
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].head, found[0].body.as_str()), ("Reply by Ada", "Hello\nyou"));
        assert_eq!(dated(found[0].date, None).unwrap().to_string(), "2023-01-01 10:00:00");
        assert_eq!(dated(found[1].date, None), None);
    }

    proptest::proptest! {
        #[test]
        fn no_cell_makes_it_panic(text in "(<|>|,|@|---|\n|é|[a-z0-9: -]){0,40}") {
            followers(&text);
            chunks(&text);
            dated(&text, Some("d.m.Y"));
        }
    }
}
