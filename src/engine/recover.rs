//! Resolves what an earlier run left open, before anything else is done: an intent without an
//! outcome may or may not have reached Intercom, so it is looked up, never guessed.

use std::collections::{BTreeMap, HashSet};

use futures::StreamExt;

use super::context::Context;
use super::error::EngineError;
use super::executor::{Aim, End, Executor, Intent, PendingOutcomes, Wanted, unknown};
use super::files::Files;
use super::interrupted;
use super::load;
use super::outcome::{AMBIGUOUS, question};
use super::policy::WritePolicy;
use super::undo::Undoer;
use crate::destination::contract::Destination;
use crate::destination::intercom::request::Request;
use crate::destination::intercom::undo::UndoBy;
use crate::ledger::NewEvent;
use crate::model::event::RecordQueued;
use crate::model::lifecycle::{AttemptStage, RecordStage};
use crate::model::{DestinationId, RunId, SourceKey, StepKey, StreamId, Timestamp};
use crate::projection::StepStates;

/// Open intents looked at per page.
const PAGE_INTENTS: usize = 500;

/// What a recovery found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Writes that had reached Intercom.
    pub landed: u64,
    /// Writes that had not.
    pub absent: u64,
    /// Records with a write of which nobody can tell: a person has to.
    pub waiting: BTreeMap<String, String>,
}

impl Recovered {
    fn add(&mut self, found: Found) {
        match found {
            Found::Settled => {}
            Found::Landed => self.landed += 1,
            Found::Absent => self.absent += 1,
            Found::Ambiguous { key, question } => {
                self.waiting.insert(key, format!("{AMBIGUOUS}: {question}"));
            }
        }
    }
}

/// What was found out about one open write.
enum Found {
    /// It was not open any more.
    Settled,
    Landed,
    Absent,
    Ambiguous {
        key: String,
        question: String,
    },
}

/// Settles every open write and every open undo.
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
    let (waivers, looks) = (&policy.waivers, &policy.looks);
    let executor = Executor { context, destination, run, waivers, looks };
    let mut recovered = Recovered::default();
    let (mut from, to) = StepStates::open_range();
    loop {
        let rows = context.ledger.scan(StepStates::NAME, &from, Some(&to), PAGE_INTENTS).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(recovered);
        };
        from = [last.as_slice(), &[0]].concat();
        // Waiting for a search to catch up is what takes long: it is done side by side.
        let open = rows.iter().filter_map(|(key, _)| StepStates::parts(key));
        let mut found = futures::stream::iter(open)
            .map(|(stream, step)| settle(&executor, files, &policy.admin, stream, step))
            .buffer_unordered(policy.concurrency.max(1));
        while let Some(found) = found.next().await {
            recovered.add(found?);
        }
    }
}

async fn settle(
    executor: &Executor<'_>,
    files: &Files,
    admin: &str,
    stream: StreamId,
    step: StepKey,
) -> Result<Found, EngineError> {
    let context = executor.context;
    let Some(key) = context.ledger.keys(&[stream]).await?.pop() else {
        return Ok(Found::Settled);
    };
    let steps = load::steps(context, stream).await?;
    let Some(state) = steps.get(&step) else {
        return Ok(Found::Settled);
    };
    let mut outcomes = PendingOutcomes::default();
    let Some(attempt) = &state.attempt else {
        return Ok(Found::Settled);
    };
    if attempt.stage == AttemptStage::Undoing {
        let by = UndoBy { admin_id: admin.to_owned(), ..UndoBy::default() };
        let undoer = Undoer { executor: *executor, by: &by };
        interrupted::settle_open(&undoer, &key, stream, &step, &mut outcomes).await?;
        return Ok(Found::Settled);
    }
    let started_at = attempt.started_at;
    let started = context.ledger.read_at(&[started_at]).await?.pop().flatten();
    let payload = context.ledger.payloads(&[started_at]).await?.pop().flatten();
    let (Some(started), Some(bytes)) = (started, payload) else {
        return Err(EngineError::Erased(key));
    };
    let mut request: Request = load::parse("request", &key, &bytes)?;
    restore_files(&mut request, files).await?;
    let known: HashSet<_> = steps
        .iter()
        .filter(|(other, _)| **other != step)
        .filter_map(|(_, state)| state.object().cloned())
        .collect();
    let intent = Intent {
        key,
        aim: Aim::Do(Wanted {
            digest: Some(attempt.digest),
            content: attempt.content,
            before: attempt.before,
            adopting: attempt.adopting,
            removes: attempt.removes,
        }),
        request,
        attempts: state.attempts,
        known,
        step,
    };
    if attempt.stage == AttemptStage::Started {
        outcomes.push(unknown(&intent, state.attempts, "interrupted"));
    }
    let sent_at = Timestamp(started.recorded_at_us / 1000);
    let found = match executor.resolve(&intent, state.attempts, sent_at, &mut outcomes).await? {
        Some(End::Done { .. }) => Found::Landed,
        Some(End::Ambiguous { candidates }) => {
            queue(context, stream, &intent.key, &candidates, &mut outcomes).await?
        }
        Some(End::Refused(_) | End::Unknown) | None => Found::Absent,
    };
    executor.flush(&mut outcomes).await?;
    Ok(found)
}

/// Gives the record to a person, unless it waits for one already.
async fn queue(
    context: &Context,
    stream: StreamId,
    key: &SourceKey,
    candidates: &[DestinationId],
    outcomes: &mut PendingOutcomes,
) -> Result<Found, EngineError> {
    let question = question(candidates);
    let record = context.states(&[stream]).await?.pop().unwrap_or_default();
    if record.stage != RecordStage::Queued {
        let queued = RecordQueued { reason: AMBIGUOUS.to_owned(), release: question.clone() };
        let ordinal = record.next_decision();
        outcomes.push(NewEvent { ordinal, ..NewEvent::new(key.clone(), queued) });
    }
    Ok(Found::Ambiguous { key: key.to_string(), question })
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
