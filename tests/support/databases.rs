//! The databases that a contract is tested on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerError, LedgerSettings, Projection};
use deskledger::model::Timestamp;
use deskledger::store::{MemoryStore, Mode, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::tally::Tally;

/// Address of a PostgreSQL server whose user may make databases. Without it the PostgreSQL half
/// of a contract is not tested, and says so; where `CI` is set, that is a failure.
pub const POSTGRES: &str = "DESKLEDGER_TEST_POSTGRES";

/// A database with room for one ledger.
pub enum Database {
    Memory(Arc<dyn Store>),
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

impl Database {
    pub fn memory() -> Self {
        Self::Memory(Arc::new(MemoryStore::new()))
    }

    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// None, loudly, if there is no server to test with.
    #[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(POSTGRES) else {
            assert!(std::env::var_os("CI").is_none(), "{POSTGRES} must be set where CI is");
            eprintln!("SKIPPED: {POSTGRES} is not set, PostgreSQL is not tested");
            return None;
        };
        let count = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("deskledger_test_{}_{count}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        Some(Self::Postgres { server, name })
    }

    /// The file of a SQLite ledger.
    pub fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("ledger.db"),
            _ => panic!("not a file"),
        }
    }

    pub fn address(&self) -> String {
        match self {
            Self::Memory(_) => panic!("memory has no address"),
            Self::Sqlite(_) => self.file().display().to_string(),
            Self::Postgres { server, name } => {
                let (start, query) = server.split_once('?').unwrap_or((server, ""));
                let host = start.rsplit_once('/').unwrap().0;
                format!("{host}/{name}?{query}")
            }
        }
    }

    pub async fn ledger(&self, mode: Mode) -> Result<Ledger, LedgerError> {
        self.ledger_with(mode, vec![Tally::shared()]).await
    }

    pub async fn ledger_with(
        &self,
        mode: Mode,
        projections: Vec<Arc<dyn Projection>>,
    ) -> Result<Ledger, LedgerError> {
        match self {
            Self::Memory(store) => {
                Ledger::with_store(store.clone(), mode, projections, env()).await
            }
            _ => {
                let (url, read_only) = (self.address(), mode == Mode::Read);
                Ledger::open(LedgerSettings { url, projections, env: env(), read_only }).await
            }
        }
    }

    /// Runs SQL behind the ledger's back.
    pub async fn tamper(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => panic!("memory has no SQL"),
            Self::Sqlite(_) => {
                let address = format!("sqlite:{}", self.address());
                let mut connection = SqliteConnection::connect(&address).await?;
                connection.execute(sql).await.map(drop)
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.address()).await?;
                connection.execute(sql).await.map(drop)
            }
        }
    }

    /// A database on the same server that holds the same.
    pub async fn copy(&self) -> Self {
        let Self::Postgres { server, name: from } = self else { panic!("not on a server") };
        let count = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("deskledger_test_{}_{count}", std::process::id());
        let mut connection = PgConnection::connect(server).await.unwrap();
        let copy = format!("CREATE DATABASE {name} TEMPLATE {from}");
        connection.execute(AssertSqlSafe(copy)).await.unwrap();
        Self::Postgres { server: server.clone(), name }
    }

    /// Removes what was made on a server.
    pub async fn remove(self) {
        if let Self::Postgres { server, name } = self {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            connection.execute(AssertSqlSafe(drop)).await.unwrap();
        }
    }
}

pub fn env() -> Env {
    Env::fixed(Timestamp(1_700_000_000_000), u64::from(DATABASES.fetch_add(1, Ordering::Relaxed)))
}
