//! Which database an address means.

use std::path::Path;
use std::sync::Arc;

use super::contract::{Mode, Store};
use super::error::StoreError;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;

/// Where a ledger lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A PostgreSQL database, by its whole address.
    Postgres(&'a str),
    /// A SQLite file.
    File(&'a Path),
}

impl<'a> Place<'a> {
    /// What an address means: a file, `sqlite:FILE`, or `postgres://…`.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn of(address: &'a str) -> Result<Self, StoreError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self::Postgres(address));
        }
        let file = address.strip_prefix("sqlite:").unwrap_or(address);
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() || file.contains("://") {
            // What follows the scheme may hold a password.
            let scheme = address.split("://").next().unwrap_or_default();
            return Err(StoreError::Address { address: format!("{scheme}://…") });
        }
        Ok(Self::File(Path::new(file)))
    }
}

/// Opens the ledger at an address, as [`Place::of`] reads it.
///
/// # Errors
/// If the address is none, or the store cannot be opened in this mode.
pub async fn open(address: &str, mode: Mode) -> Result<Arc<dyn Store>, StoreError> {
    match Place::of(address)? {
        Place::Postgres(address) => Ok(Arc::new(PostgresStore::open(address, mode).await?)),
        Place::File(path) => Ok(Arc::new(SqliteStore::open(path, mode).await?)),
    }
}

/// A store for intermediate results; it is gone when it is dropped.
///
/// # Errors
/// If there is no room for it.
pub async fn scratch() -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(SqliteStore::scratch().await?))
}
