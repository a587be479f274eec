//! Stage 3: everything that would be sent, as a value with a digest. Performing it is another
//! command's affair.

use std::collections::HashSet;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::context::{Context, own_key};
use super::diff::{Change, EditPolicy};
use super::error::EngineError;
use super::pending::{self, Pending};
use super::policy::WithdrawnPolicy;
use super::withdrawal::{self, Action};
use crate::destination::intercom::operation::Operation;
use crate::mapping::need::{Need, Needs};
use crate::model::digest::Purpose;
use crate::model::event::{Counts, Phase, PlanApproved, PlanSealed};
use crate::model::{
    Digest, Event, NotificationClass, Position, Reversibility, RunId, SourceKey, StepKey,
    canonical_json,
};

/// One request of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Step of the record.
    pub step: StepKey,
    /// Row of the operation table.
    pub operation: Operation,
    /// Why it is done.
    pub change: Change,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// Whether it may notify somebody.
    pub notification: NotificationClass,
}

/// Everything planned for one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The record.
    pub key: SourceKey,
    /// The phase.
    pub phase: Phase,
    /// Digest of its draft.
    pub draft: Digest,
    /// Requests in order.
    pub steps: Vec<PlannedStep>,
    /// Effects that are taken back.
    pub removals: Vec<StepKey>,
    /// Effects that stay although they are no longer drafted.
    pub stranded: Vec<StepKey>,
}

/// Counts over a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Digest over every item.
    pub digest: Option<Digest>,
    /// Events that the plan rests on: all below this position.
    pub upto: u64,
    /// Records.
    pub items: u64,
    /// Requests.
    pub requests: u64,
    /// Records by phase.
    pub phases: Counts,
    /// Requests by operation.
    pub operations: Counts,
    /// Requests by reversibility.
    pub reversibility: Counts,
    /// Requests by notification class.
    pub notification: Counts,
    /// Declared losses by name.
    pub losses: Counts,
    /// Records that wait for a person and are not planned.
    pub waiting: u64,
    /// What the source has withdrawn and stands in Intercom, by what is done with it.
    pub withdrawn: Counts,
    /// What must be there before, and only people can make.
    pub needs: Vec<Need>,
}

/// How a plan is made.
pub struct PlanSettings<'a> {
    /// In whose name notes and removals are made.
    pub admin: &'a str,
    /// What becomes of edited messages.
    pub policy: EditPolicy,
    /// What becomes of what the source has withdrawn.
    pub withdrawn: WithdrawnPolicy,
}

/// Makes a plan, seals it in the ledger, and writes its items as JSON lines to `out`.
///
/// # Errors
/// If the ledger cannot be read or refuses, or `out` cannot be written.
pub async fn plan(
    context: &Context,
    run: RunId,
    settings: &PlanSettings<'_>,
    mut out: Option<&mut (dyn Write + Send)>,
) -> Result<Plan, EngineError> {
    let upto = context.ledger.head().await?.size;
    let mut plan = Plan { upto, ..Plan::default() };
    let mut hasher = Purpose::Plan.hasher();
    let mut needs = Needs::default();
    context.progress.begin("plan", None);
    for phase in Phase::ALL {
        let mut after = None;
        while let Some((page, last)) = pending::page(context, phase, after).await? {
            after = Some(last);
            context.progress.advance(page.len() as u64);
            for pending in &page {
                let item = item(pending, settings, &mut needs)?;
                let mut line = canonical_json(&item)?;
                line.push(b'\n');
                hasher.update(&line);
                count(&mut plan, &item, pending);
                if let Some(out) = out.as_deref_mut() {
                    out.write_all(&line).map_err(|cause| EngineError::Output(cause.to_string()))?;
                }
            }
            if context.is_stopping() {
                return Err(EngineError::Stopped);
            }
        }
    }
    context.progress.end();
    let mut undecided = 0;
    for one in withdrawal::all(context, settings.withdrawn).await? {
        let mut line = canonical_json(&one)?;
        line.push(b'\n');
        hasher.update(&line);
        if let Some(out) = out.as_deref_mut() {
            out.write_all(&line).map_err(|cause| EngineError::Output(cause.to_string()))?;
        }
        let word = match one.action {
            Action::Keep => "keep",
            Action::Remove => "remove",
            Action::Stays => "stays",
            Action::Undecided => "undecided",
        };
        undecided += u64::from(one.action == Action::Undecided && !one.queued);
        *plan.withdrawn.entry(word.to_owned()).or_default() += 1;
    }
    let digest = Digest::finish(&hasher);
    plan.digest = Some(digest);
    let sealed = PlanSealed {
        plan: digest,
        upto: Position(upto),
        items: plan.items,
        requests: plan.requests,
        operations: plan.operations.clone(),
        reversibility: plan.reversibility.clone(),
        losses: plan.losses.clone(),
    };
    plan.waiting = context.waiting().await? + undecided;
    plan.needs = needs.iter().cloned().collect();
    let kept = canonical_json(&plan.needs)?;
    append(context, run, digest, sealed.into(), Some(kept)).await?;
    Ok(plan)
}

fn item(
    pending: &Pending,
    settings: &PlanSettings<'_>,
    needs: &mut Needs,
) -> Result<PlanItem, EngineError> {
    let remaining = pending.remaining(settings.admin, settings.policy)?;
    for todo in &remaining.todo {
        needs.observe_step(&pending.draft, &todo.step);
    }
    let steps = remaining
        .todo
        .into_iter()
        .map(|todo| {
            let spec = todo.step.operation.spec();
            PlannedStep {
                step: todo.step.key,
                operation: todo.step.operation,
                change: todo.change,
                reversibility: spec.reversibility,
                notification: spec.notification,
            }
        })
        .collect();
    Ok(PlanItem {
        key: pending.key.clone(),
        phase: pending.draft.phase,
        draft: pending.draft.digest()?,
        steps,
        removals: remaining.removals,
        stranded: remaining.stranded,
    })
}

fn count(plan: &mut Plan, item: &PlanItem, pending: &Pending) {
    plan.items += 1;
    plan.requests += (item.steps.len() + item.removals.len()) as u64;
    *plan.phases.entry(item.phase.word().to_owned()).or_default() += 1;
    for step in &item.steps {
        *plan.operations.entry(step.operation.spec().name.to_owned()).or_default() += 1;
        *plan.reversibility.entry(step.reversibility.word().to_owned()).or_default() += 1;
        *plan.notification.entry(step.notification.word().to_owned()).or_default() += 1;
    }
    for (loss, lost) in pending.draft.loss_counts() {
        *plan.losses.entry(loss).or_default() += lost;
    }
}

/// A plan that the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPlan {
    /// What was sealed.
    pub sealed: PlanSealed,
    /// It was approved.
    pub approved: bool,
}

const PLAN_STREAM: (&str, &str) = ("plan", "all");

async fn append(
    context: &Context,
    run: RunId,
    digest: Digest,
    event: Event,
    payload: Option<Vec<u8>>,
) -> Result<(), EngineError> {
    let (object, id) = PLAN_STREAM;
    let key = own_key(object, id)?;
    let known = context.ledger.streams(std::slice::from_ref(&key)).await?.pop().flatten();
    let ordinal = match known {
        Some(stream) => context.ledger.read_stream(stream).await?.len(),
        None => 0,
    };
    let event = crate::ledger::NewEvent {
        content: digest.into(),
        ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
        payload,
        ..crate::ledger::NewEvent::new(key, event)
    };
    context.ledger.append(run, vec![event]).await?;
    Ok(())
}

/// What the plan sealed last needs; none if there is none, or if it does not say.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn needs(context: &Context) -> Result<Option<Needs>, EngineError> {
    let (object, id) = PLAN_STREAM;
    let key = own_key(object, id)?;
    let Some(stream) = context.ledger.streams(&[key]).await?.pop().flatten() else {
        return Ok(None);
    };
    let events = context.ledger.read_stream(stream).await?;
    let sealed = events.iter().rev().find(|one| matches!(one.event, Event::PlanSealed(_)));
    let Some(sealed) = sealed else { return Ok(None) };
    let payload = context.ledger.payloads(&[sealed.position]).await?.pop().flatten();
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Vec<Need>>(&bytes).ok();
    Ok(payload.and_then(|bytes| read(bytes.to_vec())).map(|needs| needs.into_iter().collect()))
}

/// The plan sealed last, if nothing has happened since that changes what it says.
///
/// # Errors
/// [`EngineError::NoPlan`] or [`EngineError::PlanStale`], or if the ledger cannot be read.
pub async fn current(context: &Context) -> Result<SealedPlan, EngineError> {
    let (object, id) = PLAN_STREAM;
    let key = own_key(object, id)?;
    let stream = context.ledger.streams(&[key]).await?.pop().flatten();
    let stream = stream.ok_or(EngineError::NoPlan)?;
    let mut found: Option<SealedPlan> = None;
    for recorded in context.ledger.read_stream(stream).await? {
        match recorded.event {
            Event::PlanSealed(sealed) => found = Some(SealedPlan { sealed, approved: false }),
            Event::PlanApproved(approved) => {
                if let Some(plan) = found.as_mut().filter(|p| p.sealed.plan == approved.plan) {
                    plan.approved = true;
                }
            }
            _ => {}
        }
    }
    let plan = found.ok_or(EngineError::NoPlan)?;
    for entry in context.runs().await? {
        let changes =
            matches!(entry.kind.as_str(), "read" | "plan" | "delta" | "rollback" | "erase");
        if changes && entry.first >= plan.sealed.upto {
            return Err(EngineError::PlanStale(format!("a later run did: {}", entry.kind)));
        }
    }
    if context.mapping.is_none() {
        return Err(EngineError::NotConfirmed);
    }
    let planned = context.runs().await?.into_iter().rev().find(|entry| entry.kind == "plan");
    if planned.is_some_and(|entry| entry.mapping != context.mapping) {
        let why = "the map or a decision was changed since".to_owned();
        return Err(EngineError::PlanStale(why));
    }
    Ok(plan)
}

/// Refuses a plan with requests that may notify somebody and are not allowed by name: before
/// anything is sent, not halfway.
///
/// # Errors
/// [`EngineError::NeedsWaiver`] with all that are missing.
pub fn check_waivers(plan: &PlanSealed, waivers: &HashSet<String>) -> Result<(), EngineError> {
    let missing: Vec<&str> = plan
        .operations
        .keys()
        .map(String::as_str)
        .filter(|name| !waivers.contains(*name))
        .filter(|name| {
            let spec = super::diff::operation_named(name).map(Operation::spec);
            spec.is_some_and(|spec| spec.notification == NotificationClass::MayNotify)
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(EngineError::NeedsWaiver(missing.join(", "))) }
}

/// Digest of a plan that was written to a file.
///
/// # Errors
/// If the file cannot be read.
pub fn digest_of_file(mut file: impl std::io::Read) -> Result<Digest, EngineError> {
    let mut hasher = Purpose::Plan.hasher();
    std::io::copy(&mut file, &mut hasher)
        .map_err(|cause| EngineError::Output(cause.to_string()))?;
    Ok(Digest::finish(&hasher))
}

/// Records that a person approved a plan.
///
/// # Errors
/// If the ledger refuses.
pub async fn approve(context: &Context, run: RunId, plan: Digest) -> Result<(), EngineError> {
    let by = context.operator.clone();
    append(context, run, plan, PlanApproved { plan, by }.into(), None).await
}
