//! Records in the order in which they were first read, a bounded part at a time: every list goes
//! on from a record's number, and looks at a bounded number of records.

use std::collections::HashMap;

use super::error::ReportError;
use super::portion::{LOOKED_AT_MAX, Portion, ROWS_MAX};
use crate::ledger::Ledger;
use crate::model::event::{Counts, Phase};
use crate::model::{DestinationId, Event, Position, RecordKind, StepKey, StreamId};
use crate::projection::effect::end_with_object;
use crate::projection::id_map::CREATE_STEP;
use crate::projection::row::stream_at;
use crate::projection::work_queue::WorkQueue;
use crate::projection::{
    Disposition, Effect, RecordState, RecordStates, StepMap, StepStates, disposition,
};

/// Records whose states are read at a time.
const STATES_AT_ONCE: usize = 500;

/// Steps of one record that a list looks at; a page of the record has them all.
const STEPS_MAX: usize = 2_000;

/// A record in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its number.
    pub stream: StreamId,
    /// Its key.
    pub key: String,
    /// What it was normalised to.
    pub kind: Option<RecordKind>,
    /// Where it ended; none for the ledger's own streams.
    pub ended: Option<Disposition>,
    /// The source may have withdrawn it after it was moved.
    pub withdrawn: bool,
    /// Its object in Intercom.
    pub object: Option<DestinationId>,
}

/// A record that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// Its number.
    pub stream: StreamId,
    /// Its key.
    pub key: String,
    /// Short stable name of the reason.
    pub reason: String,
    /// What would release it.
    pub release: String,
}

/// A record with declared losses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossRow {
    /// Its number.
    pub stream: StreamId,
    /// Its key.
    pub key: String,
    /// Losses of its latest draft, by name.
    pub losses: Counts,
    /// Fields that differed as declared when it was last read back.
    pub differed: u32,
    /// The draft is in Intercom.
    pub written: bool,
}

/// A record with effects that stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRow {
    /// Its number.
    pub stream: StreamId,
    /// Its key.
    pub key: String,
    /// Phase of its draft.
    pub phase: Option<Phase>,
    /// Its object is ours and would be removed; otherwise what was changed would be restored.
    pub removes: bool,
    /// Effects that stand, by operation.
    pub operations: Counts,
    /// Its object in Intercom.
    pub object: Option<DestinationId>,
}

/// The key of a stream.
///
/// # Errors
/// If there is none, or the ledger cannot be read.
pub async fn key_of(ledger: &Ledger, stream: StreamId) -> Result<String, ReportError> {
    let key = ledger.keys(&[stream]).await?.pop();
    key.map(|key| key.to_string()).ok_or_else(|| ReportError::UnknownKey(stream.to_string()))
}

/// States of records from one on; the record to go on from, if there are more.
async fn states(
    ledger: &Ledger,
    from: StreamId,
    limit: usize,
) -> Result<Portion<(StreamId, RecordState), StreamId>, ReportError> {
    let first = RecordStates::key(from);
    let rows = ledger.scan(RecordStates::NAME, &first, None, limit + 1).await?;
    let mut states = Vec::with_capacity(rows.len());
    for (key, value) in &rows {
        if let Some(stream) = stream_at(key, 0) {
            states.push((stream, RecordStates::decode(value)?));
        }
    }
    Ok(Portion::cut(states, limit, |(stream, _)| *stream))
}

/// States of the records that these are part of.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn roots(
    ledger: &Ledger,
    page: &[(StreamId, RecordState)],
) -> Result<HashMap<StreamId, RecordState>, ReportError> {
    let mut parents: Vec<StreamId> = page.iter().filter_map(|(_, state)| state.parent).collect();
    parents.sort_unstable();
    parents.dedup();
    let keys: Vec<Vec<u8>> = parents.iter().map(|parent| RecordStates::key(*parent)).collect();
    let rows = ledger.rows(RecordStates::NAME, &keys).await?;
    let mut roots = HashMap::new();
    for (parent, row) in parents.into_iter().zip(rows) {
        let state = row.map(|bytes| RecordStates::decode(&bytes)).transpose()?;
        roots.insert(parent, state.unwrap_or_default());
    }
    Ok(roots)
}

/// Where a record ended, but for what the source has withdrawn since.
pub fn ended(state: &RecordState, root: Option<&RecordState>) -> Disposition {
    match disposition(state, root) {
        // A message that was taken out of a thread which stays.
        Disposition::Written if state.vanished && root.is_some() => Disposition::Excluded,
        ended => ended,
    }
}

/// Which of these records the source may have withdrawn after they were moved.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn withdrawn(ledger: &Ledger, streams: &[StreamId]) -> Result<Vec<bool>, ReportError> {
    let before = |stream: &StreamId| stream.0.checked_sub(1).map(StreamId);
    let key = |stream: &StreamId| WorkQueue::withdrawn_range(before(stream)).0;
    let keys: Vec<Vec<u8>> = streams.iter().map(key).collect();
    let rows = ledger.rows(WorkQueue::NAME, &keys).await?;
    Ok(rows.iter().map(Option::is_some).collect())
}

/// The state of one record; none if no event was about a record of this number.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn state(ledger: &Ledger, stream: StreamId) -> Result<Option<RecordState>, ReportError> {
    let row = ledger.rows(RecordStates::NAME, &[RecordStates::key(stream)]).await?.pop().flatten();
    Ok(row.map(|bytes| RecordStates::decode(&bytes)).transpose()?)
}

/// These records as rows.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn rows(
    ledger: &Ledger,
    page: &[(StreamId, RecordState)],
) -> Result<Vec<RecordRow>, ReportError> {
    let roots = roots(ledger, page).await?;
    let streams: Vec<StreamId> = page.iter().map(|(stream, _)| *stream).collect();
    let keys = ledger.keys(&streams).await?;
    let withdrawn = withdrawn(ledger, &streams).await?;
    let row = |(((stream, state), key), withdrawn): ((&(StreamId, RecordState), _), _)| RecordRow {
        stream: *stream,
        key,
        kind: state.kind,
        ended: Some(ended(state, state.parent.and_then(|parent| roots.get(&parent)))),
        withdrawn,
        object: state.object.clone(),
    };
    let keys = keys.iter().map(ToString::to_string);
    Ok(page.iter().zip(keys).zip(withdrawn).map(row).collect())
}

/// Records from one on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn records(
    ledger: &Ledger,
    from: StreamId,
) -> Result<Portion<RecordRow, StreamId>, ReportError> {
    let page = states(ledger, from, ROWS_MAX).await?;
    Ok(Portion { rows: rows(ledger, &page.rows).await?, next: page.next })
}

/// Records that wait for a person, from one on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn waiting(
    ledger: &Ledger,
    from: StreamId,
) -> Result<Portion<WaitingRow, StreamId>, ReportError> {
    let (first, end) = WorkQueue::waiting_range();
    let first = [first, RecordStates::key(from)].concat();
    let found = ledger.scan(WorkQueue::NAME, &first, Some(&end), ROWS_MAX + 1).await?;
    let streams = found.iter().filter_map(|(key, _)| stream_at(key, 1)).collect();
    let streams: Portion<StreamId, StreamId> = Portion::cut(streams, ROWS_MAX, |one| *one);
    let keys = ledger.keys(&streams.rows).await?;
    let mut rows = Vec::with_capacity(keys.len());
    for (stream, key) in streams.rows.iter().zip(keys) {
        let settled = state(ledger, *stream).await?.and_then(|state| state.settled_at);
        let at: Vec<Position> = settled.into_iter().collect();
        let (mut reason, mut release) = (String::new(), String::new());
        if let Some(Some(recorded)) = ledger.read_at(&at).await?.pop()
            && let Event::RecordQueued(queued) = recorded.event
        {
            (reason, release) = (queued.reason, queued.release);
        }
        rows.push(WaitingRow { stream: *stream, key: key.to_string(), reason, release });
    }
    Ok(Portion { rows, next: streams.next })
}

/// Records with declared losses among the next from one on: the part may show none and yet go on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn losses(
    ledger: &Ledger,
    from: StreamId,
) -> Result<Portion<LossRow, StreamId>, ReportError> {
    let mut found = Vec::new();
    let (mut next, mut looked_at) = (Some(from), 0);
    while let Some(start) = next.filter(|_| looked_at < LOOKED_AT_MAX) {
        let page = states(ledger, start, STATES_AT_ONCE).await?;
        looked_at += page.rows.len();
        next = page.next;
        let drafted: Vec<_> =
            page.rows.into_iter().filter(|(_, state)| state.draft_at.is_some()).collect();
        let at: Vec<Position> = drafted.iter().filter_map(|(_, state)| state.draft_at).collect();
        for ((stream, state), recorded) in drafted.into_iter().zip(ledger.read_at(&at).await?) {
            let losses = match recorded.map(|recorded| recorded.event) {
                Some(Event::RecordTransformed(transformed)) => transformed.losses,
                _ => Counts::new(),
            };
            if losses.is_empty() && state.declared_differences == 0 {
                continue;
            }
            if found.len() == ROWS_MAX {
                return with_keys(ledger, found, Some(stream)).await;
            }
            let differed = state.declared_differences;
            let written = state.written.is_some() && state.written == state.draft;
            found.push(LossRow { stream, key: String::new(), losses, differed, written });
        }
    }
    with_keys(ledger, found, next).await
}

async fn with_keys(
    ledger: &Ledger,
    mut rows: Vec<LossRow>,
    next: Option<StreamId>,
) -> Result<Portion<LossRow, StreamId>, ReportError> {
    let streams: Vec<StreamId> = rows.iter().map(|row| row.stream).collect();
    for (row, key) in rows.iter_mut().zip(ledger.keys(&streams).await?) {
        row.key = key.to_string();
    }
    Ok(Portion { rows, next })
}

/// Records with effects that stand among the next from one on: what a rollback of everything would
/// take back, as far as the ledger tells.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn standing(
    ledger: &Ledger,
    from: StreamId,
) -> Result<Portion<StandingRow, StreamId>, ReportError> {
    let mut rows: Vec<StandingRow> = Vec::new();
    let (mut next, mut looked_at) = (Some(from), 0);
    while let Some(start) = next.filter(|_| looked_at < LOOKED_AT_MAX) {
        let page = states(ledger, start, STATES_AT_ONCE).await?;
        looked_at += page.rows.len();
        next = page.next;
        for (stream, state) in page.rows.into_iter().filter(|(_, state)| state.phase.is_some()) {
            let steps = steps(ledger, stream, STEPS_MAX).await?;
            let effects = || steps.values().flat_map(|step| step.standing());
            if effects().next().is_none() {
                continue;
            }
            if rows.len() == ROWS_MAX {
                return Ok(Portion { rows, next: Some(stream) });
            }
            let mut operations = Counts::new();
            for effect in effects() {
                *operations.entry(effect.operation.clone()).or_default() += 1;
            }
            let create = steps.get(&StepKey::from(CREATE_STEP));
            let removes = create.is_some_and(|step| step.standing().any(Effect::creates));
            let key = key_of(ledger, stream).await?;
            let (phase, object) = (state.phase, state.object);
            rows.push(StandingRow { stream, key, phase, removes, operations, object });
        }
    }
    Ok(Portion { rows, next })
}

/// At most `limit` steps of a record that are named so, or so with a mark behind.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn steps_named(
    ledger: &Ledger,
    stream: StreamId,
    name: &str,
    limit: usize,
) -> Result<StepMap, ReportError> {
    let (first, to) = StepStates::range_of(stream);
    let from = [first.as_slice(), name.as_bytes()].concat();
    let mut steps = StepMap::new();
    for (key, value) in ledger.scan(StepStates::NAME, &from, Some(&to), limit).await? {
        let Some((_, step)) = StepStates::parts(&key) else { continue };
        match step.as_str().strip_prefix(name) {
            Some(rest) if rest.is_empty() || rest.starts_with(STEP_MARKS) => {
                steps.insert(step, StepStates::decode(&value)?);
            }
            Some(_) => {}
            None => break,
        }
    }
    // What was added to an object goes with it.
    let create = StepKey::from(CREATE_STEP);
    let own = [first.as_slice(), CREATE_STEP.as_bytes()].concat();
    if let Some(bytes) = ledger.rows(StepStates::NAME, &[own]).await?.pop().flatten() {
        steps.insert(create.clone(), StepStates::decode(&bytes)?);
        end_with_object(&mut steps);
        steps.remove(&create);
    }
    Ok(steps)
}

/// What follows the name of a message's step: its files, and notes of its edits.
const STEP_MARKS: [char; 2] = ['#', '~'];

/// At most `limit` steps of a record, with what became of their effects.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn steps(
    ledger: &Ledger,
    stream: StreamId,
    limit: usize,
) -> Result<StepMap, ReportError> {
    let (from, to) = StepStates::range_of(stream);
    let mut steps = StepMap::new();
    for (key, value) in ledger.scan(StepStates::NAME, &from, Some(&to), limit).await? {
        if let Some((_, step)) = StepStates::parts(&key) {
            steps.insert(step, StepStates::decode(&value)?);
        }
    }
    end_with_object(&mut steps);
    Ok(steps)
}
