//! The row of a request budget that the processes of one database share. It is no part of a ledger
//! and lies in a schema of its own.

use std::fmt;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Postgres, Transaction};
use tokio::sync::Mutex;

use super::connect::options_of;
use super::fault::fault;
use crate::store::budget_row::BudgetRow;
use crate::store::error::StoreError;

const TABLES: &str = include_str!("../../../ledger-schema/shared/postgres/0001_budget.sql");

/// Key of the advisory lock under which the tables are made. Chosen at random.
const MAKING_LOCK: i64 = 0x5b0d_9e27_41c8_a36f;

/// Budgets in a PostgreSQL database.
pub struct BudgetRows {
    options: PgConnectOptions,
    connection: Mutex<Option<PgConnection>>,
}

impl fmt::Debug for BudgetRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BudgetRows").finish_non_exhaustive()
    }
}

impl BudgetRows {
    /// The budgets of the database at a `postgres://` address; it is connected to when needed.
    ///
    /// # Errors
    /// If the address is none.
    pub fn new(address: &str) -> Result<Self, StoreError> {
        // What a crash of the server forgets is the count of one window.
        let options = options_of(address)?.options([("synchronous_commit", "off")]);
        Ok(Self { options, connection: Mutex::new(None) })
    }

    /// Changes a workspace's row in one short transaction that locks it. `change` is given the row
    /// and the time of the database in milliseconds; it says what the row becomes.
    ///
    /// # Errors
    /// If the database cannot be reached or refuses; the change may then be lost or made.
    pub async fn change<T: Send>(
        &self,
        workspace: &[u8; 32],
        change: impl FnOnce(BudgetRow, i64) -> (BudgetRow, T) + Send,
    ) -> Result<T, StoreError> {
        let mut held = self.connection.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        let answer = in_transaction(&mut connection, workspace, change).await?;
        // A connection on which something failed is dropped, and made again when needed.
        *held = Some(connection);
        Ok(answer)
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let mut connection = PgConnection::connect_with(options).await.map_err(fault("connecting"))?;
    if !is_made(&mut connection).await? {
        let mut open = connection.begin().await.map_err(fault("making the budget"))?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MAKING_LOCK)
            .execute(&mut *open)
            .await
            .map_err(fault("making the budget"))?;
        if !is_made(&mut open).await? {
            sqlx::raw_sql(TABLES).execute(&mut *open).await.map_err(fault("making the budget"))?;
        }
        open.commit().await.map_err(fault("making the budget"))?;
    }
    Ok(connection)
}

async fn is_made(connection: &mut PgConnection) -> Result<bool, StoreError> {
    // Not by `to_regclass`: a session remembers names it did not find, and would not see what
    // another one made while it waited for the lock.
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables \
        WHERE schemaname = 'deskledger_shared' AND tablename = 'budget')",
    )
    .fetch_one(connection)
    .await
    .map_err(fault("looking for the budget"))
}

async fn in_transaction<T>(
    connection: &mut PgConnection,
    workspace: &[u8; 32],
    change: impl FnOnce(BudgetRow, i64) -> (BudgetRow, T),
) -> Result<T, StoreError> {
    let mut open = connection.begin().await.map_err(fault("beginning to draw"))?;
    let row = match locked(&mut open, workspace).await? {
        Some(row) => row,
        None => {
            sqlx::query(
                "INSERT INTO deskledger_shared.budget VALUES ($1, 0, 0, NULL, 0, '') \
                ON CONFLICT DO NOTHING",
            )
            .bind(workspace.as_slice())
            .execute(&mut *open)
            .await
            .map_err(fault("adding a budget"))?;
            locked(&mut open, workspace).await?.unwrap_or_default()
        }
    };
    // Asked for after the lock is held: the time of a waiting statement is that of its start.
    let now_ms: i64 =
        sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
            .fetch_one(&mut *open)
            .await
            .map_err(fault("asking for the time"))?;
    let (row, answer) = change(row, now_ms);
    sqlx::query(
        "UPDATE deskledger_shared.budget \
        SET window_end_s = $2, began_ms = $3, quota = $4, taken = $5, holders = $6 \
        WHERE workspace = $1",
    )
    .bind(workspace.as_slice())
    .bind(row.window_end_s)
    .bind(row.began_ms)
    .bind(row.quota)
    .bind(row.taken)
    .bind(row.holders)
    .execute(&mut *open)
    .await
    .map_err(fault("drawing from a budget"))?;
    open.commit().await.map_err(fault("drawing from a budget"))?;
    Ok(answer)
}

async fn locked(
    open: &mut Transaction<'_, Postgres>,
    workspace: &[u8; 32],
) -> Result<Option<BudgetRow>, StoreError> {
    let row: Option<(i64, i64, Option<i64>, i64, String)> = sqlx::query_as(
        "SELECT window_end_s, began_ms, quota, taken, holders \
        FROM deskledger_shared.budget WHERE workspace = $1 FOR UPDATE",
    )
    .bind(workspace.as_slice())
    .fetch_optional(&mut **open)
    .await
    .map_err(fault("locking a budget"))?;
    Ok(row.map(|(window_end_s, began_ms, quota, taken, holders)| BudgetRow {
        window_end_s,
        began_ms,
        quota,
        taken,
        holders,
    }))
}
