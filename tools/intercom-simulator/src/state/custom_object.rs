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
                Some("integer" | "datetime" | "date") => {
                    value.is_i64() || value.is_u64() || reads_as::<i64>(value)
                }
                Some("decimal" | "float") => value.is_number() || reads_as::<f64>(value),
                Some("boolean") => value.is_boolean() || reads_as::<bool>(value),
                Some("relationship") => value.is_array(),
                Some(_) => value.is_string(),
            }
    }
}

/// Values read back as text, so they may be sent as text.
fn reads_as<T: std::str::FromStr>(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<T>().is_ok())
}

impl CustomObjectType {
    /// The type of the instances that a relationship attribute names, if the file says it.
    pub(crate) fn reference(&self, name: &str) -> Option<String> {
        let named = |one: &&Value| {
            one["name"].as_str().or_else(|| one["identifier"].as_str()) == Some(name)
        };
        let found = self.attributes.iter().find(named)?;
        found["references"].as_str().map(ToOwned::to_owned)
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
