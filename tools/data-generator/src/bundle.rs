//! Writes a whole bundle, one record at a time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike};
use serde::Serialize;
use serde_json::json;

use crate::change::Change;
use crate::customer::Customer;
use crate::desk::{Desk, FIELDS, GROUPS, SHELVES, TAGS, export_s};
use crate::recipe::FILE;
use crate::row::{
    AgentRow, AreaRow, ArticleRow, CustomerRow, FieldRow, FileRow, GroupRow, ReplyRow, TagRow,
    TicketRow,
};
use crate::table::{Row, Table};
use crate::ticket::Ticket;
use crate::{Error, Recipe};

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows by object, as in the manifest's `expected_counts`.
    pub rows: BTreeMap<&'static str, u64>,
    /// Changes by `object.change`, if the recipe has rounds.
    pub changes: BTreeMap<String, u64>,
}

/// The list of changes, beside the bundle.
const CHANGES: &str = "changes.json";

/// Writes the bundle of `recipe` into `out`, which must be empty or not exist. With rounds, what
/// the last one did is listed in `changes.json`.
///
/// # Errors
/// If the recipe is impossible, `out` holds something already, or a file cannot be written.
pub fn write(recipe: &Recipe, out: &Path) -> Result<Summary, Error> {
    recipe.check()?;
    make_folder(out)?;
    let desk = Desk::new(recipe);
    let mut writer = Writer {
        desk: &desk,
        out,
        summary: Summary::default(),
        tags: TAGS.map(|tag| (tag, 0)).into(),
        changes: Changes::begin(recipe, out)?,
    };
    writer.small_tables()?;
    writer.articles()?;
    writer.customers()?;
    writer.threads()?;
    writer.tags()?;
    let Writer { mut summary, changes, .. } = writer;
    summary.changes = changes.end()?;
    write_json(&out.join(FILE), recipe)?;
    write_json(&out.join("manifest.json"), &manifest(recipe, &summary))?;
    Ok(summary)
}

fn make_folder(out: &Path) -> Result<(), Error> {
    let file_error = |source| Error::File { path: out.to_owned(), source };
    fs::create_dir_all(out).map_err(file_error)?;
    match fs::read_dir(out).map_err(file_error)?.next() {
        None => Ok(()),
        Some(_) => Err(Error::NotEmpty(out.to_owned())),
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| Error::Json { path: path.to_owned(), source })?;
    text.push(b'\n');
    fs::write(path, text).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn manifest(recipe: &Recipe, summary: &Summary) -> serde_json::Value {
    let exported_s = export_s(recipe.rounds.len());
    let exported_at = DateTime::from_timestamp(exported_s, 0).map(|at| at.to_rfc3339());
    let mut ignore = vec![FILE];
    if !recipe.rounds.is_empty() {
        ignore.push(CHANGES);
    }
    json!({
        "source": "deskero",
        "source_account": "generated",
        "exported_at": exported_at,
        "export_kind": "full",
        "timezone": "UTC",
        "default_country": "IT",
        "default_locale": "en",
        "expected_counts": summary.rows,
        "expected_counts_source": "report",
        "ignore": ignore,
    })
}

struct Writer<'a> {
    desk: &'a Desk<'a>,
    out: &'a Path,
    summary: Summary,
    tags: BTreeMap<&'static str, u64>,
    changes: Changes,
}

impl Writer<'_> {
    fn begin<R: Row>(&self, stem: &str) -> Result<Table, Error> {
        Table::begin::<R>(self.out, stem, self.desk.recipe.format)
    }

    fn end(&mut self, object: &'static str, table: Table) -> Result<(), Error> {
        self.summary.rows.insert(object, table.end()?);
        Ok(())
    }

    fn whole<R: Row>(
        &mut self,
        object: &'static str,
        rows: impl Iterator<Item = R>,
    ) -> Result<(), Error> {
        let mut table = self.begin::<R>(object)?;
        for row in rows {
            table.push(&row)?;
        }
        self.end(object, table)
    }

    fn small_tables(&mut self) -> Result<(), Error> {
        self.whole("agents", self.desk.agents.iter().map(AgentRow))?;
        self.whole("custom_fields", FIELDS.into_iter().map(FieldRow))?;
        self.whole("kb_groups", (0..GROUPS.len()).map(GroupRow))?;
        self.whole("kb_areas", (0..SHELVES.len()).map(AreaRow))
    }

    fn tags(&mut self) -> Result<(), Error> {
        let used = std::mem::take(&mut self.tags).into_iter().filter(|(_, count)| *count > 0);
        self.whole("tags", used.map(|(tag, count)| TagRow { tag, count }))
    }

    fn count_tags(&mut self, tags: &[&'static str]) {
        for tag in tags {
            *self.tags.entry(tag).or_default() += 1;
        }
    }

    fn articles(&mut self) -> Result<(), Error> {
        let mut table = self.begin::<ArticleRow<'_>>("kb_articles")?;
        for index in 0..self.desk.recipe.articles {
            let seen = self.desk.article(index);
            self.changes.push(seen.change)?;
            if let Some(article) = seen.record {
                table.push(&ArticleRow(&article, &self.desk.agents[article.author]))?;
            }
        }
        self.end("kb_articles", table)
    }

    fn customers(&mut self) -> Result<(), Error> {
        let recipe = self.desk.recipe;
        let mut table = self.begin::<CustomerRow<'_>>("customers")?;
        for index in 0..recipe.count(recipe.customers) {
            let seen = self.desk.customer(index);
            self.changes.push(seen.change)?;
            if let Some(customer) = seen.record {
                self.count_tags(&customer.tags);
                table.push(&CustomerRow(&customer))?;
            }
        }
        self.end("customers", table)
    }

    fn threads(&mut self) -> Result<(), Error> {
        let recipe = self.desk.recipe;
        let mut tickets = self.begin::<TicketRow<'_>>("tickets")?;
        let mut replies = self.begin::<ReplyRow<'_>>("replies")?;
        let mut files = match recipe.attachments_percent > 0.0 {
            true => Some(self.begin::<FileRow<'_>>("attachments")?),
            false => None,
        };
        let mut numbers = Numbers::default();
        for index in 0..recipe.count(recipe.tickets) {
            let customer = self.desk.signer(self.desk.opener(index));
            let seen = self.desk.ticket(index, &customer);
            self.changes.push(seen.change)?;
            let number = numbers.next(seen.created_ms);
            let Some(ticket) = seen.record else { continue };
            self.count_tags(&ticket.tags);
            self.thread(&ticket, &number, &customer, &mut tickets, &mut replies)?;
            if let Some(files) = &mut files {
                self.files(&ticket, files)?;
            }
        }
        self.end("tickets", tickets)?;
        self.end("replies", replies)?;
        files.map_or(Ok(()), |files| self.end("attachments", files))
    }

    fn thread(
        &self,
        ticket: &Ticket,
        number: &str,
        customer: &Customer,
        tickets: &mut Table,
        replies: &mut Table,
    ) -> Result<(), Error> {
        let agent = &self.desk.agents[ticket.agent];
        tickets.push(&TicketRow { ticket, number, customer, agent })?;
        for (place, reply) in ticket.replies.iter().enumerate() {
            replies.push(&ReplyRow { ticket, place, reply, customer, agent })?;
        }
        Ok(())
    }

    fn files(&self, ticket: &Ticket, table: &mut Table) -> Result<(), Error> {
        for file in &ticket.files {
            let path = self.out.join(&file.path);
            let content = file.content();
            let folder = path.parent().unwrap_or(self.out);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, &content))
                .map_err(|source| Error::File { path, source })?;
            table.push(&FileRow { ticket, file, size_bytes: content.len() })?;
        }
        Ok(())
    }
}

/// Ticket numbers, `n/year`, without gaps as long as no ticket vanishes.
#[derive(Default)]
struct Numbers {
    year: i32,
    last: u64,
}

impl Numbers {
    fn next(&mut self, created_ms: i64) -> String {
        let year = DateTime::from_timestamp_millis(created_ms).map_or(self.year, |at| at.year());
        self.last = if year == self.year { self.last + 1 } else { 1 };
        self.year = year;
        format!("{}/{year}", self.last)
    }
}

/// `changes.json`, written as the changes come.
struct Changes {
    path: PathBuf,
    file: Option<BufWriter<fs::File>>,
    counts: BTreeMap<String, u64>,
}

impl Changes {
    fn begin(recipe: &Recipe, out: &Path) -> Result<Self, Error> {
        let path = out.join(CHANGES);
        let mut changes = Self { path, file: None, counts: BTreeMap::new() };
        if !recipe.rounds.is_empty() {
            let file = fs::File::create(&changes.path).map_err(|source| changes.error(source))?;
            changes.file = Some(BufWriter::new(file));
            changes.text(b"{\"changes\":[")?;
        }
        Ok(changes)
    }

    fn error(&self, source: std::io::Error) -> Error {
        Error::File { path: self.path.clone(), source }
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Error> {
        let done = self.file.as_mut().map_or(Ok(()), |file| file.write_all(text));
        done.map_err(|source| self.error(source))
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_vec(value)
            .map_err(|source| Error::Json { path: self.path.clone(), source })?;
        self.text(&text)
    }

    fn push(&mut self, change: Option<Change>) -> Result<(), Error> {
        let Some(change) = change else { return Ok(()) };
        self.text(if self.counts.is_empty() { b"\n" } else { b",\n" })?;
        let name = format!("{}.{}", change.object, change.change.word());
        *self.counts.entry(name).or_default() += 1;
        self.json(&change)
    }

    fn end(mut self) -> Result<BTreeMap<String, u64>, Error> {
        let counts = std::mem::take(&mut self.counts);
        self.text(b"\n],\"counts\":")?;
        self.json(&counts)?;
        self.text(b"}\n")?;
        let done = self.file.as_mut().map_or(Ok(()), |file| file.flush());
        done.map_err(|source| self.error(source))?;
        Ok(counts)
    }
}
