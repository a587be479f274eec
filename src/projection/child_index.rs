//! Which records are part of which: `parent, child`, in order of first reading.

use super::row::{stream_at, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::{Event, StreamId};

/// The projection.
pub struct ChildIndex;

impl ChildIndex {
    /// Name of the row table.
    pub const NAME: &'static str = "child_index";

    /// First key of a parent's children.
    pub fn first(parent: StreamId) -> Vec<u8> {
        stream_key(parent)
    }

    /// Parent and child of a row.
    pub fn pair(key: &[u8]) -> Option<(StreamId, StreamId)> {
        Some((stream_at(key, 0)?, stream_at(key, 8)?))
    }

    fn key(recorded: &Recorded) -> Option<Vec<u8>> {
        let parent = recorded.parent?;
        matches!(recorded.event, Event::RecordRead(_)).then(|| {
            let mut key = stream_key(parent);
            key.extend(recorded.stream.0.to_be_bytes());
            key
        })
    }
}

impl Projection for ChildIndex {
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
        if let Some(key) = Self::key(event) {
            rows.put(&key, Vec::new());
        }
        Ok(())
    }
}
