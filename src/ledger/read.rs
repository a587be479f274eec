//! Reading: events, streams, payloads, rows.

use std::ops::Range;

use futures::stream::Stream;

use super::contract::Recorded;
use super::error::LedgerError;
use super::log::Ledger;
use super::pages::{PAGE_EVENTS, recorded, recorded_pages};
use super::payload::unpack;
use crate::model::{Position, SourceKey, StreamId};
use crate::store::{Direction, EventQuery, Pair, ProjectionId, RowQuery, StoreError};

/// Keys in one question to the store.
const KEYS_PER_QUERY: usize = 200;

impl Ledger {
    /// Events of a range in order, page by page, with bounded memory. The range may reach beyond
    /// the head.
    pub fn read(
        &self,
        range: Range<Position>,
        types: Option<&[u16]>,
    ) -> impl Stream<Item = Result<Vec<Recorded>, LedgerError>> + Send + use<> {
        recorded_pages(self.store.clone(), range, types.map(<[u16]>::to_vec))
    }

    /// All events of one stream in order.
    ///
    /// # Errors
    /// If the store fails or an event cannot be read.
    pub async fn read_stream(&self, stream: StreamId) -> Result<Vec<Recorded>, LedgerError> {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let from = events.last().map_or(Position(0), |event| event.position.next());
            let rows = self.store.stream_events(stream, from, PAGE_EVENTS).await?;
            let last = rows.len() < PAGE_EVENTS as usize;
            for row in &rows {
                events.push(recorded(row)?);
            }
            if last {
                return Ok(events);
            }
        }
    }

    /// At most `limit` events of one stream in order, from a position on.
    ///
    /// # Errors
    /// If the store fails or an event cannot be read.
    pub async fn read_stream_from(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        self.store.stream_events(stream, from, limit).await?.iter().map(recorded).collect()
    }

    /// System and object of all source keys, each pair once, found by the index.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn key_kinds(&self) -> Result<Vec<(String, String)>, LedgerError> {
        Ok(self.store.stream_kinds().await?)
    }

    /// Events by position; none beyond the head.
    ///
    /// # Errors
    /// If the store fails or an event cannot be read.
    pub async fn read_at(
        &self,
        positions: &[Position],
    ) -> Result<Vec<Option<Recorded>>, LedgerError> {
        let mut events = Vec::with_capacity(positions.len());
        for positions in positions.chunks(KEYS_PER_QUERY) {
            let rows = self.store.events_at(positions).await?;
            for row in rows {
                events.push(row.as_ref().map(recorded).transpose()?);
            }
        }
        Ok(events)
    }

    /// Payloads by position, unpacked and checked against their commitments; none where there
    /// never was one or it is erased ([`Recorded::has_payload`] tells which).
    ///
    /// # Errors
    /// If the store fails, or a payload is not the one that was committed to.
    pub async fn payloads(
        &self,
        positions: &[Position],
    ) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        let mut payloads = Vec::with_capacity(positions.len());
        for positions in positions.chunks(KEYS_PER_QUERY) {
            let rows = self.store.payloads(positions).await?;
            let events = self.store.events_at(positions).await?;
            for (row, event) in rows.into_iter().zip(events) {
                let committed = event.and_then(|event| event.commitment);
                payloads.push(row.map(|row| unpack(row, committed.as_ref())).transpose()?);
            }
        }
        Ok(payloads)
    }

    /// Streams of source keys; none for keys that no event has named.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn streams(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, LedgerError> {
        let mut streams = vec![None; keys.len()];
        let doubtful = match self.absence() {
            Some(absence) => absence.doubtful(keys.iter()),
            None => (0..keys.len()).collect(),
        };
        for places in doubtful.chunks(KEYS_PER_QUERY) {
            let keys: Vec<SourceKey> = places.iter().map(|place| keys[*place].clone()).collect();
            let found = self.store.stream_ids(&keys).await?;
            for (place, stream) in places.iter().zip(found) {
                streams[*place] = stream;
            }
        }
        Ok(streams)
    }

    /// Source keys of streams.
    ///
    /// # Errors
    /// If the store fails, or there is no such stream.
    pub async fn keys(&self, streams: &[StreamId]) -> Result<Vec<SourceKey>, LedgerError> {
        let mut keys = Vec::with_capacity(streams.len());
        for streams in streams.chunks(KEYS_PER_QUERY) {
            let found = self.store.stream_keys(streams).await?;
            for (stream, key) in streams.iter().zip(found) {
                let missing = || StoreError::damaged(format!("there is no stream {stream}"));
                keys.push(key.ok_or_else(missing)?);
            }
        }
        Ok(keys)
    }

    /// How many events of each type stand in a range, which may reach beyond the head.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn type_counts(
        &self,
        range: Range<Position>,
    ) -> Result<Vec<(u16, u64)>, LedgerError> {
        Ok(self.store.type_counts(range.start, range.end).await?)
    }

    /// At most `limit` events of a range in order; of some types only, if they are named.
    ///
    /// # Errors
    /// If the store fails or an event cannot be read.
    pub async fn read_some(
        &self,
        range: Range<Position>,
        types: Option<&[u16]>,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        let types = types.map(<[u16]>::to_vec);
        let query = EventQuery { from: range.start, to: range.end, types, limit };
        self.store.events(&query).await?.iter().map(recorded).collect()
    }

    /// How many rows of a projection there are from one key up to, not including, another.
    ///
    /// # Errors
    /// If the store fails or there is no such projection.
    pub async fn count_rows(
        &self,
        projection: &str,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, LedgerError> {
        Ok(self.store.count_rows(self.projection(projection)?, from, to).await?)
    }

    /// Rows of a projection by key.
    ///
    /// # Errors
    /// If the store fails or there is no such projection.
    pub async fn rows(
        &self,
        projection: &str,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        let projection = self.projection(projection)?;
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(KEYS_PER_QUERY) {
            let keys: Vec<_> = keys.iter().map(|key| (projection, key.clone())).collect();
            rows.extend(self.store.rows(&keys).await?);
        }
        Ok(rows)
    }

    /// At most `limit` rows of a projection in order of key, from `from` (included) up to `to`.
    ///
    /// # Errors
    /// If the store fails or there is no such projection.
    pub async fn scan(
        &self,
        projection: &str,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, LedgerError> {
        self.walk(projection, from, to, limit, Direction::Up).await
    }

    /// Like [`Self::scan`], the largest key first.
    ///
    /// # Errors
    /// If the store fails or there is no such projection.
    pub async fn scan_back(
        &self,
        projection: &str,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, LedgerError> {
        self.walk(projection, from, to, limit, Direction::Down).await
    }

    async fn walk(
        &self,
        projection: &str,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Pair>, LedgerError> {
        let projection = self.projection(projection)?;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let query = RowQuery { projection, from, to, limit, direction };
        Ok(self.store.scan(&query).await?)
    }

    fn projection(&self, name: &str) -> Result<ProjectionId, LedgerError> {
        let found = self.active.iter().find(|active| active.projection.name() == name);
        found.map(|active| active.id).ok_or_else(|| LedgerError::UnknownProjection(name.to_owned()))
    }
}
