//! Rows as they are stored, for the check. Pages come as one result row each, as in `events`.

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::postgres::PgRow;

use super::connect::PostgresStore;
use super::events::get;
use super::fault::fault;
use crate::store::column::cut;
use crate::store::error::StoreError;
use crate::store::raw::{RawEvent, RawPayload, RawRange, RawStore, RawStream, RawSubtree};

const EVENTS: &str = "SELECT array_agg(position), array_agg(stream_id), array_agg(parent_id), \
    array_agg(idem), array_agg(type_id), array_agg(leaf), array_agg(commitment), \
    array_agg(length(header)::bigint), array_agg(length(facts)::bigint), \
    string_agg(header, ''::bytea), string_agg(facts, ''::bytea) \
    FROM (SELECT * FROM event WHERE position >= $1 AND position < $2 \
        ORDER BY position LIMIT $3) AS page";

const PAYLOADS: &str = "SELECT position, salt, codec, bytes FROM payload \
    WHERE position >= $1 AND position < $2 ORDER BY position LIMIT $3";

const STREAMS: &str = "SELECT stream_id, source_system, object_type, source_id FROM stream \
    WHERE stream_id >= $1 AND stream_id < $2 ORDER BY stream_id LIMIT $3";

const SUBTREES: &str = "SELECT number, root FROM subtree \
    WHERE number >= $1 AND number < $2 ORDER BY number LIMIT $3";

#[async_trait]
impl RawStore for PostgresStore {
    async fn raw_extent(&self) -> Result<Option<(i64, i64)>, StoreError> {
        let question = sqlx::query("SELECT min(position), max(position) FROM event");
        let row = self
            .readers
            .one(question)
            .await
            .map_err(fault("looking for the first and last event"))?;
        let (first, last): (Option<i64>, Option<i64>) = (get(&row, 0)?, get(&row, 1)?);
        Ok(first.zip(last))
    }

    /// PostgreSQL checks its pages as it reads them (`data_checksums`); its indexes need the
    /// extension `amcheck`, which is its administrator's to run.
    async fn complaints(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn raw_events(&self, range: RawRange) -> Result<Vec<RawEvent>, StoreError> {
        let rows = self.raw(EVENTS, range, "reading stored events").await?;
        let Some(page) = rows.first() else { return Ok(Vec::new()) };
        let positions: Option<Vec<i64>> = get(page, 0)?;
        let Some(positions) = positions else { return Ok(Vec::new()) };
        let (streams, parents): (Vec<i64>, Vec<Option<i64>>) = (get(page, 1)?, get(page, 2)?);
        let (idems, types): (Vec<i64>, Vec<i64>) = (get(page, 3)?, get(page, 4)?);
        let (leaves, commitments): (Vec<i64>, Vec<Option<Vec<u8>>>) =
            (get(page, 5)?, get(page, 6)?);
        let (header_lens, facts_lens): (Vec<i64>, Vec<i64>) = (get(page, 7)?, get(page, 8)?);
        let mut headers = Bytes::from(get::<Vec<u8>>(page, 9)?);
        let mut facts = Bytes::from(get::<Vec<u8>>(page, 10)?);
        let mut events = Vec::with_capacity(positions.len());
        for (at, (position, commitment)) in positions.into_iter().zip(commitments).enumerate() {
            events.push(RawEvent {
                position,
                stream: streams[at],
                parent: parents[at],
                idem: idems[at],
                type_id: types[at],
                leaf: leaves[at],
                header: cut(&mut headers, header_lens[at])?,
                facts: cut(&mut facts, facts_lens[at])?,
                commitment: commitment.map(Bytes::from),
            });
        }
        Ok(events)
    }

    async fn raw_payloads(&self, range: RawRange) -> Result<Vec<RawPayload>, StoreError> {
        let rows = self.raw(PAYLOADS, range, "reading stored payloads").await?;
        let payload = |row: &PgRow| {
            Ok(RawPayload {
                position: get(row, 0)?,
                salt: get::<Vec<u8>>(row, 1)?.into(),
                codec: get(row, 2)?,
                bytes: get::<Vec<u8>>(row, 3)?.into(),
            })
        };
        rows.iter().map(payload).collect()
    }

    async fn raw_streams(&self, range: RawRange) -> Result<Vec<RawStream>, StoreError> {
        let rows = self.raw(STREAMS, range, "reading stored streams").await?;
        let stream = |row: &PgRow| {
            Ok(RawStream {
                stream: get(row, 0)?,
                system: get(row, 1)?,
                object: get(row, 2)?,
                id: get(row, 3)?,
            })
        };
        rows.iter().map(stream).collect()
    }

    async fn raw_subtrees(&self, range: RawRange) -> Result<Vec<RawSubtree>, StoreError> {
        let rows = self.raw(SUBTREES, range, "reading stored subtrees").await?;
        let subtree = |row: &PgRow| {
            Ok(RawSubtree { number: get(row, 0)?, root: get::<Vec<u8>>(row, 1)?.into() })
        };
        rows.iter().map(subtree).collect()
    }
}

impl PostgresStore {
    async fn raw(
        &self,
        text: &'static str,
        range: RawRange,
        doing: &'static str,
    ) -> Result<Vec<PgRow>, StoreError> {
        let question =
            sqlx::query(text).bind(range.from).bind(range.to).bind(i64::from(range.limit));
        self.readers.all(question).await.map_err(fault(doing))
    }
}
