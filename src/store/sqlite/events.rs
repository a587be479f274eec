//! Reading the log. A page of events comes as one result row: moving a thousand rows through the
//! driver costs more than SQLite takes to find them.

use std::sync::LazyLock;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use super::connect::SqliteStore;
use super::fault::fault;
use super::statement::{LookUp, filled};
use super::tables::{Statement, signed};
use super::write::commit;
use crate::model::{Commitment, Position, SourceKey, StreamId, TreeHash};
use crate::store::column::{cut, digest, event, torn, unsigned};
use crate::store::contract::{
    EventQuery, EventRow, EventStore, Group, HeadRow, RepeatRow, StreamKind,
};
use crate::store::error::StoreError;
use crate::store::kinds::STREAM_KINDS;
use crate::store::type_filter::type_filter;

/// One row for all events of the inner SELECT: their numbers as text, their bytes end to end.
const PACK: &str = "SELECT \
    group_concat(concat(position, ',', stream_id, ',', parent_id, ',', type_id, ',', \
        length(header), ',', length(facts), ',', commitment IS NOT NULL), ';'), \
    CAST(group_concat(CAST(header AS TEXT), '') AS BLOB), \
    CAST(group_concat(CAST(facts AS TEXT), '') AS BLOB), \
    CAST(group_concat(CAST(commitment AS TEXT), '') AS BLOB) FROM ";

const COLUMNS: &str = "position, stream_id, parent_id, type_id, header, facts, commitment";

static AT: LazyLock<LookUp> = LazyLock::new(|| {
    let columns = "k.n, position, stream_id, parent_id, type_id, header, facts, commitment";
    LookUp::new(&["at"], &format!("SELECT {columns} FROM k CROSS JOIN event ON position = k.at"))
});
static REPEATS: LazyLock<LookUp> = LazyLock::new(|| {
    let join = "event e ON e.stream_id = k.stream AND e.idem = k.idem";
    let select = format!("SELECT k.n, e.position, e.header FROM k CROSS JOIN {join}");
    LookUp::new(&["stream", "idem"], &select)
});
static IDEMS: LazyLock<LookUp> = LazyLock::new(|| {
    // One row for each stream: a row for each event would cost more than finding it.
    let all = "(SELECT group_concat(idem) FROM event WHERE stream_id = k.stream)";
    LookUp::new(&["stream"], &format!("SELECT k.n, {all} FROM k"))
});
static STREAM_IDS: LazyLock<LookUp> = LazyLock::new(|| {
    let join = "stream s ON s.source_system = k.system AND s.object_type = k.object \
        AND s.source_id = k.id";
    let select = format!("SELECT k.n, s.stream_id FROM k CROSS JOIN {join}");
    LookUp::new(&["system", "object", "id"], &select)
});
static STREAM_KEYS: LazyLock<LookUp> = LazyLock::new(|| {
    let select = "SELECT k.n, s.source_system, s.object_type, s.source_id \
        FROM k CROSS JOIN stream s ON s.stream_id = k.stream";
    LookUp::new(&["stream"], select)
});

#[async_trait]
impl EventStore for SqliteStore {
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
        let text = page_text(query.types.as_deref());
        let question = sqlx::query(AssertSqlSafe(text))
            .bind(signed(query.from.0))
            .bind(signed(query.to.0))
            .bind(i64::from(query.limit));
        let row = self.readers.one(question).await.map_err(fault("reading events"))?;
        unpack(&row)
    }

    async fn events_at(&self, at: &[Position]) -> Result<Vec<Option<EventRow>>, StoreError> {
        look_up(
            self,
            &AT,
            at,
            "reading events",
            |statement, at| statement.bind(signed(at.0)),
            event,
        )
        .await
    }

    async fn stream_events(
        &self,
        stream: StreamId,
        from: Position,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let inner = format!(
            "(SELECT {COLUMNS} FROM event WHERE stream_id = ? AND position >= ? \
            ORDER BY position LIMIT ?)"
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
        let bind = |statement: Statement, key: &(StreamId, i64)| {
            statement.bind(signed(key.0.0)).bind(key.1)
        };
        look_up(self, &REPEATS, keys, "looking for repeats", bind, |row| {
            let header: Vec<u8> = get(row, 2)?;
            Ok(RepeatRow { position: Position(unsigned(row, 1)?), header: Bytes::from(header) })
        })
        .await
    }

    async fn idems(&self, streams: &[StreamId]) -> Result<Vec<Vec<i64>>, StoreError> {
        let bind = |statement: Statement, stream: &StreamId| statement.bind(signed(stream.0));
        let idems = look_up(self, &IDEMS, streams, "looking into streams", bind, |row| {
            let Some(text) = get::<Option<String>>(row, 1)? else { return Ok(Vec::new()) };
            let number = |idem: &str| idem.parse().map_err(|_| torn());
            text.split(',').map(number).collect()
        });
        Ok(idems.await?.into_iter().map(Option::unwrap_or_default).collect())
    }

    async fn stream_ids(&self, keys: &[SourceKey]) -> Result<Vec<Option<StreamId>>, StoreError> {
        let bind = |statement: Statement, key: &SourceKey| {
            statement
                .bind(key.system().to_owned())
                .bind(key.object().to_owned())
                .bind(key.id().to_owned())
        };
        look_up(self, &STREAM_IDS, keys, "looking for streams", bind, |row| {
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
        let bind = |statement: Statement, stream: &StreamId| statement.bind(signed(stream.0));
        look_up(self, &STREAM_KEYS, streams, "naming streams", bind, |row| {
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
            WHERE position >= ? AND position < ? GROUP BY type_id ORDER BY type_id",
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
            "SELECT root FROM subtree WHERE number >= ? AND number < ? ORDER BY number",
        )
        .bind(signed(from))
        .bind(signed(to));
        let rows = self.readers.all(question).await.map_err(fault("reading subtrees"))?;
        rows.iter().map(|row| digest(&get::<Vec<u8>>(row, 0)?).map(TreeHash)).collect()
    }
}

/// Answers a list of questions, some hundred in one statement.
pub(super) async fn look_up<K: Sync, T>(
    store: &SqliteStore,
    look_up: &LookUp,
    keys: &[K],
    doing: &'static str,
    bind: impl Fn(Statement, &K) -> Statement,
    answer: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<Option<T>>, StoreError> {
    let mut answers = Vec::with_capacity(keys.len());
    for keys in keys.chunks(LookUp::KEYS_MAX) {
        let start = answers.len();
        answers.extend(keys.iter().map(|_| None));
        let (size, statement) = look_up.of(keys.len());
        let statement = filled(keys, size).fold(statement, &bind);
        for row in store.readers.all(statement).await.map_err(fault(doing))? {
            let n = usize::try_from(unsigned(&row, 0)?).unwrap_or(usize::MAX);
            if n < keys.len() {
                answers[start + n] = Some(answer(&row)?);
            }
        }
    }
    Ok(answers)
}

fn page_text(types: Option<&[u16]>) -> String {
    let filter = type_filter(types);
    format!(
        "{PACK}(SELECT {COLUMNS} FROM event WHERE position >= ? AND position < ? {filter}\
        ORDER BY position LIMIT ?)"
    )
}

/// Takes a page apart again.
fn unpack(row: &SqliteRow) -> Result<Vec<EventRow>, StoreError> {
    let numbers: Option<String> = get(row, 0)?;
    let Some(numbers) = numbers else { return Ok(Vec::new()) };
    let bytes = |index| {
        Ok::<_, StoreError>(Bytes::from(get::<Option<Vec<u8>>>(row, index)?.unwrap_or_default()))
    };
    let (mut headers, mut facts, mut commitments) = (bytes(1)?, bytes(2)?, bytes(3)?);
    let mut events: Vec<EventRow> = Vec::new();
    for entry in numbers.split(';') {
        let mut fields = entry.split(',');
        let mut number = || fields.next()?.parse::<u64>().ok();
        let (position, stream) = (number(), number());
        let parent = number();
        let rest = (number(), number(), number(), number());
        let (Some(position), Some(stream)) = (position, stream) else { return Err(torn()) };
        let (Some(type_id), Some(header), Some(fact), Some(committed)) = rest else {
            return Err(torn());
        };
        if events.last().is_some_and(|last| last.position.0 >= position) {
            return Err(StoreError::damaged("events are not in order"));
        }
        let commitment = match committed {
            0 => None,
            _ => Some(Commitment(digest(&cut(&mut commitments, 32)?)?)),
        };
        events.push(EventRow {
            position: Position(position),
            stream: StreamId(stream),
            parent: parent.map(StreamId),
            type_id: u16::try_from(type_id).map_err(|_| torn())?,
            header: cut(&mut headers, header)?,
            facts: cut(&mut facts, fact)?,
            commitment,
        });
    }
    Ok(events)
}

pub(super) fn get<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(index).map_err(|cause| StoreError::damaged(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn plan(store: &SqliteStore, statement: Statement) -> String {
        let rows = store.readers.all(statement).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(3)).collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn rare_types_are_found_by_their_index() {
        let store = SqliteStore::scratch().await.unwrap();
        for (types, found) in [(&[1, 2], true), (&[1, 11], false)] {
            let text = format!("EXPLAIN QUERY PLAN {}", page_text(Some(types)));
            let statement = sqlx::query(AssertSqlSafe(text)).bind(0_i64).bind(9_i64).bind(9_i64);
            assert_eq!(plan(&store, statement).await.contains("event_rare"), found, "{types:?}");
        }
    }

    #[tokio::test]
    async fn kinds_are_found_by_their_index() {
        let store = SqliteStore::scratch().await.unwrap();
        let text = format!("EXPLAIN QUERY PLAN {STREAM_KINDS}");
        let plan = plan(&store, sqlx::query(AssertSqlSafe(text))).await;
        assert_eq!(plan.matches("SEARCH stream USING").count(), 2, "{plan}");
        assert_eq!(plan.matches("(source_system,object_type)>(?,?)").count(), 2, "{plan}");
    }
}
