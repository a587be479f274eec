//! Erasing a person: every payload that is theirs or names them goes, in the ledger's database and
//! in what it keeps beside it. Events, digests and proofs stay.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, pin_mut};
use serde::Serialize;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use super::person::{DERIVED_PERSON, Person};
use crate::ledger::{NewEvent, Recorded};
use crate::mapping::index::RELATION;
use crate::mapping::relation::CALL;
use crate::model::event::{Counts, RecordExcluded, RecordQueued};
use crate::model::{Event, Position, Record, RunId, SourceKey, StreamId};
use crate::projection::ChildIndex;
use crate::projection::find::object_of;

/// Why the payloads went, and why their records move no more.
pub const REASON: &str = "erasure of a person";
/// The rule and reason in events about records of which nothing is left to send.
const ERASED: &str = "erased";
/// Derived records that belong to one thread, by object.
const OF_ONE_THREAD: [&str; 3] = [RELATION, CALL, "ticket"];
/// Parts of one thread.
const PARTS_MAX: usize = 1_000_000;
/// Records named in a report; the rest is counted.
const NAMED_MAX: usize = 200;

/// An object of the person that Intercom still holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftObject {
    /// Contact or thread.
    pub kind: &'static str,
    /// Its id in Intercom.
    pub id: String,
    /// The record that became it.
    pub key: String,
}

/// What an erasure takes, and what it leaves.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Erasure {
    /// Payloads that go.
    pub payloads: u64,
    /// By kind of event.
    pub events: Counts,
    /// Records whose payloads go, with how many; at most two hundred.
    pub records: BTreeMap<String, u64>,
    /// Records whose payloads go.
    pub record_count: u64,
    /// Records of the person's own.
    pub own: Vec<String>,
    /// Threads that the person began: they go whole, with what others said in them.
    pub threads: Vec<String>,
    /// Objects in Intercom, which are for a person to remove.
    pub in_intercom: Vec<LeftObject>,
    /// Records that still hold the person's name, and nothing else that tells who is meant.
    pub name_left: Vec<String>,
    /// Records of the project itself that name the person.
    pub project_left: Vec<String>,
    #[serde(skip)]
    positions: Vec<Position>,
    #[serde(skip)]
    streams: BTreeSet<StreamId>,
}

/// Finds out what an erasure would take. Every payload is looked at.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn preview(context: &Context, person: &Person) -> Result<Erasure, EngineError> {
    let mut search = Search {
        context,
        person,
        hits: BTreeMap::new(),
        own: person.streams.clone(),
        threads: BTreeSet::new(),
        called: BTreeSet::new(),
        project: BTreeSet::new(),
    };
    search.through().await?;
    search.whole_streams().await?;
    search.finish().await
}

struct Search<'a> {
    context: &'a Context,
    person: &'a Person,
    /// Payloads to go, with their stream and the kind of event.
    hits: BTreeMap<Position, (StreamId, &'static str)>,
    own: BTreeSet<StreamId>,
    threads: BTreeSet<StreamId>,
    called: BTreeSet<StreamId>,
    project: BTreeSet<StreamId>,
}

#[derive(serde::Deserialize)]
struct ReadPayload {
    record: Record,
}

impl Search<'_> {
    /// Looks at every payload of the ledger.
    async fn through(&mut self) -> Result<(), EngineError> {
        let head = self.context.ledger.head().await?.size;
        let pages = self.context.ledger.read(Position(0)..Position(head), None);
        pin_mut!(pages);
        self.context.progress.begin("search", Some(head));
        while let Some(page) = pages.next().await {
            let page = page?;
            self.context.progress.advance(page.len() as u64);
            let with: Vec<Recorded> = page.into_iter().filter(|one| one.has_payload).collect();
            let at: Vec<Position> = with.iter().map(|one| one.position).collect();
            let payloads = self.context.ledger.payloads(&at).await?;
            for (recorded, payload) in with.into_iter().zip(payloads) {
                if let Some(payload) = payload {
                    self.look(&recorded, &payload)?;
                }
            }
            if self.context.is_stopping() {
                return Err(EngineError::Stopped);
            }
        }
        self.context.progress.end();
        Ok(())
    }

    fn look(&mut self, recorded: &Recorded, payload: &[u8]) -> Result<(), EngineError> {
        if !self.person.is_named_in(payload) {
            if self.person.is_called_in(payload) {
                self.called.insert(recorded.stream);
            }
            return Ok(());
        }
        if keeps_project_going(&recorded.event) {
            self.project.insert(recorded.stream);
            return Ok(());
        }
        self.hits.insert(recorded.position, (recorded.stream, recorded.event.name()));
        if matches!(recorded.event, Event::RecordRead(_)) {
            let read: ReadPayload = parse("record", &recorded.position, payload)?;
            let began = match &read.record {
                Record::Conversation(thread) => self.person.is(&thread.customer),
                Record::Mention(mention) => {
                    mention.customer.as_ref().is_some_and(|key| self.person.keys.contains(key))
                }
                _ => false,
            };
            if began {
                self.threads.insert(recorded.stream);
            }
        }
        Ok(())
    }

    /// Adds every payload of the person's own records and of the threads that they began.
    async fn whole_streams(&mut self) -> Result<(), EngineError> {
        let ledger = &self.context.ledger;
        // Somebody known by address alone has a record of our making.
        let hit: Vec<StreamId> = self
            .hits
            .values()
            .map(|(stream, _)| *stream)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        for (stream, key) in hit.iter().zip(ledger.keys(&hit).await?) {
            if key == SourceKey::own(DERIVED_PERSON, key.id()) {
                self.own.insert(*stream);
            }
        }
        let mut whole: BTreeSet<StreamId> = self.own.union(&self.threads).copied().collect();
        for thread in &self.threads {
            let (from, to) =
                (ChildIndex::first(*thread), ChildIndex::first(StreamId(thread.0 + 1)));
            let rows = ledger.scan(ChildIndex::NAME, &from, Some(&to), PARTS_MAX).await?;
            whole.extend(
                rows.iter().filter_map(|(key, _)| ChildIndex::pair(key)).map(|pair| pair.1),
            );
        }
        let threads: Vec<StreamId> = self.threads.iter().copied().collect();
        for key in ledger.keys(&threads).await? {
            let derived = OF_ONE_THREAD.map(|object| SourceKey::own(object, &key.to_string()));
            whole.extend(ledger.streams(&derived).await?.into_iter().flatten());
        }
        for stream in whole {
            let events = ledger.read_stream(stream).await?;
            let with: Vec<Recorded> = events.into_iter().filter(|one| one.has_payload).collect();
            let at: Vec<Position> = with.iter().map(|one| one.position).collect();
            let there = ledger.payloads(&at).await?;
            for (recorded, _) in with.iter().zip(there).filter(|(_, there)| there.is_some()) {
                self.hits.insert(recorded.position, (stream, recorded.event.name()));
            }
        }
        Ok(())
    }

    async fn finish(self) -> Result<Erasure, EngineError> {
        let ledger = &self.context.ledger;
        let mut erasure = Erasure { payloads: self.hits.len() as u64, ..Erasure::default() };
        let mut by_stream: BTreeMap<StreamId, u64> = BTreeMap::new();
        for (stream, event) in self.hits.values() {
            *by_stream.entry(*stream).or_default() += 1;
            *erasure.events.entry((*event).to_owned()).or_default() += 1;
        }
        erasure.record_count = by_stream.len() as u64;
        let named: Vec<StreamId> = by_stream.keys().copied().take(NAMED_MAX).collect();
        for (stream, key) in named.iter().zip(ledger.keys(&named).await?) {
            erasure.records.insert(key.to_string(), by_stream[stream]);
        }
        let words = async |streams: BTreeSet<StreamId>| {
            let streams: Vec<StreamId> = streams.into_iter().collect();
            let keys = ledger.keys(&streams).await?;
            Ok::<_, EngineError>(keys.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        erasure.own = words(self.own.clone()).await?;
        erasure.threads = words(self.threads.clone()).await?;
        erasure.project_left = words(self.project).await?;
        let left = self.called.into_iter().filter(|stream| !by_stream.contains_key(stream));
        erasure.name_left = words(left.collect()).await?;
        for (kind, streams) in [("contact", &self.own), ("thread", &self.threads)] {
            for stream in streams {
                if let Some(id) = object_of::<EngineError>(&self.context.ledger, *stream).await? {
                    let key = words(BTreeSet::from([*stream])).await?.concat();
                    erasure.in_intercom.push(LeftObject { kind, id: id.to_string(), key });
                }
            }
        }
        // The person's own records go last: an erasure that was cut off is found again by them.
        let own = |stream: &StreamId| self.own.contains(stream);
        let (last, first): (Vec<_>, Vec<_>) =
            self.hits.iter().partition(|(_, (stream, _))| own(stream));
        erasure.positions = first.into_iter().chain(last).map(|(at, _)| *at).collect();
        erasure.streams = by_stream.into_keys().collect();
        Ok(erasure)
    }
}

/// What the project cannot do without: its decisions, and where its sources are.
fn keeps_project_going(event: &Event) -> bool {
    matches!(event, Event::DecisionRecorded(_) | Event::SourceSealed(_))
}

/// Erases what was found. True if nothing of it is left in the database's files.
///
/// # Errors
/// If the ledger refuses. It is safe to begin again.
pub async fn erase(context: &Context, run: RunId, erasure: &Erasure) -> Result<bool, EngineError> {
    settle(context, run, &erasure.streams).await?;
    context.progress.begin("erase", Some(erasure.payloads));
    for page in erasure.positions.chunks(PAGE_PAYLOADS) {
        context.ledger.erase_payloads(run, page, REASON).await?;
        context.progress.advance(page.len() as u64);
    }
    context.progress.end();
    Ok(context.ledger.scrub().await?)
}

/// Payloads between two reports of progress.
const PAGE_PAYLOADS: usize = 500;

/// Records that were still to be written are written no more: nobody knows what they said.
async fn settle(
    context: &Context,
    run: RunId,
    streams: &BTreeSet<StreamId>,
) -> Result<(), EngineError> {
    let streams: Vec<StreamId> = streams.iter().copied().collect();
    let states = context.states(&streams).await?;
    let keys = context.ledger.keys(&streams).await?;
    let mut events = Vec::new();
    for (key, state) in keys.into_iter().zip(states) {
        if state.draft.is_none() || state.draft == state.written {
            continue;
        }
        let event: Event = match state.written {
            None => RecordExcluded { rule: ERASED.to_owned() }.into(),
            Some(_) => RecordQueued {
                reason: ERASED.to_owned(),
                release: "its bytes are erased: remove its object in Intercom by hand".to_owned(),
            }
            .into(),
        };
        let ordinal = state.next_decision();
        events.push(NewEvent { ordinal, ..NewEvent::new(key, event) });
    }
    context.ledger.append(run, events).await?;
    Ok(())
}
