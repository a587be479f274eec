//! Requests and reads with which the canary tries conversations; some of them no draft would send.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;

fn to(operation: Operation, talk: &DestinationId) -> Request {
    Request::new(operation).with("conversation_id", talk)
}

/// Begins a conversation.
pub fn create(contact: &DestinationId, body: &str, at_s: i64) -> Request {
    Request::new(ConversationCreate).body(json!({
        "from": { "type": "user", "id": contact }, "body": body, "created_at": at_s,
    }))
}

fn said(kind: &str, admin: &str, body: &str, at_s: i64) -> Value {
    json!({
        "message_type": kind, "type": "admin", "admin_id": admin, "body": body,
        "created_at": at_s, "skip_notifications": true,
    })
}

/// A note of the admin.
pub fn note(talk: &DestinationId, admin: &str, body: &str, at_s: i64) -> Request {
    to(ConversationNote, talk).body(said("note", admin, body, at_s))
}

/// A comment of the admin.
pub fn comment(talk: &DestinationId, admin: &str, body: &str, at_s: i64) -> Request {
    to(ConversationAdminComment, talk).body(said("comment", admin, body, at_s))
}

/// A comment of the contact.
pub fn reply(talk: &DestinationId, contact: &DestinationId, body: &str, at_s: i64) -> Request {
    to(ConversationContactReply, talk).body(json!({
        "message_type": "comment", "type": "user", "intercom_user_id": contact,
        "body": body, "created_at": at_s,
    }))
}

/// Puts files on a message.
pub fn attach_files(message: &mut Request, files: Vec<Value>) {
    set(message, "attachment_files", Value::Array(files));
}

/// Puts the addresses of files on a message.
pub fn attach_addresses(message: &mut Request, addresses: &[&str]) {
    set(message, "attachment_urls", json!(addresses));
}

fn set(request: &mut Request, field: &str, value: Value) {
    if let Some(body) = request.body.as_mut() {
        body[field] = value;
    }
}

/// Closes it.
pub fn close(talk: &DestinationId, admin: &str) -> Request {
    let body = json!({ "message_type": "close", "type": "admin", "admin_id": admin });
    to(ConversationClose, talk).body(body)
}

/// Puts it aside.
pub fn snooze(talk: &DestinationId, admin: &str, until_s: i64) -> Request {
    to(ConversationSnooze, talk).body(json!({
        "message_type": "snoozed", "admin_id": admin, "snoozed_until": until_s,
    }))
}

/// Deletes it for good.
pub fn delete(talk: &DestinationId) -> Request {
    to(ConversationDelete, talk)
}

/// Reads it.
pub fn read(talk: &DestinationId) -> Read {
    Read::get("/conversations/{conversation_id}").with("conversation_id", talk)
}

/// A condition of a search for one object.
pub fn is(id: &DestinationId) -> Value {
    json!({ "field": "id", "operator": "=", "value": id })
}

/// A condition of a search for what is of a contact.
pub fn of(contact: &DestinationId) -> Value {
    json!({ "field": "contact_ids", "operator": "=", "value": contact })
}

/// A condition of a search for what began before then.
pub fn before(at_s: i64) -> Value {
    json!({ "field": "created_at", "operator": "<", "value": at_s })
}

/// A condition of a search for what has a value of an attribute.
pub fn with_attribute(name: &str, value: &str) -> Value {
    let field = format!("custom_attributes.{name}");
    json!({ "field": field, "operator": "=", "value": value })
}

/// All of these conditions.
pub fn all(conditions: &[Value]) -> Value {
    json!({ "operator": "AND", "value": conditions })
}

/// A search of conversations.
pub fn search(query: &Value) -> Read {
    Read::search("/conversations/search", json!({ "query": query }))
}
