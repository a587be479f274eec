//! What SQLite's result codes mean to the ledger (<https://www.sqlite.org/rescode.html>).

use crate::store::error::StoreError;

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;

/// Names a failed operation.
pub(super) fn fault(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |cause| match primary_code(&cause) {
        Some(FULL) => StoreError::Full { doing, cause },
        Some(IOERR | CANTOPEN) => StoreError::Io { doing, cause },
        Some(BUSY | LOCKED) => StoreError::Busy { doing, cause },
        Some(READONLY) => StoreError::ReadOnly,
        Some(CORRUPT | NOTADB) => StoreError::damaged(format!("{cause} while {doing}")),
        _ => match cause {
            sqlx::Error::Io(_) => StoreError::Io { doing, cause },
            sqlx::Error::PoolTimedOut => StoreError::Busy { doing, cause },
            _ => StoreError::Database { doing, cause },
        },
    }
}

/// The result code without its extension.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
