//! Takes a migration back: a plan first, then exactly that plan, dependents before what they depend
//! on. What people touched since stays and is named; what cannot be undone is certified as residue.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::context::{Context, own_key};
use super::error::EngineError;
use super::load;
use super::slice::{Action, RollbackItem, Slice};
use super::step::{ADOPT, Door, Tail};
use super::touched::Looker;
use super::undo::{UndoTarget, Undoer, Undone};
use crate::destination::contract::Destination;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::undo::UndoBy;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::{Counts, Phase, ResidueCertified, RollbackPlanned};
use crate::model::lifecycle::StepStage;
use crate::model::{DestinationId, Digest, RunId, SourceKey, StepKey, StreamId, canonical_json};
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

/// Something that stays in Intercom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Residue {
    /// Short stable name of the kind.
    pub kind: String,
    /// The record.
    pub key: String,
    /// The objects that show it.
    pub objects: Vec<String>,
    /// What stays, and why.
    pub what: String,
}

/// What a rollback did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RollbackReport {
    /// Objects by what was done.
    pub done: Counts,
    /// What stays because people touched it, with what they touched.
    pub kept: BTreeMap<String, Vec<String>>,
    /// What Intercom refused to undo: a person must look.
    pub stuck: BTreeMap<String, String>,
    /// Everything that stays.
    pub residue: Vec<Residue>,
}

impl RollbackReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        let mut counts = self.done.clone();
        counts.insert("kept".to_owned(), self.kept.len() as u64);
        counts.insert("stuck".to_owned(), self.stuck.len() as u64);
        counts.insert("residue".to_owned(), self.residue.len() as u64);
        counts
    }
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
    let made_at = create.and_then(|(_, state)| state.first_effect_at).map_or(0, |at| at.0);
    let Some(key) = context.ledger.keys(&[stream]).await?.pop() else {
        return Ok(None);
    };
    let (action, steps) = if ours {
        (Action::Remove, vec![StepKey::from(CREATE_STEP)])
    } else {
        (Action::Restore, steps.into_iter().map(|(step, _)| step).collect())
    };
    let order = (rank, std::cmp::Reverse(made_at));
    Ok(Some(RollbackItem { key, action, steps, order, stream: Some(stream) }))
}

/// Order of undoing (FACTS §6): what depends on others first.
fn rank(phase: Option<Phase>, create: Option<&str>) -> u8 {
    let is = |operation: Operation| create == Some(operation.spec().name);
    match phase {
        Some(Phase::Conversations) => 0,
        Some(Phase::Objects) => 1,
        Some(Phase::Contacts) => 2,
        Some(Phase::Companies) => 3,
        Some(Phase::Articles) if is(Operation::CollectionCreate) => 5,
        Some(Phase::Articles) => 4,
        Some(Phase::Schema) if is(Operation::TagCreate) => 6,
        Some(Phase::Schema | Phase::Handoff) | None => 7,
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
    waivers: &HashSet<String>,
) -> Result<RollbackReport, EngineError> {
    let door = Door { context, destination, run, waivers };
    let mut performer = Performer {
        undoer: Undoer { door, by },
        looker: Looker::new(context, destination),
        needed: BTreeMap::new(),
        report: RollbackReport::default(),
    };
    context.progress.begin("roll back", Some(plan.items.len() as u64));
    for item in &plan.items {
        performer.item(item).await?;
        context.progress.advance(1);
        if context.is_stopping() {
            return Err(EngineError::Stopped);
        }
    }
    context.progress.end();
    let mut report = performer.report;
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
    needed: BTreeMap<SourceKey, String>,
    report: RollbackReport,
}

impl Performer<'_> {
    async fn item(&mut self, item: &RollbackItem) -> Result<(), EngineError> {
        let context = self.undoer.door.context;
        let Some(stream) = item.stream else {
            return Ok(());
        };
        let steps = load::steps(context, stream).await?;
        let mut tail = Tail::default();
        if item.action == Action::Remove
            && let Some(state) = steps.get(&StepKey::from(CREATE_STEP))
        {
            let touched = match self.needed.get(&item.key) {
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
                let step = StepKey::from(CREATE_STEP);
                let target = UndoTarget { key: &item.key, stream, step: &step, state };
                self.undoer.keep(&target, &touched, &mut tail);
                self.undoer.door.flush(&mut tail).await?;
                return self.kept(item, stream, state, touched).await;
            }
        }
        for step in &item.steps {
            let Some(state) = steps.get(step) else {
                continue;
            };
            let target = UndoTarget { key: &item.key, stream, step, state };
            let undone = self.undoer.take_back(&target, &mut tail).await?;
            self.undoer.door.flush(&mut tail).await?;
            if let Undone::Done { by: Some(by), .. } = &undone
                && item.action == Action::Remove
                && archives(*by)
            {
                self.notes(item, &steps);
            }
            let own = steps.get(&StepKey::from(CREATE_STEP)).and_then(|own| own.object.as_ref());
            self.count(item, step, state, own.map(DestinationId::as_str), undone);
        }
        Ok(())
    }

    async fn kept(
        &mut self,
        item: &RollbackItem,
        stream: StreamId,
        state: &StepState,
        touched: Vec<String>,
    ) -> Result<(), EngineError> {
        for key in super::closure::needs(self.undoer.door.context, stream).await? {
            self.needed.entry(key).or_insert_with(|| item.key.to_string());
        }
        let what = format!("kept: {}", touched.join(", "));
        self.residue("kept", item, state, what);
        self.report.kept.insert(item.key.to_string(), touched);
        Ok(())
    }

    /// Notes stay on what is archived (FACTS §5.2).
    fn notes(&mut self, item: &RollbackItem, steps: &BTreeMap<StepKey, StepState>) {
        let names = [Operation::ContactNote, Operation::CompanyNote].map(|note| note.spec().name);
        for state in steps.values().filter(|state| state.stage.is_in_effect()) {
            if names.contains(&state.operation.as_str()) {
                let what = "a note stays on the archived object".to_owned();
                self.residue("note_archived", item, state, what);
            }
        }
    }

    fn count(
        &mut self,
        item: &RollbackItem,
        step: &StepKey,
        state: &StepState,
        own: Option<&str>,
        undone: Undone,
    ) {
        let mut done = |word: &str| *self.report.done.entry(word.to_owned()).or_default() += 1;
        match undone {
            Undone::Done { kept, by, already_gone } => {
                done(match (item.action, by) {
                    (_, None) => "untouched",
                    (Action::Restore, _) => "restored",
                    (Action::Remove, _) if already_gone => "already_gone",
                    (Action::Remove, Some(by)) if archives(by) => "archived",
                    (Action::Remove, _) => "deleted",
                });
                if let Some(what) = by.and_then(|by| left_by(item.action, by)) {
                    self.residue(what.0, item, state, what.1.to_owned());
                }
                for field in kept {
                    let what = format!("field {field} keeps the value it was given");
                    self.residue("field_kept", item, state, what);
                }
            }
            Undone::Impossible { reason } => {
                done("impossible");
                self.residue_on(item, state, own, format!("step {step}: {reason}"));
            }
            Undone::Failed { code } => {
                let what = format!("Intercom refuses to undo step {step}: {code}");
                self.report.stuck.insert(item.key.to_string(), what.clone());
                self.residue("stuck", item, state, what);
            }
        }
    }

    fn residue(&mut self, kind: &str, item: &RollbackItem, state: &StepState, what: String) {
        if state.operation == ADOPT && kind != "kept" {
            return;
        }
        self.report.residue.push(Residue {
            kind: kind.to_owned(),
            key: item.key.to_string(),
            objects: state.object.iter().map(ToString::to_string).collect(),
            what,
        });
    }

    /// Something that stays on an object that was there before.
    fn residue_on(
        &mut self,
        item: &RollbackItem,
        state: &StepState,
        own: Option<&str>,
        what: String,
    ) {
        self.residue("impossible", item, state, what);
        if let (Some(residue), Some(own)) = (self.report.residue.last_mut(), own) {
            residue.objects.push(own.to_owned());
        }
    }
}

fn archives(by: Operation) -> bool {
    matches!(
        by,
        Operation::ContactArchive
            | Operation::CompanyDelete
            | Operation::DataAttributeArchive
            | Operation::ConversationAttributeArchive
    )
}

/// What an undo leaves behind although it succeeded (FACTS §6, §10).
fn left_by(action: Action, by: Operation) -> Option<(&'static str, &'static str)> {
    match (action, by) {
        (Action::Remove, Operation::ContactArchive) => {
            Some(("contact_archived", "the contact is archived, not deleted (decision)"))
        }
        (Action::Remove, Operation::ContactDelete) => {
            Some(("identity_locked", "the identity stays locked for about seven days"))
        }
        (Action::Remove, Operation::CompanyDelete) => {
            Some(("company_archived", "Intercom archives companies, it never deletes them"))
        }
        (
            Action::Remove,
            Operation::DataAttributeArchive | Operation::ConversationAttributeArchive,
        ) => Some(("attribute_archived", "Intercom archives attributes, it never deletes them")),
        (Action::Remove, Operation::ConversationDelete) => {
            Some(("metrics_retained", "reports keep a row for the deleted conversation"))
        }
        _ => None,
    }
}
