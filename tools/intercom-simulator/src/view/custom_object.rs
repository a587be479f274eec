//! Instances of custom objects in answers, and references to them.

use crate::features::RelationshipShape;
use crate::state::{Instance, State};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An instance. Its values are shown as text.
pub(crate) fn instance(state: &State, instance: &Instance) -> Value {
    let found = state.object_types.iter().find(|kind| kind.identifier == instance.kind);
    let values: Map<String, Value> = instance
        .custom
        .iter()
        .map(|(name, value)| {
            let shown = match value {
                Value::Array(_) => {
                    let other = found.and_then(|kind| kind.reference(name));
                    references(state, other.as_deref(), value)
                }
                value if state.features.object_values_as_text && !value.is_string() => {
                    json!(value.to_string())
                }
                value => value.clone(),
            };
            (name.clone(), shown)
        })
        .collect();
    json!({
        "id": instance.id.to_string(), "type": instance.kind,
        "external_id": instance.external_id,
        "external_created_at": instance.external_created_at,
        "external_updated_at": instance.external_updated_at,
        "created_at": instance.created_at, "updated_at": instance.updated_at,
        "custom_attributes": values,
    })
}

/// An instance inside another object: without what it refers to in turn.
fn inner(state: &State, one: &Instance) -> Value {
    let mut flat = one.clone();
    flat.custom.retain(|_, value| !value.is_array());
    instance(state, &flat)
}

/// The instances that a relationship attribute names by their own id or the customer's.
fn references(state: &State, kind: Option<&str>, value: &Value) -> Value {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if state.features.relationship_shape == RelationshipShape::Ids {
        return value.clone();
    }
    let named = |id: &String| {
        state.instances.values().find(|one| {
            kind.is_none_or(|kind| kind == one.kind)
                && (one.id.to_string() == *id || one.external_id == *id)
        })
    };
    let ids: Vec<String> = list.iter().filter_map(crate::call::id_text).collect();
    let found: Vec<&Instance> = ids.iter().filter_map(named).collect();
    let kind = kind.or_else(|| found.first().map(|one| one.kind.as_str())).unwrap_or("instance");
    let instances: Vec<Value> = found.iter().map(|one| inner(state, one)).collect();
    json!({"type": format!("{kind}.list"), "instances": instances})
}

/// The custom attributes of a contact.
pub(crate) fn of_contact(state: &State, values: &BTreeMap<String, Value>) -> Value {
    shown(state, values, |name| {
        let found = state.attributes.find(name)?;
        found.references.clone()
    })
}

/// The custom attributes of a conversation.
pub(crate) fn of_conversation(state: &State, values: &BTreeMap<String, Value>) -> Value {
    shown(state, values, |name| {
        let found = state.conversation_attributes.find(name)?;
        let reference = found.reference.as_ref()?;
        crate::call::id_text(&reference["object_type_id"])
    })
}

fn shown(
    state: &State,
    values: &BTreeMap<String, Value>,
    kind: impl Fn(&str) -> Option<String>,
) -> Value {
    let values: Map<String, Value> = values
        .iter()
        .map(|(name, value)| {
            let shown = match value {
                Value::Array(_) => {
                    // The type's number says as much as its name; only the name is known here.
                    let kind = kind(name)
                        .filter(|kind| state.object_types.iter().any(|t| t.identifier == *kind));
                    references(state, kind.as_deref(), value)
                }
                value => value.clone(),
            };
            (name.clone(), shown)
        })
        .collect();
    Value::Object(values)
}
