//! The runs, in order.

use serde::{Deserialize, Serialize};

use super::row::{decode, encode};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::event::Counts;
use crate::model::{Digest, Event, Position, RunId};

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEntry {
    /// Its id.
    pub run: RunId,
    /// What it did.
    pub kind: String,
    /// Who ran it.
    pub operator: String,
    /// Version of the program.
    pub program: String,
    /// Mapping in force.
    pub mapping: Option<Digest>,
    /// When it began, microseconds since 1970.
    pub started_at_us: i64,
    /// Its first event.
    pub first: Position,
    /// Its last event so far, if it ended.
    pub last: Option<Position>,
    /// When it ended, microseconds since 1970.
    pub finished_at_us: Option<i64>,
    /// It was found unfinished by a later run.
    pub interrupted: bool,
    /// Counts of what it did.
    pub counts: Counts,
}

/// The projection.
pub struct RunLog;

impl RunLog {
    /// Name of the row table.
    pub const NAME: &'static str = "run_log";

    /// Key of a run's row; run ids are in order of time.
    pub fn key(run: RunId) -> Vec<u8> {
        run.0.to_vec()
    }

    /// A stored row.
    ///
    /// # Errors
    /// If the bytes are not a run.
    pub fn decode(bytes: &[u8]) -> Result<RunEntry, ProjectionError> {
        decode(Self::NAME, bytes)
    }
}

fn run_of(event: &Recorded) -> Option<RunId> {
    match &event.event {
        Event::RunStarted(_) | Event::RunFinished(_) => Some(event.run),
        Event::RunInterrupted(interrupted) => Some(interrupted.run),
        _ => None,
    }
}

impl Projection for RunLog {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        run_of(event).map(|run| RowRef::shared(Self::key(run))).into_iter().collect()
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        let Some(run) = run_of(event) else {
            return Ok(());
        };
        let key = Self::key(run);
        let entry = match &event.event {
            Event::RunStarted(started) => RunEntry {
                run,
                kind: started.kind.clone(),
                operator: started.operator.clone(),
                program: started.program.clone(),
                mapping: started.mapping,
                started_at_us: event.recorded_at_us,
                first: event.position,
                last: None,
                finished_at_us: None,
                interrupted: false,
                counts: Counts::new(),
            },
            _ => {
                let Some(bytes) = rows.get(&key) else {
                    return Ok(());
                };
                let mut entry = Self::decode(bytes)?;
                entry.last = Some(event.position);
                match &event.event {
                    Event::RunFinished(finished) => {
                        entry.finished_at_us = Some(event.recorded_at_us);
                        entry.counts.clone_from(&finished.counts);
                    }
                    _ => entry.interrupted = true,
                }
                entry
            }
        };
        rows.put(&key, encode(Self::NAME, &entry)?);
        Ok(())
    }
}
