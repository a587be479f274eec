//! Attributes of contacts and companies, and the check of their values.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::features::Strictness;
use crate::state::{DataAttribute, Kind, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Names the workspace itself uses; they can't be taken.
const STANDARD: [&str; 12] = [
    "name",
    "email",
    "phone",
    "user_id",
    "external_id",
    "created_at",
    "updated_at",
    "avatar",
    "role",
    "company_id",
    "plan",
    "id",
];

fn view(a: &DataAttribute) -> Value {
    let mut value = json!({
        "type": "data_attribute", "id": a.id, "name": a.name, "model": a.model,
        "full_name": format!("custom_attributes.{}", a.name), "label": a.name,
        "data_type": a.data_type, "api_writable": true, "ui_writable": false,
        "messenger_writable": a.messenger_writable, "custom": true, "archived": a.archived,
        "admin_id": "1", "created_at": a.created_at, "updated_at": a.updated_at,
    });
    if let Some(description) = &a.description {
        value["description"] = json!(description);
    }
    if !a.options.is_empty() {
        value["options"] = json!(a.options);
    }
    value
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let model = call.query("model");
    match model {
        None | Some("contact" | "company") => {}
        Some("conversation") => {
            let message = "model=conversation is no longer supported. Use GET \
                           /conversations/attributes instead";
            return Err(ApiError::unprocessable(message));
        }
        Some(other) => return Err(ApiError::invalid(format!("{other} is an invalid model"))),
    }
    let archived = call.query_flag("include_archived");
    let shown = state
        .attributes
        .by_id
        .values()
        .filter(|a| (archived || !a.archived) && model.is_none_or(|model| model == a.model));
    let mut data: Vec<Value> = shown.map(view).collect();
    if state.features.standard_attributes {
        data.extend(super::standard_attribute::standard(model));
    }
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}

/// Options as sent: `[{"value": …}]`.
fn options(value: Option<&Value>) -> Result<Vec<String>, ApiError> {
    let list = value.and_then(Value::as_array);
    let list = list.ok_or_else(|| ApiError::invalid("Options isn't an array"))?;
    let texts = list.iter().map(|option| option["value"].as_str().map(ToOwned::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    let texts = texts.ok_or_else(|| ApiError::invalid("Options must have a value"))?;
    if texts.len() < 2 {
        return Err(ApiError::invalid("Options must have at least 2 values"));
    }
    Ok(texts)
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let name = call.required("name")?;
    let model = call.str("model").unwrap_or("");
    if !matches!(model, "contact" | "company") {
        let message = "The Data Attribute model field must be either contact or company";
        return Err(ApiError::invalid(message));
    }
    let sent = call.str("data_type").unwrap_or("");
    let data_type = match sent {
        "string" | "options" => "string",
        "integer" | "float" | "boolean" => sent,
        "datetime" | "date" => "date",
        _ => return Err(ApiError::invalid("Data Type isn't an option")),
    };
    let allowed = |c: char| c.is_alphanumeric() || " _-$€£¥¢".contains(c);
    if !name.chars().all(allowed) {
        let message = "Your name for this attribute must only contain alphanumeric characters, \
                       currency symbols, and hyphens";
        return Err(ApiError::invalid(message));
    }
    let place = |model: &str| {
        if model == "company" { "company" } else { "people" }
    };
    let taken = state.attributes.find(name).map(|a| place(&a.model));
    let taken = taken.or_else(|| STANDARD.contains(&name).then_some(place(model)));
    if let Some(taken) = taken {
        let new = place(model);
        let message = format!(
            "You already have '{name}' in your {taken} data. To save this as new {new} data, use \
             a different name."
        );
        return Err(ApiError::invalid(message));
    }
    if state.attributes.by_id.len() >= state.features.custom_attributes_max {
        let message = "You have reached the limit of custom attributes";
        return Err(ApiError::new(400, "custom_data_limit_reached", message));
    }
    let options = if sent == "options" { options(call.get("options"))? } else { Vec::new() };
    let attribute = DataAttribute {
        id: state.ids.next(Kind::Attribute),
        model: model.to_owned(),
        name: name.to_owned(),
        description: call.str("description").map(ToOwned::to_owned),
        data_type: data_type.to_owned(),
        options,
        references: None,
        messenger_writable: call.flag("messenger_writable").unwrap_or(false),
        archived: false,
        dependents: Vec::new(),
        created_at: call.now,
        updated_at: call.now,
    };
    let reply = Reply::ok(&view(&attribute)).about("data_attribute", attribute.id);
    state.attributes.insert(attribute);
    Ok(reply)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let message = "We couldn't find that data attribute to update";
    let missing = || ApiError::new(404, "field_not_found", message);
    let id = call.number(0).ok_or_else(missing)?;
    let attribute = state.attributes.by_id.get_mut(&id).ok_or_else(missing)?;
    let archived = call.flag("archived");
    if archived == Some(true) && !attribute.dependents.is_empty() {
        let message = "The Data Attribute you are trying to archive has a dependant object";
        return Err(ApiError::new(422, "data_invalid", message));
    }
    if let Some(new) = call.get("options") {
        attribute.options = options(Some(new))?;
    }
    if let Some(archived) = archived {
        attribute.archived = archived;
    }
    if let Some(text) = call.str("description") {
        attribute.description = Some(text.to_owned());
    }
    if let Some(writable) = call.flag("messenger_writable") {
        attribute.messenger_writable = writable;
    }
    attribute.updated_at = call.now;
    Ok(Reply::ok(&view(attribute)).about("data_attribute", id))
}

/// Checks values against the definitions and takes them over; `null` clears.
pub(super) fn check_values(
    state: &State,
    model: &str,
    values: &Value,
    into: &mut BTreeMap<String, Value>,
) -> Result<(), ApiError> {
    let Some(values) = values.as_object() else {
        return match values {
            Value::Null => Ok(()),
            _ => Err(ApiError::invalid("custom_attributes must be an object")),
        };
    };
    for (name, value) in values {
        let known = state.attributes.find(name).filter(|a| a.model == model && !a.archived);
        let Some(attribute) = known else {
            match state.features.unknown_attribute {
                Strictness::Refuse => {
                    let message = format!("Custom attribute '{name}' does not exist");
                    return Err(ApiError::invalid(message));
                }
                Strictness::Ignore => continue,
                Strictness::Accept => {
                    into.insert(name.clone(), value.clone());
                    continue;
                }
            }
        };
        if value.is_null() {
            into.remove(name);
            continue;
        }
        if let Some(value) = fit(state, attribute, value)? {
            into.insert(name.clone(), value);
        }
    }
    Ok(())
}

/// The value in the attribute's type; `None` when it is passed over.
fn fit(state: &State, attribute: &DataAttribute, value: &Value) -> Result<Option<Value>, ApiError> {
    let name = &attribute.name;
    let mismatch = || {
        let message = format!("{value} is not valid for '{name}' ({})", attribute.data_type);
        ApiError::new(400, "type_mismatch", message)
    };
    if attribute.references.is_some() {
        return if value.is_array() { Ok(Some(value.clone())) } else { Err(mismatch()) };
    }
    match attribute.data_type.as_str() {
        "string" => {
            let text = crate::call::id_text(value)
                .or_else(|| value.as_str().map(ToOwned::to_owned))
                .ok_or_else(mismatch)?;
            fit_text(state, attribute, text)
        }
        "integer" | "date" => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            number.map(|n| Some(json!(n))).ok_or_else(mismatch)
        }
        "float" => value.as_f64().map(|_| Some(value.clone())).ok_or_else(mismatch),
        "boolean" => value.as_bool().map(|b| Some(json!(b))).ok_or_else(mismatch),
        _ => Ok(Some(value.clone())),
    }
}

fn fit_text(
    state: &State,
    attribute: &DataAttribute,
    text: String,
) -> Result<Option<Value>, ApiError> {
    let name = &attribute.name;
    if !attribute.options.is_empty() && !attribute.options.contains(&text) {
        match state.features.option_outside_list {
            Strictness::Refuse => {
                let message = format!("'{text}' is not an option of '{name}'");
                return Err(ApiError::invalid(message));
            }
            Strictness::Ignore => return Ok(None),
            Strictness::Accept => {}
        }
    }
    let max = state.features.string_value_max_chars;
    if text.chars().count() > max {
        match state.features.long_string_value {
            Strictness::Refuse => {
                let message = format!("'{name}' is longer than {max} characters");
                return Err(ApiError::invalid(message));
            }
            Strictness::Ignore => {
                return Ok(Some(json!(text.chars().take(max).collect::<String>())));
            }
            Strictness::Accept => {}
        }
    }
    Ok(Some(json!(text)))
}
