//! The places where erased bytes stood: pages of the file that hold nothing now, and old pages in
//! the write-ahead log.

use sqlx::Row;

use super::connect::SqliteStore;
use super::fault::fault;
use crate::store::error::StoreError;

/// Writes the file anew without free pages, then folds the log back and cuts it. What is deleted is
/// overwritten already (`secure_delete`); this also takes what stood beside it when pages were
/// split and joined.
pub(super) async fn scrub(store: &SqliteStore) -> Result<bool, StoreError> {
    let mut writer = store.writer().await?;
    // The copy that VACUUM makes would not fit into memory.
    for statement in ["PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY"] {
        sqlx::query(statement)
            .execute(&mut *writer)
            .await
            .map_err(fault("clearing the place of an erasure"))?;
    }
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut *writer)
        .await
        .map_err(fault("cutting the write-ahead log"))?;
    let busy: i64 = row.try_get(0).map_err(fault("cutting the write-ahead log"))?;
    Ok(busy == 0)
}
