//! Lets records that wait be tried again.

use std::collections::BTreeSet;

use super::context::Context;
use super::error::EngineError;
use super::outcome::ends_with_a_new_try;
use super::pending::{self, Pending};
use crate::ledger::NewEvent;
use crate::model::event::RecordTransformed;
use crate::model::lifecycle::RecordStage;
use crate::model::{Event, RunId, StreamId};
use crate::projection::WorkQueue;

/// Records looked at per page.
const PAGE_RECORDS: usize = 500;

/// Lets everything be tried again that Intercom refused, or that needed what was not there: what
/// was mended since is seen only by trying. What the map queued, or nobody can tell, keeps waiting.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn release_refused(context: &Context, run: RunId) -> Result<(), EngineError> {
    let (mut from, to) = WorkQueue::waiting_range();
    loop {
        let rows = context.ledger.scan(WorkQueue::NAME, &from, Some(&to), PAGE_RECORDS).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        from = [last.as_slice(), &[0]].concat();
        let waiting: Vec<StreamId> =
            rows.iter().filter_map(|(key, _)| WorkQueue::transform_stream(key)).collect();
        let mut again = BTreeSet::new();
        for (stream, state) in waiting.iter().zip(context.states(&waiting).await?) {
            let Some(at) = state.settled_at else { continue };
            let said = context.ledger.read_at(&[at]).await?.pop().flatten();
            if let Some(Event::RecordQueued(queued)) = said.map(|one| one.event)
                && ends_with_a_new_try(&queued.reason)
            {
                again.insert(*stream);
            }
        }
        release(context, run, &again).await?;
    }
}

/// Lets records that Intercom refused be tried again with the draft they have. One of which
/// something was read since keeps waiting: its draft is of before, and the next plan makes it anew.
///
/// # Errors
/// If the ledger cannot be read or refuses.
pub async fn release(
    context: &Context,
    run: RunId,
    streams: &BTreeSet<StreamId>,
) -> Result<(), EngineError> {
    let keys: Vec<Vec<u8>> = streams.iter().copied().map(WorkQueue::transform_key).collect();
    let to_be_mapped = context.ledger.rows(WorkQueue::NAME, &keys).await?;
    let as_drafted = streams.iter().zip(to_be_mapped).filter(|(_, row)| row.is_none());
    let as_drafted: Vec<StreamId> = as_drafted.map(|(stream, _)| *stream).collect();
    let mut events = Vec::new();
    for pending in pending::of(context, &as_drafted).await? {
        let Some(position) =
            pending.state.draft_at.filter(|_| pending.state.stage == RecordStage::Queued)
        else {
            continue;
        };
        let drafted = context.ledger.read_at(&[position]).await?.pop().flatten();
        let Some(Event::RecordTransformed(facts)) = drafted.map(|recorded| recorded.event) else {
            continue;
        };
        let payload = context.ledger.payloads(&[position]).await?.pop().flatten();
        events.push(again(&pending, facts, payload));
    }
    context.ledger.append(run, events).await?;
    Ok(())
}

fn again(pending: &Pending, facts: RecordTransformed, payload: Option<Vec<u8>>) -> NewEvent {
    NewEvent {
        content: facts.draft.into(),
        ordinal: pending.state.next_decision(),
        payload,
        ..NewEvent::new(pending.key.clone(), facts)
    }
}
