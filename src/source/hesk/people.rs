//! Staff, categories and those who ask. Before 3.5 the latter stand on tickets only: one person is
//! one address, whatever its case.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use super::custom::CustomField;
use super::emit::{Made, address_hash, key, numbered};
use super::known::small;
use super::list;
use super::pass::{Pager, Pass};
use super::row::{Columns, Row};
use super::schema::{Schema, Selection};
use super::table::{NAME_BEFORE, NAME_STALE};
use crate::model::record::{Contact, PersonRef, Team, Teammate};
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::inline::hex;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Where those who ask are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// In tables of their own.
    Customers,
    /// On the tickets, in these columns.
    OnTickets {
        /// Column of the name.
        name: &'static str,
        /// Column of the addresses.
        email: &'static str,
    },
}

impl Names {
    /// By what is there. `moved`: the customer tables are filled. The finding says so if they
    /// should be and are not.
    pub fn of(schema: &Schema, moved: bool) -> (Self, Option<Finding>) {
        let on_tickets = |(name, email)| Self::OnTickets { name, email };
        if !schema.has_customers() {
            return (on_tickets(NAME_BEFORE), None);
        }
        let is_between = schema.has_column("replies", "name") || schema.has("temp_customers");
        if moved && !is_between {
            return (Self::Customers, None);
        }
        let reason = "The customer migration of 3.5 did not run to its end; people are read from \
                      the tickets, as before it.";
        let columns = match schema.has_column("tickets", NAME_STALE.0) {
            true => NAME_STALE,
            false => NAME_BEFORE,
        };
        (on_tickets(columns), Some(Finding::new(Code::MigrationUnfinished, reason)))
    }
}

/// Key of a person who is known by address only: its digest, since keys are kept for ever.
pub fn requester(address: &str) -> Option<SourceKey> {
    let digest = Sha256::digest(format!("hesk requester {}", address.trim().to_lowercase()));
    key("requester", &hex(&digest)[..32]).ok()
}

/// Who asked and who is in copy, by a ticket's own columns.
pub fn on_ticket(row: &Row, name: &str, email: &str) -> (PersonRef, Vec<PersonRef>) {
    let mut addresses = list::addresses(row.raw(email).unwrap_or_default()).into_iter();
    let first = addresses.next();
    let person =
        |address: String| PersonRef { key: requester(&address), email: Some(address), name: None };
    let customer = match first {
        Some(address) => PersonRef { name: row.label(name), ..person(address) },
        // Nobody knows whether two people of one name are one: each ticket has its own.
        None => PersonRef {
            key: row.id("id").map(|id| numbered("requester", id)),
            email: None,
            name: row.label(name),
        },
    };
    (customer, addresses.map(person).collect())
}

/// A person met on tickets.
struct Met {
    address: String,
    name: Option<String>,
    language: Option<String>,
    first: Option<Timestamp>,
    line: u64,
}

/// What a person met on tickets is made of.
static MET: LazyLock<Arc<Columns>> = LazyLock::new(|| Columns::new(["email", "name", "language"]));

impl Pass<'_, '_, '_> {
    /// Members of staff who are there.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn staff(&mut self) -> Result<bool, SourceError> {
        for row in small(self.database, self.schema, "users").await? {
            let Some(id) = row.id("id") else { continue };
            let Some(staff) = self.known.staff.get(&id) else { continue };
            let categories = &self.known.categories;
            let named = staff.categories.iter().filter_map(|id| categories.get(id).cloned());
            let record = Teammate {
                name: row.label("name"),
                email: row.label("email"),
                role: Some(staff.role.clone()),
                teams: named.collect(),
                active: Some(row.raw("active").is_none_or(|active| active == "1")),
                standard: Default::default(),
                fields: Default::default(),
            };
            let mut findings = Vec::new();
            if record.email.is_none() {
                let reason = "Teammates are found by e-mail.";
                findings.push(Finding::new(Code::RequiredMissing, reason).column("email"));
            }
            let at = ("users", u64::from(id));
            let key = numbered("staff", id);
            let made =
                Made { object: "users", key, at, row: &row, record: record.into(), findings };
            if !self.emit.record(made) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// Staff who are named and gone: a placeholder each.
    pub fn former_staff(&mut self) -> bool {
        for (id, name) in std::mem::take(&mut self.known.gone) {
            let record = Teammate {
                name: name.clone(),
                email: None,
                role: Some("deleted".to_owned()),
                teams: Vec::new(),
                active: Some(false),
                standard: Default::default(),
                fields: Default::default(),
            };
            let reason = "The member of staff was deleted; records still name them.";
            let findings = vec![Finding::new(Code::PersonGone, reason)];
            let row = Row::of(&[("id", Some(&id.to_string())), ("name", name.as_deref())]);
            let key = numbered("staff", id);
            let at = ("users", u64::from(id));
            let object = "former_staff";
            let made = Made { object, key, at, row: &row, record: record.into(), findings };
            if !self.emit.record(made) {
                return false;
            }
        }
        true
    }

    /// Categories as teams, with those of staff who see them.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn categories(&mut self) -> Result<bool, SourceError> {
        for row in small(self.database, self.schema, "categories").await? {
            let Some(id) = row.id("id") else { continue };
            let key = numbered("category", id);
            let at = ("categories", u64::from(id));
            let Some(name) = row.label("name") else {
                let finding = Finding::new(Code::NameMissing, "The category has no name.");
                let kind = crate::model::RecordKind::Team;
                if !self.emit.reject("categories", kind, key, at, (&row, finding)) {
                    return Ok(false);
                }
                continue;
            };
            let members = self.known.staff.values().filter(|staff| staff.categories.contains(&id));
            let members = members.map(|staff| staff.person.clone()).collect();
            let record = Team { name, parent: None, members };
            let findings = Vec::new();
            let object = "categories";
            let made = Made { object, key, at, row: &row, record: record.into(), findings };
            if !self.emit.record(made) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// Custom fields of tickets.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn custom_fields(&mut self) -> Result<bool, SourceError> {
        let rows = small(self.database, self.schema, "custom_fields").await?;
        let rows: BTreeMap<u32, Row> =
            rows.into_iter().filter_map(|row| Some((row.id("id")?, row))).collect();
        for CustomField { number, column, definition, .. } in self.known.fields.clone() {
            let row = rows.get(&number).filter(|_| definition.declared).cloned();
            let row = row.unwrap_or_else(|| Row::of(&[("column", Some(&column))]));
            let mut findings = Vec::new();
            if !definition.declared {
                let reason = "Tickets have values in a field that is not in use.";
                findings.push(Finding::new(Code::UndeclaredField, reason).column("use"));
            }
            let key = numbered("custom_field", number);
            let at = ("custom_fields", u64::from(number));
            let object = "custom_fields";
            let made = Made { object, key, at, row: &row, record: definition.into(), findings };
            if !self.emit.record(made) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// Those who ask.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn customers(&mut self, names: Names) -> Result<bool, SourceError> {
        match names {
            Names::Customers => self.customer_rows().await,
            Names::OnTickets { name, email } => self.met_on_tickets(name, email).await,
        }
    }

    /// Rows of `customers`: accounts in use first, then those with a name, the latest first, since
    /// the first of an address stands for all of it.
    async fn customer_rows(&mut self) -> Result<bool, SourceError> {
        let anonymised = self.anonymised_customers().await?;
        let selection = self.schema.selection("customers", &[]);
        let table = self.schema.quoted("customers");
        let sorts = ["verified = 1", "verified <> 1 AND name <> ''", "verified <> 1 AND name = ''"];
        for sort in sorts {
            let mut below = u64::from(u32::MAX);
            loop {
                let list = &selection.list;
                let sql = format!(
                    "SELECT {list} FROM {table} WHERE {sort} AND id < {below} \
                     ORDER BY id DESC LIMIT 2000"
                );
                let rows = self.database.rows(sql, &selection.columns).await?;
                let Some(last) = rows.last().and_then(|row| row.id("id")) else { break };
                below = u64::from(last);
                for mut row in rows {
                    let id = row.id("id").unwrap_or_default();
                    let held = anonymised.contains(&id);
                    row.derived("privacy", if held { "anonymised" } else { "" }.to_owned());
                    if !self.customer(&row, id, held) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(self.emit.goes_on())
    }

    /// The one customer without address whom anonymised tickets of an upgraded site share.
    async fn anonymised_customers(&mut self) -> Result<Vec<u32>, SourceError> {
        let (tickets, links, customers) = (
            self.schema.quoted("tickets"),
            self.schema.quoted("ticket_to_customer"),
            self.schema.quoted("customers"),
        );
        let sql = format!(
            "SELECT DISTINCT {customers}.id FROM {customers} \
             JOIN {links} ON {links}.customer_id = {customers}.id \
             JOIN {tickets} ON {tickets}.id = {links}.ticket_id \
             WHERE {tickets}.ip = '0.0.0.0' \
             AND ({customers}.email IS NULL OR {customers}.email = '')"
        );
        let cells = self.database.cells(sql).await?;
        Ok(cells.iter().filter_map(|cells| cells.first()?.parse().ok()).collect())
    }

    fn customer(&mut self, row: &Row, id: u32, held: bool) -> bool {
        let emails = list::addresses(row.raw("email").unwrap_or_default());
        let mut findings = Vec::new();
        if held {
            let reason = "The customer stands for anonymised tickets and is held apart.";
            findings.push(Finding::new(Code::PrivacyHold, reason));
        }
        let account = match row.raw("verified") {
            Some("1") => Some("active"),
            Some("2") => Some("awaiting approval"),
            _ => None,
        };
        let mut standard = BTreeMap::new();
        if let Some(account) = account {
            standard.insert("account".to_owned(), account.to_owned());
        }
        if held {
            standard.insert("anonymised".to_owned(), "anonymised".to_owned());
        }
        let record = contact(row.label("name"), emails, row.label("language"), standard);
        let key = numbered("customer", id);
        let at = ("customers", u64::from(id));
        let object = "customers";
        self.emit.record(Made { object, key, at, row, record: record.into(), findings })
    }

    /// People of before 3.5: one for each address, named as on their latest ticket; one for each
    /// ticket that has no address.
    async fn met_on_tickets(
        &mut self,
        name: &'static str,
        email: &'static str,
    ) -> Result<bool, SourceError> {
        let mut people: BTreeMap<u64, Met> = BTreeMap::new();
        let columns = ["id", name, email, "dt", "language", "ip"];
        let there = columns.iter().filter(|column| self.schema.has_column("tickets", column));
        let selection = Selection::of(there.map(|column| (*column).to_owned()).collect());
        let mut pager = Pager::default();
        loop {
            let rows = self.page(&mut pager, ("tickets", "id"), &selection).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let addresses = list::addresses(row.raw(email).unwrap_or_default());
                let line = row.number("id").unwrap_or_default().unsigned_abs();
                for (place, address) in addresses.iter().enumerate() {
                    let met = people.entry(address_hash(address)).or_insert_with(|| Met {
                        address: address.clone(),
                        name: None,
                        language: None,
                        first: row.time("dt"),
                        line,
                    });
                    if place == 0 {
                        met.name = row.label(name).or(met.name.take());
                        met.language = row.label("language").or(met.language.take());
                    }
                    met.first = met.first.min(row.time("dt")).or(met.first);
                }
                let nameless = addresses.is_empty() && row.raw("ip") != Some("0.0.0.0");
                if nameless && !self.without_address(&row, name, line) {
                    return Ok(false);
                }
            }
        }
        let mut people: Vec<Met> = people.into_values().collect();
        people.sort_by_key(|met| met.line);
        for met in people {
            if !self.met(met) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    fn met(&mut self, met: Met) -> bool {
        let Some(key) = requester(&met.address) else { return true };
        let cells = [Some(met.address.as_str()), met.name.as_deref(), met.language.as_deref()];
        let row = Row::new(MET.clone(), cells);
        let mut record = contact(met.name, vec![met.address], met.language, BTreeMap::new());
        record.created_at = met.first;
        let at = ("tickets", met.line);
        let (object, findings) = ("requesters", Vec::new());
        self.emit.record(Made { object, key, at, row: &row, record: record.into(), findings })
    }

    fn without_address(&mut self, row: &Row, name: &str, line: u64) -> bool {
        let Some(id) = row.id("id") else { return true };
        let mut record =
            contact(row.label(name), Vec::new(), row.label("language"), BTreeMap::new());
        record.created_at = row.time("dt");
        let key = numbered("requester", id);
        let at = ("tickets", line);
        let (object, findings) = ("requesters", Vec::new());
        self.emit.record(Made { object, key, at, row, record: record.into(), findings })
    }
}

/// A contact of these words.
pub fn contact(
    name: Option<String>,
    emails: Vec<String>,
    language: Option<String>,
    standard: BTreeMap<String, String>,
) -> Contact {
    Contact {
        name,
        emails,
        phones: Vec::new(),
        language,
        company: None,
        company_name: None,
        preferred: None,
        memos: Vec::new(),
        tags: Vec::new(),
        standard,
        fields: BTreeMap::new(),
        created_at: None,
    }
}
