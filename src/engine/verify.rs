//! Stage 5: reads Intercom back and compares, field by field, with what the drafts say.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use serde::Serialize;

use super::context::Context;
use super::diff::content_of;
use super::error::EngineError;
use super::files::Files;
use super::fill::Filler;
use super::load;
use super::pending::{self, Pending};
use super::policy::{ExistingPolicy, WritePolicy};
use super::reading;
use super::reservoir::Reservoir;
use super::sent::sent;
use super::stamp::STAMP;
use super::strict;
use crate::destination::contract::Destination;
use crate::destination::intercom::compare::{
    FieldComparison, ResolvedStep, StepIds, Verdict, compare,
};
use crate::destination::intercom::family::ticket::whole as ticket;
use crate::destination::intercom::family::{self, Shown};
use crate::destination::intercom::object::{ObjectKind, ReadBack, Target};
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::destination::intercom::step::Step as DraftedStep;
use crate::destination::intercom::wholeness::wholeness;
use crate::ledger::NewEvent;
use crate::mapping::draft::Becomes;
use crate::model::digest::Purpose;
use crate::model::event::{Counts, FieldsDiffered, FieldsVerified};
use crate::model::{Digest, Event, RunId, StreamId, canonical_json};
use crate::projection::{RecordState, StepState, Verdict as Checked};

/// Declared difference: a message was edited at the source after it was moved.
pub const LOSS_EDIT_AS_NOTE: &str = "edit_as_note";
/// Declared difference: who said a message, or how it is laid out, was set when it was moved.
pub const LOSS_PLACEMENT_KEPT: &str = "placement_kept";
/// Declared difference: the object was there before, and decision G7 keeps its values.
pub const LOSS_EXISTING_KEPT: &str = "existing_value_kept";

/// Which records are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that were written.
    All,
    /// Those written or changed since they were last verified.
    Unverified,
    /// So many, chosen by a seed.
    Sample {
        /// How many.
        number: u64,
        /// The seed.
        rng_start: u64,
    },
}

/// What a verification is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which records.
    pub scope: Scope,
    /// Also what others added to objects that we made: before cutover there is nothing.
    pub strict: bool,
}

impl From<Scope> for Asked {
    fn from(scope: Scope) -> Self {
        Self { scope, strict: false }
    }
}

/// Skipped: the bytes that say what was to arrive are erased.
pub const SKIPPED_ERASED: &str = "erased";
/// Skipped: nothing was sent for the record, so that there is nothing to compare.
pub const SKIPPED_NOTHING_SENT: &str = "nothing_sent";
/// Skipped: another process changed it between the two looks.
pub const SKIPPED_MOVED_ON: &str = "changed_meanwhile";

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Records that are written: what the verification chose from.
    pub population: u64,
    /// Records it took.
    pub chosen: u64,
    /// Objects compared.
    pub objects: u64,
    /// Fields compared.
    pub fields: u64,
    /// Differences that are declared, by name of the loss.
    pub declared: Counts,
    /// Objects with undeclared differences, with the fields.
    pub undeclared: BTreeMap<String, Vec<String>>,
    /// Objects whose every difference is declared.
    pub declared_objects: u64,
    /// Records that were taken and not compared, with the reason: no success, and no failure.
    pub skipped: BTreeMap<String, &'static str>,
    /// Objects with what others added to them, if it was asked for.
    pub added: BTreeMap<String, Vec<String>>,
    /// Seed of the sample, if it was one.
    pub rng_start: Option<u64>,
}

impl VerifyReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        [
            ("objects", self.objects),
            ("fields", self.fields),
            ("declared", self.declared.values().sum()),
            ("undeclared", self.undeclared.len() as u64),
            ("population", self.population),
            ("chosen", self.chosen),
            ("declared_objects", self.declared_objects),
            ("skipped", self.skipped.len() as u64),
            ("added", self.added.len() as u64),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
    }
}

/// Verifies what `scope` takes. Without a run nothing is recorded, so that it can be done beside a
/// process that writes.
///
/// # Errors
/// If the ledger refuses, or Intercom cannot be read.
pub async fn verify(
    context: &Context,
    run: Option<RunId>,
    destination: &dyn Destination,
    policy: &WritePolicy,
    asked: impl Into<Asked>,
) -> Result<VerifyReport, EngineError> {
    let Asked { scope, strict } = asked.into();
    let files = Files::default();
    let names = if strict { Some(strict::attributes(context).await?) } else { None };
    let verifier = Verifier {
        context,
        run,
        destination,
        policy,
        filler: Filler::new(context, destination, &files),
        names,
    };
    let chosen = match scope {
        Scope::Sample { number, rng_start } => Some(sample(context, number, rng_start).await?),
        _ => None,
    };
    let mut report = VerifyReport::default();
    if let Scope::Sample { rng_start, .. } = scope {
        report.rng_start = Some(rng_start);
    }
    context.progress.begin("verify", None);
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        report.population += page.iter().filter(|(_, state)| is_written(state)).count() as u64;
        let streams: Vec<StreamId> = page
            .iter()
            .filter(|(stream, state)| takes(scope, chosen.as_deref(), *stream, state))
            .map(|(stream, _)| *stream)
            .collect();
        report.chosen += streams.len() as u64;
        verifier.page(&streams, &mut report).await?;
        if context.is_stopping() {
            return Err(EngineError::Stopped);
        }
    }
    if strict {
        for (key, twins) in strict::twins(context, destination).await? {
            report.added.entry(key).or_default().extend(twins);
        }
    }
    context.progress.end();
    Ok(report)
}

fn is_written(state: &RecordState) -> bool {
    state.written.is_some() && state.written == state.draft
}

fn takes(scope: Scope, chosen: Option<&[StreamId]>, stream: StreamId, state: &RecordState) -> bool {
    is_written(state)
        && match scope {
            Scope::All => true,
            Scope::Unverified => state.verdict != Checked::Equal,
            Scope::Sample { .. } => chosen.is_some_and(|all| all.binary_search(&stream).is_ok()),
        }
}

/// Chooses among all records that are written; memory stays bounded by the number.
async fn sample(
    context: &Context,
    number: u64,
    rng_start: u64,
) -> Result<Vec<StreamId>, EngineError> {
    let mut reservoir = Reservoir::new(number, rng_start);
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let written = page.into_iter().filter(|(_, state)| is_written(state));
        written.for_each(|(stream, _)| reservoir.offer(stream));
    }
    let mut chosen = reservoir.chosen();
    chosen.sort_unstable();
    Ok(chosen)
}

struct Verifier<'a> {
    context: &'a Context,
    run: Option<RunId>,
    destination: &'a dyn Destination,
    policy: &'a WritePolicy,
    filler: Filler<'a>,
    /// Names of the attributes that are ours, if what others added is asked for.
    names: Option<BTreeSet<String>>,
}

/// What one record's comparison gave.
#[derive(Default)]
struct Compared {
    fields: Vec<FieldComparison>,
    added: Vec<String>,
    /// Why nothing was compared.
    skipped: Option<&'static str>,
}

impl Compared {
    fn of(fields: Vec<FieldComparison>) -> Self {
        Self { fields, ..Self::default() }
    }
}

impl Verifier<'_> {
    async fn page(
        &self,
        streams: &[StreamId],
        report: &mut VerifyReport,
    ) -> Result<(), EngineError> {
        let records = pending::of(self.context, streams).await?;
        self.left_out(streams, &records, report).await?;
        let mut compared = futures::stream::iter(records)
            .map(|pending| async move {
                let found = self.compare(&pending).await;
                (pending, found)
            })
            .buffer_unordered(self.policy.concurrency.max(1));
        let mut events = Vec::new();
        while let Some((pending, found)) = compared.next().await {
            self.context.progress.advance(1);
            let mut found = found?;
            let differs = found.fields.iter().any(|field| field.verdict == Verdict::Differs);
            // Who writes meanwhile may have changed it between our two looks.
            if differs && self.run.is_none() && self.moved_on(&pending).await? {
                found.skipped = Some(SKIPPED_MOVED_ON);
            }
            if let Some(reason) = found.skipped {
                report.skipped.insert(pending.key.to_string(), reason);
                continue;
            }
            if !found.added.is_empty() {
                report.added.insert(pending.key.to_string(), found.added);
            }
            events.push(event(&pending, &found.fields, report)?);
        }
        drop(compared);
        if let Some(run) = self.run {
            self.context.ledger.append(run, events).await?;
        }
        Ok(())
    }

    /// Names the records of which nobody can say any more what was to arrive.
    async fn left_out(
        &self,
        streams: &[StreamId],
        records: &[Pending],
        report: &mut VerifyReport,
    ) -> Result<(), EngineError> {
        let there: BTreeSet<StreamId> = records.iter().map(|pending| pending.stream).collect();
        let gone: Vec<StreamId> =
            streams.iter().filter(|stream| !there.contains(stream)).copied().collect();
        for key in self.context.ledger.keys(&gone).await? {
            report.skipped.insert(key.to_string(), SKIPPED_ERASED);
        }
        Ok(())
    }

    async fn moved_on(&self, pending: &Pending) -> Result<bool, EngineError> {
        let now = pending::of(self.context, &[pending.stream]).await?.pop();
        Ok(now.is_none_or(|now| now.state != pending.state || now.steps != pending.steps))
    }

    async fn compare(&self, pending: &Pending) -> Result<Compared, EngineError> {
        let mut steps = Vec::new();
        for step in &pending.draft.steps {
            match self.filler.fill_without_files(step).await? {
                Ok(request) => steps.push(ResolvedStep { key: step.key.clone(), request }),
                // What it names may have been taken back since: then it is what was sent.
                Err(missing) => match self.as_sent(pending, step).await? {
                    Some(request) => steps.push(ResolvedStep { key: step.key.clone(), request }),
                    None => {
                        return Ok(Compared::of(vec![gone(&step.key.0, &missing.to_string())]));
                    }
                },
            }
        }
        let nothing = Compared { skipped: Some(SKIPPED_NOTHING_SENT), ..Compared::default() };
        let Some(first) = steps.first() else {
            return Ok(nothing);
        };
        // What only changes another record's object has none of its own.
        let Some(id) = pending.state.object.clone().or_else(|| first.request.target()) else {
            return Ok(nothing);
        };
        let target = Target::of(&first.request, id);
        let Some(back) = reading::find(self.context, self.destination, &target).await? else {
            return Ok(Compared::of(vec![gone("object", "not found")]));
        };
        let ids: StepIds = pending
            .steps
            .iter()
            .filter_map(|(key, state)| Some((key.clone(), state.object()?.clone())))
            .collect();
        let mut fields = compare(&steps, &back, &ids);
        fields.extend(wholeness(&steps, &back, &ids));
        fields.extend(self.beside(&steps, target.kind, &ids).await?);
        fields.extend(self.as_ticket(&steps, &back).await?);
        self.declare(pending, &mut fields, &back, &ids).await?;
        let added = match &self.names {
            Some(names) if !pending.state.adopted => {
                strict::added(self.context, pending, &steps, &back, (&ids, names)).await?
            }
            _ => Vec::new(),
        };
        Ok(Compared { fields, added, skipped: None })
    }

    /// Sets apart the differences that were to be expected. Where Intercom keeps what was sent
    /// first, what was sent first must be what stands there.
    async fn declare(
        &self,
        pending: &Pending,
        fields: &mut [FieldComparison],
        back: &ReadBack,
        ids: &StepIds,
    ) -> Result<(), EngineError> {
        let mut as_sent: Option<Vec<FieldComparison>> = None;
        for field in fields.iter_mut().filter(|field| field.verdict == Verdict::Differs) {
            let Some(loss) = self.declared(pending, &field.field) else { continue };
            if loss != LOSS_EXISTING_KEPT {
                if as_sent.is_none() {
                    let history = sent(self.context, &pending.key, pending.stream).await?;
                    let last = history
                        .steps
                        .into_iter()
                        .map(|(key, sent)| ResolvedStep { key, request: sent.last });
                    let last: Vec<ResolvedStep> = last.collect();
                    as_sent = Some(compare(&last, back, ids));
                }
                let stands = as_sent.iter().flatten().find(|one| one.field == field.field);
                if stands.is_some_and(|one| one.verdict == Verdict::Differs) {
                    continue;
                }
            }
            field.verdict = Verdict::Declared(loss.to_owned());
        }
        Ok(())
    }

    /// The request that wrote a step as it is drafted.
    async fn as_sent(
        &self,
        pending: &Pending,
        step: &DraftedStep,
    ) -> Result<Option<Request>, EngineError> {
        let Some(top) = pending.steps.get(&step.key).and_then(StepState::top) else {
            return Ok(None);
        };
        if step.digest()? != top.digest {
            return Ok(None);
        }
        let payload = self.context.ledger.payloads(&[top.intent_at]).await?.pop().flatten();
        payload.map(|bytes| load::parse("request", &pending.key, &bytes)).transpose()
    }

    /// What a conversation that was converted is as a ticket.
    async fn as_ticket(
        &self,
        steps: &[ResolvedStep],
        back: &ReadBack,
    ) -> Result<Vec<FieldComparison>, EngineError> {
        if !ticket::is_converted(steps) {
            return Ok(Vec::new());
        }
        let target = Target::new(ObjectKind::Ticket, back.id.clone());
        Ok(match reading::find(self.context, self.destination, &target).await? {
            Some(back) => ticket::converted(steps, &back),
            None => vec![gone("ticket", "not found")],
        })
    }

    /// What the record's steps did to other objects: a tag on its contact, a redirect.
    async fn beside(
        &self,
        steps: &[ResolvedStep],
        own: ObjectKind,
        ids: &StepIds,
    ) -> Result<Vec<FieldComparison>, EngineError> {
        let mut found = Vec::new();
        for step in steps.iter().filter(|step| ObjectKind::of(step.request.operation) != own) {
            let made = ids.get(&step.key).cloned().or_else(|| step.request.target());
            let Some(id) = made else {
                continue;
            };
            let target = Target::of(&step.request, id);
            match reading::find(self.context, self.destination, &target).await? {
                Some(back) => found.extend(compare(std::slice::from_ref(step), &back, ids)),
                None => found.push(gone(&step.key.0, "not found")),
            }
        }
        Ok(found)
    }

    /// True if the field is of a message that stands with the same words as drafted, placed as an
    /// earlier draft placed it: Intercom cannot change who said a message, or when.
    fn is_placed_otherwise(&self, pending: &Pending, field: &str) -> bool {
        pending.draft.steps.iter().filter(|step| field.contains(step.key.as_str())).any(|step| {
            let Some(top) = pending.steps.get(&step.key).and_then(StepState::top) else {
                return false;
            };
            let drafted = content_of(step.operation, &step.body).ok().flatten();
            let same_words = top.content.is_some() && top.content == drafted;
            // Of a thread's own fields only the time that was not worth a write may differ.
            let shown = family::of(step.operation).shown(step.operation, &step.body);
            let may = !matches!(shown, Shown::ThreadFields(_)) || field.ends_with(STAMP);
            same_words && may && step.digest().ok() != Some(top.digest)
        })
    }

    /// Why a difference was to be expected.
    fn declared(&self, pending: &Pending, field: &str) -> Option<&'static str> {
        let amended = pending
            .steps
            .keys()
            .any(|key| key.as_str().split_once('~').is_some_and(|(step, _)| field.contains(step)));
        if amended {
            return Some(LOSS_EDIT_AS_NOTE);
        }
        if self.is_placed_otherwise(pending, field) {
            return Some(LOSS_PLACEMENT_KEPT);
        }
        // A ticket type or an attribute that was there keeps its name and what it says of itself.
        let becomes = pending.draft.becomes;
        let keeps = self.policy.existing != ExistingPolicy::Update
            || becomes == Becomes::TicketType
            || becomes.is_attribute()
            || pending.draft.steps.iter().any(|step| keeps(step.operation, field));
        (pending.state.adopted && keeps).then_some(LOSS_EXISTING_KEPT)
    }
}

/// Whether an object that was there before keeps a field, whatever may be written.
fn keeps(operation: Operation, field: &str) -> bool {
    family::of(operation).keeps_when_adopted(field)
}

fn gone(field: &str, why: &str) -> FieldComparison {
    FieldComparison {
        field: field.to_owned(),
        expected: serde_json::Value::Null,
        actual: serde_json::Value::String(why.to_owned()),
        verdict: Verdict::Differs,
    }
}

/// The event that says what a comparison found; an object that differs carries both sides.
fn event(
    pending: &Pending,
    fields: &[FieldComparison],
    report: &mut VerifyReport,
) -> Result<NewEvent, EngineError> {
    let compared_bytes = canonical_json(&fields)?;
    let compared = Digest::of(Purpose::Compared, &compared_bytes);
    let mut declared = Counts::new();
    let mut undeclared = Vec::new();
    for field in fields {
        match &field.verdict {
            Verdict::Equal => {}
            Verdict::Declared(loss) => {
                *declared.entry(loss.clone()).or_default() += 1;
                *report.declared.entry(loss.clone()).or_default() += 1;
            }
            Verdict::Differs => undeclared.push(field.field.clone()),
        }
    }
    let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    report.objects += 1;
    report.fields += u64::from(count);
    let draft = pending.draft.digest()?;
    report.declared_objects += u64::from(undeclared.is_empty() && !declared.is_empty());
    let facts: Event = if undeclared.is_empty() {
        FieldsVerified { draft, fields: count, declared, compared }.into()
    } else {
        report.undeclared.insert(pending.key.to_string(), undeclared.clone());
        FieldsDiffered { draft, fields: count, undeclared, declared, compared }.into()
    };
    let differs = matches!(facts, Event::FieldsDiffered(_));
    Ok(NewEvent {
        content: compared.into(),
        // One record may be verified again and again with the same result.
        ordinal: pending.state.verifications,
        payload: differs.then_some(compared_bytes),
        ..NewEvent::new(pending.key.clone(), facts)
    })
}
