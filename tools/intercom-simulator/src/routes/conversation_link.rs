//! Conversations: participants, tags, merge.

use super::contact_link::named_tag;
use super::conversation::answer;
use super::conversation_part::named_contact;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::{Author, Contact, ContactId, State, TagLink, attach, detach};
use crate::view;
use serde_json::json;

pub(crate) fn add_customer(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    state.thread(Some(id))?;
    let author = match call.id("admin_id") {
        Some(admin) => Author::Admin(state.required_admin(Some(&admin))?),
        None => Author::Bot,
    };
    let customer = call.get("customer").ok_or_else(|| ApiError::missing("customer"))?;
    let inner = Call { body: customer.clone(), ..empty(call) };
    let contact = match named_contact(state, &inner) {
        Ok(contact) => contact,
        // An address nobody has yet becomes a lead, silently.
        Err(error) => match inner.str("email") {
            Some(email) if error.status == 404 => new_lead(state, email, call),
            _ => return Err(error),
        },
    };
    let part = state.part("participant_added", author, call.now);
    let thread = state.thread_mut(id)?;
    if !thread.contacts.contains(&contact) {
        thread.contacts.push(contact);
        thread.parts.push(part);
        thread.updated_at = call.now;
        state.contact_mut(contact)?.threads.push(id);
    }
    Ok(answer(state, id, false)?.about("conversation", id))
}

fn empty(call: &Call) -> Call {
    Call {
        path: String::new(),
        params: Vec::new(),
        query: Vec::new(),
        body: serde_json::Value::Null,
        html: None,
        files: Vec::new(),
        now: call.now,
        now_ms: call.now_ms,
    }
}

pub(super) fn new_lead(state: &mut State, email: &str, call: &Call) -> ContactId {
    let id = state.ids.contact();
    let contact = Contact {
        lead: true,
        email: Some(state.features.stored_email(email)),
        created_at: call.now,
        updated_at: call.now,
        searchable_ms: call.now_ms + state.search_delay_ms,
        ..Contact::default()
    };
    state.contacts.insert(id, contact);
    id
}

pub(crate) fn remove_customer(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    state.thread(Some(id))?;
    let admin = state.required_admin(call.id("admin_id").as_deref())?;
    let contact = call.contact_id(1)?;
    let part = state.part("participant_removed", Author::Admin(admin), call.now);
    let thread = state.thread_mut(id)?;
    if !thread.contacts.contains(&contact) {
        return Err(ApiError::user_not_found());
    }
    if thread.contacts.len() == 1 {
        return Err(ApiError::unprocessable("Removing the last customer is not allowed"));
    }
    thread.contacts.retain(|other| *other != contact);
    thread.parts.push(part);
    thread.updated_at = call.now;
    if let Some(contact) = state.contacts.by_id.get_mut(&contact) {
        contact.threads.retain(|other| *other != id);
    }
    Ok(answer(state, id, false)?.about("conversation", id))
}

/// Tags a conversation or ticket; a tag that is there already changes nothing.
pub(super) fn tag_thread(
    state: &mut State,
    call: &Call,
    kind: &str,
    missing: fn() -> ApiError,
) -> Answer {
    let id = call.number(0).ok_or_else(missing)?;
    state.thread(Some(id)).map_err(|_| missing())?;
    let tag = named_tag(state, &call.required_id("id")?)?;
    let applied_by = state.required_admin(call.id("admin_id").as_deref())?;
    let link = TagLink { tag, applied_at: call.now, applied_by };
    let thread = state.thread_mut(id)?;
    if attach(&mut thread.tags, link) {
        thread.updated_at = call.now;
    }
    Ok(Reply::ok(&view::tag_link(state, &link)).about(kind, id))
}

pub(super) fn untag_thread(
    state: &mut State,
    call: &Call,
    kind: &str,
    missing: fn() -> ApiError,
) -> Answer {
    let id = call.number(0).ok_or_else(missing)?;
    state.thread(Some(id)).map_err(|_| missing())?;
    state.required_admin(call.id("admin_id").as_deref())?;
    let tag = call.number(1).ok_or_else(ApiError::tag_not_found)?;
    let thread = state.thread_mut(id)?;
    let link = detach(&mut thread.tags, tag).ok_or_else(ApiError::tag_not_found)?;
    thread.updated_at = call.now;
    Ok(Reply::ok(&view::tag_link(state, &link)).about(kind, id))
}

pub(crate) fn tag(state: &mut State, call: &Call) -> Answer {
    tag_thread(state, call, "conversation", ApiError::conversation_not_found)
}

pub(crate) fn untag(state: &mut State, call: &Call) -> Answer {
    untag_thread(state, call, "conversation", ApiError::conversation_not_found)
}

pub(crate) fn merge(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    let message = "merge_into_conversation_id must be a valid integer conversation ID";
    let into = call.id("merge_into_conversation_id").and_then(|id| id.parse().ok());
    let into: u64 = into.ok_or_else(|| ApiError::invalid(message))?;
    let failed = |message: &str| ApiError::new(422, "merge_failed", message);
    if into == id {
        return Err(failed("Cannot merge a conversation into itself"));
    }
    if state.thread(Some(id))?.merged_into.is_some() {
        return Err(failed("Secondary conversation has already been merged"));
    }
    if !state.threads.by_id.contains_key(&into) {
        return Err(failed("Primary conversation not found"));
    }
    let part = state.part("merged_primary_conversation", Author::Bot, call.now);
    let secondary = state.thread_mut(id)?;
    secondary.merged_into = Some(into);
    secondary.state = crate::state::ThreadState::Closed;
    let primary = state.thread_mut(into)?;
    primary.parts.push(part);
    primary.updated_at = call.now;
    Ok(answer(state, into, false)?.about("conversation", into))
}

pub(crate) fn handling_events(state: &mut State, call: &Call) -> Answer {
    state.thread(call.number(0))?;
    Ok(Reply::ok(&json!({"handling_events": []})))
}

pub(crate) fn side_conversations(state: &mut State, call: &Call) -> Answer {
    state.thread(call.number(0))?;
    let pages = json!({"type": "pages", "page": 1, "per_page": 20, "total_pages": 0});
    Ok(Reply::ok(&json!({"type": "side_conversation.list", "side_conversations": [],
                         "total_count": 0, "pages": pages})))
}
