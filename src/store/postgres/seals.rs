//! Settings and sealed heads.

use async_trait::async_trait;

use super::connect::PostgresStore;
use super::events::get;
use super::fault::fault;
use super::write::signed;
use crate::store::column::checkpoint;
use crate::store::contract::{CheckpointRow, SealStore};
use crate::store::error::StoreError;

#[async_trait]
impl SealStore for PostgresStore {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let question = sqlx::query("SELECT value FROM meta WHERE name = $1").bind(name.to_owned());
        let rows = self.readers.all(question).await.map_err(fault("reading settings"))?;
        rows.first().map(|row| get(row, 0)).transpose()
    }

    async fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let connection = self.connection(&mut writer).await?;
        let done =
            sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(name.to_owned())
                .bind(value.to_vec())
                .execute(connection)
                .await
                .map_err(fault("writing settings"))
                .inspect_err(|error| writer.give_up(error))?;
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
        let mut writer = self.writer().await?;
        let connection = self.connection(&mut writer).await?;
        sqlx::query(
            "INSERT INTO checkpoint (size, root, note) VALUES ($1, $2, $3) \
            ON CONFLICT (size) DO UPDATE SET root = excluded.root, note = excluded.note",
        )
        .bind(signed(row.size))
        .bind(row.root.0.to_vec())
        .bind(row.note)
        .execute(connection)
        .await
        .map_err(fault("sealing"))
        .inspect_err(|error| writer.give_up(error))?;
        Ok(())
    }
}
