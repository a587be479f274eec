//! Projections and their rows; payloads.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::connect::SqliteStore;
use super::events::{get, look_up};
use super::fault::fault;
use super::statement::LookUp;
use super::tables::{Statement, signed};
use super::write::fold;
use crate::model::Position;
use crate::store::column::{payload, projection, unsigned};
use crate::store::contract::{
    Direction, Pair, PayloadRow, PayloadStore, ProjectionId, ProjectionRow, RowChange, RowKey,
    RowQuery, RowStore,
};
use crate::store::error::StoreError;

static ROWS: LazyLock<LookUp> = LazyLock::new(|| {
    let join = "row r ON r.projection_id = k.projection AND r.key = k.key";
    let select = format!("SELECT k.n, r.value FROM k CROSS JOIN {join}");
    LookUp::new(&["projection", "key"], &select)
});
static PAYLOADS: LazyLock<LookUp> = LazyLock::new(|| {
    let select = "SELECT k.n, position, salt, codec, bytes \
        FROM k CROSS JOIN payload ON position = k.at";
    LookUp::new(&["at"], select)
});

/// Keys from `?` on, in either direction, with or without an end.
const UP: &str = "SELECT key, value FROM row \
    WHERE projection_id = ? AND key >= ? ORDER BY key LIMIT ?";
const UP_TO: &str = "SELECT key, value FROM row \
    WHERE projection_id = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?";
const DOWN: &str = "SELECT key, value FROM row \
    WHERE projection_id = ? AND key >= ? ORDER BY key DESC LIMIT ?";
const DOWN_TO: &str = "SELECT key, value FROM row \
    WHERE projection_id = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?";

#[async_trait]
impl RowStore for SqliteStore {
    async fn projections(&self) -> Result<Vec<ProjectionRow>, StoreError> {
        let question = sqlx::query("SELECT projection_id, name, version, reached FROM projection");
        let rows = self.readers.all(question).await.map_err(fault("reading projections"))?;
        rows.iter().map(projection).collect()
    }

    async fn reset_projection(
        &self,
        name: &str,
        version: u32,
    ) -> Result<ProjectionRow, StoreError> {
        let mut connection = self.writer().await?;
        let mut transaction = sqlx::Connection::begin_with(&mut *connection, "BEGIN IMMEDIATE")
            .await
            .map_err(fault("beginning to reset a projection"))?;
        let row = sqlx::query(
            "INSERT INTO projection (name, version, reached) VALUES (?, ?, 0) \
            ON CONFLICT (name) DO UPDATE SET version = excluded.version, reached = 0 \
            RETURNING projection_id, name, version, reached",
        )
        .bind(name.to_owned())
        .bind(i64::from(version))
        .fetch_one(&mut *transaction)
        .await
        .map_err(fault("registering a projection"))?;
        let row = projection(&row)?;
        sqlx::query("DELETE FROM row WHERE projection_id = ?")
            .bind(i64::from(row.projection.0))
            .execute(&mut *transaction)
            .await
            .map_err(fault("emptying a projection"))?;
        transaction.commit().await.map_err(fault("committing"))?;
        Ok(row)
    }

    async fn fold(
        &self,
        projection: ProjectionId,
        rows: Vec<RowChange>,
        reached: u64,
    ) -> Result<(), StoreError> {
        fold(self, projection, rows, reached).await
    }

    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let bind = |statement: Statement, (projection, key): &RowKey| {
            statement.bind(i64::from(projection.0)).bind(key.clone())
        };
        look_up(self, &ROWS, keys, "reading rows", bind, |row| get(row, 1)).await
    }

    async fn count_rows(
        &self,
        projection: ProjectionId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, StoreError> {
        let question = sqlx::query(
            "SELECT count(*) FROM row WHERE projection_id = ? AND key >= ? AND key < ?",
        )
        .bind(i64::from(projection.0))
        .bind(from.to_vec())
        .bind(to.to_vec());
        unsigned(&self.readers.one(question).await.map_err(fault("counting rows"))?, 0)
    }

    async fn scan(&self, query: &RowQuery<'_>) -> Result<Vec<Pair>, StoreError> {
        let text = match (query.direction, query.to.is_some()) {
            (Direction::Up, false) => UP,
            (Direction::Up, true) => UP_TO,
            (Direction::Down, false) => DOWN,
            (Direction::Down, true) => DOWN_TO,
        };
        let mut statement =
            sqlx::query(text).bind(i64::from(query.projection.0)).bind(query.from.to_vec());
        if let Some(to) = query.to {
            statement = statement.bind(to.to_vec());
        }
        let question = statement.bind(i64::from(query.limit));
        let rows = self.readers.all(question).await.map_err(fault("scanning rows"))?;
        rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }
}

#[async_trait]
impl PayloadStore for SqliteStore {
    async fn payloads(&self, at: &[Position]) -> Result<Vec<Option<PayloadRow>>, StoreError> {
        let bind = |statement: Statement, at: &Position| statement.bind(signed(at.0));
        look_up(self, &PAYLOADS, at, "reading payloads", bind, payload).await
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        super::scrub::scrub(self).await
    }
}
