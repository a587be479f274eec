//! Stage 2: maps records to drafts. The map itself is pure and lives in its own room.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures::StreamExt;
use serde::Serialize;

use super::context::Context;
use super::error::EngineError;
use super::gather::{Gathered, gather};
use super::load::{self, Loaded};
use super::setting::PAGE_RECORDS;
use crate::ledger::NewEvent;
use crate::mapping::Context as Rules;
use crate::mapping::contact::NO_THREAD;
use crate::mapping::draft::{Becomes, Draft, Mapped, Outcome};
use crate::mapping::input::{
    ArticleInput, CollectionInput, ContactInput, ConversationInput, MentionInput, TeammateInput,
};
use crate::mapping::map::{Subject, map, renewed, schema};
use crate::model::event::{
    Counts, Phase, RecordExcluded, RecordHandedOff, RecordMerged, RecordQueued, RecordTransformed,
};
use crate::model::lifecycle::RecordStage;
use crate::model::{Event, Record, RunId, SourceKey, StreamId, Timestamp, canonical_json};
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
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
    }
}

/// Maps what changed, or everything if the map changed since the last time.
///
/// # Errors
/// If the ledger cannot be read or refuses, or a draft has no canonical form.
pub async fn transform(
    context: &Context,
    run: RunId,
    rules: Rules,
) -> Result<TransformReport, EngineError> {
    let all = !already_mapped_with(context).await?;
    let rules = Arc::new(learn(context, rules).await?);
    let mut transformer = Transformer {
        context,
        run,
        rules: rules.clone(),
        all,
        derived: HashSet::new(),
        report: TransformReport::default(),
    };
    context.progress.begin("map", None);
    transformer.derive(schema(&rules)).await?;
    transformer.derive(renewed(&rules)).await?;
    if all {
        transformer.everything().await?;
    } else {
        transformer.queue().await?;
    }
    context.progress.end();
    Ok(transformer.report)
}

/// True if the last finished run that mapped used today's map.
async fn already_mapped_with(context: &Context) -> Result<bool, EngineError> {
    let runs = context.runs().await?;
    let last = runs
        .iter()
        .rev()
        .find(|run| run.finished_at_us.is_some() && matches!(run.kind.as_str(), "plan" | "delta"));
    Ok(last.is_some_and(|run| run.mapping.is_some() && run.mapping == context.mapping))
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
    async fn everything(&mut self) -> Result<(), EngineError> {
        let mut from = Vec::new();
        while let Some((page, next)) = load::state_page(self.context, &from).await? {
            from = next;
            let roots: Vec<StreamId> = page
                .iter()
                .filter(|(_, state)| state.kind.is_some() && state.read_at.is_some())
                .filter(|(_, state)| state.parent.is_none())
                .map(|(stream, _)| *stream)
                .collect();
            self.pages(&roots).await?;
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
            self.pages(&streams).await?;
        }
    }

    /// Gathers, maps and appends page by page; a page is mapped while the next is gathered.
    async fn pages(&mut self, streams: &[StreamId]) -> Result<(), EngineError> {
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
            self.append(page?).await?;
            if context.is_stopping() {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }

    async fn append(&mut self, page: Vec<(Option<Mapped>, Gathered)>) -> Result<(), EngineError> {
        let mut events = Vec::new();
        let mut derived = Vec::new();
        let mut again = BTreeSet::new();
        let mut asking = BTreeSet::new();
        let count = page.len() as u64;
        for (mapped, gathered) in page {
            self.report.mapped += 1;
            let Some(mapped) = mapped else {
                events.extend(self.vanished(&gathered.root).await?);
                continue;
            };
            let root = &gathered.root;
            self.outcome(&root.key, &root.state, mapped.outcome, &mut events)?;
            for (key, outcome) in mapped.parts {
                if let Some(part) = gathered.parts.iter().find(|part| part.key == key)
                    && !stands(&part.state, &outcome)
                {
                    self.outcome(&part.key, &part.state, outcome, &mut events)?;
                }
            }
            derived.extend(mapped.derived);
            again.extend(gathered.duplicate_of);
            asking.extend(gathered.contact);
            asking.extend(gathered.writers.into_values());
        }
        self.context.ledger.append(self.run, events).await?;
        self.derive(derived).await?;
        self.context.progress.advance(count);
        if self.all {
            return Ok(());
        }
        again.extend(self.silent(asking).await?);
        self.firsts(again).await
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
    async fn firsts(&mut self, keys: BTreeSet<SourceKey>) -> Result<(), EngineError> {
        let keys: Vec<SourceKey> = keys.into_iter().collect();
        let mut streams: Vec<StreamId> =
            self.context.ledger.streams(&keys).await?.into_iter().flatten().collect();
        streams.sort_unstable();
        let mut events = Vec::new();
        for gathered in gather(self.context, &streams).await? {
            if let Some(mapped) = map_one(&gathered, &self.rules) {
                let root = &gathered.root;
                self.outcome(&root.key, &root.state, mapped.outcome, &mut events)?;
            }
        }
        self.context.ledger.append(self.run, events).await?;
        Ok(())
    }

    /// A record that is gone: what was written of it stays, what was not is left out.
    async fn vanished(&mut self, root: &Loaded) -> Result<Vec<NewEvent>, EngineError> {
        let written = root.state.written.is_some();
        let draft = load::drafts(self.context, std::slice::from_ref(&root.state)).await?.pop();
        let outcome = match draft.flatten().filter(|_| written) {
            Some(draft) => Outcome::Draft(Box::new(draft)),
            None => Outcome::Excluded { rule: "gone from the source".to_owned() },
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
        let fresh: Vec<Draft> =
            drafts.into_iter().filter(|draft| self.derived.insert(draft.key.clone())).collect();
        let keys: Vec<SourceKey> = fresh.iter().map(|draft| draft.key.clone()).collect();
        let streams = self.context.ledger.streams(&keys).await?;
        let known: Vec<StreamId> = streams.iter().flatten().copied().collect();
        let mut states = self.context.states(&known).await?.into_iter();
        let mut events = Vec::new();
        for (draft, stream) in fresh.into_iter().zip(streams) {
            let state = stream.and_then(|_| states.next()).unwrap_or_default();
            let stands = state.draft == Some(draft.digest()?);
            // Spellings differ from record to record; between two maps the first one met stays.
            let settled = state.draft.is_some() && !self.all && !belongs_to_one(&draft);
            if stands || settled {
                continue;
            }
            self.report.derived += 1;
            events.push(self.drafted(&draft, &state)?);
        }
        self.context.ledger.append(self.run, events).await?;
        Ok(())
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

/// What becomes of a record; `None` if it is gone.
fn map_one(gathered: &Gathered, rules: &Rules) -> Option<Mapped> {
    let record = gathered.root.record.as_ref()?;
    Some(map(&subject(gathered, record, rules), rules))
}

/// The record as the map wants to see it. Now is the time at which it was read: mapping it again
/// gives the same draft.
fn subject<'a>(gathered: &'a Gathered, record: &'a Record, rules: &'a Rules) -> Subject<'a> {
    let key = &gathered.root.key;
    let attachments = &gathered.attachments;
    let now = Timestamp(gathered.root.state.read_at_us / 1000);
    match record {
        Record::Contact(contact) => Subject::Contact(ContactInput {
            key,
            contact,
            duplicate_of: gathered.duplicate_of.as_ref(),
            duplicates: &gathered.duplicates,
            attachments,
            technician: rules.index.technician(&contact.emails),
            has_thread: rules.index.has_thread(key),
        }),
        Record::Teammate(teammate) => {
            Subject::Teammate(TeammateInput { key, teammate, contact: gathered.contact.as_ref() })
        }
        Record::ObjectInstance(object) => Subject::Object(key, object),
        Record::Company(company) => Subject::Company(key, company),
        Record::Conversation(conversation) => Subject::Conversation(ConversationInput {
            key,
            conversation,
            messages: &gathered.messages,
            attachments,
            mentions: &gathered.mentions,
            contact: gathered.contact.as_ref(),
            writers: &gathered.writers,
            start_nudge_s: gathered.start_nudge_s,
            now,
        }),
        Record::Mention(mention) => {
            Subject::Mention(MentionInput { key, mention, contact: gathered.contact.as_ref(), now })
        }
        Record::Article(article) => Subject::Article(ArticleInput { key, article, attachments }),
        Record::Collection(collection) => {
            Subject::Collection(CollectionInput { key, collection, above: &gathered.above })
        }
        other => Subject::Other(key, other),
    }
}
