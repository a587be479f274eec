//! Writing a group in one transaction.

use std::sync::LazyLock;

use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use super::connect::SqliteStore;
use super::fault::fault;
use super::statement::Bulk;
use crate::model::Position;
use crate::model::merkle::Subtree;
use crate::store::contract::{
    Group, HeadRow, NewEventRow, PayloadRow, ProjectionId, RowChange, StreamRow,
};
use crate::store::error::StoreError;

type Statement = Query<'static, Sqlite, SqliteArguments>;

static STREAMS: LazyLock<Bulk> = LazyLock::new(|| {
    let into =
        "INSERT OR FAIL INTO stream (stream_id, source_system, object_type, source_id) VALUES";
    Bulk::new(into, 4, "")
});
static EVENTS: LazyLock<Bulk> = LazyLock::new(|| {
    let into = "INSERT OR FAIL INTO event \
        (position, stream_id, parent_id, type_id, idem, leaf, commitment, header, facts) VALUES";
    Bulk::new(into, 9, "")
});
static PAYLOADS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("INSERT OR FAIL INTO payload (position, salt, codec, bytes) VALUES", 4, "")
});
static SUBTREES: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("INSERT OR FAIL INTO subtree (number, root) VALUES", 2, ""));
static ROWS: LazyLock<Bulk> = LazyLock::new(|| {
    let after = "ON CONFLICT (projection_id, key) DO UPDATE SET value = excluded.value";
    Bulk::new("INSERT OR FAIL INTO row (projection_id, key, value) VALUES", 3, after)
});
static ROWS_GONE: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("DELETE FROM row WHERE (projection_id, key) IN (VALUES", 2, ")"));

/// Writes the group, or nothing.
pub(super) async fn commit(store: &SqliteStore, group: Group) -> Result<(), StoreError> {
    let mut connection = store.writer().await?;
    let mut transaction = sqlx::Connection::begin_with(&mut *connection, "BEGIN IMMEDIATE")
        .await
        .map_err(fault("beginning to append"))?;
    let erased = !group.erased.is_empty();
    move_head(&mut transaction, group.base, group.head.clone()).await?;
    write_streams(&mut transaction, group.streams).await?;
    write_events(&mut transaction, group.base, group.events).await?;
    write_payloads(&mut transaction, group.payloads).await?;
    erase(&mut transaction, &group.erased).await?;
    write_subtrees(&mut transaction, group.subtrees).await?;
    write_rows(&mut transaction, group.rows).await?;
    write_reached(&mut transaction, &group.projections, group.head.size).await?;
    transaction.commit().await.map_err(fault("committing"))?;
    // What was erased stands in the old pages of the WAL until that is cut.
    if erased || store.wal_is_long() {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut *connection)
            .await
            .map_err(fault("cutting the write-ahead log"))?;
    }
    Ok(())
}

/// Writes rows of one projection in a transaction of their own.
pub(super) async fn fold(
    store: &SqliteStore,
    projection: ProjectionId,
    rows: Vec<RowChange>,
    reached: u64,
) -> Result<(), StoreError> {
    let mut connection = store.writer().await?;
    let mut transaction = sqlx::Connection::begin_with(&mut *connection, "BEGIN IMMEDIATE")
        .await
        .map_err(fault("beginning to fold"))?;
    write_rows(&mut transaction, rows).await?;
    write_reached(&mut transaction, &[projection], reached).await?;
    transaction.commit().await.map_err(fault("committing"))
}

/// SQLite has no unsigned integers; ledgers do not grow past 2^63.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

async fn write_all<T>(
    connection: &mut SqliteConnection,
    bulk: &Bulk,
    rows: Vec<T>,
    doing: &'static str,
    bind: impl Fn(Statement, T) -> Statement,
) -> Result<(), StoreError> {
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    while let Some((size, statement)) = bulk.next(left) {
        let statement = rows.by_ref().take(size).fold(statement, &bind);
        statement.execute(&mut *connection).await.map_err(fault(doing))?;
        left -= size;
    }
    Ok(())
}

/// Moves the head on, if it is where the group stands.
async fn move_head(
    connection: &mut SqliteConnection,
    base: u64,
    head: HeadRow,
) -> Result<(), StoreError> {
    let text = "UPDATE head SET size = ?, frontier = ?, next_stream = ? WHERE size = ?";
    let moved = sqlx::query(text)
        .bind(signed(head.size))
        .bind(head.frontier)
        .bind(signed(head.next_stream))
        .bind(signed(base))
        .execute(&mut *connection)
        .await
        .map_err(fault("moving the head on"))?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    let found: i64 = sqlx::query_scalar("SELECT size FROM head")
        .fetch_one(connection)
        .await
        .map_err(fault("reading the head"))?;
    Err(StoreError::Moved { expected: base, found: found.unsigned_abs() })
}

async fn write_streams(
    connection: &mut SqliteConnection,
    streams: Vec<StreamRow>,
) -> Result<(), StoreError> {
    write_all(connection, &STREAMS, streams, "adding streams", |statement, row| {
        statement
            .bind(signed(row.stream.0))
            .bind(row.key.system().to_owned())
            .bind(row.key.object().to_owned())
            .bind(row.key.id().to_owned())
    })
    .await
}

async fn write_events(
    connection: &mut SqliteConnection,
    base: u64,
    events: Vec<NewEventRow>,
) -> Result<(), StoreError> {
    let events = (base..).zip(events).collect();
    write_all(connection, &EVENTS, events, "appending", |statement, (position, row)| {
        statement
            .bind(signed(position))
            .bind(signed(row.stream.0))
            .bind(row.parent.map(|parent| signed(parent.0)))
            .bind(i64::from(row.type_id))
            .bind(row.idem)
            .bind(row.leaf)
            .bind(row.commitment.map(|commitment| commitment.0.to_vec()))
            .bind(row.header)
            .bind(row.facts)
    })
    .await
}

async fn write_payloads(
    connection: &mut SqliteConnection,
    payloads: Vec<PayloadRow>,
) -> Result<(), StoreError> {
    write_all(connection, &PAYLOADS, payloads, "adding payloads", |statement, row| {
        statement
            .bind(signed(row.position.0))
            .bind(row.salt.to_vec())
            .bind(i64::from(row.codec))
            .bind(row.bytes)
    })
    .await
}

async fn erase(connection: &mut SqliteConnection, erased: &[Position]) -> Result<(), StoreError> {
    for position in erased {
        sqlx::query("DELETE FROM payload WHERE position = ?")
            .bind(signed(position.0))
            .execute(&mut *connection)
            .await
            .map_err(fault("erasing a payload"))?;
    }
    Ok(())
}

async fn write_subtrees(
    connection: &mut SqliteConnection,
    subtrees: Vec<Subtree>,
) -> Result<(), StoreError> {
    write_all(connection, &SUBTREES, subtrees, "adding subtrees", |statement, row| {
        statement.bind(signed(row.index)).bind(row.root.0.to_vec())
    })
    .await
}

async fn write_rows(
    connection: &mut SqliteConnection,
    rows: Vec<RowChange>,
) -> Result<(), StoreError> {
    let (kept, gone): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.value.is_some());
    write_all(connection, &ROWS, kept, "writing rows", |statement, row| {
        statement.bind(i64::from(row.projection.0)).bind(row.key).bind(row.value)
    })
    .await?;
    write_all(connection, &ROWS_GONE, gone, "deleting rows", |statement, row| {
        statement.bind(i64::from(row.projection.0)).bind(row.key)
    })
    .await
}

async fn write_reached(
    connection: &mut SqliteConnection,
    projections: &[ProjectionId],
    reached: u64,
) -> Result<(), StoreError> {
    let ids: Vec<u32> = projections.iter().map(|projection| projection.0).collect();
    let text = "UPDATE projection SET reached = ? \
        WHERE projection_id IN (SELECT value FROM json_each(?))";
    sqlx::query(text)
        .bind(signed(reached))
        .bind(serde_json::Value::from(ids).to_string())
        .execute(connection)
        .await
        .map_err(fault("moving projections on"))?;
    Ok(())
}
