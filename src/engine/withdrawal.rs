//! Withdrawals: records that were moved, and that the source has since erased, merged, deleted or
//! left out. What stands of them in Intercom is never passed over: a decision says whether it is
//! kept or taken back, and until it is taken the record waits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::context::Context;
use super::error::EngineError;
use super::load;
use super::policy::{WithdrawnPolicy, WritePolicy};
use super::residue::RollbackReport;
use super::{rollback, rollback_plan};
use crate::destination::contract::Destination;
use crate::destination::intercom::undo::UndoBy;
use crate::mapping::erased;
use crate::mapping::policy::Withdrawn;
use crate::model::lifecycle::RecordStage;
use crate::model::{Event, Position, RunId, SourceKey, StepKey, StreamId};
use crate::projection::{EffectEnd, RecordState, StepMap, WorkQueue};

/// Rows looked at per page.
const PAGE_ROWS: usize = 1_000;

/// The rule by which a record that is gone from the source is left out.
pub const GONE: &str = "gone from the source";

/// Why the source no longer stands behind something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A full export no longer holds it.
    Gone,
    /// It was left out since, by this rule.
    LeftOut(String),
    /// It became part of this record.
    Merged(String),
    /// It is for people to do, in this document.
    ByHand(String),
    /// The person is erased or anonymised there.
    Forgotten,
}

impl Why {
    /// Whether the person has to be asked who is responsible for personal data.
    fn is_forgotten(&self) -> bool {
        match self {
            Self::Forgotten => true,
            Self::Gone | Self::LeftOut(_) | Self::Merged(_) | Self::ByHand(_) => false,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Gone => "it is gone at the source".to_owned(),
            Self::LeftOut(rule) => format!("it is left out since: {rule}"),
            Self::Merged(into) => format!("it is part of {into} at the source"),
            Self::ByHand(document) => format!("it is for people to do since: {document}"),
            Self::Forgotten => "the person is erased or anonymised at the source".to_owned(),
        }
    }
}

/// What is done with what stands of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It stays, by decision.
    Keep,
    /// It is taken back.
    Remove,
    /// It stays although it was to be taken back: somebody touched it, or Intercom offers no way.
    /// The residue says which.
    Stays,
    /// Nobody has decided: it waits.
    Undecided,
}

/// A record that the source has withdrawn while something of it stands in Intercom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withdrawal {
    /// The record.
    pub key: SourceKey,
    /// Why.
    pub why: Why,
    /// What is done.
    pub action: Action,
    /// Objects in Intercom that stand.
    pub objects: Vec<String>,
    /// Its stream.
    #[serde(skip)]
    pub stream: StreamId,
    /// It is counted among what waits already.
    #[serde(skip)]
    pub queued: bool,
    /// The record whose steps wrote it: itself, or the thread of a message.
    #[serde(skip)]
    pub root: StreamId,
    /// Effects that stand, of a message alone.
    #[serde(skip)]
    pub only: Option<BTreeSet<Position>>,
}

/// What came of the withdrawals of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WithdrawalReport {
    /// What was taken back, by what was done.
    pub done: crate::model::event::Counts,
    /// Records that wait for decision G14, with why.
    pub waiting: BTreeMap<String, String>,
}

/// Everything that the source has withdrawn and that stands in Intercom.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn all(
    context: &Context,
    policy: WithdrawnPolicy,
) -> Result<Vec<Withdrawal>, EngineError> {
    let mut found = Vec::new();
    let (mut from, to) = WorkQueue::withdrawn_range(None);
    loop {
        let rows = context.ledger.scan(WorkQueue::NAME, &from, Some(&to), PAGE_ROWS).await?;
        let Some((last, _)) = rows.last() else { break };
        from = [last.as_slice(), &[0]].concat();
        let streams: Vec<StreamId> =
            rows.iter().filter_map(|(key, _)| WorkQueue::stream(key)).collect();
        let keys = context.ledger.keys(&streams).await?;
        let states = context.states(&streams).await?;
        for ((stream, key), state) in streams.into_iter().zip(keys).zip(states) {
            let one = match state.parent {
                Some(root) if state.phase.is_none() => {
                    message(context, policy, (key, stream), &state, root).await?
                }
                // Also what was on its own before it became part of another.
                Some(_) | None => record(context, policy, (key, stream), &state).await?,
            };
            found.extend(one);
        }
    }
    // A message goes with its thread.
    let whole: BTreeSet<StreamId> =
        found.iter().filter(|one| one.only.is_none()).map(|one| one.root).collect();
    found.retain(|one| one.only.is_none() || !whole.contains(&one.root));
    Ok(found)
}

async fn record(
    context: &Context,
    policy: WithdrawnPolicy,
    (key, stream): (SourceKey, StreamId),
    state: &RecordState,
) -> Result<Option<Withdrawal>, EngineError> {
    if state.phase.is_none() {
        return Ok(None);
    }
    let Some(why) = why(context, state).await? else { return Ok(None) };
    let steps = load::steps(context, stream).await?;
    let own = Own { key, stream, queued: state.stage == RecordStage::Queued };
    Ok(withdrawal(policy, own, why, stream, None, &steps))
}

/// A message that is gone while its thread is not.
async fn message(
    context: &Context,
    policy: WithdrawnPolicy,
    (key, stream): (SourceKey, StreamId),
    state: &RecordState,
    root: StreamId,
) -> Result<Option<Withdrawal>, EngineError> {
    if !state.vanished || lives_on(context, root, &key).await? {
        return Ok(None);
    }
    let step = format!("part:{key}");
    let files = format!("{step}#");
    let is_own = |key: &StepKey| key.as_str() == step || key.as_str().starts_with(&files);
    let steps: StepMap =
        load::steps(context, root).await?.into_iter().filter(|(step, _)| is_own(step)).collect();
    let effects = steps.values().flat_map(|state| state.standing());
    let only = effects.map(|effect| effect.at).collect();
    let own = Own { key, stream, queued: false };
    Ok(withdrawal(policy, own, Why::Gone, root, Some(only), &steps))
}

/// Whether a message that is gone stands in the source under another id: that one is merged into
/// it.
async fn lives_on(context: &Context, root: StreamId, key: &SourceKey) -> Result<bool, EngineError> {
    let parts = load::parts(context, &[root]).await?.remove(&root).unwrap_or_default();
    let merged = parts
        .iter()
        .filter(|part| part.state.stage == RecordStage::Merged && !part.state.vanished)
        .filter_map(|part| part.state.settled_at);
    let events = context.ledger.read_at(&merged.collect::<Vec<_>>()).await?;
    Ok(events.into_iter().flatten().any(|recorded| match recorded.event {
        Event::RecordMerged(merged) => merged.into == *key,
        _ => false,
    }))
}

/// The record that is withdrawn.
struct Own {
    key: SourceKey,
    stream: StreamId,
    queued: bool,
}

fn withdrawal(
    policy: WithdrawnPolicy,
    own: Own,
    why: Why,
    root: StreamId,
    only: Option<BTreeSet<Position>>,
    steps: &StepMap,
) -> Option<Withdrawal> {
    let standing: Vec<_> = steps.values().flat_map(|state| state.standing()).collect();
    if standing.is_empty() {
        return None;
    }
    let decided = if why.is_forgotten() { policy.forgotten } else { Some(policy.gone) };
    // What was tried and found to be touched by people, or beyond undoing, is not tried again.
    let tried = |end: &EffectEnd| match end {
        EffectEnd::Kept { .. } | EffectEnd::Impossible { .. } => true,
        EffectEnd::Stands
        | EffectEnd::Stuck { .. }
        | EffectEnd::Undone { .. }
        | EffectEnd::WentWithObject => false,
    };
    let action = match decided {
        None => Action::Undecided,
        Some(Withdrawn::Keep) => Action::Keep,
        Some(Withdrawn::Remove) if standing.iter().any(|effect| tried(&effect.end)) => {
            Action::Stays
        }
        Some(Withdrawn::Remove) => Action::Remove,
    };
    let objects = standing.iter().filter_map(|effect| effect.object.as_ref());
    let objects: BTreeSet<String> = objects.map(ToString::to_string).collect();
    let (Own { key, stream, queued }, objects) = (own, objects.into_iter().collect());
    Some(Withdrawal { key, why, action, objects, stream, queued, root, only })
}

/// Why the source no longer stands behind a record; none if it does.
async fn why(context: &Context, state: &RecordState) -> Result<Option<Why>, EngineError> {
    let said = match state.stage {
        RecordStage::Excluded
        | RecordStage::Queued
        | RecordStage::HandedOff
        | RecordStage::Merged => match state.settled_at {
            Some(at) => context.ledger.read_at(&[at]).await?.pop().flatten(),
            None => None,
        },
        RecordStage::Unseen
        | RecordStage::Read
        | RecordStage::Vanished
        | RecordStage::Rejected
        | RecordStage::Drafted
        | RecordStage::Written
        | RecordStage::Undone => None,
    };
    let gone = state.vanished.then_some(Why::Gone);
    Ok(match said.map(|recorded| recorded.event) {
        Some(Event::RecordExcluded(excluded)) => match excluded.rule.as_str() {
            erased::SKIPPED => Some(Why::Forgotten),
            GONE => Some(Why::Gone),
            rule => Some(Why::LeftOut(rule.to_owned())),
        },
        Some(Event::RecordQueued(queued)) if queued.reason == erased::HELD => Some(Why::Forgotten),
        Some(Event::RecordHandedOff(by_hand)) => Some(Why::ByHand(by_hand.document)),
        Some(Event::RecordMerged(merged)) => Some(Why::Merged(merged.into.to_string())),
        _ => gone,
    })
}

/// Takes back what is to be taken back, and names what waits.
///
/// # Errors
/// If the ledger refuses, or Intercom stops the run or cannot be reached.
pub async fn perform(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    policy: &WritePolicy,
) -> Result<WithdrawalReport, EngineError> {
    let mut report = WithdrawalReport::default();
    let mut records: BTreeMap<StreamId, Option<BTreeSet<Position>>> = BTreeMap::new();
    for one in all(context, policy.withdrawn).await? {
        match one.action {
            Action::Keep | Action::Stays => {}
            Action::Undecided => {
                let why = format!("{}: decision G14 says what of it stays", one.why.words());
                report.waiting.insert(one.key.to_string(), why);
            }
            Action::Remove => {
                match (records.entry(one.root).or_insert(Some(BTreeSet::new())), one.only) {
                    (Some(taken), Some(more)) => taken.extend(more),
                    (whole, None) => *whole = None,
                    (None, Some(_)) => {}
                }
            }
        }
    }
    if records.is_empty() {
        return Ok(report);
    }
    let plan = rollback_plan::of_records(context, run, "withdrawn at the source", records);
    let plan = plan.await?;
    // A contact is archived, so that the conversations of others with it stay.
    let by = UndoBy { delete_contacts: false, redact_parts: true, admin_id: policy.admin.clone() };
    let undone: RollbackReport =
        rollback::perform(context, run, destination, &plan, &by, policy).await?;
    report.done = undone.done;
    report.waiting.extend(undone.stuck);
    Ok(report)
}
