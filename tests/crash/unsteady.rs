//! A store whose commits can fail, or land without being acknowledged.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use deskledger::model::{Position, SourceKey, StreamId, TreeHash};
use deskledger::store::{
    CheckpointRow, EventQuery, EventRow, EventStore, Group, HeadRow, Holder, MemoryStore, Pair,
    PayloadRow, PayloadStore, ProjectionId, ProjectionRow, RawEvent, RawPayload, RawRange,
    RawStore, RawStream, RawSubtree, RepeatRow, RowChange, RowKey, RowQuery, RowStore, SealStore,
    Store, StoreError, StreamKind,
};

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trip {
    /// It is not written, and the store answers nothing more: the program died before.
    DeadBefore,
    /// It is written, and the store answers nothing more: the program died after.
    DeadAfter,
    /// It is not written; the next one is.
    FailsOnce,
    /// It is written, but said not to be.
    Unacknowledged,
    /// It is not written for want of room, and no other is.
    Full,
}

/// A store in memory that trips at a commit of its own choosing.
#[derive(Debug, Default)]
pub struct Unsteady {
    inner: MemoryStore,
    commits: AtomicUsize,
    trip: Mutex<Option<(usize, Trip)>>,
    dead: AtomicBool,
}

fn io() -> StoreError {
    StoreError::Io { doing: "a test", cause: sqlx::Error::PoolClosed }
}

impl Unsteady {
    /// A steady store with what this one holds now.
    pub fn copy(&self) -> Self {
        Self { inner: self.inner.copy(), ..Self::default() }
    }

    /// Steady again; counts commits anew, and trips at the one of this number, from 1.
    pub fn trip(&self, at: Option<(usize, Trip)>) {
        self.commits.store(0, Ordering::SeqCst);
        self.dead.store(false, Ordering::SeqCst);
        *self.trip.lock().unwrap() = at;
    }

    /// Commits asked for since.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<&MemoryStore, StoreError> {
        if self.dead.load(Ordering::SeqCst) { Err(io()) } else { Ok(&self.inner) }
    }
}

#[async_trait]
impl EventStore for Unsteady {
    async fn head(&self) -> Result<HeadRow, StoreError> {
        self.alive()?.head().await
    }

    async fn commit(&self, group: Group) -> Result<(), StoreError> {
        let inner = self.alive()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let trip = *self.trip.lock().unwrap();
        match trip {
            Some((at, Trip::Full)) if number >= at => {
                Err(StoreError::Full { doing: "a test", cause: sqlx::Error::PoolClosed })
            }
            Some((at, trip)) if number == at => {
                let written = matches!(trip, Trip::DeadAfter | Trip::Unacknowledged);
                let dies = matches!(trip, Trip::DeadBefore | Trip::DeadAfter);
                if written {
                    inner.commit(group).await?;
                }
                self.dead.store(dies, Ordering::SeqCst);
                Err(io())
            }
            _ => inner.commit(group).await,
        }
    }

    async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, StoreError> {
        self.alive()?.events(query).await
    }

    async fn events_at(&self, at: &[Position]) -> Result<Vec<Option<EventRow>>, StoreError> {
        self.alive()?.events_at(at).await
    }

    async fn stream_events(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.alive()?.stream_events(stream, from, limit).await
    }

    async fn repeats(
        &self,
        keys: &[(StreamId, i64)],
    ) -> Result<Vec<Option<RepeatRow>>, StoreError> {
        self.alive()?.repeats(keys).await
    }

    async fn idems(&self, streams: &[StreamId]) -> Result<Vec<Vec<i64>>, StoreError> {
        self.alive()?.idems(streams).await
    }

    async fn stream_ids(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, StoreError> {
        self.alive()?.stream_ids(keys).await
    }

    async fn stream_kinds(&self) -> Result<Vec<StreamKind>, StoreError> {
        self.alive()?.stream_kinds().await
    }

    async fn stream_keys(
        &self,
        streams: &[StreamId],
    ) -> Result<Vec<Option<SourceKey>>, StoreError> {
        self.alive()?.stream_keys(streams).await
    }

    async fn type_counts(
        &self,
        from: Position,
        to: Position,
    ) -> Result<Vec<(u16, u64)>, StoreError> {
        self.alive()?.type_counts(from, to).await
    }

    async fn subtrees(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, StoreError> {
        self.alive()?.subtrees(from, to).await
    }
}

#[async_trait]
impl PayloadStore for Unsteady {
    async fn payloads(&self, at: &[Position]) -> Result<Vec<Option<PayloadRow>>, StoreError> {
        self.alive()?.payloads(at).await
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        self.alive()?.scrub().await
    }
}

#[async_trait]
impl RowStore for Unsteady {
    async fn projections(&self) -> Result<Vec<ProjectionRow>, StoreError> {
        self.alive()?.projections().await
    }

    async fn reset_projection(
        &self,
        name: &str,
        version: u32,
    ) -> Result<ProjectionRow, StoreError> {
        self.alive()?.reset_projection(name, version).await
    }

    async fn fold(
        &self,
        projection: ProjectionId,
        rows: Vec<RowChange>,
        reached: u64,
    ) -> Result<(), StoreError> {
        self.alive()?.fold(projection, rows, reached).await
    }

    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.alive()?.rows(keys).await
    }

    async fn count_rows(
        &self,
        projection: ProjectionId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, StoreError> {
        self.alive()?.count_rows(projection, from, to).await
    }

    async fn scan(&self, query: &RowQuery<'_>) -> Result<Vec<Pair>, StoreError> {
        self.alive()?.scan(query).await
    }
}

#[async_trait]
impl SealStore for Unsteady {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive()?.meta(name).await
    }

    async fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.alive()?.put_meta(name, value).await
    }

    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError> {
        self.alive()?.checkpoints().await
    }

    async fn put_checkpoint(&self, row: CheckpointRow) -> Result<(), StoreError> {
        self.alive()?.put_checkpoint(row).await
    }
}

#[async_trait]
impl RawStore for Unsteady {
    async fn raw_extent(&self) -> Result<Option<(i64, i64)>, StoreError> {
        self.alive()?.raw_extent().await
    }

    async fn raw_events(&self, range: RawRange) -> Result<Vec<RawEvent>, StoreError> {
        self.alive()?.raw_events(range).await
    }

    async fn raw_payloads(&self, range: RawRange) -> Result<Vec<RawPayload>, StoreError> {
        self.alive()?.raw_payloads(range).await
    }

    async fn raw_streams(&self, range: RawRange) -> Result<Vec<RawStream>, StoreError> {
        self.alive()?.raw_streams(range).await
    }

    async fn complaints(&self) -> Result<Vec<String>, StoreError> {
        self.alive()?.complaints().await
    }

    async fn raw_subtrees(&self, range: RawRange) -> Result<Vec<RawSubtree>, StoreError> {
        self.alive()?.raw_subtrees(range).await
    }
}

#[async_trait]
impl Store for Unsteady {
    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        self.alive()?.holder().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
