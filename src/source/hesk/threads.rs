//! Tickets with what belongs to them, page by page.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use super::emit::Made;
use super::file::{Owner, Shelf, Wanted, named_files, with_pictures};
use super::history;
use super::pass::{Memory, Pager, Pass, joined};
use super::people::Names;
use super::row::{Columns, Row};
use super::ticket::{self, Around, Privacy};
use super::time;
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Message, MessageEvent, MessageKind, PersonRef,
};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Address of tickets that Hesk anonymised.
const NO_IP: &str = "0.0.0.0";

/// What a page of tickets needs of other tables.
struct Page {
    replies: HashMap<u32, (u64, u64)>,
    requesters: BTreeMap<u32, Vec<u32>>,
    followers: BTreeMap<u32, Vec<u32>>,
    collaborators: BTreeMap<u32, Vec<u32>>,
    links: BTreeMap<u32, Vec<u32>>,
    tracking_ids: HashMap<u32, String>,
    not_anonymised: HashSet<u32>,
}

/// What a line of history is made of.
static LINE: LazyLock<Arc<Columns>> = LazyLock::new(|| Columns::new(["date", "line"]));

impl Pass<'_, '_, '_> {
    /// All tickets with their history and files.
    ///
    /// # Errors
    /// If the database or a file cannot be read.
    pub async fn tickets(&mut self, names: Names) -> Result<bool, SourceError> {
        let customs: Vec<String> =
            self.known.fields.iter().map(|field| field.column.clone()).collect();
        let mut more: Vec<&str> = customs.iter().map(String::as_str).collect();
        if let Names::OnTickets { name, email } = names {
            more.extend([name, email]);
        }
        let selection = self.schema.selection("tickets", &more);
        let mut pager = Pager::default();
        loop {
            let rows = self.page(&mut pager, ("tickets", "id"), &selection).await?;
            if rows.is_empty() {
                return Ok(self.emit.goes_on());
            }
            let page = self.around(&rows, names).await?;
            let files = self.file_rows(Shelf::Tickets, &named_files(&rows)).await?;
            self.ahead(&mut pager, ("tickets", "id"), &selection).await?;
            for row in rows {
                let mut wanted = Vec::new();
                let (row, record, findings) = self.ticket(row, &page, names, &mut wanted);
                if !self.thread(row, record, findings, (wanted, &files))? {
                    return Ok(false);
                }
            }
        }
    }

    async fn around(&mut self, rows: &[Row], names: Names) -> Result<Page, SourceError> {
        let ids: Vec<u32> = rows.iter().filter_map(|row| row.id("id")).collect();
        let range = (ids.first().copied().unwrap_or(0), ids.last().copied().unwrap_or(0));
        let mut page = Page {
            replies: self.reply_counts(range).await?,
            requesters: BTreeMap::new(),
            followers: BTreeMap::new(),
            collaborators: self
                .pairs(("ticket_to_collaborator", "ticket_id", "user_id"), range)
                .await?,
            links: self.pairs(("linked_tickets", "ticket_id1", "ticket_id2"), range).await?,
            tracking_ids: HashMap::new(),
            not_anonymised: HashSet::new(),
        };
        let back = self.pairs(("linked_tickets", "ticket_id2", "ticket_id1"), range).await?;
        for (one, others) in back {
            page.links.entry(one).or_default().extend(others);
        }
        let linked: Vec<u32> = page.links.values().flatten().copied().collect();
        page.tracking_ids = self.tracking_ids(&linked).await?;
        if names == Names::Customers {
            self.links_to_people(range, &mut page).await?;
            let ids = page.requesters.values().chain(page.followers.values()).flatten().copied();
            self.people(ids.collect::<Vec<_>>()).await?;
        }
        let suspects: Vec<u32> = rows
            .iter()
            .filter(|row| row.raw("ip") == Some(NO_IP))
            .filter_map(|row| row.id("id"))
            .collect();
        page.not_anonymised = self.with_other_replies(&suspects).await?;
        Ok(page)
    }

    /// Replies by ticket, and those of staff.
    async fn reply_counts(
        &mut self,
        (first, last): (u32, u32),
    ) -> Result<HashMap<u32, (u64, u64)>, SourceError> {
        let table = self.schema.quoted("replies");
        let sql = format!(
            "SELECT replyto, COUNT(*), SUM(staffid > 0) FROM {table} \
             WHERE replyto BETWEEN {first} AND {last} GROUP BY replyto"
        );
        let cells = self.database.cells(sql).await?;
        let count = |cells: Vec<String>| {
            let number = |at: usize| cells.get(at)?.parse::<u64>().ok();
            Some((u32::try_from(number(0)?).ok()?, (number(1)?, number(2).unwrap_or(0))))
        };
        Ok(cells.into_iter().filter_map(count).collect())
    }

    async fn links_to_people(
        &mut self,
        (first, last): (u32, u32),
        page: &mut Page,
    ) -> Result<(), SourceError> {
        let table = self.schema.quoted("ticket_to_customer");
        let sql = format!(
            "SELECT ticket_id, customer_id, customer_type FROM {table} \
             WHERE ticket_id BETWEEN {first} AND {last} ORDER BY ticket_id, customer_id"
        );
        for cells in self.database.cells(sql).await? {
            let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u32>().ok());
            let (Some(ticket), Some(person)) = (number(0), number(1)) else { continue };
            let is_requester = cells.get(2).is_some_and(|kind| kind == "REQUESTER");
            let map = if is_requester { &mut page.requesters } else { &mut page.followers };
            let people = map.entry(ticket).or_default();
            if !people.contains(&person) {
                people.push(person);
            }
        }
        Ok(())
    }

    /// Of these tickets, those with a reply that says something else than the ticket.
    async fn with_other_replies(&mut self, ids: &[u32]) -> Result<HashSet<u32>, SourceError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let (tickets, replies) = (self.schema.quoted("tickets"), self.schema.quoted("replies"));
        let sql = format!(
            "SELECT DISTINCT {replies}.replyto FROM {replies} \
             JOIN {tickets} ON {tickets}.id = {replies}.replyto WHERE {tickets}.id IN ({}) \
             AND BINARY {replies}.message <> BINARY {tickets}.message",
            joined(ids)
        );
        let cells = self.database.cells(sql).await?;
        Ok(cells.iter().filter_map(|cells| cells.first()?.parse().ok()).collect())
    }

    fn privacy(&self, row: &Row, page: &Page, names: Names) -> Option<Privacy> {
        let id = row.id("id").unwrap_or_default();
        let nobody = match names {
            Names::Customers => !page.requesters.contains_key(&id),
            Names::OnTickets { email, .. } => row.filled(email).is_none(),
        };
        if row.raw("ip") == Some(NO_IP) {
            let html = row.raw("message_html");
            let emptied = html.is_none_or(|html| Some(html) == row.raw("message"))
                && row.filled("attachments").is_none()
                && !page.not_anonymised.contains(&id);
            if emptied {
                return Some(Privacy::Anonymised);
            }
            if nobody {
                return Some(Privacy::PartlyAnonymised);
            }
        }
        (nobody && names == Names::Customers).then_some(Privacy::CustomerDeleted)
    }

    /// A ticket's record; its files are added to `wanted`.
    fn ticket(
        &mut self,
        mut row: Row,
        page: &Page,
        names: Names,
        wanted: &mut Vec<Wanted>,
    ) -> (Row, crate::model::record::Conversation, Vec<Finding>) {
        let id = row.id("id").unwrap_or_default();
        let key = ticket::key(id);
        self.memory.tickets.push(id);
        let privacy = self.privacy(&row, page, names);
        let mut around = Around { privacy, ..Around::default() };
        let mut more = Vec::new();
        if privacy.is_some_and(Privacy::is_anonymised) {
            self.memory.anonymised.insert(id);
            self.clear(&mut row, names);
        } else {
            more = self.name_people(&row, page, names, &mut around);
        }
        let watchers = page.collaborators.get(&id).into_iter().flatten();
        for watcher in watchers {
            let person = self.known.staff(*watcher, None);
            let name = person.name.or(person.email).unwrap_or_else(|| format!("staff {watcher}"));
            around.collaborators.push(name);
        }
        let mut linked: Vec<String> = page
            .links
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|other| page.tracking_ids.get(other).cloned())
            .collect();
        linked.sort_unstable();
        linked.dedup();
        around.linked = linked;
        around.replies = page.replies.get(&id).copied().unwrap_or_default();
        let owner = Owner {
            parent: key.clone(),
            message: None,
            tracking_id: row.raw("trackid").map(str::to_owned),
            ticket: Some(id),
        };
        for (file, key) in self.claim(Shelf::Tickets, row.raw("attachments"), &key) {
            around.attachments.push(key.clone());
            wanted.push((file, key, owner.clone()));
        }
        if let (Some(dt), Some(message)) = (row.raw("dt"), row.raw("message")) {
            self.memory.openings.insert(Memory::opening(dt, message), id);
        }
        // Rows of other tables belong to the content: with them, it tells every change.
        row.derived("people", more.join(" "));
        row.derived("linked", around.linked.join(" "));
        row.derived("watched_by", around.collaborators.join(", "));
        row.derived("privacy", around.privacy.map_or("", Privacy::word).to_owned());
        let (record, findings) = ticket::conversation(&row, around, self.known, self.site);
        (row, record, findings)
    }

    /// Takes out of an anonymised ticket what Hesk left in it.
    fn clear(&self, row: &mut Row, names: Names) {
        if let Names::OnTickets { name, email } = names {
            row.clear(name);
            row.clear(email);
        }
        for field in &self.known.fields {
            row.clear(&field.column);
        }
    }

    /// Names who asked and who is in copy; what rows say of it is given back.
    fn name_people(
        &mut self,
        row: &Row,
        page: &Page,
        names: Names,
        around: &mut Around,
    ) -> Vec<String> {
        let id = row.id("id").unwrap_or_default();
        if let Names::OnTickets { name, email } = names {
            let (customer, copies) = super::people::on_ticket(row, name, email);
            around.customer = customer;
            around.copies = copies;
            return Vec::new();
        }
        let mut said = Vec::new();
        let (requesters, followers) = (page.requesters.get(&id), page.followers.get(&id));
        let requester = requesters.and_then(|people| people.first()).copied();
        let others = requesters.into_iter().flatten().skip(1);
        if let Some(person) = requester {
            said.push(format!("requester:{person}"));
            match self.person(person) {
                Some(found) => around.customer = found.clone(),
                None => {
                    let what = "the requester has no row any more";
                    self.emit.tally("tickets", Code::DanglingReference, what, u64::from(id));
                    around.privacy = Some(Privacy::CustomerDeleted);
                }
            }
        }
        for person in others.chain(followers.into_iter().flatten()).copied() {
            said.push(format!("follower:{person}"));
            let found = self.person(person).filter(|_| Some(person) != requester);
            let known = |one: &&PersonRef| !around.copies.iter().any(|other| other == *one);
            around.copies.extend(found.filter(known).cloned());
        }
        said
    }

    /// Hands on a ticket, its pictures and files, its history.
    fn thread(
        &mut self,
        row: Row,
        record: crate::model::record::Conversation,
        findings: Vec<Finding>,
        (wanted, files): (Vec<Wanted>, &HashMap<u32, Row>),
    ) -> Result<bool, SourceError> {
        let id = row.id("id").unwrap_or_default();
        let key = ticket::key(id);
        let at = ("tickets", u64::from(id));
        let rich = with_pictures(&record.description);
        self.doubt_encoding(
            "tickets",
            u64::from(id),
            record.subject.as_deref(),
            &record.description,
        );
        if self.export.is_some() {
            let message = super::export_beside::plain_message(&row);
            self.memory.held.ticket(id, &record, &message, self.site.zone);
        }
        let owner =
            Owner { parent: key.clone(), message: None, tracking_id: None, ticket: Some(id) };
        let made = Made { object: "tickets", key, at, row: &row, record: record.into(), findings };
        if !self.emit.record(made) || !self.files(Shelf::Tickets, &wanted, files)? {
            return Ok(false);
        }
        if let Some(body) = rich
            && !self.inline_files(at, &body, &owner)
        {
            return Ok(false);
        }
        Ok(self.history(&row, id))
    }

    /// The lines of a ticket's history, each a record.
    fn history(&mut self, row: &Row, id: u32) -> bool {
        let Some(history) = row.filled("history") else { return true };
        let format = self.site.date_format.as_deref();
        for (number, line) in (1_u64..).zip(history::lines(history, format)) {
            let Ok(key) = super::emit::key("history", &format!("{id}:{number}")) else { continue };
            let zone = self.site.zone;
            let created_at =
                line.local.and_then(|local| zone.and_then(|zone| time::from_local(local, zone)));
            let findings = line.unread().into_iter().collect();
            let person = line.login.as_deref().and_then(|login| self.known.by_login(login));
            let author = match (person, &line.login) {
                (Some(person), _) => Author { role: AuthorRole::Agent, person },
                (None, Some(login)) if !self.memory.anonymised.contains(&id) => {
                    let person = PersonRef { name: Some(login.clone()), ..PersonRef::default() };
                    Author { role: AuthorRole::Agent, person }
                }
                _ => Author { role: AuthorRole::System, person: PersonRef::default() },
            };
            let date = line.local.map(|time| time.to_string());
            if self.export.is_some() {
                self.memory.held.part(id, "history", date.as_deref(), &line.sentence);
            }
            let cells = Row::new(LINE.clone(), [date.as_deref(), Some(&line.sentence)]);
            let record = Message {
                conversation: ticket::key(id),
                kind: MessageKind::Event,
                author,
                body: Some(Body { format: BodyFormat::Text, content: line.sentence }),
                internal: true,
                created_at,
                sequence: Some(number),
                event: Some(MessageEvent { kind: line.kind.to_owned(), from: None, to: None }),
                attachments: Vec::new(),
                channel: None,
                social_ids: Vec::new(),
                assigned_to: PersonRef::default(),
                reminder_at: None,
            };
            let at = ("tickets", u64::from(id));
            let made =
                Made { object: "history", key, at, row: &cells, record: record.into(), findings };
            if !self.emit.record(made) {
                return false;
            }
        }
        true
    }

    /// Counts texts that were probably converted to UTF-8 twice.
    pub fn doubt_encoding(
        &mut self,
        object: &'static str,
        line: u64,
        label: Option<&str>,
        body: &Option<Body>,
    ) {
        let texts = label.into_iter().chain(body.as_ref().map(|body| body.content.as_str()));
        if texts.into_iter().any(crate::source::bundle::text::is_double_encoded) {
            let what = "the text was probably converted to UTF-8 twice; it is kept as it is";
            self.emit.tally(object, Code::DoubleEncoded, what, line);
        }
    }
}
