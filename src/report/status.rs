//! Where a migration stands: the last run, what is done and left, how fast it goes, what went
//! wrong, who writes. From the ledger alone, with a bounded look at it, so that it can be asked
//! beside a run however large the ledger is.

use std::ops::Range;

use serde::Serialize;

use super::error::ReportError;
use super::failure::{self, Failure};
use crate::ledger::Ledger;
use crate::model::event::{CATALOGUE, Phase, PlanSealed};
use crate::model::{Event, Position, RunId, Timestamp};
use crate::projection::{RunEntry, RunLog, WorkQueue};

/// Events up to which requests are counted one by one; beyond it they are reckoned from the
/// records.
const COUNTED_EVENTS: u64 = 2_000_000;

/// Latest events of a run from which its pace is taken.
const PACE_EVENTS: u64 = 4_000;

/// Where a migration stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Events of the ledger.
    pub events: u64,
    /// The last run.
    pub run: Option<LastRun>,
    /// The plan that was made last.
    pub plan: Option<PlanStanding>,
    /// Records that are planned and not written, by phase, in order.
    pub left: Vec<PhaseLeft>,
    /// Records that wait for a person.
    pub waiting: u64,
    /// How fast the last run goes, while it goes.
    pub pace: Option<Pace>,
    /// What went wrong last in the last run.
    pub last_failure: Option<Failure>,
    /// Who has the ledger open for writing.
    pub holder: Option<Holding>,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process writes, and the run has not ended.
    Running,
    /// It ended by itself.
    Finished,
    /// It did not end, and nobody writes.
    Stopped,
}

/// The last run.
#[derive(Clone, Debug, Serialize)]
pub struct LastRun {
    /// Its id.
    pub run: RunId,
    /// What it does.
    pub kind: String,
    /// Who runs it.
    pub operator: String,
    /// Whether it goes on.
    pub state: RunState,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Its first event.
    pub first: u64,
    /// The phase that it is in, where it writes.
    pub phase: Option<&'static str>,
}

/// How far a plan is carried out.
#[derive(Clone, Debug, Serialize)]
pub struct PlanStanding {
    /// Its digest.
    pub plan: String,
    /// Its event.
    pub position: u64,
    /// Requests planned.
    pub requests: u64,
    /// Requests done since.
    pub done: u64,
    /// Requests left.
    pub left: u64,
    /// They were reckoned from the records, not counted one by one.
    pub reckoned: bool,
}

/// Records of a phase that are not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseLeft {
    /// The phase.
    pub phase: &'static str,
    /// How many.
    pub records: u64,
}

/// How fast a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// Requests that change something, per minute.
    pub requests_per_minute: u64,
    /// Events per minute.
    pub events_per_minute: u64,
    /// Milliseconds since the last event.
    pub quiet_ms: u64,
    /// Milliseconds that what is left takes at this pace, where the run writes.
    pub eta_ms: Option<u64>,
}

/// A process that has the ledger open for writing.
#[derive(Clone, Debug, Serialize)]
pub struct Holding {
    /// Its machine, if it can be seen.
    pub host: Option<String>,
    /// Its number there, if it can be seen.
    pub pid: Option<u32>,
    /// Since when, if it can be seen.
    pub since: Option<String>,
}

/// Where the migration stands at `now_us`, in microseconds since 1970.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn status(ledger: &Ledger, now_us: i64) -> Result<Status, ReportError> {
    let holder = ledger.holder().await?.map(|holder| Holding {
        host: holder.host,
        pid: holder.pid,
        since: holder.since_ms.map(|ms| Timestamp(ms).to_rfc3339()),
    });
    let head = ledger.head().await?.size;
    let mut left = Vec::new();
    for phase in Phase::ALL {
        let (from, to) = WorkQueue::write_range(phase, None);
        let records = ledger.count_rows(WorkQueue::NAME, &from, &to).await?;
        if records > 0 {
            left.push(PhaseLeft { phase: phase.word(), records });
        }
    }
    let (from, to) = WorkQueue::waiting_range();
    let waiting = ledger.count_rows(WorkQueue::NAME, &from, &to).await?;
    let plan = plan(ledger, head, &left).await?;
    let entry = last_run(ledger).await?;
    let run = entry.as_ref().map(|entry| standing(entry, holder.is_some(), &left));
    let range = entry.as_ref().map(|entry| entry.first..Position(head));
    let pace = match (&run, &range) {
        (Some(run), Some(range)) if run.state == RunState::Running => {
            let mut pace = pace(ledger, range.clone(), now_us).await?;
            let writes = run.phase.is_some();
            let planned = plan.as_ref().filter(|_| writes);
            if let (Some(pace), Some(plan)) = (pace.as_mut(), planned) {
                pace.eta_ms = eta_ms(plan.left, pace.requests_per_minute);
            }
            pace
        }
        _ => None,
    };
    let last_failure = match range {
        Some(range) => failure::last(ledger, range).await?,
        None => None,
    };
    Ok(Status { events: head, run, plan, left, waiting, pace, last_failure, holder })
}

/// The run that began last in the log.
async fn last_run(ledger: &Ledger) -> Result<Option<RunEntry>, ReportError> {
    let rows = ledger.scan(RunLog::NAME, &[], None, usize::MAX).await?;
    let mut last: Option<RunEntry> = None;
    for (_, row) in &rows {
        let entry = RunLog::decode(row)?;
        if last.as_ref().is_none_or(|last| last.first < entry.first) {
            last = Some(entry);
        }
    }
    Ok(last)
}

fn standing(entry: &RunEntry, held: bool, left: &[PhaseLeft]) -> LastRun {
    let state = match entry.finished_at_us {
        Some(_) => RunState::Finished,
        None if held && !entry.interrupted => RunState::Running,
        None => RunState::Stopped,
    };
    let time = |us: i64| Timestamp(us / 1000).to_rfc3339();
    let writes = matches!(entry.kind.as_str(), "apply" | "delta") && state != RunState::Finished;
    LastRun {
        run: entry.run,
        kind: entry.kind.clone(),
        operator: entry.operator.clone(),
        state,
        started_at: time(entry.started_at_us),
        finished_at: entry.finished_at_us.map(time),
        first: entry.first.0,
        // Phases go one after another, so it is the first of which anything is left.
        phase: left.first().map(|left| left.phase).filter(|_| writes),
    }
}

/// How far the plan that was sealed last is carried out.
async fn plan(
    ledger: &Ledger,
    head: u64,
    left: &[PhaseLeft],
) -> Result<Option<PlanStanding>, ReportError> {
    let types = [type_named("PlanSealed")];
    let mut sealed: Option<(Position, PlanSealed)> = None;
    for recorded in ledger.read_some(Position(0)..Position(head), Some(&types), u32::MAX).await? {
        if let Event::PlanSealed(plan) = recorded.event {
            sealed = Some((recorded.position, plan));
        }
    }
    let Some((at, plan)) = sealed else { return Ok(None) };
    let records: u64 = left.iter().map(|left| left.records).sum();
    let since = at.next()..Position(head);
    let reckoned = since.end.0.saturating_sub(since.start.0) > COUNTED_EVENTS;
    let done = match reckoned {
        true => share(plan.requests, plan.items.saturating_sub(records), plan.items),
        false => settled(ledger, since).await?.min(plan.requests),
    };
    // A record that is done leaves the queue; what is refused leaves it too, and waits.
    let left = if records == 0 { 0 } else { plan.requests - done };
    Ok(Some(PlanStanding {
        plan: plan.plan.to_string(),
        position: at.0,
        requests: plan.requests,
        done,
        left,
        reckoned,
    }))
}

/// Requests of a range that are known to be done.
async fn settled(ledger: &Ledger, range: Range<Position>) -> Result<u64, ReportError> {
    let names = ["WriteSucceeded", "WriteOutcomeResolved", "WriteOutcomeDecided"];
    count(ledger, range, &names).await
}

async fn count(
    ledger: &Ledger,
    range: Range<Position>,
    names: &[&str],
) -> Result<u64, ReportError> {
    let types: Vec<u16> = names.iter().map(|name| type_named(name)).collect();
    let counts = ledger.type_counts(range).await?;
    Ok(counts.iter().filter(|(kind, _)| types.contains(kind)).map(|(_, count)| count).sum())
}

/// Number of a type of event; 0, which none has, for a name that none has.
fn type_named(name: &str) -> u16 {
    CATALOGUE.iter().find(|kind| kind.name == name).map_or(0, |kind| kind.type_id)
}

fn share(whole: u64, part: u64, of: u64) -> u64 {
    match of {
        0 => 0,
        of => u64::try_from(u128::from(whole) * u128::from(part) / u128::from(of)).unwrap_or(whole),
    }
}

/// The pace of a run, from its latest events until now.
async fn pace(
    ledger: &Ledger,
    run: Range<Position>,
    now_us: i64,
) -> Result<Option<Pace>, ReportError> {
    let first = run.end.0.saturating_sub(PACE_EVENTS).max(run.start.0);
    let range = Position(first)..run.end;
    let last = run.end.0.saturating_sub(1);
    let ends = ledger.read_at(&[Position(first), Position(last)]).await?;
    let [Some(first), Some(last)] = &ends[..] else { return Ok(None) };
    let events = range.end.0 - range.start.0;
    let requests = count(ledger, range, &["WriteStarted", "UndoStarted"]).await?;
    let took_us = now_us.saturating_sub(first.recorded_at_us).max(1);
    Ok(Some(Pace {
        requests_per_minute: per_minute(requests, took_us),
        events_per_minute: per_minute(events, took_us),
        quiet_ms: u64::try_from((now_us - last.recorded_at_us) / 1000).unwrap_or(0),
        eta_ms: None,
    }))
}

fn per_minute(count: u64, took_us: i64) -> u64 {
    const MINUTE_US: u64 = 60_000_000;
    share(MINUTE_US, count, u64::try_from(took_us).unwrap_or(0))
}

/// Milliseconds for so many requests; none where nothing moves.
fn eta_ms(left: u64, per_minute: u64) -> Option<u64> {
    (per_minute > 0).then(|| share(60_000, left, per_minute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Counts;

    fn entry(kind: &str, ended: bool) -> RunEntry {
        RunEntry {
            run: RunId([1; 16]),
            kind: kind.into(),
            operator: "ann".into(),
            program: "1".into(),
            mapping: None,
            started_at_us: 0,
            first: Position(3),
            last: None,
            finished_at_us: ended.then_some(1),
            interrupted: false,
            counts: Counts::new(),
        }
    }

    #[test]
    fn a_run_without_an_end_runs_only_while_somebody_writes() {
        let left = [PhaseLeft { phase: "contacts", records: 2 }];
        let running = standing(&entry("apply", false), true, &left);
        assert_eq!((running.state, running.phase), (RunState::Running, Some("contacts")));
        assert_eq!(standing(&entry("apply", false), false, &left).state, RunState::Stopped);
        let finished = standing(&entry("apply", true), true, &left);
        assert_eq!((finished.state, finished.phase), (RunState::Finished, None));
        assert_eq!(standing(&entry("read", false), true, &left).phase, None);
    }

    #[test]
    fn paces_and_shares() {
        assert_eq!(per_minute(100, 60_000_000), 100);
        assert_eq!(per_minute(1, 1_000_000), 60);
        assert_eq!(eta_ms(200, 100), Some(120_000));
        assert_eq!(eta_ms(200, 0), None);
        assert_eq!(share(10, 1, 4), 2);
        assert_eq!(share(10, 1, 0), 0);
        assert_ne!(type_named("PlanSealed"), 0);
    }
}
