//! Damage that no call of the API does: what a verifier must notice when it reads a thread back.

use crate::call::id_text;
use crate::state::{
    Attachment, Author, CompanyId, ContactId, Kind, Part, State, Thread, ThreadState,
};
use serde_json::{Value, json};

/// Kinds of part that an alteration may name.
const KINDS: [&str; 5] = ["comment", "note", "open", "close", "assignment"];

/// Makes one alteration: `{"do": "alter", "what": NAME, …}`, see README.md.
pub(crate) fn perform(state: &mut State, action: &Value) -> Result<Value, String> {
    let what = action["what"].as_str().ok_or("\"what\" is missing")?;
    if what == "note_body" {
        let id = number(action, "note")?;
        let note = state.notes.get_mut(&id).ok_or("no such note")?;
        note.body = word(action, "to")?;
        return Ok(json!({}));
    }
    let id = number(action, "thread")?;
    match what {
        "thread_drop" => {
            state.threads.remove(id).ok_or("no such thread")?;
        }
        "thread_twin" => twin(state, id)?,
        _ if action.get("part").is_some() => part(state, id, what, action)?,
        _ => whole(thread(state, id)?, what, action)?,
    }
    Ok(json!({}))
}

fn thread(state: &mut State, id: u64) -> Result<&mut Thread, String> {
    state.threads.by_id.get_mut(&id).ok_or_else(|| "no such thread".to_owned())
}

fn number(action: &Value, name: &str) -> Result<u64, String> {
    let id = id_text(&action[name]).and_then(|id| id.parse().ok());
    id.ok_or_else(|| format!("{name:?} is missing"))
}

fn word(action: &Value, name: &str) -> Result<String, String> {
    action[name].as_str().map(str::to_owned).ok_or_else(|| format!("{name:?} is missing"))
}

fn author(action: &Value) -> Result<Author, String> {
    match action["contact"].as_str().and_then(ContactId::parse) {
        Some(contact) => Ok(Author::Contact(contact)),
        None => number(action, "admin").map(Author::Admin),
    }
}

/// A second thread that is as this one, with ids of its own.
fn twin(state: &mut State, id: u64) -> Result<(), String> {
    let mut twin = state.threads.by_id.get(&id).cloned().ok_or("no such thread")?;
    twin.id = state.ids.next(Kind::Thread);
    twin.source.id = state.ids.next(Kind::Source);
    for part in &mut twin.parts {
        part.id = state.ids.next(Kind::Part);
    }
    for contact in &twin.contacts {
        if let Some(contact) = state.contacts.by_id.get_mut(contact) {
            contact.threads.push(twin.id);
        }
    }
    state.threads.insert(twin);
    Ok(())
}

fn whole(thread: &mut Thread, what: &str, action: &Value) -> Result<(), String> {
    match what {
        "created_at" => thread.created_at += action["by"].as_i64().ok_or("\"by\" is missing")?,
        "source_body" => thread.source.body = word(action, "to")?,
        "source_author" => thread.source.author = author(action)?,
        "source_redacted" => thread.source.redacted = true,
        "title" => thread.title = action["to"].as_str().map(str::to_owned),
        "contacts" => {
            let given = action["to"].as_array().ok_or("\"to\" is missing")?;
            let ids = given.iter().filter_map(Value::as_str).filter_map(ContactId::parse);
            thread.contacts = ids.collect();
        }
        "company" => thread.company = action["to"].as_str().and_then(CompanyId::parse),
        "admin_assignee" => thread.admin_assignee = number(action, "to")?,
        "team_assignee" => thread.team_assignee = number(action, "to")?,
        "state" => {
            thread.state = match action["to"].as_str() {
                Some("open") => ThreadState::Open,
                Some("closed") => ThreadState::Closed,
                _ => return Err("\"to\" is open or closed".to_owned()),
            }
        }
        "snoozed_until" => thread.snoozed_until = action["to"].as_i64(),
        "attribute" => {
            let values = match &mut thread.ticket {
                Some(ticket) => &mut ticket.values,
                None => &mut thread.custom,
            };
            let name = word(action, "name")?;
            match action.get("to").filter(|to| !to.is_null()) {
                Some(to) => values.insert(name, to.clone()),
                None => values.remove(&name),
            };
        }
        "unlink" => thread.linked.clear(),
        "ticket_state" | "ticket_type" => {
            let to = number(action, "to")?;
            let ticket = thread.ticket.as_mut().ok_or("it is no ticket")?;
            let id =
                if what == "ticket_state" { &mut ticket.state_id } else { &mut ticket.type_id };
            *id = to;
        }
        other => return Err(format!("{other:?} is not an alteration")),
    }
    Ok(())
}

fn part(state: &mut State, id: u64, what: &str, action: &Value) -> Result<(), String> {
    let next = state.ids.next(Kind::Part);
    let wanted = number(action, "part")?;
    let thread = thread(state, id)?;
    let missing = || "no such part".to_owned();
    let at = thread.parts.iter().position(|part| part.id == wanted).ok_or_else(missing)?;
    match what {
        "part_drop" => drop(thread.parts.remove(at)),
        "part_twin" => {
            let twin = Part { id: next, ..thread.parts[at].clone() };
            thread.parts.push(twin);
        }
        "part_swap" => {
            let other = number(action, "with")?;
            let with = thread.parts.iter().position(|part| part.id == other);
            thread.parts.swap(at, with.ok_or_else(missing)?);
        }
        "file_bytes" => {
            let file = thread.parts[at].attachments.first().map(|file| file.id);
            state.files.spoil(file.ok_or("it has no file")?);
        }
        _ => alter_part(&mut thread.parts[at], what, action)?,
    }
    Ok(())
}

fn alter_part(part: &mut Part, what: &str, action: &Value) -> Result<(), String> {
    let first = part.attachments.first_mut().ok_or("it has no file");
    match what {
        "part_author" => part.author = author(action)?,
        "part_created_at" => part.created_at += action["by"].as_i64().ok_or("\"by\" is missing")?,
        "part_body" => part.body = action["to"].as_str().map(str::to_owned),
        "part_redacted" => part.redacted = true,
        "part_kind" => {
            let to = word(action, "to")?;
            let known = KINDS.into_iter().find(|known| *known == to);
            part.kind = known.ok_or_else(|| format!("{to:?} is not a kind of part"))?;
        }
        "file_drop" => {
            first?;
            part.attachments.remove(0);
        }
        "file_name" => first?.name = word(action, "to")?,
        "file_type" => first?.content_type = word(action, "to")?,
        "file_size" => first?.size += 1,
        "file_twin" => {
            let twin: Attachment = first?.clone();
            part.attachments.push(twin);
        }
        other => return Err(format!("{other:?} is not an alteration")),
    }
    Ok(())
}
