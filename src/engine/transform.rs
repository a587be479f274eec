//! Stage 2: maps records to drafts. The map itself is pure and lives in its own room.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::StreamExt;
use serde::Serialize;

use super::context::Context;
use super::error::EngineError;
use super::gather::{Gathered, gather};
use super::load::{self, Loaded};
use super::reach::{LOOKED_THROUGH, Reach, reach};
use super::recognised;
use super::setting::PAGE_RECORDS;
use super::subject::map_one;
use super::twin::SAME_MESSAGE;
use super::withdrawal::GONE;
use super::workspace;
use crate::ledger::NewEvent;
use crate::mapping::Context as Rules;
use crate::mapping::contact::NO_THREAD;
use crate::mapping::draft::{Becomes, Draft, Mapped, Outcome};
use crate::mapping::map::{renewed, schema};
use crate::mapping::policy::Withdrawn;
use crate::model::event::{
    Counts, Phase, RecordExcluded, RecordHandedOff, RecordMerged, RecordQueued, RecordTransformed,
};
use crate::model::lifecycle::RecordStage;
use crate::model::{Event, RecordKind, RunId, SourceKey, StreamId, canonical_json};
use crate::projection::{RecordState, WorkQueue};

/// What a transformation did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TransformReport {
    /// Records that were mapped.
    pub mapped: u64,
    /// Records with a draft.
    pub drafted: u64,
    /// Objects that no source record stands for.
    pub derived: u64,
    /// Records left out by a rule.
    pub excluded: u64,
    /// Records that wait for a person.
    pub queued: u64,
    /// Records for a person to move.
    pub handed_off: u64,
    /// Records that became part of another.
    pub merged: u64,
    /// Records whose bytes are erased.
    pub erased: u64,
    /// Records that came back from Intercom and wait for the workspace to be known.
    pub returned_waiting: u64,
    /// Every record was looked at for what it leads to.
    pub looked_through: bool,
}

impl TransformReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        [
            ("mapped", self.mapped),
            ("drafted", self.drafted),
            ("derived", self.derived),
            ("excluded", self.excluded),
            ("queued", self.queued),
            ("handed_off", self.handed_off),
            ("merged", self.merged),
            ("erased", self.erased),
            (recognised::WAITING, self.returned_waiting),
            (LOOKED_THROUGH, u64::from(self.looked_through)),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
    }
}

/// Most events in one append.
const APPEND_EVENTS_MAX: usize = 5_000;

/// Maps what changed, or everything if the map changed since the last time.
///
/// # Errors
/// If the ledger cannot be read or refuses, or a draft has no canonical form.
pub async fn transform(
    context: &Context,
    run: RunId,
    rules: Rules,
) -> Result<TransformReport, EngineError> {
    let runs = context.runs().await?;
    let mut reach = reach(&runs, run, context.mapping);
    if recognised::waits(&runs, run) && workspace::recorded(context).await?.is_some() {
        reach = Reach::All;
    }
    let rules = Arc::new(learn(context, rules).await?);
    let mut transformer = Transformer {
        context,
        run,
        rules: rules.clone(),
        all: reach == Reach::All,
        derived: HashSet::new(),
        report: TransformReport::default(),
    };
    context.progress.begin("map", None);
    transformer.derive(schema(&rules)).await?;
    transformer.derive(renewed(&rules)).await?;
    match reach {
        Reach::All => transformer.everything(Pass::Outcomes).await?,
        Reach::Queue => transformer.queue().await?,
        Reach::QueueAndGaps => {
            transformer.queue().await?;
            transformer.everything(Pass::Gaps).await?;
        }
    }
    context.progress.end();
    transformer.report.looked_through = reach != Reach::Queue;
    Ok(transformer.report)
}

/// Makes known to the rules what records may lead to: articles, companies, custom objects, teams.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn learn(context: &Context, mut rules: Rules) -> Result<Rules, EngineError> {
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let wanted: Vec<StreamId> = page
            .iter()
            .filter(|(_, state)| state.kind.is_some_and(|kind| rules.learns(kind)))
            .map(|(stream, _)| *stream)
            .collect();
        for loaded in load::records(context, &wanted).await? {
            if let Some(record) = &loaded.record {
                rules.learn(&loaded.key, record);
            }
        }
        let derived: Vec<StreamId> = page
            .iter()
            .filter(|(_, state)| state.kind.is_none() && state.phase == Some(Phase::Objects))
            .map(|(stream, _)| *stream)
            .collect();
        for key in context.ledger.keys(&derived).await? {
            rules.learn_derived(&key);
        }
    }
    Ok(rules)
}

/// Why a record that was on its own is no more: the source names the one that it is part of.
const PART_NOW: &str = "part_now";

/// What is done with a page of mapped records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// What became of them is recorded.
    Outcomes,
    /// Only what a run that was cut off may have left out is recorded.
    Gaps,
}

/// A record with what becomes of it; `None` if it is gone.
type MappedRecord = (Option<Mapped>, Gathered);

struct Transformer<'a> {
    context: &'a Context,
    run: RunId,
    rules: Arc<Rules>,
    all: bool,
    /// Derived objects met in this run: the first draft counts.
    derived: HashSet<SourceKey>,
    report: TransformReport,
}

impl Transformer<'_> {
    /// Maps every record that is no part of another.
    async fn everything(&mut self, pass: Pass) -> Result<(), EngineError> {
        let mut from = Vec::new();
        while let Some((page, next)) = load::state_page(self.context, &from).await? {
            from = next;
            let roots: Vec<StreamId> = page
                .iter()
                .filter(|(_, state)| state.kind.is_some() && state.read_at.is_some())
                .filter(|(_, state)| state.parent.is_none())
                .map(|(stream, _)| *stream)
                .collect();
            self.pages(&roots, pass).await?;
        }
        Ok(())
    }

    /// Maps what the queue holds.
    async fn queue(&mut self) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (from, to) = WorkQueue::transform_range(after);
            let ledger = &self.context.ledger;
            let rows = ledger.scan(WorkQueue::NAME, &from, Some(&to), PAGE_RECORDS * 4).await?;
            let streams: Vec<StreamId> =
                rows.iter().filter_map(|(key, _)| WorkQueue::transform_stream(key)).collect();
            let Some(last) = streams.last().copied() else {
                return Ok(());
            };
            after = Some(last);
            // What became part of another since it was queued is mapped with that one.
            let states = self.context.states(&streams).await?;
            let roots = streams.iter().zip(states).filter(|(_, state)| state.parent.is_none());
            let roots: Vec<StreamId> = roots.map(|(stream, _)| *stream).collect();
            self.pages(&roots, Pass::Outcomes).await?;
        }
    }

    /// Gathers, maps and appends page by page; a page is mapped while the next is gathered.
    async fn pages(&mut self, streams: &[StreamId], pass: Pass) -> Result<(), EngineError> {
        let context = self.context;
        let rules = self.rules.clone();
        let mut pages = futures::stream::iter(streams.chunks(PAGE_RECORDS))
            .map(|page| {
                let rules = rules.clone();
                async move {
                    let gathered = gather(context, page).await?;
                    tokio::task::spawn_blocking(move || {
                        gathered
                            .into_iter()
                            .map(|gathered| (map_one(&gathered, &rules), gathered))
                            .collect::<Vec<_>>()
                    })
                    .await
                    .map_err(|_| EngineError::Interrupted("mapping records"))
                }
            })
            .buffered(2);
        while let Some(page) = pages.next().await {
            match pass {
                Pass::Outcomes => self.append(page?).await?,
                Pass::Gaps => self.fill_gaps(page?).await?,
            }
            if context.is_stopping() {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }

    /// Appends what became of a page of records, each together with all that it leads to: cut off
    /// between the two, nothing would ever lead there again.
    async fn append(&mut self, page: Vec<MappedRecord>) -> Result<(), EngineError> {
        let count = page.len() as u64;
        self.report.mapped += count;
        let mut groups = Vec::new();
        if !self.all {
            let mut again = BTreeSet::new();
            let mut asking = BTreeSet::new();
            for (_, gathered) in page.iter().filter(|(mapped, _)| mapped.is_some()) {
                again.extend(gathered.duplicate_of.clone());
                asking.extend(gathered.contact.clone());
                asking.extend(gathered.writers.values().cloned());
            }
            again.extend(self.silent(asking).await?);
            for (_, gathered) in &page {
                again.remove(&gathered.root.key);
            }
            let firsts = self.firsts(again).await?;
            groups = self.groups(firsts).await?;
        }
        groups.extend(self.groups(page).await?);
        self.append_groups(groups).await?;
        self.context.progress.advance(count);
        Ok(())
    }

    /// The events of each record: what it leads to, its parts, and last itself, so that it stays
    /// in the queue until all of them are there.
    async fn groups(&mut self, page: Vec<MappedRecord>) -> Result<Vec<Vec<NewEvent>>, EngineError> {
        let mut own = Vec::with_capacity(page.len());
        let mut derived = Vec::new();
        for (place, (mapped, gathered)) in page.into_iter().enumerate() {
            let root = &gathered.root;
            let Some(mapped) = mapped else {
                let erased = !root.state.vanished;
                own.push(match erased {
                    true => self.erased(&gathered)?,
                    false => self.vanished(root).await?,
                });
                continue;
            };
            let mut events = Vec::new();
            let twins = gathered.twins.iter().cloned().map(|(key, into)| {
                (key, Outcome::Merged { into, reason: SAME_MESSAGE.to_owned() })
            });
            let returned = gathered.returned_parts.iter().cloned();
            let returned = returned.filter(|_| gathered.returned.is_none());
            // What it became when it was on its own may have to go.
            let joined = gathered.parts.iter().filter(|part| part.state.draft.is_some());
            let joined = joined.map(|part| {
                let (into, reason) = (root.key.clone(), PART_NOW.to_owned());
                (part.key.clone(), Outcome::Merged { into, reason })
            });
            let parts = mapped.parts.into_iter().chain(twins).chain(returned).chain(joined);
            for (key, outcome) in parts {
                if let Some(part) = gathered.parts.iter().find(|part| part.key == key)
                    && !stands(&part.state, &outcome)
                {
                    self.outcome(&part.key, &part.state, outcome, &mut events)?;
                }
            }
            self.outcome(&root.key, &root.state, mapped.outcome, &mut events)?;
            own.push(events);
            derived.extend(mapped.derived.into_iter().map(|draft| (place, draft)));
        }
        let mut groups: Vec<Vec<NewEvent>> = own.iter().map(|_| Vec::new()).collect();
        for (place, event) in self.fresh(derived).await? {
            groups[place].push(event);
        }
        for (group, own) in groups.iter_mut().zip(own) {
            group.extend(own);
        }
        Ok(groups)
    }

    /// Appends groups, each in one append unless it is larger than any may be.
    async fn append_groups(&self, groups: Vec<Vec<NewEvent>>) -> Result<(), EngineError> {
        let mut batch: Vec<NewEvent> = Vec::new();
        for group in groups {
            if batch.len() + group.len() > APPEND_EVENTS_MAX {
                self.context.ledger.append(self.run, std::mem::take(&mut batch)).await?;
            }
            batch.extend(group);
            while batch.len() > APPEND_EVENTS_MAX {
                let rest = batch.split_off(APPEND_EVENTS_MAX);
                self.context.ledger.append(self.run, std::mem::replace(&mut batch, rest)).await?;
            }
        }
        self.context.ledger.append(self.run, batch).await?;
        Ok(())
    }

    /// Appends what an earlier run left out: objects that records lead to, and what customers with
    /// one address add to the first of them.
    async fn fill_gaps(&mut self, page: Vec<MappedRecord>) -> Result<(), EngineError> {
        let count = page.len() as u64;
        let mut derived = Vec::new();
        let mut groups = Vec::new();
        for (mapped, gathered) in page {
            let (Some(mapped), root) = (mapped, &gathered.root) else {
                continue;
            };
            if let (Some(RecordKind::Contact), Outcome::Draft(draft)) =
                (root.state.kind, &mapped.outcome)
                && root.state.draft != Some(draft.digest()?)
            {
                let mut events = Vec::new();
                self.outcome(&root.key, &root.state, mapped.outcome, &mut events)?;
                groups.push(events);
            }
            derived.extend(mapped.derived.into_iter().map(|draft| (0, draft)));
        }
        for (_, event) in self.fresh(derived).await? {
            groups.push(vec![event]);
        }
        self.append_groups(groups).await?;
        self.context.progress.advance(count);
        Ok(())
    }

    /// Customers who stayed behind because they had asked for nothing so far.
    async fn silent(&self, keys: BTreeSet<SourceKey>) -> Result<Vec<SourceKey>, EngineError> {
        let keys: Vec<SourceKey> = keys.into_iter().collect();
        let streams = self.context.ledger.streams(&keys).await?;
        let known: Vec<StreamId> = streams.iter().flatten().copied().collect();
        let mut found = Vec::new();
        let states = self.context.states(&known).await?;
        let excluded = |state: &RecordState| state.stage == RecordStage::Excluded;
        for (stream, state) in known.iter().zip(states).filter(|(_, state)| excluded(state)) {
            let settled: Vec<_> = state.settled_at.into_iter().collect();
            let event = self.context.ledger.read_at(&settled).await?.pop().flatten();
            let silent = event.is_some_and(|recorded| match recorded.event {
                Event::RecordExcluded(excluded) => excluded.rule == NO_THREAD,
                _ => false,
            });
            if silent {
                found.extend(self.context.ledger.keys(&[*stream]).await?);
            }
        }
        Ok(found)
    }

    /// The first of several customers with one address takes what the others add.
    async fn firsts(&self, keys: BTreeSet<SourceKey>) -> Result<Vec<MappedRecord>, EngineError> {
        let keys: Vec<SourceKey> = keys.into_iter().collect();
        let mut streams: Vec<StreamId> =
            self.context.ledger.streams(&keys).await?.into_iter().flatten().collect();
        streams.sort_unstable();
        let gathered = gather(self.context, &streams).await?.into_iter();
        let mapped = gathered.map(|gathered| (map_one(&gathered, &self.rules), gathered));
        // One that is gone has its turn in the queue.
        Ok(mapped.filter(|(mapped, _)| mapped.is_some()).collect())
    }

    /// A record that is gone: what was written of it stays as decision G13 says, what was not is
    /// left out.
    async fn vanished(&mut self, root: &Loaded) -> Result<Vec<NewEvent>, EngineError> {
        let written = root.state.written.is_some() && self.rules.policy.gone == Withdrawn::Keep;
        let draft = load::drafts(self.context, std::slice::from_ref(&root.state)).await?.pop();
        let outcome = match draft.flatten().filter(|_| written) {
            Some(draft) => Outcome::Draft(Box::new(draft)),
            None => Outcome::Excluded { rule: GONE.to_owned() },
        };
        let mut events = Vec::new();
        self.outcome(&root.key, &root.state, outcome, &mut events)?;
        Ok(events)
    }

    /// A record whose bytes are erased: what was written of it stays as it is, what was not is
    /// left out, and what came to it since waits.
    fn erased(&mut self, gathered: &Gathered) -> Result<Vec<NewEvent>, EngineError> {
        self.report.erased += 1;
        let root = &gathered.root;
        let new = gathered.parts.iter().any(|part| part.state.read_at > root.state.draft_at);
        let outcome = match (root.state.written, root.state.stage) {
            (None, RecordStage::Excluded) | (_, RecordStage::Queued) => return Ok(Vec::new()),
            (None, _) => Outcome::Excluded { rule: "erased".to_owned() },
            (Some(_), _) if new => {
                Outcome::queued("erased", "move by hand what came since its bytes were erased")
            }
            (Some(_), _) => return Ok(Vec::new()),
        };
        let mut events = Vec::new();
        self.outcome(&root.key, &root.state, outcome, &mut events)?;
        Ok(events)
    }

    fn outcome(
        &mut self,
        key: &SourceKey,
        state: &RecordState,
        outcome: Outcome,
        events: &mut Vec<NewEvent>,
    ) -> Result<(), EngineError> {
        let event = match outcome {
            Outcome::Draft(draft) => {
                self.report.drafted += 1;
                events.push(self.drafted(&draft, state)?);
                return Ok(());
            }
            Outcome::Excluded { rule } => {
                self.report.excluded += 1;
                Event::from(RecordExcluded { rule })
            }
            Outcome::Queued { reason, release } => {
                self.report.queued += 1;
                self.report.returned_waiting += u64::from(recognised::is_unplaced(&reason));
                RecordQueued { reason, release }.into()
            }
            Outcome::HandedOff { document } => {
                self.report.handed_off += 1;
                RecordHandedOff { document }.into()
            }
            Outcome::Merged { into, reason } => {
                self.report.merged += 1;
                RecordMerged { into, reason }.into()
            }
        };
        let ordinal = state.next_decision();
        events.push(NewEvent { ordinal, ..NewEvent::new(key.clone(), event) });
        Ok(())
    }

    fn drafted(&self, draft: &Draft, state: &RecordState) -> Result<NewEvent, EngineError> {
        let payload = canonical_json(draft)?;
        let digest = draft.digest()?;
        let operations = draft
            .operations()
            .into_iter()
            .map(|(operation, count)| (operation.spec().name.to_owned(), count))
            .collect();
        let facts = RecordTransformed {
            draft: digest,
            mapping: self.rules.digest(),
            phase: draft.phase,
            requests: draft.requests(),
            operations,
            losses: draft.loss_counts(),
            carries: u32::try_from(draft.carries.len() + 1).unwrap_or(u32::MAX),
        };
        Ok(NewEvent {
            content: digest.into(),
            ordinal: state.next_decision(),
            payload: Some(payload),
            ..NewEvent::new(draft.key.clone(), facts)
        })
    }

    /// Appends drafts of objects that no source record stands for, unless they stand already.
    async fn derive(&mut self, drafts: Vec<Draft>) -> Result<(), EngineError> {
        let drafts = drafts.into_iter().map(|draft| (0, draft)).collect();
        let fresh = self.fresh(drafts).await?;
        self.append_groups(fresh.into_iter().map(|(_, event)| vec![event]).collect()).await
    }

    /// The events of derived drafts that do not stand already, with what they came with.
    async fn fresh(
        &mut self,
        drafts: Vec<(usize, Draft)>,
    ) -> Result<Vec<(usize, NewEvent)>, EngineError> {
        let fresh: Vec<(usize, Draft)> = drafts
            .into_iter()
            .filter(|(_, draft)| self.derived.insert(draft.key.clone()))
            .collect();
        let keys: Vec<SourceKey> = fresh.iter().map(|(_, draft)| draft.key.clone()).collect();
        let streams = self.context.ledger.streams(&keys).await?;
        let known: Vec<StreamId> = streams.iter().flatten().copied().collect();
        let mut states = self.context.states(&known).await?.into_iter();
        let mut events = Vec::new();
        for ((place, draft), stream) in fresh.into_iter().zip(streams) {
            let state = stream.and_then(|_| states.next()).unwrap_or_default();
            let stands = state.draft == Some(draft.digest()?);
            // Spellings differ from record to record; between two maps the first one met stays.
            let settled = state.draft.is_some() && !self.all && !belongs_to_one(&draft);
            if stands || settled {
                continue;
            }
            self.report.derived += 1;
            events.push((place, self.drafted(&draft, &state)?));
        }
        Ok(events)
    }
}

/// True for derived objects that follow one record only: they change with it.
fn belongs_to_one(draft: &Draft) -> bool {
    use Becomes::{InternalArticle, Object, Relation, Ticket, TicketType};
    matches!(draft.becomes, Ticket | TicketType | Relation | Object | InternalArticle)
}

/// True if a part already has this outcome since it was last read.
fn stands(state: &RecordState, outcome: &Outcome) -> bool {
    let same = matches!(
        (state.stage, outcome),
        (RecordStage::Excluded, Outcome::Excluded { .. })
            | (RecordStage::Queued, Outcome::Queued { .. })
            | (RecordStage::HandedOff, Outcome::HandedOff { .. })
            | (RecordStage::Merged, Outcome::Merged { .. })
    );
    same && state.settled_at > state.read_at
}
