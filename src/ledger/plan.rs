//! Puts prepared batches in sequence: streams, repeats, positions, projections, tree. What comes
//! out is one transaction. The next group is planned while the last one is being written, on top
//! of what that one will leave behind.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::absence::Absence;
use super::cache::Cache;
use super::contract::Appended;
use super::draft::{Draft, Seen, take_in};
use super::error::LedgerError;
use super::fold::{Active, RowSet, Values, fetch};
use super::prepare::Prepared;
use crate::model::{Frontier, Header, SourceKey, StreamId};
use crate::store::{Group, HeadRow, Store, StoreError};

/// Half the streams remembered: a stream is about 250 bytes, so at most 16 MB.
const STREAMS_CACHED: usize = 1 << 15;
/// Most events of a stream of which it is remembered which they are: few are asked for again then.
const IDEMS_CACHED: usize = 64;
/// Half the rows remembered for each projection: a row is about 250 bytes, so at most 4 MB each.
const ROWS_CACHED: usize = 1 << 13;
/// Streams, keys or repeats looked up in one question to the store.
const KEYS_PER_QUERY: usize = 200;

/// State of the ledger as the next batch will find it.
pub(super) struct Planner {
    store: Arc<dyn Store>,
    active: Arc<[Active]>,
    frontier: Frontier,
    next_stream: u64,
    absence: Arc<Absence>,
    streams: Cache<SourceKey, StreamId>,
    held: Cache<StreamId, Held>,
    rows: Vec<Cache<Vec<u8>, Option<Bytes>>>,
    /// Groups planned and not known to be committed, oldest first.
    flying: VecDeque<Flying>,
}

/// What a group leaves behind that the store may not show yet.
#[derive(Default)]
struct Flying {
    streams: HashMap<SourceKey, StreamId>,
    held: HashMap<StreamId, Held>,
    seen: HashMap<(StreamId, i64), Seen>,
    rows: Vec<Values>,
}

/// What a stream holds.
#[derive(Clone)]
struct Held {
    length: u32,
    /// All that tells its events apart, if that is known.
    idems: Option<Arc<[i64]>>,
}

/// What a batch is answered.
pub(super) type Answer = Result<Vec<Appended>, LedgerError>;

/// A group to be written, and what to answer to each batch afterwards.
pub(super) struct Planned {
    pub(super) group: Group,
    pub(super) answers: Vec<Answer>,
}

impl Planner {
    /// Starts from what is stored.
    pub(super) async fn new(
        store: Arc<dyn Store>,
        active: Arc<[Active]>,
        absence: Arc<Absence>,
    ) -> Result<Self, LedgerError> {
        let mut planner = Self {
            rows: active.iter().map(|_| Cache::new(ROWS_CACHED)).collect(),
            store,
            active,
            frontier: Frontier::default(),
            next_stream: 0,
            absence,
            streams: Cache::new(STREAMS_CACHED),
            held: Cache::new(STREAMS_CACHED),
            flying: VecDeque::new(),
        };
        planner.reload().await?;
        Ok(planner)
    }

    /// Forgets all that is not stored, after a group failed.
    pub(super) async fn reload(&mut self) -> Result<HeadRow, LedgerError> {
        let head = self.store.head().await?;
        self.frontier = Frontier::from_bytes(head.size, &head.frontier)
            .map_err(|cause| StoreError::damaged(cause.to_string()))?;
        self.next_stream = head.next_stream;
        self.streams.clear();
        self.held.clear();
        self.rows.iter_mut().for_each(Cache::clear);
        self.flying.clear();
        Ok(head)
    }

    /// A group was not written, perhaps because another process appends.
    pub(super) fn doubt_all(&self) {
        self.absence.doubt_all();
    }

    /// The oldest group in flight has been committed.
    pub(super) fn landed(&mut self) {
        self.flying.pop_front();
    }

    /// Plans one transaction. A batch that is refused leaves no trace in it.
    ///
    /// # Errors
    /// If the store cannot be read; then nothing is planned.
    pub(super) async fn plan(
        &mut self,
        mut batches: Vec<Prepared>,
    ) -> Result<Planned, LedgerError> {
        let mut answers: Vec<Option<Answer>> = batches.iter().map(|_| None).collect();
        let draft = loop {
            let mut draft = self.draft(&batches, &answers).await?;
            let sequenced = self.sequence(&mut draft, &mut batches, &mut answers);
            let outcome = match sequenced {
                Ok(()) => self.fold(&mut draft, &batches, &answers).await?,
                Err(refused) => Err(refused),
            };
            match outcome {
                Ok(()) => break draft,
                Err((index, cause)) => answers[index] = Some(Err(cause)),
            }
        };
        self.finish(draft, batches, answers)
    }

    /// Looks up everything that sequencing needs to know.
    async fn draft(
        &mut self,
        batches: &[Prepared],
        answers: &[Option<Answer>],
    ) -> Result<Draft, LedgerError> {
        let events = batches.iter().map(|batch| batch.events.len()).sum();
        let mut draft = Draft {
            size: self.frontier.size(),
            fresh: self.next_stream,
            streams: HashMap::with_capacity(events),
            new_streams: Vec::new(),
            lengths: HashMap::with_capacity(events),
            idems: HashMap::new(),
            seen: HashMap::with_capacity(events),
            rows: self.active.iter().map(|_| RowSet::default()).collect(),
        };
        let open = || batches.iter().zip(answers).filter(|(_, answer)| answer.is_none());
        let mut unfamiliar = Vec::new();
        let mut asked = HashSet::new();
        for event in open().flat_map(|(batch, _)| &batch.events) {
            for key in std::iter::once(&event.key).chain(&event.parent) {
                if draft.streams.contains_key(key) || asked.contains(key) {
                    continue;
                }
                match self.known_stream(key) {
                    Some(stream) => drop(draft.streams.insert(key.clone(), stream)),
                    None => {
                        asked.insert(key);
                        unfamiliar.push(key);
                    }
                }
            }
        }
        let doubtful = self.absence.doubtful(unfamiliar.iter().copied());
        let unknown: Vec<_> = doubtful.into_iter().map(|place| unfamiliar[place].clone()).collect();
        for keys in unknown.chunks(KEYS_PER_QUERY) {
            let found = self.store.stream_ids(keys).await?;
            let found = keys.iter().zip(found).filter_map(|(key, id)| Some((key.clone(), id?)));
            draft.streams.extend(found);
        }
        let events = open().flat_map(|(batch, _)| &batch.events);
        let keys = events.filter_map(|event| Some((*draft.streams.get(&event.key)?, event.idem)));
        let keys: HashSet<_> = keys.collect();
        // Nothing is asked of streams that are only named as parents.
        self.look_up_held(&mut draft, keys.iter().map(|(stream, _)| *stream).collect()).await?;
        self.look_up_repeats(&mut draft, keys).await?;
        Ok(draft)
    }

    fn known_stream(&mut self, key: &SourceKey) -> Option<StreamId> {
        self.streams
            .get(key)
            .or_else(|| self.flying.iter().rev().find_map(|group| group.streams.get(key).copied()))
    }

    async fn look_up_held(
        &mut self,
        draft: &mut Draft,
        streams: HashSet<StreamId>,
    ) -> Result<(), LedgerError> {
        let mut unknown = Vec::new();
        for stream in streams {
            let flying = || self.flying.iter().rev().find_map(|group| group.held.get(&stream));
            match self.held.get(&stream).or_else(|| flying().cloned()) {
                Some(Held { length, idems }) => {
                    draft.lengths.insert(stream, length);
                    draft.idems.extend(idems.map(|idems| (stream, idems.to_vec())));
                }
                None => unknown.push(stream),
            }
        }
        for streams in unknown.chunks(KEYS_PER_QUERY) {
            let found = self.store.idems(streams).await?;
            for (stream, idems) in streams.iter().zip(found) {
                draft.lengths.insert(*stream, u32::try_from(idems.len()).unwrap_or(u32::MAX));
                draft.idems.insert(*stream, idems);
            }
        }
        Ok(())
    }

    async fn look_up_repeats(
        &mut self,
        draft: &mut Draft,
        keys: HashSet<(StreamId, i64)>,
    ) -> Result<(), LedgerError> {
        let mut unknown = Vec::new();
        for key in keys {
            match self.flying.iter().find_map(|group| group.seen.get(&key)) {
                Some(seen) => drop(draft.seen.insert(key, *seen)),
                None if draft.lacks(key) => {}
                None => unknown.push(key),
            }
        }
        unknown.sort_unstable();
        for keys in unknown.chunks(KEYS_PER_QUERY) {
            let found = self.store.repeats(keys).await?;
            for (key, row) in keys.iter().zip(found) {
                let Some(row) = row else { continue };
                let header = Header::decode(&row.header).map_err(|cause| LedgerError::Decode {
                    position: row.position,
                    cause: Arc::new(cause.into()),
                })?;
                draft.seen.insert(
                    *key,
                    Seen {
                        position: row.position,
                        type_id: header.type_id,
                        content: header.content,
                        ordinal: header.ordinal,
                    },
                );
            }
        }
        Ok(())
    }

    /// Gives every new event its place. Batches whose expectation does not hold are answered.
    fn sequence(
        &mut self,
        draft: &mut Draft,
        batches: &mut [Prepared],
        answers: &mut [Option<Answer>],
    ) -> Result<(), (usize, LedgerError)> {
        for (index, batch) in batches.iter_mut().enumerate() {
            if answers[index].is_some() {
                continue;
            }
            match draft.check(batch) {
                Ok(()) => {}
                Err(cause) => {
                    answers[index] = Some(Err(cause));
                    continue;
                }
            }
            for event in &mut batch.events {
                draft.place(event).map_err(|cause| (index, cause))?;
            }
        }
        Ok(())
    }

    /// Applies every new event to the projections. The inner error is the first refusal.
    async fn fold(
        &mut self,
        draft: &mut Draft,
        batches: &[Prepared],
        answers: &[Option<Answer>],
    ) -> Result<Result<(), (usize, LedgerError)>, LedgerError> {
        let fresh = draft.fresh;
        let open = || {
            let batches = batches.iter().zip(answers).enumerate();
            batches.filter(|(_, (_, answer))| answer.is_none()).flat_map(|(index, (batch, _))| {
                let events = batch.events.iter().enumerate();
                events
                    .filter(|(_, event)| !event.repeated)
                    .map(move |(at, event)| (index, at, event))
            })
        };
        let active = self.active.clone();
        for (number, Active { projection, .. }) in active.iter().enumerate() {
            let set = &mut draft.rows[number];
            for (_, _, event) in open() {
                for row in projection.keys(&event.recorded) {
                    let absent = row.owner.is_some_and(|owner| owner.0 >= fresh);
                    set.want(row, absent, |key| {
                        let flying = || {
                            self.flying.iter().rev().find_map(|group| group.rows[number].get(key))
                        };
                        self.rows[number].get(key).or_else(|| flying().cloned())
                    });
                }
            }
        }
        let ids = active.iter().map(|active| active.id);
        fetch(&*self.store, &mut ids.zip(&mut draft.rows).collect::<Vec<_>>()).await?;
        for (Active { projection, .. }, set) in active.iter().zip(&mut draft.rows) {
            for (index, at, event) in open() {
                if let Err(cause) = set.apply(&**projection, &event.recorded) {
                    let projection = projection.name();
                    return Ok(Err((index, LedgerError::Refused { projection, index: at, cause })));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Encodes headers, grows the tree and collects the group.
    fn finish(
        &mut self,
        draft: Draft,
        batches: Vec<Prepared>,
        answers: Vec<Option<Answer>>,
    ) -> Result<Planned, LedgerError> {
        let mut frontier = self.frontier.clone();
        let mut group = Group { base: frontier.size(), ..Group::default() };
        let events = batches.iter().map(|batch| batch.events.len()).sum();
        group.events.reserve(events);
        group.payloads.reserve(events);
        let mut answered = Vec::with_capacity(batches.len());
        for (batch, answer) in batches.into_iter().zip(answers) {
            answered.push(match answer {
                Some(answer) => answer,
                None => Ok(take_in(&mut group, &mut frontier, batch)?),
            });
        }
        self.frontier = frontier;
        self.next_stream += draft.new_streams.len() as u64;
        group.head = HeadRow {
            size: self.frontier.size(),
            frontier: self.frontier.to_bytes(),
            next_stream: self.next_stream,
        };
        self.absence.made(draft.new_streams.iter().map(|row| &row.key));
        group.streams = draft.new_streams;
        group.projections = self.active.iter().map(|active| active.id).collect();
        let mut flying = Flying { seen: draft.seen, ..Flying::default() };
        for (number, set) in draft.rows.into_iter().enumerate() {
            let (changes, values) = set.finish(&self.active[number], &mut self.rows[number]);
            group.rows.extend(changes);
            flying.rows.push(values);
        }
        for (key, stream) in draft.streams {
            self.streams.put(key.clone(), stream);
            if stream.0 >= draft.fresh {
                flying.streams.insert(key, stream);
            }
        }
        let mut idems = draft.idems;
        for (stream, length) in draft.lengths {
            let known = idems.remove(&stream).filter(|idems| idems.len() <= IDEMS_CACHED);
            let held = Held { length, idems: known.map(Into::into) };
            self.held.put(stream, held.clone());
            flying.held.insert(stream, held);
        }
        self.flying.push_back(flying);
        Ok(Planned { group, answers: answered })
    }
}
