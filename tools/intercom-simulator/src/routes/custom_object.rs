//! Custom object instances: created or updated by `external_id`.

use super::contact_search::custom;
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::search::Field;
use crate::state::{ContactId, CustomObjectType, Instance, Kind, State};
use crate::view;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SIZE: Size = Size::new(20, 150);

fn kind<'a>(state: &'a State, call: &Call) -> Result<&'a CustomObjectType, ApiError> {
    let name = call.param(0);
    state.object_types.iter().find(|t| t.identifier == name).ok_or_else(ApiError::not_found)
}

/// An instance by its own id or the customer's.
fn find<'a>(state: &'a State, kind: &str, id: &str) -> Result<&'a Instance, ApiError> {
    let by_key = state.instance_keys.get(&(kind.to_owned(), id.to_owned())).copied();
    let by_id = || id.parse::<u64>().ok();
    let found = by_key.or_else(by_id).and_then(|id| state.instances.get(&id));
    found.filter(|instance| instance.kind == kind).ok_or_else(ApiError::not_found)
}

pub(crate) fn upsert(state: &mut State, call: &Call) -> Answer {
    let found = kind(state, call)?;
    let name = found.identifier.clone();
    let external_id = call.required_id("external_id")?;
    let mut custom = BTreeMap::new();
    for (key, value) in
        call.get("custom_attributes").and_then(Value::as_object).into_iter().flatten()
    {
        if !found.has(key) {
            return Err(ApiError::invalid(format!("Custom attribute '{key}' does not exist")));
        }
        if !found.takes(key, value) {
            return Err(ApiError::invalid(format!("{value} is not valid for '{key}'")));
        }
        custom.insert(key.clone(), value.clone());
    }
    let created = call.time("external_created_at")?;
    let updated = call.time("external_updated_at")?;
    let key = (name.clone(), external_id.clone());
    let id = match state.instance_keys.get(&key) {
        Some(id) => *id,
        None => {
            let id = state.ids.next(Kind::Instance);
            state.instance_keys.insert(key, id);
            let instance = Instance {
                id,
                kind: name,
                external_id,
                external_created_at: None,
                external_updated_at: None,
                created_at: call.now,
                updated_at: call.now,
                custom: BTreeMap::new(),
            };
            state.instances.insert(id, instance);
            id
        }
    };
    let instance = state.instances.get_mut(&id).ok_or_else(ApiError::not_found)?;
    instance.external_created_at = created.or(instance.external_created_at);
    instance.external_updated_at = updated.or(instance.external_updated_at);
    for (key, value) in custom {
        if value.is_null() {
            instance.custom.remove(&key);
        } else {
            instance.custom.insert(key, value);
        }
    }
    instance.updated_at = call.now;
    let instance = state.instances.get(&id).ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(&view::instance(state, instance)).about("custom_object_instance", id))
}

/// The instances of a type that an object's relationship attributes name.
fn referenced(custom_values: &BTreeMap<String, Value>, keys: &mut Vec<String>) {
    for value in custom_values.values() {
        if let Field::Texts(ids) = custom(Some(value)) {
            keys.extend(ids);
        }
    }
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let name = kind(state, call)?.identifier.clone();
    if let Some(external_id) = call.query("external_id") {
        let key = (name, external_id.to_owned());
        let id = state.instance_keys.get(&key).ok_or_else(ApiError::not_found)?;
        let found = state.instances.get(id).ok_or_else(ApiError::not_found)?;
        return Ok(Reply::ok(&view::instance(state, found)));
    }
    let mut wanted: Option<Vec<String>> = None;
    if let Some(id) = call.query("references_contact_id") {
        let id = ContactId::parse(id).ok_or_else(ApiError::user_not_found)?;
        let mut keys = Vec::new();
        referenced(&state.contact(id)?.custom, &mut keys);
        wanted = Some(keys);
    }
    if let Some(id) = call.query("references_conversation_id") {
        let mut keys = Vec::new();
        referenced(&state.thread(id.parse().ok())?.custom, &mut keys);
        wanted = Some(keys);
    }
    let named = |i: &Instance| {
        let id = i.id.to_string();
        wanted.as_ref().is_none_or(|w| w.contains(&id) || w.contains(&i.external_id))
    };
    let all: Vec<&Instance> =
        state.instances.values().filter(|i| i.kind == name && named(i)).collect();
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|i| view::instance(state, i)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let name = &kind(state, call)?.identifier;
    Ok(Reply::ok(&view::instance(state, find(state, name, call.param(1))?)))
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let name = kind(state, call)?.identifier.clone();
    let id = match call.params.get(1) {
        Some(id) => id.clone(),
        None => call.query("external_id").map(ToOwned::to_owned).unwrap_or_default(),
    };
    let found = find(state, &name, &id)?.clone();
    state.instances.remove(&found.id);
    state.instance_keys.remove(&(name.clone(), found.external_id.clone()));
    let names = [found.id.to_string(), found.external_id];
    let unlink = |values: &mut BTreeMap<String, Value>| {
        for value in values.values_mut() {
            if let Some(list) = value.as_array_mut() {
                list.retain(|entry| !id_text(entry).is_some_and(|id| names.contains(&id)));
            }
        }
    };
    state.contacts.by_id.values_mut().for_each(|contact| unlink(&mut contact.custom));
    state.threads.by_id.values_mut().for_each(|thread| unlink(&mut thread.custom));
    let body = json!({"object": name, "id": found.id.to_string(), "deleted": true});
    Ok(Reply::ok(&body).about("custom_object_instance", found.id))
}
