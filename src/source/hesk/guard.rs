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

/// State of the tables: a checksum each, or counts where the user may not ask for one.
pub type State = BTreeMap<&'static str, String>;

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

/// The state of all tables that are read.
///
/// # Errors
/// If the database cannot be read.
pub async fn state(database: &mut Database, schema: &Schema) -> Result<State, SourceError> {
    let mut state = State::new();
    for name in schema.read_tables() {
        let quoted = schema.quoted(name);
        let checksum = database.cells(format!("CHECKSUM TABLE {quoted}")).await;
        let told = checksum.ok().and_then(|rows| rows.into_iter().next()?.into_iter().nth(1));
        let text = match told.filter(|text| !text.is_empty()) {
            Some(text) => text,
            None => {
                let sql = format!("SELECT COUNT(*) FROM {quoted}");
                let rows = database.cells(sql).await?;
                format!("{} rows", rows.into_iter().flatten().next().unwrap_or_default())
            }
        };
        state.insert(name, text);
    }
    Ok(state)
}

/// Tables in which two states differ.
pub fn moved(before: &State, after: &State) -> Vec<&'static str> {
    let differs = |name: &&&'static str| before.get(*name) != after.get(*name);
    after.keys().filter(differs).copied().collect()
}
