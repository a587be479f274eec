//! What a rollback would do, as Intercom stands now: a look at each object, nothing sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use serde::Serialize;

use super::closure;
use super::context::Context;
use super::error::EngineError;
use super::executor::Executor;
use super::load;
use super::policy::WritePolicy;
use super::rollback_plan::{Rollback, Taken};
use super::slice::{Action, RollbackItem};
use super::touched::{ERASED, Looker};
use super::undo::{UndoTarget, Undoer, Way};
use crate::destination::contract::Destination;
use crate::destination::intercom::undo::UndoBy;
use crate::model::event::Counts;
use crate::model::{Position, RunId, SourceKey, StepKey};
use crate::projection::StepMap;
use crate::projection::id_map::CREATE_STEP;

/// What a rollback would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Forecast {
    /// Effects by what would become of them.
    pub would: Counts,
    /// What would be kept, and why.
    pub kept: BTreeMap<String, Vec<String>>,
    /// What would stay, by kind: Intercom offers no way.
    pub residue: Counts,
    /// Requests that would change something.
    pub requests: u64,
    /// Milliseconds that looking took; undoing asks as often again, and sends the requests.
    pub looked_ms: u64,
    /// Milliseconds that the rollback is expected to take at the pace of this look.
    pub expected_ms: u64,
}

/// Looks at everything that a plan names.
///
/// # Errors
/// If the ledger or Intercom cannot be read.
pub async fn forecast(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    plan: &Rollback,
    by: &UndoBy,
    policy: &WritePolicy,
) -> Result<Forecast, EngineError> {
    let (waivers, looks) = (&policy.waivers, &policy.looks);
    let executor = Executor { context, destination, run, waivers, looks };
    let seer = Seer {
        undoer: Undoer { executor, by },
        looker: Looker::new(context, destination),
        needed: Mutex::default(),
    };
    let began = context.env.now();
    let mut whole = Forecast::default();
    context.progress.begin("look", Some(plan.len()));
    for rank in plan.ranks() {
        let mut seen = futures::stream::iter(rank)
            .map(|record| seer.record(plan, record))
            .buffer_unordered(policy.concurrency.max(1));
        while let Some(one) = seen.next().await {
            context.progress.advance(1);
            whole.add(one?);
        }
    }
    context.progress.end();
    whole.looked_ms = u64::try_from(context.env.now().0 - began.0).unwrap_or(0);
    let items = plan.len().max(1);
    whole.expected_ms = whole.looked_ms + whole.looked_ms.saturating_mul(whole.requests) / items;
    Ok(whole)
}

impl Forecast {
    fn add(&mut self, other: Self) {
        for (word, count) in other.would {
            *self.would.entry(word).or_default() += count;
        }
        for (kind, count) in other.residue {
            *self.residue.entry(kind).or_default() += count;
        }
        self.kept.extend(other.kept);
        self.requests += other.requests;
    }

    fn would(&mut self, word: &str) {
        *self.would.entry(word.to_owned()).or_default() += 1;
    }
}

struct Seer<'a> {
    undoer: Undoer<'a>,
    looker: Looker<'a>,
    /// Records that something kept depends on, with what that is.
    needed: Mutex<BTreeMap<SourceKey, String>>,
}

impl Seer<'_> {
    async fn record(&self, plan: &Rollback, record: &Taken) -> Result<Forecast, EngineError> {
        let context = self.undoer.executor.context;
        match plan.item(context, record).await? {
            Some(item) => self.item(&item).await,
            None => Ok(Forecast::default()),
        }
    }

    async fn item(&self, item: &RollbackItem) -> Result<Forecast, EngineError> {
        let context = self.undoer.executor.context;
        let mut seen = Forecast::default();
        let steps = load::steps(context, item.stream).await?;
        let create = StepKey::from(CREATE_STEP);
        let mut effects = &item.effects[..];
        if item.action == Action::Remove
            && let Some(state) = steps.get(&create)
        {
            let needed = {
                let needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
                needed.get(&item.key).cloned()
            };
            let touched = match needed {
                Some(by) => vec![format!("needed by {by}")],
                None => self.looker.touched(&item.key, item.stream, &steps).await?,
            };
            if !touched.is_empty() {
                let needs = closure::needs(context, item.stream).await?;
                let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
                for key in needs.into_keys() {
                    needed.entry(key).or_insert_with(|| item.key.to_string());
                }
                seen.would("keep");
                seen.kept.insert(item.key.to_string(), touched);
                return Ok(seen);
            }
            let stream = item.stream;
            let target = UndoTarget { key: &item.key, stream, step: &create, state, effect: None };
            match self.undoer.removal(&target).await? {
                Some(request) => {
                    seen.requests += 1;
                    let (word, left) = super::residue::removal(request.operation);
                    seen.would(word);
                    if let Some(kind) = left {
                        *seen.residue.entry(kind.to_owned()).or_default() += 1;
                    }
                }
                None => seen.would("stay"),
            }
            effects = effects.split_last().map_or(&[][..], |(_, beside)| beside);
        }
        self.effects(item, &steps, effects, &mut seen).await?;
        seen.kept.retain(|_, fields| !fields.is_empty());
        Ok(seen)
    }

    /// What would become of single effects.
    async fn effects(
        &self,
        item: &RollbackItem,
        steps: &StepMap,
        effects: &[Position],
        seen: &mut Forecast,
    ) -> Result<(), EngineError> {
        for at in effects {
            let found =
                steps.iter().find_map(|(step, state)| Some((step, state, state.effect(*at)?)));
            let Some((step, state, effect)) = found else { continue };
            let stream = item.stream;
            let effect = Some(effect);
            let target = UndoTarget { key: &item.key, stream, step, state, effect };
            let way = match self.undoer.way(&target).await {
                Err(EngineError::Erased(_)) => {
                    seen.would("keep");
                    let kept = seen.kept.entry(item.key.to_string()).or_default();
                    kept.push(format!("{step}: {ERASED}"));
                    continue;
                }
                way => way?,
            };
            match way {
                Way::Gone => seen.would("be_gone_already"),
                Way::Back(back) => {
                    seen.requests += back.requests.len() as u64;
                    seen.would(if back.requests.is_empty() { "need_nothing" } else { "restore" });
                    let names = back.kept.iter().map(|field| field.field.clone());
                    seen.kept.entry(item.key.to_string()).or_default().extend(names);
                }
                Way::Never(requests) => {
                    seen.requests += requests.len() as u64;
                    seen.would("stay");
                    *seen.residue.entry("impossible".to_owned()).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}
