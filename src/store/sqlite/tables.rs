//! What is written to each table, and how.

use std::sync::LazyLock;

use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use super::fault::fault;
use super::statement::Bulk;
use crate::model::merkle::Subtree;
use crate::store::contract::{
    HeadRow, NewEventRow, PayloadRow, ProjectionId, RowChange, StreamRow,
};
use crate::store::error::StoreError;

pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

pub(super) static STREAMS: LazyLock<Bulk> = LazyLock::new(|| {
    let into = "INSERT OR FAIL INTO stream (stream_id, source_system, object_type, source_id)";
    Bulk::insert(into, 4, "")
});
pub(super) static EVENTS: LazyLock<Bulk> = LazyLock::new(|| {
    let into = "INSERT OR FAIL INTO event \
        (position, stream_id, parent_id, type_id, idem, leaf, commitment, header, facts)";
    Bulk::insert(into, 9, "")
});
pub(super) static PAYLOADS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::insert("INSERT OR FAIL INTO payload (position, salt, codec, bytes)", 4, "")
});
pub(super) static SUBTREES: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::insert("INSERT OR FAIL INTO subtree (number, root)", 2, ""));
pub(super) static ROWS: LazyLock<Bulk> = LazyLock::new(|| {
    let after = "ON CONFLICT (projection_id, key) DO UPDATE SET value = excluded.value";
    Bulk::insert("INSERT OR FAIL INTO row (projection_id, key, value)", 3, after)
});
pub(super) static ROWS_GONE: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::delete("DELETE FROM row WHERE (projection_id, key) IN", 2));
/// A head that is not where the group stands becomes NULL, which its table refuses.
pub(super) const MOVE_HEAD: &str =
    "UPDATE head SET size = iif(size = ?, ?, NULL), frontier = ?, next_stream = ?";
pub(super) const REACHED: &str = "UPDATE projection SET reached = ? \
    WHERE projection_id IN (SELECT value FROM json_each(?))";

/// SQLite has no unsigned integers; ledgers do not grow past 2^63.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Why a group was not written that stands on a head of this size.
pub(super) async fn refused(
    connection: &mut SqliteConnection,
    expected: u64,
    doing: &'static str,
    cause: sqlx::Error,
) -> StoreError {
    let size = sqlx::query_scalar("SELECT size FROM head").fetch_one(connection).await;
    match size.map(i64::unsigned_abs) {
        Ok(found) if found != expected => StoreError::Moved { expected, found },
        _ => fault(doing)(cause),
    }
}

pub(super) fn head(statement: Statement, base: u64, row: HeadRow) -> Statement {
    statement
        .bind(signed(base))
        .bind(signed(row.size))
        .bind(row.frontier)
        .bind(signed(row.next_stream))
}

pub(super) fn stream(statement: Statement, row: StreamRow) -> Statement {
    statement
        .bind(signed(row.stream.0))
        .bind(row.key.system().to_owned())
        .bind(row.key.object().to_owned())
        .bind(row.key.id().to_owned())
}

pub(super) fn event(statement: Statement, (position, row): (u64, NewEventRow)) -> Statement {
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
}

pub(super) fn payload(statement: Statement, row: PayloadRow) -> Statement {
    statement
        .bind(signed(row.position.0))
        .bind(row.salt.to_vec())
        .bind(i64::from(row.codec))
        .bind(row.bytes)
}

pub(super) fn subtree(statement: Statement, row: Subtree) -> Statement {
    statement.bind(signed(row.index)).bind(row.root.0.to_vec())
}

pub(super) fn row_kept(statement: Statement, row: RowChange) -> Statement {
    statement.bind(i64::from(row.projection.0)).bind(row.key).bind(row.value)
}

pub(super) fn row_gone(statement: Statement, row: RowChange) -> Statement {
    statement.bind(i64::from(row.projection.0)).bind(row.key)
}

pub(super) fn reached(
    statement: Statement,
    projections: &[ProjectionId],
    reached: u64,
) -> Statement {
    let ids: Vec<u32> = projections.iter().map(|projection| projection.0).collect();
    statement.bind(signed(reached)).bind(serde_json::Value::from(ids).to_string())
}
