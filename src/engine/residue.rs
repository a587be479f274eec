//! What stays in Intercom after a rollback: a function of the ledger, whatever interrupted it.

use std::collections::{BTreeMap, BTreeSet};

use futures::{Stream, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::error::EngineError;
use super::executor::ADOPT;
use super::load;
use super::settle;
use crate::destination::intercom::family::{self, Leaves};
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::three_way::KeptField;
use crate::model::event::Counts;
use crate::model::{Position, SourceKey, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{Effect, EffectEnd, StepMap, StepState, StepStates};

/// Records looked at per page.
const PAGE_RECORDS: usize = 500;

/// Something that stays in Intercom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Residue {
    /// Short stable name of the kind.
    pub kind: String,
    /// The record.
    pub key: String,
    /// The objects that show it.
    pub objects: Vec<String>,
    /// What stays, and why.
    pub what: String,
}

/// Items of residue that a report holds by name; the ledger has them all ([`each`]).
const NAMED_MAX: usize = 10_000;

/// What a rollback did, and what stays of all rollbacks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RollbackReport {
    /// Objects by what was done.
    pub done: Counts,
    /// What stays because people touched it, with what they touched.
    pub kept: BTreeMap<String, Vec<String>>,
    /// What a person must look at: refused by Intercom, or of unknown outcome.
    pub stuck: BTreeMap<String, String>,
    /// What stays, by kind, with an example of what stays.
    pub left: BTreeMap<String, (u64, String)>,
    /// What stays, by name, as far as a report holds it.
    #[serde(skip)]
    pub residue: Vec<Residue>,
}

impl RollbackReport {
    /// Counts something that stays.
    pub fn add(&mut self, one: &Residue) {
        let left = self.left.entry(one.kind.clone()).or_insert((0, one.what.clone()));
        left.0 += 1;
        match one.kind.as_str() {
            KEPT | FIELD_KEPT => {
                self.kept.entry(one.key.clone()).or_default().push(one.what.clone())
            }
            STUCK | OPEN => drop(self.stuck.insert(one.key.clone(), one.what.clone())),
            _ => {}
        }
        if self.residue.len() < NAMED_MAX {
            self.residue.push(one.clone());
        }
    }

    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        let mut counts = self.done.clone();
        counts.insert("kept".to_owned(), self.kept.len() as u64);
        counts.insert("stuck".to_owned(), self.stuck.len() as u64);
        counts.insert("residue".to_owned(), self.left.values().map(|(count, _)| count).sum());
        counts
    }
}

/// How the name of a field begins that is a link to a record whose object is gone.
pub(super) const LINK: &str = "link to ";

/// It stays because people touched it.
const KEPT: &str = "kept";
/// A field stays as it is.
const FIELD_KEPT: &str = "field_kept";
/// Intercom refused to undo it.
const STUCK: &str = "stuck";
/// Nobody can tell whether a request landed.
const OPEN: &str = "open_outcome";

/// Everything that stays in Intercom of what was to be undone, record by record, and last what may
/// or may not have landed.
pub fn each(context: &Context) -> impl Stream<Item = Result<Residue, EngineError>> + '_ {
    let (from, to) = StepStates::undo_range();
    let pages = stream::try_unfold(Some(from), move |from| {
        let to = to.clone();
        async move {
            let Some(from) = from else { return Ok(None) };
            let rows =
                context.ledger.scan(StepStates::NAME, &from, Some(&to), PAGE_RECORDS).await?;
            let mut page = Vec::new();
            let Some((last, _)) = rows.last() else {
                page.extend(open(context).await?);
                return Ok(Some((page, None)));
            };
            let next = [last.as_slice(), &[0]].concat();
            for stream in rows.iter().filter_map(|(key, _)| StepStates::stream(key)) {
                page.extend(of_record(context, stream).await?);
            }
            Ok::<_, EngineError>(Some((page, Some(next))))
        }
    });
    pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten()
}

/// All of it at once, by kind: for ledgers that are known to be small.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn all(context: &Context) -> Result<Vec<Residue>, EngineError> {
    let found: BTreeSet<Residue> = each(context).try_collect().await?;
    Ok(found.into_iter().collect())
}

/// Requests of which nobody can tell whether they landed.
async fn open(context: &Context) -> Result<BTreeSet<Residue>, EngineError> {
    let mut found = BTreeSet::new();
    for open in settle::open(context, None, false).await? {
        let question = open.question.unwrap_or(open.why);
        found.insert(Residue {
            kind: OPEN.to_owned(),
            key: open.key.to_string(),
            objects: open.target.iter().map(ToString::to_string).collect(),
            what: format!("step {} may or may not have landed: {question}", open.step),
        });
    }
    Ok(found)
}

/// What stays of one record.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_record(
    context: &Context,
    stream: StreamId,
) -> Result<BTreeSet<Residue>, EngineError> {
    let Some(key) = context.ledger.keys(&[stream]).await?.pop() else {
        return Ok(BTreeSet::new());
    };
    let steps = load::steps(context, stream).await?;
    let mut found = BTreeSet::new();
    for (step, state) in &steps {
        for effect in &state.effects {
            let of = Of { key: &key, step, state, effect, steps: &steps };
            found.extend(of.residue());
            if let Some((kept_at, names)) = of.kept_fields() {
                found.extend(fields(context, &of, kept_at, names).await?);
            }
        }
    }
    Ok(found)
}

/// Fields that stay, each with what it was, what we made it and what it is.
async fn fields(
    context: &Context,
    of: &Of<'_>,
    at: Position,
    names: &[String],
) -> Result<Vec<Residue>, EngineError> {
    let payload = context.ledger.payloads(&[at]).await?.pop().flatten();
    let told: Vec<KeptField> = match payload {
        Some(bytes) => load::parse("kept fields", of.key, &bytes)?,
        None => Vec::new(),
    };
    let shown = names.iter().filter(|name| !name.starts_with(LINK) || of.leads_nowhere());
    let entry = |name: &String| match told.iter().find(|field| field.field == *name) {
        Some(_) if name.starts_with(LINK) => {
            of.entry("link_dead", format!("its {name} leads to nothing until that is moved again"))
        }
        Some(field) if field.now == field.ours => of.entry(
            "field_fixed",
            format!("{name}: {} cannot be set back to {}", field.now, field.before),
        ),
        Some(field) => of.entry(
            FIELD_KEPT,
            format!("{name}: before {}, ours {}, now {}", field.before, field.ours, field.now),
        ),
        // Its bytes were erased since.
        None => of.entry(FIELD_KEPT, format!("{name} keeps the value it has")),
    };
    Ok(shown.map(entry).collect())
}

/// One effect with all that says what stays of it.
struct Of<'a> {
    key: &'a SourceKey,
    step: &'a StepKey,
    state: &'a StepState,
    effect: &'a Effect,
    steps: &'a StepMap,
}

impl Of<'_> {
    fn entry(&self, kind: &str, what: String) -> Residue {
        let object = self.effect.object.iter().chain(&self.effect.target);
        let objects: BTreeSet<String> = object.map(ToString::to_string).collect();
        let objects = objects.into_iter().collect();
        Residue { kind: kind.to_owned(), key: self.key.to_string(), objects, what }
    }

    fn kept_fields(&self) -> Option<(Position, &[String])> {
        match &self.effect.end {
            EffectEnd::Undone { at, kept, .. } if !kept.is_empty() => Some((*at, kept)),
            EffectEnd::Kept { at, touched, whole: false } => Some((*at, touched)),
            _ => None,
        }
    }

    fn residue(&self) -> Vec<Residue> {
        match &self.effect.end {
            EffectEnd::Stands | EffectEnd::WentWithObject => Vec::new(),
            EffectEnd::Undone { by, .. } => self.undone(by),
            EffectEnd::Kept { touched, whole: true, .. } => {
                let mut kept = self.entry(KEPT, format!("kept: {}", touched.join(", ")));
                // What was added to an object that stays, stays with it.
                let standing = self.steps.values().flat_map(|state| state.standing());
                let added = standing.filter_map(|effect| effect.object.as_ref());
                let all: BTreeSet<String> =
                    kept.objects.drain(..).chain(added.map(ToString::to_string)).collect();
                kept.objects = all.into_iter().collect();
                vec![kept]
            }
            EffectEnd::Kept { whole: false, .. } => Vec::new(),
            EffectEnd::Impossible { reason } => {
                vec![self.entry("impossible", format!("step {}: {reason}", self.step))]
            }
            EffectEnd::Stuck { code } => {
                let what = format!("Intercom refuses to undo step {}: {code}", self.step);
                vec![self.entry(STUCK, what)]
            }
        }
    }

    fn undone(&self, by: &str) -> Vec<Residue> {
        if self.effect.was_there && self.step.as_str() == CREATE_STEP {
            // Somebody who was there before was written to, and perhaps changed.
            let what = "it keeps the dates of its last change and contact".to_owned();
            let mut found = vec![self.entry("dates_retained", what)];
            found.retain(|one| !one.objects.is_empty() && is_person(&self.effect.operation, by));
            return found;
        }
        let Some(operation) = Operation::from_name(by).filter(|_| by != ADOPT) else {
            return Vec::new();
        };
        if family::of(operation).changes_thread(operation) {
            let what = "the thread keeps the events of what was set and set back".to_owned();
            return vec![self.entry("events_retained", what)];
        }
        if family::of(operation).keeps_versions(operation) && self.has_object() {
            let what = "the article's history keeps a version of what was set and set back";
            return vec![self.entry("versions_retained", what.to_owned())];
        }
        let Some((kind, what)) = left_by(operation) else { return Vec::new() };
        if archives(operation) && self.lives_again() {
            return Vec::new();
        }
        let mut found = vec![self.entry(kind, what.to_owned())];
        if archives(operation) {
            found.extend(self.notes());
        }
        found
    }

    /// The record's own object stands.
    fn has_object(&self) -> bool {
        self.steps.get(&StepKey::from(CREATE_STEP)).is_some_and(|state| state.top().is_some())
    }

    /// Words that stand and were not written anew since what they lead to went.
    fn leads_nowhere(&self) -> bool {
        self.has_object() && self.state.top().is_none()
    }

    /// What was archived was brought back since.
    fn lives_again(&self) -> bool {
        self.state.standing().any(|effect| effect.object == self.effect.object)
    }

    /// Notes stay on what is archived.
    fn notes(&self) -> Vec<Residue> {
        if self.step.as_str() != CREATE_STEP {
            return Vec::new();
        }
        let is_memo = |effect: &&Effect| {
            let operation = Operation::from_name(&effect.operation);
            operation.is_some_and(|operation| family::of(operation).is_memo(operation))
        };
        let mut found = Vec::new();
        for (step, state) in self.steps {
            for effect in state.effects.iter().filter(is_memo) {
                if effect.end == EffectEnd::WentWithObject {
                    let note = Of { step, state, effect, ..*self };
                    let what = "a note stays on the archived object".to_owned();
                    found.push(note.entry("note_archived", what));
                }
            }
        }
        found
    }
}

/// Whether an effect on a record's own object, or its undoing, is on a contact.
fn is_person(done: &str, undone: &str) -> bool {
    let people = |operation: Operation| family::of(operation).is_people();
    [done, undone].into_iter().filter_map(Operation::from_name).any(people)
}

/// Whether an operation archives what it is to remove.
pub fn archives(by: Operation) -> bool {
    family::of(by).archives(by)
}

/// What removing an object by this operation comes to, in a word, and the kind of residue.
pub fn removal(by: Operation) -> (&'static str, Option<&'static str>) {
    let word = if archives(by) { "archive" } else { "delete" };
    (word, left_by(by).map(|(kind, _)| kind))
}

/// What an undo leaves behind although it succeeded.
fn left_by(by: Operation) -> Option<Leaves> {
    family::of(by).leaves(by)
}
