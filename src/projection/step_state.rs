//! Where each step of each record stands, and which intents are open.
//!
//! Rows: `s, stream, step`: state of a step; `o, stream, step`: an open intent; `u, stream`: an
//! undo was tried on the record.

use super::effect::{Attempt, Effect, EffectEnd, StepState};
use super::row::{decode, encode, load, refused, stream_at, stream_key};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::event::FailureClass;
use crate::model::lifecycle::{AttemptStage, StepLife, step_of};
use crate::model::{DestinationId, Digest, Event, Position, StepKey, StreamId};

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

    /// Keys of all records on which an undo was tried: first and end.
    pub fn undo_range() -> (Vec<u8>, Vec<u8>) {
        (vec![b'u'], vec![b'u' + 1])
    }

    /// Record of a row.
    pub fn stream(key: &[u8]) -> Option<StreamId> {
        stream_at(key, 1)
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
        2
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
        let was_open = state.attempt.is_some();
        fold(&mut state, event)?;
        let open = keyed(b'o', event, step);
        if state.attempt.is_some() {
            rows.put(&open, Vec::new());
        } else if was_open {
            rows.delete(&open);
        }
        if is_undo(&event.event) {
            rows.put(&tagged(b'u', event.stream), Vec::new());
        }
        rows.put(&key, encode(Self::NAME, &state)?);
        Ok(())
    }

    fn reads(&self, key: &[u8]) -> bool {
        key.first() == Some(&b's')
    }
}

fn is_undo(event: &Event) -> bool {
    matches!(
        event,
        Event::UndoSucceeded(_)
            | Event::UndoFailed(_)
            | Event::UndoKept(_)
            | Event::UndoImpossible(_)
    )
}

/// What the row says, as the table of lifecycles sees it.
fn life(state: &StepState) -> StepLife {
    let standing = u32::try_from(state.standing().count()).unwrap_or(u32::MAX);
    StepLife { attempt: state.stage(), standing }
}

fn fold(state: &mut StepState, recorded: &Recorded) -> Result<(), ProjectionError> {
    let after = life(state).after(&recorded.event).map_err(refused)?;
    let at = recorded.position;
    match &recorded.event {
        Event::PreImageCaptured(_) => {
            state.pre_images += 1;
            state.pre_image = Some((at, recorded.run));
        }
        Event::WriteStarted(started) => {
            state.attempts += 1;
            state.attempt = Some(Attempt {
                stage: AttemptStage::Started,
                started_at: at,
                operation: started.operation.clone(),
                target: started.target.clone(),
                digest: started.digest,
                content: started.content,
                // The first release did not name it: it stood right before the intent.
                before: started.before.or_else(|| {
                    state.pre_image.filter(|(_, run)| *run == recorded.run).map(|(at, _)| at)
                }),
                adopting: started.adopting,
                removes: started.removes,
                undoes: None,
            });
        }
        Event::WriteSucceeded(done) => land(state, recorded, done.object.as_ref(), done.adopted),
        Event::WriteOutcomeResolved(resolved) if resolved.landed => {
            land(state, recorded, resolved.object.as_ref(), false);
        }
        Event::WriteOutcomeDecided(decided) if decided.landed => {
            land(state, recorded, decided.object.as_ref(), false);
        }
        Event::WriteOutcomeUnknown(_) => {
            if let Some(attempt) = &mut state.attempt {
                attempt.stage = after.attempt;
            }
        }
        Event::WriteFailed(_) | Event::WriteOutcomeResolved(_) | Event::WriteOutcomeDecided(_) => {
            state.attempt = None;
        }
        Event::UndoStarted(_)
        | Event::UndoSucceeded(_)
        | Event::UndoFailed(_)
        | Event::UndoKept(_)
        | Event::UndoImpossible(_) => fold_undo(state, recorded)?,
        // The table of lifecycles has refused whatever is not about a step.
        _ => return Err(refused_unknown(&recorded.event)),
    }
    Ok(())
}

/// What became of an effect that was to be undone.
fn fold_undo(state: &mut StepState, recorded: &Recorded) -> Result<(), ProjectionError> {
    let at = recorded.position;
    match &recorded.event {
        Event::UndoStarted(started) => {
            state.undo_attempts += 1;
            state.attempt = Some(Attempt {
                stage: AttemptStage::Undoing,
                started_at: at,
                operation: started.operation.clone(),
                target: Some(started.object.clone()),
                digest: state.top().map_or(Digest([0; 32]), |top| top.digest),
                content: None,
                before: None,
                adopting: false,
                removes: false,
                undoes: started.effect,
            });
        }
        Event::UndoSucceeded(undone) => {
            let by = state.attempt.take().map_or_else(String::new, |attempt| attempt.operation);
            let end = EffectEnd::Undone {
                at,
                by,
                already_gone: undone.already_gone,
                kept: undone.kept.clone(),
            };
            finish(state, undone.effect, &end);
        }
        Event::UndoFailed(failed) => {
            state.attempt = None;
            if failed.class == FailureClass::Permanent {
                finish(state, failed.effect, &EffectEnd::Stuck { code: failed.code.clone() });
            }
        }
        Event::UndoKept(kept) => {
            state.attempt = None;
            state.kept += 1;
            let whole = kept.effect.is_none();
            let touched = kept.touched.clone();
            finish(state, kept.effect, &EffectEnd::Kept { at, touched, whole });
        }
        Event::UndoImpossible(lost) => {
            state.attempt = None;
            state.kept += 1;
            finish(state, lost.effect, &EffectEnd::Impossible { reason: lost.reason.clone() });
        }
        _ => return Err(refused_unknown(&recorded.event)),
    }
    Ok(())
}

fn refused_unknown(event: &Event) -> ProjectionError {
    ProjectionError::Refused { rule: "lifecycle", reason: format!("{} of a step", event.name()) }
}

/// What the open attempt wanted is in Intercom.
fn land(state: &mut StepState, recorded: &Recorded, object: Option<&DestinationId>, adopted: bool) {
    let Some(attempt) = state.attempt.take() else { return };
    state.pre_image = None;
    state.effects.push(Effect {
        at: recorded.position,
        run: recorded.run,
        intent_at: attempt.started_at,
        before: attempt.before,
        operation: attempt.operation,
        digest: attempt.digest,
        content: attempt.content,
        object: object.cloned(),
        target: attempt.target,
        was_there: adopted || attempt.adopting,
        removes: attempt.removes,
        end: EffectEnd::Stands,
    });
}

/// Says what became of one effect, or of all that stand.
fn finish(state: &mut StepState, effect: Option<Position>, end: &EffectEnd) {
    for one in state.effects.iter_mut().filter(|one| one.stands()) {
        if effect.is_none_or(|effect| effect == one.at) {
            one.end = end.clone();
        }
    }
}
