//! The auditor's way in.

use std::sync::Arc;

use super::error::AuditError;
use crate::store::{self, Mode, Store};

/// Opens a ledger for reading only; another process may append to it meanwhile.
///
/// # Errors
/// If there is none at this address, or it cannot be opened.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, AuditError> {
    Ok(store::open(address, Mode::Read).await?)
}
