//! A store that forgets everything when the process ends: for tests and rehearsals.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::contract::{
    CheckpointRow, Direction, EventQuery, EventRow, EventStore, Group, HeadRow, Pair, PayloadRow,
    PayloadStore, ProjectionId, ProjectionRow, RepeatRow, RowChange, RowKey, RowQuery, RowStore,
    SealStore, Store, StreamKind,
};
use super::error::StoreError;
use super::holder::Holder;
use super::raw::{RawEvent, RawPayload, RawRange, RawStore, RawStream, RawSubtree};
use crate::model::{Position, SourceKey, StreamId, TreeHash};

/// Tables in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Clone, Debug, Default)]
struct Tables {
    head: HeadRow,
    events: Vec<EventRow>,
    /// Idempotency key and start of the leaf of each event.
    columns: Vec<(i64, i64)>,
    idem: BTreeMap<(StreamId, i64), Position>,
    by_stream: HashMap<StreamId, Vec<Position>>,
    ids: HashMap<SourceKey, StreamId>,
    keys: Vec<SourceKey>,
    payloads: HashMap<Position, PayloadRow>,
    subtrees: Vec<TreeHash>,
    projections: Vec<ProjectionRow>,
    rows: BTreeMap<(ProjectionId, Vec<u8>), Vec<u8>>,
    meta: BTreeMap<String, Vec<u8>>,
    checkpoints: BTreeMap<u64, CheckpointRow>,
}

impl Tables {
    fn event(&self, position: Position) -> Option<&EventRow> {
        self.events.get(usize::try_from(position.0).ok()?)
    }

    fn write_rows(&mut self, rows: Vec<RowChange>) {
        for RowChange { projection, key, value } in rows {
            match value {
                Some(value) => self.rows.insert((projection, key), value),
                None => self.rows.remove(&(projection, key)),
            };
        }
    }

    fn check(&self, group: &Group) -> Result<(), StoreError> {
        if self.head.size != group.base {
            return Err(StoreError::Moved { expected: group.base, found: self.head.size });
        }
        let repeated = |event: &super::contract::NewEventRow| {
            self.idem.contains_key(&(event.stream, event.idem))
        };
        if group.events.iter().any(repeated) {
            return Err(StoreError::damaged("an event is stored twice in its stream"));
        }
        Ok(())
    }

    fn write(&mut self, group: Group) {
        for row in group.streams {
            self.ids.insert(row.key.clone(), row.stream);
            self.keys.push(row.key);
        }
        for (position, event) in (group.base..).map(Position).zip(group.events) {
            self.idem.insert((event.stream, event.idem), position);
            self.by_stream.entry(event.stream).or_default().push(position);
            self.columns.push((event.idem, event.leaf));
            self.events.push(EventRow {
                position,
                stream: event.stream,
                parent: event.parent,
                type_id: event.type_id,
                header: Bytes::from(event.header),
                facts: Bytes::from(event.facts),
                commitment: event.commitment,
            });
        }
        self.payloads.extend(group.payloads.into_iter().map(|row| (row.position, row)));
        for position in group.erased {
            self.payloads.remove(&position);
        }
        self.subtrees.extend(group.subtrees.iter().map(|subtree| subtree.root));
        self.write_rows(group.rows);
        let size = group.head.size;
        self.head = group.head;
        for row in &mut self.projections {
            if group.projections.contains(&row.projection) {
                row.reached = size;
            }
        }
    }
}

impl MemoryStore {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// A second ledger with what this one holds now.
    pub fn copy(&self) -> Self {
        Self { tables: Mutex::new(self.tables().clone()) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn head(&self) -> Result<HeadRow, StoreError> {
        Ok(self.tables().head.clone())
    }

    async fn commit(&self, group: Group) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.check(&group)?;
        tables.write(group);
        Ok(())
    }

    async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, StoreError> {
        let wanted = |row: &&EventRow| {
            row.position < query.to
                && query.types.as_ref().is_none_or(|types| types.contains(&row.type_id))
        };
        let from = usize::try_from(query.from.0).unwrap_or(usize::MAX);
        let tables = self.tables();
        let rows = tables.events.iter().skip(from).filter(wanted);
        Ok(rows.take(query.limit as usize).cloned().collect())
    }

    async fn events_at(&self, at: &[Position]) -> Result<Vec<Option<EventRow>>, StoreError> {
        let tables = self.tables();
        Ok(at.iter().map(|position| tables.event(*position).cloned()).collect())
    }

    async fn stream_events(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let tables = self.tables();
        let positions = tables.by_stream.get(&stream).map_or(&[][..], Vec::as_slice);
        let wanted = positions.iter().filter(|position| **position >= from).take(limit as usize);
        Ok(wanted.filter_map(|position| tables.event(*position).cloned()).collect())
    }

    async fn repeats(
        &self,
        keys: &[(StreamId, i64)],
    ) -> Result<Vec<Option<RepeatRow>>, StoreError> {
        let tables = self.tables();
        let repeat = |key: &(StreamId, i64)| {
            let row = tables.event(*tables.idem.get(key)?)?;
            Some(RepeatRow { position: row.position, header: row.header.clone() })
        };
        Ok(keys.iter().map(repeat).collect())
    }

    async fn idems(&self, streams: &[StreamId]) -> Result<Vec<Vec<i64>>, StoreError> {
        let tables = self.tables();
        let idems = |stream: &StreamId| {
            let all = tables.idem.range((*stream, i64::MIN)..=(*stream, i64::MAX));
            all.map(|((_, idem), _)| *idem).collect()
        };
        Ok(streams.iter().map(idems).collect())
    }

    async fn stream_ids(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.ids.get(key).copied()).collect())
    }

    async fn stream_kinds(&self) -> Result<Vec<StreamKind>, StoreError> {
        let tables = self.tables();
        let kind = |key: &SourceKey| (key.system().to_owned(), key.object().to_owned());
        Ok(tables.keys.iter().map(kind).collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn stream_keys(
        &self,
        streams: &[StreamId],
    ) -> Result<Vec<Option<SourceKey>>, StoreError> {
        let tables = self.tables();
        let key = |stream: &StreamId| tables.keys.get(usize::try_from(stream.0).ok()?).cloned();
        Ok(streams.iter().map(key).collect())
    }

    async fn type_counts(
        &self,
        from: Position,
        to: Position,
    ) -> Result<Vec<(u16, u64)>, StoreError> {
        let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
        let tables = self.tables();
        let inside = tables.events.iter().filter(|row| row.position >= from && row.position < to);
        inside.for_each(|row| *counts.entry(row.type_id).or_default() += 1);
        Ok(counts.into_iter().collect())
    }

    async fn subtrees(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, StoreError> {
        let tables = self.tables();
        let count = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(tables.subtrees.iter().skip(skip).take(count).copied().collect())
    }
}

#[async_trait]
impl PayloadStore for MemoryStore {
    async fn payloads(&self, at: &[Position]) -> Result<Vec<Option<PayloadRow>>, StoreError> {
        let tables = self.tables();
        Ok(at.iter().map(|position| tables.payloads.get(position).cloned()).collect())
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[async_trait]
impl RowStore for MemoryStore {
    async fn projections(&self) -> Result<Vec<ProjectionRow>, StoreError> {
        Ok(self.tables().projections.clone())
    }

    async fn reset_projection(
        &self,
        name: &str,
        version: u32,
    ) -> Result<ProjectionRow, StoreError> {
        let mut tables = self.tables();
        let known = tables.projections.iter().position(|row| row.name == name);
        let index = known.unwrap_or(tables.projections.len());
        let projection = ProjectionId(u32::try_from(index).unwrap_or(u32::MAX));
        tables.rows.retain(|(of, _), _| *of != projection);
        let row = ProjectionRow { projection, name: name.to_owned(), version, reached: 0 };
        if known.is_some() {
            tables.projections[index] = row.clone();
        } else {
            tables.projections.push(row.clone());
        }
        Ok(row)
    }

    async fn fold(
        &self,
        projection: ProjectionId,
        rows: Vec<RowChange>,
        reached: u64,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.write_rows(rows);
        for row in tables.projections.iter_mut().filter(|row| row.projection == projection) {
            row.reached = reached;
        }
        Ok(())
    }

    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.rows.get(key).cloned()).collect())
    }

    async fn count_rows(
        &self,
        projection: ProjectionId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, StoreError> {
        let tables = self.tables();
        let range = (projection, from.to_vec())..(projection, to.to_vec());
        Ok(tables.rows.range(range).count() as u64)
    }

    async fn scan(&self, query: &RowQuery<'_>) -> Result<Vec<Pair>, StoreError> {
        let tables = self.tables();
        let first = (query.projection, query.from.to_vec());
        let inside = |(projection, key): &(ProjectionId, Vec<u8>)| {
            *projection == query.projection && query.to.is_none_or(|to| key.as_slice() < to)
        };
        let mut found = tables.rows.range(first..).take_while(|(key, _)| inside(key));
        let pair =
            |(key, value): (&(ProjectionId, Vec<u8>), &Vec<u8>)| (key.1.clone(), value.clone());
        let limit = query.limit as usize;
        Ok(match query.direction {
            Direction::Up => found.by_ref().take(limit).map(pair).collect(),
            Direction::Down => {
                let all: Vec<_> = found.collect();
                all.into_iter().rev().take(limit).map(pair).collect()
            }
        })
    }
}

#[async_trait]
impl SealStore for MemoryStore {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables().meta.get(name).cloned())
    }

    async fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.meta.contains_key(name) {
            return Err(StoreError::Set { name: name.to_owned() });
        }
        tables.meta.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError> {
        Ok(self.tables().checkpoints.values().cloned().collect())
    }

    async fn put_checkpoint(&self, row: CheckpointRow) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if let Some(known) = tables.checkpoints.get(&row.size)
            && (known.root != row.root || !row.note.starts_with(&known.note))
        {
            return Err(StoreError::Set { name: format!("the checkpoint of {}", row.size) });
        }
        tables.checkpoints.insert(row.size, row);
        Ok(())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        Ok(None)
    }

    async fn close(&self) {}
}

#[async_trait]
impl RawStore for MemoryStore {
    async fn raw_extent(&self) -> Result<Option<(i64, i64)>, StoreError> {
        let last = self.tables().events.last().map(|event| signed(event.position.0));
        Ok(last.map(|last| (0, last)))
    }

    async fn complaints(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn raw_events(&self, range: RawRange) -> Result<Vec<RawEvent>, StoreError> {
        let tables = self.tables();
        let rows = tables.events.iter().zip(&tables.columns);
        let raw = rows.map(|(event, (idem, leaf))| RawEvent {
            position: signed(event.position.0),
            stream: signed(event.stream.0),
            parent: event.parent.map(|parent| signed(parent.0)),
            idem: *idem,
            type_id: event.type_id.into(),
            leaf: *leaf,
            header: event.header.clone(),
            facts: event.facts.clone(),
            commitment: event.commitment.map(|hash| Bytes::copy_from_slice(&hash.0)),
        });
        Ok(within(raw, range, |row| row.position))
    }

    async fn raw_payloads(&self, range: RawRange) -> Result<Vec<RawPayload>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> = tables.payloads.values().collect();
        rows.sort_by_key(|row| row.position);
        let raw = rows.into_iter().map(|row| RawPayload {
            position: signed(row.position.0),
            salt: Bytes::copy_from_slice(&row.salt),
            codec: row.codec.into(),
            bytes: Bytes::copy_from_slice(&row.bytes),
        });
        Ok(within(raw, range, |row| row.position))
    }

    async fn raw_streams(&self, range: RawRange) -> Result<Vec<RawStream>, StoreError> {
        let tables = self.tables();
        let raw = tables.keys.iter().zip(0..).map(|(key, stream)| RawStream {
            stream,
            system: key.system().into(),
            object: key.object().into(),
            id: key.id().into(),
        });
        Ok(within(raw, range, |row| row.stream))
    }

    async fn raw_subtrees(&self, range: RawRange) -> Result<Vec<RawSubtree>, StoreError> {
        let tables = self.tables();
        let raw = tables
            .subtrees
            .iter()
            .zip(0..)
            .map(|(root, number)| RawSubtree { number, root: Bytes::copy_from_slice(&root.0) });
        Ok(within(raw, range, |row| row.number))
    }
}

/// Databases have no larger integers.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn within<T>(rows: impl Iterator<Item = T>, range: RawRange, key: impl Fn(&T) -> i64) -> Vec<T> {
    let inside = rows.filter(|row| (range.from..range.to).contains(&key(row)));
    inside.take(range.limit as usize).collect()
}
