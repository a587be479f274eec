//! What is found at the object a request was addressed to.

use serde_json::{Value, json};

use super::super::super::contract::{LookUp, Read};
use super::super::compare::differing;
use super::super::normalise::{same_id, seconds};
use super::super::object::{ObjectKind, ReadBack};
use super::super::operation::Operation;
use super::super::pages::list_all;
use super::super::part::{PARTS_READ_MAX, fits, parts, parts_total};
use super::super::request::Request;
use super::listed::as_read;
use super::look::{Look, Looked};

fn thread_read(look: &Look<'_>) -> (Read, &'static str) {
    match ObjectKind::of(look.request.operation) {
        ObjectKind::Ticket => (look.read("/tickets/{ticket_id}"), "ticket_id"),
        _ => (look.read("/conversations/{conversation_id}"), "conversation_id"),
    }
}

pub(super) async fn thread_part(look: &Look<'_>) -> Looked {
    let (read, _) = thread_read(look);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let fitting = parts(&thread).iter().filter(|part| fits(look.request, part));
    Ok(match look.one_of(fitting.cloned().collect()) {
        // Nobody can tell, and no object to choose from can be named.
        LookUp::Absent if may_hide(look, &thread) => LookUp::Ambiguous { candidates: Vec::new() },
        found => found,
    })
}

/// Whether the thread has parts that are not read back (FACTS §5.4: only the newest 500 are), and
/// the reply may be one of them: its time is not after the oldest that is shown.
///
/// A reply after that one would be shown whatever "newest" goes by. By time it is among the newest;
/// by order of arrival only parts that came later push it out, and those have later times.
fn may_hide(look: &Look<'_>, thread: &Value) -> bool {
    let shown = parts(thread);
    if shown.len() < PARTS_READ_MAX && parts_total(thread) <= shown.len() {
        return false;
    }
    let oldest = shown.iter().filter_map(|part| seconds(&part["created_at"])).min();
    let said = look.request.field("created_at").and_then(seconds);
    let said = said.unwrap_or_else(|| look.sent_at.seconds());
    oldest.is_none_or(|oldest| said <= oldest)
}

pub(super) async fn thread_state(look: &Look<'_>) -> Looked {
    if look.request.operation == Operation::ConversationConvert {
        return converted(look).await;
    }
    let (read, name) = thread_read(look);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::of(look.request.operation), thread);
    let landed = is_as_sent(look.request, &back);
    Ok(if landed { look.landed_on(name, back.object) } else { LookUp::Absent })
}

/// A conversation that became a ticket says so, or answers as one under the same id (FACTS §5.5).
async fn converted(look: &Look<'_>) -> Looked {
    let id = look.request.path_value("conversation_id").unwrap_or_default();
    let thread = look.object(look.read("/conversations/{conversation_id}")).await?;
    if let Some(ticket) = thread.map(|thread| thread["ticket"].clone()).filter(Value::is_object) {
        return Ok(super::look::landed(ticket));
    }
    let read = Read::get("/tickets/{ticket_id}").with("ticket_id", id);
    Ok(look.object(read).await?.map_or(LookUp::Absent, super::look::landed))
}

pub(super) async fn target(look: &Look<'_>, path: &'static str) -> Looked {
    let Some(object) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let request = look.request;
    let back = as_read(ObjectKind::of(request.operation), object);
    let landed = match request.operation {
        Operation::ContactUnarchive => back.object["archived"] != true,
        Operation::ArticlePublishDraft => back.object["has_unpublished_changes"] == false,
        _ => differing(request, &back).is_empty(),
    };
    let (name, _) = request.path.first().cloned().unwrap_or_default();
    Ok(if landed { look.landed_on(&name, back.object) } else { LookUp::Absent })
}

pub(super) async fn gone(look: &Look<'_>, path: &'static str) -> Looked {
    let (name, id) = look.request.path.last().cloned().unwrap_or_default();
    let found = if path.contains('{') {
        look.object(look.read(path)).await?
    } else {
        let read = Read::get(path).query("include_archived", true);
        let all = list_all(look.destination, read).await?;
        all.into_iter().find(|one| same_id(&one["id"], &json!(id)))
    };
    let there = found.as_ref().is_some_and(|object| object["archived"] != true);
    let body = found.unwrap_or(Value::Null);
    Ok(if there { LookUp::Absent } else { look.landed_on(&name, body) })
}

/// A conversation has few links; a ticket may have thousands (FACTS §5.5).
pub(super) async fn linked(look: &Look<'_>, gone: bool) -> Looked {
    let request = look.request;
    let in_path = || request.path_value("conversation_id").map(str::to_owned);
    let id = request.text("conversation_id").or_else(in_path).unwrap_or_default();
    let read = Read::get("/conversations/{conversation_id}").with("conversation_id", id);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let ticket = json!(request.path_value("ticket_id"));
    let links = thread["linked_objects"]["data"].as_array().map_or(&[][..], Vec::as_slice);
    let there = links.iter().any(|link| same_id(&link["id"], &ticket));
    Ok(if there == gone { LookUp::Absent } else { look.landed_on("ticket_id", thread) })
}

pub(super) async fn redacted(look: &Look<'_>) -> Looked {
    let id = look.request.text("conversation_id").unwrap_or_default();
    let read = Read::get("/conversations/{conversation_id}").with("conversation_id", id);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let found = match look.request.field("conversation_part_id") {
        Some(part_id) => parts(&thread).iter().find(|part| same_id(&part["id"], part_id)),
        None => Some(&thread["source"]),
    };
    Ok(match found {
        Some(part) if part["redacted"] == true => super::look::landed(part.clone()),
        _ => LookUp::Absent,
    })
}

/// Whether the thread is as the request would leave it.
fn is_as_sent(request: &Request, back: &ReadBack) -> bool {
    let read = &back.object;
    match request.operation {
        Operation::ConversationSnooze => {
            let until = request.field("snoozed_until").and_then(seconds);
            read["state"] == "snoozed" && seconds(&read["snoozed_until"]) == until
        }
        _ => differing(request, back).is_empty(),
    }
}
