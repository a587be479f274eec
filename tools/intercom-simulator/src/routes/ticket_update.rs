//! Tickets: update, reply, change of type, links, tags.

use super::conversation_link::{tag_thread, untag_thread};
use super::conversation_part::{assign, message, notify_teammates, write};
use super::ticket::{answer, category, check_values, named};
use super::ticket_type;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::features::{ClosedTicketWrite, Strictness};
use crate::state::{Assignee, Author, CompanyId, PartEvent, State, ThreadState, TicketType};
use crate::view::TicketPartView;
use serde_json::Value;
use std::collections::BTreeMap;

/// Conversations one tracker ticket may have.
const LINKS_MAX: usize = 2_500;

pub(super) fn bad_state() -> ApiError {
    let message = "Ticket state id is not valid or is not associated with the ticket type";
    ApiError::new(400, "ticket_state_id_invalid", message)
}

/// The type of a ticket and the id of its state.
fn kind_of(state: &State, id: u64) -> Result<(TicketType, u64), ApiError> {
    let thread = state.threads.by_id.get(&id).ok_or_else(ApiError::ticket_not_found)?;
    let fields = thread.ticket.as_deref().ok_or_else(ApiError::ticket_not_found)?;
    let found = state.ticket_types.get(&fields.type_id).ok_or_else(ApiError::not_found)?;
    Ok((found.clone(), fields.state_id))
}

/// A state to go to: one of the type's, and not the one the ticket is in.
fn next_state(
    state: &State,
    call: &Call,
    found: &TicketType,
    now_in: u64,
) -> Result<Option<u64>, ApiError> {
    let Some(text) = call.id("ticket_state_id") else {
        return Ok(None);
    };
    let id = text.parse().ok().filter(|id| found.states.contains(id)).ok_or_else(bad_state)?;
    if id == now_in {
        if state.features.ticket_same_state_refused {
            return Err(ApiError::invalid("Cannot transition ticket to the same state"));
        }
        return Ok(None);
    }
    Ok(Some(id))
}

/// What an update of a ticket asks for, checked.
struct Changes {
    author: Author,
    state: Option<(u64, u64)>,
    values: BTreeMap<String, Value>,
    attributes: Vec<(u64, String, Value)>,
    company: Option<CompanyId>,
    assignee: Option<Assignee>,
    snooze: Option<i64>,
}

fn changes(state: &State, call: &Call, id: u64) -> Result<Changes, ApiError> {
    let (found, now_in) = kind_of(state, id)?;
    let next = next_state(state, call, &found, now_in)?;
    let author = match call.id("admin_id") {
        Some(admin) => Author::Admin(state.required_admin(Some(&admin))?),
        None => Author::Bot,
    };
    let fields = state.threads.by_id.get(&id).and_then(|t| t.ticket.as_deref());
    let mut values = fields.ok_or_else(ApiError::ticket_not_found)?.values.clone();
    let attributes = match call.get("ticket_attributes").and_then(Value::as_object) {
        Some(sent) => check_values(state, &found, sent, &mut values)?,
        None => Vec::new(),
    };
    let company = call.id("company_id").map(|id| state.company(&id)).transpose()?;
    let missing = || ApiError::new(404, "assignee_not_found", "Assignee not found");
    let assignee = match call.id("assignee_id") {
        Some(text) => Some(state.assignee(&text).ok_or_else(missing)?),
        None => None,
    };
    let snooze = call.time("snoozed_until")?;
    if snooze.is_some_and(|until| until <= call.now)
        && state.features.past_snooze == Strictness::Refuse
    {
        return Err(ApiError::invalid("snoozed_until must be in the future"));
    }
    let state = next.map(|next| (now_in, next));
    Ok(Changes { author, state, values, attributes, company, assignee, snooze })
}

/// Whether a write leaves a closed thread open.
pub(super) fn reopens(state: &State, id: u64, call: &Call) -> Result<bool, ApiError> {
    let closed = state.thread(Some(id))?.state == ThreadState::Closed;
    let told = call.flag("open") == Some(false);
    match state.features.closed_ticket_write {
        _ if !closed => Ok(false),
        ClosedTicketWrite::Stays => Ok(false),
        ClosedTicketWrite::Reopens => Ok(!told),
        ClosedTicketWrite::ReopensAlways => {
            // A write that does nothing but close is what closes it again.
            let fields = call.body.as_object().into_iter().flat_map(|body| body.keys());
            let quiet = ["open", "admin_id", "skip_notifications"];
            Ok(!told || fields.into_iter().any(|key| !quiet.contains(&key.as_str())))
        }
        ClosedTicketWrite::Refuse if call.flag("open") == Some(true) => Ok(true),
        ClosedTicketWrite::Refuse => Err(ApiError::unprocessable("The ticket is closed")),
    }
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    let reopens = reopens(state, id, call)?;
    let changes = changes(state, call, id)?;
    let author = changes.author;
    let mut parts = Vec::new();
    for (attribute, label, value) in changes.attributes {
        let mut part = state.part("ticket_attribute_updated_by_admin", author, call.now);
        part.event = Some(Box::new(PartEvent::TicketAttribute { id: attribute, label, value }));
        parts.push(part);
    }
    if let Some((from, to)) = changes.state {
        let (from, to) = (category(state, from), category(state, to));
        let mut part = state.part("ticket_state_updated_by_admin", author, call.now);
        part.event = Some(Box::new(PartEvent::TicketState { from, to }));
        parts.push(part);
    }
    let thread = state.thread_mut(id)?;
    thread.parts.extend(parts);
    thread.updated_at = call.now;
    thread.company = changes.company.or(thread.company);
    if let Some(open) = call.flag("open") {
        thread.state = if open { ThreadState::Open } else { ThreadState::Closed };
    }
    if reopens {
        thread.state = ThreadState::Open;
        thread.reopens += 1;
    }
    if let Some(until) = changes.snooze {
        thread.state = ThreadState::Snoozed;
        thread.snoozed_until = Some(until);
    }
    if let Some(fields) = thread.ticket.as_deref_mut() {
        fields.values = changes.values;
        fields.is_shared = call.flag("is_shared").unwrap_or(fields.is_shared);
        if let Some((from, to)) = changes.state {
            fields.previous_state_id = Some(from);
            fields.state_id = to;
        }
    }
    if let Some(until) = changes.snooze {
        state.snoozes.insert((until, id));
    }
    if let Some(to) = changes.assignee {
        assign(state, id, author, to, None, call.now)?;
    }
    notify(state, call, id, "updateTicket", "a ticket's change without skip_notifications");
    Ok(answer(state, id)?.about("ticket", id))
}

fn notify(state: &mut State, call: &Call, id: u64, operation: &'static str, reason: &'static str) {
    if call.flag("skip_notifications") == Some(true) {
        return;
    }
    let contacts = state.threads.by_id.get(&id).map(|t| t.contacts.clone()).unwrap_or_default();
    let to = contacts.iter().map(ToString::to_string).collect();
    state.notify(&format!("ticket/{id}"), to, operation, "contact", reason, call.now);
}

pub(crate) fn reply(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    let (found, _) = kind_of(state, id)?;
    if found.category == "Back-office" && call.str("type") == Some("user") {
        let message = "User replies are not allowed on Backoffice tickets";
        return Err(ApiError::new(400, "parameter_mismatch", message));
    }
    let (part, silent) = message(state, call, id)?;
    let (note, kind, by) = (part.kind == "note", part.kind, part.author);
    let part_id = write(state, id, part, call.now)?;
    if let Some(part) = state.thread_mut(id)?.parts.last_mut() {
        part.kind = kind;
    }
    if !note {
        notify(state, call, id, "replyTicket", "a ticket's reply without skip_notifications");
    } else if !silent {
        notify_teammates(state, &format!("ticket/{id}"), by, "replyTicket", call.now);
    }
    let parts = &state.thread(Some(id))?.parts;
    let part = parts.iter().rev().find(|p| p.id == part_id).ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(&TicketPartView { state, part }).about("ticket", id))
}

pub(crate) fn change_type(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    let required = |key: &str| {
        let message = format!("{key} is a required parameter");
        call.id(key).ok_or_else(|| ApiError::new(400, "parameter_not_found", message))
    };
    let new = ticket_type::find(state, &required("ticket_type_id")?)?.clone();
    let state_id = required("ticket_state_id")?;
    let (old, _) = kind_of(state, id)?;
    if old.id == new.id {
        return Err(ApiError::invalid("Cannot change to the same ticket type"));
    }
    if old.category != new.category {
        return Err(ApiError::invalid("Cannot change to a ticket type of another category"));
    }
    let state_id = state_id.parse().ok().filter(|id| new.states.contains(id));
    let message = "Ticket custom state doesn't belong to the new ticket type";
    let state_id = state_id.ok_or_else(|| ApiError::invalid(message))?;
    let kept = state.threads.by_id.get(&id).and_then(|t| t.ticket.as_deref());
    let kept = kept.map(|fields| fields.values.clone()).unwrap_or_default();
    let mut values = kept.into_iter().filter(|(k, _)| new.attribute(k).is_some()).collect();
    if let Some(sent) = call.get("ticket_attributes").and_then(Value::as_object) {
        check_values(state, &new, sent, &mut values)?;
    }
    let part = state.part("ticket_type_changed", Author::Bot, call.now);
    let thread = state.thread_mut(id)?;
    thread.parts.push(part);
    thread.updated_at = call.now;
    if let Some(fields) = thread.ticket.as_deref_mut() {
        fields.previous_state_id = Some(fields.state_id);
        fields.type_id = new.id;
        fields.state_id = state_id;
        fields.values = values;
    }
    Ok(answer(state, id)?.about("ticket", id))
}

fn tracker(state: &State, id: u64, doing: &str) -> Result<(), ApiError> {
    let (found, _) = kind_of(state, id)?;
    if found.category != "Tracker" {
        let message = format!("Only tracker tickets support {doing} conversations");
        return Err(ApiError::new(400, "invalid_ticket_type", message));
    }
    Ok(())
}

fn linked_conversation(state: &State, id: Option<u64>) -> Result<u64, ApiError> {
    let message = "Conversation not found";
    let missing = || ApiError::new(404, "conversation_not_found", message);
    id.filter(|id| state.threads.by_id.contains_key(id)).ok_or_else(missing)
}

pub(crate) fn link(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    tracker(state, id, "linking")?;
    let message = "conversation_id not specified";
    let given = call.id("conversation_id");
    let given = given.ok_or_else(|| ApiError::new(400, "parameter_not_found", message))?;
    let other = linked_conversation(state, given.parse().ok())?;
    let linked = &state.thread(Some(other))?.linked;
    if linked.iter().any(|linked| *linked != id && tracker(state, *linked, "").is_ok()) {
        let message = "A conversation can only have one tracker ticket";
        return Err(ApiError::new(400, "already_linked_to_tracker", message));
    }
    let ticket = state.thread_mut(id)?;
    if !ticket.linked.contains(&other) {
        if ticket.linked.len() >= LINKS_MAX {
            let message =
                "Ticket has reached the maximum number of conversations that can be linked";
            return Err(ApiError::new(400, "linked_conversation_limit_exceeded", message));
        }
        ticket.linked.push(other);
        state.thread_mut(other)?.linked.push(id);
    }
    Ok(super::conversation::answer(state, other, false)?.about("ticket", id))
}

pub(crate) fn unlink(state: &mut State, call: &Call) -> Answer {
    let id = named(state, call)?;
    tracker(state, id, "unlinking")?;
    let other = linked_conversation(state, call.number(1))?;
    let ticket = state.thread_mut(id)?;
    if !ticket.linked.contains(&other) {
        let message = "Conversation is not linked to this ticket";
        return Err(ApiError::new(404, "conversation_not_found", message));
    }
    ticket.linked.retain(|linked| *linked != other);
    state.thread_mut(other)?.linked.retain(|linked| *linked != id);
    Ok(super::conversation::answer(state, other, false)?.about("ticket", id))
}

pub(crate) fn tag(state: &mut State, call: &Call) -> Answer {
    named(state, call)?;
    tag_thread(state, call, "ticket", ApiError::ticket_not_found)
}

pub(crate) fn untag(state: &mut State, call: &Call) -> Answer {
    named(state, call)?;
    untag_thread(state, call, "ticket", ApiError::ticket_not_found)
}
