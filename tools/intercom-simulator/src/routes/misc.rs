//! What can only be read (macros, segments, subscription types …), and data events.

use super::conversation_part::named_contact;
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::page::{CursorRequest, Size};
use crate::state::State;
use serde_json::{Value, json};

const MACRO_SIZE: Size = Size::new(50, 150);
/// Keys in the metadata of one event.
const METADATA_MAX: usize = 10;

/// A macro of the workspace file with all that an answer shows.
fn saved_reply(found: &Value) -> Value {
    let body = found["body"].as_str().unwrap_or("");
    let or = |key: &str, default: Value| match &found[key] {
        Value::Null => default,
        value => value.clone(),
    };
    json!({
        "type": "macro", "id": id_text(&found["id"]), "name": found["name"], "body": body,
        "body_text": or("body_text", json!(crate::plain::text(body))),
        "created_at": or("created_at", json!("2025-01-01T00:00:00.000Z")),
        "updated_at": or("updated_at", json!("2025-01-01T00:00:00.000Z")),
        "visible_to": or("visible_to", json!("everyone")),
        "visible_to_team_ids": or("visible_to_team_ids", json!([])),
        "available_on": or("available_on", json!(["inbox", "messenger"])),
    })
}

pub(crate) fn macros(state: &mut State, call: &Call) -> Answer {
    let request = CursorRequest::from_query(call, MACRO_SIZE)?;
    let keys: Vec<usize> = (0..state.macros.len()).collect();
    let (page, mut pages) = request.cut(&keys);
    let next = pages["next"]["starting_after"].take();
    let next = if next.is_null() { Value::Null } else { json!({"starting_after": next}) };
    let data: Vec<Value> =
        page.iter().filter_map(|at| state.macros.get(*at)).map(saved_reply).collect();
    let pages = json!({"type": "pages", "per_page": request.per_page, "next": next});
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages})))
}

pub(crate) fn show_macro(state: &mut State, call: &Call) -> Answer {
    let id = Some(call.param(0).to_owned());
    let found = state.macros.iter().find(|m| id_text(&m["id"]) == id);
    let missing = || ApiError::new(404, "not_found", "Macro not found");
    Ok(Reply::ok(&saved_reply(found.ok_or_else(missing)?)))
}

fn segment(found: &Value) -> Value {
    let or = |key: &str, default: Value| match &found[key] {
        Value::Null => default,
        value => value.clone(),
    };
    json!({"type": "segment", "id": id_text(&found["id"]), "name": found["name"],
           "created_at": or("created_at", json!(1_600_000_000)),
           "updated_at": or("updated_at", json!(1_600_000_000)),
           "person_type": or("person_type", json!("user")), "count": null})
}

pub(crate) fn segments(state: &mut State, _: &Call) -> Answer {
    let segments: Vec<Value> = state.segments.iter().map(segment).collect();
    Ok(Reply::ok(&json!({"type": "segment.list", "segments": segments, "pages": {}})))
}

pub(crate) fn show_segment(state: &mut State, call: &Call) -> Answer {
    let id = Some(call.param(0).to_owned());
    let found = state.segments.iter().find(|s| id_text(&s["id"]) == id);
    Ok(Reply::ok(&segment(found.ok_or_else(ApiError::not_found)?)))
}

pub(crate) fn subscription_types(state: &mut State, _: &Call) -> Answer {
    Ok(Reply::ok(&json!({"type": "list", "data": state.subscription_types})))
}

/// Lists the simulator keeps empty.
pub(crate) fn empty_list(_: &mut State, _: &Call) -> Answer {
    Ok(Reply::ok(&json!({"type": "list", "data": []})))
}

pub(crate) fn event(state: &mut State, call: &Call) -> Answer {
    let name = call.required("event_name")?.to_owned();
    let at = call.time("created_at")?.ok_or_else(|| ApiError::missing("created_at"))?;
    let contact = match call.str("id").and_then(crate::state::ContactId::parse) {
        Some(id) => state.contact(id).map(|_| id)?,
        None => named_contact(state, call)?,
    };
    let metadata = call.get("metadata").and_then(Value::as_object);
    if metadata.is_some_and(|m| m.len() > METADATA_MAX) {
        return Err(ApiError::invalid("metadata holds more than 10 keys"));
    }
    // The same event sent twice counts once.
    if state.events.insert((contact.to_string(), name.clone(), at)) {
        let event = json!({"event_name": name, "created_at": at, "metadata": call.get("metadata")});
        state.contact_mut(contact)?.events.push(event);
    }
    Ok(Reply { status: 202, body: Vec::new(), object: None, location: None }
        .about("contact", contact))
}
