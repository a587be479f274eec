//! Plans taking a migration back: which effects go, and in what order. The plan holds a few numbers
//! a record; what is undone of each is read again from the ledger when its turn comes, so that a
//! million records fit into memory.

use std::collections::{BTreeMap, BTreeSet};

use futures::{Stream, StreamExt, stream};

use super::closure::{self, Need};
use super::context::Context;
use super::error::EngineError;
use super::load;
use super::setting::PAGE_RECORDS;
use super::slice::{Action, RollbackItem, Slice};
use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::model::digest::Purpose;
use crate::model::event::{Counts, Phase, RollbackPlanned};
use crate::model::{
    DestinationId, Digest, Position, RunId, SourceKey, StepKey, StreamId, canonical_json,
};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{Effect, RecordState, StepMap};

/// A rollback as a value.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// Digest over every record with what is undone of it, in order.
    pub digest: Digest,
    /// Which part.
    pub words: String,
    /// Records by what is done.
    pub counts: Counts,
    slice: Slice,
    /// The records, in the order in which they are undone.
    records: Vec<Taken>,
    /// By the record that goes: those that stay and lead to it, with the steps that say so.
    links: Links,
}

/// By the record that goes: those that stay and lead to it, with the steps that say so.
type Links = BTreeMap<StreamId, Vec<(StreamId, BTreeSet<StepKey>)>>;

/// What is taken of a record, in few bytes.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The record.
    pub stream: StreamId,
    /// Its place: by kind, then the latest first.
    pub rank: u8,
    made_at: u64,
    /// Where its own object was asked for; 0 if it made none that stands.
    created_at: u64,
    part: Part,
    is_removed: bool,
}

/// Which of a record's effects are taken.
#[derive(Clone, Debug)]
enum Part {
    /// What the slice takes.
    Slice,
    /// That and these, because what they name goes.
    Also(BTreeSet<Position>),
    /// All of it.
    Whole,
    /// These.
    Only(BTreeSet<Position>),
}

/// A record with its effects that stand.
struct Standing {
    stream: StreamId,
    state: RecordState,
    steps: StepMap,
    /// Effects that are taken, by position.
    taken: BTreeSet<Position>,
}

impl Standing {
    fn new(
        slice: &Slice,
        part: &Part,
        (stream, state, steps): (StreamId, RecordState, StepMap),
    ) -> Self {
        let phase = state.phase;
        let effects = steps.values().flat_map(|step| step.standing());
        let takes = |effect: &Effect| match part {
            Part::Whole => true,
            Part::Only(only) => only.contains(&effect.at),
            Part::Slice => slice.takes(stream, phase, effect),
            Part::Also(also) => also.contains(&effect.at) || slice.takes(stream, phase, effect),
        };
        let taken = effects.filter(|effect| takes(effect)).map(|effect| effect.at).collect();
        Self { stream, state, steps, taken }
    }

    /// The effect that made the record's object, if it is ours and stands.
    fn creation(&self) -> Option<&Effect> {
        let create = self.steps.get(&StepKey::from(CREATE_STEP))?;
        create.standing().find(|effect| effect.creates())
    }

    fn is_removed(&self) -> bool {
        self.creation().is_some_and(|creation| self.taken.contains(&creation.at))
    }

    fn latest(&self) -> Option<&Effect> {
        let all = self.steps.values().flat_map(|state| state.standing());
        all.filter(|effect| self.taken.contains(&effect.at)).max_by_key(|effect| effect.at)
    }

    /// In few bytes, with its place in the order.
    fn brief(&self, part: Part) -> Taken {
        let create = StepKey::from(CREATE_STEP);
        let operation = self.steps.get(&create).map(|state| state.operation());
        let rank = rank(self.state.phase, operation.filter(|name| !name.is_empty()));
        // An object that was told of another after both were made goes before that other.
        let made_by = self.creation().filter(|_| rank != RANK_OBJECTS).or_else(|| self.latest());
        Taken {
            stream: self.stream,
            rank,
            made_at: made_by.map_or(0, |effect| effect.intent_at.0),
            created_at: self.creation().map_or(0, |effect| effect.intent_at.0),
            part,
            is_removed: self.is_removed(),
        }
    }

    fn item(&self, key: SourceKey) -> RollbackItem {
        let mut effects: Vec<(&StepKey, &Effect)> = self
            .steps
            .iter()
            .flat_map(|(step, state)| state.standing().map(move |effect| (step, effect)))
            .filter(|(_, effect)| self.taken.contains(&effect.at))
            .collect();
        effects.sort_by_key(|(_, effect)| std::cmp::Reverse(effect.at));
        let action = if self.is_removed() { Action::Remove } else { Action::Restore };
        if action == Action::Remove {
            effects = self.beside(effects);
        }
        let (steps, effects) =
            effects.into_iter().map(|(step, effect)| (step.clone(), effect.at)).unzip();
        RollbackItem { key, action, steps, effects, stream: self.stream }
    }

    /// What is undone with an object of ours: what its record did to other objects, then the
    /// object.
    fn beside<'a>(
        &'a self,
        effects: Vec<(&'a StepKey, &'a Effect)>,
    ) -> Vec<(&'a StepKey, &'a Effect)> {
        let kind = |effect: &Effect| Operation::from_name(&effect.operation).map(ObjectKind::of);
        let Some(creation) = self.creation() else { return effects };
        let own = kind(creation);
        let others = effects.iter().filter(|(step, effect)| {
            step.as_str() != CREATE_STEP && kind(effect).is_some_and(|kind| Some(kind) != own)
        });
        let mut kept: Vec<_> = others.copied().collect();
        kept.extend(effects.iter().find(|(_, effect)| effect.at == creation.at).copied());
        kept
    }
}

impl Rollback {
    /// How many records it concerns.
    pub fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// True if there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, those that may be undone side by side together.
    pub fn ranks(&self) -> impl Iterator<Item = &[Taken]> {
        self.records.chunk_by(|a, b| a.rank == b.rank)
    }

    /// What stays and leads to a record that goes.
    pub fn links_to(&self, stream: StreamId) -> &[(StreamId, BTreeSet<StepKey>)] {
        self.links.get(&stream).map_or(&[], Vec::as_slice)
    }

    /// What is undone of a record, as the ledger has it now; none if nothing is left.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn item(
        &self,
        context: &Context,
        record: &Taken,
    ) -> Result<Option<RollbackItem>, EngineError> {
        Ok(items(context, &self.slice, std::slice::from_ref(record)).await?.pop())
    }

    /// All that is undone, in order, read page by page.
    pub fn items<'a>(
        &'a self,
        context: &'a Context,
    ) -> impl Stream<Item = Result<RollbackItem, EngineError>> + 'a {
        let pages = stream::iter(self.records.chunks(PAGE_RECORDS));
        pages.then(move |page| items(context, &self.slice, page)).flat_map(|page| match page {
            Ok(items) => stream::iter(items).map(Ok).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        })
    }
}

/// Plans a rollback from the ledger alone, and records that it was planned.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn plan(context: &Context, run: RunId, slice: &Slice) -> Result<Rollback, EngineError> {
    let plan = look(context, slice).await?;
    record(context, run, &plan).await?;
    Ok(plan)
}

/// What a rollback would undo, from the ledger alone; nothing is recorded, so another process may
/// write meanwhile.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn look(context: &Context, slice: &Slice) -> Result<Rollback, EngineError> {
    let mut found = standing(context, slice).await?;
    // What is wholly taken back needs no closing.
    let links = match slice {
        Slice::All => Links::new(),
        _ => close(context, slice, &mut found).await?,
    };
    let records = found.into_iter().filter_map(|(one, takes)| takes.then_some(one)).collect();
    made(context, (slice.words(), slice.clone()), records, links).await
}

/// The rollback of these records alone, with all that stands of each, whatever depends on them; of
/// those with positions, only these effects.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn of_records(
    context: &Context,
    run: RunId,
    words: &str,
    records: BTreeMap<StreamId, Option<BTreeSet<Position>>>,
) -> Result<Rollback, EngineError> {
    let slice = Slice::All;
    let mut found = Vec::with_capacity(records.len());
    for (stream, only) in records {
        let part = only.map_or(Part::Whole, Part::Only);
        if let Some(record) = one(context, stream).await? {
            found.push(Standing::new(&slice, &part, record).brief(part));
        }
    }
    let plan = made(context, (words.to_owned(), slice), found, Links::new()).await?;
    record(context, run, &plan).await?;
    Ok(plan)
}

/// Records what is planned.
async fn record(context: &Context, run: RunId, plan: &Rollback) -> Result<(), EngineError> {
    let facts = RollbackPlanned {
        plan: plan.digest,
        slice: plan.words.clone(),
        counts: plan.counts.clone(),
    };
    context.append_own(run, "rollback", &run.to_string(), facts).await
}

/// Puts the records into their order.
async fn made(
    context: &Context,
    (words, slice): (String, Slice),
    mut records: Vec<Taken>,
    links: Links,
) -> Result<Rollback, EngineError> {
    records.sort_by_key(|one| (one.rank, std::cmp::Reverse(one.made_at), one.stream));
    let mut hasher = Purpose::Plan.hasher();
    let mut counts = Counts::new();
    for page in records.chunks(PAGE_RECORDS) {
        for item in items(context, &slice, page).await? {
            hasher.update(&canonical_json(&item)?);
            let word = match item.action {
                Action::Remove => "remove",
                Action::Restore => "restore",
            };
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    let digest = Digest::finish(&hasher);
    Ok(Rollback { digest, words, counts, slice, records, links })
}

/// What is undone of records, in their order; those of which nothing is left are left out.
async fn items(
    context: &Context,
    slice: &Slice,
    records: &[Taken],
) -> Result<Vec<RollbackItem>, EngineError> {
    let streams: Vec<StreamId> = records.iter().map(|one| one.stream).collect();
    let keys = context.ledger.keys(&streams).await?;
    let states = context.states(&streams).await?;
    let mut items = Vec::with_capacity(records.len());
    for ((record, key), state) in records.iter().zip(keys).zip(states) {
        let steps = load::steps(context, record.stream).await?;
        let standing = Standing::new(slice, &record.part, (record.stream, state, steps));
        if !standing.taken.is_empty() {
            items.push(standing.item(key));
        }
    }
    Ok(items)
}

async fn one(
    context: &Context,
    stream: StreamId,
) -> Result<Option<(StreamId, RecordState, StepMap)>, EngineError> {
    let Some(state) = context.states(&[stream]).await?.pop() else { return Ok(None) };
    Ok(Some((stream, state, load::steps(context, stream).await?)))
}

/// All records with effects that stand, in the order of their streams, and whether the slice takes
/// anything of them.
async fn standing(context: &Context, slice: &Slice) -> Result<Vec<(Taken, bool)>, EngineError> {
    let mut all = Vec::new();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let page: Vec<_> = page.into_iter().filter(|(_, state)| state.phase.is_some()).collect();
        let streams: Vec<StreamId> = page.iter().map(|(stream, _)| *stream).collect();
        let mut steps = load::steps_of(context, &streams).await?;
        for (stream, state) in page {
            let steps = steps.remove(&stream).unwrap_or_default();
            if steps.values().all(|state| state.top().is_none()) {
                continue;
            }
            let one = Standing::new(slice, &Part::Slice, (stream, state, steps));
            let takes = !one.taken.is_empty();
            all.push((one.brief(Part::Slice), takes));
        }
    }
    Ok(all)
}

/// What a record made: where it asked for it, and its id.
async fn owner(context: &Context, stream: StreamId) -> Result<Owner, EngineError> {
    let steps = load::steps(context, stream).await?;
    let create = steps.get(&StepKey::from(CREATE_STEP));
    let creation = create.and_then(|state| state.standing().find(|effect| effect.creates()));
    Ok(creation.map_or((0, None), |effect| (effect.intent_at.0, effect.object.clone())))
}

/// An object that goes takes everything that was done to it with it, and what needs it. What only
/// leads to it stays, and is given back.
async fn close(
    context: &Context,
    slice: &Slice,
    all: &mut [(Taken, bool)],
) -> Result<Links, EngineError> {
    let mut links = Links::new();
    let mut next: Vec<StreamId> =
        all.iter().filter(|(one, _)| one.is_removed).map(|(one, _)| one.stream).collect();
    if next.is_empty() {
        return Ok(links);
    }
    let streams: Vec<StreamId> = all.iter().map(|(one, _)| one.stream).collect();
    let dependents = closure::dependents(context, &streams).await?;
    let mut gone: BTreeSet<StreamId> = BTreeSet::new();
    while let Some(stream) = next.pop() {
        if !gone.insert(stream) {
            continue;
        }
        take(context, slice, all, stream, (&Need::Whole, &(0, None))).await?;
        let owner = owner(context, stream).await?;
        let first = dependents.partition_point(|(owner, _)| *owner < stream);
        for (_, dependent) in dependents[first..].iter().take_while(|(owner, _)| *owner == stream) {
            let Some(need) = closure::need_of(context, *dependent, stream).await? else { continue };
            if let Need::Links(steps) = need {
                links.entry(stream).or_default().push((*dependent, steps));
            } else if take(context, slice, all, *dependent, (&need, &owner)).await? {
                next.push(*dependent);
            }
        }
    }
    for dependents in links.values_mut() {
        dependents.retain(|(dependent, _)| !gone.contains(dependent));
    }
    Ok(links)
}

/// An object that goes: where it was asked for, and its id.
type Owner = (u64, Option<DestinationId>);

/// Takes what depends on an object that goes. True if that removes its object too. What was made
/// before the other was not made of it, but told of it later: an article moved into a new
/// collection goes back to its old one.
async fn take(
    context: &Context,
    slice: &Slice,
    all: &mut [(Taken, bool)],
    stream: StreamId,
    (need, (made_at, id)): (&Need, &Owner),
) -> Result<bool, EngineError> {
    let Ok(place) = all.binary_search_by_key(&stream, |(one, _)| one.stream) else {
        return Ok(false);
    };
    let (known, takes) = &mut all[place];
    if matches!(known.part, Part::Whole | Part::Only(_))
        || matches!(need, Need::Values | Need::Links(_))
    {
        return Ok(false);
    }
    let Some(record) = one(context, stream).await? else { return Ok(false) };
    let part = match need {
        Need::Whole if known.created_at >= *made_at => Part::Whole,
        need => {
            let mut also = match &known.part {
                Part::Also(also) => also.clone(),
                Part::Slice | Part::Whole | Part::Only(_) => BTreeSet::new(),
            };
            for (key, state) in &record.2 {
                let is_link = matches!(need, Need::Steps(steps) if steps.contains(key));
                let is_own = *need == Need::Whole && key.as_str() == CREATE_STEP;
                for effect in state.standing().filter(|one| one.intent_at.0 >= *made_at) {
                    if is_link || is_own && says(context, effect, id.as_ref()).await? {
                        also.insert(effect.at);
                    }
                }
            }
            Part::Also(also)
        }
    };
    let standing = Standing::new(slice, &part, record);
    *takes = !standing.taken.is_empty();
    *known = standing.brief(part);
    Ok(known.is_removed)
}

/// Whether the request behind an effect names an object. One whose bytes are erased may.
async fn says(
    context: &Context,
    effect: &Effect,
    id: Option<&DestinationId>,
) -> Result<bool, EngineError> {
    let payload = context.ledger.payloads(&[effect.intent_at]).await?.pop().flatten();
    let (Some(bytes), Some(id)) = (payload, id) else { return Ok(true) };
    let request: Request = load::parse("request", &effect.operation, &bytes)?;
    Ok(request.names(id))
}

/// Objects refer to each other and collections hold each other: what was made last is undone
/// first, one by one.
pub(super) const RANK_OBJECTS: u8 = 2;
pub(super) const RANK_COLLECTIONS: u8 = 6;

/// Order of undoing: what depends on others first.
fn rank(phase: Option<Phase>, create: Option<&str>) -> u8 {
    let kind = create.and_then(Operation::from_name).map(ObjectKind::of);
    let is = |wanted: ObjectKind| kind == Some(wanted);
    match phase {
        // What threads say of objects is taken back before the threads go.
        Some(Phase::Objects) if create.is_none() => 0,
        Some(Phase::Objects) if is(ObjectKind::ConversationAttribute) => 8,
        Some(Phase::Conversations) => 1,
        Some(Phase::Objects) => RANK_OBJECTS,
        Some(Phase::Contacts) => 3,
        Some(Phase::Companies) => 4,
        Some(Phase::Articles) if is(ObjectKind::Collection) => RANK_COLLECTIONS,
        Some(Phase::Articles) => 5,
        Some(Phase::Schema) if is(ObjectKind::Tag) => 7,
        Some(Phase::Schema | Phase::Handoff) | None => 8,
    }
}
