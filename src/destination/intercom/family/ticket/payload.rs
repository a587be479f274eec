//! Ticket types, their attributes, and tickets (FACTS §5.5).

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{StepKey, Timestamp};

use super::super::super::operation::Operation;
use super::super::super::reference::{Attributes, Ref, bare, step};
use super::super::super::step::{Step, file_of};
use super::super::conversation::payload::{Assignee, Message};

/// A type of ticket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TicketTypeBody {
    /// Name; not unique in Intercom: list first.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who works on it.
    pub category: TicketCategory,
    /// An emoji.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// Who works on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TicketCategory {
    /// Seen by the customer.
    Customer,
    /// Between teams.
    #[serde(rename = "Back-office")]
    BackOffice,
    /// Gathers many tickets.
    Tracker,
}

/// An attribute of a ticket type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TicketAttributeBody {
    /// Name, by which values are written.
    pub name: String,
    /// What it is for; required.
    pub description: String,
    /// `string`, `list`, `integer`, `decimal`, `boolean`, `datetime` or `files`.
    pub data_type: &'static str,
    /// Several lines of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
    /// Options joined by commas; a label with a comma cannot be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_items: Option<String>,
    /// Whether customers see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible_to_contacts: Option<bool>,
}

/// A ticket to be made.
#[derive(Clone, Debug)]
pub struct Ticket<'a> {
    /// Its type.
    pub ticket_type: Ref,
    /// The contact, who exists already.
    pub contact: Ref,
    /// Values by attribute name; a list's value is the id of its option.
    pub attributes: &'a Attributes,
    /// When it was made; sent in seconds.
    pub created_at: Timestamp,
    /// The conversation it is linked to.
    pub linked_to: Option<Ref>,
}

/// Creates a ticket type.
pub fn create_type(key: StepKey, body: &TicketTypeBody) -> Step {
    step(key, Operation::TicketTypeCreate, [], body)
}

/// Names a ticket type that has to be there: without a category nothing is made.
pub fn name_type(key: StepKey, name: &str) -> Step {
    step(key, Operation::TicketTypeCreate, [], &json!({ "name": name }))
}

/// Hides a ticket type.
pub fn archive_type(key: StepKey, ticket_type: impl Into<Ref>) -> Step {
    let path = [("ticket_type_id", ticket_type.into())];
    step(key, Operation::TicketTypeArchive, path, &json!({ "archived": true }))
}

/// Adds an attribute to a ticket type.
pub fn create_attribute(
    key: StepKey,
    ticket_type: impl Into<Ref>,
    body: &TicketAttributeBody,
) -> Step {
    step(key, Operation::TicketAttributeCreate, [("ticket_type_id", ticket_type.into())], body)
}

/// Creates a ticket in the past, without notifying anybody.
pub fn create(key: StepKey, ticket: &Ticket<'_>) -> Step {
    let mut body = json!({
        "ticket_type_id": ticket.ticket_type,
        "contacts": [{ "id": ticket.contact }],
        "created_at": ticket.created_at.seconds(),
        "skip_notifications": true,
    });
    if !ticket.attributes.is_empty() {
        body["ticket_attributes"] = json!(ticket.attributes);
    }
    if let Some(conversation) = &ticket.linked_to {
        body["conversation_to_link_id"] = json!(conversation);
    }
    step(key, Operation::TicketCreate, [], &body)
}

/// What an update changes; unset fields are not sent.
#[derive(Clone, Debug, Default)]
pub struct TicketChange<'a> {
    /// Values by attribute name.
    pub attributes: Option<&'a Attributes>,
    /// State, of those of the ticket's type; today's state is refused.
    pub state: Option<Ref>,
    /// Teammate or team.
    pub assignee: Option<Assignee>,
    /// The teammate in whose name it is done, a whole number.
    pub admin_id: Option<i64>,
    /// Whether it is open.
    pub open: Option<bool>,
    /// Put aside until then; sent in seconds.
    pub snoozed_until: Option<Timestamp>,
}

/// Changes a ticket, without notifying anybody.
pub fn update(key: StepKey, ticket: impl Into<Ref>, change: &TicketChange<'_>) -> Step {
    let mut body = json!({ "skip_notifications": true });
    if let Some(attributes) = change.attributes {
        body["ticket_attributes"] = json!(attributes);
    }
    if let Some(state) = &change.state {
        body["ticket_state_id"] = json!(state);
    }
    match &change.assignee {
        Some(Assignee::Admin(id) | Assignee::Team(id)) => body["assignee_id"] = json!(id),
        Some(Assignee::Nobody) => body["assignee_id"] = json!("0"),
        None => {}
    }
    if let Some(admin) = change.admin_id {
        body["admin_id"] = json!(admin);
    }
    if let Some(open) = change.open {
        body["open"] = json!(open);
    }
    if let Some(until) = change.snoozed_until {
        body["snoozed_until"] = json!(until.seconds());
    }
    step(key, Operation::TicketUpdate, [("ticket_id", ticket.into())], &body)
}

fn reply(message: &Message<'_>, kind: &str, message_type: &str, author: (&str, Ref)) -> Value {
    let mut body = json!({
        "message_type": message_type,
        "type": kind,
        "body": message.body,
        "created_at": message.created_at.seconds(),
        "skip_notifications": true,
    });
    body[author.0] = json!(author.1);
    if !message.files.is_empty() {
        body["attachment_files"] = message.files.iter().map(file_of).collect();
    }
    body
}

/// A contact says something on a ticket; files are not taken here.
pub fn contact_reply(
    key: StepKey,
    ticket: impl Into<Ref>,
    contact: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let said = Message { files: &[], ..message.clone() };
    let body = reply(&said, "user", "comment", ("intercom_user_id", contact.into()));
    step(key, Operation::TicketContactReply, [("ticket_id", ticket.into())], &body)
}

/// A teammate says something on a ticket, without notifying anybody.
pub fn admin_comment(
    key: StepKey,
    ticket: impl Into<Ref>,
    admin: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let body = reply(message, "admin", "comment", ("admin_id", admin.into()));
    step(key, Operation::TicketAdminComment, [("ticket_id", ticket.into())], &body)
}

/// A teammate notes something on a ticket, without notifying anybody.
pub fn note(
    key: StepKey,
    ticket: impl Into<Ref>,
    admin: impl Into<Ref>,
    message: &Message<'_>,
) -> Step {
    let body = reply(message, "admin", "note", ("admin_id", admin.into()));
    step(key, Operation::TicketNote, [("ticket_id", ticket.into())], &body)
}

/// Puts a tag on a ticket.
pub fn tag(
    key: StepKey,
    ticket: impl Into<Ref>,
    tag: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let body = json!({ "id": tag.into(), "admin_id": admin.into() });
    step(key, Operation::TicketTag, [("ticket_id", ticket.into())], &body)
}

/// Takes a tag off a ticket.
pub fn untag(
    key: StepKey,
    ticket: impl Into<Ref>,
    tag: impl Into<Ref>,
    admin: impl Into<Ref>,
) -> Step {
    let path = [("ticket_id", ticket.into()), ("tag_id", tag.into())];
    step(key, Operation::TicketUntag, path, &json!({ "admin_id": admin.into() }))
}

/// Links a conversation to a tracker ticket; a conversation has at most one tracker.
pub fn link(key: StepKey, ticket: impl Into<Ref>, conversation: impl Into<Ref>) -> Step {
    let body = json!({ "conversation_id": conversation.into() });
    step(key, Operation::TicketLink, [("ticket_id", ticket.into())], &body)
}

/// Takes the link between a tracker ticket and a conversation away.
pub fn unlink(key: StepKey, ticket: impl Into<Ref>, conversation: impl Into<Ref>) -> Step {
    let path = [("ticket_id", ticket.into()), ("conversation_id", conversation.into())];
    bare(key, Operation::TicketUnlink, path)
}

/// Deletes a ticket for good; it stays in reports.
pub fn delete(key: StepKey, ticket: impl Into<Ref>) -> Step {
    bare(key, Operation::TicketDelete, [("ticket_id", ticket.into())])
}
