//! Columns of a row, and the rows that both databases lay out alike.

use bytes::Bytes;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::contract::{CheckpointRow, EventRow, PayloadRow, ProjectionId, ProjectionRow};
use super::error::StoreError;
use crate::model::{Commitment, Position, StreamId, TreeHash};

/// Columns by index, in the types that tables have.
pub(super) trait Columns {
    fn number(&self, index: usize) -> Result<i64, StoreError>;
    fn maybe_number(&self, index: usize) -> Result<Option<i64>, StoreError>;
    fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError>;
    fn maybe_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError>;
    fn text(&self, index: usize) -> Result<String, StoreError>;
}

macro_rules! columns {
    ($row:ty: $($method:ident -> $column:ty),*) => {
        impl Columns for $row {
            $(fn $method(&self, index: usize) -> Result<$column, StoreError> {
                self.try_get(index).map_err(|cause| StoreError::damaged(cause.to_string()))
            })*
        }
    };
    ($($row:ty),*) => {
        $(columns! {
            $row: number -> i64, maybe_number -> Option<i64>, bytes -> Vec<u8>,
            maybe_bytes -> Option<Vec<u8>>, text -> String
        })*
    };
}

columns!(SqliteRow, PgRow);

/// A number that is never negative.
pub(super) fn unsigned(row: &impl Columns, index: usize) -> Result<u64, StoreError> {
    u64::try_from(row.number(index)?).map_err(|_| StoreError::damaged("a number is negative"))
}

/// Position, stream, parent, type, header, facts and commitment, after the number of the question.
pub(super) fn event(row: &impl Columns) -> Result<EventRow, StoreError> {
    let commitment = row.maybe_bytes(7)?;
    Ok(EventRow {
        position: Position(unsigned(row, 1)?),
        stream: StreamId(unsigned(row, 2)?),
        parent: row.maybe_number(3)?.map(|parent| StreamId(parent.unsigned_abs())),
        type_id: u16::try_from(unsigned(row, 4)?).map_err(|_| torn())?,
        header: Bytes::from(row.bytes(5)?),
        facts: Bytes::from(row.bytes(6)?),
        commitment: commitment.map(|bytes| digest(&bytes).map(Commitment)).transpose()?,
    })
}

/// Position, salt, codec and bytes, after the number of the question.
pub(super) fn payload(row: &impl Columns) -> Result<PayloadRow, StoreError> {
    let wrong = || StoreError::damaged("a payload's salt or codec is not one");
    Ok(PayloadRow {
        position: Position(unsigned(row, 1)?),
        salt: row.bytes(2)?.try_into().map_err(|_| wrong())?,
        codec: u16::try_from(unsigned(row, 3)?).map_err(|_| wrong())?,
        bytes: row.bytes(4)?,
    })
}

/// Number, name, version and how far it is.
pub(super) fn projection(row: &impl Columns) -> Result<ProjectionRow, StoreError> {
    let number = |index| {
        u32::try_from(unsigned(row, index)?)
            .map_err(|_| StoreError::damaged("a projection's number is too large"))
    };
    Ok(ProjectionRow {
        projection: ProjectionId(number(0)?),
        name: row.text(1)?,
        version: number(2)?,
        reached: unsigned(row, 3)?,
    })
}

/// Size, root and note.
pub(super) fn checkpoint(row: &impl Columns) -> Result<CheckpointRow, StoreError> {
    let root = TreeHash(digest(&row.bytes(1)?)?);
    Ok(CheckpointRow { size: unsigned(row, 0)?, root, note: row.text(2)? })
}

pub(super) fn digest(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::damaged("a digest has not 32 bytes"))
}

/// Takes the first `len` bytes off a column that holds those of a whole page.
pub(super) fn cut(bytes: &mut Bytes, len: impl TryInto<usize>) -> Result<Bytes, StoreError> {
    match len.try_into() {
        Ok(len) if len <= bytes.len() => Ok(bytes.split_to(len)),
        _ => Err(torn()),
    }
}

pub(super) fn torn() -> StoreError {
    StoreError::damaged("a page of events does not add up")
}
