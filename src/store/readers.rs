//! Connections that read.
//!
//! Each question is asked on a task of its own. Whoever wants the answer may be one of several
//! futures of which nobody polls any while the answer to the first is being worked on; it must not
//! hold a connection meanwhile that this work waits for.

use sqlx::query::Query;
use sqlx::{Database, Executor, IntoArguments, Pool};

/// A pool of connections that read.
pub(super) struct Readers<DB: Database>(Pool<DB>);

impl<DB> Readers<DB>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB> + 'static,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(pool: Pool<DB>) -> Self {
        Self(pool)
    }

    /// All rows that answer.
    ///
    /// # Errors
    /// If no connection can be had or the database refuses.
    pub(super) async fn all(
        &self,
        question: Query<'static, DB, DB::Arguments>,
    ) -> Result<Vec<DB::Row>, sqlx::Error> {
        let pool = self.0.clone();
        let asked = tokio::spawn(async move {
            let mut connection = pool.acquire().await?;
            question.fetch_all(&mut *connection).await
        });
        asked.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// The one row that answers.
    ///
    /// # Errors
    /// If no connection can be had, the database refuses, or there is no row.
    pub(super) async fn one(
        &self,
        question: Query<'static, DB, DB::Arguments>,
    ) -> Result<DB::Row, sqlx::Error> {
        self.all(question).await?.pop().ok_or(sqlx::Error::RowNotFound)
    }

    /// Waits until no connection is in use and ends all.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}
