//! The proof of one event, as a file.

use super::super::error::WebError;
use super::super::opened::Opened;
use crate::audit;
use crate::model::Position;

/// The proof that an event is covered by the latest checkpoint that covers it, as `audit prove`
/// writes it: without the bytes beside the event.
///
/// # Errors
/// If no checkpoint covers it, or the ledger cannot be read.
pub async fn proof(opened: &Opened, at: Position) -> Result<String, WebError> {
    Ok(audit::prove(&opened.store, at, false).await?.to_string())
}
