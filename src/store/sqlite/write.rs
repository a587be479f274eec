//! Writing a group in one transaction.

use sqlx::SqliteConnection;

use super::connect::SqliteStore;
use super::fault::fault;
use super::small::Small;
use super::statement::Bulk;
use super::tables::{
    self, EVENTS, MOVE_HEAD, PAYLOADS, REACHED, ROWS, ROWS_GONE, STREAMS, SUBTREES, Statement,
    signed,
};
use crate::model::Position;
use crate::store::contract::{Group, HeadRow, ProjectionId, RowChange};
use crate::store::error::StoreError;

/// Writes the group, or nothing.
pub(super) async fn commit(store: &SqliteStore, group: Group) -> Result<(), StoreError> {
    let mut connection = store.writer().await?;
    let erased = !group.erased.is_empty();
    match Small::of(group) {
        Ok(small) => small.commit(&mut connection).await?,
        Err(group) => commit_large(&mut connection, *group).await?,
    }
    // What was erased stands in the old pages of the WAL until that is cut.
    if erased || store.wal_is_long() {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut *connection)
            .await
            .map_err(fault("cutting the write-ahead log"))?;
    }
    Ok(())
}

async fn commit_large(connection: &mut SqliteConnection, group: Group) -> Result<(), StoreError> {
    let mut transaction = sqlx::Connection::begin_with(connection, "BEGIN IMMEDIATE")
        .await
        .map_err(fault("beginning to append"))?;
    move_head(&mut transaction, group.base, group.head.clone()).await?;
    write_all(&mut transaction, &STREAMS, group.streams, "adding streams", tables::stream).await?;
    let events = (group.base..).zip(group.events).collect();
    write_all(&mut transaction, &EVENTS, events, "appending", tables::event).await?;
    write_all(&mut transaction, &PAYLOADS, group.payloads, "adding payloads", tables::payload)
        .await?;
    erase(&mut transaction, &group.erased).await?;
    write_all(&mut transaction, &SUBTREES, group.subtrees, "adding subtrees", tables::subtree)
        .await?;
    write_rows(&mut transaction, group.rows).await?;
    write_reached(&mut transaction, &group.projections, group.head.size).await?;
    transaction.commit().await.map_err(fault("committing"))
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
    let moved = tables::head(sqlx::query(MOVE_HEAD), base, head).execute(&mut *connection).await;
    match moved {
        Ok(_) => Ok(()),
        Err(cause) => Err(tables::refused(connection, base, "moving the head on", cause).await),
    }
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

async fn write_rows(
    connection: &mut SqliteConnection,
    rows: Vec<RowChange>,
) -> Result<(), StoreError> {
    let (kept, gone): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.value.is_some());
    write_all(connection, &ROWS, kept, "writing rows", tables::row_kept).await?;
    write_all(connection, &ROWS_GONE, gone, "deleting rows", tables::row_gone).await
}

async fn write_reached(
    connection: &mut SqliteConnection,
    projections: &[ProjectionId],
    size: u64,
) -> Result<(), StoreError> {
    tables::reached(sqlx::query(REACHED), projections, size)
        .execute(connection)
        .await
        .map_err(fault("moving projections on"))?;
    Ok(())
}
