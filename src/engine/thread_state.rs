//! What opens or wakes a thread besides the step that sets its state: after it, that step is done
//! again, also by a run that finds it was left out.

use crate::destination::intercom::family;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::step::Step;
use crate::model::StepKey;
use crate::projection::{Effect, StepMap, StepState};

/// The step that sets a thread's state.
const STATE_STEP: &str = "state";

/// Whether an operation may reopen a closed or wake a snoozed thread.
pub(super) fn disturbs_state(operation: Operation) -> bool {
    family::of(operation).disturbs_state(operation)
}

/// Whether an update of a thread opens it although it is to be closed.
pub(super) fn reopens_closed(operation: Operation, step: &StepKey, draft: &[Step]) -> bool {
    let closes = |step: &Step| family::of(step.operation).closes(step.operation, &step.body);
    family::of(operation).opens_closed(operation)
        && step.as_str() != STATE_STEP
        && draft.iter().any(|one| settles_state(one) && closes(one))
}

/// Whether a later run wrote to the thread and ended before the time of the last touch, which would
/// have gone along.
pub(super) fn is_owed(stamp: &Effect, states: &StepMap) -> bool {
    let standing = states.values().flat_map(StepState::standing);
    standing.into_iter().any(|effect| effect.at > stamp.at && effect.run != stamp.run)
}

/// Whether a step that is to be taken off opens the thread by going: an assignment does.
pub(super) fn is_opened_by(removals: &[StepKey], states: &StepMap) -> bool {
    let tops = removals.iter().filter_map(|key| states.get(key)?.top());
    tops.into_iter().any(|top| Operation::from_name(&top.operation).is_some_and(disturbs_state))
}

/// Whether something of ours opened or woke the thread after its state was set last: a run that
/// ended between the two left it so.
pub(super) fn was_reopened(draft: &[Step], states: &StepMap) -> bool {
    let settling = draft.iter().find(|step| settles_state(step));
    let set = settling.and_then(|step| states.get(&step.key)).and_then(StepState::top);
    let Some(set) = set else { return false };
    states.iter().flat_map(|(key, state)| state.standing().map(move |effect| (key, effect))).any(
        |(key, effect)| {
            effect.at > set.at
                && Operation::from_name(&effect.operation).is_some_and(|operation| {
                    disturbs_state(operation) || reopens_closed(operation, key, draft)
                })
        },
    )
}

/// Whether a step sets its thread's state.
pub(super) fn settles_state(step: &Step) -> bool {
    let is_state = step.key.as_str() == STATE_STEP;
    family::of(step.operation).settles_state(step.operation, is_state)
}
