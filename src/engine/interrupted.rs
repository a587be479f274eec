//! Undos that an earlier run left open: what Intercom holds now tells whether they landed.

use super::error::EngineError;
use super::executor::PendingOutcomes;
use super::load::{self, parse};
use super::undo::{Presence, UndoTarget, Undoer, Way, event};
use crate::destination::intercom::request::Request;
use crate::model::event::{FailureClass, UndoFailed};
use crate::model::{SourceKey, StepKey, StreamId};

/// Settles an undo that an earlier run left open by a look at what it was about. Where the look
/// does not show it undone, the effect counts as standing, until the next rollback tries again.
///
/// # Errors
/// If the ledger refuses, or Intercom cannot be read.
pub async fn settle_open(
    undoer: &Undoer<'_>,
    key: &SourceKey,
    stream: StreamId,
    step: &StepKey,
    outcomes: &mut PendingOutcomes,
) -> Result<(), EngineError> {
    let context = undoer.executor.context;
    let steps = load::steps(context, stream).await?;
    let Some(state) = steps.get(step) else { return Ok(()) };
    let Some(attempt) = &state.attempt else { return Ok(()) };
    let effect = attempt.undoes.and_then(|at| state.effect(at));
    let target = UndoTarget { key, stream, step, state, effect };
    let mut kept = Vec::new();
    let landed = match effect {
        Some(_) => match undoer.way(&target).await? {
            Way::Gone => true,
            Way::Back(back) => {
                kept = back.kept;
                back.requests.is_empty() && (kept.is_empty() || back.restored)
            }
            Way::Never(_) => false,
        },
        None => match context.ledger.payloads(&[attempt.started_at]).await?.pop().flatten() {
            Some(bytes) => {
                let removal: Request = parse("request", key, &bytes)?;
                undoer.presence(&target, &removal).await? != Presence::There
            }
            None => false,
        },
    };
    let number = state.undo_attempts;
    if landed && kept.is_empty() {
        undoer.done(&target, number, None, false, outcomes);
    } else if landed {
        undoer.but_for(&target, number, None, &kept, outcomes)?;
    } else {
        let facts = UndoFailed {
            step: step.clone(),
            effect: attempt.undoes,
            status: 0,
            code: "interrupted".to_owned(),
            class: FailureClass::Temporary,
        };
        outcomes.push(event(&target, number, facts));
    }
    undoer.executor.flush(outcomes).await
}
