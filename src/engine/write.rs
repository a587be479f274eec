//! Stage 4: performs an approved plan, phase by phase; records side by side, the steps of one
//! record in order. What is done already is known from the ledger, so it goes on where it stopped.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt, future};
use serde::Serialize;
use serde_json::Value;

use super::adopt::Adopter;
use super::before::{Before, was_linked};
use super::canary::Learned;
use super::context::Context;
use super::diff::{Change, Todo};
use super::error::EngineError;
use super::executor::{Aim, End, Executor, Intent, PendingOutcomes, Wanted};
use super::existing::Lists;
use super::files::Files;
use super::fill::Filler;
use super::needs;
use super::outcome::{CHANGED_IN_INTERCOM, MISSING_DEPENDENCY, Step, ambiguous, refused};
use super::pending::{self, Pending};
use super::policy::WritePolicy;
use super::remove;
use super::update;
use crate::destination::contract::{Destination, Reason};
use crate::destination::intercom::family;
use crate::destination::intercom::request::{MissingHole, Request};
use crate::ledger::NewEvent;
use crate::mapping::draft::Becomes;
use crate::model::event::{Counts, GateFailed, GatePassed, Phase, RecordQueued, RecordWritten};
use crate::model::{DestinationId, RunId, SourceKey, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;

/// Rounds in which records wait for others of the same phase (collections within collections,
/// articles that link to each other) before what still waits is given to a person.
const ROUNDS_MAX: usize = 8;

/// Which records are written; all of the plan by default.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these.
    pub only: Option<BTreeSet<StreamId>>,
    /// Only this phase.
    pub phase: Option<Phase>,
}

impl Selection {
    fn takes(&self, stream: StreamId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&stream))
    }

    /// True if everything is written.
    pub fn is_everything(&self) -> bool {
        self.only.is_none() && self.phase.is_none()
    }
}

/// What an application did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ApplyReport {
    /// Records written, by phase.
    pub written: Counts,
    /// Records that wait for a person, with the reason.
    pub waiting: BTreeMap<String, String>,
    /// Requests that changed something.
    pub requests: u64,
    /// What was taken back because the source has withdrawn it, by what was done.
    pub withdrawn: Counts,
}

impl ApplyReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        let mut counts = self.written.clone();
        counts.insert("requests".to_owned(), self.requests);
        counts.insert("waiting".to_owned(), self.waiting.len() as u64);
        counts
    }
}

/// How one record ended.
enum Ended {
    Written,
    Waits(String),
    /// It needs an object that is not there yet.
    Needs(SourceKey),
}

/// Writes records.
pub struct Writer<'a> {
    context: &'a Context,
    executor: Executor<'a>,
    filler: Filler<'a>,
    lists: Lists,
    policy: &'a WritePolicy,
    report: Mutex<ApplyReport>,
    /// The workspace makes a second contact of an address it has.
    twins: bool,
}

impl<'a> Writer<'a> {
    /// A writer for one run.
    pub fn new(
        context: &'a Context,
        destination: &'a dyn Destination,
        files: &'a Files,
        policy: &'a WritePolicy,
        run: RunId,
    ) -> Self {
        Self {
            context,
            executor: Executor {
                context,
                destination,
                run,
                waivers: &policy.waivers,
                looks: &policy.looks,
            },
            filler: Filler::new(context, destination, files),
            lists: Lists::default(),
            policy,
            report: Mutex::default(),
            twins: false,
        }
    }

    /// Writes what `selection` takes of the plan.
    ///
    /// # Errors
    /// If the ledger refuses, Intercom stops the run or cannot be reached, or a phase's counts do
    /// not close.
    pub async fn apply(mut self, selection: &Selection) -> Result<ApplyReport, EngineError> {
        let needs = needs::of_plan(self.context).await?;
        let learned = Learned::latest(self.context).await?.unwrap_or_default();
        self.twins = learned.allows_twins();
        let mut blocked: Vec<Phase> = Vec::new();
        let mut missing = Vec::new();
        for phase in Phase::ALL {
            if phase == Phase::Handoff || selection.phase.is_some_and(|only| only != phase) {
                continue;
            }
            let of_phase = needs.iter().filter(|need| need.phases.contains(&phase));
            let (context, destination) = (self.context, self.executor.destination);
            let lacking = needs::missing(context, destination, of_phase, &learned).await?;
            if !lacking.is_empty() || blocked.iter().any(|on| needs::depends(phase, *on)) {
                blocked.push(phase);
                missing.extend(lacking);
                continue;
            }
            self.phase(phase, selection).await?;
            if self.context.is_stopping() {
                return Err(EngineError::Stopped);
            }
        }
        if !missing.is_empty() {
            return Err(EngineError::missing(&missing));
        }
        Ok(self.report.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn phase(&self, phase: Phase, selection: &Selection) -> Result<(), EngineError> {
        let total = match selection.only {
            Some(_) => None,
            None => Some(self.context.to_be_written(phase).await?),
        };
        self.context.progress.begin(phase.word(), total);
        let mut needs = BTreeMap::new();
        if phase == Phase::Objects {
            // Threads refer to objects by attributes, which must be there first.
            self.round(phase, selection, Becomes::is_attribute).await?;
        }
        for _ in 0..ROUNDS_MAX {
            let before = std::mem::take(&mut needs);
            needs = self.round(phase, selection, |_| true).await?;
            if needs.is_empty() || needs == before {
                break;
            }
        }
        for (key, (state, on)) in &needs {
            let reason = format!("needs {on}, which is not in Intercom");
            self.queue(key, *state, MISSING_DEPENDENCY, &reason).await?;
        }
        self.context.progress.end();
        self.gate(phase, selection).await
    }

    /// One pass over the phase; gives back what needs an object that is not there yet.
    async fn round(
        &self,
        phase: Phase,
        selection: &Selection,
        takes: fn(Becomes) -> bool,
    ) -> Result<BTreeMap<SourceKey, (u32, SourceKey)>, EngineError> {
        let stopping = || self.context.is_stopping();
        let records = pending::all(self.context, phase).try_filter(|pending| {
            future::ready(selection.takes(pending.stream) && takes(pending.draft.becomes))
        });
        let ends = records
            .take_while(|_| future::ready(!stopping()))
            .map(|pending| async move {
                let pending = pending?;
                let ended = self.record(&pending).await;
                Ok((pending, ended))
            })
            .buffer_unordered(self.policy.concurrency.max(1));
        let mut ends = std::pin::pin!(ends);
        let mut needs = BTreeMap::new();
        let mut failure = None;
        while let Some(end) = ends.next().await {
            self.context.progress.advance(1);
            match end {
                Ok((_, Ok(Ended::Written))) => self.count(phase),
                Ok((pending, Ok(Ended::Waits(reason)))) => self.waits(&pending.key, reason),
                Ok((pending, Ok(Ended::Needs(on)))) => {
                    needs.insert(pending.key, (pending.state.next_decision(), on));
                }
                // The others finish the step in hand before the run stops.
                Ok((_, Err(error))) | Err(error) => {
                    self.context.stop.cancel();
                    failure = failure.or(Some(error));
                }
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        if stopping() {
            return Err(EngineError::Stopped);
        }
        Ok(needs)
    }

    fn count(&self, phase: Phase) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        *report.written.entry(phase.word().to_owned()).or_default() += 1;
    }

    fn waits(&self, key: &SourceKey, reason: String) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.waiting.insert(key.to_string(), reason);
    }

    async fn record(&self, pending: &Pending) -> Result<Ended, EngineError> {
        let mut outcomes = PendingOutcomes::default();
        let ended = self.steps(pending, &mut outcomes).await;
        self.executor.flush(&mut outcomes).await?;
        ended
    }

    async fn steps(
        &self,
        pending: &Pending,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Ended, EngineError> {
        let remaining = pending.remaining(&self.policy.admin, self.policy.edits)?;
        let mut before = Before::default();
        let touched = update::drifted(
            &self.executor,
            self.policy,
            pending,
            &remaining,
            &mut before,
            outcomes,
        )
        .await?;
        if let Some(touched) = touched {
            let release = format!("people changed {} in Intercom since", touched.join(", "));
            return self.stuck(pending, CHANGED_IN_INTERCOM, &release, outcomes).await;
        }
        if let Some((reason, release)) =
            self.take_off(pending, &remaining.removals, &mut before, outcomes).await?
        {
            return self.stuck(pending, &reason, &release, outcomes).await;
        }
        let mut made = stood(pending);
        let mut known: HashSet<DestinationId> =
            pending.steps.values().filter_map(|state| state.object().cloned()).collect();
        for todo in &remaining.todo {
            if self.context.is_stopping() {
                return Err(EngineError::Stopped);
            }
            let request = match self.filler.fill(&todo.step).await? {
                Ok(request) => request,
                Err(MissingHole::Id(key) | MissingHole::Link(key)) => return Ok(Ended::Needs(key)),
                Err(missing) => {
                    return self.stuck(pending, "hole", &missing.to_string(), outcomes).await;
                }
            };
            let mut intent = intent(pending, todo, request, &known);
            if let Some(note) =
                made.as_ref().and_then(|(object, _)| returned(pending, todo, object))
            {
                self.executor.adopt(&mut intent, note, &Value::Null, outcomes)?;
                known.insert(note.clone());
                continue;
            }
            let done = self.one(pending, todo, intent, &mut before, outcomes).await?;
            let (object, adopted) = match done {
                Step::Done { object, adopted } => (object, adopted),
                Step::Waits { reason, release } => {
                    return self.stuck(pending, &reason, &release, outcomes).await;
                }
            };
            if let Some(object) = object {
                if todo.step.key.as_str() == CREATE_STEP {
                    self.filler.learn(&pending.key, &object);
                    if todo.change == Change::Create {
                        if !adopted {
                            before.made(&object);
                        }
                        made = Some((object.clone(), adopted));
                    }
                }
                known.insert(object);
            }
        }
        outcomes.push(written(pending, made)?);
        Ok(Ended::Written)
    }

    /// Takes off what is no longer drafted; the reason and the way out if something waits.
    async fn take_off(
        &self,
        pending: &Pending,
        steps: &[StepKey],
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<(String, String)>, EngineError> {
        let admin = &self.policy.admin;
        for step in steps {
            let executor = &self.executor;
            let taken = remove::take_off(executor, pending, step, admin, before, outcomes).await?;
            if let Step::Waits { reason, release } = taken {
                return Ok(Some((reason, release)));
            }
        }
        Ok(None)
    }

    /// Does one step: adopts what is there, sends what differs, or creates.
    async fn one(
        &self,
        pending: &Pending,
        todo: &Todo,
        mut intent: Intent,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let adopter = Adopter {
            executor: self.executor,
            lists: &self.lists,
            policy: self.policy,
            twins: self.twins,
        };
        // A later step on an object of ours finds nothing that was there before.
        let operation = intent.request.operation;
        let later = family::of(operation).repeats(operation) && intent.step.as_str() != CREATE_STEP;
        if todo.change == Change::Create
            && !later
            && let Some(end) = adopter.before_create(pending, &mut intent, before, outcomes).await?
        {
            return Ok(end);
        }
        let stood = before.of_request(&self.executor, pending, &intent.request, outcomes).await?;
        if let (Some((back, at)), Some(wanted)) = (&stood, intent.wanted()) {
            wanted.before = Some(*at);
            if was_linked(&intent.request, back) == Some(true) {
                // The link is there already: nothing is sent, and nothing will be taken off.
                let object = back.id.clone();
                self.executor.adopt(&mut intent, &object, &Value::Null, outcomes)?;
                return Ok(Step::Done { object: Some(object), adopted: true });
            }
        }
        if todo.change == Change::Update {
            let (executor, policy) = (&self.executor, self.policy);
            return update::changed(executor, policy, pending, intent, before, outcomes).await;
        }
        let operation = intent.request.operation;
        self.sent();
        match self.executor.perform(&mut intent, outcomes).await? {
            End::Done { object, body } => {
                self.lists.add(operation, &body).await;
                Ok(Step::Done { object, adopted: false })
            }
            End::Refused(refusal) if refusal.reason == Reason::SameState => {
                update::in_that_state(&self.executor, pending, intent, outcomes).await
            }
            End::Refused(refusal) if refusal.reason == Reason::Exists => {
                adopter.after_conflict(pending, &mut intent, &refusal, before, outcomes).await
            }
            End::Refused(refusal) => Ok(refused(&refusal)),
            End::Ambiguous { candidates } => Ok(ambiguous(&candidates)),
            End::Unknown => Ok(ambiguous(&[])),
        }
    }

    fn sent(&self) {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).requests += 1;
    }

    async fn stuck(
        &self,
        pending: &Pending,
        reason: &str,
        release: &str,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Ended, EngineError> {
        self.executor.flush(outcomes).await?;
        self.queue(&pending.key, pending.state.next_decision(), reason, release).await?;
        Ok(Ended::Waits(format!("{reason}: {release}")))
    }

    async fn queue(
        &self,
        key: &SourceKey,
        ordinal: u32,
        reason: &str,
        release: &str,
    ) -> Result<(), EngineError> {
        let queued = RecordQueued { reason: reason.to_owned(), release: release.to_owned() };
        let event = NewEvent { ordinal, ..NewEvent::new(key.clone(), queued) };
        self.context.ledger.append(self.executor.run, vec![event]).await?;
        self.waits(key, format!("{reason}: {release}"));
        Ok(())
    }

    /// A phase is through when nothing of it waits to be written any more.
    async fn gate(&self, phase: Phase, selection: &Selection) -> Result<(), EngineError> {
        let mut waiting = 0;
        let mut after = None;
        while let Some((page, last)) = pending::page(self.context, phase, after).await? {
            after = Some(last);
            waiting += page.iter().filter(|pending| selection.takes(pending.stream)).count() as u64;
        }
        let written = {
            let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            report.written.get(phase.word()).copied().unwrap_or(0)
        };
        let counts =
            Counts::from([("written".to_owned(), written), ("waiting".to_owned(), waiting)]);
        let run = self.executor.run;
        let id = format!("{run}:{}", phase.word());
        if waiting == 0 {
            return self.context.append_own(run, "gate", &id, GatePassed { phase, counts }).await;
        }
        self.context.append_own(run, "gate", &id, GateFailed { phase, counts }).await?;
        Err(EngineError::Gate { phase, waiting })
    }
}

/// The record's object as it stands before, and whether it was there before the migration.
fn stood(pending: &Pending) -> Option<(DestinationId, bool)> {
    let created = pending.steps.get(&CREATE_STEP.into()).filter(|state| state.is_in_effect());
    created
        .and_then(|state| Some((state.object().cloned()?, state.adopted())))
        .or_else(|| pending.state.object.clone().map(|id| (id, pending.state.adopted)))
}

/// The note that a step is to write, if it came back with an object of ours that was archived: a
/// note can neither be taken off nor be written twice.
fn returned<'a>(
    pending: &'a Pending,
    todo: &Todo,
    object: &DestinationId,
) -> Option<&'a DestinationId> {
    let operation = todo.step.operation;
    let is_memo = family::of(operation).is_memo(operation);
    let state = pending.steps.get(&todo.step.key).filter(|_| is_memo)?;
    let went = state.gone_with(object).filter(|effect| effect.digest == todo.digest)?;
    went.object.as_ref()
}

/// What is about to be done for one step.
fn intent(
    pending: &Pending,
    todo: &Todo,
    request: Request,
    known: &HashSet<DestinationId>,
) -> Intent {
    let attempts = pending.steps.get(&todo.step.key).map_or(0, |state| state.attempts);
    Intent {
        key: pending.key.clone(),
        step: todo.step.key.clone(),
        aim: Aim::Do(Wanted {
            digest: Some(todo.digest),
            content: todo.content,
            ..Wanted::default()
        }),
        request,
        attempts,
        known: known.clone(),
    }
}

/// The event that says that all of a record's draft is in Intercom.
fn written(
    pending: &Pending,
    made: Option<(DestinationId, bool)>,
) -> Result<NewEvent, EngineError> {
    let (object, adopted) = made.map_or((None, false), |(id, adopted)| (Some(id), adopted));
    let written = RecordWritten { draft: pending.draft.digest()?, object, adopted };
    Ok(NewEvent {
        content: written.draft.into(),
        ordinal: pending.state.next_decision(),
        ..NewEvent::new(pending.key.clone(), written)
    })
}
