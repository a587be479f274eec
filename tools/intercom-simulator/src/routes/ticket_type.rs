//! Ticket types, their attributes, ticket states.

use super::conversation_attribute::option_id;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::{Kind, ListOption, State, TicketAttribute, TicketType};
use crate::view;
use serde_json::{Value, json};

const CATEGORIES: [&str; 3] = ["Customer", "Back-office", "Tracker"];
const TYPES: [&str; 7] = ["string", "list", "integer", "decimal", "boolean", "datetime", "files"];

pub(crate) fn list(state: &mut State, _: &Call) -> Answer {
    let types: Vec<Value> =
        state.ticket_types.values().map(|t| view::ticket_type(state, t)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": types})))
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a TicketType, ApiError> {
    let found = id.parse().ok().and_then(|id: u64| state.ticket_types.get(&id));
    found.ok_or_else(ApiError::not_found)
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    Ok(Reply::ok(&view::ticket_type(state, find(state, call.param(0))?)))
}

fn category(call: &Call) -> Result<Option<String>, ApiError> {
    match call.str("category") {
        None => Ok(None),
        Some(known) if CATEGORIES.contains(&known) => Ok(Some(known.to_owned())),
        Some(other) => Err(ApiError::invalid(format!("{other} is an invalid category"))),
    }
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let name = call.required("name")?.to_owned();
    let category = category(call)?.unwrap_or_else(|| "Customer".to_owned());
    let found = TicketType {
        id: state.ids.next(Kind::TicketType),
        name,
        description: call.str("description").unwrap_or("").to_owned(),
        category,
        icon: call.str("icon").unwrap_or("🎟️").to_owned(),
        is_internal: call.flag("is_internal").unwrap_or(false),
        archived: false,
        created_at: call.now,
        updated_at: call.now,
        attributes: crate::workspace::default_ticket_attributes(state, call.now),
        states: state.ticket_states.iter().map(|s| s.id).collect(),
    };
    let reply = Reply::ok(&view::ticket_type(state, &found)).about("ticket_type", found.id);
    state.ticket_types.insert(found.id, found);
    Ok(reply)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let mut found = find(state, call.param(0))?.clone();
    if let Some(name) = call.str("name") {
        name.clone_into(&mut found.name);
    }
    if let Some(description) = call.str("description") {
        description.clone_into(&mut found.description);
    }
    if let Some(icon) = call.str("icon") {
        icon.clone_into(&mut found.icon);
    }
    found.category = category(call)?.unwrap_or(found.category);
    found.archived = call.flag("archived").unwrap_or(found.archived);
    found.is_internal = call.flag("is_internal").unwrap_or(found.is_internal);
    found.updated_at = call.now;
    let reply = Reply::ok(&view::ticket_type(state, &found)).about("ticket_type", found.id);
    state.ticket_types.insert(found.id, found);
    Ok(reply)
}

/// Items come as one string with commas: a label with a comma falls apart.
fn items(state: &mut State, text: &str, old: &[ListOption]) -> Vec<ListOption> {
    let labels = text.split(',').map(str::trim).filter(|label| !label.is_empty());
    let labels: Vec<&str> = labels.collect();
    labels
        .into_iter()
        .map(|label| match old.iter().find(|o| o.label == label) {
            Some(known) => ListOption { archived: false, ..known.clone() },
            None => ListOption { id: option_id(state), label: label.to_owned(), archived: false },
        })
        .collect()
}

pub(crate) fn add_attribute(state: &mut State, call: &Call) -> Answer {
    let type_id = find(state, call.param(0))?.id;
    let name = call.required("name")?.to_owned();
    let description = call.str("description").ok_or_else(|| ApiError::missing("description"))?;
    let data_type = call.required("data_type")?;
    if !TYPES.contains(&data_type) {
        return Err(ApiError::invalid(format!("{data_type} is an invalid data_type")));
    }
    let list = match (data_type, call.str("list_items")) {
        ("list", Some(text)) if !text.trim().is_empty() => items(state, text, &[]),
        ("list", _) => return Err(ApiError::missing("list_items")),
        _ => Vec::new(),
    };
    let flag = |key: &str, unless: bool| call.flag(key).unwrap_or(unless);
    let attribute = TicketAttribute {
        id: state.ids.next(Kind::TicketAttribute),
        name,
        description: description.to_owned(),
        data_type: data_type.to_owned(),
        required_to_create: flag("required_to_create", false),
        required_for_contacts: flag("required_to_create_for_contacts", false),
        visible_on_create: flag("visible_on_create", true),
        visible_to_contacts: flag("visible_to_contacts", true),
        multiline: flag("multiline", false),
        allow_multiple: flag("allow_multiple_values", false),
        list,
        default: false,
        archived: false,
        created_at: call.now,
        updated_at: call.now,
    };
    let reply = Reply::ok(&view::ticket_attribute(state, type_id, &attribute))
        .about("ticket_type_attribute", attribute.id);
    if let Some(found) = state.ticket_types.get_mut(&type_id) {
        found.attributes.push(attribute);
        found.updated_at = call.now;
    }
    Ok(reply)
}

pub(crate) fn update_attribute(state: &mut State, call: &Call) -> Answer {
    let found = find(state, call.param(0))?;
    let (type_id, id) = (found.id, call.number(1));
    let attribute = found.attributes.iter().find(|a| Some(a.id) == id);
    let mut attribute = attribute.ok_or_else(ApiError::not_found)?.clone();
    if let Some(name) = call.str("name") {
        name.clone_into(&mut attribute.name);
    }
    if let Some(description) = call.str("description") {
        description.clone_into(&mut attribute.description);
    }
    if let Some(text) = call.str("list_items") {
        attribute.list = items(state, text, &attribute.list);
    }
    let set = |key: &str, field: &mut bool| *field = call.flag(key).unwrap_or(*field);
    set("required_to_create", &mut attribute.required_to_create);
    set("required_to_create_for_contacts", &mut attribute.required_for_contacts);
    set("visible_on_create", &mut attribute.visible_on_create);
    set("visible_to_contacts", &mut attribute.visible_to_contacts);
    set("multiline", &mut attribute.multiline);
    set("allow_multiple_values", &mut attribute.allow_multiple);
    set("archived", &mut attribute.archived);
    attribute.updated_at = call.now;
    let reply = Reply::ok(&view::ticket_attribute(state, type_id, &attribute))
        .about("ticket_type_attribute", attribute.id);
    if let Some(found) = state.ticket_types.get_mut(&type_id) {
        for slot in found.attributes.iter_mut().filter(|a| a.id == attribute.id) {
            *slot = attribute.clone();
        }
    }
    Ok(reply)
}

pub(crate) fn states(state: &mut State, _: &Call) -> Answer {
    let data: Vec<Value> = state
        .ticket_states
        .iter()
        .map(|s| {
            let types = state.ticket_types.values().filter(|t| t.states.contains(&s.id));
            let types: Vec<Value> = types
                .map(|t| {
                    json!({"type": "ticket_type", "id": t.id.to_string(), "name": t.name,
                           "description": t.description, "icon": t.icon, "archived": t.archived,
                           "is_internal": t.is_internal, "category": t.category})
                })
                .collect();
            let mut value = view::ticket_state(s);
            value["archived"] = json!(s.archived);
            value["ticket_types"] = json!({"type": "list", "data": types});
            value
        })
        .collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}
