//! What PostgreSQL's error codes mean to the ledger
//! (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).

use crate::store::error::StoreError;

/// Names a failed operation.
pub(super) fn fault(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |cause| {
        let code = cause.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        match &*code {
            "53100" => StoreError::Full { doing, cause },
            // Serialisation, deadlock, locks, cancelled, too many connections, out of memory.
            "40001" | "40P01" | "55P03" | "57014" | "53300" | "53200" => {
                StoreError::Busy { doing, cause }
            }
            "25006" => StoreError::ReadOnly,
            "XX001" | "XX002" => StoreError::damaged(format!("{cause} while {doing}")),
            // Connection lost, server going down or starting, input or output.
            code if code.starts_with("08") || code.starts_with("57P") || code == "58030" => {
                StoreError::Io { doing, cause }
            }
            _ => match cause {
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                    StoreError::Io { doing, cause }
                }
                sqlx::Error::PoolTimedOut => StoreError::Busy { doing, cause },
                _ => StoreError::Database { doing, cause },
            },
        }
    }
}
