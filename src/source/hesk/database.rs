//! The connection, on a thread of its own: while the rows of a page are taken apart, the server
//! sends the next one.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::connection::{Connection, Fetched};
use super::row::{Columns, Row};
use crate::source::contract::{DatabasePlace, SourceError};

/// Statements that may wait: the next page, and one that is asked for meanwhile.
const JOBS_WAITING: usize = 2;

type Answer<T> = oneshot::Sender<Result<T, SourceError>>;

enum Job {
    Execute(String, Answer<()>),
    Page(String, Arc<Columns>, Answer<Fetched>),
    Rows(String, Arc<Columns>, Answer<Vec<Row>>),
    Cells(String, Answer<Vec<Vec<String>>>),
}

/// The thread that reads.
pub struct Database {
    jobs: mpsc::Sender<Job>,
    ended: oneshot::Receiver<()>,
}

/// A page that was asked for and may not have come yet.
#[derive(Debug)]
pub struct Ahead(oneshot::Receiver<Result<Fetched, SourceError>>);

impl Ahead {
    /// Waits for it.
    ///
    /// # Errors
    /// If the server refused or went away.
    pub async fn arrived(self) -> Result<Fetched, SourceError> {
        self.0.await.map_err(|_| gone())?
    }
}

impl Database {
    /// Connects; times are in UTC from here on.
    ///
    /// # Errors
    /// If the address is none, or the server refuses.
    pub async fn open(place: &DatabasePlace) -> Result<Self, SourceError> {
        let (jobs, waiting) = mpsc::channel(JOBS_WAITING);
        let (opened, told) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let place = place.clone();
        let work = move || serve(&place, waiting, (opened, end));
        let named = std::thread::Builder::new().name("hesk database".to_owned());
        named.spawn(work).map_err(|cause| SourceError::Database {
            doing: "starting",
            cause: cause.kind().to_string(),
        })?;
        told.await.map_err(|_| gone())??;
        Ok(Self { jobs, ended })
    }

    /// Sends a statement that yields nothing.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn execute(&mut self, sql: &str) -> Result<(), SourceError> {
        self.ask(|answer| Job::Execute(sql.to_owned(), answer)).await
    }

    /// The rows of a statement, under these names; and whether it was left before its end, because
    /// the rows grew larger than a page may.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn page(
        &mut self,
        sql: String,
        columns: &Arc<Columns>,
    ) -> Result<Fetched, SourceError> {
        self.ahead(sql, columns).await?.arrived().await
    }

    /// Asks for a page that is wanted soon.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn ahead(
        &mut self,
        sql: String,
        columns: &Arc<Columns>,
    ) -> Result<Ahead, SourceError> {
        let (answer, told) = oneshot::channel();
        let job = Job::Page(sql, columns.clone(), answer);
        self.jobs.send(job).await.map_err(|_| gone())?;
        Ok(Ahead(told))
    }

    /// All rows of a statement that yields few, under these names.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn rows(
        &mut self,
        sql: String,
        columns: &Arc<Columns>,
    ) -> Result<Vec<Row>, SourceError> {
        self.ask(|answer| Job::Rows(sql, columns.clone(), answer)).await
    }

    /// The rows of a small statement as plain cells, NULL as empty text.
    ///
    /// # Errors
    /// If the server refuses or goes away.
    pub async fn cells(&mut self, sql: String) -> Result<Vec<Vec<String>>, SourceError> {
        self.ask(|answer| Job::Cells(sql, answer)).await
    }

    /// Says goodbye.
    pub async fn close(self) {
        drop(self.jobs);
        // An error means that the thread has ended already.
        let _ = self.ended.await;
    }

    async fn ask<T>(&mut self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, SourceError> {
        let (answer, told) = oneshot::channel();
        self.jobs.send(job(answer)).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

/// The thread's work: one statement after the other, until nobody asks any more.
fn serve(
    place: &DatabasePlace,
    mut jobs: mpsc::Receiver<Job>,
    (opened, ended): (Answer<()>, oneshot::Sender<()>),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let work = async {
        let mut connection = match Connection::open(place).await {
            Ok(connection) => connection,
            Err(error) => {
                let _ = opened.send(Err(error));
                return;
            }
        };
        let _ = opened.send(Ok(()));
        // Who asked may have had enough before the answer came: that is no fault.
        while let Some(job) = jobs.recv().await {
            match job {
                Job::Execute(sql, answer) => drop(answer.send(connection.execute(&sql).await)),
                Job::Page(sql, columns, answer) => {
                    drop(answer.send(connection.page(sql, &columns).await));
                }
                Job::Rows(sql, columns, answer) => {
                    drop(answer.send(connection.rows(sql, &columns).await));
                }
                Job::Cells(sql, answer) => drop(answer.send(connection.cells(sql).await)),
            }
        }
        connection.close().await;
    };
    // Without a runtime the waiting ends with the channels, and says that the connection is gone.
    if let Ok(runtime) = runtime {
        runtime.block_on(work);
    }
    let _ = ended.send(());
}

fn gone() -> SourceError {
    SourceError::Database {
        doing: "reading rows",
        cause: "the thread of the connection ended before its time".to_owned(),
    }
}
