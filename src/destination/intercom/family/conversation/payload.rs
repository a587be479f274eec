//! Conversations (FACTS §5.4). In order: create, messages by time, title and attributes, tags,
//! assignment, state.

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{StepKey, Timestamp};

use super::super::super::operation::Operation;
use super::super::super::reference::{Attributes, Ref, bare, step};
use super::super::super::step::{FileHole, Step, file_of};

/// Files that one reply takes (description 2.16, `admin_reply_conversation_request`).
pub const FILES_PER_REPLY_MAX: usize = 10;

#[derive(Serialize)]
struct CreateBody<'a> {
    from: From,
    body: &'a str,
    created_at: i64,
}

#[derive(Serialize)]
struct From {
    #[serde(rename = "type")]
    kind: &'static str,
    id: Ref,
}

/// Something said or noted in a conversation.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// HTML of the body.
    pub body: &'a str,
    /// When, not before the conversation began; sent in seconds.
    pub created_at: Timestamp,
    /// Files, at most [`FILES_PER_REPLY_MAX`].
    pub files: &'a [FileHole],
}

#[derive(Serialize)]
struct ReplyBody<'a> {
    message_type: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intercom_user_id: Option<Ref>,
    body: &'a str,
    created_at: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachment_files: Vec<Value>,
    /// Set on everything an admin says: an import never notifies (FACTS §10).
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_notifications: Option<bool>,
}

#[derive(Serialize)]
struct UpdateBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    custom_attributes: &'a Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<Ref>,
}

/// To whom a conversation is assigned.
#[derive(Clone, Debug)]
pub enum Assignee {
    /// A teammate.
    Admin(Ref),
    /// A team.
    Team(Ref),
    /// Nobody.
    Nobody,
}

fn conversation_path(conversation: impl Into<Ref>) -> [(&'static str, Ref); 1] {
    [("conversation_id", conversation.into())]
}

/// Begins a conversation in the past. The body is plain text: HTML is not supported here, and
/// files are not taken.
pub fn create(key: StepKey, contact: impl Into<Ref>, body: &str, created_at: Timestamp) -> Step {
    let from = From { kind: "contact", id: contact.into() };
    let body = CreateBody { from, body, created_at: created_at.seconds() };
    step(key, Operation::ConversationCreate, [], &body)
}

fn reply(
    (key, operation): (StepKey, Operation),
    message_type: &'static str,
    conversation: Ref,
    author: Author,
    message: &Message<'_>,
) -> Step {
    let (kind, admin_id, intercom_user_id, skip_notifications) = match author {
        Author::Contact(id) => ("user", None, Some(id), None),
        Author::Admin(id) => ("admin", Some(id), None, Some(true)),
    };
    let body = ReplyBody {
        message_type,
        kind,
        admin_id,
        intercom_user_id,
        body: message.body,
        created_at: message.created_at.seconds(),
        attachment_files: message.files.iter().map(file_of).collect(),
        skip_notifications,
    };
    step(key, operation, conversation_path(conversation), &body)
}

enum Author {
    Contact(Ref),
    Admin(Ref),
}

/// Puts files on a message of a conversation or a ticket.
pub fn attach(message: &mut Step, files: impl Iterator<Item = Value>) {
    message.body["attachment_files"] = files.collect();
}

/// A contact says something. It reopens a closed conversation.
pub fn contact_reply(
    key: StepKey,
    conversation: impl Into<Ref>,
    contact: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let row = (key, Operation::ConversationContactReply);
    reply(row, "comment", conversation.into(), Author::Contact(contact.into()), message)
}

/// A teammate says something, without notifying anybody.
pub fn admin_comment(
    key: StepKey,
    conversation: impl Into<Ref>,
    admin: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let row = (key, Operation::ConversationAdminComment);
    reply(row, "comment", conversation.into(), Author::Admin(admin.into()), message)
}

/// A teammate notes something for colleagues, without notifying anybody.
pub fn note(
    key: StepKey,
    conversation: impl Into<Ref>,
    admin: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let row = (key, Operation::ConversationNote);
    reply(row, "note", conversation.into(), Author::Admin(admin.into()), message)
}

/// Sets title, attributes by name and company; each changed attribute leaves a part.
pub fn update(
    key: StepKey,
    conversation: impl Into<Ref>,
    title: Option<&str>,
    custom_attributes: &Attributes,
    company: Option<Ref>,
) -> Step {
    let body = UpdateBody { title, custom_attributes, company_id: company };
    step(key, Operation::ConversationUpdate, conversation_path(conversation), &body)
}

/// Puts a tag on a conversation.
pub fn tag(
    key: StepKey,
    conversation: impl Into<Ref>,
    tag: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let body = json!({ "id": tag.into(), "admin_id": admin.into() });
    step(key, Operation::ConversationTag, conversation_path(conversation), &body)
}

/// Takes a tag off a conversation.
pub fn untag(
    key: StepKey,
    conversation: impl Into<Ref>,
    tag: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let path = [("conversation_id", conversation.into()), ("tag_id", tag.into())];
    step(key, Operation::ConversationUntag, path, &json!({ "admin_id": admin.into() }))
}

/// Assigns a conversation; a closed one is thereby opened, so that state comes last.
pub fn assign(
    key: StepKey,
    conversation: impl Into<Ref>,
    admin: impl Into<Ref>,
    assignee: &Assignee,
) -> Step {
    let (kind, id) = match assignee {
        Assignee::Admin(id) => ("admin", id.clone()),
        Assignee::Team(id) => ("team", id.clone()),
        Assignee::Nobody => ("admin", Ref::from("0")),
    };
    let body = json!({
        "message_type": "assignment",
        "type": kind,
        "admin_id": admin.into(),
        "assignee_id": id,
    });
    step(key, Operation::ConversationAssign, conversation_path(conversation), &body)
}

/// Closes a conversation; dated now.
pub fn close(key: StepKey, conversation: impl Into<Ref>, admin: impl Into<Ref>) -> Step {
    let body = json!({ "message_type": "close", "type": "admin", "admin_id": admin.into() });
    step(key, Operation::ConversationClose, conversation_path(conversation), &body)
}

/// Puts a conversation aside until a point in the future.
pub fn snooze(
    key: StepKey,
    conversation: impl Into<Ref>,
    admin: impl Into<Ref>,
    until: Timestamp,
) -> Step {
    let body = json!({
        "message_type": "snoozed",
        "admin_id": admin.into(),
        "snoozed_until": until.seconds(),
    });
    step(key, Operation::ConversationSnooze, conversation_path(conversation), &body)
}

/// Opens a conversation.
pub fn open(key: StepKey, conversation: impl Into<Ref>, admin: impl Into<Ref>) -> Step {
    let body = json!({ "message_type": "open", "admin_id": admin.into() });
    step(key, Operation::ConversationOpen, conversation_path(conversation), &body)
}

/// Adds a participant who exists already: an unknown one would silently become a lead.
pub fn add_participant(
    key: StepKey,
    conversation: impl Into<Ref>,
    contact: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let body = json!({
        "admin_id": admin.into(),
        "customer": { "intercom_user_id": contact.into() },
    });
    step(key, Operation::ConversationParticipantAdd, conversation_path(conversation), &body)
}

/// Removes a participant; the last one cannot be removed.
pub fn remove_participant(
    key: StepKey,
    conversation: impl Into<Ref>,
    contact: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let path = [("conversation_id", conversation.into()), ("contact_id", contact.into())];
    let body = json!({ "admin_id": admin.into() });
    step(key, Operation::ConversationParticipantRemove, path, &body)
}

/// Replaces the body of a part by a placeholder, for good.
pub fn redact_part(key: StepKey, conversation: impl Into<Ref>, part: impl Into<Ref>) -> Step {
    let body = json!({
        "type": "conversation_part",
        "conversation_id": conversation.into(),
        "conversation_part_id": part.into(),
    });
    step(key, Operation::ConversationRedactPart, [], &body)
}

/// Deletes a conversation for good.
pub fn delete(key: StepKey, conversation: impl Into<Ref>) -> Step {
    bare(key, Operation::ConversationDelete, conversation_path(conversation))
}

/// Turns a conversation into a ticket of a Customer type; there is no way back.
pub fn convert(
    key: StepKey,
    conversation: impl Into<Ref>,
    ticket_type: impl Into<Ref>,
    ticket_state: Option<Ref>,
    attributes: &Attributes,
) -> Step {
    let mut body = json!({ "ticket_type_id": ticket_type.into() });
    if let Some(state) = ticket_state {
        body["ticket_state_id"] = json!(state);
    }
    if !attributes.is_empty() {
        body["attributes"] = json!(attributes);
    }
    step(key, Operation::ConversationConvert, conversation_path(conversation), &body)
}
