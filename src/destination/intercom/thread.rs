//! Conversations and tickets: what the steps amount to, and what is read back of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::field::Rule;
use super::normalise::same_id;
use super::object::{ObjectKind, ReadBack};
use super::operation::Operation;
use super::part::{self, author, body_fits, kind_fits, parts, parts_total};
use super::request::{Request, file_hole, id_text};
use super::verdict::{Comparisons, FieldComparison, ResolvedStep, StepIds, Verdict, member};

/// The part is older than the newest 500, which is all that is read back (FACTS §5.4).
pub const LOSS_PART_BEYOND_READ: &str = "part_beyond_read_back";
/// A snooze that was over when the conversation was read.
pub const LOSS_SNOOZE_OVER: &str = "snooze_over";

/// What the state steps amount to (FACTS §5.4, state rules).
#[derive(Default)]
struct State {
    word: Option<&'static str>,
    snoozed_until: Option<Value>,
    admin: Option<Value>,
    team: Option<Value>,
    people: BTreeMap<String, bool>,
    tags: BTreeMap<String, bool>,
}

impl State {
    fn of(steps: &[ResolvedStep]) -> Self {
        let mut state = Self::default();
        for step in steps {
            state.apply(&step.request);
        }
        state
    }

    fn apply(&mut self, request: &Request) {
        let id = |name: &str| request.text(name).unwrap_or_default();
        let in_path = |name: &str| request.path_value(name).unwrap_or_default().to_owned();
        match request.operation {
            Operation::ConversationCreate | Operation::ConversationOpen => {
                self.word = Some("open");
            }
            Operation::ConversationContactReply if self.word.is_some() => {
                self.word = Some("open");
            }
            Operation::ConversationClose => self.word = Some("closed"),
            Operation::ConversationSnooze => {
                self.word = Some("snoozed");
                self.snoozed_until = request.field("snoozed_until").cloned();
            }
            Operation::ConversationAssign => {
                if self.word == Some("closed") {
                    self.word = Some("open");
                }
                let assignee = request.field("assignee_id").cloned();
                // 0 means neither teammate nor team (description 2.16).
                let nobody = id("assignee_id") == "0";
                let team = request.text("type").as_deref() == Some("team");
                if team || nobody {
                    self.team.clone_from(&assignee);
                }
                if !team || nobody {
                    self.admin = assignee;
                }
            }
            Operation::ConversationTag | Operation::TicketTag => {
                self.tags.insert(id("id"), true);
            }
            Operation::ConversationUntag | Operation::TicketUntag => {
                self.tags.insert(in_path("tag_id"), false);
            }
            Operation::ConversationParticipantAdd => {
                let person = request.field("customer").map(|person| &person["intercom_user_id"]);
                let person = person.and_then(id_text).unwrap_or_default();
                self.people.insert(person, true);
            }
            Operation::ConversationParticipantRemove => {
                self.people.insert(in_path("contact_id"), false);
            }
            _ => {}
        }
        if self.word != Some("snoozed") {
            self.snoozed_until = None;
        }
    }

    fn compare(&self, back: &ReadBack, out: &mut Comparisons) {
        let read = &back.object;
        if let Some(word) = self.word {
            let actual = read["state"].clone();
            let over = word == "snoozed" && actual == "open" && woken(read);
            let verdict = match actual == word {
                true => Verdict::Equal,
                false if over => Verdict::Declared(LOSS_SNOOZE_OVER.to_owned()),
                false => Verdict::Differs,
            };
            let equal = verdict == Verdict::Equal;
            let expected = json!(word);
            out.push(FieldComparison { field: "state".into(), expected, actual, verdict });
            if let Some(until) = self.snoozed_until.as_ref().filter(|_| equal) {
                let field = "snoozed_until".to_owned();
                out.add(field, Rule::Time, until, &read["snoozed_until"]);
            }
        }
        for (name, sent) in [("admin_assignee_id", &self.admin), ("team_assignee_id", &self.team)] {
            if let Some(sent) = sent {
                out.add(name.to_owned(), Rule::Id, sent, &read[name]);
            }
        }
        for (tag, &wanted) in &self.tags {
            member(Some(tag.clone()), &back.tags, ("tag", wanted), out);
        }
        let people = read["contacts"]["contacts"].as_array().map_or(&[][..], Vec::as_slice);
        for (person, &wanted) in &self.people {
            member(Some(person.clone()), people, ("participant", wanted), out);
        }
    }
}

fn woken(conversation: &Value) -> bool {
    parts(conversation).iter().any(|part| part["part_type"] == "timer_unsnooze")
}

/// Compares the parts of a thread and what its state steps amount to.
pub(super) fn compare(
    steps: &[ResolvedStep],
    back: &ReadBack,
    ids: &StepIds,
    out: &mut Comparisons,
) {
    if !matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        return;
    }
    for step in steps {
        match step.request.operation {
            Operation::ConversationCreate => source(&step.request, &back.object, out),
            Operation::TicketCreate => ticket(&step.request, &back.object, out),
            Operation::TicketUpdate => ticket_state(step, &back.object, out),
            Operation::ConversationUpdate => company(&step.request, &back.object, out),
            operation if is_reply(operation) => reply(step, back, ids, out),
            _ => {}
        }
    }
    State::of(steps).compare(back, out);
}

/// Whether the operation adds a message or note to a thread.
pub(super) fn is_reply(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ConversationContactReply
            | Operation::ConversationAdminComment
            | Operation::ConversationNote
            | Operation::TicketContactReply
            | Operation::TicketAdminComment
            | Operation::TicketNote
    )
}

fn source(request: &Request, read: &Value, out: &mut Comparisons) {
    let field = |name: &str| request.field(name).cloned().unwrap_or(Value::Null);
    let read_source = &read["source"];
    out.add("source.body".into(), Rule::Plain, &field("body"), &read_source["body"]);
    let from = &field("from")["id"];
    out.add("source.author".into(), Rule::Id, from, &read_source["author"]["id"]);
    out.add("created_at".into(), Rule::Time, &field("created_at"), &read["created_at"]);
}

fn ticket(request: &Request, read: &Value, out: &mut Comparisons) {
    let field = |name: &str| request.field(name).cloned().unwrap_or(Value::Null);
    out.add("created_at".into(), Rule::Time, &field("created_at"), &read["created_at"]);
    let kind = &read["ticket_type"]["id"];
    out.add("ticket_type_id".into(), Rule::Id, &field("ticket_type_id"), kind);
    let people = read["contacts"]["contacts"].as_array().map_or(&[][..], Vec::as_slice);
    let contact = id_text(&field("contacts")[0]["id"]);
    member(contact, people, ("contact", true), out);
}

fn ticket_state(step: &ResolvedStep, read: &Value, out: &mut Comparisons) {
    let request = &step.request;
    if let Some(sent) = request.field("ticket_state_id") {
        out.add("ticket_state_id".into(), Rule::Id, sent, &read["ticket_state"]["id"]);
    }
    if let Some(sent) = request.field("assignee_id") {
        // One field is written, one of two is read: that of its kind, else the one that is set.
        let ids = ["admin_assignee_id", "team_assignee_id"].map(|name| &read[name]);
        let same = ids.into_iter().find(|id| same_id(id, sent));
        let set = ids.into_iter().find(|id| !same_id(id, &Value::Null));
        let assigned = same.or(set).unwrap_or(&Value::Null);
        out.add(format!("{}.assignee_id", step.key), Rule::Id, sent, assigned);
    }
    if let Some(sent) = request.field("open") {
        out.add("open".into(), Rule::Value, sent, &read["open"]);
    }
    if let Some(until) = request.field("snoozed_until") {
        let actual = read["snoozed_until"].clone();
        let over = actual.is_null();
        let verdict = match Rule::Time.same(until, &actual) {
            true => Verdict::Equal,
            false if over => Verdict::Declared(LOSS_SNOOZE_OVER.to_owned()),
            false => Verdict::Differs,
        };
        let (field, expected) = ("snoozed_until".to_owned(), until.clone());
        out.push(FieldComparison { field, expected, actual, verdict });
    }
}

fn company(request: &Request, read: &Value, out: &mut Comparisons) {
    if let Some(sent) = request.field("company_id") {
        out.add("company_id".into(), Rule::Id, sent, &read["company"]["id"]);
    }
}

/// The part that a reply became: by the id it was answered with, else by what it says.
pub(super) fn own_part<'a>(
    step: &ResolvedStep,
    thread: &'a Value,
    ids: &StepIds,
) -> Option<&'a Value> {
    let list = parts(thread);
    match ids.get(&step.key) {
        Some(id) => {
            let id = Value::from(id.as_str());
            list.iter().find(|part| same_id(&part["id"], &id))
        }
        None => list.iter().find(|part| part::fits(&step.request, part)),
    }
}

fn reply(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let request = &step.request;
    let name = |field: &str| format!("part:{}.{field}", step.key);
    let Some(part) = own_part(step, &back.object, ids) else {
        let cut = parts_total(&back.object) > parts(&back.object).len();
        let verdict = match cut {
            true => Verdict::Declared(LOSS_PART_BEYOND_READ.to_owned()),
            false => Verdict::Differs,
        };
        let (expected, actual) = (json!(true), json!(false));
        out.push(FieldComparison { field: name("present"), expected, actual, verdict });
        return;
    };
    let kind = json!(request.text("message_type"));
    let fits = kind_fits(request.operation, part);
    out.put(name("type"), kind, part["part_type"].clone(), fits);
    out.add(name("author"), Rule::Id, author(request), &part["author"]["id"]);
    let sent_at = request.field("created_at").cloned().unwrap_or(Value::Null);
    out.add(name("created_at"), Rule::Time, &sent_at, &part["created_at"]);
    let body = request.field("body").cloned().unwrap_or(Value::Null);
    let same = part["redacted"] != true && body_fits(request, part);
    out.put(name("body"), body, part["body"].clone(), same);
    files(request, part, &name("files"), out);
}

/// Files by name, type and size; their addresses change with every reading.
fn files(request: &Request, part: &Value, field: &str, out: &mut Comparisons) {
    let Some(sent) = request.field("attachment_files").and_then(Value::as_array) else { return };
    let mut expected: Vec<Value> = sent
        .iter()
        .filter_map(file_hole)
        .map(|file| json!([file.name, mime(&file.content_type), file.size_bytes]))
        .collect();
    let read = part["attachments"].as_array().map_or(&[][..], Vec::as_slice);
    let read = read.iter().map(|file| {
        let kind = mime(file["content_type"].as_str().unwrap_or_default());
        json!([file["name"], kind, file["filesize"]])
    });
    let mut actual: Vec<Value> = read.collect();
    let by_text = |file: &Value| file.to_string();
    expected.sort_by_key(by_text);
    actual.sort_by_key(by_text);
    let equal = expected == actual;
    out.put(field.to_owned(), Value::Array(expected), Value::Array(actual), equal);
}

/// A content type without its parameters.
fn mime(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
