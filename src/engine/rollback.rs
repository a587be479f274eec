//! Takes a migration back: exactly the plan, dependents before what they depend on. What people
//! touched since stays and is named; what cannot be undone is certified as residue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt};

use super::closure::{self, Need};
use super::context::{Context, own_key};
use super::error::EngineError;
use super::executor::{Executor, PendingOutcomes};
use super::load;
use super::pending;
use super::policy::WritePolicy;
use super::residue::{self, Residue, RollbackReport};
use super::rollback_plan::{RANK_COLLECTIONS, RANK_OBJECTS, Rollback, Taken};
use super::slice::{Action, RollbackItem};
use super::touched::{ERASED, Looker};
use super::undo::{UndoTarget, Undoer, Undone};
use crate::destination::contract::Destination;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::undo::UndoBy;
use crate::ledger::NewEvent;
use crate::model::event::{Counts, ResidueCertified};
use crate::model::{Position, RunId, SourceKey, StepKey, StreamId, canonical_json};
use crate::projection::Effect;
use crate::projection::id_map::CREATE_STEP;

/// Items of residue in one event of a certificate.
const CERTIFIED_AT_ONCE: usize = 1_000;

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
        links: Mutex::default(),
    };
    let mut done = Counts::new();
    context.progress.begin("roll back", Some(plan.len()));
    for rank in plan.ranks() {
        let nested =
            rank.first().is_some_and(|one| matches!(one.rank, RANK_OBJECTS | RANK_COLLECTIONS));
        let width = if nested { 1 } else { policy.concurrency.max(1) };
        performer.rank(plan, rank, width, &mut done).await?;
    }
    context.progress.end();
    certify(context, run, plan, done).await
}

/// Seals what stays, page by page: the residue as the ledger has it, however often a rollback was
/// interrupted.
async fn certify(
    context: &Context,
    run: RunId,
    plan: &Rollback,
    done: Counts,
) -> Result<RollbackReport, EngineError> {
    let mut report = RollbackReport { done, ..RollbackReport::default() };
    let mut all = std::pin::pin!(residue::each(context));
    let mut page = Vec::new();
    let mut number = 0;
    while let Some(one) = all.try_next().await? {
        report.add(&one);
        page.push(one);
        if page.len() == CERTIFIED_AT_ONCE {
            certified(context, run, plan, number, &page).await?;
            number += 1;
            page.clear();
        }
    }
    // An empty page says that nothing stays.
    if number == 0 || !page.is_empty() {
        certified(context, run, plan, number, &page).await?;
    }
    Ok(report)
}

async fn certified(
    context: &Context,
    run: RunId,
    plan: &Rollback,
    number: u32,
    page: &[Residue],
) -> Result<(), EngineError> {
    let mut counts = Counts::new();
    for one in page {
        *counts.entry(one.kind.clone()).or_default() += 1;
    }
    let event = NewEvent {
        content: plan.digest.into(),
        ordinal: number,
        payload: Some(canonical_json(&page)?),
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
    /// By record: steps of others that name its object and could not be taken back.
    links: Mutex<BTreeMap<SourceKey, Vec<Link>>>,
}

/// Steps of a record that put another record's object on it.
#[derive(Clone)]
struct Link {
    key: SourceKey,
    stream: StreamId,
    steps: BTreeSet<StepKey>,
}

impl Performer<'_> {
    /// Undoes records that do not depend on each other, side by side.
    async fn rank(
        &self,
        plan: &Rollback,
        records: &[Taken],
        width: usize,
        done: &mut Counts,
    ) -> Result<(), EngineError> {
        let context = self.undoer.executor.context;
        let records = futures::stream::iter(records);
        let records = records.map(|record| self.record(plan, record));
        let mut told = records.buffer_unordered(width);
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

    async fn record(
        &self,
        plan: &Rollback,
        record: &Taken,
    ) -> Result<Vec<&'static str>, EngineError> {
        let context = self.undoer.executor.context;
        if context.is_stopping() {
            return Ok(Vec::new());
        }
        let Some(item) = &plan.item(context, record).await? else { return Ok(Vec::new()) };
        let mut outcomes = PendingOutcomes::default();
        let ended = match item.action {
            Action::Remove => self.remove(plan, item, &mut outcomes).await,
            Action::Restore => self.restore(item, &item.effects, &mut outcomes).await,
        };
        self.undoer.executor.flush(&mut outcomes).await?;
        ended
    }

    async fn remove(
        &self,
        plan: &Rollback,
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
        match undone {
            Undone::Failed => self.is_stuck(&item.key, item.stream, outcomes).await?,
            Undone::Done { .. } => {
                for link in self.links_to(&item.key) {
                    self.went(&link, outcomes).await?;
                }
                for (stream, steps) in plan.links_to(item.stream) {
                    self.leads_nowhere(&item.key, *stream, steps, outcomes).await?;
                }
            }
            Undone::Kept | Undone::Impossible => {}
        }
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
            let undone = match self.undoer.take_back(&target, outcomes).await {
                // Nobody knows any more what stood before.
                Err(EngineError::Erased(_)) => {
                    self.undoer.keep_object(&target, &[ERASED.to_owned()], outcomes)?
                }
                undone => undone?,
            };
            if undone == Undone::Failed {
                self.is_stuck(&item.key, item.stream, outcomes).await?;
            }
            words.push(word(Action::Restore, &undone));
        }
        Ok(words)
    }

    /// What Intercom refuses to take back keeps what it cannot be without. What is only put on it
    /// goes nevertheless, and is then gone from it.
    async fn is_stuck(
        &self,
        own: &SourceKey,
        stream: StreamId,
        outcomes: &mut PendingOutcomes,
    ) -> Result<(), EngineError> {
        let context = self.undoer.executor.context;
        for (key, need) in closure::needs(context, stream).await? {
            let steps = match need {
                Need::Whole => {
                    let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
                    needed.entry(key).or_insert_with(|| own.to_string());
                    continue;
                }
                Need::Steps(steps) => steps,
                Need::Links(_) | Need::Values => continue,
            };
            let link = Link { key: own.clone(), stream, steps };
            let owner = context.ledger.streams(std::slice::from_ref(&key)).await?.pop().flatten();
            let stands = match owner {
                Some(owner) => {
                    let steps = load::steps(context, owner).await?;
                    let create = steps.get(&StepKey::from(CREATE_STEP));
                    create.is_some_and(|state| state.top().is_some())
                }
                None => true,
            };
            if stands {
                let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
                links.entry(key).or_default().push(link);
            } else {
                self.went(&link, outcomes).await?;
            }
        }
        Ok(())
    }

    fn links_to(&self, key: &SourceKey) -> Vec<Link> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.remove(key).unwrap_or_default()
    }

    /// Records that links are gone, because what they led to is.
    async fn went(&self, link: &Link, outcomes: &mut PendingOutcomes) -> Result<(), EngineError> {
        self.undoer.executor.flush(outcomes).await?;
        let steps = load::steps(self.undoer.executor.context, link.stream).await?;
        for (step, state) in steps.iter().filter(|(step, _)| link.steps.contains(*step)) {
            let (key, stream) = (&link.key, link.stream);
            let Some(effect) = state.top().filter(|effect| is_link(effect)) else { continue };
            let target = UndoTarget { key, stream, step, state, effect: Some(effect) };
            self.undoer.is_gone(&target, outcomes);
            self.undoer.executor.flush(outcomes).await?;
        }
        Ok(())
    }

    /// Records that words which stay lead to something that is gone: they are written anew once it
    /// is there again.
    async fn leads_nowhere(
        &self,
        gone: &SourceKey,
        stream: StreamId,
        steps: &BTreeSet<StepKey>,
        outcomes: &mut PendingOutcomes,
    ) -> Result<(), EngineError> {
        self.undoer.executor.flush(outcomes).await?;
        let context = self.undoer.executor.context;
        let Some(key) = context.ledger.keys(&[stream]).await?.pop() else { return Ok(()) };
        let states = load::steps(context, stream).await?;
        for (step, state) in states.iter().filter(|(step, _)| steps.contains(*step)) {
            let Some(effect) = state.top() else { continue };
            let target = UndoTarget { key: &key, stream, step, state, effect: Some(effect) };
            self.undoer.leads_nowhere(&target, gone, outcomes)?;
            self.undoer.executor.flush(outcomes).await?;
        }
        Ok(())
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

/// Whether an effect put one object on another.
fn is_link(effect: &Effect) -> bool {
    Operation::from_name(&effect.operation).is_some_and(pending::links)
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
