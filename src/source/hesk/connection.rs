//! One connection, rows as text. Nothing but SELECT, SHOW, CHECKSUM, SET and, if asked for, LOCK
//! TABLES is ever sent.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, Row as _, raw_sql};

use super::row::{Columns, Row};
use crate::source::contract::{DatabasePlace, SourceError};

/// Bytes of a page: bodies may have 16 MB each, most have a thousandth of that.
const PAGE_BYTES_MAX: usize = 8 << 20;

/// Rows of a page; and whether it was left before its end.
pub type Fetched = (Vec<Row>, bool);

/// A connection that reads.
pub struct Connection {
    connection: MySqlConnection,
}

impl Connection {
    /// Connects; times are in UTC from here on.
    ///
    /// # Errors
    /// If the address is none, or the server refuses.
    pub async fn open(place: &DatabasePlace) -> Result<Self, SourceError> {
        let failed = |error: sqlx::Error| fault("connecting", &error);
        let mut options = MySqlConnectOptions::from_str(&place.url).map_err(failed)?;
        if let Some(password) = &place.password {
            options = options.password(password.reveal());
        }
        if options.get_database().is_none() {
            let reason = "the address names no database (mysql://user@host:port/database)";
            return Err(SourceError::Unfit(reason.to_owned()));
        }
        // Statements hold no personal values, but addresses of rows; they are nobody's business.
        let options = options
            .charset("utf8mb4")
            .timezone(Some("+00:00".to_owned()))
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .disable_statement_logging();
        let connection = MySqlConnection::connect_with(&options).await.map_err(failed)?;
        Ok(Self { connection })
    }

    /// Sends a statement that yields nothing.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn execute(&mut self, sql: &str) -> Result<(), SourceError> {
        let statement = raw_sql(AssertSqlSafe(sql.to_owned()));
        self.connection
            .execute(statement)
            .await
            .map(drop)
            .map_err(|error| fault("preparing to read", &error))
    }

    /// The rows of a statement, under these names; and whether it was left before its end, because
    /// the rows grew larger than a page may.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn page(
        &mut self,
        sql: String,
        columns: &Arc<Columns>,
    ) -> Result<Fetched, SourceError> {
        let failed = |error: sqlx::Error| fault("reading rows", &error);
        let mut rows = Vec::new();
        let mut bytes = 0;
        let mut stream = raw_sql(AssertSqlSafe(sql)).fetch(&mut self.connection);
        while let Some(row) = stream.try_next().await.map_err(failed)? {
            let row = row_of(&row, columns).map_err(failed)?;
            bytes += row.size_bytes();
            rows.push(row);
            if bytes > PAGE_BYTES_MAX {
                return Ok((rows, true));
            }
        }
        Ok((rows, false))
    }

    /// All rows of a statement that yields few, under these names.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn rows(
        &mut self,
        sql: String,
        columns: &Arc<Columns>,
    ) -> Result<Vec<Row>, SourceError> {
        let failed = |error: sqlx::Error| fault("reading rows", &error);
        let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        rows.map_err(failed)?.iter().map(|row| row_of(row, columns).map_err(failed)).collect()
    }

    /// The rows of a small statement as plain cells, NULL as empty text.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn cells(&mut self, sql: String) -> Result<Vec<Vec<String>>, SourceError> {
        let failed = |error: sqlx::Error| fault("reading rows", &error);
        let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let mut found = Vec::new();
        for row in rows.map_err(failed)? {
            let cells: Result<Vec<_>, _> = (0..row.len()).map(|at| cell(&row, at)).collect();
            found.push(cells.map_err(failed)?.into_iter().map(Option::unwrap_or_default).collect());
        }
        Ok(found)
    }

    /// Says goodbye.
    pub async fn close(self) {
        // The server forgets locks and snapshots with the connection, however it ends.
        let _ = self.connection.close().await;
    }
}

fn row_of(row: &MySqlRow, columns: &Arc<Columns>) -> Result<Row, sqlx::Error> {
    let mut room = 0;
    for at in 0..columns.len() {
        room += bytes(row, at)?.map_or(0, <[u8]>::len);
    }
    let mut made = Row::with_room(columns.clone(), room);
    for at in 0..columns.len() {
        made.push(bytes(row, at)?.map(text).as_deref());
    }
    Ok(made)
}

fn cell(row: &MySqlRow, at: usize) -> Result<Option<String>, sqlx::Error> {
    Ok(bytes(row, at)?.map(|bytes| text(bytes).into_owned()))
}

/// In the text protocol every value is text, whatever its type.
fn bytes(row: &MySqlRow, at: usize) -> Result<Option<&[u8]>, sqlx::Error> {
    row.try_get_unchecked(at)
}

/// Nearly all text is whole, and looking for that alone is several times faster.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// What failed, in words that hold no value of a row: the server's number and state.
fn fault(doing: &'static str, error: &sqlx::Error) -> SourceError {
    let cause = match error {
        sqlx::Error::Database(error) => {
            let state = error.code().unwrap_or_default().into_owned();
            let number = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>();
            let number = number.map(|error| error.number()).unwrap_or_default();
            let meaning = match number {
                1045 => ": the user or the password is refused",
                1049 => ": there is no such database",
                1044 | 1142 | 1143 | 1227 => ": the user lacks a right",
                1146 => ": a table is gone",
                1205 | 1213 => ": another connection holds a lock",
                _ => "",
            };
            format!("error {number} ({state}){meaning}")
        }
        sqlx::Error::Io(error) => error.kind().to_string(),
        sqlx::Error::Configuration(_) => "the address is not of the form \
            mysql://user@host:port/database"
            .to_owned(),
        sqlx::Error::Tls(_) => "no encrypted connection can be made".to_owned(),
        _ => "the server ended the connection or answered out of turn".to_owned(),
    };
    SourceError::Database { doing, cause }
}
