//! Erasing: the bytes of payloads go, what was committed to stays, and each erasure is an event.

use super::contract::{Appended, NewEvent};
use super::error::LedgerError;
use super::log::Ledger;
use crate::model::event::PayloadErased;
use crate::model::{ContentHash, Position, RunId};
use crate::store::StoreError;

/// Payloads erased in one transaction.
const AT_ONCE: usize = 500;

impl Ledger {
    /// Erases the payload of an event and records that, in one transaction. Erasing twice is
    /// erasing once.
    ///
    /// # Errors
    /// If there is no such event, or as [`Self::append`].
    pub async fn erase_payload(
        &self,
        run: RunId,
        position: Position,
        reason: &str,
    ) -> Result<Appended, LedgerError> {
        let appended = self.erase_payloads(run, &[position], reason).await?;
        appended.first().copied().ok_or_else(|| missing(position))
    }

    /// Erases the payloads of events in this order, some hundred in each transaction.
    ///
    /// # Errors
    /// If there is no such event, or as [`Self::append`].
    pub async fn erase_payloads(
        &self,
        run: RunId,
        positions: &[Position],
        reason: &str,
    ) -> Result<Vec<Appended>, LedgerError> {
        let mut appended = Vec::with_capacity(positions.len());
        for page in positions.chunks(AT_ONCE) {
            let rows = self.store.events_at(page).await?;
            let mut streams = Vec::with_capacity(page.len());
            for (position, row) in page.iter().zip(rows) {
                streams.push(row.ok_or_else(|| missing(*position))?.stream);
            }
            let keys = self.keys(&streams).await?;
            let events = page.iter().zip(keys).map(|(position, key)| {
                // Each event is erased once: its position stands where others have a content hash.
                let mut content = [0; 32];
                content[..8].copy_from_slice(&position.0.to_le_bytes());
                let facts = PayloadErased { position: *position, reason: reason.to_owned() };
                NewEvent {
                    content: ContentHash(content),
                    causation: Some(*position),
                    ..NewEvent::new(key, facts)
                }
            });
            appended.extend(self.append(run, events.collect()).await?);
        }
        Ok(appended)
    }

    /// Makes the database let go of the places where erased bytes stood. False if somebody who
    /// reads it kept it from doing so: then it is to be done again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn scrub(&self) -> Result<bool, LedgerError> {
        Ok(self.store.scrub().await?)
    }
}

fn missing(position: Position) -> LedgerError {
    StoreError::damaged(format!("there is no event {position}")).into()
}
