//! One run in detail: its positions, what it appended, its gates, what went wrong in it; and the
//! events of the ledger by position.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::biography::{Chapter, chapter};
use super::error::ReportError;
use super::failure::{self, Failure};
use crate::ledger::Ledger;
use crate::model::event::{CATALOGUE, Counts};
use crate::model::{Event, Position};
use crate::projection::RunEntry;

/// Failures that are named; the counts tell how many there are.
pub const FAILURES_MAX: u32 = 100;

/// What one run did.
#[derive(Clone, Debug, Serialize)]
pub struct RunDetail {
    /// Its first event.
    pub from: u64,
    /// Its last event so far.
    pub to: u64,
    /// Events by name.
    pub events: BTreeMap<&'static str, u64>,
    /// Phases that were closed, or could not be, in order.
    pub gates: Vec<Gate>,
    /// What went wrong, first to last, at most [`FAILURES_MAX`].
    pub failures: Vec<Failure>,
    /// How often something went wrong.
    pub failures_count: u64,
}

/// The end of a phase.
#[derive(Clone, Debug, Serialize)]
pub struct Gate {
    /// Its event.
    pub position: u64,
    /// The phase.
    pub phase: &'static str,
    /// Its counts close.
    pub passed: bool,
    /// The counts.
    pub counts: Counts,
}

/// What `run` did; `next`: the first event of the run after it, if there is one.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn detail(
    ledger: &Ledger,
    run: &RunEntry,
    next: Option<Position>,
) -> Result<RunDetail, ReportError> {
    // That a run was interrupted is noted by the one after it, so such a run ends before that.
    let end = match (run.last.filter(|_| !run.interrupted), next) {
        (Some(last), _) => last.next(),
        (None, Some(next)) => next,
        (None, None) => Position(ledger.head().await?.size),
    };
    let range = run.first..end;
    let counts = ledger.type_counts(range.clone()).await?;
    let named = CATALOGUE.iter().filter_map(|kind| {
        let (_, count) = counts.iter().find(|(type_id, _)| *type_id == kind.type_id)?;
        Some((kind.name, *count))
    });
    let wrong = failure::types();
    let failed = counts.iter().filter(|(kind, _)| wrong.contains(kind)).map(|(_, count)| count);
    Ok(RunDetail {
        from: range.start.0,
        to: range.end.0.saturating_sub(1),
        events: named.collect(),
        gates: gates(ledger, range.clone()).await?,
        failures: failure::first(ledger, range, FAILURES_MAX).await?,
        failures_count: failed.sum(),
    })
}

async fn gates(ledger: &Ledger, range: Range<Position>) -> Result<Vec<Gate>, ReportError> {
    let names = ["GatePassed", "GateFailed"];
    let types = CATALOGUE.iter().filter(|kind| names.contains(&kind.name));
    let types: Vec<u16> = types.map(|kind| kind.type_id).collect();
    let events = ledger.read_some(range, Some(&types), u32::MAX).await?;
    let gates = events.into_iter().filter_map(|recorded| {
        let position = recorded.position.0;
        match recorded.event {
            Event::GatePassed(gate) => {
                Some(Gate { position, phase: gate.phase.word(), passed: true, counts: gate.counts })
            }
            Event::GateFailed(gate) => Some(Gate {
                position,
                phase: gate.phase.word(),
                passed: false,
                counts: gate.counts,
            }),
            _ => None,
        }
    });
    Ok(gates.collect())
}

/// An event of the log with the record that it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// What it is about.
    pub key: String,
    /// The event.
    #[serde(flatten)]
    pub event: Chapter,
}

/// Events from a position on, at most so many, and the position that goes on; none at the end.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn events(
    ledger: &Ledger,
    from: Position,
    limit: u32,
) -> Result<(Vec<Entry>, Option<u64>), ReportError> {
    let head = ledger.head().await?.size;
    let events = ledger.read_some(from..Position(head), None, limit).await?;
    let next = events.last().map(|last| last.position.next().0).filter(|next| *next < head);
    let streams: Vec<_> = events.iter().map(|event| event.stream).collect();
    let keys = ledger.keys(&streams).await?;
    let entries = events
        .into_iter()
        .zip(keys)
        .map(|(event, key)| Entry { key: key.to_string(), event: chapter(event, None, None) });
    Ok((entries.collect(), next))
}
