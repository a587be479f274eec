//! Takes a migration back: a plan first, then exactly that plan, dependents before what they depend
//! on. What people touched since stays and is named; what cannot be undone is certified as residue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use serde::Serialize;

use super::closure::{self, Need};
use super::context::{Context, own_key};
use super::error::EngineError;
use super::executor::{Executor, PendingOutcomes};
use super::load;
use super::policy::WritePolicy;
use super::residue::{self, Residue, RollbackReport};
use super::slice::{Action, RollbackItem, Slice};
use super::touched::Looker;
use super::undo::{UndoTarget, Undoer, Undone};
use crate::destination::contract::Destination;
use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::undo::UndoBy;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{Counts, Phase, ResidueCertified, RollbackPlanned};
use crate::model::{Digest, Position, RunId, SourceKey, StepKey, StreamId, canonical_json};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{Effect, RecordState, StepMap};

/// Items of residue in one event of a certificate.
const CERTIFIED_AT_ONCE: usize = 1_000;

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

/// A record with effects that stand.
struct Standing {
    stream: StreamId,
    state: RecordState,
    steps: StepMap,
    /// Effects that the slice takes, by position.
    taken: BTreeSet<Position>,
}

impl Standing {
    /// The effect that made the record's object, if it is ours and stands.
    fn creation(&self) -> Option<&Effect> {
        let create = self.steps.get(&StepKey::from(CREATE_STEP))?;
        create.standing().find(|effect| effect.creates())
    }

    fn is_removed(&self) -> bool {
        self.creation().is_some_and(|creation| self.taken.contains(&creation.at))
    }

    /// Takes what depends on an object that goes. True if that takes anything more.
    fn take(&mut self, need: &Need) -> bool {
        let before = self.taken.len();
        let of_steps = |key: &StepKey| match need {
            Need::Whole => true,
            Need::Steps(steps) => steps.contains(key),
        };
        let more: Vec<Position> = self
            .steps
            .iter()
            .filter(|(key, _)| of_steps(key))
            .flat_map(|(_, state)| state.standing().map(|effect| effect.at))
            .collect();
        self.taken.extend(more);
        self.taken.len() > before
    }
}

/// Plans a rollback from the ledger alone.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn plan(context: &Context, run: RunId, slice: &Slice) -> Result<Rollback, EngineError> {
    let mut all = standing(context, slice).await?;
    close(context, &mut all).await?;
    let mut items = Vec::new();
    for one in all.values().filter(|one| !one.taken.is_empty()) {
        if let Some(key) = context.ledger.keys(&[one.stream]).await?.pop() {
            items.push(item(one, key));
        }
    }
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

/// All records with effects that stand, and what the slice takes of them.
async fn standing(
    context: &Context,
    slice: &Slice,
) -> Result<BTreeMap<StreamId, Standing>, EngineError> {
    let mut all = BTreeMap::new();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        for (stream, state) in page.into_iter().filter(|(_, state)| state.phase.is_some()) {
            let steps = load::steps(context, stream).await?;
            let effects = steps.values().flat_map(|state| state.standing());
            let taken: BTreeSet<Position> = effects
                .filter(|effect| slice.takes(stream, state.phase, effect))
                .map(|effect| effect.at)
                .collect();
            if steps.values().any(|state| state.top().is_some()) {
                all.insert(stream, Standing { stream, state, steps, taken });
            }
        }
    }
    Ok(all)
}

/// An object that goes takes everything that was done to it with it, and what needs it.
async fn close(
    context: &Context,
    all: &mut BTreeMap<StreamId, Standing>,
) -> Result<(), EngineError> {
    let mut next: Vec<StreamId> =
        all.values().filter(|one| one.is_removed()).map(|one| one.stream).collect();
    if next.is_empty() {
        return Ok(());
    }
    let streams: Vec<StreamId> = all.keys().copied().collect();
    let dependents = closure::dependents(context, &streams).await?;
    let mut gone: BTreeSet<StreamId> = BTreeSet::new();
    while let Some(stream) = next.pop() {
        if !gone.insert(stream) {
            continue;
        }
        if let Some(own) = all.get_mut(&stream) {
            own.take(&Need::Whole);
        }
        for (dependent, need) in dependents.get(&stream).into_iter().flatten() {
            if let Some(other) = all.get_mut(dependent)
                && other.take(need)
                && other.is_removed()
            {
                next.push(*dependent);
            }
        }
    }
    Ok(())
}

fn item(one: &Standing, key: SourceKey) -> RollbackItem {
    let create = StepKey::from(CREATE_STEP);
    let mut effects: Vec<(&StepKey, &Effect)> = one
        .steps
        .iter()
        .flat_map(|(step, state)| state.standing().map(move |effect| (step, effect)))
        .filter(|(_, effect)| one.taken.contains(&effect.at))
        .collect();
    effects.sort_by_key(|(_, effect)| std::cmp::Reverse(effect.at));
    let creation = one.creation();
    let made_at = creation.map_or_else(
        || effects.first().map_or(0, |(_, effect)| effect.intent_at.0),
        |creation| creation.intent_at.0,
    );
    let operation = one.steps.get(&create).map(|state| state.operation());
    let rank = rank(one.state.phase, operation.filter(|name| !name.is_empty()));
    let action = if one.is_removed() { Action::Remove } else { Action::Restore };
    if action == Action::Remove {
        effects = beside(one, effects);
    }
    let order = (rank, std::cmp::Reverse(made_at));
    let (steps, effects) =
        effects.into_iter().map(|(step, effect)| (step.clone(), effect.at)).unzip();
    RollbackItem { key, action, steps, effects, order, stream: one.stream }
}

/// What is undone with an object of ours: what its record did to other objects, then the object.
fn beside<'a>(
    one: &'a Standing,
    effects: Vec<(&'a StepKey, &'a Effect)>,
) -> Vec<(&'a StepKey, &'a Effect)> {
    let kind = |effect: &Effect| Operation::from_name(&effect.operation).map(ObjectKind::of);
    let Some(creation) = one.creation() else { return effects };
    let own = kind(creation);
    let others = effects.iter().filter(|(step, effect)| {
        step.as_str() != CREATE_STEP && kind(effect).is_some_and(|kind| Some(kind) != own)
    });
    let mut kept: Vec<_> = others.copied().collect();
    kept.extend(effects.iter().find(|(_, effect)| effect.at == creation.at).copied());
    kept
}

/// Objects refer to each other and collections hold each other: what was made last is undone
/// first, one by one.
const RANK_OBJECTS: u8 = 2;
const RANK_COLLECTIONS: u8 = 6;

/// Order of undoing: what depends on others first.
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
    let (waivers, looks) = (&policy.waivers, &policy.looks);
    let executor = Executor { context, destination, run, waivers, looks };
    let performer = Performer {
        undoer: Undoer { executor, by },
        looker: Looker::new(context, destination),
        needed: Mutex::default(),
    };
    let mut done = Counts::new();
    context.progress.begin("roll back", Some(plan.items.len() as u64));
    for rank in plan.items.chunk_by(|a, b| a.order.0 == b.order.0) {
        let nested = rank
            .first()
            .is_some_and(|item| matches!(item.order.0, RANK_OBJECTS | RANK_COLLECTIONS));
        let width = if nested { 1 } else { policy.concurrency.max(1) };
        performer.rank(rank, width, &mut done).await?;
    }
    context.progress.end();
    let report = RollbackReport::of(done, residue::all(context).await?);
    certify(context, run, plan, &report.residue).await?;
    Ok(report)
}

/// Seals what stays: the residue as the ledger has it, however often a rollback was interrupted.
async fn certify(
    context: &Context,
    run: RunId,
    plan: &Rollback,
    residue: &[Residue],
) -> Result<(), EngineError> {
    let mut events = Vec::new();
    // An empty page says that nothing stays.
    let pages: Vec<&[Residue]> =
        if residue.is_empty() { vec![&[]] } else { residue.chunks(CERTIFIED_AT_ONCE).collect() };
    for (number, page) in pages.into_iter().enumerate() {
        let mut counts = Counts::new();
        for one in page {
            *counts.entry(one.kind.clone()).or_default() += 1;
        }
        events.push(NewEvent {
            content: plan.digest.into(),
            ordinal: u32::try_from(number).unwrap_or(u32::MAX),
            payload: Some(canonical_json(&page)?),
            ..NewEvent::new(
                own_key("residue", &run.to_string())?,
                ResidueCertified { plan: plan.digest, counts },
            )
        });
    }
    context.ledger.append(run, events).await?;
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
        done: &mut Counts,
    ) -> Result<(), EngineError> {
        let context = self.undoer.executor.context;
        let mut told = futures::stream::iter(items).map(|item| self.item(item)).buffered(width);
        let mut failure = None;
        while let Some(one) = told.next().await {
            context.progress.advance(1);
            match one {
                Ok(words) => {
                    for word in words {
                        *done.entry(word.to_owned()).or_default() += 1;
                    }
                }
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

    async fn item(&self, item: &RollbackItem) -> Result<Vec<&'static str>, EngineError> {
        let context = self.undoer.executor.context;
        if context.is_stopping() {
            return Ok(Vec::new());
        }
        let mut outcomes = PendingOutcomes::default();
        let ended = match item.action {
            Action::Remove => self.remove(item, &mut outcomes).await,
            Action::Restore => self.restore(item, &item.effects, &mut outcomes).await,
        };
        self.undoer.executor.flush(&mut outcomes).await?;
        ended
    }

    async fn remove(
        &self,
        item: &RollbackItem,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Vec<&'static str>, EngineError> {
        let context = self.undoer.executor.context;
        let steps = load::steps(context, item.stream).await?;
        let create = StepKey::from(CREATE_STEP);
        let Some(state) = steps.get(&create).filter(|state| state.top().is_some()) else {
            return Ok(Vec::new());
        };
        let object =
            UndoTarget { key: &item.key, stream: item.stream, step: &create, state, effect: None };
        let touched = match self.needed_by(&item.key) {
            Some(by) => vec![format!("needed by {by}")],
            None => self.looker.touched(&item.key, item.stream, &steps).await?,
        };
        if !touched.is_empty() {
            self.undoer.keep_object(&object, &touched, outcomes)?;
            self.undoer.executor.flush(outcomes).await?;
            self.needs(&item.key, item.stream).await?;
            return Ok(Vec::new());
        }
        let (_, beside) =
            item.effects.split_last().map_or((None, &[][..]), |(last, all)| (Some(last), all));
        let mut words = self.restore(item, beside, outcomes).await?;
        let undone = self.undoer.remove(&object, outcomes).await?;
        words.push(word(Action::Remove, &undone));
        Ok(words)
    }

    /// Takes effects back one by one, the latest first.
    async fn restore(
        &self,
        item: &RollbackItem,
        effects: &[Position],
        outcomes: &mut PendingOutcomes,
    ) -> Result<Vec<&'static str>, EngineError> {
        let context = self.undoer.executor.context;
        let mut words = Vec::new();
        for at in effects {
            if context.is_stopping() {
                return Ok(words);
            }
            self.undoer.executor.flush(outcomes).await?;
            let steps = load::steps(context, item.stream).await?;
            let found = steps
                .iter()
                .find_map(|(step, state)| Some((step, state, state.effect(*at)?)))
                .filter(|(_, _, effect)| effect.stands());
            let Some((step, state, effect)) = found else { continue };
            let target = UndoTarget {
                key: &item.key,
                stream: item.stream,
                step,
                state,
                effect: Some(effect),
            };
            let undone = self.undoer.take_back(&target, outcomes).await?;
            words.push(word(Action::Restore, &undone));
        }
        Ok(words)
    }

    fn needed_by(&self, key: &SourceKey) -> Option<String> {
        self.needed.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// What is kept keeps what it depends on.
    async fn needs(&self, own: &SourceKey, stream: StreamId) -> Result<(), EngineError> {
        let keys = closure::needs(self.undoer.executor.context, stream).await?;
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys.into_keys() {
            needed.entry(key).or_insert_with(|| own.to_string());
        }
        Ok(())
    }
}

/// What was done, in a word for the report.
fn word(action: Action, undone: &Undone) -> &'static str {
    match undone {
        Undone::Done { by: None, already_gone: false } => "untouched",
        Undone::Done { by: None, already_gone: true } => "already_gone",
        Undone::Done { by: Some(by), already_gone } => match action {
            Action::Restore => "restored",
            Action::Remove if *already_gone => "already_gone",
            Action::Remove if residue::archives(*by) => "archived",
            Action::Remove => "deleted",
        },
        Undone::Kept => "kept",
        Undone::Impossible => "impossible",
        Undone::Failed => "stuck",
    }
}
