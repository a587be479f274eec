//! Settings and sealed heads.

use async_trait::async_trait;

use super::connect::SqliteStore;
use super::events::get;
use super::fault::fault;
use super::tables::signed;
use crate::store::column::checkpoint;
use crate::store::contract::{CheckpointRow, SealStore};
use crate::store::error::StoreError;

#[async_trait]
impl SealStore for SqliteStore {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let question = sqlx::query("SELECT value FROM meta WHERE name = ?").bind(name.to_owned());
        let rows = self.readers.all(question).await.map_err(fault("reading settings"))?;
        rows.first().map(|row| get(row, 0)).transpose()
    }

    async fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO meta (name, value) SELECT ?1, ?2 \
            WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = ?1)",
        )
        .bind(name.to_owned())
        .bind(value.to_vec())
        .execute(&mut *self.writer().await?)
        .await
        .map_err(fault("writing settings"))?;
        match done.rows_affected() {
            0 => Err(StoreError::Set { name: name.to_owned() }),
            _ => Ok(()),
        }
    }

    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError> {
        let question = sqlx::query("SELECT size, root, note FROM checkpoint ORDER BY size");
        let rows = self.readers.all(question).await.map_err(fault("reading checkpoints"))?;
        rows.iter().map(checkpoint).collect()
    }

    async fn put_checkpoint(&self, row: CheckpointRow) -> Result<(), StoreError> {
        // No upsert: the table refuses to insert what is there. There is one writer.
        let mut connection = self.writer().await?;
        let known = sqlx::query("UPDATE checkpoint SET root = ?2, note = ?3 WHERE size = ?1")
            .bind(signed(row.size))
            .bind(row.root.0.to_vec())
            .bind(row.note.clone())
            .execute(&mut *connection)
            .await
            .map_err(fault("adding signatures"))?;
        if known.rows_affected() == 0 {
            sqlx::query("INSERT INTO checkpoint (size, root, note) VALUES (?, ?, ?)")
                .bind(signed(row.size))
                .bind(row.root.0.to_vec())
                .bind(row.note)
                .execute(&mut *connection)
                .await
                .map_err(fault("sealing"))?;
        }
        Ok(())
    }
}
