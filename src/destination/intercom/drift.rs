//! What people changed in Intercom since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compare::compare;
use super::family::thread::compared::{held_by, own_part, people};
use super::family::thread::events::{by_machine, excused};
use super::family::thread::part::parts;
use super::family::{self, Entry, Members};
use super::kind::{ObjectKind, ReadBack};
use super::request::Request;
use super::verdict::{ResolvedStep, StepIds, Verdict};
use crate::model::DestinationId;

pub use super::family::snapshot::snapshot;

/// What we did to an object.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// Everything we sent, in order.
    pub steps: &'a [ResolvedStep],
    /// What each step made.
    pub ids: &'a StepIds,
    /// What our steps ever made, also what went with an object that is back since.
    pub ever: &'a BTreeSet<DestinationId>,
    /// We made the object: whatever else is on it is not ours.
    pub created: bool,
}

/// The fields in which two snapshots of an object differ.
pub fn changed(before: &Value, now: &Value) -> Vec<String> {
    let (Some(before), Some(now)) = (before.as_object(), now.as_object()) else {
        return if before == now { Vec::new() } else { vec!["object".to_owned()] };
    };
    let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let differ = |name: &&&String| before.get(**name) != now.get(**name);
    names.iter().filter(differ).map(|name| (**name).clone()).collect()
}

/// What is on the object that is neither ours nor Intercom's own doing: edited fields, parts,
/// tags, notes and companies of others. Names only.
pub fn drift(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let edited = compare(ours.steps, back, ours.ids)
        .into_iter()
        .filter(|field| field.verdict == Verdict::Differs)
        .map(|field| field.field);
    let mut found: Vec<String> = edited.collect();
    found.extend(foreign_parts(ours, back));
    if ours.created {
        found.extend(foreign(ours, Members::Tags, &back.tags));
        found.extend(foreign(ours, Members::Companies, &back.companies));
        found.extend(foreign_notes(ours, back));
    }
    found
}

/// What is on an object that we made and that neither we nor Intercom itself put there: messages,
/// tags, notes, companies, people who take part, an assignee. Names only.
pub fn added(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let mut found = foreign_parts(ours, back);
    found.extend(foreign(ours, Members::Tags, &back.tags));
    found.extend(foreign(ours, Members::Companies, &back.companies));
    found.extend(foreign_notes(ours, back));
    if matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        found.extend(foreign_people(ours, back));
        found.extend(foreign_assignees(ours, back));
    }
    found
}

fn foreign_people(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let put = |id: &DestinationId| {
        let brings = |request: &Request| family::of(request.operation).brings(request);
        ours.steps.iter().any(|step| brings(&step.request).as_ref() == Some(id))
    };
    let others = people(&back.object).iter().filter_map(|one| Entry::of(one).id);
    others.filter(|id| !put(id)).map(|id| format!("participant:{id}")).collect()
}

/// Who holds a thread that no step of ours assigned to anybody.
fn foreign_assignees(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let assigns = |request: &Request| family::of(request.operation).assigns(request);
    if ours.steps.iter().any(|step| assigns(&step.request)) {
        return Vec::new();
    }
    held_by(&back.object).map(str::to_owned).collect()
}

/// Members that no step put there.
fn foreign(ours: &Ours<'_>, what: Members, list: &[Value]) -> Vec<String> {
    let put = |one: &Value| {
        let puts = |request: &Request| family::of(request.operation).puts(request, what, one);
        ours.steps.iter().any(|step| puts(&step.request))
    };
    let others = list.iter().filter(|one| !put(one)).filter_map(|one| Entry::of(one).id);
    others.map(|id| format!("{}:{id}", what.word())).collect()
}

fn foreign_notes(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let now = ours.ids.values().map(|id| id.as_str());
    let known: BTreeSet<_> = now.chain(ours.ever.iter().map(|id| id.as_str())).collect();
    let ids = back.notes.iter().filter_map(|note| Entry::of(note).id);
    ids.filter(|id| !known.contains(id.as_str())).map(|id| format!("note:{id}")).collect()
}

/// Parts that people added: everything with a body that no reply of ours made, and events (close,
/// assignment …) beyond those that our own steps caused.
fn foreign_parts(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    if !matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        return Vec::new();
    }
    let replies = ours.steps.iter().filter(|step| is_reply(step));
    let own: BTreeSet<_> = replies
        .filter_map(|step| own_part(step, &back.object, ours.ids))
        .filter_map(|part| Entry::of(part).id)
        .collect();
    let mut caused = caused_events(ours.steps);
    let mut found = Vec::new();
    for part in parts(&back.object) {
        let id = Entry::of(part).id;
        let is_own = id.as_ref().is_some_and(|id| own.contains(id));
        if is_own || by_machine(part) || excused(part, &mut caused) {
            continue;
        }
        found.push(format!("part:{}", id.map_or_else(String::new, |id| id.0)));
    }
    found
}

fn is_reply(step: &ResolvedStep) -> bool {
    let operation = step.request.operation;
    family::of(operation).is_reply(operation)
}

/// How many event parts of each family our steps cause.
fn caused_events(steps: &[ResolvedStep]) -> BTreeMap<&'static str, usize> {
    let mut caused = BTreeMap::new();
    let requests = steps.iter().map(|step| &step.request);
    for (name, count) in requests.filter_map(|one| family::of(one.operation).causes(one)) {
        *caused.entry(name).or_default() += count;
    }
    caused
}
