//! Which guarantee a reading can give: locked tables, a snapshot, or comparing and reading again.

use std::collections::BTreeMap;

use super::database::Database;
use super::schema::Schema;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Rounds after which a database that keeps changing is left as it was met.
pub const ROUNDS_MAX: u32 = 4;

/// The guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Nobody could write while it was read.
    Locked,
    /// All rows are those of one moment.
    Snapshot,
    /// What changed while it was read is read again.
    ReadAgain,
}

/// A time of change is told in whole seconds: within the latest of them, more may come.
const TICK_S: i64 = 2;

/// State of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When it was last written to, by the server's clock, if that was long enough ago for a later
    /// change to show.
    settled_s: Option<i64>,
    /// Its checksum, or its count of rows where the user may not ask for one.
    content: Option<String>,
}

/// State of the tables.
pub type State = BTreeMap<&'static str, Told>;

impl Guarantee {
    /// Begins the reading.
    ///
    /// # Errors
    /// If locking is asked for and refused.
    pub async fn begin(
        database: &mut Database,
        schema: &Schema,
        lock: bool,
    ) -> Result<Self, SourceError> {
        if lock {
            let left = schema.left_tables().map(|(name, _)| name);
            let tables: Vec<String> = schema
                .read_tables()
                .chain(left)
                .map(|name| format!("{} READ", schema.quoted(name)))
                .collect();
            database.execute(&format!("LOCK TABLES {}", tables.join(", "))).await?;
            return Ok(Self::Locked);
        }
        // On MyISAM the statement succeeds and promises nothing.
        if schema.has_snapshots() {
            database.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
            database.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
            return Ok(Self::Snapshot);
        }
        Ok(Self::ReadAgain)
    }

    /// Says which guarantee was given.
    pub fn finding(self, rounds: u32) -> Finding {
        let reason = match self {
            Self::Locked => "Tables were locked: all rows are those of one moment.".to_owned(),
            Self::Snapshot => "All tables give snapshots: all rows are of one moment.".to_owned(),
            Self::ReadAgain if rounds == 0 => {
                "No table changed while the database was read.".to_owned()
            }
            Self::ReadAgain => {
                format!("Tables changed while they were read; they were read again {rounds} times.")
            }
        };
        Finding::new(Code::Consistency, reason)
    }
}

/// What all tables that are read hold: a checksum each, for which the server reads every row.
///
/// # Errors
/// If the database cannot be read.
pub async fn contents(
    database: &mut Database,
    schema: &Schema,
) -> Result<BTreeMap<&'static str, String>, SourceError> {
    let mut contents = BTreeMap::new();
    for name in schema.read_tables() {
        contents.insert(name, content(database, schema, name).await?);
    }
    Ok(contents)
}

async fn content(
    database: &mut Database,
    schema: &Schema,
    name: &str,
) -> Result<String, SourceError> {
    let quoted = schema.quoted(name);
    let checksum = database.cells(format!("CHECKSUM TABLE {quoted}")).await;
    let told = checksum.ok().and_then(|rows| rows.into_iter().next()?.into_iter().nth(1));
    if let Some(text) = told.filter(|text| !text.is_empty()) {
        return Ok(text);
    }
    let rows = database.cells(format!("SELECT COUNT(*) FROM {quoted}")).await?;
    Ok(format!("{} rows", rows.into_iter().flatten().next().unwrap_or_default()))
}

/// The state of all tables that are read. A table that was not written to since `before` costs no
/// reading: MyISAM tells when it was, by the time of the file. Other tables are summed up.
///
/// # Errors
/// If the database cannot be read.
pub async fn state(
    database: &mut Database,
    schema: &Schema,
    before: &State,
) -> Result<State, SourceError> {
    let settled = settled(database, schema).await?;
    let mut state = State::new();
    for name in schema.read_tables() {
        let settled_s = settled.get(name).copied();
        let known = before.get(name);
        let content = match known {
            Some(known) if known.is_untouched(settled_s) => known.content.clone(),
            None if settled_s.is_some() => None,
            _ => Some(content(database, schema, name).await?),
        };
        state.insert(name, Told { settled_s, content });
    }
    Ok(state)
}

/// Tables of MyISAM with the second of their last change, if it is long enough ago. A server on
/// Windows does not keep that time (MySQL's manual, "The INFORMATION_SCHEMA TABLES Table").
async fn settled(
    database: &mut Database,
    schema: &Schema,
) -> Result<BTreeMap<&'static str, i64>, SourceError> {
    // MySQL 8 answers from a memory of a day's age unless told not to; MariaDB has none.
    let _ = database.execute("SET SESSION information_schema_stats_expiry = 0").await;
    let sql = format!(
        "SELECT table_name, UNIX_TIMESTAMP(update_time) FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND engine = 'MyISAM' AND update_time IS NOT NULL \
         AND update_time < NOW() - INTERVAL {TICK_S} SECOND \
         AND @@version_compile_os NOT LIKE 'Win%'"
    );
    let found: BTreeMap<String, i64> = database
        .cells(sql)
        .await?
        .into_iter()
        .filter_map(|cells| {
            let mut cells = cells.into_iter();
            Some((cells.next()?, cells.next()?.parse().ok()?))
        })
        .collect();
    let time = |name: &'static str| Some((name, *found.get(&schema.named(name))?));
    Ok(schema.read_tables().filter_map(time).collect())
}

impl Told {
    /// Whether nobody wrote since, if this is when the table was written to last.
    fn is_untouched(&self, settled_s: Option<i64>) -> bool {
        self.settled_s.is_some() && self.settled_s == settled_s
    }
}

/// Tables that differ, or may.
pub fn moved(before: &State, after: &State) -> Vec<&'static str> {
    let is_same = |one: &Told, other: &Told| {
        other.is_untouched(one.settled_s) || (one.content.is_some() && one.content == other.content)
    };
    let differs = |(name, told): &(&&'static str, &Told)| {
        !before.get(**name).is_some_and(|before| is_same(before, told))
    };
    after.iter().filter(differs).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_moved_unless_its_time_or_its_content_says_otherwise() {
        let told = |settled_s, content: Option<&str>| {
            State::from([("notes", Told { settled_s, content: content.map(str::to_owned) })])
        };
        for (before, after, is_moved) in [
            (told(Some(5), None), told(Some(5), None), false),
            (told(Some(5), None), told(Some(9), None), true),
            (told(Some(5), None), told(None, Some("a")), true),
            (told(None, Some("a")), told(None, Some("a")), false),
            (told(None, Some("a")), told(Some(5), Some("a")), false),
            (told(None, Some("a")), told(Some(5), Some("b")), true),
            (told(None, None), told(None, None), true),
        ] {
            assert_eq!(!moved(&before, &after).is_empty(), is_moved, "{before:?} {after:?}");
        }
        assert_eq!(moved(&State::new(), &told(Some(5), None)), ["notes"]);
    }
}
