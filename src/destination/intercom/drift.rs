//! What people changed in Intercom since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::compare::compare;
use super::normalise::{Content, same_id, written_value};
use super::object::{ObjectKind, ReadBack};
use super::operation::Operation;
use super::part::parts;
use super::request::id_text;
use super::thread::{is_reply, own_part};
use super::verdict::{ResolvedStep, StepIds, Verdict};
use crate::model::DestinationId;

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

/// Fields that Intercom sets itself (FACTS §8.13), or that change with every reading.
const VOLATILE: [&str; 22] = [
    "updated_at",
    "statistics",
    "waiting_since",
    "read",
    "session_count",
    "user_count",
    "app_package_code",
    "notified_at",
    "url",
    "workspace_id",
    "app_id",
    "location",
    "social_profiles",
    "merge_history",
    "sla_applied",
    "ai_agent",
    "ai_agent_participated",
    "order",
    "icon",
    "email_domain",
    "has_unpublished_changes",
    "body_markdown",
];

/// Lists that are shown in a form of their own.
const LISTS: [&str; 6] =
    ["conversation_parts", "ticket_parts", "tags", "companies", "notes", "contacts"];

/// What can be compared of an object at two times: without what Intercom sets itself, with bodies
/// as a reader sees them, lists by id.
pub fn snapshot(back: &ReadBack) -> Value {
    let mut out = Map::new();
    if let Value::Object(fields) = &back.object {
        for (name, value) in fields {
            let skip = VOLATILE.contains(&name.as_str()) || LISTS.contains(&name.as_str());
            if !skip && !name.starts_with("last_") {
                out.insert(name.clone(), shown(name, value));
            }
        }
    }
    for (name, list) in [("tags", &back.tags), ("companies", &back.companies)] {
        out.insert(name.to_owned(), json!(ids(list)));
    }
    out.insert("notes".into(), json!(ids(&back.notes)));
    let people = back.object["contacts"]["contacts"].as_array().cloned().unwrap_or_default();
    out.insert("contacts".into(), json!(ids(&people)));
    let list: Map<_, _> = parts(&back.object)
        .iter()
        .filter_map(|part| Some((id_text(&part["id"])?, part_shown(part))))
        .collect();
    out.insert("parts".into(), Value::Object(list));
    Value::Object(out)
}

fn shown(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("body", Value::String(html)) => json!(Content::of_html(html).text),
        ("source", Value::Object(source)) => {
            let body = source.get("body").and_then(Value::as_str).unwrap_or_default();
            json!([Content::of_html(body).text, source.get("redacted")])
        }
        // Instances change on their own; what a relationship says is which they are.
        ("custom_attributes", Value::Object(values)) => {
            let said = |(name, value): (&String, &Value)| (name.clone(), written_value(value));
            Value::Object(values.iter().map(said).collect())
        }
        (_, value) => value.clone(),
    }
}

fn part_shown(part: &Value) -> Value {
    let body = Content::of_html(part["body"].as_str().unwrap_or_default());
    json!([part["part_type"], part["author"]["id"], body.text, part["redacted"]])
}

fn ids(list: &[Value]) -> BTreeSet<String> {
    list.iter().filter_map(|one| id_text(&one["id"])).collect()
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
        found.extend(foreign(ours, "tag", &back.tags));
        found.extend(foreign(ours, "company", &back.companies));
        found.extend(foreign_notes(ours, back));
    }
    found
}

/// What is on an object that we made and that neither we nor Intercom itself put there: messages,
/// tags, notes, companies, people who take part, an assignee. Names only.
pub fn added(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let mut found = foreign_parts(ours, back);
    found.extend(foreign(ours, "tag", &back.tags));
    found.extend(foreign(ours, "company", &back.companies));
    found.extend(foreign_notes(ours, back));
    if matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        found.extend(foreign_people(ours, back));
        found.extend(foreign_assignees(ours, back));
    }
    found
}

fn foreign_people(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let put = |id: &Value| {
        ours.steps.iter().any(|step| {
            let request = &step.request;
            let sent = match request.operation {
                Operation::ConversationCreate => request.field("from").map(|from| &from["id"]),
                Operation::ConversationParticipantAdd => {
                    request.field("customer").map(|person| &person["intercom_user_id"])
                }
                Operation::TicketCreate => request.field("contacts").map(|list| &list[0]["id"]),
                _ => None,
            };
            sent.is_some_and(|sent| same_id(sent, id))
        })
    };
    let people = back.object["contacts"]["contacts"].as_array().map_or(&[][..], Vec::as_slice);
    let others = people.iter().filter(|one| !put(&one["id"]));
    others.filter_map(|one| id_text(&one["id"])).map(|id| format!("participant:{id}")).collect()
}

/// Who holds a thread that no step of ours assigned to anybody.
fn foreign_assignees(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let assigned = ours.steps.iter().any(|step| {
        step.request.operation == Operation::ConversationAssign
            || step.request.field("assignee_id").is_some()
    });
    let names = ["admin_assignee_id", "team_assignee_id"];
    let held = names.iter().filter(|name| !same_id(&back.object[**name], &Value::Null));
    held.filter(|_| !assigned).map(|name| (*name).to_owned()).collect()
}

/// Members that no step put there.
fn foreign(ours: &Ours<'_>, name: &str, list: &[Value]) -> Vec<String> {
    let put = |one: &Value| {
        ours.steps.iter().any(|step| {
            let request = &step.request;
            match (name, request.operation) {
                (
                    "tag",
                    Operation::ContactTag
                    | Operation::ArticleTag
                    | Operation::ConversationTag
                    | Operation::TicketTag,
                )
                | ("company", Operation::ContactCompanyAttach) => {
                    request.field("id").is_some_and(|id| same_id(id, &one["id"]))
                }
                ("tag", Operation::CompanyTag) => {
                    let sent = request.text("name").unwrap_or_default().to_lowercase();
                    one["name"].as_str().is_some_and(|tag| tag.to_lowercase() == sent)
                }
                _ => false,
            }
        })
    };
    let others = list.iter().filter(|one| !put(one)).filter_map(|one| id_text(&one["id"]));
    others.map(|id| format!("{name}:{id}")).collect()
}

fn foreign_notes(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    let now = ours.ids.values().map(|id| id.as_str());
    let known: BTreeSet<_> = now.chain(ours.ever.iter().map(|id| id.as_str())).collect();
    let ids = back.notes.iter().filter_map(|note| id_text(&note["id"]));
    ids.filter(|id| !known.contains(id.as_str())).map(|id| format!("note:{id}")).collect()
}

/// Parts that people added: everything with a body that no reply of ours made, and events (close,
/// assignment …) beyond those that our own steps caused.
fn foreign_parts(ours: &Ours<'_>, back: &ReadBack) -> Vec<String> {
    if !matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        return Vec::new();
    }
    let replies = ours.steps.iter().filter(|step| is_reply(step.request.operation));
    let own: BTreeSet<_> = replies
        .filter_map(|step| own_part(step, &back.object, ours.ids))
        .filter_map(|part| id_text(&part["id"]))
        .collect();
    let mut caused = caused_events(ours.steps);
    let mut found = Vec::new();
    for part in parts(&back.object) {
        let id = id_text(&part["id"]).unwrap_or_default();
        if own.contains(&id) || by_machine(part) || excused(part, &mut caused) {
            continue;
        }
        found.push(format!("part:{id}"));
    }
    found
}

fn by_machine(part: &Value) -> bool {
    let author = part["author"]["type"].as_str().unwrap_or_default();
    let kind = part["part_type"].as_str().unwrap_or_default();
    let timer = kind == "timer_unsnooze" || kind.starts_with("operator_");
    let quiet = part["body"].as_str().unwrap_or_default().is_empty();
    timer || author == "bot" && (quiet || kind.starts_with("conversation_attribute_updated"))
}

/// How many event parts of each family our steps cause.
fn caused_events(steps: &[ResolvedStep]) -> BTreeMap<&'static str, usize> {
    let mut caused = BTreeMap::new();
    for step in steps {
        let family = match step.request.operation {
            Operation::ConversationAssign => "assignment",
            Operation::ConversationClose => "close",
            Operation::ConversationSnooze => "snoozed",
            Operation::ConversationOpen => "open",
            Operation::ConversationParticipantAdd => "participant_added",
            Operation::ConversationParticipantRemove => "participant_removed",
            Operation::ConversationUpdate => "attribute",
            Operation::TicketUpdate | Operation::TicketCreate => "ticket",
            _ => continue,
        };
        let sent = step.request.field("custom_attributes").and_then(Value::as_object);
        let count = if family == "attribute" { sent.map_or(1, Map::len) } else { 1 };
        *caused.entry(family).or_default() += count;
    }
    caused
}

/// Whether a part without a body is one that our steps caused.
fn excused(part: &Value, caused: &mut BTreeMap<&'static str, usize>) -> bool {
    if !part["body"].as_str().unwrap_or_default().is_empty() {
        return false;
    }
    let kind = part["part_type"].as_str().unwrap_or_default();
    let family = match kind {
        "assignment" | "assign_and_reopen" => "assignment",
        "close" | "snoozed" | "open" | "participant_added" | "participant_removed" => kind,
        "unsnoozed" => "open",
        _ if kind.starts_with("conversation_attribute_updated") => "attribute",
        _ if kind.starts_with("ticket_") => "ticket",
        _ => return false,
    };
    match caused.get_mut(family) {
        // A ticket's own beginnings come as several parts.
        Some(_) if family == "ticket" => true,
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}
