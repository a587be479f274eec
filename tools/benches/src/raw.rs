//! The yardstick of the ledger: libsqlite3 without a layer, and nothing hashed, found or folded.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::Failure;
use super::workload::{Chance, event};

/// Events of one transaction where there are many.
pub const BATCH: u64 = 5_000;

/// Header, facts and payload of an event.
type Row = (u64, Vec<u8>, Vec<u8>, Option<Vec<u8>>);

/// One table, one prepared statement, the ledger's settings.
struct Raw(Connection);

impl Raw {
    fn make(file: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
        connection.pragma_update(None, "cache_size", -32768)?;
        let columns = "position INTEGER PRIMARY KEY, header BLOB, facts BLOB, bytes BLOB";
        connection.execute(&format!("CREATE TABLE event ({columns})"), ())?;
        Ok(Self(connection))
    }

    /// Writes rows in one transaction; how long that took.
    fn write(&mut self, rows: &[Row]) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let transaction = self.0.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?)")?;
        for row in rows {
            insert.execute((row.0 as i64, &row.1, &row.2, &row.3))?;
        }
        drop(insert);
        transaction.commit()?;
        Ok(begun.elapsed())
    }
}

/// Writes so many events, some in each transaction. Making them is not measured.
///
/// # Errors
/// If the database fails.
pub fn inserts(file: &Path, count: u64, per_transaction: u64) -> Result<Duration, Failure> {
    let mut chance = Chance(1);
    let mut raw = Raw::make(file)?;
    let mut took = Duration::ZERO;
    let mut position = 0;
    while position < count {
        let mut rows = Vec::new();
        for number in position..count.min(position + per_transaction) {
            let event = event(number, &mut chance)?;
            let texts =
                event.key.to_string().len() + event.parent.map_or(0, |key| key.to_string().len());
            // As long as the header will be.
            let header = vec![u8::try_from(number % 251)?; 102 + texts];
            rows.push((number, header, event.event.facts()?, event.payload));
        }
        took += raw.write(&rows)?;
        position += rows.len() as u64;
    }
    Ok(took)
}

/// Writes as many events as a ledger holds, each as long as they are there on the average; how
/// many, and how long that took.
///
/// # Errors
/// If a database fails.
pub fn as_much(file: &Path, ledger: &Path) -> Result<(u64, Duration), Failure> {
    let ledger = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let (count, header, facts): (i64, f64, f64) = ledger.query_row(
        "SELECT count(*), avg(length(header)), avg(length(facts)) FROM event",
        (),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let payload: f64 =
        ledger.query_row("SELECT avg(length(bytes)) FROM payload", (), |row| row.get(0))?;
    let count = u64::try_from(count)?;
    let bytes = |len: f64| vec![1; len as usize];
    let row = |number| (number, bytes(header), bytes(facts), Some(bytes(payload)));
    let mut raw = Raw::make(file)?;
    let mut took = Duration::ZERO;
    for from in (0..count).step_by(BATCH as usize) {
        let rows: Vec<Row> = (from..count.min(from + BATCH)).map(row).collect();
        took += raw.write(&rows)?;
    }
    Ok((count, took))
}
