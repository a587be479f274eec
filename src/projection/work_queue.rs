//! What each stage must do next.
//!
//! Rows: `t, stream`: to be transformed; `w, phase, stream`: to be written; `q, stream`: waits for
//! a person; `x, stream`: may have been withdrawn at the source after it was moved; `s, stream`:
//! what the queue remembers of a record.

use serde::{Deserialize, Serialize};

use super::row::{encode, load, stream_at, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::event::Phase;
use crate::model::{Digest, Event, StreamId};

#[derive(Default, Serialize, Deserialize)]
struct Memory {
    phase: Option<Phase>,
    draft: Option<Digest>,
    written: Option<Digest>,
}

/// A record waiting to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Phase that writes it.
    pub phase: Phase,
    /// The record.
    pub stream: StreamId,
}

/// The projection.
pub struct WorkQueue;

impl WorkQueue {
    /// Name of the row table.
    pub const NAME: &'static str = "work_queue";

    /// Keys of all records to be transformed, from `after` on: first and end.
    pub fn transform_range(after: Option<StreamId>) -> (Vec<u8>, Vec<u8>) {
        (tagged(b't', StreamId(after.map_or(0, |stream| stream.0 + 1))), vec![b't' + 1])
    }

    /// Key of a record that is to be transformed; there is no such row for any other.
    pub fn transform_key(stream: StreamId) -> Vec<u8> {
        tagged(b't', stream)
    }

    /// Keys of all records to be written in `phase`, from `after` on: first and end.
    pub fn write_range(phase: Phase, after: Option<StreamId>) -> (Vec<u8>, Vec<u8>) {
        let first = StreamId(after.map_or(0, |stream| stream.0 + 1));
        (write_key(phase, first), vec![b'w', phase_byte(phase) + 1])
    }

    /// Keys of all records that wait for a person: first and end.
    pub fn waiting_range() -> (Vec<u8>, Vec<u8>) {
        (vec![b'q'], vec![b'q' + 1])
    }

    /// Keys of all records that the source may have withdrawn, from `after` on: first and end.
    pub fn withdrawn_range(after: Option<StreamId>) -> (Vec<u8>, Vec<u8>) {
        (tagged(b'x', StreamId(after.map_or(0, |stream| stream.0 + 1))), vec![b'x' + 1])
    }

    /// The record of a `q` or `x` row.
    pub fn stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, 1)
    }

    /// The record of a `t` row.
    pub fn transform_stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, 1)
    }

    /// The record of a `w` row.
    pub fn write_stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, 2)
    }
}

fn phase_byte(phase: Phase) -> u8 {
    phase as u8
}

fn tagged(tag: u8, stream: StreamId) -> Vec<u8> {
    let mut key = vec![tag];
    key.extend(stream_key(stream));
    key
}

fn write_key(phase: Phase, stream: StreamId) -> Vec<u8> {
    let mut key = vec![b'w', phase_byte(phase)];
    key.extend(stream_key(stream));
    key
}

impl Projection for WorkQueue {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        match &event.event {
            Event::RecordTransformed(_)
            | Event::RecordExcluded(_)
            | Event::RecordQueued(_)
            | Event::RecordHandedOff(_)
            | Event::RecordMerged(_)
            | Event::RecordWritten(_)
            | Event::UndoSucceeded(_) => {
                vec![RowRef::owned(event.stream, tagged(b's', event.stream))]
            }
            _ => Vec::new(),
        }
    }

    fn reads(&self, key: &[u8]) -> bool {
        key.first() == Some(&b's')
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        match &event.event {
            Event::RecordRead(_) | Event::RecordVanished(_) => {
                rows.put(&tagged(b't', event.parent.unwrap_or(event.stream)), Vec::new());
                if matches!(event.event, Event::RecordVanished(_)) {
                    rows.put(&tagged(b'x', event.stream), Vec::new());
                }
                Ok(())
            }
            Event::RecordTransformed(transformed) => {
                rows.delete(&tagged(b't', event.stream));
                rows.delete(&tagged(b'q', event.stream));
                self.remember(event, rows, |memory| {
                    memory.phase = Some(transformed.phase);
                    memory.draft = Some(transformed.draft);
                })
            }
            Event::RecordExcluded(_)
            | Event::RecordQueued(_)
            | Event::RecordHandedOff(_)
            | Event::RecordMerged(_) => {
                rows.delete(&tagged(b't', event.stream));
                let waits = matches!(event.event, Event::RecordQueued(_));
                if waits {
                    rows.put(&tagged(b'q', event.stream), Vec::new());
                } else {
                    rows.delete(&tagged(b'q', event.stream));
                }
                let mut was_drafted = false;
                self.remember(event, rows, |memory| {
                    was_drafted = memory.phase.is_some();
                    memory.draft = None;
                })?;
                if was_drafted {
                    rows.put(&tagged(b'x', event.stream), Vec::new());
                }
                Ok(())
            }
            Event::RecordWritten(written) => {
                self.remember(event, rows, |memory| memory.written = Some(written.draft))
            }
            Event::UndoSucceeded(_) => self.remember(event, rows, |memory| memory.written = None),
            _ => Ok(()),
        }
    }
}

impl WorkQueue {
    fn remember(
        &self,
        event: &Recorded,
        rows: &mut dyn Rows,
        change: impl FnOnce(&mut Memory),
    ) -> Result<(), ProjectionError> {
        let key = tagged(b's', event.stream);
        let mut memory: Memory = load(Self::NAME, rows, &key)?;
        if let Some(phase) = memory.phase {
            rows.delete(&write_key(phase, event.stream));
        }
        change(&mut memory);
        if let (Some(phase), Some(draft)) = (memory.phase, memory.draft)
            && memory.written != Some(draft)
        {
            rows.put(&write_key(phase, event.stream), Vec::new());
        }
        rows.put(&key, encode(Self::NAME, &memory)?);
        Ok(())
    }
}
