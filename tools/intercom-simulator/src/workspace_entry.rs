//! Reads single entries of a workspace file.

use crate::state::{Kind, State};
use serde_json::Value;
use std::collections::BTreeMap;

/// Refuses keys that would be passed over without a word.
pub(crate) fn only(entry: &Value, known: &[&str]) -> Result<(), String> {
    let keys = entry.as_object().ok_or_else(|| format!("{entry} is not an object"))?.keys();
    match keys.into_iter().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{entry} has the unknown key {key:?}")),
        None => Ok(()),
    }
}

pub(crate) fn text(value: &Value, key: &str) -> Option<String> {
    crate::call::id_text(&value[key])
}

pub(crate) fn required(value: &Value, key: &str) -> Result<String, String> {
    text(value, key).ok_or_else(|| format!("{value} has no {key}"))
}

/// The id an entry asks for.
pub(crate) fn wanted_id(value: &Value) -> Result<Option<u64>, String> {
    let Some(text) = text(value, "id") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| format!("{text:?} is not a decimal id"))
}

/// The id an entry asks for, or the next one of its kind.
pub(crate) fn id(state: &mut State, value: &Value, kind: Kind) -> Result<u64, String> {
    match wanted_id(value)? {
        None => Ok(state.ids.next(kind)),
        Some(id) => {
            state.ids.leave(kind, id);
            Ok(id)
        }
    }
}

pub(crate) fn values(value: &Value) -> BTreeMap<String, Value> {
    let map = value["custom_attributes"].as_object();
    map.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The entries of a list inside an entry.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[key].as_array().into_iter().flatten()
}
