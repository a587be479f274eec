//! Conversations: create, read, update, delete, redact.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::features::{FirstBody, Strictness};
use crate::state::{
    Attachment, Author, ContactId, Kind, PartEvent, Source, State, Thread, ThreadState,
};
use crate::view::ThreadView;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Clocks differ a little; a date this far ahead still counts as now.
const CLOCK_SLACK_SECS: i64 = 60;

pub(super) fn answer(state: &State, id: u64, plain: bool) -> Answer {
    let thread = state.thread(Some(id))?;
    Ok(Reply::ok(&ThreadView { state, thread, parts: true, plain }))
}

/// Whether the request wants text instead of HTML.
pub(super) fn plain(call: &Call) -> bool {
    call.query("display_as") == Some("plaintext")
}

/// `created_at` of a request, or now. `floor` is the start of the conversation replied to.
pub(super) fn created_at(state: &State, call: &Call, floor: Option<i64>) -> Result<i64, ApiError> {
    let Some(at) = call.time("created_at")? else {
        return Ok(call.now);
    };
    let bad = || Err(ApiError::invalid(format!("{at} is an invalid value for created_at")));
    if at > call.now + CLOCK_SLACK_SECS {
        match state.features.created_at_future {
            Strictness::Refuse => return bad(),
            Strictness::Ignore => return Ok(call.now),
            Strictness::Accept => {}
        }
    }
    if let Some(floor) = floor.filter(|floor| at < *floor) {
        match state.features.reply_before_conversation {
            Strictness::Refuse => return bad(),
            Strictness::Ignore => return Ok(floor),
            Strictness::Accept => {}
        }
    }
    if at < 0 { bad() } else { Ok(at) }
}

/// A new thread: open, unassigned, empty.
pub(super) fn blank(id: u64, at: i64, source: Source, contacts: Vec<ContactId>) -> Thread {
    Thread {
        id,
        created_at: at,
        updated_at: at,
        waiting_since: Some(at),
        snoozed_until: None,
        state: ThreadState::Open,
        read: false,
        title: None,
        admin_assignee: 0,
        team_assignee: 0,
        company: None,
        tags: Vec::new(),
        source,
        contacts,
        custom: BTreeMap::new(),
        parts: Vec::new(),
        linked: Vec::new(),
        merged_into: None,
        first_contact_reply: Some(at),
        first_close_at: None,
        last_close_at: None,
        last_closed_by: None,
        assignments: 0,
        reopens: 0,
        searchable_ms: 0,
        ticket: None,
    }
}

/// Images named by address: at most ten, absolute, and images.
pub(super) fn url_attachments(state: &mut State, call: &Call) -> Result<Vec<Attachment>, ApiError> {
    let Some(list) = call.get("attachment_urls").and_then(Value::as_array) else {
        return Ok(Vec::new());
    };
    if list.len() > super::conversation_part::MAX_ATTACHMENTS {
        return Err(ApiError::invalid("attachment_urls holds more than 10 items"));
    }
    let mut found = Vec::with_capacity(list.len());
    for url in list {
        let url = url.as_str().unwrap_or("");
        let name = url.rsplit('/').next().unwrap_or("").split(['?', '#']).next().unwrap_or("");
        let kind = match name.rsplit('.').next().unwrap_or("").to_lowercase().as_str() {
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "webp" => "image/webp",
            _ if state.features.attachment_urls_images_only => "",
            _ => "application/octet-stream",
        };
        let host = crate::html::host(url).unwrap_or("");
        let dead = state.features.failing_image_hosts.iter().any(|failing| failing == host);
        if host.is_empty() || kind.is_empty() || dead {
            return Err(ApiError::invalid(format!("{url} is not a valid image url")));
        }
        found.push(state.files.fetched(name, kind));
    }
    Ok(found)
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let from = call.get("from").ok_or_else(|| ApiError::missing("from"))?;
    if !matches!(from["type"].as_str(), Some("user" | "lead" | "contact")) {
        return Err(ApiError::invalid("from.type must be user, lead or contact"));
    }
    let id = from["id"].as_str().and_then(ContactId::parse);
    let contact = id.ok_or_else(ApiError::user_not_found)?;
    if state.contact(contact)?.archived {
        return Err(ApiError::user_not_found());
    }
    let raw = call.required("body")?;
    let at = created_at(state, call, None)?;
    let attachments = url_attachments(state, call)?;
    let strip = state.features.first_body == FirstBody::Strip;
    let id = state.ids.next(Kind::Thread);
    let source = Source {
        id: state.ids.next(Kind::Source),
        subject: String::new(),
        body: crate::html::plain_body(raw, strip),
        author: Author::Contact(contact),
        delivered_as: "customer_initiated",
        attachments,
        redacted: false,
    };
    let body = json!({
        "type": "user_message", "id": source.id.to_string(), "created_at": at, "body": raw,
        "message_type": "inapp", "conversation_id": id.to_string(),
    });
    let mut thread = blank(id, at, source, vec![contact]);
    thread.updated_at = call.now;
    thread.searchable_ms = call.now_ms + state.search_delay_ms;
    state.threads.insert(thread);
    let contact = state.contact_mut(contact)?;
    contact.threads.push(id);
    contact.last_replied_at = contact.last_replied_at.max(Some(at));
    Ok(Reply::ok(&body).about("conversation", id))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    answer(state, id, plain(call))
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    state.thread(Some(id))?;
    let changes = match call.get("custom_attributes").and_then(Value::as_object) {
        Some(values) => checked(state, id, values)?,
        None => Vec::new(),
    };
    let company = match call.get("company_id") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(_) => Some(Some(state.company(&call.required_id("company_id")?)?)),
    };
    let mut parts = Vec::with_capacity(changes.len());
    for (name, new, previous) in &changes {
        let kind = "conversation_attribute_updated_by_admin";
        let mut part = state.part(kind, Author::Bot, call.now);
        let value = shown(new);
        let previous = previous.as_ref().map(shown);
        part.event = Some(Box::new(PartEvent::Attribute { name: name.clone(), value, previous }));
        parts.push(part);
    }
    let thread = state.thread_mut(id)?;
    if let Some(read) = call.flag("read") {
        thread.read = read;
    }
    if let Some(title) = call.get("title") {
        thread.title = title.as_str().map(ToOwned::to_owned);
    }
    if let Some(company) = company {
        thread.company = company;
    }
    for (name, value, _) in changes {
        if value.is_null() {
            thread.custom.remove(&name);
        } else {
            thread.custom.insert(name, value);
        }
    }
    for part in &mut parts {
        part.state = thread.state;
    }
    thread.parts.extend(parts);
    thread.updated_at = call.now;
    Ok(answer(state, id, plain(call))?.about("conversation", id))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Values that differ from what the conversation has: name, new, old.
type Changes = Vec<(String, Value, Option<Value>)>;

fn checked(
    state: &State,
    id: u64,
    values: &serde_json::Map<String, Value>,
) -> Result<Changes, ApiError> {
    let definitions = &state.conversation_attributes;
    if definitions.has_doubles() && state.features.duplicate_names_block_update {
        let message = "There are several conversation attributes with the same name";
        return Err(ApiError::invalid(message));
    }
    let thread = state.thread(Some(id))?;
    let mut changes = Vec::new();
    for (name, value) in values {
        let Some(attribute) = definitions.find(name) else {
            match state.features.unknown_attribute {
                Strictness::Refuse => {
                    let message = format!("Conversation attribute '{name}' does not exist");
                    return Err(ApiError::invalid(message));
                }
                Strictness::Ignore => continue,
                Strictness::Accept => {
                    changes.push((name.clone(), value.clone(), thread.custom.get(name).cloned()));
                    continue;
                }
            }
        };
        let fits = value.is_null()
            || match attribute.data_type.as_str() {
                "string" => value.is_string(),
                "integer" | "datetime" => value.is_i64() || value.is_u64(),
                "decimal" => value.is_number(),
                "boolean" => value.is_boolean(),
                "relationship" => value.is_array(),
                "list" => {
                    let labels = attribute.options.iter().filter(|o| !o.archived);
                    let text = value.as_str();
                    labels.map(|o| Some(o.label.as_str())).any(|label| label == text)
                        || state.features.option_outside_list != Strictness::Refuse
                }
                _ => false,
            };
        if !fits {
            let kind = &attribute.data_type;
            return Err(ApiError::invalid(format!("{value} is not valid for '{name}' ({kind})")));
        }
        let old = thread.custom.get(name);
        if old.unwrap_or(&Value::Null) != value {
            changes.push((name.clone(), value.clone(), old.cloned()));
        }
    }
    Ok(changes)
}
