//! Resolves what an earlier run left open, before anything else is done: an intent without an
//! outcome may or may not have reached Intercom, so it is looked up, never guessed.

use std::collections::HashSet;

use futures::StreamExt;

use super::context::Context;
use super::error::EngineError;
use super::files::Files;
use super::load;
use super::policy::WritePolicy;
use super::step::{Door, End, Intent, Tail, unknown};
use crate::destination::contract::Destination;
use crate::destination::intercom::request::Request;
use crate::ledger::NewEvent;
use crate::model::event::RecordQueued;
use crate::model::lifecycle::StepStage;
use crate::model::{Digest, RunId, StepKey, StreamId, Timestamp};
use crate::projection::StepStates;

/// Open intents looked at per page.
const PAGE_INTENTS: usize = 500;

/// What a recovery found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Writes that had reached Intercom.
    pub landed: u64,
    /// Writes that had not.
    pub absent: u64,
    /// Writes of which nobody can tell.
    pub ambiguous: u64,
}

impl Recovered {
    fn add(&mut self, other: Self) {
        self.landed += other.landed;
        self.absent += other.absent;
        self.ambiguous += other.ambiguous;
    }
}

/// Settles every open write. Open undos are simply repeated by the rollback that goes on.
///
/// # Errors
/// If the ledger refuses, or Intercom cannot be read.
pub async fn recover(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    files: &Files,
    policy: &WritePolicy,
) -> Result<Recovered, EngineError> {
    let door = Door { context, destination, run, waivers: &policy.waivers, looks: &policy.looks };
    let mut recovered = Recovered::default();
    let (mut from, to) = StepStates::open_range();
    loop {
        let rows = context.ledger.scan(StepStates::NAME, &from, Some(&to), PAGE_INTENTS).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(recovered);
        };
        from = [last.as_slice(), &[0]].concat();
        // Each may have to wait minutes for Intercom's search, so they wait together.
        let open = rows.iter().filter_map(|(key, _)| StepStates::parts(key));
        let mut settled = futures::stream::iter(open)
            .map(|(stream, step)| async move { settle(&door, files, stream, &step).await })
            .buffer_unordered(policy.concurrency.max(1));
        while let Some(one) = settled.next().await {
            recovered.add(one?);
        }
    }
}

async fn settle(
    door: &Door<'_>,
    files: &Files,
    stream: StreamId,
    step: &StepKey,
) -> Result<Recovered, EngineError> {
    let mut recovered = Recovered::default();
    let context = door.context;
    let Some(key) = context.ledger.keys(&[stream]).await?.pop() else {
        return Ok(recovered);
    };
    let steps = load::steps(context, stream).await?;
    let Some(state) = steps.get(step) else {
        return Ok(recovered);
    };
    let (Some(started_at), StepStage::Started | StepStage::Unknown) =
        (state.started_at, state.stage)
    else {
        return Ok(recovered);
    };
    let started = context.ledger.read_at(&[started_at]).await?.pop().flatten();
    let payload = context.ledger.payloads(&[started_at]).await?.pop().flatten();
    let (Some(started), Some(bytes)) = (started, payload) else {
        return Err(EngineError::Erased(key));
    };
    let mut request: Request = load::parse("request", &key, &bytes)?;
    restore_files(&mut request, files).await?;
    let intent = Intent {
        key: key.clone(),
        step: step.clone(),
        digest: state.tried.unwrap_or(Digest([0; 32])),
        request,
        attempts: state.attempts,
        known: steps
            .iter()
            .filter(|(other, _)| *other != step)
            .filter_map(|(_, state)| state.object.clone())
            .collect::<HashSet<_>>(),
        adopting: state.adopted,
    };
    let mut tail = Tail::default();
    if state.stage == StepStage::Started {
        tail.push(unknown(&intent, state.attempts, "interrupted"));
    }
    let sent_at = Timestamp(started.recorded_at_us / 1000);
    match door.resolve(&intent, state.attempts, sent_at, &mut tail).await? {
        Some(End::Done { .. }) => recovered.landed += 1,
        Some(End::Ambiguous { candidates }) => {
            recovered.ambiguous += 1;
            let ids: Vec<&str> = candidates.iter().map(|id| id.as_str()).collect();
            let record = context.states(&[stream]).await?.pop().unwrap_or_default();
            let queued = RecordQueued {
                reason: "ambiguous_outcome".to_owned(),
                release: format!("look which of these is the record's: {}", ids.join(", ")),
            };
            let ordinal = record.next_decision();
            tail.push(NewEvent { ordinal, ..NewEvent::new(key, queued) });
        }
        Some(End::Refused(_)) | None => recovered.absent += 1,
    }
    door.flush(&mut tail).await?;
    Ok(recovered)
}

/// Puts the bytes of files back into a stored request: a look-up may compare their sizes.
async fn restore_files(request: &mut Request, files: &Files) -> Result<(), EngineError> {
    let step = crate::destination::intercom::step::Step {
        key: "recovered".into(),
        operation: request.operation,
        path: Default::default(),
        body: request.body.clone().unwrap_or_default(),
        carries: Vec::new(),
    };
    for hole in crate::destination::intercom::request::files_of(&step) {
        if let Some(bytes) = files.fetch(&hole).await? {
            request.files.insert(hole.sha256, bytes);
        }
    }
    Ok(())
}
