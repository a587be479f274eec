//! Records that wait to be written, page by page, with all that deciding about them needs.

use futures::{Stream, TryStreamExt};

use super::context::Context;
use super::diff::{self, EditPolicy, Remaining, content_of};
use super::error::EngineError;
use super::load;
use super::setting::PAGE_RECORDS;
use crate::destination::intercom::family;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::mapping::draft::{Draft, references};
use crate::model::event::Phase;
use crate::model::{SourceKey, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{Effect, EffectEnd, RecordState, StepMap, WorkQueue};

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
    pub steps: StepMap,
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
    let mut steps = load::steps_of(context, streams).await?;
    for (stream, draft) in streams.iter().zip(&drafts) {
        if let (Some(steps), Some(draft)) = (steps.get_mut(stream), draft) {
            fill_contents(context, draft, steps).await?;
            end_with_target(context, draft, steps).await?;
        }
    }
    let mut page = Vec::with_capacity(streams.len());
    for (((key, stream), state), draft) in keys.into_iter().zip(streams).zip(states).zip(drafts) {
        if let Some(draft) = draft {
            let steps = steps.remove(stream).unwrap_or_default();
            page.push(Pending { key, stream: *stream, state, draft, steps });
        }
    }
    Ok(page)
}

/// A link that could not be taken back is gone all the same if what it led to was taken away since:
/// the company, the tag. Once that is made anew, the link is too.
async fn end_with_target(
    context: &Context,
    draft: &Draft,
    steps: &mut StepMap,
) -> Result<(), EngineError> {
    for step in draft.steps.iter().filter(|step| links(step.operation)) {
        let Some(state) = steps.get_mut(&step.key) else { continue };
        let Some(at) = state.top().filter(|top| top.end != EffectEnd::Stands).map(|top| top.at)
        else {
            continue;
        };
        let keys: Vec<SourceKey> =
            references(step).into_iter().filter(|key| *key != draft.key).collect();
        for stream in context.ledger.streams(&keys).await?.into_iter().flatten() {
            let other = load::steps(context, stream).await?;
            let Some(create) = other.get(&StepKey::from(CREATE_STEP)) else { continue };
            let went = |effect: &Effect| match effect.end {
                EffectEnd::Undone { at: ended, .. } => effect.creates() && ended > at,
                EffectEnd::Stands
                | EffectEnd::WentWithObject
                | EffectEnd::Kept { .. }
                | EffectEnd::Impossible { .. }
                | EffectEnd::Stuck { .. } => false,
            };
            if create.effects.iter().any(went) {
                let before = state.effects.iter_mut().filter(|one| one.at <= at && one.stands());
                before.for_each(|one| one.end = EffectEnd::WentWithObject);
            }
        }
    }
    Ok(())
}

/// Operations that put one object on another.
pub fn links(operation: Operation) -> bool {
    family::of(operation).links(operation)
}

/// The first release did not keep what a reader sees of a message: it is taken from what was sent,
/// where the draft says something else now.
async fn fill_contents(
    context: &Context,
    draft: &Draft,
    steps: &mut StepMap,
) -> Result<(), EngineError> {
    for step in &draft.steps {
        let Some(state) = steps.get_mut(&step.key) else { continue };
        let Some(top) = state.effects.iter_mut().rev().find(|effect| effect.stands()) else {
            continue;
        };
        if top.content.is_some()
            || top.digest == step.digest()?
            || content_of(step.operation, &step.body)?.is_none()
        {
            continue;
        }
        let payload = context.ledger.payloads(&[top.intent_at]).await?.pop().flatten();
        let Some(bytes) = payload else { continue };
        let request: Request = load::parse("request", &draft.key, &bytes)?;
        if let Some(body) = &request.body {
            top.content = content_of(request.operation, body)?;
        }
    }
    Ok(())
}
