//! Reading the log. A page of events comes as one result row of arrays, as moving a thousand rows
//! through the driver costs more than finding them.

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row};

use super::connect::PostgresStore;
use super::fault::fault;
use super::write::{commit, signed};
use crate::model::{Commitment, Position, SourceKey, StreamId, TreeHash};
use crate::store::column::{cut, digest, event, torn, unsigned};
use crate::store::contract::{
    EventQuery, EventRow, EventStore, Group, HeadRow, RepeatRow, StreamKind,
};
use crate::store::error::StoreError;
use crate::store::kinds::STREAM_KINDS;
use crate::store::type_filter::type_filter;

/// One row for all events of the inner SELECT: an array for each column, long ones end to end.
const PACK: &str = "SELECT array_agg(position), array_agg(stream_id), array_agg(parent_id), \
    array_agg(type_id), array_agg(length(header)::bigint), array_agg(length(facts)::bigint), \
    array_agg(commitment), string_agg(header, ''::bytea), string_agg(facts, ''::bytea) FROM ";

const COLUMNS: &str = "position, stream_id, parent_id, type_id, header, facts, commitment";

#[async_trait]
impl EventStore for PostgresStore {
    async fn head(&self) -> Result<HeadRow, StoreError> {
        let question = sqlx::query("SELECT size, frontier, next_stream FROM head");
        let row = self.readers.one(question).await.map_err(fault("reading the head"))?;
        Ok(HeadRow {
            size: unsigned(&row, 0)?,
            frontier: get(&row, 1)?,
            next_stream: unsigned(&row, 2)?,
        })
    }

    async fn commit(&self, group: Group) -> Result<(), StoreError> {
        commit(self, group).await
    }

    async fn events(&self, query: &EventQuery) -> Result<Vec<EventRow>, StoreError> {
        let question = sqlx::query(AssertSqlSafe(page_text(query.types.as_deref())))
            .bind(signed(query.from.0))
            .bind(signed(query.to.0))
            .bind(i64::from(query.limit));
        let row = self.readers.one(question).await.map_err(fault("reading events"))?;
        unpack(&row)
    }

    async fn events_at(&self, at: &[Position]) -> Result<Vec<Option<EventRow>>, StoreError> {
        let statement = sqlx::query(
            "SELECT k.n, position, stream_id, parent_id, type_id, header, facts, commitment \
            FROM UNNEST($1::bigint[]) WITH ORDINALITY AS k (at, n) JOIN event ON position = k.at",
        )
        .bind(at.iter().map(|at| signed(at.0)).collect::<Vec<_>>());
        answers(self, at.len(), statement, "reading events", event).await
    }

    async fn stream_events(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let inner = format!(
            "(SELECT {COLUMNS} FROM event WHERE stream_id = $1 AND position >= $2 \
            ORDER BY position LIMIT $3) AS page"
        );
        let question = sqlx::query(AssertSqlSafe(format!("{PACK}{inner}")))
            .bind(signed(stream.0))
            .bind(signed(from.0))
            .bind(i64::from(limit));
        let row = self.readers.one(question).await.map_err(fault("reading a stream"))?;
        unpack(&row)
    }

    async fn repeats(
        &self,
        keys: &[(StreamId, i64)],
    ) -> Result<Vec<Option<RepeatRow>>, StoreError> {
        let statement = sqlx::query(
            "SELECT k.n, e.position, e.header \
            FROM UNNEST($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (stream, idem, n) \
            JOIN event e ON e.stream_id = k.stream AND e.idem = k.idem",
        )
        .bind(keys.iter().map(|key| signed(key.0.0)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1).collect::<Vec<_>>());
        answers(self, keys.len(), statement, "looking for repeats", |row| {
            let header: Vec<u8> = get(row, 2)?;
            Ok(RepeatRow { position: Position(unsigned(row, 1)?), header: Bytes::from(header) })
        })
        .await
    }

    async fn idems(&self, streams: &[StreamId]) -> Result<Vec<Vec<i64>>, StoreError> {
        let statement = sqlx::query(
            "SELECT k.n, ARRAY(SELECT idem FROM event WHERE stream_id = k.stream) \
            FROM UNNEST($1::bigint[]) WITH ORDINALITY AS k (stream, n)",
        )
        .bind(streams.iter().map(|stream| signed(stream.0)).collect::<Vec<_>>());
        let idems =
            answers(self, streams.len(), statement, "looking into streams", |row| get(row, 1));
        Ok(idems.await?.into_iter().map(Option::unwrap_or_default).collect())
    }

    async fn stream_ids(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, StoreError> {
        let text = |part: fn(&SourceKey) -> &str| -> Vec<String> {
            keys.iter().map(|key| part(key).to_owned()).collect()
        };
        let statement = sqlx::query(
            "SELECT k.n, s.stream_id FROM UNNEST($1::text[], $2::text[], $3::text[]) \
            WITH ORDINALITY AS k (system, object, id, n) JOIN stream s \
            ON s.source_system = k.system AND s.object_type = k.object AND s.source_id = k.id",
        )
        .bind(text(SourceKey::system))
        .bind(text(SourceKey::object))
        .bind(text(SourceKey::id));
        answers(self, keys.len(), statement, "looking for streams", |row| {
            Ok(StreamId(unsigned(row, 1)?))
        })
        .await
    }

    async fn stream_kinds(&self) -> Result<Vec<StreamKind>, StoreError> {
        let rows = self.readers.all(sqlx::query(STREAM_KINDS)).await;
        let rows = rows.map_err(fault("listing kinds"))?;
        rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }

    async fn stream_keys(
        &self,
        streams: &[StreamId],
    ) -> Result<Vec<Option<SourceKey>>, StoreError> {
        let statement = sqlx::query(
            "SELECT k.n, s.source_system, s.object_type, s.source_id \
            FROM UNNEST($1::bigint[]) WITH ORDINALITY AS k (stream, n) \
            JOIN stream s ON s.stream_id = k.stream",
        )
        .bind(streams.iter().map(|stream| signed(stream.0)).collect::<Vec<_>>());
        answers(self, streams.len(), statement, "naming streams", |row| {
            let (system, object, id): (String, String, String) =
                (get(row, 1)?, get(row, 2)?, get(row, 3)?);
            SourceKey::new(&system, &object, &id)
                .map_err(|cause| StoreError::damaged(format!("stream: {cause}")))
        })
        .await
    }

    async fn type_counts(
        &self,
        from: Position,
        to: Position,
    ) -> Result<Vec<(u16, u64)>, StoreError> {
        let question = sqlx::query(
            "SELECT CAST(type_id AS BIGINT), count(*) FROM event \
            WHERE position >= $1 AND position < $2 GROUP BY type_id ORDER BY type_id",
        )
        .bind(signed(from.0))
        .bind(signed(to.0));
        let rows = self.readers.all(question).await.map_err(fault("counting events"))?;
        let count =
            |row| Ok((u16::try_from(unsigned(row, 0)?).map_err(|_| torn())?, unsigned(row, 1)?));
        rows.iter().map(count).collect()
    }

    async fn subtrees(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, StoreError> {
        let question = sqlx::query(
            "SELECT root FROM subtree WHERE number >= $1 AND number < $2 ORDER BY number",
        )
        .bind(signed(from))
        .bind(signed(to));
        let rows = self.readers.all(question).await.map_err(fault("reading subtrees"))?;
        rows.iter().map(|row| digest(&get::<Vec<u8>>(row, 0)?).map(TreeHash)).collect()
    }
}

pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// Puts the answers to a list of questions in order. Column 0 counts the questions from 1.
pub(super) async fn answers<T>(
    store: &PostgresStore,
    questions: usize,
    statement: Statement,
    doing: &'static str,
    answer: impl Fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Vec<Option<T>>, StoreError> {
    let mut answers: Vec<Option<T>> = (0..questions).map(|_| None).collect();
    if questions == 0 {
        return Ok(answers);
    }
    for row in store.readers.all(statement).await.map_err(fault(doing))? {
        let n = usize::try_from(unsigned(&row, 0)?).unwrap_or(0);
        if let Some(slot) = n.checked_sub(1).and_then(|n| answers.get_mut(n)) {
            *slot = Some(answer(&row)?);
        }
    }
    Ok(answers)
}

fn page_text(types: Option<&[u16]>) -> String {
    let filter = type_filter(types);
    format!(
        "{PACK}(SELECT {COLUMNS} FROM event WHERE position >= $1 AND position < $2 {filter}\
        ORDER BY position LIMIT $3) AS page"
    )
}

/// Takes a page apart again.
fn unpack(row: &PgRow) -> Result<Vec<EventRow>, StoreError> {
    let positions: Option<Vec<i64>> = get(row, 0)?;
    let Some(positions) = positions else { return Ok(Vec::new()) };
    if !positions.is_sorted() {
        return Err(StoreError::damaged("events are not in order"));
    }
    let (streams, parents): (Vec<i64>, Vec<Option<i64>>) = (get(row, 1)?, get(row, 2)?);
    let (types, header_lens): (Vec<i64>, Vec<i64>) = (get(row, 3)?, get(row, 4)?);
    let (facts_lens, commitments): (Vec<i64>, Vec<Option<Vec<u8>>>) = (get(row, 5)?, get(row, 6)?);
    let mut headers = Bytes::from(get::<Vec<u8>>(row, 7)?);
    let mut facts = Bytes::from(get::<Vec<u8>>(row, 8)?);
    let numbers = positions.into_iter().zip(streams).zip(parents).zip(types);
    let lens = header_lens.into_iter().zip(facts_lens).zip(commitments);
    let mut events = Vec::new();
    for ((((position, stream), parent), type_id), ((header, fact), commitment)) in numbers.zip(lens)
    {
        let commitment = commitment.map(|bytes| digest(&bytes)).transpose()?;
        events.push(EventRow {
            position: Position(position.unsigned_abs()),
            stream: StreamId(stream.unsigned_abs()),
            parent: parent.map(|parent| StreamId(parent.unsigned_abs())),
            type_id: u16::try_from(type_id).map_err(|_| torn())?,
            header: cut(&mut headers, header)?,
            facts: cut(&mut facts, fact)?,
            commitment: commitment.map(Commitment),
        });
    }
    Ok(events)
}

pub(super) fn get<'r, T>(row: &'r PgRow, index: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    row.try_get(index).map_err(|cause| StoreError::damaged(cause.to_string()))
}
