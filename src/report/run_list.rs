//! The runs, newest first, and what the ledger is now.

use futures::TryStreamExt;

use super::error::ReportError;
use super::portion::Portion;
use crate::ledger::{Head, Ledger};
use crate::model::event::CATALOGUE;
use crate::model::{Event, Position, RecordKind, RunId};
use crate::projection::work_queue::WorkQueue;
use crate::projection::{Census, RunEntry, RunLog};

/// Runs of one portion.
const RUNS_MAX: usize = 50;

/// Waiting records that are counted; beyond it "more than" is said.
const WAITING_COUNTED: usize = 1_000;

/// What the ledger is now.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Events and their root.
    pub head: Head,
    /// The latest seal: events covered, and the signed note.
    pub sealed: Option<(u64, String)>,
    /// The workspace it belongs to: app and region.
    pub workspace: Option<(String, String)>,
    /// Records met, by kind.
    pub met: Vec<(Option<RecordKind>, u64)>,
    /// Records that wait for a person; none if there are more than are counted.
    pub waiting: Option<u64>,
}

/// What the ledger is now.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn standing(ledger: &Ledger) -> Result<Standing, ReportError> {
    let head = ledger.head().await?;
    let rows = ledger.scan(Census::NAME, &[], None, usize::MAX).await?;
    let (from, to) = WorkQueue::waiting_range();
    let waiting = ledger.scan(WorkQueue::NAME, &from, Some(&to), WAITING_COUNTED + 1).await?.len();
    Ok(Standing {
        head,
        sealed: ledger.checkpoints().await?.pop().map(|row| (row.size, row.note)),
        workspace: workspace(ledger, head.size).await?,
        met: Census::counts(&rows)?.into_iter().collect(),
        waiting: (waiting <= WAITING_COUNTED).then_some(waiting as u64),
    })
}

async fn workspace(ledger: &Ledger, size: u64) -> Result<Option<(String, String)>, ReportError> {
    let recorded = CATALOGUE.iter().find(|kind| kind.name == "WorkspaceRecorded");
    let types: Vec<u16> = recorded.map(|kind| kind.type_id).into_iter().collect();
    let mut pages = std::pin::pin!(ledger.read(Position(0)..Position(size), Some(&types)));
    let first = pages.try_next().await?.into_iter().flatten().next();
    Ok(match first.map(|recorded| recorded.event) {
        Some(Event::WorkspaceRecorded(workspace)) => Some((workspace.app, workspace.region)),
        _ => None,
    })
}

/// Runs before one, newest first.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn runs(
    ledger: &Ledger,
    before: Option<RunId>,
) -> Result<Portion<RunEntry, RunId>, ReportError> {
    let end = before.map(RunLog::key);
    let rows = ledger.scan_back(RunLog::NAME, &[], end.as_deref(), RUNS_MAX + 1).await?;
    let more = rows.len() > RUNS_MAX;
    let rows = rows.iter().take(RUNS_MAX).map(|(_, value)| RunLog::decode(value));
    let rows: Vec<RunEntry> = rows.collect::<Result<_, _>>()?;
    let next = if more { rows.last().map(|run| run.run) } else { None };
    Ok(Portion { rows, next })
}

/// One run.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(ledger: &Ledger, run: RunId) -> Result<Option<RunEntry>, ReportError> {
    let row = ledger.rows(RunLog::NAME, &[RunLog::key(run)]).await?.pop().flatten();
    Ok(row.map(|bytes| RunLog::decode(&bytes)).transpose()?)
}
