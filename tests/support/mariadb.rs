//! A MariaDB to test with: databases of their own, made and removed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::mysql::{MySqlColumn, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, Row, raw_sql};

/// Address of a MariaDB server, as a user who may make databases and users. Without it what needs
/// one is not tested, and says so; where `CI` is set, that is a failure.
pub const MYSQL: &str = "DESKLEDGER_TEST_MYSQL";

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A database on the server.
pub struct Maria {
    server: String,
    /// Its name, which is also that of its reader.
    pub name: String,
}

/// Password of every reader.
pub const PASSWORD: &str = "read-only";

impl Maria {
    /// A new database, with a user who may only read it. None, loudly, without a server.
    #[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
    pub async fn new() -> Option<Self> {
        let Ok(server) = std::env::var(MYSQL) else {
            assert!(std::env::var_os("CI").is_none(), "{MYSQL} must be set where CI is");
            eprintln!("SKIPPED: {MYSQL} is not set, MariaDB is not tested");
            return None;
        };
        let count = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("dl_test_{}_{count}", std::process::id());
        let maria = Self { server, name };
        let name = &maria.name;
        let mut root = MySqlConnection::connect(&maria.server).await.unwrap();
        for sql in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8 COLLATE utf8_unicode_ci"),
            format!("CREATE USER {name}@'%' IDENTIFIED BY '{PASSWORD}'"),
            format!("CREATE USER {name}@localhost IDENTIFIED BY '{PASSWORD}'"),
            format!("GRANT SELECT ON {name}.* TO {name}@'%'"),
            format!("GRANT SELECT ON {name}.* TO {name}@localhost"),
        ] {
            root.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        Some(maria)
    }

    /// Lets the reader lock tables too.
    pub async fn let_lock(&self) {
        let name = &self.name;
        let mut root = MySqlConnection::connect(&self.server).await.unwrap();
        for host in ["%", "localhost"] {
            let sql = format!("GRANT LOCK TABLES ON {name}.* TO {name}@'{host}'");
            root.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }

    /// What the reader may do, as the server says it.
    pub async fn grants(&self) -> Vec<String> {
        let mut root = MySqlConnection::connect(&self.server).await.unwrap();
        let sql = AssertSqlSafe(format!("SHOW GRANTS FOR {}@localhost", self.name));
        root.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// The address for its reader, without the password.
    pub fn url(&self) -> String {
        let host = self.server.rsplit_once('@').unwrap().1.trim_end_matches('/');
        format!("mysql://{}@{host}/{}", self.name, self.name)
    }

    /// A connection that may write; times are in UTC.
    pub async fn writer(&self) -> MySqlConnection {
        let address = format!("{}/{}", self.server.trim_end_matches('/'), self.name);
        let mut connection = MySqlConnection::connect(&address).await.unwrap();
        let plain = "SET time_zone = '+00:00', sql_mode = '', character_set_client = 'utf8mb4'";
        connection.execute(plain).await.unwrap();
        connection
    }

    /// Runs statements.
    pub async fn run(&self, statements: &[String]) {
        let mut connection = self.writer().await;
        for sql in statements {
            let done = connection.execute(AssertSqlSafe(sql.clone())).await;
            done.unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
    }

    /// All rows of a table, as text by column; NULL is absent.
    pub async fn rows(&self, table: &str) -> Vec<BTreeMap<String, String>> {
        let mut connection = self.writer().await;
        let sql = AssertSqlSafe(format!("SELECT * FROM {table}"));
        let rows = connection.fetch_all(raw_sql(sql)).await.unwrap();
        let cell = |row: &MySqlRow, column: &MySqlColumn| {
            let bytes: Option<&[u8]> = row.try_get_unchecked(column.ordinal()).unwrap();
            let text = String::from_utf8(bytes?.to_vec()).unwrap();
            Some((column.name().to_owned(), text))
        };
        let cells = |row: &MySqlRow| row.columns().iter().filter_map(|c| cell(row, c)).collect();
        rows.iter().map(cells).collect()
    }

    /// Tables with their checksums.
    pub async fn checksums(&self) -> Vec<(String, i64)> {
        let mut connection = self.writer().await;
        let sql = "SELECT table_name FROM information_schema.tables \
                   WHERE table_schema = DATABASE() ORDER BY table_name";
        let tables = connection.fetch_all(sql).await.unwrap();
        let names: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
        let mut found = Vec::new();
        for name in names {
            let sql = AssertSqlSafe(format!("CHECKSUM TABLE `{name}`"));
            let row = connection.fetch_one(sql).await.unwrap();
            found.push((name, row.get::<i64, _>(1)));
        }
        found
    }

    /// Removes database and reader.
    pub async fn remove(self) {
        let name = &self.name;
        let mut root = MySqlConnection::connect(&self.server).await.unwrap();
        for sql in [
            format!("DROP DATABASE {name}"),
            format!("DROP USER {name}@'%'"),
            format!("DROP USER {name}@localhost"),
        ] {
            root.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
}
