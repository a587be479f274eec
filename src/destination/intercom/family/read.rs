//! What a person reads of any object: whose it is, when it changed, what is on it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::normalise::seconds;
use super::super::pages::items;
use super::super::request::id_text;

/// A text that says something, without the blanks around it.
pub fn words(value: &Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Its id; ids come as text or as numbers.
pub fn id_of(object: &Value) -> Option<String> {
    id_text(&object["id"])
}

/// Its name, as it is written.
pub fn name_of(object: &Value) -> Option<String> {
    object["name"].as_str().map(str::to_owned)
}

/// What people call somebody, and where they reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPerson {
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
}

impl ReadPerson {
    /// Reads a contact, a teammate or an author.
    pub fn of(object: &Value) -> Self {
        Self {
            name: words(&object["name"]),
            email: words(&object["email"]),
            phone: words(&object["phone"]),
        }
    }
}

/// When an object was made, in seconds since 1970.
pub fn made_at(object: &Value) -> Option<i64> {
    seconds(&object["created_at"])
}

/// When an object was made or last changed, whichever was later.
pub fn changed_at(object: &Value) -> Option<i64> {
    made_at(object).max(seconds(&object["updated_at"]))
}

/// What is on an object beside its words: lists with how many they hold, and the workspace's own
/// attributes that have a value, as `custom_attributes.NAME`.
pub fn beside(object: &Value) -> BTreeMap<String, Option<u64>> {
    let mut named = BTreeMap::new();
    for list in ["tags", "companies", "notes"] {
        let held = &object[list];
        let count = held["total_count"].as_u64().unwrap_or_else(|| {
            let listed = held[list].as_array().or(held.as_array());
            listed.map_or_else(|| items(held).len(), Vec::len) as u64
        });
        if count > 0 {
            named.insert(list.to_owned(), Some(count));
        }
    }
    for (name, value) in object["custom_attributes"].as_object().into_iter().flatten() {
        if !value.is_null() {
            named.insert(format!("custom_attributes.{name}"), None);
        }
    }
    named
}
