//! Under which names records are known: `alias, stream`, first come first.

use super::row::stream_at;
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::{Alias, Event, StreamId};

/// The projection.
pub struct AliasIndex;

impl AliasIndex {
    /// Name of the row table.
    pub const NAME: &'static str = "alias_index";

    /// First key of an alias; its rows end before [`AliasIndex::end`].
    pub fn first(alias: &Alias) -> Vec<u8> {
        alias.as_str().as_bytes().to_vec()
    }

    /// Key after the last row of an alias.
    pub fn end(alias: &Alias) -> Vec<u8> {
        let mut key = Self::first(alias);
        // One byte above every hexadecimal digit and every first byte of a stream number in use.
        key.extend([0xff; 9]);
        key
    }

    /// The stream of a row.
    pub fn stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, key.len().checked_sub(8)?)
    }
}

impl Projection for AliasIndex {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    /// None: a row is only ever put, never read.
    fn keys(&self, _: &Recorded) -> Vec<RowRef> {
        Vec::new()
    }

    fn reads(&self, _: &[u8]) -> bool {
        false
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        if let Event::RecordRead(read) = &event.event {
            for alias in &read.aliases {
                let mut key = Self::first(alias);
                key.extend(event.stream.0.to_be_bytes());
                rows.put(&key, Vec::new());
            }
        }
        Ok(())
    }
}
