//! Help centres and collections.

use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::features::CollectionDelete;
use crate::page::{Size, numbered};
use crate::state::{Collection, HelpCenter, Kind, State};
use crate::view;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const SIZE: Size = Size::new(20, 150);
/// Collections in collections in collections, no deeper.
const MAX_LEVELS: usize = 3;

fn center(c: &HelpCenter, workspace: &str) -> Value {
    json!({
        "id": c.id.to_string(), "workspace_id": workspace, "created_at": c.created_at,
        "updated_at": c.updated_at, "identifier": c.identifier,
        "website_turned_on": c.website_turned_on, "display_name": c.display_name, "url": c.url,
        "custom_domain": c.custom_domain, "default": c.default, "locales": c.locales,
    })
}

/// Official clients ask for page after page until one is empty.
pub(crate) fn centers(state: &mut State, call: &Call) -> Answer {
    let id = &state.app.id_code;
    let all: Vec<&HelpCenter> = state.knowledge.centers.iter().collect();
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|c| center(c, id)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn show_center(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0);
    let found = state.knowledge.centers.iter().find(|c| Some(c.id) == id);
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(&center(found, &state.app.id_code)))
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let mut all: Vec<&Collection> = state.knowledge.collections.values().collect();
    all.sort_by_key(|c| std::cmp::Reverse((c.updated_at, c.touched)));
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|c| view::collection(state, c)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Collection, ApiError> {
    let id = call.number(0).ok_or_else(ApiError::not_found)?;
    state.knowledge.collections.get(&id).ok_or_else(ApiError::not_found)
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    Ok(Reply::ok(&view::collection(state, find(state, call)?)))
}

/// How many levels of collections lie over and including this one.
fn level(state: &State, id: u64) -> usize {
    let mut level = 1;
    let mut at = state.knowledge.collections.get(&id).and_then(|c| c.parent);
    while let Some(parent) = at {
        level += 1;
        if level > MAX_LEVELS {
            break;
        }
        at = state.knowledge.collections.get(&parent).and_then(|c| c.parent);
    }
    level
}

/// How many levels lie under and including this one.
fn height(state: &State, id: u64) -> usize {
    let children = state.knowledge.collections.values().filter(|c| c.parent == Some(id));
    1 + children.map(|c| height(state, c.id)).max().unwrap_or(0)
}

fn parent(state: &State, value: &Value, own: Option<u64>) -> Result<Option<u64>, ApiError> {
    let Some(text) = id_text(value) else {
        return Ok(None);
    };
    let id: u64 = text.parse().map_err(|_| ApiError::not_found())?;
    if !state.knowledge.collections.contains_key(&id) || Some(id) == own {
        return Err(ApiError::not_found());
    }
    let below = own.map_or(1, |own| height(state, own));
    if level(state, id) + below > MAX_LEVELS {
        let message = format!("Collections can't be nested deeper than {MAX_LEVELS} levels");
        return Err(ApiError::invalid(message));
    }
    Ok(Some(id))
}

fn translations(
    state: &State,
    sent: &Map<String, Value>,
    into: &mut BTreeMap<String, Value>,
) -> Result<(), ApiError> {
    for (locale, content) in sent.iter().filter(|(key, _)| *key != "type") {
        if state.features.locale_must_be_enabled && !state.knowledge.has_locale(locale) {
            return Err(ApiError::invalid(format!("Locale {locale} is not enabled")));
        }
        if content.is_null() {
            into.remove(locale);
            continue;
        }
        let text = |key: &str| content[key].as_str().unwrap_or("").to_owned();
        let content = json!({"type": "group_content", "name": text("name"),
                             "description": text("description")});
        into.insert(locale.clone(), content);
    }
    Ok(())
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let name = call.str("name").filter(|n| !n.trim().is_empty());
    let missing = || ApiError::new(400, "parameter_not_found", "Name is a required parameter.");
    let name = name.ok_or_else(missing)?.to_owned();
    let help_center = match call.id("help_center_id") {
        Some(id) => {
            let id: u64 = id.parse().map_err(|_| ApiError::not_found())?;
            let known = state.knowledge.centers.iter().any(|c| c.id == id);
            known.then_some(id).ok_or_else(ApiError::not_found)?
        }
        None => {
            let centers = &state.knowledge.centers;
            let center = centers.iter().find(|c| c.default).or_else(|| centers.first());
            center.map_or(0, |c| c.id)
        }
    };
    let parent = parent(state, call.get("parent_id").unwrap_or(&Value::Null), None)?;
    let mut translated = BTreeMap::new();
    if let Some(sent) = call.get("translated_content").and_then(Value::as_object) {
        translations(state, sent, &mut translated)?;
    }
    let collection = Collection {
        id: state.ids.next(Kind::Knowledge),
        name,
        description: call.str("description").map(ToOwned::to_owned),
        parent,
        help_center,
        translated,
        created_at: call.now,
        updated_at: call.now,
        touched: state.knowledge.touch(),
    };
    let reply = Reply::ok(&view::collection(state, &collection)).about("collection", collection.id);
    state.knowledge.collections.insert(collection.id, collection);
    Ok(reply)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let mut changed = find(state, call)?.clone();
    if let Some(name) = call.str("name") {
        name.clone_into(&mut changed.name);
    }
    if let Some(description) = call.get("description") {
        changed.description = description.as_str().map(ToOwned::to_owned);
    }
    if let Some(value) = call.get("parent_id") {
        changed.parent = parent(state, value, Some(changed.id))?;
    }
    if let Some(sent) = call.get("translated_content").and_then(Value::as_object) {
        translations(state, sent, &mut changed.translated)?;
    }
    changed.updated_at = call.now;
    changed.touched = state.knowledge.touch();
    let reply = Reply::ok(&view::collection(state, &changed)).about("collection", changed.id);
    state.knowledge.collections.insert(changed.id, changed);
    Ok(reply)
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call)?.id;
    let children: Vec<u64> = state
        .knowledge
        .collections
        .values()
        .filter(|c| c.parent == Some(id))
        .map(|c| c.id)
        .collect();
    let holds =
        !children.is_empty() || state.knowledge.articles.values().any(|a| a.parent == Some(id));
    match state.features.collection_delete {
        CollectionDelete::Refuse if holds => {
            return Err(ApiError::invalid("The collection is not empty"));
        }
        CollectionDelete::Cascade => remove_with_content(state, id),
        _ => {
            state.knowledge.collections.remove(&id);
            for child in children {
                if let Some(child) = state.knowledge.collections.get_mut(&child) {
                    child.parent = None;
                }
            }
            for article in state.knowledge.articles.values_mut() {
                article.parent = article.parent.filter(|parent| *parent != id);
            }
        }
    }
    let body = json!({"id": id.to_string(), "object": "collection", "deleted": true});
    Ok(Reply::ok(&body).about("collection", id))
}

fn remove_with_content(state: &mut State, id: u64) {
    state.knowledge.collections.remove(&id);
    state.knowledge.articles.retain(|_, article| article.parent != Some(id));
    let children: Vec<u64> = state
        .knowledge
        .collections
        .values()
        .filter(|c| c.parent == Some(id))
        .map(|c| c.id)
        .collect();
    for child in children {
        remove_with_content(state, child);
    }
}
