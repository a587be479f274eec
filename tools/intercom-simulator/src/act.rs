//! What people do in Intercom while a migration runs: drift, on demand.

use crate::call::Call;
use crate::routes::table::find;
use crate::state::{Assignee, Author, ContactId, Kind, State, Tag, TagLink, attach};
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
        // What no call of the API does.
        "set_up" => crate::set_up::set_up(state, action),
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
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (route, params) = find(method, path).ok_or("no such operation")?;
    let body = action.get("body").cloned().unwrap_or_else(|| json!({}));
    let html = route.takes_html().then(|| body["body"].as_str().map(crate::html::message));
    let call = Call {
        path: path.to_owned(),
        params,
        query: crate::http::query(query),
        body,
        html: html.flatten(),
        files: Vec::new(),
        now: now_ms.div_euclid(1000),
        now_ms,
    };
    let reply = (route.handler)(state, &call).map_err(|error| error.message)?;
    Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
}
