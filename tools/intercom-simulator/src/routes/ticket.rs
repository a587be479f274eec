//! Tickets: create, read, delete, convert, jobs.

use super::conversation::{blank, created_at};
use super::conversation_link::new_lead;
use super::ticket_type;
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::features::Strictness;
use crate::state::{
    Assignee, Author, ContactId, Kind, PartEvent, Source, State, Thread, TicketAttribute,
    TicketFields, TicketType,
};
use crate::view::TicketView;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn answer(state: &State, id: u64) -> Answer {
    let thread = state.threads.by_id.get(&id).ok_or_else(ApiError::ticket_not_found)?;
    let fields = thread.ticket.as_deref().ok_or_else(ApiError::ticket_not_found)?;
    Ok(Reply::ok(&TicketView { state, thread, fields, whole: false }))
}

/// The ticket a request names.
pub(super) fn named(state: &State, call: &Call) -> Result<u64, ApiError> {
    let found = call.number(0).and_then(|id| state.threads.by_id.get(&id));
    let found = found.filter(|thread| thread.is_ticket());
    found.map(|thread| thread.id).ok_or_else(ApiError::ticket_not_found)
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    answer(state, id)
}

/// A value as an attribute of a ticket type keeps it.
fn fit(attribute: &TicketAttribute, value: &Value) -> Result<Value, ApiError> {
    let name = &attribute.name;
    let kind = attribute.data_type.as_str();
    let bad = || ApiError::invalid(format!("{value} is not valid for '{name}' ({kind})"));
    let item = |value: &Value| {
        let id = value.as_str();
        attribute.list.iter().any(|o| Some(o.id.as_str()) == id && !o.archived)
    };
    let fits = match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "decimal" => value.is_number(),
        "boolean" => value.is_boolean(),
        "datetime" => {
            value.is_i64()
                || value.as_str().is_some_and(|t| {
                    t.parse::<i64>().is_ok() || chrono::DateTime::parse_from_rfc3339(t).is_ok()
                })
        }
        // An item's id, not its label.
        "list" if value.is_array() => {
            attribute.allow_multiple && value.as_array().is_some_and(|l| l.iter().all(item))
        }
        "list" => item(value),
        // There is no way to upload.
        _ => false,
    };
    if fits { Ok(value.clone()) } else { Err(bad()) }
}

/// Checks values against a ticket type; `null` clears.
pub(super) fn check_values(
    state: &State,
    found: &TicketType,
    sent: &Map<String, Value>,
    into: &mut BTreeMap<String, Value>,
) -> Result<Vec<(u64, String, Value)>, ApiError> {
    let mut changes = Vec::new();
    for (name, value) in sent {
        let Some(attribute) = found.attribute(name) else {
            match state.features.ticket_unknown_attribute {
                Strictness::Refuse => {
                    let message = format!(
                        "Extra attributes provided that are not found on ticket type: {name}"
                    );
                    return Err(ApiError::invalid(message));
                }
                Strictness::Ignore => {}
                Strictness::Accept => {
                    into.insert(name.clone(), value.clone());
                }
            }
            continue;
        };
        if into.get(name).unwrap_or(&Value::Null) == value {
            continue;
        }
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), fit(attribute, value)?);
        }
        changes.push((attribute.id, name.clone(), value.clone()));
    }
    Ok(changes)
}

/// The one contact a new ticket is for. An address nobody has makes a lead.
fn contact(state: &mut State, call: &Call) -> Result<ContactId, ApiError> {
    let list = call.get("contacts").and_then(Value::as_array);
    let list = list.ok_or_else(|| ApiError::missing("contacts"))?;
    let [one] = list.as_slice() else {
        return Err(ApiError::invalid("contacts must hold exactly one contact"));
    };
    if let Some(id) = one["id"].as_str() {
        let id = ContactId::parse(id).ok_or_else(ApiError::user_not_found)?;
        return state.contact(id).map(|_| id);
    }
    if let Some(external_id) = id_text(&one["external_id"]) {
        return state.contacts.by_external_id(&external_id).ok_or_else(ApiError::user_not_found);
    }
    let email = one["email"].as_str().ok_or_else(|| ApiError::missing("contacts"))?;
    match state.contacts.by_email(email).first() {
        Some(id) => Ok(*id),
        None => Ok(new_lead(state, email, call)),
    }
}

/// Says which pairs may be linked (the API description of `conversation_to_link_id`).
fn linkable(state: &State, found: &TicketType, call: &Call) -> Result<Option<u64>, ApiError> {
    let Some(id) = call.id("conversation_to_link_id") else {
        return Ok(None);
    };
    let other = state.thread(id.parse().ok())?;
    let category = other.ticket.as_deref().and_then(|f| state.ticket_types.get(&f.type_id));
    let category = category.map(|t| t.category.as_str());
    match (category, found.category.as_str()) {
        (None, "Back-office" | "Tracker") | (Some("Customer"), "Back-office" | "Tracker") => {
            Ok(Some(other.id))
        }
        _ => Err(ApiError::invalid("These can't be linked")),
    }
}

fn first_state(state: &State, found: &TicketType) -> u64 {
    let states = state.ticket_states.iter().filter(|s| found.states.contains(&s.id));
    let first =
        states.clone().find(|s| s.category == "submitted").or_else(|| states.clone().next());
    first.map_or(0, |s| s.id)
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let id = make(state, call, "createTicket")?;
    Ok(answer(state, id)?.about("ticket", id))
}

/// The teammate and the team a new ticket goes to.
fn assignees(state: &State, call: &Call) -> Result<(u64, u64), ApiError> {
    let assignment = &call.body["assignment"];
    let assigned = |key: &str| match id_text(&assignment[key]) {
        None => Ok(0),
        Some(text) => match state.assignee(&text) {
            Some(Assignee::Admin(id) | Assignee::Team(id)) => Ok(id),
            Some(Assignee::Nobody) => Ok(0),
            None => Err(ApiError::new(404, "assignee_not_found", "Assignee not found")),
        },
    };
    Ok((assigned("admin_assignee_id")?, assigned("team_assignee_id")?))
}

fn make(state: &mut State, call: &Call, operation: &'static str) -> Result<u64, ApiError> {
    let found = ticket_type::find(state, &call.required_id("ticket_type_id")?)?.clone();
    if found.archived {
        return Err(ApiError::not_found());
    }
    let mut values = BTreeMap::new();
    if let Some(sent) = call.get("ticket_attributes").and_then(Value::as_object) {
        check_values(state, &found, sent, &mut values)?;
    }
    let mut required = found.attributes.iter().filter(|a| a.required_to_create && !a.archived);
    if required.any(|a| !values.contains_key(&a.name)) {
        return Err(ApiError::invalid("Missing required ticket attributes"));
    }
    let at = created_at(state, call, None)?;
    let link = linkable(state, &found, call)?;
    let company = call.id("company_id").map(|id| state.company(&id)).transpose()?;
    let (admin, team) = assignees(state, call)?;
    let contact = contact(state, call)?;
    let id = state.ids.next(Kind::Thread);
    let text = |key: &str| values.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let source = Source {
        id: state.ids.next(Kind::Source),
        subject: text("_default_title_"),
        body: crate::html::plain_body(&text("_default_description_"), false),
        author: Author::Contact(contact),
        delivered_as: "customer_initiated",
        attachments: Vec::new(),
        redacted: false,
    };
    let mut thread = blank(id, at, source, vec![contact]);
    thread.company = company;
    thread.admin_assignee = admin;
    thread.team_assignee = team;
    thread.updated_at = call.now;
    thread.searchable_ms = call.now_ms + state.search_delay_ms;
    let customer = found.category == "Customer";
    put_fields(state, &mut thread, &found, values, customer, call.now);
    thread.linked.extend(link);
    state.threads.insert(thread);
    if let Some(other) = link.and_then(|link| state.threads.by_id.get_mut(&link)) {
        other.linked.push(id);
    }
    state.contact_mut(contact)?.threads.push(id);
    if call.flag("skip_notifications") != Some(true) {
        let reason = "a new ticket without skip_notifications";
        let about = format!("ticket/{id}");
        let to = vec![contact.to_string()];
        state.notify(&about, to, operation, "contact", reason, call.now);
    }
    Ok(id)
}

/// Makes a thread a ticket in its type's first state.
fn put_fields(
    state: &mut State,
    thread: &mut Thread,
    found: &TicketType,
    values: BTreeMap<String, Value>,
    is_shared: bool,
    now: i64,
) {
    let state_id = first_state(state, found);
    let name = category(state, state_id);
    let mut part = state.part("ticket_state_updated_by_admin", Author::Bot, now);
    part.event = Some(Box::new(PartEvent::TicketState { from: name.clone(), to: name }));
    thread.parts.push(part);
    thread.ticket = Some(Box::new(TicketFields {
        number: state.ids.next(Kind::TicketNumber),
        type_id: found.id,
        state_id,
        previous_state_id: None,
        values,
        is_shared,
    }));
}

/// The category of a ticket state.
pub(super) fn category(state: &State, id: u64) -> String {
    let found = state.ticket_states.iter().find(|s| s.id == id);
    found.map_or_else(String::new, |s| s.category.clone())
}

pub(crate) fn enqueue(state: &mut State, call: &Call) -> Answer {
    let ticket = make(state, call, "enqueueCreateTicket")?;
    let job = state.ids.next(Kind::Other);
    state.jobs.insert(job, ticket);
    let url = format!("{}/jobs/status/{job}", state.base_url);
    let body = json!({"type": "job", "id": job.to_string(), "status": "pending", "url": url,
                      "resource_type": "ticket", "resource_id": null, "resource_url": null});
    Ok(Reply::ok(&body).about("ticket", ticket))
}

pub(crate) fn job(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0);
    let missing = || ApiError::new(404, "job_not_found", "Job Not Found");
    let ticket = id.and_then(|id| state.jobs.get(&id)).ok_or_else(missing)?;
    let url = format!("{}/jobs/status/{}", state.base_url, call.param(0));
    let resource = format!("{}/tickets/{ticket}", state.base_url);
    Ok(Reply::ok(&json!({"type": "job", "id": call.param(0), "status": "success", "url": url,
                         "resource_type": "ticket", "resource_id": ticket.to_string(),
                         "resource_url": resource})))
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    state.delete_thread(id, true, call.now);
    let body = json!({"id": id.to_string(), "object": "ticket", "deleted": true});
    Ok(Reply::ok(&body).about("ticket", id))
}

pub(crate) fn convert(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    if state.thread(Some(id))?.is_ticket() {
        return Err(ApiError::invalid("The conversation is a ticket already"));
    }
    let found = ticket_type::find(state, &call.required_id("ticket_type_id")?)?.clone();
    if found.category != "Customer" {
        return Err(ApiError::invalid("Ticket type is not a customer ticket type"));
    }
    let mut values = BTreeMap::new();
    if let Some(sent) = call.get("attributes").and_then(Value::as_object) {
        check_values(state, &found, sent, &mut values)?;
    }
    let wanted = match call.id("ticket_state_id") {
        None => None,
        Some(text) => {
            let id = text.parse().ok().filter(|id| found.states.contains(id));
            Some(id.ok_or_else(super::ticket_update::bad_state)?)
        }
    };
    let reopens = super::ticket_update::reopens(state, id, call)?;
    let Some(mut thread) = state.threads.remove(id) else {
        return Err(ApiError::conversation_not_found());
    };
    if reopens {
        thread.state = crate::state::ThreadState::Open;
        thread.reopens += 1;
    }
    put_fields(state, &mut thread, &found, values, true, call.now);
    if let (Some(fields), Some(wanted)) = (thread.ticket.as_deref_mut(), wanted) {
        fields.state_id = wanted;
    }
    thread.updated_at = call.now;
    state.threads.insert(thread);
    Ok(answer(state, id)?.about("ticket", id))
}
