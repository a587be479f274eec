//! Replies, with their ratings, and notes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::emit::{Made, numbered};
use super::file::{Owner, Shelf, Wanted, named_files, with_pictures};
use super::pass::{Memory, Pager, Pass};
use super::people::Names;
use super::row::{Columns, Row};
use super::ticket;
use super::time;
use crate::model::record::{Author, AuthorRole, Message, MessageEvent, MessageKind, PersonRef};
use crate::model::{RecordKind, SourceKey};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// What a table of messages is called and how its rows name their ticket.
#[derive(Clone, Copy)]
struct Sort {
    table: &'static str,
    object: &'static str,
    ticket: &'static str,
}

const REPLIES: Sort = Sort { table: "replies", object: "reply", ticket: "replyto" };
/// What a rating is made of.
static RATING: LazyLock<Arc<Columns>> = LazyLock::new(|| Columns::new(["rating"]));

const NOTES: Sort = Sort { table: "notes", object: "note", ticket: "ticket" };

impl Pass<'_, '_, '_> {
    /// All replies, with their files and ratings.
    ///
    /// # Errors
    /// If the database or a file cannot be read.
    pub async fn replies(&mut self, names: Names) -> Result<bool, SourceError> {
        self.messages(REPLIES, names).await
    }

    /// All notes, with their files.
    ///
    /// # Errors
    /// If the database or a file cannot be read.
    pub async fn notes(&mut self, names: Names) -> Result<bool, SourceError> {
        if !self.schema.has(NOTES.table) {
            return Ok(self.emit.goes_on());
        }
        self.messages(NOTES, names).await
    }

    async fn messages(&mut self, sort: Sort, names: Names) -> Result<bool, SourceError> {
        let selection = self.schema.selection(sort.table, &[]);
        let by_id = names == Names::Customers && sort.object == REPLIES.object;
        let mut pager = Pager::default();
        loop {
            let rows = self.page(&mut pager, (sort.table, "id"), &selection).await?;
            if rows.is_empty() {
                return Ok(self.emit.goes_on());
            }
            if by_id {
                let ids: Vec<u32> = rows.iter().filter_map(|row| row.id("customer_id")).collect();
                self.people(ids).await?;
            }
            let with_files: Vec<u32> = rows
                .iter()
                .filter(|row| row.filled("attachments").is_some())
                .filter_map(|row| row.id(sort.ticket))
                .collect();
            let tracking = self.tracking_ids(&with_files).await?;
            let files = self.file_rows(Shelf::Tickets, &named_files(&rows)).await?;
            self.ahead(&mut pager, (sort.table, "id"), &selection).await?;
            for row in &rows {
                let wanted = self.claim_files(sort, row, &tracking);
                if !self.message(sort, row, &wanted, &files)? {
                    return Ok(false);
                }
            }
        }
    }

    fn claim_files(
        &mut self,
        sort: Sort,
        row: &Row,
        tracking: &HashMap<u32, String>,
    ) -> Vec<Wanted> {
        let (Some(id), Some(of)) = (row.id("id"), row.id(sort.ticket)) else { return Vec::new() };
        if row.filled("attachments").is_none() || !self.memory.has_ticket(of) {
            return Vec::new();
        }
        let message = numbered(sort.object, id);
        let owner = Owner {
            parent: ticket::key(of),
            message: Some(message.clone()),
            tracking_id: tracking.get(&of).cloned(),
            ticket: Some(of),
        };
        let claimed = self.claim(Shelf::Tickets, row.raw("attachments"), &message);
        claimed.into_iter().map(|(file, key)| (file, key, owner.clone())).collect()
    }

    fn message(
        &mut self,
        sort: Sort,
        row: &Row,
        wanted: &[Wanted],
        files: &HashMap<u32, Row>,
    ) -> Result<bool, SourceError> {
        let id = row.id("id").unwrap_or_default();
        let of = row.id(sort.ticket).unwrap_or_default();
        let key = numbered(sort.object, id);
        let at = (sort.table, u64::from(id));
        if !self.memory.has_ticket(of) {
            let reason = "The ticket is not there.";
            let finding = Finding::new(Code::OrphanPart, reason).column(sort.ticket);
            let kind = RecordKind::Message;
            return Ok(self.emit.reject(sort.table, kind, key, at, (row, finding)));
        }
        let is_note = sort.object == NOTES.object;
        let author = if is_note { self.note_author(row) } else { self.author(row, of) };
        let mut findings = Vec::new();
        if !is_note {
            self.look_for_half_merge(row, of, &mut findings);
        }
        let body = ticket::body(row.raw("message"), row.raw("message_html"));
        if body.is_none() && wanted.is_empty() {
            let reason = "The message has no text.";
            findings.push(Finding::new(Code::RequiredMissing, reason).column("message"));
        }
        let rich = with_pictures(&body);
        self.doubt_encoding(sort.table, u64::from(id), None, &body);
        if self.export.is_some() && !is_note {
            let time = row.time("dt").and_then(|time| time::wall(time, self.site.zone?));
            let text = super::export_beside::plain_message(row);
            self.memory.held.part(of, "reply", time.as_deref(), &text);
        }
        let record = Message {
            conversation: ticket::key(of),
            kind: if is_note { MessageKind::Note } else { MessageKind::Message },
            author,
            body,
            internal: is_note,
            created_at: row.time("dt"),
            sequence: Some(u64::from(id)),
            event: None,
            attachments: wanted.iter().map(|(_, key, _)| key.clone()).collect(),
            channel: None,
            social_ids: Vec::new(),
            assigned_to: PersonRef::default(),
            reminder_at: None,
        };
        let made =
            Made { object: sort.table, key: key.clone(), at, row, record: record.into(), findings };
        if !self.emit.record(made) || !self.files(Shelf::Tickets, wanted, files)? {
            return Ok(false);
        }
        if let Some(body) = rich {
            let parent = ticket::key(of);
            let owner = Owner { parent, message: Some(key), tracking_id: None, ticket: Some(of) };
            if !self.inline_files(at, &body, &owner) {
                return Ok(false);
            }
        }
        Ok(is_note || self.rating(row, of, id))
    }

    fn note_author(&mut self, row: &Row) -> Author {
        let person = row.id("who").map(|id| self.known.staff(id, None)).unwrap_or_default();
        Author { role: AuthorRole::Agent, person }
    }

    /// Who wrote a reply: staff by number, customers by row or by the name they had.
    fn author(&mut self, row: &Row, of: u32) -> Author {
        let name = row.label("name");
        if let Some(id) = row.id("staffid") {
            let person = self.known.staff(id, name.as_deref());
            return Author { role: AuthorRole::Agent, person };
        }
        let id = row.id("customer_id");
        let known = id.and_then(|id| self.person(id)).cloned();
        // Of a customer who was deleted or anonymised, nothing is brought back but the number:
        // they are not whoever asked.
        let person = match known {
            Some(person) => person,
            None if self.memory.anonymised.contains(&of) => PersonRef::default(),
            None => {
                let key = id.map(|id| numbered("customer", id));
                PersonRef { key, name, ..PersonRef::default() }
            }
        };
        Author { role: AuthorRole::Customer, person }
    }

    /// A customer's reply that is another ticket's first message: that ticket should be gone.
    fn look_for_half_merge(&mut self, row: &Row, of: u32, findings: &mut Vec<Finding>) {
        if row.id("staffid").is_some() {
            return;
        }
        let (Some(dt), Some(message)) = (row.raw("dt"), row.raw("message")) else { return };
        let source = self.memory.openings.get(&Memory::opening(dt, message)).copied();
        let Some(source) = source.filter(|source| *source != of) else { return };
        if self.memory.anonymised.contains(&source) {
            return;
        }
        let reason = format!(
            "The reply is the first message of ticket {source}, which is still there: a merge \
             into ticket {of} broke off."
        );
        findings.push(Finding::new(Code::MergeUnfinished, reason));
    }

    /// What a customer thought of a reply, as an event behind it; when is not recorded.
    fn rating(&mut self, row: &Row, of: u32, id: u32) -> bool {
        // A merge leaves an empty value where there was none.
        let word = match row.raw("rating") {
            Some("5") => "helpful",
            Some("1") => "unhelpful",
            _ => return true,
        };
        let cells = Row::new(RATING.clone(), [row.raw("rating")]);
        let record = Message {
            conversation: ticket::key(of),
            kind: MessageKind::Event,
            author: Author { role: AuthorRole::Customer, person: PersonRef::default() },
            body: None,
            internal: true,
            created_at: row.time("dt"),
            sequence: Some(u64::from(id)),
            event: Some(MessageEvent {
                kind: "rating".to_owned(),
                from: None,
                to: Some(word.to_owned()),
            }),
            attachments: Vec::new(),
            channel: None,
            social_ids: Vec::new(),
            assigned_to: PersonRef::default(),
            reminder_at: None,
        };
        let key: SourceKey = numbered("rating", id);
        let at = ("replies", u64::from(id));
        let findings = Vec::new();
        let object = "ratings";
        self.emit.record(Made { object, key, at, row: &cells, record: record.into(), findings })
    }
}
