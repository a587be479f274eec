//! Opening and closing: the lock, the connections, the format.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgRow, Postgres};
use sqlx::{ConnectOptions, Connection, Row};
use tokio::sync::{Mutex, MutexGuard};

use super::fault::fault;
use crate::store::contract::{Mode, STORE_FORMAT, Store};
use crate::store::error::StoreError;
use crate::store::holder::Holder;
use crate::store::readers::Readers;

static MIGRATIONS: Migrator = sqlx::migrate!("ledger-schema/postgres");

/// Connections that read beside the writer.
const READERS_MAX: u32 = 4;
/// First half of the advisory lock's key; the second is the schema. Chosen at random.
const LOCK: i32 = 0x1ed6_e571;
/// The session that holds the lock on the ledger of this schema. Another user's sessions do not say
/// who they are.
const HOLDER: &str = "SELECT a.application_name, \
    (extract(epoch FROM a.backend_start) * 1000)::bigint \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 \
    AND l.classid = $1::int4::oid AND l.objid = hashtext(current_schema())::oid \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// A ledger in a PostgreSQL database.
pub struct PostgresStore {
    options: PgConnectOptions,
    writer: Option<Mutex<Writer>>,
    pub(super) readers: Readers<Postgres>,
}

/// The connection that appends. Its session holds the lock.
pub(super) struct Writer {
    connection: Option<PgConnection>,
    /// Number of this writer; the database has it in the head row.
    pub(super) epoch: i64,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = place(&self.options);
        f.debug_struct("PostgresStore").field("at", &at).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Opens the database at a `postgres://` address.
    ///
    /// # Errors
    /// If it cannot be reached, another process writes to it, or a newer program made its tables.
    pub async fn open(address: &str, mode: Mode) -> Result<Self, StoreError> {
        // Every question is a handful of keys against an index; a table without statistics must
        // not tempt the planner to read all of it.
        let options =
            options_of(address)?.options([("enable_hashjoin", "off"), ("enable_mergejoin", "off")]);
        let writer = match mode {
            Mode::Read => None,
            Mode::Write => Some(Mutex::new(start_writing(&options).await?)),
        };
        let reading = options.clone().options([("default_transaction_read_only", "on")]);
        let readers = PgPoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_with(reading)
            .await
            .map_err(fault("connecting"))?;
        if mode == Mode::Read {
            let mut reader = readers.acquire().await.map_err(fault("connecting"))?;
            if !check_format(&mut reader).await? {
                return Err(StoreError::Missing { at: place(&options) });
            }
        }
        Ok(Self { options, writer, readers: Readers::new(readers) })
    }

    /// The writer, to be used by one at a time.
    pub(super) async fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        Ok(self.writer.as_ref().ok_or(StoreError::ReadOnly)?.lock().await)
    }

    /// The writer's connection, made again if it was lost.
    pub(super) async fn connection<'a>(
        &self,
        writer: &'a mut Writer,
    ) -> Result<&'a mut PgConnection, StoreError> {
        let connection = match writer.connection.take() {
            Some(connection) => connection,
            None => locked(&self.options).await?,
        };
        Ok(writer.connection.insert(connection))
    }
}

impl Writer {
    /// Gives a connection up that may be lost. The next append makes a new one.
    pub(super) fn give_up(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Io { .. }) {
            self.connection = None;
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        let row = self.readers.all(sqlx::query(HOLDER).bind(LOCK)).await;
        let row = row.map_err(fault("looking who writes"))?.pop();
        row.as_ref().map(holder_of).transpose()
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer
            && let Some(mut connection) = writer.lock().await.connection.take()
        {
            // The session ends either way, and the lock with it; asking for it means that the
            // lock is free when this returns.
            let _ = sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut connection).await;
            let _ = connection.close().await;
        }
    }
}

/// How to connect to an address.
///
/// # Errors
/// If it is none.
pub(super) fn options_of(address: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(address)
        .map_err(|_| StoreError::Address { address: "postgres://…".to_owned() })?;
    Ok(options.disable_statement_logging())
}

/// Host and database, without user and password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("{}:{}/{database}", options.get_host(), options.get_port())
}

async fn start_writing(options: &PgConnectOptions) -> Result<Writer, StoreError> {
    let mut connection = locked(options).await?;
    check_format(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await.map_err(|cause| match cause {
        // A table change that this program does not have.
        MigrateError::VersionMissing(found) => {
            let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
            StoreError::Newer { found: found.unsigned_abs(), known: known.unsigned_abs() }
        }
        MigrateError::Execute(cause) => fault("making tables")(cause),
        cause => StoreError::Migrate(cause),
    })?;
    let epoch = sqlx::query_scalar("UPDATE head SET epoch = epoch + 1 RETURNING epoch")
        .fetch_one(&mut connection)
        .await
        .map_err(fault("taking over"))?;
    Ok(Writer { connection: Some(connection), epoch })
}

/// A connection whose session holds the lock on the ledger.
async fn locked(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let durable = options
        .clone()
        .options([("synchronous_commit", "on")])
        .application_name(&Holder::own_words());
    let mut connection = PgConnection::connect_with(&durable).await.map_err(fault("connecting"))?;
    let taken: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext(current_schema()))")
            .bind(LOCK)
            .fetch_one(&mut connection)
            .await
            .map_err(fault("locking the ledger"))?;
    if taken {
        return Ok(connection);
    }
    let by = holder(&mut connection).await?;
    Err(StoreError::Locked { lock: format!("advisory lock {LOCK} on {}", place(options)), by })
}

async fn holder(connection: &mut PgConnection) -> Result<Option<Holder>, StoreError> {
    let row = sqlx::query(HOLDER)
        .bind(LOCK)
        .fetch_optional(connection)
        .await
        .map_err(fault("looking who writes"))?;
    row.as_ref().map(holder_of).transpose()
}

fn holder_of(row: &PgRow) -> Result<Holder, StoreError> {
    let damaged = |cause: sqlx::Error| StoreError::damaged(cause.to_string());
    let words: Option<String> = row.try_get(0).map_err(damaged)?;
    let since_ms: Option<i64> = row.try_get(1).map_err(damaged)?;
    Ok(Holder::of_words(&words.unwrap_or_default(), since_ms))
}

/// Refuses what a newer program made. False if there are no tables.
async fn check_format(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let made: bool = sqlx::query_scalar("SELECT to_regclass('meta') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(fault("looking for tables"))?;
    if !made {
        return Ok(false);
    }
    let text: Option<String> =
        sqlx::query_scalar("SELECT convert_from(value, 'UTF8') FROM meta WHERE name = 'format'")
            .fetch_optional(connection)
            .await
            .map_err(fault("reading the format"))?;
    let found: u64 = text
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::damaged("its format is not a number"))?;
    let known = u64::from(STORE_FORMAT);
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(true) }
}
