//! Projections and their rows; payloads.

use async_trait::async_trait;
use sqlx::Acquire;
use sqlx::postgres::PgConnection;

use super::connect::PostgresStore;
use super::events::{answers, get};
use super::fault::fault;
use super::write::{fold, signed};
use crate::model::Position;
use crate::store::column::{payload, projection, unsigned};
use crate::store::contract::{
    Direction, Pair, PayloadRow, PayloadStore, ProjectionId, ProjectionRow, RowChange, RowKey,
    RowQuery, RowStore,
};
use crate::store::error::StoreError;

/// Keys from `$2` on, in either direction, with or without an end.
const UP: &str = "SELECT key, value FROM row \
    WHERE projection_id = $1 AND key >= $2 ORDER BY key LIMIT $3";
const UP_TO: &str = "SELECT key, value FROM row \
    WHERE projection_id = $1 AND key >= $2 AND key < $4 ORDER BY key LIMIT $3";
const DOWN: &str = "SELECT key, value FROM row \
    WHERE projection_id = $1 AND key >= $2 ORDER BY key DESC LIMIT $3";
const DOWN_TO: &str = "SELECT key, value FROM row \
    WHERE projection_id = $1 AND key >= $2 AND key < $4 ORDER BY key DESC LIMIT $3";

#[async_trait]
impl RowStore for PostgresStore {
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
        let mut writer = self.writer().await?;
        let connection = self.connection(&mut writer).await?;
        let reset = reset(connection, name, version).await;
        reset.inspect_err(|error| writer.give_up(error))
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
        let statement = sqlx::query(
            "SELECT k.n, r.value FROM UNNEST($1::bigint[], $2::bytea[]) \
            WITH ORDINALITY AS k (projection, key, n) \
            JOIN row r ON r.projection_id = k.projection AND r.key = k.key",
        )
        .bind(keys.iter().map(|(projection, _)| i64::from(projection.0)).collect::<Vec<_>>())
        .bind(keys.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>());
        answers(self, keys.len(), statement, "reading rows", |row| get(row, 1)).await
    }

    async fn count_rows(
        &self,
        projection: ProjectionId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, StoreError> {
        let question = sqlx::query(
            "SELECT count(*) FROM row WHERE projection_id = $1 AND key >= $2 AND key < $3",
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
        let mut statement = sqlx::query(text)
            .bind(i64::from(query.projection.0))
            .bind(query.from.to_vec())
            .bind(i64::from(query.limit));
        if let Some(to) = query.to {
            statement = statement.bind(to.to_vec());
        }
        let rows = self.readers.all(statement).await.map_err(fault("scanning rows"))?;
        rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }
}

#[async_trait]
impl PayloadStore for PostgresStore {
    async fn payloads(&self, at: &[Position]) -> Result<Vec<Option<PayloadRow>>, StoreError> {
        let statement = sqlx::query(
            "SELECT k.n, position, salt, codec, bytes \
            FROM UNNEST($1::bigint[]) WITH ORDINALITY AS k (at, n) \
            JOIN payload ON position = k.at",
        )
        .bind(at.iter().map(|at| signed(at.0)).collect::<Vec<_>>());
        answers(self, at.len(), statement, "reading payloads", payload).await
    }

    async fn scrub(&self) -> Result<bool, StoreError> {
        super::write::scrub(self).await
    }
}

async fn reset(
    connection: &mut PgConnection,
    name: &str,
    version: u32,
) -> Result<ProjectionRow, StoreError> {
    let mut transaction =
        connection.begin().await.map_err(fault("beginning to reset a projection"))?;
    let row = sqlx::query(
        "INSERT INTO projection (projection_id, name, version, reached) \
        SELECT coalesce(max(projection_id), 0) + 1, $1, $2, 0 FROM projection \
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, reached = 0 \
        RETURNING projection_id, name, version, reached",
    )
    .bind(name.to_owned())
    .bind(i64::from(version))
    .fetch_one(&mut *transaction)
    .await
    .map_err(fault("registering a projection"))?;
    let row = projection(&row)?;
    sqlx::query("DELETE FROM row WHERE projection_id = $1")
        .bind(i64::from(row.projection.0))
        .execute(&mut *transaction)
        .await
        .map_err(fault("emptying a projection"))?;
    transaction.commit().await.map_err(fault("committing"))?;
    Ok(row)
}
