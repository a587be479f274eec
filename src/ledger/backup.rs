//! A whole copy of a ledger, for the day on which the ledger is lost.

use std::path::Path;

use super::error::LedgerError;
use super::log::Head;
use crate::model::Frontier;
use crate::store::{self, Mode, Place, StoreError};

/// Copies the ledger at an address into a new file, and says how long the copy is.
///
/// # Errors
/// If it lies in PostgreSQL, there is none, or the file is there already or cannot be written.
pub async fn backup(url: &str, to: &Path) -> Result<Head, LedgerError> {
    let Place::File(from) = Place::of(url)? else {
        return Err(LedgerError::NoFile);
    };
    store::backup_file(from, to).await?;
    // What is not readable is no copy.
    let copy = store::open(&to.display().to_string(), Mode::Read).await?;
    let head = copy.head().await;
    copy.close().await;
    let head = head?;
    let frontier = Frontier::from_bytes(head.size, &head.frontier)
        .map_err(|cause| StoreError::damaged(cause.to_string()))?;
    Ok(Head { size: head.size, root: frontier.root() })
}
