//! Where each step of each record stands, and which intents are open.
//!
//! Rows: `s, stream, step`: state of a step; `o, stream, step`: an open intent.

use serde::{Deserialize, Serialize};

use super::row::{decode, encode, load, refused, stream_at, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::lifecycle::StepStage;
use crate::model::{DestinationId, Digest, Event, Position, StepKey, StreamId};

/// State of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// Stage of the lifecycle.
    pub stage: StepStage,
    /// Digest of the step whose effect is in Intercom.
    pub effective: Option<Digest>,
    /// Digest of the step last tried.
    pub tried: Option<Digest>,
    /// Row of the operation table last tried.
    pub operation: String,
    /// Object addressed.
    pub target: Option<DestinationId>,
    /// Object made or changed.
    pub object: Option<DestinationId>,
    /// The object was there before.
    pub adopted: bool,
    /// Attempts so far.
    pub attempts: u32,
    /// Undo attempts so far.
    pub undo_attempts: u32,
    /// The latest intent.
    pub started_at: Option<Position>,
    /// The latest outcome.
    pub outcome_at: Option<Position>,
    /// The first intent whose effect is in Intercom.
    pub first_effect_at: Option<Position>,
    /// The first pre-image: what was there before the migration.
    pub pre_image_at: Option<Position>,
    /// Pre-images so far.
    pub pre_images: u32,
}

/// The projection.
pub struct StepStates;

impl StepStates {
    /// Name of the row table.
    pub const NAME: &'static str = "step_state";

    /// Keys of all steps from a record on: the first, and the first that is not a step's.
    pub fn range(from: StreamId) -> (Vec<u8>, Vec<u8>) {
        (tagged(b's', from), vec![b's' + 1])
    }

    /// Keys of all steps of one record: first and end.
    pub fn range_of(stream: StreamId) -> (Vec<u8>, Vec<u8>) {
        (tagged(b's', stream), tagged(b's', StreamId(stream.0 + 1)))
    }

    /// Keys of all open intents: first and end.
    pub fn open_range() -> (Vec<u8>, Vec<u8>) {
        (vec![b'o'], vec![b'o' + 1])
    }

    /// Record and step of a row.
    pub fn parts(key: &[u8]) -> Option<(StreamId, StepKey)> {
        let stream = stream_at(key, 1)?;
        let step = std::str::from_utf8(key.get(9..)?).ok()?;
        Some((stream, StepKey::from(step)))
    }

    /// A stored row.
    ///
    /// # Errors
    /// If the bytes are not a step's state.
    pub fn decode(bytes: &[u8]) -> Result<StepState, ProjectionError> {
        decode(Self::NAME, bytes)
    }
}

fn tagged(tag: u8, stream: StreamId) -> Vec<u8> {
    let mut key = vec![tag];
    key.extend(stream_key(stream));
    key
}

fn step_of(event: &Event) -> Option<&StepKey> {
    match event {
        Event::PreImageCaptured(facts) => Some(&facts.step),
        Event::WriteStarted(facts) => Some(&facts.step),
        Event::WriteSucceeded(facts) => Some(&facts.step),
        Event::WriteFailed(facts) => Some(&facts.step),
        Event::WriteOutcomeUnknown(facts) => Some(&facts.step),
        Event::WriteOutcomeResolved(facts) => Some(&facts.step),
        Event::WriteOutcomeDecided(facts) => Some(&facts.step),
        Event::UndoStarted(facts) => Some(&facts.step),
        Event::UndoSucceeded(facts) => Some(&facts.step),
        Event::UndoFailed(facts) => Some(&facts.step),
        Event::UndoKept(facts) => Some(&facts.step),
        Event::UndoImpossible(facts) => Some(&facts.step),
        _ => None,
    }
}

fn keyed(tag: u8, event: &Recorded, step: &StepKey) -> Vec<u8> {
    let mut key = tagged(tag, event.stream);
    key.extend(step.as_str().as_bytes());
    key
}

impl Projection for StepStates {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        step_of(&event.event)
            .map(|step| RowRef::owned(event.stream, keyed(b's', event, step)))
            .into_iter()
            .collect()
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        let Some(step) = step_of(&event.event) else {
            return Ok(());
        };
        let key = keyed(b's', event, step);
        let mut state: StepState = load(Self::NAME, rows, &key)?;
        let was_open = state.stage.is_open();
        fold(&mut state, event)?;
        let open = keyed(b'o', event, step);
        if state.stage.is_open() {
            rows.put(&open, Vec::new());
        } else if was_open {
            rows.delete(&open);
        }
        rows.put(&key, encode(Self::NAME, &state)?);
        Ok(())
    }
}

fn fold(state: &mut StepState, recorded: &Recorded) -> Result<(), ProjectionError> {
    state.stage = state.stage.after(&recorded.event).map_err(refused)?;
    let at = Some(recorded.position);
    match &recorded.event {
        Event::PreImageCaptured(_) => {
            state.pre_images += 1;
            state.pre_image_at = state.pre_image_at.or(at);
        }
        Event::WriteStarted(started) => {
            state.tried = Some(started.digest);
            state.operation.clone_from(&started.operation);
            state.target.clone_from(&started.target);
            state.attempts += 1;
            state.started_at = at;
        }
        Event::WriteSucceeded(done) => {
            land(state, at, done.object.as_ref());
            state.adopted |= done.adopted;
        }
        Event::WriteOutcomeResolved(resolved) if resolved.landed => {
            land(state, at, resolved.object.as_ref());
        }
        Event::WriteOutcomeDecided(decided) if decided.landed => {
            land(state, at, decided.object.as_ref());
        }
        Event::WriteFailed(_)
        | Event::WriteOutcomeUnknown(_)
        | Event::WriteOutcomeResolved(_)
        | Event::WriteOutcomeDecided(_) => state.outcome_at = at,
        Event::UndoStarted(_) => state.undo_attempts += 1,
        Event::UndoSucceeded(_) => {
            let attempts = (state.attempts, state.undo_attempts, state.pre_images);
            let stage = state.stage;
            *state = StepState {
                stage,
                attempts: attempts.0,
                undo_attempts: attempts.1,
                pre_images: attempts.2,
                outcome_at: at,
                ..StepState::default()
            };
        }
        _ => state.outcome_at = at,
    }
    Ok(())
}

fn land(state: &mut StepState, at: Option<Position>, object: Option<&DestinationId>) {
    state.effective = state.tried;
    state.outcome_at = at;
    state.first_effect_at = state.first_effect_at.or(state.started_at);
    if let Some(object) = object {
        state.object = Some(object.clone());
    }
}
