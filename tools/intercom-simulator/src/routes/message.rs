//! `POST /messages`: really sends, so it always lands in the mailbox.

use super::conversation::{blank, created_at};
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::state::{Author, ContactId, Kind, Source, State};
use serde_json::{Value, json};

pub(crate) fn send(state: &mut State, call: &Call) -> Answer {
    let admin = id_text(&call.body["from"]["id"]);
    let admin = state.required_admin(admin.as_deref())?;
    let body = call.str("body").filter(|b| !b.trim().is_empty());
    let body = body.ok_or_else(|| ApiError::invalid("Body is required"))?.to_owned();
    let kind = match call.str("message_type") {
        Some("in_app" | "inapp") => "inapp",
        Some("email") => "email",
        _ => return Err(ApiError::invalid("message_type must be in_app or email")),
    };
    let subject = call.str("subject").unwrap_or("").to_owned();
    if kind == "email" && subject.is_empty() {
        let message = "No subject supplied for email message";
        return Err(ApiError::new(422, "parameter_not_found", message));
    }
    let to = call.get("to").map_or(&Value::Null, |to| to.get(0).unwrap_or(to));
    let contact = to["id"].as_str().and_then(ContactId::parse);
    let contact = contact.ok_or_else(ApiError::user_not_found)?;
    state.contact(contact)?;
    let at = created_at(state, call, None)?;
    let source = Source {
        id: state.ids.next(Kind::Source),
        subject: subject.clone(),
        body: call.html.clone().unwrap_or_default(),
        author: Author::Admin(admin),
        delivered_as: "admin_initiated",
        attachments: Vec::new(),
        redacted: false,
    };
    let mut answer = json!({"type": "admin_message", "id": source.id.to_string(),
                            "created_at": at, "subject": subject, "body": body,
                            "message_type": kind});
    let mut about = format!("message/{}", source.id);
    // Otherwise a conversation begins only when the contact answers.
    if call.flag("create_conversation_without_contact_reply") == Some(true) {
        let id = state.ids.next(Kind::Thread);
        let mut thread = blank(id, at, source, vec![contact]);
        thread.waiting_since = None;
        thread.first_contact_reply = None;
        thread.updated_at = call.now;
        state.threads.insert(thread);
        state.contact_mut(contact)?.threads.push(id);
        answer["conversation_id"] = json!(id.to_string());
        about = format!("conversation/{id}");
    }
    let to = vec![contact.to_string()];
    state.notify(&about, to, "createMessage", "contact", "a message that is sent", call.now);
    let (kind, id) = about.split_once('/').unwrap_or(("message", ""));
    Ok(Reply::ok(&answer).about(kind, id))
}
