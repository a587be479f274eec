//! Custom objects: types from the workspace file, instances by `external_id`.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A type; no call creates one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CustomObjectType {
    pub(crate) identifier: String,
    #[serde(default)]
    pub(crate) attributes: Vec<Value>,
}

impl CustomObjectType {
    /// Whether the type has an attribute of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| match attribute {
            Value::String(text) => text == name,
            other => other["name"].as_str().or_else(|| other["identifier"].as_str()) == Some(name),
        })
    }
}

impl CustomObjectType {
    /// Whether an attribute takes a value; one without a declared type takes any.
    pub(crate) fn takes(&self, name: &str, value: &Value) -> bool {
        let named = |one: &&Value| {
            one["name"].as_str().or_else(|| one["identifier"].as_str()) == Some(name)
        };
        let declared = self.attributes.iter().find(named).and_then(|one| one["data_type"].as_str());
        value.is_null()
            || match declared {
                None => true,
                Some("integer" | "datetime" | "date") => value.is_i64() || value.is_u64(),
                Some("decimal" | "float") => value.is_number(),
                Some("boolean") => value.is_boolean(),
                Some("relationship") => value.is_array(),
                Some(_) => value.is_string(),
            }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) external_id: String,
    pub(crate) external_created_at: Option<i64>,
    pub(crate) external_updated_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) custom: BTreeMap<String, Value>,
}
