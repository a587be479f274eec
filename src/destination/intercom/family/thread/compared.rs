//! Messages of conversations and tickets: what was sent, and what is read back of it.

use serde_json::{Value, json};

use super::super::super::field::Rule;
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::request::{Request, file_hole, id_text};
use super::super::super::verdict::{Comparisons, FieldComparison, ResolvedStep, StepIds, Verdict};
use super::part::{self, author, body_fits, kind_fits, parts, parts_total};

/// The part is older than the newest 500, which is all that is read back (FACTS §5.4).
pub const LOSS_PART_BEYOND_READ: &str = "part_beyond_read_back";
/// A snooze that was over when the conversation was read.
pub const LOSS_SNOOZE_OVER: &str = "snooze_over";

/// The people of a thread.
pub fn people(thread: &Value) -> &[Value] {
    thread["contacts"]["contacts"].as_array().map_or(&[][..], Vec::as_slice)
}

/// Who a thread is assigned to, as people and teams.
pub fn assigned(back: &ReadBack) -> [Option<String>; 2] {
    assignees(&back.object).map(|id| id_text(id).filter(|id| id != "0"))
}

/// The names of those of the fields that say so which name somebody.
pub fn held_by(thread: &Value) -> impl Iterator<Item = &'static str> {
    let names = ["admin_assignee_id", "team_assignee_id"];
    let held = assignees(thread).map(|id| !same_id(id, &Value::Null));
    names.into_iter().zip(held).filter(|(_, held)| *held).map(|(name, _)| name)
}

/// The fields that say so.
pub fn assignees(thread: &Value) -> [&Value; 2] {
    [&thread["admin_assignee_id"], &thread["team_assignee_id"]]
}

/// The part that a reply became: by the id it was answered with, else by what it says.
pub fn own_part<'a>(step: &ResolvedStep, thread: &'a Value, ids: &StepIds) -> Option<&'a Value> {
    let list = parts(thread);
    match ids.get(&step.key) {
        Some(id) => {
            let id = Value::from(id.as_str());
            list.iter().find(|part| same_id(&part["id"], &id))
        }
        None => list.iter().find(|part| part::fits(&step.request, part)),
    }
}

/// Compares a reply with the part that it became.
pub fn reply(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
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
