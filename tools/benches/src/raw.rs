//! The yardstick of the ledger: libsqlite3 without a layer, and nothing hashed, found or folded.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Failure;
use super::workload::{Chance, event};

/// Writes so many events, some in each transaction: one table, one prepared statement, the bytes of
/// header, facts and payload. Making them is not measured.
///
/// # Errors
/// If the database fails.
pub fn inserts(file: &Path, count: u64, per_transaction: u64) -> Result<Duration, Failure> {
    let mut chance = Chance(1);
    let mut connection = rusqlite::Connection::open(file)?;
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
    connection.pragma_update(None, "cache_size", -32768)?;
    connection.execute(
        "CREATE TABLE event (position INTEGER PRIMARY KEY, header BLOB, facts BLOB, bytes BLOB)",
        (),
    )?;
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
        let begun = Instant::now();
        let transaction = connection.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?)")?;
        for row in &rows {
            insert.execute((row.0 as i64, &row.1, &row.2, &row.3))?;
        }
        drop(insert);
        transaction.commit()?;
        took += begun.elapsed();
        position += rows.len() as u64;
    }
    Ok(took)
}
