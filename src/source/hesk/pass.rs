//! One reading of the database: what it reads from, what it knows, where it hands records to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

use chrono_tz::Tz;
use foldhash::quality::FixedState;

use super::database::{Ahead, Database};
use super::disk::Disk;
use super::emit::{Emit, numbered};
use super::held::Held;
use super::known::Known;
use super::list;
use super::row::Row;
use super::schema::{Schema, Selection};
use crate::model::record::PersonRef;
use crate::source::contract::SourceError;

/// Rows of a page, as long as they are not large.
const PAGE_ROWS: usize = 2_000;

/// People kept by id between pages; the next page asks again for others.
const PEOPLE_KEPT: usize = 20_000;

/// What is known of the site beside its tables.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Zone of history and due dates.
    pub zone: Option<Tz>,
    /// PHP format of dates in history.
    pub date_format: Option<String>,
    /// Address, without a slash at the end.
    pub url: Option<String>,
}

/// What is remembered over a reading: some bytes a ticket.
#[derive(Debug, Default)]
pub struct Memory {
    /// Ids of all tickets, in order.
    pub tickets: Vec<u32>,
    /// Tickets whose people were taken out.
    pub anonymised: HashSet<u32>,
    /// Tickets by hash of time and text of their first message.
    pub openings: foldhash::HashMap<u64, u32>,
    /// Attachments that a post names.
    pub attached: HashSet<u32>,
    /// Names in the folder that a record refers to.
    pub on_disk: HashSet<String>,
    /// What an export may say too; only kept if there is one.
    pub held: Held,
    people: HashMap<u32, Option<PersonRef>>,
}

impl Memory {
    /// Hash of the time and text of a first message.
    pub fn opening(dt: &str, message: &str) -> u64 {
        FixedState::default().hash_one((dt, message))
    }

    /// Whether a ticket was read.
    pub fn has_ticket(&self, id: u32) -> bool {
        self.tickets.binary_search(&id).is_ok()
    }
}

/// One reading.
pub struct Pass<'p, 'a, 's> {
    /// Where rows come from.
    pub database: &'p mut Database,
    /// Tables and columns that are there.
    pub schema: &'p Schema,
    /// What small tables say.
    pub known: &'p mut Known,
    /// The folder of attachments.
    pub disk: &'p Disk,
    /// The site.
    pub site: &'p Site,
    /// Hesk's own export beside the database.
    pub export: Option<&'p std::path::Path>,
    /// Where records go.
    pub emit: &'p mut Emit<'a, 's>,
    /// What is remembered.
    pub memory: Memory,
}

/// Walks a table in order of its ids.
#[derive(Debug, Default)]
pub struct Pager {
    after: u64,
    done: bool,
    ahead: Option<Ahead>,
}

impl Pager {
    /// The statement for the next page; `None` at the end.
    pub fn statement(&self, table: &str, id: &str, selection: &Selection) -> Option<String> {
        let (list, after) = (&selection.list, self.after);
        (!self.done).then(|| {
            format!(
                "SELECT {list} FROM {table} WHERE `{id}` > {after} \
                 ORDER BY `{id}` LIMIT {PAGE_ROWS}"
            )
        })
    }

    /// Takes note of a page. `left`: it was left before its end.
    pub fn turn(&mut self, rows: &[Row], id: &str, left: bool) {
        let last = rows.last().and_then(|row| row.number(id)).and_then(|id| u64::try_from(id).ok());
        self.done = last.is_none() || (rows.len() < PAGE_ROWS && !left);
        self.after = last.unwrap_or(self.after);
    }
}

impl Pass<'_, '_, '_> {
    /// The next rows of a table; none at its end.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn page(
        &mut self,
        pager: &mut Pager,
        (table, id): (&str, &str),
        selection: &Selection,
    ) -> Result<Vec<Row>, SourceError> {
        if pager.ahead.is_none() {
            self.ahead(pager, (table, id), selection).await?;
        }
        let Some(page) = pager.ahead.take() else { return Ok(Vec::new()) };
        let (rows, left) = page.arrived().await?;
        pager.turn(&rows, id, left);
        Ok(rows)
    }

    /// Asks for the page behind the last one, to be fetched while that one is taken apart. What
    /// else its rows need is best asked for before: the server answers in order.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn ahead(
        &mut self,
        pager: &mut Pager,
        (table, id): (&str, &str),
        selection: &Selection,
    ) -> Result<(), SourceError> {
        if let Some(sql) = pager.statement(&self.schema.quoted(table), id, selection) {
            pager.ahead = Some(self.database.ahead(sql, &selection.columns).await?);
        }
        Ok(())
    }

    /// Customers of 3.5 and later, by id; those that are gone are `None`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn people(&mut self, ids: impl IntoIterator<Item = u32>) -> Result<(), SourceError> {
        if self.memory.people.len() > PEOPLE_KEPT {
            self.memory.people.clear();
        }
        let mut wanted: Vec<u32> =
            ids.into_iter().filter(|id| !self.memory.people.contains_key(id)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        let table = self.schema.quoted("customers");
        let selection = Selection::of(["id", "name", "email"].map(str::to_owned).to_vec());
        let (list, ids) = (&selection.list, joined(&wanted));
        let sql = format!("SELECT {list} FROM {table} WHERE id IN ({ids})");
        for id in wanted {
            self.memory.people.insert(id, None);
        }
        for row in self.database.rows(sql, &selection.columns).await? {
            let Some(id) = row.id("id") else { continue };
            let person = PersonRef {
                key: Some(numbered("customer", id)),
                email: list::addresses(row.raw("email").unwrap_or_default()).into_iter().next(),
                name: row.label("name"),
            };
            self.memory.people.insert(id, Some(person));
        }
        Ok(())
    }

    /// A customer that [`Self::people`] was asked for.
    pub fn person(&self, id: u32) -> Option<&PersonRef> {
        self.memory.people.get(&id).and_then(Option::as_ref)
    }

    /// Pairs of numbers by their first, from a table with two id columns, where the first is
    /// within a range.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn pairs(
        &mut self,
        (table, from, to): (&str, &str, &str),
        (first, last): (u32, u32),
    ) -> Result<BTreeMap<u32, Vec<u32>>, SourceError> {
        let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        if !self.schema.has(table) {
            return Ok(found);
        }
        let quoted = self.schema.quoted(table);
        let sql = format!(
            "SELECT `{from}`, `{to}` FROM {quoted} WHERE `{from}` BETWEEN {first} AND {last} \
             ORDER BY `{from}`, `{to}`"
        );
        for cells in self.database.cells(sql).await? {
            let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u32>().ok());
            if let (Some(one), Some(other)) = (number(0), number(1)) {
                let others = found.entry(one).or_default();
                if !others.contains(&other) {
                    others.push(other);
                }
            }
        }
        Ok(found)
    }

    /// Tracking ids of tickets.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn tracking_ids(&mut self, ids: &[u32]) -> Result<HashMap<u32, String>, SourceError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let table = self.schema.quoted("tickets");
        let sql = format!("SELECT id, trackid FROM {table} WHERE id IN ({})", joined(ids));
        let cells = self.database.cells(sql).await?;
        let pair = |cells: Vec<String>| {
            let mut cells = cells.into_iter();
            Some((cells.next()?.parse().ok()?, cells.next()?))
        };
        Ok(cells.into_iter().filter_map(pair).collect())
    }

    /// Tickets by tracking id; compared letter by letter, since the server ignores case.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn tickets_of(
        &mut self,
        tracking_ids: &[&str],
    ) -> Result<HashMap<String, u32>, SourceError> {
        if tracking_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let table = self.schema.quoted("tickets");
        let literals: Vec<String> = tracking_ids.iter().map(|id| literal(id)).collect();
        let sql = format!(
            "SELECT id, trackid FROM {table} WHERE trackid IN ({}) ORDER BY id DESC",
            literals.join(",")
        );
        let cells = self.database.cells(sql).await?;
        let pair = |cells: Vec<String>| {
            let mut cells = cells.into_iter();
            let id = cells.next()?.parse().ok()?;
            Some((cells.next()?, id))
        };
        Ok(cells.into_iter().filter_map(pair).collect())
    }
}

/// Numbers for an `IN` list.
pub fn joined(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// A text as a literal that needs no escaping.
fn literal(text: &str) -> String {
    format!("_utf8mb4 x'{}'", crate::source::bundle::inline::hex(text.as_bytes()))
}
