//! Changes what was written before: only what differs is sent, what was there is kept first, and
//! what people changed since is not overwritten silently.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::before::Before;
use super::diff::{Change, Remaining};
use super::error::EngineError;
use super::executor::{End, Executor, Intent, PendingOutcomes};
use super::outcome::{Step, ambiguous, refused};
use super::pending::Pending;
use super::policy::ExistingPolicy::FillBlanks;
use super::policy::WritePolicy;
use super::sent::{History, Sent, sent};
use crate::destination::contract::Reason;
use crate::destination::intercom::compare::StepIds;
use crate::destination::intercom::drift::{Ours, drift};
use crate::destination::intercom::family;
use crate::destination::intercom::filled::{Filled, filled, unsent, value_in};
use crate::destination::intercom::object::{ObjectKind, ReadBack, Target};
use crate::ledger::NewEvent;
use crate::model::event::DriftFound;
use crate::model::{DestinationId, StepKey};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{EffectEnd, StepState};

/// Said in place of the fields where nobody knows any more what was sent: such a record waits.
const UNTOLD: &str = "something or nothing (its bytes are erased, so that nobody can tell)";

/// What people changed of the things that are about to be changed; `None` if nothing, or if the
/// source wins.
///
/// # Errors
/// If Intercom or the ledger cannot be read, or the ledger refuses.
pub async fn drifted(
    executor: &Executor<'_>,
    policy: &WritePolicy,
    pending: &Pending,
    remaining: &Remaining,
    before: &mut Before,
    outcomes: &mut PendingOutcomes,
) -> Result<Option<Vec<String>>, EngineError> {
    let created = pending.steps.get(&StepKey::from(CREATE_STEP));
    let object = created.filter(|state| state.is_in_effect()).and_then(|one| one.object().cloned());
    let nothing = remaining.todo.is_empty() && remaining.removals.is_empty();
    let Some(id) = object.filter(|_| !nothing) else {
        return Ok(None);
    };
    let history = match sent(executor.context, &pending.key, pending.stream).await {
        Ok(history) => history,
        Err(EngineError::Erased(_)) => return Ok(Some(vec![UNTOLD.to_owned()])),
        Err(error) => return Err(error),
    };
    let Some(create) = history.step(CREATE_STEP) else {
        return Ok(None);
    };
    let target = Target::of(&create.first, id.clone());
    let Some((back, _)) = before.of(executor, pending, &target, outcomes).await? else {
        return Ok(Some(vec!["object".to_owned()]));
    };
    let overwrites = remaining.todo.iter().any(|todo| match todo.change {
        Change::Update | Change::Again => true,
        // Words that stayed when what they lead to went are written anew.
        Change::Create => pending.steps.get(&todo.step.key).is_some_and(was_kept),
        Change::Amend => false,
    }) || !remaining.removals.is_empty();
    let writes = remaining.todo.iter().map(|todo| todo.step.operation);
    let fills = writes.into_iter().any(|one| family::of(one).sends_fields(one));
    if policy.source_wins || !(overwrites || fills) {
        return Ok(None);
    }
    let touched = touched(&history, pending, &back, overwrites);
    if touched.is_empty() {
        return Ok(None);
    }
    let event =
        NewEvent::new(pending.key.clone(), DriftFound { object: id, fields: touched.clone() });
    let payload = crate::model::canonical_json(&back)?;
    let event =
        NewEvent { ordinal: pending.state.next_decision(), payload: Some(payload), ..event };
    executor.context.ledger.append(executor.run, vec![event]).await?;
    Ok(Some(touched))
}

/// Whether an effect of a step was undone but for something that stays.
fn was_kept(state: &StepState) -> bool {
    let mut ends = state.effects.iter().map(|effect| &effect.end);
    ends.any(|end| matches!(end, EffectEnd::Undone { kept, .. } if !kept.is_empty()))
}

/// What people changed of an object since we wrote it. What they added beside it (parts, tags,
/// notes) does not stand in the way of an update.
/// Where nothing that we wrote is changed, only what they wrote in its place counts.
fn touched(history: &History, pending: &Pending, back: &ReadBack, overwrites: bool) -> Vec<String> {
    let ids: StepIds = pending
        .steps
        .iter()
        .filter_map(|(key, state)| Some((key.clone(), state.object()?.clone())))
        .collect();
    let create = pending.steps.get(&StepKey::from(CREATE_STEP));
    let created = create.is_some_and(|state| !state.adopted());
    // What people added beside it is no obstacle, so it need not be told apart from what we added.
    let ours = Ours { steps: &history.all, ids: &ids, ever: &BTreeSet::new(), created };
    let mut touched = if overwrites { drift(&ours, back) } else { Vec::new() };
    touched.retain(|field| {
        !["part:", "note:", "tag:", "company:"].iter().any(|p| field.starts_with(p))
    });
    if created {
        let ever = history.ever();
        let replaced = filled(&Ours { steps: &ever, ..ours }, back).into_iter().filter(|one| {
            let drafts = pending
                .draft
                .steps
                .iter()
                .filter(|step| ObjectKind::of(step.operation) == back.kind);
            let mut values = drafts.filter_map(|step| value_in(Some(&step.body), &one.field));
            values.any(|value| !value.is_null() && !one.rule.same(value, &one.value))
        });
        touched.extend(replaced.map(|one| one.field));
    }
    touched
}

/// Sends what differs from what was sent before; the object's state goes into the ledger first.
///
/// # Errors
/// If Intercom cannot be read, or the ledger refuses.
pub async fn changed(
    executor: &Executor<'_>,
    policy: &WritePolicy,
    pending: &Pending,
    mut intent: Intent,
    before: &mut Before,
    outcomes: &mut PendingOutcomes,
) -> Result<Step, EngineError> {
    let history = sent(executor.context, &pending.key, pending.stream).await?;
    let stood = history.step(intent.step.as_str());
    let state = pending.steps.get(&intent.step);
    let object = state.and_then(|state| state.object().cloned());
    let adopted = state.is_some_and(StepState::adopted);
    let own = pending
        .steps
        .get(&StepKey::from(CREATE_STEP))
        .and_then(|state| state.object().cloned())
        .or_else(|| intent.request.target());
    let target = own.map(|id| Target::of(&intent.request, id));
    if let Some(target) = target.as_ref().filter(|_| adopted && policy.existing == FillBlanks)
        && let Some((back, _)) = before.of(executor, pending, target, outcomes).await?
    {
        leave(&mut intent, &unsent(&history.ever(), &back));
    }
    if let Some(before) = stood
        && family::of(intent.request.operation).sends_fields(intent.request.operation)
        && prune(&mut intent, before)
    {
        let held = Value::Null;
        if let Some(object) = object {
            executor.adopt(&mut intent, &object, &held, outcomes)?;
            return Ok(Step::Done { object: Some(object), adopted });
        }
    }
    if let Some(target) = target
        && intent.wanted().is_some_and(|wanted| wanted.before.is_none())
    {
        let stood = before.of(executor, pending, &target, outcomes).await?;
        if let Some(wanted) = intent.wanted() {
            wanted.before = stood.map(|(_, at)| at);
        }
    }
    Ok(match executor.perform(&mut intent, outcomes).await? {
        End::Done { object: made, .. } => Step::Done { object: object.or(made), adopted },
        End::Refused(refusal) if refusal.reason == Reason::SameState => {
            return in_that_state(executor, pending, intent, outcomes).await;
        }
        End::Refused(refusal) => refused(&refusal),
        End::Ambiguous { candidates } => ambiguous(&candidates),
        End::Unknown => ambiguous(&[]),
    })
}

/// Goes on where a ticket is in the state already that it is to be put in: that is refused (FACTS
/// §1), so the other fields are sent alone. A conversation that has the assignee or is closed
/// already is refused too, and nothing else is left to send.
///
/// # Errors
/// If the ledger refuses, or Intercom cannot be reached.
pub async fn in_that_state(
    executor: &Executor<'_>,
    pending: &Pending,
    mut intent: Intent,
    outcomes: &mut PendingOutcomes,
) -> Result<Step, EngineError> {
    let operation = intent.request.operation;
    let family = family::of(operation);
    let thread = family.thread_id(&intent.request).map(DestinationId::from);
    let body = intent.request.body.as_mut().and_then(Value::as_object_mut);
    let left = body.is_some_and(|body| family.without_state(operation, body));
    if !left {
        let created = pending.steps.get(&StepKey::from(CREATE_STEP));
        let object = thread.or_else(|| created.and_then(|state| state.object().cloned()));
        if let Some(object) = &object {
            executor.adopt(&mut intent, object, &Value::Null, outcomes)?;
        }
        return Ok(Step::Done { object, adopted: false });
    }
    Ok(match executor.perform(&mut intent, outcomes).await? {
        End::Done { object, .. } => Step::Done { object, adopted: false },
        End::Refused(refusal) => refused(&refusal),
        End::Ambiguous { candidates } => ambiguous(&candidates),
        End::Unknown => ambiguous(&[]),
    })
}

/// Takes out what was there before the migration, or what others wrote since: only what is blank is
/// filled, at every pass.
fn leave(intent: &mut Intent, theirs: &[Filled]) {
    let Some(body) = intent.request.body.as_mut().and_then(Value::as_object_mut) else { return };
    for one in theirs {
        match one.field.split_once('.') {
            Some((list, name)) => {
                if let Some(values) = body.get_mut(list).and_then(Value::as_object_mut) {
                    values.remove(name);
                }
            }
            None => {
                body.remove(&one.field);
            }
        }
    }
}

/// Leaves only what differs from before; fields that are gone become null. True if nothing is
/// left to send.
fn prune(intent: &mut Intent, before: &Sent) -> bool {
    let empty = Map::new();
    let old = before.merged.body.as_ref().and_then(Value::as_object).unwrap_or(&empty);
    let new = intent.request.body.as_ref().and_then(Value::as_object).unwrap_or(&empty);
    let operation = intent.request.operation;
    let keys = family::of(operation).always_sent();
    let mut body = differing(new, old, keys);
    for (name, value) in &mut body {
        if let (Value::Object(new), Some(Value::Object(old))) = (&mut *value, old.get(name)) {
            *new = differing(new, old, keys);
        }
    }
    let only_created = family::of(operation).only_created(operation);
    body.retain(|name, _| !only_created.contains(&name.as_str()));
    let nothing = body.iter().all(|(name, _)| keys.contains(&name.as_str()));
    for key in keys {
        if let Some(value) = new.get(*key) {
            body.insert((*key).to_owned(), value.clone());
        }
    }
    intent.request.body = Some(Value::Object(body));
    nothing
}

fn differing(
    new: &Map<String, Value>,
    old: &Map<String, Value>,
    keys: &[&str],
) -> Map<String, Value> {
    let mut changed: Map<String, Value> = new
        .iter()
        .filter(|(name, value)| old.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in old {
        if !new.contains_key(name) && !value.is_null() && !keys.contains(&name.as_str()) {
            changed.insert(name.clone(), Value::Null);
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_sent_and_what_is_gone_is_cleared() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let new = map(json!({ "name": "Ann B", "email": "a@x", "custom_attributes": {"a": 1} }));
        let old = map(json!({ "name": "Ann", "email": "a@x", "phone": "1",
            "custom_attributes": {"a": 1} }));
        assert_eq!(
            Value::Object(differing(&new, &old, &[])),
            json!({ "name": "Ann B", "phone": null })
        );
    }
}
