//! What can go wrong in a database.

use super::holder::Holder;

/// Whether doing it again may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It would fail again.
    Permanent,
    /// It may work later; nothing was written.
    Temporary,
    /// It may or may not have been done.
    Unknown,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no ledger at this address.
    #[error("there is no ledger at {at}")]
    Missing {
        /// File or database.
        at: String,
    },
    /// There is a file already where a new one should be.
    #[error("{at} is there already")]
    Exists {
        /// The file.
        at: String,
    },
    /// There is something else at this address.
    #[error("{at} is a database, but not a ledger")]
    Foreign {
        /// File or database.
        at: String,
    },
    /// What may be set once is set already.
    #[error("{name} is set already and never changes")]
    Set {
        /// The setting.
        name: String,
    },
    /// The address is none that this program knows.
    #[error("not the address of a ledger (a file, sqlite:FILE or postgres://…): {address}")]
    Address {
        /// The address, without user and password.
        address: String,
    },
    /// Another process appends to this ledger.
    #[error("{} has the ledger open for writing; it holds {lock}", held_by(.by.as_ref()))]
    Locked {
        /// Lock file or advisory lock.
        lock: String,
        /// Who holds it, as far as it can be seen.
        by: Option<Holder>,
    },
    /// A newer program wrote the ledger.
    #[error("the ledger has format {found}, this program knows {known}: it needs a newer version")]
    Newer {
        /// Format found.
        found: u64,
        /// Highest format known.
        known: u64,
    },
    /// Opened for reading only.
    #[error("the ledger is open for reading only")]
    ReadOnly,
    /// Somebody else has appended, or a commit landed that was thought lost.
    #[error("the head is at {found}, not at {expected}")]
    Moved {
        /// Where it should be.
        expected: u64,
        /// Where it is.
        found: u64,
    },
    /// Another writer took over.
    #[error("another writer has taken over this ledger (epoch {found}, ours was {ours})")]
    Fenced {
        /// Epoch of this writer.
        ours: i64,
        /// Epoch found.
        found: i64,
    },
    /// No room on the disk.
    #[error("no room left on the disk while {doing}")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: sqlx::Error,
    },
    /// The disk, or the connection to the database, failed.
    #[error("input or output failed while {doing}: {cause}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: sqlx::Error,
    },
    /// A file beside the database could not be used.
    #[error("cannot use {path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// Others kept the database busy for too long.
    #[error("the database was busy for too long while {doing}")]
    Busy {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: sqlx::Error,
    },
    /// What is stored cannot be right.
    #[error("the ledger is damaged: {what}")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// The tables could not be made or changed.
    #[error("the tables could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else that the database says.
    #[error("the database refused while {doing}: {cause}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: sqlx::Error,
    },
}

impl StoreError {
    /// Whether doing it again may work.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Locked { .. } | Self::Full { .. } | Self::Busy { .. } => ErrorClass::Temporary,
            Self::Io { .. } | Self::File { .. } => ErrorClass::Temporary,
            Self::Missing { .. }
            | Self::Exists { .. }
            | Self::Foreign { .. }
            | Self::Set { .. }
            | Self::Address { .. }
            | Self::Newer { .. }
            | Self::ReadOnly
            | Self::Moved { .. }
            | Self::Fenced { .. }
            | Self::Damaged { .. }
            | Self::Migrate(_)
            | Self::Database { .. } => ErrorClass::Permanent,
        }
    }

    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "ledger_missing",
            Self::Exists { .. } => "ledger_exists",
            Self::Foreign { .. } => "ledger_foreign",
            Self::Set { .. } => "ledger_set",
            Self::Address { .. } => "ledger_address",
            Self::Locked { .. } => "ledger_locked",
            Self::Newer { .. } => "ledger_newer",
            Self::ReadOnly => "ledger_read_only",
            Self::Moved { .. } => "ledger_moved",
            Self::Fenced { .. } => "ledger_fenced",
            Self::Full { .. } => "ledger_full",
            Self::Io { .. } | Self::File { .. } => "ledger_io",
            Self::Busy { .. } => "ledger_busy",
            Self::Damaged { .. } => "ledger_damaged",
            Self::Migrate(_) => "ledger_tables",
            Self::Database { .. } => "ledger_database",
        }
    }

    /// Something stored that cannot be right.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

fn held_by(by: Option<&Holder>) -> String {
    by.map_or_else(|| "another process".to_owned(), Holder::to_string)
}
