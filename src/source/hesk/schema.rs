//! Which Hesk a database holds: prefixes, tables and columns that are there, what state they are
//! in. Reading branches on what is there, never on a version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::database::Database;
use super::row::Columns;
use super::table::{self, CUSTOM_FIELDS_MAX, Table, Use};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Tables by which an installation is known; Hesk's own updater looks for the same.
const MARKS: [&str; 4] = ["tickets", "replies", "users", "categories"];

/// Tables of the add-on "Mods for HESK", with which numbers and bodies mean something else.
const ADD_ON: [&str; 2] = ["statuses", "stage_tickets"];

/// A table that is there.
#[derive(Clone, Debug, Default)]
struct Found {
    columns: BTreeMap<String, String>,
    engine: String,
}

/// What is there.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Prefix of the tables.
    pub prefix: String,
    tables: BTreeMap<String, Found>,
    others: Vec<String>,
}

/// A statement's columns: their names and the list to select.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Names, in order.
    pub columns: Arc<Columns>,
    /// Quoted, for the statement.
    pub list: String,
}

impl Selection {
    /// These columns, in order of their names, in which rows are written down.
    pub fn of(mut names: Vec<String>) -> Self {
        names.sort_unstable();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Self { columns: Columns::new(&names), list: quoted.join(",") }
    }
}

impl Schema {
    /// Looks at names only.
    ///
    /// # Errors
    /// If there is no Hesk, several without one being named, or one that cannot be read rightly.
    pub async fn find(database: &mut Database, prefix: Option<&str>) -> Result<Self, SourceError> {
        let sql = "SELECT c.table_name, c.column_name, c.column_type, t.engine \
                   FROM information_schema.columns c JOIN information_schema.tables t \
                   ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
                   WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' \
                   ORDER BY c.table_name, c.ordinal_position";
        let mut all: BTreeMap<String, Found> = BTreeMap::new();
        for cells in database.cells(sql.to_owned()).await? {
            let [table, column, kind, engine] = cells.as_slice() else { continue };
            let found = all.entry(table.clone()).or_default();
            found.columns.insert(column.to_lowercase(), kind.to_lowercase());
            found.engine = engine.to_lowercase();
        }
        Self::of(&all, prefix)
    }

    fn of(all: &BTreeMap<String, Found>, prefix: Option<&str>) -> Result<Self, SourceError> {
        let candidates = prefixes(all);
        let chosen = match (prefix, candidates.as_slice()) {
            (Some(prefix), _) if candidates.iter().any(|known| known == prefix) => prefix,
            (Some(prefix), _) => {
                let reason =
                    format!("no Hesk has the table prefix {prefix:?}{}", known(&candidates));
                return Err(SourceError::Unfit(reason));
            }
            (None, [one]) => one,
            (None, []) => {
                let reason = "no Hesk is in it, or the user may not see its tables";
                return Err(SourceError::Unfit(reason.to_owned()));
            }
            (None, several) => return Err(SourceError::SeveralPrefixes(listed(several))),
        };
        let ours = |name: &String| {
            let others = candidates.iter().filter(|other| other.len() > chosen.len());
            name.starts_with(chosen) && !others.into_iter().any(|other| name.starts_with(other))
        };
        let mut schema =
            Self { prefix: chosen.to_owned(), tables: BTreeMap::new(), others: Vec::new() };
        for (name, found) in all.iter().filter(|(name, _)| ours(name)) {
            let bare = &name[chosen.len()..];
            if ADD_ON.contains(&bare) {
                let reason = format!(
                    "the table {name} belongs to the add-on Mods for HESK, with which numbers of \
                     states and forms of bodies mean something else"
                );
                return Err(SourceError::Unfit(reason));
            }
            if table::table(bare).is_some() {
                schema.tables.insert(bare.to_owned(), found.clone());
            } else if !chosen.is_empty() {
                schema.others.push(name.clone());
            }
        }
        Ok(schema)
    }

    /// Whether a table is there.
    pub fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Whether a column is there.
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|found| found.columns.contains_key(column))
    }

    /// Type of a column, lower case.
    fn column(&self, table: &str, column: &str) -> &str {
        let found = self.tables.get(table).and_then(|found| found.columns.get(column));
        found.map_or("", String::as_str)
    }

    /// A table's name for a statement.
    pub fn quoted(&self, table: &str) -> String {
        format!("`{}`", self.named(table))
    }

    /// A table's name with its prefix.
    pub fn named(&self, table: &str) -> String {
        format!("{}{table}", self.prefix)
    }

    /// Tables that are read and are there.
    pub fn read_tables(&self) -> impl Iterator<Item = &'static str> {
        table::TABLES
            .iter()
            .filter(|table| table.used == Use::Read && self.has(table.name))
            .map(|table| table.name)
    }

    /// Tables that are there and left alone, with the reason.
    pub fn left_tables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        table::TABLES.iter().filter(|table| self.has(table.name)).filter_map(|table| {
            match table.used {
                Use::Left(why) => Some((table.name, why)),
                Use::Read => None,
            }
        })
    }

    /// The columns of a table that are read and there; with others that the caller has a reason
    /// to read.
    pub fn selection(&self, name: &str, more: &[&str]) -> Selection {
        let known = table::table(name).map_or(&[][..], |table| table.columns);
        let there = known.iter().chain(more).filter(|column| self.has_column(name, column));
        Selection::of(there.map(|column| (*column).to_owned()).collect())
    }

    /// Numbers of the custom fields that tickets have a column for.
    pub fn custom_columns(&self) -> Vec<u32> {
        let there = |number: &u32| self.has_column("tickets", &format!("custom{number}"));
        (1..=CUSTOM_FIELDS_MAX).filter(there).collect()
    }

    /// True if every table that is read can give a snapshot.
    pub fn has_snapshots(&self) -> bool {
        self.read_tables()
            .all(|name| self.tables.get(name).is_some_and(|found| found.engine == "innodb"))
    }

    /// True if times are kept by the server's own clock, as before 2.6.
    pub fn has_local_times(&self) -> bool {
        self.column("tickets", "dt").starts_with("datetime")
    }

    /// True if people stand in tables of their own, from 3.5 on, and were moved there.
    pub fn has_customers(&self) -> bool {
        self.has("customers") && self.has("ticket_to_customer")
    }

    /// The version, as far as tables and columns tell.
    pub fn family(&self) -> &'static str {
        let col = |table, column, part: &str| self.column(table, column).contains(part);
        if self.has("muted_emails") {
            let new = col("reset_password", "hash", "(64)");
            return if new { "3.7.8 or later" } else { "3.7.0 to 3.7.7" };
        }
        let by_table = [
            ("ticket_to_collaborator", "3.6"),
            ("customers", "3.5"),
            ("oauth_providers", "3.4"),
            ("auth_tokens", "3.3"),
            ("log_overdue", "3.2"),
        ];
        if let Some((_, family)) = by_table.iter().find(|(table, _)| self.has(table)) {
            return family;
        }
        if col("tickets", "name", "(255)") {
            return "2.8.3 to 3.1";
        }
        if self.has_column("service_messages", "language") {
            return "2.8.2";
        }
        if self.has_column("tickets", "assignedby") {
            return "2.8.0 or 2.8.1";
        }
        let by_table = [
            ("custom_fields", "2.7"),
            ("custom_statuses", "2.7"),
            ("banned_emails", "2.6"),
            ("reply_drafts", "2.6"),
            ("service_messages", "2.6"),
            ("ticket_templates", "2.6"),
            ("pipe_loops", "2.4 or 2.5"),
            ("logins", "2.3"),
            ("mail", "2.2"),
            ("kb_attachments", "2.1"),
        ];
        by_table.iter().find(|(table, _)| self.has(table)).map_or("2.0 or older", |found| found.1)
    }

    /// What is noteworthy: the version, tables and columns that nobody knows.
    pub fn findings(&self) -> Vec<Finding> {
        let reason = format!("Hesk {} with the table prefix {:?}.", self.family(), self.prefix);
        let mut findings = vec![Finding::new(Code::SchemaFound, reason)];
        for name in &self.others {
            let reason = "No version of Hesk that we know has this table.";
            findings.push(Finding::new(Code::UnknownTable, reason).object(name));
        }
        for (name, found) in &self.tables {
            let Some(known) = table::table(name).filter(|table| table.used == Use::Read) else {
                continue;
            };
            for column in found.columns.keys().filter(|column| !is_known(known, column)) {
                let reason = "No version of Hesk that we know has this column; it is not read.";
                findings
                    .push(Finding::new(Code::UnknownColumn, reason).object(name).column(column));
            }
        }
        findings
    }
}

fn is_known(known: &Table, column: &str) -> bool {
    let custom = column.strip_prefix("custom").is_some_and(|number| {
        number.parse::<u32>().is_ok_and(|number| (1..=CUSTOM_FIELDS_MAX).contains(&number))
    });
    known.columns.contains(&column)
        || table::is_left(known, column)
        || (known.name == "tickets" && custom)
        // The names of these tables' columns are looked up when they are read.
        || known.name.starts_with("permission_group")
}

fn prefixes(all: &BTreeMap<String, Found>) -> Vec<String> {
    let candidates: BTreeSet<&str> =
        all.keys().filter_map(|name| name.strip_suffix(MARKS[0])).collect();
    let whole = |prefix: &&str| {
        MARKS.iter().all(|mark| all.contains_key(&format!("{prefix}{mark}")))
            && all[&format!("{prefix}{}", MARKS[0])].columns.contains_key("trackid")
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    candidates.into_iter().filter(whole).map(str::to_owned).collect()
}

fn listed(prefixes: &[String]) -> String {
    let quoted: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix:?}")).collect();
    quoted.join(", ")
}

fn known(candidates: &[String]) -> String {
    if candidates.is_empty() {
        String::new()
    } else {
        format!("; there are {}", listed(candidates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(names: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Found> {
        let mut all = BTreeMap::new();
        for (name, columns) in names {
            let columns =
                columns.iter().map(|(name, kind)| ((*name).into(), (*kind).into())).collect();
            all.insert((*name).to_owned(), Found { columns, engine: "myisam".into() });
        }
        all
    }

    fn hesk(prefix: &str, more: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, Found> {
        let names: Vec<String> = MARKS.iter().map(|mark| format!("{prefix}{mark}")).collect();
        let mut all: Vec<(&str, &[(&str, &str)])> =
            names.iter().map(|name| (name.as_str(), &[("trackid", "varchar(13)")][..])).collect();
        all.extend(more);
        tables(&all)
    }

    #[test]
    fn families_are_told_by_what_is_there() {
        for (more, family) in [
            (
                &[("hesk_muted_emails", &[][..]), ("hesk_reset_password", &[("hash", "char(64)")])]
                    [..],
                "3.7.8 or later",
            ),
            (&[("hesk_muted_emails", &[][..])], "3.7.0 to 3.7.7"),
            (&[("hesk_ticket_to_collaborator", &[][..]), ("hesk_customers", &[][..])], "3.6"),
            (&[("hesk_customers", &[][..])], "3.5"),
            (&[("hesk_oauth_providers", &[][..])], "3.4"),
            (&[("hesk_log_overdue", &[][..])], "3.2"),
            (&[("hesk_tickets", &[("trackid", ""), ("name", "varchar(255)")][..])], "2.8.3 to 3.1"),
            (&[("hesk_custom_fields", &[][..])], "2.7"),
            (&[], "2.0 or older"),
        ] {
            let schema = Schema::of(&hesk("hesk_", more), None).unwrap();
            assert_eq!(schema.family(), family);
        }
    }

    #[test]
    fn prefixes_are_asked_for() {
        let mut all = hesk("hesk_", &[]);
        all.extend(hesk("old_hesk_", &[]));
        all.extend(hesk("", &[]));
        let several = Schema::of(&all, None).err().map(|error| error.to_string()).unwrap();
        assert!(several.contains("\"\", \"hesk_\", \"old_hesk_\""), "{several}");
        assert_eq!(Schema::of(&all, Some("hesk_")).unwrap().prefix, "hesk_");
        assert_eq!(Schema::of(&all, Some("none_")).err().unwrap().code(), "source_unfit");
        assert_eq!(Schema::of(&tables(&[]), None).err().unwrap().code(), "source_unfit");
    }

    #[test]
    fn the_add_on_is_refused_and_strangers_are_named() {
        let refused = Schema::of(&hesk("hesk_", &[("hesk_stage_tickets", &[])]), None);
        assert_eq!(refused.err().unwrap().code(), "source_unfit");
        let all = hesk("hesk_", &[("hesk_extra", &[]), ("hesk_notes", &[("id", ""), ("odd", "")])]);
        let findings = Schema::of(&all, None).unwrap().findings();
        let words: Vec<_> = findings.iter().map(|finding| finding.code.word()).collect();
        assert!(words.contains(&"unknown_table") && words.contains(&"unknown_column"), "{words:?}");
    }
}
