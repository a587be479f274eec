//! Attributes of conversations: names are not unique, which is a trap.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::{ConversationAttribute, Kind, ListOption, State};
use serde_json::{Value, json};

const TYPES: [&str; 8] =
    ["string", "integer", "list", "decimal", "boolean", "datetime", "relationship", "files"];
/// A list attribute never has fewer active options.
const MIN_OPTIONS: usize = 2;

fn view(a: &ConversationAttribute) -> Value {
    let mut value = json!({
        "type": "conversation_attribute", "id": a.id, "name": a.name,
        "description": a.description, "data_type": a.data_type, "required": a.required,
        "visible_to_team_ids": a.visible_to_team_ids, "archived": a.archived,
        "created_at": a.created_at, "updated_at": a.updated_at, "admin_id": "1",
    });
    match a.data_type.as_str() {
        "string" => value["multiline"] = json!(a.multiline),
        "list" => {
            let options: Vec<Value> = a
                .options
                .iter()
                .map(|o| json!({"id": o.id, "label": o.label, "archived": o.archived}))
                .collect();
            value["options"] = json!(options);
        }
        "relationship" => value["reference"] = a.reference.clone().unwrap_or_default(),
        _ => {}
    }
    value
}

fn missing() -> ApiError {
    ApiError::new(404, "conversation_attribute_not_found", "Conversation attribute not found")
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let archived = call.query_flag("include_archived");
    let all = state.conversation_attributes.by_id.values();
    let data: Vec<Value> = all.filter(|a| archived || !a.archived).map(view).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(missing)?;
    let found = state.conversation_attributes.by_id.get(&id).ok_or_else(missing)?;
    Ok(Reply::ok(&view(found)))
}

/// A made-up but unique id of a list option, in the form of a UUID.
pub(super) fn option_id(state: &mut State) -> String {
    let n = state.ids.next(Kind::Other);
    format!("5b3f0d52-0000-4000-8000-{n:012x}")
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let name = call.str("name").filter(|n| !n.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::unprocessable("name is required"))?;
    let data_type = call.str("data_type").unwrap_or("");
    if !TYPES.contains(&data_type) {
        let allowed = TYPES.join(", ");
        let message = format!("data_type '{data_type}' is not valid. Allowed types: {allowed}");
        return Err(ApiError::unprocessable(message));
    }
    let mut options = Vec::new();
    if data_type == "list" {
        let sent = call.get("options").and_then(Value::as_array);
        for option in sent.into_iter().flatten() {
            let label = label_of(option)?;
            let id = option_id(state);
            options.push(ListOption { id, label, archived: false });
        }
        if options.len() < MIN_OPTIONS {
            let message = "A list attribute must have at least 2 active options";
            return Err(ApiError::unprocessable(message));
        }
    }
    let teams = call.get("visible_to_team_ids").and_then(Value::as_array);
    let attribute = ConversationAttribute {
        id: state.ids.next(Kind::ConversationAttribute),
        name: name.to_owned(),
        description: call.str("description").unwrap_or("").to_owned(),
        data_type: data_type.to_owned(),
        required: call.flag("required").unwrap_or(false),
        multiline: call.flag("multiline").unwrap_or(false),
        visible_to_team_ids: teams.into_iter().flatten().filter_map(crate::call::id_text).collect(),
        options,
        reference: call.get("reference").cloned(),
        archived: false,
        created_at: call.now,
        updated_at: call.now,
    };
    let reply = Reply::ok(&view(&attribute)).about("conversation_attribute", attribute.id);
    state.conversation_attributes.by_id.insert(attribute.id, attribute);
    state.conversation_attributes.reindex();
    Ok(reply)
}

fn label_of(option: &Value) -> Result<String, ApiError> {
    let only = option.as_object().is_some_and(|o| o.keys().all(|key| key == "label"));
    match option.get("label") {
        None => Err(ApiError::unprocessable("label is required")),
        Some(Value::String(label)) if !label.is_empty() && only => Ok(label.clone()),
        Some(Value::String(_)) if !only => Err(ApiError::unprocessable("only 'label' is accepted")),
        Some(_) => Err(ApiError::unprocessable("label must be a string")),
    }
}

/// Changes one attribute and answers with it.
fn change(
    state: &mut State,
    call: &Call,
    edit: impl FnOnce(&mut ConversationAttribute) -> Result<(), ApiError>,
) -> Answer {
    let id = call.number(0).ok_or_else(missing)?;
    let found = state.conversation_attributes.by_id.get_mut(&id).ok_or_else(missing)?;
    edit(found)?;
    found.updated_at = call.now;
    let reply = Reply::ok(&view(found)).about("conversation_attribute", id);
    state.conversation_attributes.reindex();
    Ok(reply)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    change(state, call, |a| {
        if let Some(name) = call.str("name") {
            name.clone_into(&mut a.name);
        }
        if let Some(description) = call.str("description") {
            description.clone_into(&mut a.description);
        }
        a.required = call.flag("required").unwrap_or(a.required);
        a.multiline = call.flag("multiline").unwrap_or(a.multiline);
        if let Some(teams) = call.get("visible_to_team_ids").and_then(Value::as_array) {
            a.visible_to_team_ids = teams.iter().filter_map(crate::call::id_text).collect();
        }
        Ok(())
    })
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    change(state, call, |a| {
        a.archived = true;
        Ok(())
    })
}

fn only_lists(a: &ConversationAttribute) -> Result<(), ApiError> {
    match a.data_type.as_str() {
        "list" => Ok(()),
        _ => Err(ApiError::unprocessable("Options can only be managed on list attributes")),
    }
}

pub(crate) fn add_option(state: &mut State, call: &Call) -> Answer {
    let label = label_of(&call.body)?;
    let id = option_id(state);
    change(state, call, |a| {
        only_lists(a)?;
        a.options.push(ListOption { id, label, archived: false });
        Ok(())
    })
}

fn option<'a>(a: &'a mut ConversationAttribute, id: &str) -> Result<&'a mut ListOption, ApiError> {
    let found = a.options.iter_mut().find(|o| o.id == id);
    let code = "conversation_attribute_not_found";
    found.ok_or_else(|| ApiError::new(404, code, "List option not found"))
}

pub(crate) fn rename_option(state: &mut State, call: &Call) -> Answer {
    let label = label_of(&call.body)?;
    change(state, call, |a| {
        only_lists(a)?;
        option(a, call.param(1))?.label = label;
        Ok(())
    })
}

pub(crate) fn delete_option(state: &mut State, call: &Call) -> Answer {
    change(state, call, |a| {
        only_lists(a)?;
        let active = a.options.iter().filter(|o| !o.archived).count();
        let found = option(a, call.param(1))?;
        if !found.archived && active <= MIN_OPTIONS {
            let message = "A list attribute must have at least 2 active options";
            return Err(ApiError::unprocessable(message));
        }
        found.archived = true;
        Ok(())
    })
}
