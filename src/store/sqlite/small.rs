//! A small group in one go: each statement is a way to the connection's thread and back, and a
//! group that many wait for is mostly made of such ways. All statements of the transaction go as
//! one text with one list of values; they exist in few sizes, filled up with NULLs, so that nearly
//! all texts stay prepared.

use sqlx::AssertSqlSafe;
use sqlx::SqliteConnection;

use super::statement::Bulk;
use super::tables::{
    self, EVENTS, MOVE_HEAD, PAYLOADS, REACHED, ROWS, ROWS_GONE, STREAMS, SUBTREES, Statement,
};
use crate::store::contract::{Group, RowChange};
use crate::store::error::StoreError;

/// More than this gains nothing from going at once.
const EVENTS_MAX: usize = 64;

/// A group that is committed in one go.
pub(super) struct Small {
    group: Group,
    kept: Vec<RowChange>,
    gone: Vec<RowChange>,
}

/// Statements in the making.
struct Text(String);

impl Text {
    fn add(&mut self, statement: &str) {
        self.0.push_str(statement);
        self.0.push(';');
    }

    /// Adds a statement for so many rows, if there are any; how many it takes.
    fn add_rows(&mut self, bulk: &Bulk, rows: usize) -> usize {
        if rows == 0 {
            return 0;
        }
        let (size, statement) = bulk.padded(rows);
        self.add(statement);
        size
    }
}

impl Small {
    /// The group, or itself if it is not small.
    pub(super) fn of(mut group: Group) -> Result<Self, Box<Group>> {
        let Group { streams, payloads, subtrees, rows, .. } = &group;
        let sizes = [streams.len(), payloads.len(), subtrees.len(), rows.len()];
        let few = group.events.len() <= EVENTS_MAX && sizes.iter().all(|&n| n <= Bulk::PADDED_MAX);
        if !few || !group.erased.is_empty() {
            return Err(Box::new(group));
        }
        let rows = std::mem::take(&mut group.rows);
        let (kept, gone) = rows.into_iter().partition(|row| row.value.is_some());
        Ok(Self { group, kept, gone })
    }

    /// Writes the group, or nothing.
    pub(super) async fn commit(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let base = self.group.base;
        let Err(cause) = self.statement().execute(&mut *connection).await else { return Ok(()) };
        // Most failures have ended the transaction already, and there is nothing to take back.
        let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
        Err(tables::refused(connection, base, "appending", cause).await)
    }

    fn statement(self) -> Statement {
        let Self { group, kept, gone } = self;
        let mut text = Text(String::with_capacity(1 << 13));
        text.add("BEGIN IMMEDIATE");
        text.add(MOVE_HEAD);
        let streams = text.add_rows(&STREAMS, group.streams.len());
        let events = text.add_rows(&EVENTS, group.events.len());
        let payloads = text.add_rows(&PAYLOADS, group.payloads.len());
        let subtrees = text.add_rows(&SUBTREES, group.subtrees.len());
        let rows_kept = text.add_rows(&ROWS, kept.len());
        let rows_gone = text.add_rows(&ROWS_GONE, gone.len());
        text.add(REACHED);
        text.add("COMMIT");

        let size = group.head.size;
        let statement = tables::head(sqlx::query(AssertSqlSafe(text.0)), group.base, group.head);
        let statement = fill(statement, &STREAMS, streams, group.streams, tables::stream);
        let numbered: Vec<_> = (group.base..).zip(group.events).collect();
        let statement = fill(statement, &EVENTS, events, numbered, tables::event);
        let statement = fill(statement, &PAYLOADS, payloads, group.payloads, tables::payload);
        let statement = fill(statement, &SUBTREES, subtrees, group.subtrees, tables::subtree);
        let statement = fill(statement, &ROWS, rows_kept, kept, tables::row_kept);
        let statement = fill(statement, &ROWS_GONE, rows_gone, gone, tables::row_gone);
        tables::reached(statement, &group.projections, size)
    }
}

/// Binds the rows, and NULLs for those that a statement of this size takes beyond them.
fn fill<T>(
    statement: Statement,
    bulk: &Bulk,
    size: usize,
    rows: Vec<T>,
    bind: impl Fn(Statement, T) -> Statement,
) -> Statement {
    let missing = size.saturating_sub(rows.len()) * bulk.columns;
    let statement = rows.into_iter().fold(statement, bind);
    (0..missing).fold(statement, |statement, _| statement.bind(None::<i64>))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Position, SourceKey, StreamId};
    use crate::store::contract::{
        EventQuery, EventStore, HeadRow, Mode, NewEventRow, PayloadRow, PayloadStore, ProjectionId,
        RowStore, Store, StreamRow,
    };
    use crate::store::sqlite::SqliteStore;

    /// Events, each with a stream, a payload and a row that stays, and a row that goes for every
    /// second one.
    fn group(projection: ProjectionId, base: u64, count: u64) -> Group {
        let key = |at: u64| SourceKey::new("deskero", "ticket", &at.to_string()).unwrap();
        let event = |at: u64| NewEventRow {
            stream: StreamId(at),
            idem: i64::try_from(at).unwrap() - 7,
            leaf: 1,
            parent: at.is_multiple_of(3).then_some(StreamId(0)),
            type_id: 31,
            header: vec![1; 40],
            facts: at.to_string().into_bytes(),
            commitment: None,
        };
        let row = |at: u64| {
            let kept = RowChange {
                projection,
                key: at.to_be_bytes().to_vec(),
                value: Some(at.to_string().into_bytes()),
            };
            let gone = RowChange {
                projection,
                key: at.wrapping_sub(1).to_be_bytes().to_vec(),
                value: None,
            };
            std::iter::once(kept).chain(at.is_multiple_of(2).then_some(gone))
        };
        let payload = |at: u64| PayloadRow {
            position: Position(at),
            salt: [3; 16],
            codec: 0,
            bytes: vec![4; 9],
        };
        let all = || base..base + count;
        Group {
            base,
            head: HeadRow { size: base + count, frontier: vec![9], next_stream: base + count },
            streams: all().map(|at| StreamRow { stream: StreamId(at), key: key(at) }).collect(),
            events: all().map(event).collect(),
            payloads: all().map(payload).collect(),
            rows: all().flat_map(row).collect(),
            projections: vec![projection],
            ..Group::default()
        }
    }

    #[tokio::test]
    async fn whatever_its_size_a_group_is_stored_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("l.db"), Mode::Write).await.unwrap();
        let projection = store.reset_projection("p", 1).await.unwrap().projection;
        let mut base = 0;
        for count in [1, 2, 4, 5, 16, 17, 63, 64, 65, 130] {
            let one = group(projection, base, count);
            assert_eq!(Small::of(one.clone()).is_ok(), count <= EVENTS_MAX as u64, "{count}");
            store.commit(one).await.unwrap();
            base += count;
        }
        let query = EventQuery { from: Position(0), to: Position(base), limit: 1_000, types: None };
        let events = store.events(&query).await.unwrap();
        assert_eq!(events.len() as u64, base);
        for (at, event) in (0..).zip(events) {
            assert_eq!((event.position, event.stream), (Position(at), StreamId(at)));
            assert_eq!(event.parent.is_some(), at.is_multiple_of(3));
            assert_eq!(event.facts, at.to_string().as_bytes());
        }
        let at: Vec<_> = (0..base).map(Position).collect();
        assert!(store.payloads(&at).await.unwrap().iter().all(Option::is_some));
        let keys: Vec<_> = (0..base).map(|at| (projection, at.to_be_bytes().to_vec())).collect();
        for (at, row) in (0_u64..).zip(store.rows(&keys).await.unwrap()) {
            // The next one, if it is even, took it away.
            let taken = !at.is_multiple_of(2) && at + 1 < base;
            assert_eq!(row, (!taken).then(|| at.to_string().into_bytes()), "{at}");
        }
        assert_eq!(store.projections().await.unwrap()[0].reached, base);
        assert_eq!(store.head().await.unwrap().next_stream, base);
        store.close().await;
    }

    #[tokio::test]
    async fn a_group_that_breaks_a_rule_leaves_nothing_and_the_next_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("l.db"), Mode::Write).await.unwrap();
        let projection = store.reset_projection("p", 1).await.unwrap().projection;
        store.commit(group(projection, 0, 3)).await.unwrap();
        let mut twice = group(projection, 3, 5);
        twice.events[4].stream = StreamId(1);
        twice.events[4].idem = -6;
        assert!(store.commit(twice).await.is_err());
        assert_eq!(store.head().await.unwrap().size, 3);
        store.commit(group(projection, 3, 5)).await.unwrap();
        assert_eq!(store.head().await.unwrap().size, 8);
        store.close().await;
    }
}
