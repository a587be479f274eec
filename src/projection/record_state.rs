//! Where each record stands.

use serde::{Deserialize, Serialize};

use super::row::{decode, encode, load, refused, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::event::{Counts, Phase};
use crate::model::lifecycle::RecordStage;
use crate::model::{ContentHash, DestinationId, Digest, Event, Position, RecordKind, StreamId};

/// What the last verification said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Not looked at since the last write.
    #[default]
    Unchecked,
    /// Every field arrived or is declared.
    Equal,
    /// Some field differs undeclared.
    Differs,
}

/// State of one record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordState {
    /// Stage of the lifecycle.
    pub stage: RecordStage,
    /// The latest content could not be used, whatever was read before.
    pub rejected: bool,
    /// A full export no longer held it, and none has since.
    pub vanished: bool,
    /// What it was normalised to.
    pub kind: Option<RecordKind>,
    /// The record it is part of.
    pub parent: Option<StreamId>,
    /// Content of the latest reading.
    pub content: Option<ContentHash>,
    /// How often it was read with new content: the ordinal of the next reading.
    pub reads: u32,
    /// The event whose payload holds the latest content.
    pub read_at: Option<Position>,
    /// When that was, microseconds since 1970.
    pub read_at_us: i64,
    /// How often it was rejected with new content.
    pub rejections: u32,
    /// Content of the latest rejection.
    pub rejected_content: Option<ContentHash>,
    /// The event that rejected it last.
    pub rejected_at: Option<Position>,
    /// The latest draft.
    pub draft: Option<Digest>,
    /// The event whose payload holds the latest draft.
    pub draft_at: Option<Position>,
    /// How often a mapping decision was recorded: the ordinal of the next.
    pub decisions: u32,
    /// The event that put it where it is.
    pub settled_at: Option<Position>,
    /// How often a step was undone.
    pub undone: u32,
    /// Phase of the latest draft.
    pub phase: Option<Phase>,
    /// Source records that the latest draft carries.
    pub carries: u32,
    /// The draft that is wholly written.
    pub written: Option<Digest>,
    /// The event that said so.
    pub written_at: Option<Position>,
    /// The object in Intercom was there before the migration.
    pub adopted: bool,
    /// Object in Intercom.
    pub object: Option<DestinationId>,
    /// What the last verification said.
    pub verdict: Verdict,
    /// Fields that differed as declared at the last verification.
    pub declared_differences: u32,
    /// How often it was verified.
    pub verifications: u32,
    /// The last verification.
    pub verified_at: Option<Position>,
}

impl RecordState {
    /// Ordinal of the next event that says what becomes of the record: grows with each of them
    /// and with each undo, so that the same decision can be recorded again.
    pub fn next_decision(&self) -> u32 {
        self.decisions + self.undone
    }

    fn verified(&mut self, verdict: Verdict, declared: &Counts, at: Option<Position>) {
        self.verdict = verdict;
        self.verifications += 1;
        self.declared_differences = sum(declared);
        self.verified_at = at;
    }
}

/// The projection.
pub struct RecordStates;

impl RecordStates {
    /// Name of the row table.
    pub const NAME: &'static str = "record_state";

    /// Key of a record's row.
    pub fn key(stream: StreamId) -> Vec<u8> {
        stream_key(stream)
    }

    /// A stored row.
    ///
    /// # Errors
    /// If the bytes are not a record's state.
    pub fn decode(bytes: &[u8]) -> Result<RecordState, ProjectionError> {
        decode(Self::NAME, bytes)
    }
}

fn concerns_records(event: &Event) -> bool {
    matches!(
        event,
        Event::RecordRead(_)
            | Event::RecordRejected(_)
            | Event::RecordVanished(_)
            | Event::RejectionLifted(_)
            | Event::RecordTransformed(_)
            | Event::RecordExcluded(_)
            | Event::RecordQueued(_)
            | Event::RecordHandedOff(_)
            | Event::RecordMerged(_)
            | Event::RecordWritten(_)
            | Event::FieldsVerified(_)
            | Event::FieldsDiffered(_)
            | Event::UndoSucceeded(_)
    )
}

impl Projection for RecordStates {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        if concerns_records(&event.event) {
            vec![RowRef::owned(event.stream, stream_key(event.stream))]
        } else {
            Vec::new()
        }
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        if !concerns_records(&event.event) {
            return Ok(());
        }
        let key = stream_key(event.stream);
        let mut state: RecordState = load(Self::NAME, rows, &key)?;
        fold(&mut state, event)?;
        rows.put(&key, encode(Self::NAME, &state)?);
        Ok(())
    }
}

fn fold(state: &mut RecordState, recorded: &Recorded) -> Result<(), ProjectionError> {
    state.stage = state.stage.after(&recorded.event).map_err(refused)?;
    let at = Some(recorded.position);
    match &recorded.event {
        Event::RecordRead(read) => {
            state.kind = Some(read.kind);
            state.parent = recorded.parent;
            state.content = Some(recorded.content);
            state.reads += 1;
            state.read_at = at;
            state.read_at_us = recorded.recorded_at_us;
            state.rejected = false;
            state.vanished = false;
        }
        Event::RecordVanished(_) => state.vanished = true,
        Event::RecordRejected(rejected) => {
            state.kind = state.kind.or(rejected.kind);
            state.rejected = true;
            state.vanished = false;
            state.rejections += 1;
            state.rejected_content = Some(recorded.content);
            state.rejected_at = at;
        }
        Event::RejectionLifted(_) => state.rejected = false,
        Event::RecordTransformed(transformed) => {
            state.draft = Some(transformed.draft);
            state.draft_at = at;
            state.phase = Some(transformed.phase);
            state.carries = transformed.carries;
            state.decisions += 1;
            state.settled_at = at;
            if state.written == state.draft {
                state.stage = RecordStage::Written;
            }
        }
        Event::RecordExcluded(_)
        | Event::RecordQueued(_)
        | Event::RecordHandedOff(_)
        | Event::RecordMerged(_) => {
            state.decisions += 1;
            state.settled_at = at;
        }
        Event::RecordWritten(written) => {
            state.written = Some(written.draft);
            state.written_at = at;
            state.object = written.object.clone();
            state.adopted = written.adopted;
            state.verdict = Verdict::Unchecked;
        }
        Event::FieldsVerified(verified) => state.verified(Verdict::Equal, &verified.declared, at),
        Event::FieldsDiffered(differed) => state.verified(Verdict::Differs, &differed.declared, at),
        Event::UndoSucceeded(undone) if state.draft.is_some() => {
            state.undone += 1;
            state.written = None;
            state.verdict = Verdict::Unchecked;
            if undone.ends {
                state.stage = RecordStage::Undone;
                state.object = None;
                state.adopted = false;
            } else if state.stage == RecordStage::Written {
                // What was undone is wanted still: it is pending again.
                state.stage = RecordStage::Drafted;
            }
        }
        _ => {}
    }
    Ok(())
}

fn sum(counts: &Counts) -> u32 {
    u32::try_from(counts.values().sum::<u64>()).unwrap_or(u32::MAX)
}
