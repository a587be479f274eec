//! What is said and done in a conversation: replies, notes, close, open, snooze, assignment.

use super::conversation::{answer, created_at, plain, url_attachments};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::features::Strictness;
use crate::state::{Assignee, Attachment, Author, ContactId, Part, State, Thread, ThreadState};

/// Files or images on one message.
pub(crate) const MAX_ATTACHMENTS: usize = 10;

/// The contact a reply names, in one of three ways.
pub(super) fn named_contact(state: &State, call: &Call) -> Result<ContactId, ApiError> {
    if let Some(id) = call.str("intercom_user_id") {
        let id = ContactId::parse(id).ok_or_else(ApiError::user_not_found)?;
        return state.contact(id).map(|_| id);
    }
    let found = if let Some(external_id) = call.id("user_id") {
        state.contacts.by_external_id(&external_id)
    } else if let Some(email) = call.str("email") {
        state.contacts.by_email(email).first().copied()
    } else {
        return Err(ApiError::missing("intercom_user_id"));
    };
    found.ok_or_else(ApiError::user_not_found)
}

/// The files and images of a message. Files win when both are sent.
pub(super) fn message_files(state: &mut State, call: &Call) -> Result<Vec<Attachment>, ApiError> {
    if call.files.is_empty() {
        return url_attachments(state, call);
    }
    let max = state.features.attachment_max_bytes;
    if call.files.len() > MAX_ATTACHMENTS {
        return Err(ApiError::invalid("attachment_files holds more than 10 items"));
    }
    if let Some(file) = call.files.iter().find(|file| file.data.len() > max) {
        let message = format!("{} is larger than {max} bytes", file.name);
        let status = state.features.attachment_refusal_status;
        return Err(ApiError::new(status, "parameter_invalid", message));
    }
    Ok(call.files.iter().map(|file| state.files.store(file)).collect())
}

/// The body of a message, which may be empty only when files come with it.
pub(super) fn message_body(call: &Call) -> Result<String, ApiError> {
    match &call.html {
        Some(html) if call.str("body").is_some_and(|b| !b.trim().is_empty()) => Ok(html.clone()),
        _ if !call.files.is_empty() || call.get("attachment_urls").is_some() => Ok(String::new()),
        _ if call.get("reply_options").is_some() => Ok(String::new()),
        _ => Err(ApiError::missing("body")),
    }
}

/// Opens a thread again and says as what kind of part that reads back.
fn wake(thread: &mut Thread, kind: &'static str) -> &'static str {
    thread.snoozed_until = None;
    let closed = thread.state == ThreadState::Closed;
    if closed {
        thread.reopens += 1;
    }
    thread.state = ThreadState::Open;
    if closed { "open" } else { kind }
}

/// Writes a message of a contact or a teammate into a thread. Gives the part's id.
pub(crate) fn write(state: &mut State, id: u64, mut part: Part, now: i64) -> Result<u64, ApiError> {
    let reopens = state.features.admin_comment_reopens;
    let note_keeps = state.features.note_keeps_snooze;
    let thread = state.thread_mut(id)?;
    match part.author {
        Author::Contact(_) => {
            part.kind = wake(thread, part.kind);
            thread.waiting_since = Some(part.created_at);
            thread.read = false;
            let first = thread.first_contact_reply.get_or_insert(part.created_at);
            *first = (*first).min(part.created_at);
        }
        _ if part.kind == "note" => {
            if thread.state == ThreadState::Snoozed && !note_keeps {
                wake(thread, part.kind);
            }
        }
        _ => {
            thread.waiting_since = None;
            if thread.state == ThreadState::Snoozed
                || (thread.state == ThreadState::Closed && reopens)
            {
                part.kind = wake(thread, part.kind);
            }
        }
    }
    part.state = thread.state;
    thread.updated_at = now;
    let (part_id, author, at) = (part.id, part.author, part.created_at);
    thread.parts.push(part);
    let contacts = thread.contacts.clone();
    match author {
        Author::Contact(contact) => {
            if let Some(contact) = state.contacts.by_id.get_mut(&contact) {
                contact.last_replied_at = contact.last_replied_at.max(Some(at));
            }
        }
        _ => {
            for contact in contacts {
                if let Some(contact) = state.contacts.by_id.get_mut(&contact) {
                    contact.last_contacted_at = contact.last_contacted_at.max(Some(at));
                }
            }
        }
    }
    Ok(part_id)
}

pub(crate) fn reply(state: &mut State, call: &Call) -> Answer {
    let id = match call.param(0) {
        "last" => named_contact(state, call)
            .ok()
            .and_then(|c| state.contacts.get(c)?.threads.last().copied()),
        _ => call.number(0),
    };
    let id = id.ok_or_else(ApiError::conversation_not_found)?;
    let (part, silent) = message(state, call, id)?;
    let by = part.author;
    let note = part.kind == "note";
    let comment = matches!(by, Author::Admin(_)) && !note;
    write(state, id, part, call.now)?;
    if note && !silent {
        notify_teammates(state, &format!("conversation/{id}"), by, "replyConversation", call.now);
    }
    if comment && !silent {
        let contacts = state.thread(Some(id))?.contacts.iter().map(ToString::to_string).collect();
        let about = format!("conversation/{id}");
        let reason = "a teammate's comment without skip_notifications";
        state.notify(&about, contacts, "replyConversation", "contact", reason, call.now);
    }
    Ok(answer(state, id, plain(call))?.about("conversation", id))
}

/// A note tells the other teammates, unless it is to be silent.
pub(super) fn notify_teammates(
    state: &mut State,
    about: &str,
    by: Author,
    operation: &'static str,
    now: i64,
) {
    let others = state.admins.iter().filter(|admin| by != Author::Admin(admin.id));
    let to = others.map(|admin| admin.id.to_string()).collect();
    let reason = "a note without skip_notifications";
    state.notify(about, to, operation, "teammate", reason, now);
}

/// The part a reply makes, and whether it is silent.
pub(super) fn message(state: &mut State, call: &Call, id: u64) -> Result<(Part, bool), ApiError> {
    let thread = state.thread(Some(id))?;
    let at = created_at(state, call, Some(thread.created_at))?;
    let (author, kind) = match (call.str("type"), call.str("message_type")) {
        (Some("admin"), Some("comment")) => (None, "comment"),
        (Some("admin"), Some("note")) => (None, "note"),
        (Some("admin"), Some("quick_reply")) => (None, "quick_reply"),
        (Some("user"), Some("comment")) => (Some(named_contact(state, call)?), "comment"),
        (kind, message) => {
            let message = format!("type {kind:?} with message_type {message:?} is not possible");
            return Err(ApiError::invalid(message));
        }
    };
    let author = match author {
        Some(contact) => {
            if !state.thread(Some(id))?.contacts.contains(&contact) {
                let message = "The contact does not take part in this conversation";
                return Err(ApiError::new(403, "action_forbidden", message));
            }
            Author::Contact(contact)
        }
        None => Author::Admin(state.required_admin(call.id("admin_id").as_deref())?),
    };
    let body = message_body(call)?;
    let attachments = message_files(state, call)?;
    let mut part = state.part(kind, author, call.now);
    part.created_at = at;
    part.updated_at = at;
    part.body = Some(body);
    part.attachments = attachments;
    Ok((part, call.flag("skip_notifications") == Some(true)))
}

pub(crate) fn manage(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::conversation_not_found)?;
    state.thread(Some(id))?;
    let admin = state.required_admin(call.id("admin_id").as_deref())?;
    match call.str("message_type") {
        Some("close") => {
            let closed = state.thread(Some(id))?.state == ThreadState::Closed;
            if closed && state.features.closing_closed_refused {
                return Err(ApiError::unprocessable("The conversation is already closed"));
            }
            close(state, id, admin, call.html.clone(), call.now)?;
        }
        Some("open") => open(state, id, admin, call.now)?,
        Some("snoozed") => {
            let until = call.time("snoozed_until")?;
            let until = until.ok_or_else(|| ApiError::missing("snoozed_until"))?;
            snooze(state, id, admin, until, call.now)?;
        }
        Some("assignment") => {
            let to = call.required_id("assignee_id")?;
            let code = "assignee_not_found";
            let missing = || ApiError::new(404, code, "Assignee not found");
            let to = state.assignee(&to).ok_or_else(missing)?;
            match (call.required("type")?, to) {
                ("admin" | "team", Assignee::Nobody)
                | ("admin", Assignee::Admin(_))
                | ("team", Assignee::Team(_)) => {}
                _ => return Err(missing()),
            }
            refuse_same_assignee(state, id, to)?;
            assign(state, id, Author::Admin(admin), to, call.html.clone(), call.now)?;
        }
        other => {
            return Err(ApiError::invalid(format!("{other:?} is an invalid message_type")));
        }
    }
    Ok(answer(state, id, false)?.about("conversation", id))
}

/// 422 for an assignment to whom the thread is assigned already.
fn refuse_same_assignee(state: &State, id: u64, to: Assignee) -> Result<(), ApiError> {
    let thread = state.thread(Some(id))?;
    let same = match to {
        Assignee::Admin(admin) => thread.admin_assignee == admin,
        Assignee::Team(team) => thread.team_assignee == team,
        Assignee::Nobody => false,
    };
    if same && state.features.same_assignee_refused {
        let message = "The conversation is already assigned to the specified assignee";
        return Err(ApiError::unprocessable(message));
    }
    Ok(())
}

pub(crate) fn close(
    state: &mut State,
    id: u64,
    admin: u64,
    body: Option<String>,
    now: i64,
) -> Result<(), ApiError> {
    let mut part = state.part("close", Author::Admin(admin), now);
    part.body = body;
    part.state = ThreadState::Closed;
    let thread = state.thread_mut(id)?;
    thread.state = ThreadState::Closed;
    thread.snoozed_until = None;
    thread.waiting_since = None;
    thread.first_close_at.get_or_insert(now);
    thread.last_close_at = Some(now);
    thread.last_closed_by = Some(admin);
    thread.updated_at = now;
    thread.parts.push(part);
    Ok(())
}

pub(crate) fn open(state: &mut State, id: u64, admin: u64, now: i64) -> Result<(), ApiError> {
    let part = state.part("open", Author::Admin(admin), now);
    let thread = state.thread_mut(id)?;
    wake(thread, "open");
    thread.updated_at = now;
    thread.parts.push(part);
    Ok(())
}

fn snooze(state: &mut State, id: u64, admin: u64, until: i64, now: i64) -> Result<(), ApiError> {
    if until <= now && state.features.past_snooze == Strictness::Refuse {
        return Err(ApiError::invalid("snoozed_until must be in the future"));
    }
    let mut part = state.part("snoozed", Author::Admin(admin), now);
    part.state = ThreadState::Snoozed;
    let thread = state.thread_mut(id)?;
    thread.state = ThreadState::Snoozed;
    thread.snoozed_until = Some(until);
    thread.updated_at = now;
    thread.parts.push(part);
    state.snoozes.insert((until, id));
    Ok(())
}

pub(crate) fn assign(
    state: &mut State,
    id: u64,
    author: Author,
    to: Assignee,
    body: Option<String>,
    now: i64,
) -> Result<(), ApiError> {
    let closed = state.thread(Some(id))?.state == ThreadState::Closed;
    let kind = if closed { "assign_and_reopen" } else { "assignment" };
    let mut part = state.part(kind, author, now);
    part.body = body;
    part.assigned_to = Some(to);
    let thread = state.thread_mut(id)?;
    if closed {
        wake(thread, kind);
    }
    match to {
        Assignee::Admin(admin) => thread.admin_assignee = admin,
        Assignee::Team(team) => thread.team_assignee = team,
        Assignee::Nobody => {
            thread.admin_assignee = 0;
            thread.team_assignee = 0;
        }
    }
    thread.assignments += 1;
    thread.updated_at = now;
    part.state = thread.state;
    thread.parts.push(part);
    if let Assignee::Admin(admin) = to
        && state.features.teammate_notices
    {
        let about = format!("conversation/{id}");
        let to = vec![admin.to_string()];
        state.notify(&about, to, "manageConversation", "teammate", "an assignment", now);
    }
    Ok(())
}
