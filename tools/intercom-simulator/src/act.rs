//! What people do in Intercom while a migration runs: drift, on demand.

use crate::inside::perform as perform_inside;
use crate::state::{Assignee, Author, ContactId, Kind, State, Tag, TagLink, attach};
use crate::workspace_content::{KINDS, add as add_entry};
use serde_json::{Value, json};

/// Does one thing: `{"do": NAME, …}`, see README.md. Answers with what came of it.
pub(crate) fn perform(state: &mut State, action: &Value, now_ms: i64) -> Result<Value, String> {
    let now = now_ms.div_euclid(1000);
    let name = action["do"].as_str().ok_or("\"do\" is missing")?;
    match name {
        "reply" | "note" | "contact_reply" => say(state, action, name, now),
        "tag_conversation" | "tag_contact" | "tag_company" => tag(state, action, name, now),
        "assign" | "close" | "open" => steer(state, action, name, now),
        "title" => {
            let title = action["title"].as_str().map(ToOwned::to_owned);
            let thread = thread(state, action)?;
            let found = state.threads.by_id.get_mut(&thread).ok_or("no such conversation")?;
            found.title = title;
            found.updated_at = now;
            Ok(json!({"conversation": thread.to_string()}))
        }
        "add" => add(state, action, now_ms),
        // What no call of the API does.
        "set_up" => crate::set_up::set_up(state, action),
        "alter" => crate::alter::perform(state, action),
        // Anything else the API can do, as if another app did it.
        "call" => call(state, action, now_ms),
        other => Err(format!("{other:?} is not an action")),
    }
}

fn thread(state: &State, action: &Value) -> Result<u64, String> {
    let id =
        crate::call::id_text(&action["conversation"]).or(crate::call::id_text(&action["ticket"]));
    let id = id.and_then(|id| id.parse().ok()).filter(|id| state.threads.by_id.contains_key(id));
    id.ok_or_else(|| "no such conversation".to_owned())
}

fn admin(state: &State, action: &Value) -> Result<u64, String> {
    match crate::call::id_text(&action["admin"]) {
        None => Ok(state.token_admin()),
        Some(id) => {
            let known = id.parse().ok().and_then(|id| state.admin(id));
            known.map(|admin| admin.id).ok_or_else(|| format!("no admin {id}"))
        }
    }
}

fn say(state: &mut State, action: &Value, name: &str, now: i64) -> Result<Value, String> {
    let id = thread(state, action)?;
    let body = action["body"].as_str().ok_or("\"body\" is missing")?;
    let (author, kind) = match name {
        "note" => (Author::Admin(admin(state, action)?), "note"),
        "reply" => (Author::Admin(admin(state, action)?), "comment"),
        _ => {
            let thread = state.threads.by_id.get(&id).ok_or("no such conversation")?;
            let contact = thread.contacts.first().copied().ok_or("no contact takes part")?;
            (Author::Contact(contact), "comment")
        }
    };
    let mut part = state.part(kind, author, now);
    part.body = Some(crate::html::message(body));
    let part = crate::routes::write_part(state, id, part, now).map_err(|e| e.message)?;
    Ok(json!({"conversation": id.to_string(), "part": part.to_string()}))
}

fn tag(state: &mut State, action: &Value, name: &str, now: i64) -> Result<Value, String> {
    let tag_name = action["tag"].as_str().ok_or("\"tag\" is missing")?;
    let tag = state.tags.find(tag_name).unwrap_or_else(|| {
        let id = state.ids.next(Kind::Tag);
        state.tags.insert(Tag { id, name: tag_name.to_owned(), segments: Vec::new() });
        id
    });
    let link = TagLink { tag, applied_at: now, applied_by: admin(state, action)? };
    match name {
        "tag_contact" => {
            let id = action["contact"].as_str().and_then(ContactId::parse);
            let found = id.and_then(|id| state.contacts.by_id.get_mut(&id));
            attach(&mut found.ok_or("no such contact")?.tags, link);
        }
        "tag_company" => {
            let id = action["company"].as_str().and_then(crate::state::CompanyId::parse);
            let found = id.and_then(|id| state.companies.by_id.get_mut(&id));
            attach(&mut found.ok_or("no such company")?.tags, link);
        }
        _ => {
            let id = thread(state, action)?;
            let found = state.threads.by_id.get_mut(&id).ok_or("no such conversation")?;
            attach(&mut found.tags, link);
            found.updated_at = now;
        }
    }
    Ok(json!({"tag": tag.to_string()}))
}

fn steer(state: &mut State, action: &Value, name: &str, now: i64) -> Result<Value, String> {
    let id = thread(state, action)?;
    let by = admin(state, action)?;
    let done = match name {
        "close" => crate::routes::close(state, id, by, None, now),
        "open" => crate::routes::open(state, id, by, now),
        _ => {
            let to = crate::call::id_text(&action["to"]).ok_or("\"to\" is missing")?;
            let to = state.assignee(&to).unwrap_or(Assignee::Nobody);
            crate::routes::assign(state, id, Author::Admin(by), to, None, now)
        }
    };
    done.map_err(|error| error.message)?;
    Ok(json!({"conversation": id.to_string()}))
}

fn call(state: &mut State, action: &Value, now_ms: i64) -> Result<Value, String> {
    let method = action["method"].as_str().unwrap_or("GET");
    let target = action["path"].as_str().ok_or("\"path\" is missing")?;
    let body = action.get("body").cloned().unwrap_or_else(|| json!({}));
    perform_inside(state, method, target, body, now_ms)
}

/// Adds content in the form of the workspace file. Answers with the ids, kind by kind.
fn add(state: &mut State, action: &Value, now_ms: i64) -> Result<Value, String> {
    let keys = action.as_object().into_iter().flat_map(|fields| fields.keys());
    let unknown = keys.into_iter().find(|key| *key != "do" && !KINDS.contains(&key.as_str()));
    if let Some(key) = unknown {
        return Err(format!("{key:?} is not a kind of content"));
    }
    let mut ids = json!({});
    for kind in KINDS {
        let Some(entries) = action.get(kind) else { continue };
        let entries = entries.as_array().ok_or_else(|| format!("{kind} is not a list"))?;
        let made: Result<Vec<String>, String> =
            entries.iter().map(|entry| add_entry(state, kind, entry, now_ms)).collect();
        ids[kind] = json!(made?);
    }
    Ok(ids)
}
