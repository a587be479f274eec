//! Conversations: delete, list of the deleted, redact.

use super::conversation::answer;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{Author, State};
use serde_json::{Value, json};

const DELETED_SIZE: Size = Size::new(20, 60);
const REDACTED: &str = "<p><i>This message was deleted</i></p>";

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    state.thread(Some(id))?;
    let retain = call.query("retain_metrics") != Some("false");
    let scope = "delete_conversations_and_metrics";
    if !retain && state.features.missing_scopes.iter().any(|missing| missing == scope) {
        return Err(ApiError::new(401, "token_unauthorized", "Not authorized to access resource"));
    }
    state.delete_thread(id, retain, call.now);
    let body = json!({"id": id.to_string(), "object": "conversation", "deleted": true});
    Ok(Reply::ok(&body).about("conversation", id))
}

pub(crate) fn deleted(state: &mut State, call: &Call) -> Answer {
    let mut keys: Vec<_> = state.threads.deleted.iter().filter(|d| !d.ticket).copied().collect();
    if call.query("order") != Some("asc") {
        keys.reverse();
    }
    let (page, pages) = numbered(call, &state.base_url, DELETED_SIZE, &keys)?;
    let items: Vec<Value> = page
        .iter()
        .map(|d| {
            json!({"type": "conversation", "id": d.id.to_string(),
                   "metrics_retained": d.metrics_retained, "deleted_at": d.deleted_at})
        })
        .collect();
    Ok(Reply::ok(&json!({"type": "conversation.list", "conversations": items, "pages": pages,
                         "total_count": keys.len()})))
}

pub(crate) fn redact(state: &mut State, call: &Call) -> Answer {
    let message = "Conversation part or message not found";
    let missing = || ApiError::new(404, "conversation_part_or_message_not_found", message);
    let id = call.required_id("conversation_id")?.parse().map_err(|_| missing())?;
    let number = |key: &str| call.id(key).and_then(|id| id.parse::<u64>().ok());
    let thread = state.threads.by_id.get_mut(&id).ok_or_else(missing)?;
    let files = match call.str("type") {
        Some("conversation_part") => {
            let wanted = number("conversation_part_id").ok_or_else(missing)?;
            let part = thread.parts.iter_mut().find(|p| p.id == wanted && p.body.is_some());
            let part = part.ok_or_else(missing)?;
            part.body = Some(REDACTED.to_owned());
            part.redacted = true;
            part.updated_at = call.now;
            std::mem::take(&mut part.attachments)
        }
        Some("source") => {
            let source = &mut thread.source;
            let authored = matches!(source.author, Author::Contact(_));
            if number("source_id") != Some(source.id) || !authored {
                return Err(missing());
            }
            REDACTED.clone_into(&mut source.body);
            source.redacted = true;
            std::mem::take(&mut source.attachments)
        }
        _ => {
            return Err(ApiError::invalid("type must be conversation_part or source"));
        }
    };
    thread.updated_at = call.now;
    for file in files {
        state.files.forget(file.id);
    }
    Ok(answer(state, id, false)?.about("conversation", id))
}
