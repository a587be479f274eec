//! Takes a migration back: a plan first, then exactly that plan, dependents before what they depend
//! on. What people touched since stays and is named; what cannot be undone is certified as residue.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use serde::Serialize;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::load;
use super::policy::WritePolicy;
use super::residue::{RollbackReport, Told};
use super::slice::{Action, RollbackItem, Slice};
use super::step::{Door, Tail};
use super::touched::Looker;
use super::undo::{UndoTarget, Undoer};
use crate::destination::contract::Destination;
use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::undo::UndoBy;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{Counts, Phase, ResidueCertified, RollbackPlanned};
use crate::model::lifecycle::StepStage;
use crate::model::{Digest, RunId, SourceKey, StepKey, StreamId, canonical_json};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{RecordState, StepState};

/// The field in which an archived object differs from what was written.
const ARCHIVED_FIELD: &str = "archived";

/// A rollback as a value.
#[derive(Clone, Debug, Serialize)]
pub struct Rollback {
    /// Digest over every item.
    pub digest: Digest,
    /// Which part.
    pub slice: String,
    /// Items by what is done.
    pub counts: Counts,
    /// The records, in the order in which they are undone.
    pub items: Vec<RollbackItem>,
}

/// Plans a rollback from the ledger alone.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn plan(context: &Context, run: RunId, slice: &Slice) -> Result<Rollback, EngineError> {
    let mut items = Vec::new();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        for (stream, state) in page.iter().filter(|(_, state)| state.draft.is_some()) {
            if let Some(item) = item(context, *stream, state).await? {
                items.push(item);
            }
        }
    }
    let chosen = super::closure::close(context, slice, &items).await?;
    items.retain(|item| item.stream.is_some_and(|stream| chosen.contains(&stream)));
    items.sort_by(|a, b| (a.order, &a.key).cmp(&(b.order, &b.key)));
    let mut hasher = Purpose::Plan.hasher();
    let mut counts = Counts::new();
    for item in &items {
        hasher.update(&canonical_json(item)?);
        let word = match item.action {
            Action::Remove => "remove",
            Action::Restore => "restore",
        };
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    let digest = Digest::finish(&hasher);
    let facts = RollbackPlanned { plan: digest, slice: slice.words(), counts: counts.clone() };
    context.append_own(run, "rollback", &run.to_string(), facts).await?;
    Ok(Rollback { digest, slice: slice.words(), counts, items })
}

async fn item(
    context: &Context,
    stream: StreamId,
    state: &RecordState,
) -> Result<Option<RollbackItem>, EngineError> {
    let all = load::steps(context, stream).await?;
    let undone = |state: &StepState| state.stage == StepStage::Undone;
    if all.get(&StepKey::from(CREATE_STEP)).is_some_and(undone) {
        // With the object everything that was done to it went.
        return Ok(None);
    }
    let mut steps: Vec<(StepKey, StepState)> = all
        .into_iter()
        .filter(|(_, state)| state.stage.is_in_effect() || state.stage.is_open())
        .collect();
    if steps.is_empty() {
        return Ok(None);
    }
    steps.sort_by_key(|(_, state)| std::cmp::Reverse(state.first_effect_at));
    let create = steps.iter().find(|(step, _)| step.as_str() == CREATE_STEP);
    let ours = create.is_some_and(|(_, state)| !state.adopted);
    let rank = rank(state.phase, create.map(|(_, state)| state.operation.as_str()));
    let newest = create.or(steps.first());
    let made_at = newest.and_then(|(_, state)| state.first_effect_at).map_or(0, |at| at.0);
    let Some(key) = context.ledger.keys(&[stream]).await?.pop() else {
        return Ok(None);
    };
    let (action, steps) = if ours {
        (Action::Remove, beside(&steps))
    } else {
        (Action::Restore, steps.into_iter().map(|(step, _)| step).collect())
    };
    let order = (rank, std::cmp::Reverse(made_at));
    Ok(Some(RollbackItem { key, action, steps, order, stream: Some(stream) }))
}

/// What is undone with an object of ours: what its record did to other objects, then the object.
fn beside(steps: &[(StepKey, StepState)]) -> Vec<StepKey> {
    let kind = |state: &StepState| Operation::from_name(&state.operation).map(ObjectKind::of);
    let create = steps.iter().find(|(step, _)| step.as_str() == CREATE_STEP);
    let own = create.and_then(|(_, state)| kind(state));
    let others =
        steps.iter().filter(|(_, state)| kind(state).is_some_and(|kind| Some(kind) != own));
    let others = others.map(|(step, _)| step.clone()).filter(|step| step.as_str() != CREATE_STEP);
    others.chain(std::iter::once(StepKey::from(CREATE_STEP))).collect()
}

/// Objects refer to each other and collections hold each other: what was made last is undone
/// first, one by one.
const RANK_OBJECTS: u8 = 2;
const RANK_COLLECTIONS: u8 = 6;

/// Order of undoing (FACTS §6): what depends on others first.
fn rank(phase: Option<Phase>, create: Option<&str>) -> u8 {
    let is = |operation: Operation| create == Some(operation.spec().name);
    match phase {
        // What threads say of objects is taken back before the threads go.
        Some(Phase::Objects) if create.is_none() => 0,
        Some(Phase::Objects) if is(Operation::ConversationAttributeCreate) => 8,
        Some(Phase::Conversations) => 1,
        Some(Phase::Objects) => RANK_OBJECTS,
        Some(Phase::Contacts) => 3,
        Some(Phase::Companies) => 4,
        Some(Phase::Articles) if is(Operation::CollectionCreate) => RANK_COLLECTIONS,
        Some(Phase::Articles) => 5,
        Some(Phase::Schema) if is(Operation::TagCreate) => 7,
        Some(Phase::Schema | Phase::Handoff) | None => 8,
    }
}

/// Performs a rollback plan; what was undone before is gone from the plan already.
///
/// # Errors
/// If the ledger refuses, or Intercom stops the run or cannot be reached.
pub async fn perform(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    plan: &Rollback,
    by: &UndoBy,
    policy: &WritePolicy,
) -> Result<RollbackReport, EngineError> {
    let door = Door { context, destination, run, waivers: &policy.waivers, looks: &policy.looks };
    let performer = Performer {
        undoer: Undoer { door, by },
        looker: Looker::new(context, destination),
        needed: Mutex::default(),
    };
    let mut report = RollbackReport::default();
    context.progress.begin("roll back", Some(plan.items.len() as u64));
    for rank in plan.items.chunk_by(|a, b| a.order.0 == b.order.0) {
        let nested = rank
            .first()
            .is_some_and(|item| matches!(item.order.0, RANK_OBJECTS | RANK_COLLECTIONS));
        let width = if nested { 1 } else { policy.concurrency.max(1) };
        performer.rank(rank, width, &mut report).await?;
    }
    context.progress.end();
    report.residue.sort();
    certify(context, run, plan, &report).await?;
    Ok(report)
}

async fn certify(
    context: &Context,
    run: RunId,
    plan: &Rollback,
    report: &RollbackReport,
) -> Result<(), EngineError> {
    let mut counts = Counts::new();
    for residue in &report.residue {
        *counts.entry(residue.kind.clone()).or_default() += 1;
    }
    let event = NewEvent {
        content: plan.digest.into(),
        payload: Some(canonical_json(&report.residue)?),
        ..NewEvent::new(
            own_key("residue", &run.to_string())?,
            ResidueCertified { plan: plan.digest, counts },
        )
    };
    context.ledger.append(run, vec![event]).await?;
    Ok(())
}

struct Performer<'a> {
    undoer: Undoer<'a>,
    looker: Looker<'a>,
    /// Records that something kept depends on, with what that is.
    needed: Mutex<BTreeMap<SourceKey, String>>,
}

impl Performer<'_> {
    /// Undoes records that do not depend on each other, side by side.
    async fn rank(
        &self,
        items: &[RollbackItem],
        width: usize,
        report: &mut RollbackReport,
    ) -> Result<(), EngineError> {
        let context = self.undoer.door.context;
        let mut told = futures::stream::iter(items).map(|item| self.item(item)).buffered(width);
        let mut failure = None;
        while let Some(one) = told.next().await {
            context.progress.advance(1);
            match one {
                Ok(one) => report.add(one),
                // The others finish the step in hand before the run stops.
                Err(error) => {
                    context.stop.cancel();
                    failure = failure.or(Some(error));
                }
            }
        }
        match failure {
            Some(error) => Err(error),
            None if context.is_stopping() => Err(EngineError::Stopped),
            None => Ok(()),
        }
    }

    async fn item(&self, item: &RollbackItem) -> Result<RollbackReport, EngineError> {
        let context = self.undoer.door.context;
        let mut told = Told::of(item);
        let Some(stream) = item.stream.filter(|_| !context.is_stopping()) else {
            return Ok(told.report);
        };
        let steps = load::steps(context, stream).await?;
        let mut tail = Tail::default();
        let create = StepKey::from(CREATE_STEP);
        if item.action == Action::Remove
            && let Some(state) = steps.get(&create)
        {
            let touched = match self.needed_by(&item.key) {
                Some(by) => vec![format!("needed by {by}")],
                None => self.looker.touched(&item.key, stream, &steps).await?,
            };
            // An undo that was cut short may have archived it: that was us, not people.
            let cut_short = state.stage == StepStage::Undoing;
            let touched: Vec<String> = touched
                .into_iter()
                .filter(|field| !(cut_short && field == ARCHIVED_FIELD))
                .collect();
            if !touched.is_empty() {
                let target = UndoTarget { key: &item.key, stream, step: &create, state };
                self.undoer.keep(&target, &touched, &mut tail);
                self.undoer.door.flush(&mut tail).await?;
                self.needs(&item.key, stream).await?;
                told.kept(&steps, state, touched);
                return Ok(told.report);
            }
        }
        let own = steps.get(&create).and_then(|own| own.object.as_ref());
        for step in &item.steps {
            let Some(state) = steps.get(step) else {
                continue;
            };
            let target = UndoTarget { key: &item.key, stream, step, state };
            let undone = self.undoer.take_back(&target, &mut tail).await?;
            self.undoer.door.flush(&mut tail).await?;
            told.undone(step, &steps, own, undone);
        }
        Ok(told.report)
    }

    fn needed_by(&self, key: &SourceKey) -> Option<String> {
        self.needed.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// What is kept keeps what it depends on.
    async fn needs(&self, own: &SourceKey, stream: StreamId) -> Result<(), EngineError> {
        let keys = super::closure::needs(self.undoer.door.context, stream).await?;
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            needed.entry(key).or_insert_with(|| own.to_string());
        }
        Ok(())
    }
}
