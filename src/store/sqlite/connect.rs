//! Opening and closing: the lock, the connections, the format.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::fault::fault;
use crate::store::contract::{Mode, STORE_FORMAT, Store};
use crate::store::error::StoreError;
use crate::store::holder::Holder;
use crate::store::readers::Readers;

static MIGRATIONS: Migrator = sqlx::migrate!("ledger-schema/sqlite");

/// Fewer, larger pages: appending writes a fifth fewer bytes than with 4 KiB.
const PAGE_SIZE: u32 = 8192;
/// Connections that read beside the writer.
const READERS_MAX: u32 = 4;
/// Only a checker or a copy can hold the file, and not for long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages in the WAL before it is folded back: 16 MB.
const WAL_PAGES: &str = "2000";
/// Size of the WAL at which appending waits for readers to let go of it, so that it can be cut.
const WAL_LEN_MAX: u64 = 64 << 20;
/// Page cache of the writer in KiB, negative as SQLite wants it.
const WRITER_CACHE: &str = "-32768";
/// Page cache of each reader.
const READER_CACHE: &str = "-8192";
/// How often the lock is tried, and the pause between: who looks whether somebody writes holds it
/// for an instant.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Prepared statements kept per connection: all sizes of each bulk statement and the look-ups.
const STATEMENTS_CACHED: usize = 256;

/// A ledger in a SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    writer: Option<SqlitePool>,
    pub(super) readers: Readers<Sqlite>,
    /// Held as long as this lives; the operating system lets go of it when the process dies.
    lock: Option<File>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file.
    ///
    /// # Errors
    /// If there is none or already one, another process writes to it, a newer program made it, or
    /// the disk fails.
    pub async fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let at = path.display().to_string();
        let found = path.metadata().is_ok_and(|file| file.len() > 0);
        if mode == Mode::Read {
            if !found {
                return Err(StoreError::Missing { at });
            }
            let readers = Self::open_readers(path).await?;
            check_format(&readers).await?;
            let path = path.to_owned();
            return Ok(Self { path, writer: None, readers: Readers::new(readers), lock: None });
        }
        let lock = lock_patiently(path).await?;
        if !found {
            // SQLite gives the files beside it the rights of this one.
            make(path).map_err(|cause| StoreError::File { path: at.clone(), cause })?;
        }
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let writer = one(writing(options)).await?;
        if found {
            match (has_table(&writer, "meta").await?, has_table(&writer, "%").await?) {
                (true, _) => check_format(&writer).await?,
                (false, true) => return Err(StoreError::Foreign { at }),
                // A start that died before it made the tables.
                (false, false) => {}
            }
        }
        migrate(&writer).await?;
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let readers = Readers::new(many(reading(options)).await?);
        Ok(Self { path: path.to_owned(), writer: Some(writer), readers, lock: Some(lock) })
    }

    /// A store in a temporary file that SQLite removes by itself.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn scratch() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename("")
            .page_size(PAGE_SIZE)
            .synchronous(SqliteSynchronous::Off);
        // The file belongs to one connection, so everything goes through that.
        let writer = one(options).await?;
        migrate(&writer).await?;
        let readers = Readers::new(writer.clone());
        Ok(Self { path: PathBuf::new(), writer: Some(writer), readers, lock: None })
    }

    async fn open_readers(path: &Path) -> Result<SqlitePool, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let opened = many(reading(options.clone())).await;
        // Without a writer and without the right to make its files, the file itself is all there
        // is, and nobody can change it.
        match opened {
            Err(StoreError::Io { .. } | StoreError::ReadOnly) if !wal_of(path).exists() => {
                many(reading(options.immutable(true))).await
            }
            opened => opened,
        }
    }

    /// Whether readers have kept the WAL from being cut for too long.
    pub(super) fn wal_is_long(&self) -> bool {
        wal_of(&self.path).metadata().is_ok_and(|wal| wal.len() > WAL_LEN_MAX)
    }

    pub(super) async fn writer(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.acquire().await.map_err(fault("connecting"))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        match &self.lock {
            Some(_) => Ok(Some(Holder::of_words(&Holder::own_words(), None))),
            None => Ok(holder(&lock_of(&self.path))),
        }
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        if let Some(lock) = &self.lock {
            // The lock goes with the file handle at the latest.
            let _ = lock.unlock();
        }
    }
}

fn wal_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

fn writing(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .page_size(PAGE_SIZE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_CACHED)
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", WRITER_CACHE)
        // What one statement might have to take back: a file for it was most of all writing.
        .pragma("temp_store", "MEMORY")
        // What is erased is overwritten.
        .pragma("secure_delete", "ON")
}

fn reading(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_CACHED)
        .pragma("cache_size", READER_CACHE)
}

async fn one(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    pool(1, options).await
}

async fn many(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    pool(READERS_MAX, options).await
}

async fn pool(connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(fault("opening"))
}

/// Opens a file, which is made for its owner alone if there is none.
fn make(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn lock_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.lock", path.display()))
}

/// Tries a few times: who looks whether somebody writes holds the lock for an instant.
async fn lock_patiently(path: &Path) -> Result<File, StoreError> {
    for _ in 1..LOCK_TRIES {
        match lock(path) {
            Err(StoreError::Locked { .. }) => tokio::time::sleep(LOCK_PAUSE).await,
            other => return other,
        }
    }
    lock(path)
}

/// Keeps a second writer off: the file beside the database is locked as long as this one lives, and
/// says who this is.
fn lock(path: &Path) -> Result<File, StoreError> {
    let path = lock_of(path);
    let lock = path.display().to_string();
    let file = |cause| StoreError::File { path: lock.clone(), cause };
    let mut held = make(&path).map_err(file)?;
    match held.try_lock() {
        Ok(()) => {
            // Without these words others see that somebody writes, and not who.
            let _ = held.set_len(0).and_then(|()| held.write_all(Holder::own_words().as_bytes()));
            Ok(held)
        }
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { by: holder(&path), lock }),
        Err(TryLockError::Error(cause)) => Err(StoreError::File { path: lock, cause }),
    }
}

/// Who holds a lock; none if nobody does. It is taken for an instant to find out, together with
/// whoever else looks.
fn holder(lock: &Path) -> Option<Holder> {
    let file = File::open(lock).ok()?;
    match file.try_lock_shared() {
        Ok(()) | Err(TryLockError::Error(_)) => None,
        Err(TryLockError::WouldBlock) => {
            let words = std::fs::read_to_string(lock).unwrap_or_default();
            let since = file.metadata().and_then(|file| file.modified()).ok();
            let since = since.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let since_ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
            Some(Holder::of_words(&words, since_ms))
        }
    }
}

async fn has_table(pool: &SqlitePool, name: &str) -> Result<bool, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE ?",
    )
    .bind(name.to_owned())
    .fetch_one(pool)
    .await
    .map_err(fault("looking for tables"))?;
    Ok(count > 0)
}

/// Refuses what a newer program made.
async fn check_format(pool: &SqlitePool) -> Result<(), StoreError> {
    if !has_table(pool, "meta").await? {
        return Err(StoreError::damaged("it has no settings"));
    }
    let text: Option<String> =
        sqlx::query_scalar("SELECT CAST(value AS TEXT) FROM meta WHERE name = 'format'")
            .fetch_optional(pool)
            .await
            .map_err(fault("reading the format"))?;
    let found: u64 = text
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::damaged("its format is not a number"))?;
    let known = u64::from(STORE_FORMAT);
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    MIGRATIONS.run(pool).await.map_err(|cause| match cause {
        // A table change that this program does not have.
        MigrateError::VersionMissing(found) => {
            let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
            StoreError::Newer { found: found.unsigned_abs(), known: known.unsigned_abs() }
        }
        MigrateError::Execute(cause) => fault("making tables")(cause),
        cause => StoreError::Migrate(cause),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StreamId;
    use crate::store::contract::{EventStore, Group, HeadRow, NewEventRow, RowStore};
    use crate::store::error::ErrorClass;

    fn group(base: u64, count: u64, facts_len: usize) -> Group {
        let event = |position: u64| NewEventRow {
            stream: StreamId(0),
            idem: i64::try_from(position).unwrap(),
            leaf: 0,
            parent: None,
            type_id: 31,
            header: vec![1; 100],
            facts: vec![2; facts_len],
            commitment: None,
        };
        Group {
            base,
            head: HeadRow { size: base + count, frontier: Vec::new(), next_stream: 0 },
            events: (base..base + count).map(event).collect(),
            ..Group::default()
        }
    }

    async fn pragma(store: &SqliteStore, text: &'static str) {
        sqlx::query(text).execute(&mut *store.writer().await.unwrap()).await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let store = SqliteStore::open(&path, Mode::Write).await.unwrap();
        store.commit(group(0, 3, 50)).await.unwrap();
        let mut seen = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
            seen += 1;
        }
        assert!(seen >= 3, "the ledger, its log and its lock: {seen}");
        store.close().await;
    }

    #[tokio::test]
    async fn a_full_disk_stops_one_append_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let store = SqliteStore::open(&path, Mode::Write).await.unwrap();
        store.commit(group(0, 3, 50)).await.unwrap();
        pragma(&store, "PRAGMA max_page_count = 40").await;
        // One that goes at once, and one that does not.
        for count in [60, 200] {
            let error = store.commit(group(3, count, 5_000)).await.unwrap_err();
            assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
            assert_eq!((error.class(), error.code()), (ErrorClass::Temporary, "ledger_full"));
            assert_eq!(store.head().await.unwrap().size, 3);
        }
        pragma(&store, "PRAGMA max_page_count = 100000").await;
        store.commit(group(3, 200, 5_000)).await.unwrap();
        assert_eq!(store.head().await.unwrap().size, 203);
        store.close().await;
    }

    #[tokio::test]
    async fn a_group_that_stands_on_another_head_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("l.db"), Mode::Write).await.unwrap();
        for count in [1, 100] {
            let moved = store.commit(group(7, count, 1)).await.unwrap_err();
            assert!(matches!(moved, StoreError::Moved { expected: 7, found: 0 }));
        }
        store.commit(group(0, 1, 1)).await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn a_file_that_is_no_ledger_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.db");
        let options = SqliteConnectOptions::new().filename(&other).create_if_missing(true);
        let pool = one(options).await.unwrap();
        sqlx::query("CREATE TABLE somebody_elses (x)").execute(&pool).await.unwrap();
        pool.close().await;
        let refused = SqliteStore::open(&other, Mode::Write).await.unwrap_err();
        assert!(matches!(refused, StoreError::Foreign { .. }), "{refused:?}");
        let text = folder.path().join("text.txt");
        std::fs::write(&text, "not a database at all ".repeat(100)).unwrap();
        let refused = SqliteStore::open(&text, Mode::Read).await.unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
    }

    #[tokio::test]
    async fn the_scratch_store_needs_no_name() {
        let store = SqliteStore::scratch().await.unwrap();
        store.commit(group(0, 700, 10)).await.unwrap();
        assert_eq!(store.head().await.unwrap().size, 700);
        assert!(store.projections().await.unwrap().is_empty());
    }
}
