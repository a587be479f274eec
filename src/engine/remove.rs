//! Takes off what is no longer wanted: a tag, a membership, an assignment, a state. That is a
//! change like any other, with its own state before, so that a rollback can put it on again.

use serde_json::json;

use super::before::Before;
use super::error::EngineError;
use super::executor::{Aim, End, Executor, Intent, PendingOutcomes, Wanted};
use super::outcome::{Step, ambiguous, refused};
use super::pending::Pending;
use super::sent::sent;
use crate::destination::contract::Reason;
use crate::destination::intercom::family;
use crate::destination::intercom::request::Request;
use crate::destination::intercom::undo::{UndoBy, inverse};
use crate::model::digest::Purpose;
use crate::model::{DestinationId, Digest, StepKey};

/// Takes off what `step` put on.
///
/// # Errors
/// If the ledger refuses, or Intercom stops the run or cannot be reached.
pub async fn take_off(
    executor: &Executor<'_>,
    pending: &Pending,
    step: &StepKey,
    admin: &str,
    before: &mut Before,
    outcomes: &mut PendingOutcomes,
) -> Result<Step, EngineError> {
    let Some(state) = pending.steps.get(step) else {
        return Ok(Step::Done { object: None, adopted: false });
    };
    let object = state.object().or_else(|| state.target()).cloned();
    let object = object.unwrap_or_else(|| DestinationId::from(""));
    let history = sent(executor.context, &pending.key, pending.stream).await?;
    let put_on = history.step(step.as_str()).map(|sent| &sent.last);
    // What was there before us is not ours to take off.
    let ours = state.top().is_some_and(|top| !top.was_there);
    let Some(request) = put_on.filter(|_| ours).and_then(|one| off(one, &object, admin)) else {
        return Ok(Step::Done { object: None, adopted: false });
    };
    executor.check_waiver(request.operation)?;
    let digest = Digest::of(Purpose::Step, format!("{step} off").as_bytes());
    let stood = before.of_request(executor, pending, &request, outcomes).await?;
    let wanted = Wanted {
        digest: Some(digest),
        before: stood.map(|(_, at)| at),
        removes: true,
        ..Wanted::default()
    };
    let mut intent = Intent {
        key: pending.key.clone(),
        step: step.clone(),
        aim: Aim::Do(wanted),
        request,
        attempts: state.attempts,
        known: Default::default(),
    };
    Ok(match executor.perform(&mut intent, outcomes).await? {
        End::Done { object, .. } => Step::Done { object, adopted: false },
        // It is off already.
        End::Refused(refusal) if matches!(refusal.reason, Reason::Gone | Reason::SameState) => {
            executor.adopt(&mut intent, &object, &json!(null), outcomes)?;
            Step::Done { object: Some(object), adopted: false }
        }
        End::Refused(refusal) => refused(&refusal),
        End::Ambiguous { candidates } => ambiguous(&candidates),
        End::Unknown => ambiguous(&[]),
    })
}

/// The request that takes off what another put on.
pub fn off(put_on: &Request, object: &DestinationId, admin: &str) -> Option<Request> {
    family::of(put_on.operation).off(put_on, admin).or_else(|| {
        let by = UndoBy { admin_id: admin.to_owned(), ..UndoBy::default() };
        inverse(put_on, object, &by)
    })
}
