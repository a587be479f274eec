//! The claim: a tag in the workspace that says which project writes it, and how long that
//! project's ledger was. A project that does not hold it, or a ledger that is older than it or
//! another copy, is refused before anything is sent.
//!
//! It is set before the first write of a run and set anew at its end, so a run that has nothing to
//! write costs one look. Its own requests have an intent before and an outcome after, as all have;
//! what came of an unknown one is seen at the next look, for tags are listed at once and names are
//! theirs alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Mutex;

use super::backoff::backoff;
use super::context::{Context, own_key};
use super::error::EngineError;
use super::setting::ATTEMPTS_MAX;
use super::standing::{Found, Known, STREAM, TAGS, Tag, tag_of};
use super::workspace;
use crate::destination::contract::{
    Answer, Destination, LookUp, LookUpContext, Read, ReadAnswer, Reason, Refusal, StopScope,
};
use crate::destination::intercom::family;
use crate::destination::intercom::family::tag::rules as tag;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::Request;
use crate::ledger::NewEvent;
use crate::model::event::{
    ClaimAct, ClaimEnded, ClaimOutcome, ClaimStarted, FailureClass, WorkspaceRecorded,
};
use crate::model::{ClaimName, DestinationId, Event, ProjectId, RunId, Timestamp};

/// Code of a request for a tag that would look like a claim.
const RESERVED: &str = "tag_name_reserved";

/// True for a request that would make a tag that looks like a claim.
fn is_reserved(request: &Request) -> bool {
    let named = family::of(request.operation).names_tag(request);
    named.is_some_and(|name| ClaimName::parse(&name).is_some())
}

/// A workspace that was looked at: ours, and claimed by nobody else.
pub struct Gate<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    project: ProjectId,
    workspace: WorkspaceRecorded,
    is_recorded: bool,
    found: Found,
    known: Known,
}

/// Looks at the workspace before a run that may write: `/me` and one list.
///
/// # Errors
/// If it is not the ledger's workspace, or its claim is not this ledger's; nothing is sent then.
pub async fn enter<'a>(
    context: &'a Context,
    destination: &'a dyn Destination,
) -> Result<Gate<'a>, EngineError> {
    let gate = look(context, destination).await?;
    if !gate.is_recorded {
        workspace::prove(context, destination).await?;
    }
    gate.found.admit(&gate.known, context.ledger.head().await?.size)?;
    Ok(gate)
}

/// Looks at the workspace whoever claims it: for a person who takes the claim.
///
/// # Errors
/// If it is not the ledger's workspace.
pub async fn look<'a>(
    context: &'a Context,
    destination: &'a dyn Destination,
) -> Result<Gate<'a>, EngineError> {
    let ours = workspace::recorded(context).await?;
    let now = workspace::ask(context, destination).await?;
    if let Some(ours) = &ours {
        workspace::compare(ours, &now)?;
    }
    let project = ProjectId::of(context.ledger.project_key());
    let found = Found::look(context, destination, &project).await?;
    let known = Known::of(context).await?;
    let is_recorded = ours.is_some();
    Ok(Gate { context, destination, project, workspace: now, is_recorded, found, known })
}

impl<'a> Gate<'a> {
    /// Short id of this project.
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// Names of the claims that stand, whoever holds them.
    pub fn standing(&self) -> Vec<String> {
        self.found.ours.iter().chain(&self.found.others).map(Tag::text).collect()
    }

    /// The way into the workspace for this run.
    pub fn begin(self, run: RunId) -> Claimed<'a> {
        let Self { context, destination, project, workspace, is_recorded, found, known } = self;
        let state = State {
            workspace: (!is_recorded).then_some(workspace),
            tags: found.ours,
            events: known.events,
            failure: None,
        };
        let (held, state) = (AtomicBool::new(false), Mutex::new(state));
        Claimed { context, destination, project, run, held, state }
    }

    /// Takes the claim for this project, whoever holds it.
    ///
    /// # Errors
    /// If Intercom refuses or cannot be reached, or the ledger refuses.
    pub async fn take(mut self, run: RunId) -> Result<String, EngineError> {
        self.found.ours.append(&mut self.found.others);
        let claimed = self.begin(run);
        let mut state = claimed.state.lock().await;
        claimed.set(&mut state, ClaimAct::Take).await?;
        claimed.tidy(&mut state, 1).await?;
        Ok(state.tags.iter().map(Tag::text).collect())
    }
}

/// What is known of the claim during a run.
struct State {
    /// The workspace, while the ledger does not say it.
    workspace: Option<WorkspaceRecorded>,
    /// Tags of the claim: the one that holds first, then what is left of older ones.
    tags: Vec<Tag>,
    /// Events of the claim so far.
    events: u32,
    /// Why it could not be set.
    failure: Option<EngineError>,
}

/// The way into a workspace: before the first request that changes it, the claim is set. The claim
/// is not seen through it, nor can a tag be made that looks like one.
pub struct Claimed<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    project: ProjectId,
    run: RunId,
    held: AtomicBool,
    state: Mutex<State>,
}

impl Claimed<'_> {
    /// Why the claim could not be set, if so: the run that was stopped by it says less.
    pub async fn failure(&self) -> Option<EngineError> {
        self.state.lock().await.failure.take()
    }

    /// Ends a run: the claim says how long the ledger is now, if anything was sent.
    ///
    /// # Errors
    /// If Intercom refuses or cannot be reached, or the ledger refuses.
    pub async fn leave(&self) -> Result<(), EngineError> {
        if !self.held.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut state = self.state.lock().await;
        self.set(&mut state, ClaimAct::Set).await?;
        self.tidy(&mut state, 1).await
    }

    /// Removes the claim: nothing of this project is left in the workspace, or a person says so.
    /// True if there was one.
    ///
    /// # Errors
    /// If Intercom refuses or cannot be reached, or the ledger refuses.
    pub async fn release(&self) -> Result<bool, EngineError> {
        let mut state = self.state.lock().await;
        let any = !state.tags.is_empty();
        self.tidy(&mut state, 0).await?;
        self.held.store(false, Ordering::Release);
        Ok(any)
    }

    /// Sets the claim if this run has not yet.
    async fn hold(&self) -> Result<(), ()> {
        if self.held.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut state = self.state.lock().await;
        if self.held.load(Ordering::Acquire) {
            return Ok(());
        }
        if state.failure.is_some() {
            return Err(());
        }
        match self.set(&mut state, ClaimAct::Set).await {
            Ok(()) => {
                self.held.store(true, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                state.failure = Some(error);
                Err(())
            }
        }
    }

    /// Makes the claim's tag, or gives it the name that says the ledger's size.
    async fn set(&self, state: &mut State, act: ClaimAct) -> Result<(), EngineError> {
        for attempt in 1..=ATTEMPTS_MAX {
            let workspace = match state.workspace.clone() {
                Some(workspace) => Some(workspace::record(workspace)?),
                None => None,
            };
            // The size after what is appended here: an older copy is always shorter.
            let more = 1 + u64::from(workspace.is_some());
            let size = self.context.ledger.head().await?.size + more;
            let name = ClaimName { project: self.project.clone(), size };
            let tag = state.tags.first().map(|tag| tag.id.clone());
            let started = ClaimStarted { act, name: name.to_string(), tag: tag.clone() };
            let intent = event(state, started)?;
            let events = workspace.into_iter().chain([intent]).collect();
            self.context.ledger.append(self.run, events).await?;
            state.workspace = None;
            let request = match &tag {
                Some(id) => tag::rename(id, &name.to_string()),
                None => tag::create(&name.to_string()),
            };
            if let Some(id) = self.attempt(state, &request, attempt, Some(&name)).await? {
                let tag = Tag { id, name };
                match state.tags.first_mut() {
                    Some(first) => *first = tag,
                    None => state.tags.push(tag),
                }
                return Ok(());
            }
        }
        Err(unreachable("set"))
    }

    /// Removes all but the first `keep` tags of the claim.
    async fn tidy(&self, state: &mut State, keep: usize) -> Result<(), EngineError> {
        while state.tags.len() > keep {
            let last = state.tags.len() - 1;
            self.remove(state, last).await?;
            state.tags.truncate(last);
        }
        Ok(())
    }

    async fn remove(&self, state: &mut State, index: usize) -> Result<(), EngineError> {
        for attempt in 1..=ATTEMPTS_MAX {
            let Tag { id, name } = state.tags[index].clone();
            // What is left of an older claim goes without touching the one that holds.
            let act = if index == 0 { ClaimAct::Release } else { ClaimAct::Set };
            let held = if index == 0 { name } else { state.tags[0].name.clone() };
            let started = ClaimStarted { act, name: held.to_string(), tag: Some(id.clone()) };
            let intent = event(state, started)?;
            self.context.ledger.append(self.run, vec![intent]).await?;
            let request = tag::delete(&id);
            if self.attempt(state, &request, attempt, None).await?.is_some() {
                return Ok(());
            }
        }
        Err(unreachable("released"))
    }

    /// One attempt and its outcome; `None` if it has to be repeated.
    async fn attempt(
        &self,
        state: &mut State,
        request: &Request,
        attempt: u32,
        name: Option<&ClaimName>,
    ) -> Result<Option<DestinationId>, EngineError> {
        match self.destination.attempt(request).await {
            Answer::Done { object, .. } => {
                let id = object.or_else(|| request.target());
                self.ended(state, ClaimOutcome::Done, id.clone(), "done").await?;
                id.map(Some).ok_or(EngineError::ClaimRefused("no_id".to_owned()))
            }
            Answer::Refused(refusal) if refusal.class == FailureClass::Temporary => {
                // A server that failed may have done it before: a second name would be a second
                // claim.
                self.ended(state, ClaimOutcome::Unknown, None, &refusal.code).await?;
                self.pause(backoff(&self.context.env, attempt)).await?;
                self.look_again(state, request, name).await
            }
            Answer::Refused(refusal) => self.refused(state, request, refusal).await,
            Answer::Limited { wait } => {
                self.ended(state, ClaimOutcome::Refused, None, "rate_limit_exceeded").await?;
                self.pause(wait).await?;
                Ok(None)
            }
            Answer::Unknown { code } => {
                self.ended(state, ClaimOutcome::Unknown, None, &code).await?;
                self.pause(backoff(&self.context.env, attempt)).await?;
                self.look_again(state, request, name).await
            }
            Answer::Stop { code, .. } => {
                self.ended(state, ClaimOutcome::Refused, None, &code).await?;
                Err(EngineError::Refused { code, operation: "claim".to_owned() })
            }
        }
    }

    async fn refused(
        &self,
        state: &mut State,
        request: &Request,
        refusal: Refusal,
    ) -> Result<Option<DestinationId>, EngineError> {
        let deletes = tag::is_delete(request);
        if deletes && refusal.reason == Reason::Gone {
            self.ended(state, ClaimOutcome::Done, request.target(), "gone").await?;
            return Ok(request.target());
        }
        self.ended(state, ClaimOutcome::Refused, None, &refusal.code).await?;
        match refusal.reason {
            // Somebody removed it since the look.
            Reason::Gone => Err(EngineError::ClaimGone),
            _ => Err(EngineError::ClaimRefused(refusal.code)),
        }
    }

    /// What came of an attempt without an answer.
    async fn look_again(
        &self,
        state: &mut State,
        request: &Request,
        name: Option<&ClaimName>,
    ) -> Result<Option<DestinationId>, EngineError> {
        let found = Found::look(self.context, self.destination, &self.project).await?;
        let target = request.target();
        let mut all = found.ours.into_iter().chain(found.others);
        let landed = match name {
            Some(name) => all.find(|tag| tag.name == *name).map(|tag| tag.id),
            None => target.clone().filter(|id| all.all(|tag| tag.id != *id)),
        };
        if landed.is_some() {
            self.ended(state, ClaimOutcome::Done, landed.clone(), "listed").await?;
        }
        Ok(landed)
    }

    async fn ended(
        &self,
        state: &mut State,
        outcome: ClaimOutcome,
        tag: Option<DestinationId>,
        code: &str,
    ) -> Result<(), EngineError> {
        let ended = event(state, ClaimEnded { outcome, tag, code: code.to_owned() })?;
        self.context.ledger.append(self.run, vec![ended]).await?;
        Ok(())
    }

    async fn pause(&self, delay: Duration) -> Result<(), EngineError> {
        if self.context.is_stopping() {
            return Err(EngineError::Stopped);
        }
        self.context.env.sleep(delay).await;
        Ok(())
    }
}

#[async_trait]
impl Destination for Claimed<'_> {
    async fn attempt(&self, request: &Request) -> Answer {
        if is_reserved(request) {
            return Answer::Refused(Refusal {
                status: 0,
                code: RESERVED.to_owned(),
                field: Some("name".to_owned()),
                class: FailureClass::Permanent,
                reason: Reason::Other,
                existing: None,
                archived: false,
            });
        }
        match self.hold().await {
            Ok(()) => self.destination.attempt(request).await,
            Err(()) => {
                Answer::Stop { scope: StopScope::Run, status: 0, code: "claim_not_set".to_owned() }
            }
        }
    }

    async fn read(&self, read: &Read) -> ReadAnswer {
        let answer = self.destination.read(read).await;
        match answer {
            ReadAnswer::Found(page) if read.path == TAGS => ReadAnswer::Found(without_claims(page)),
            other => other,
        }
    }

    async fn look_up(
        &self,
        request: &Request,
        sent_at: Timestamp,
        context: &LookUpContext,
    ) -> LookUp {
        self.destination.look_up(request, sent_at, context).await
    }
}

/// A page of tags without those that look like a claim: no record stands for them.
fn without_claims(mut page: Value) -> Value {
    let rest: Vec<Value> =
        items(&page).iter().filter(|tag| tag_of(tag).is_none()).cloned().collect();
    if let Some(list) = page.get_mut("data") {
        *list = Value::Array(rest);
    }
    page
}

/// An event of the claim, the next of its stream.
fn event(state: &mut State, facts: impl Into<Event>) -> Result<NewEvent, EngineError> {
    let (object, id) = STREAM;
    let ordinal = state.events;
    state.events += 1;
    Ok(NewEvent { ordinal, ..NewEvent::new(own_key(object, id)?, facts) })
}

fn unreachable(what: &str) -> EngineError {
    let code = "attempts_exhausted".to_owned();
    EngineError::Unreachable { code, operation: format!("the claim was not {what}") }
}
