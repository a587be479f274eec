//! Records that wait to be written, page by page, with all that deciding about them needs.

use std::collections::{BTreeMap, HashMap};

use futures::{Stream, TryStreamExt};

use super::context::Context;
use super::diff::{self, EditPolicy, Remaining};
use super::error::EngineError;
use super::life;
use super::load;
use super::setting::PAGE_RECORDS;
use crate::mapping::draft::Draft;
use crate::model::event::Phase;
use crate::model::{SourceKey, StepKey, StreamId};
use crate::projection::{RecordState, StepState, StepStates, WorkQueue};

/// States of a record's steps.
pub type Steps = BTreeMap<StepKey, StepState>;

/// A record that waits to be written.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its key.
    pub key: SourceKey,
    /// Its stream.
    pub stream: StreamId,
    /// Where it stands.
    pub state: RecordState,
    /// What is to be in Intercom.
    pub draft: Draft,
    /// What is there already, step by step.
    pub steps: Steps,
}

impl Pending {
    /// What is left to do.
    ///
    /// # Errors
    /// If a step has no canonical form.
    pub fn remaining(&self, admin: &str, policy: EditPolicy) -> Result<Remaining, EngineError> {
        Ok(diff::remaining(&self.key, admin, &self.draft.steps, &self.steps, policy)?)
    }
}

/// The next page of a phase after a stream, with the stream to go on from.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn page(
    context: &Context,
    phase: Phase,
    after: Option<StreamId>,
) -> Result<Option<(Vec<Pending>, StreamId)>, EngineError> {
    let (from, to) = WorkQueue::write_range(phase, after);
    let rows = context.ledger.scan(WorkQueue::NAME, &from, Some(&to), PAGE_RECORDS).await?;
    let streams: Vec<StreamId> =
        rows.iter().filter_map(|(key, _)| WorkQueue::write_stream(key)).collect();
    let Some(last) = streams.last().copied() else {
        return Ok(None);
    };
    Ok(Some((of(context, &streams).await?, last)))
}

/// All records of a phase, in order. A page is read while the records of the one before are still
/// in hand, so that nobody waits for it.
pub fn all(context: &Context, phase: Phase) -> impl Stream<Item = Result<Pending, EngineError>> {
    let pages = futures::stream::try_unfold(None, move |after| async move {
        let page = page(context, phase, after).await?;
        Ok::<_, EngineError>(page.map(|(page, last)| (page, Some(last))))
    });
    pages.map_ok(|page| futures::stream::iter(page.into_iter().map(Ok))).try_flatten()
}

/// These records, which must be in ascending order; those without a draft are left out.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of(context: &Context, streams: &[StreamId]) -> Result<Vec<Pending>, EngineError> {
    let keys = context.ledger.keys(streams).await?;
    let states = context.states(streams).await?;
    let drafts = load::drafts(context, &states).await?;
    let mut steps = steps_of(context, streams).await?;
    let mut page = Vec::with_capacity(streams.len());
    for (((key, stream), state), draft) in keys.into_iter().zip(streams).zip(states).zip(drafts) {
        if let Some(draft) = draft {
            let steps = steps.remove(stream).unwrap_or_default();
            page.push(Pending { key, stream: *stream, state, draft, steps });
        }
    }
    Ok(page)
}

/// Largest gap between stream numbers that one range query bridges.
const NEIGHBOURS_MAX: u64 = 16;

async fn steps_of(
    context: &Context,
    streams: &[StreamId],
) -> Result<HashMap<StreamId, Steps>, EngineError> {
    let mut found: HashMap<StreamId, Steps> = HashMap::new();
    for run in streams.chunk_by(|a, b| b.0 - a.0 <= NEIGHBOURS_MAX) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let (mut from, _) = StepStates::range_of(*first);
        let (_, to) = StepStates::range_of(*last);
        loop {
            let rows =
                context.ledger.scan(StepStates::NAME, &from, Some(&to), PAGE_RECORDS * 4).await?;
            let Some((end, _)) = rows.last() else {
                break;
            };
            from = [end.as_slice(), &[0]].concat();
            for (key, value) in &rows {
                if let Some((stream, step)) = StepStates::parts(key) {
                    let state = StepStates::decode(value)?;
                    found.entry(stream).or_default().insert(step, state);
                }
            }
        }
    }
    found.values_mut().for_each(life::end_with_object);
    Ok(found)
}
