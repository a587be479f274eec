//! Tags.

use super::contact_link::named_tag;
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::state::{CompanyId, ContactId, Kind, State, Tag, TagLink, attach, detach};
use serde_json::{Value, json};

fn basic(tag: &Tag) -> Value {
    json!({"type": "tag", "id": tag.id.to_string(), "name": tag.name})
}

pub(crate) fn list(state: &mut State, _: &Call) -> Answer {
    let data: Vec<Value> = state.tags.by_id.values().map(basic).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = named_tag(state, call.param(0)).map_err(|_| ApiError::not_found())?;
    Ok(Reply::ok(&state.tags.by_id.get(&id).map(basic)))
}

/// The id of the tag with this name, made if there is none. Names don't differ by case.
pub(crate) fn ensure(state: &mut State, name: &str) -> u64 {
    state.tags.find(name).unwrap_or_else(|| {
        let id = state.ids.next(Kind::Tag);
        state.tags.insert(Tag { id, name: name.trim().to_owned(), segments: Vec::new() });
        id
    })
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let invalid = || ApiError::invalid("invalid tag parameters");
    let name = call.str("name").filter(|n| !n.trim().is_empty()).ok_or_else(invalid)?;
    let id = match call.id("id") {
        Some(id) => {
            let id = named_tag(state, &id)?;
            state.tags.rename(id, name);
            id
        }
        None => ensure(state, name),
    };
    let link = TagLink { tag: id, applied_at: call.now, applied_by: state.token_admin() };
    let mut body = state.tags.by_id.get(&id).map_or(Value::Null, basic);
    if let Some(list) = call.get("companies").and_then(Value::as_array) {
        let done: Vec<Value> = list.iter().filter_map(|c| tag_company(state, c, link)).collect();
        body["companies"] = json!(done);
    }
    if let Some(list) = call.get("users").and_then(Value::as_array) {
        let done: Vec<Value> = list.iter().filter_map(|u| tag_user(state, u, link)).collect();
        body["users"] = json!(done);
    }
    Ok(Reply::ok(&body).about("tag", id))
}

/// Tags or untags one company; one that isn't there is skipped without a word.
fn tag_company(state: &mut State, entry: &Value, link: TagLink) -> Option<Value> {
    let by_id = entry["id"].as_str().and_then(CompanyId::parse);
    let id = by_id.or_else(|| state.companies.find(&id_text(&entry["company_id"])?))?;
    let company = state.companies.by_id.get_mut(&id).filter(|c| !c.archived)?;
    let untag = entry["untag"].as_bool() == Some(true);
    if untag {
        detach(&mut company.tags, link.tag);
    } else {
        attach(&mut company.tags, link);
    }
    Some(json!({"id": id, "tagged": !untag}))
}

fn tag_user(state: &mut State, entry: &Value, link: TagLink) -> Option<Value> {
    let id = entry["id"].as_str().and_then(ContactId::parse)?;
    let contact = state.contacts.by_id.get_mut(&id)?;
    let untag = entry["untag"].as_bool() == Some(true);
    if untag {
        detach(&mut contact.tags, link.tag);
    } else {
        attach(&mut contact.tags, link);
    }
    Some(json!({"id": id, "tagged": !untag}))
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = named_tag(state, call.param(0)).map_err(|_| ApiError::not_found())?;
    let segments = state.tags.by_id.get(&id).map(|t| t.segments.join(", ")).unwrap_or_default();
    if !segments.is_empty() {
        let message = format!("Unable to delete Tag with dependent objects. Segments: {segments}.");
        return Err(ApiError::new(400, "tag_has_dependent_objects", message));
    }
    state.tags.remove(id);
    for contact in state.contacts.by_id.values_mut() {
        detach(&mut contact.tags, id);
    }
    for company in state.companies.by_id.values_mut() {
        detach(&mut company.tags, id);
    }
    for thread in state.threads.by_id.values_mut() {
        detach(&mut thread.tags, id);
    }
    for article in state.knowledge.articles.values_mut() {
        detach(&mut article.tags, id);
    }
    Ok(Reply { status: 200, body: Vec::new(), object: None, location: None }.about("tag", id))
}
