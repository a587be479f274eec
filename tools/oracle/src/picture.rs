//! What a workspace holds, by object, without what changes by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Objects by `kind/id`.
pub type Picture = BTreeMap<String, Value>;

/// Keys that change by themselves, or that follow from others.
const VOLATILE: &[&str] = &[
    "updated_at",
    "updated_by_id",
    "notified_at",
    "last_contacted_at",
    "last_replied_at",
    "last_seen_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "last_request_at",
    "session_count",
    "user_count",
    "waiting_since",
    "statistics",
    "read",
    "versions",
    "draft",
    "draft_updated_at",
    "has_unpublished_changes",
    "body_markdown",
    "first_contact_reply",
    "teammates",
    "url",
    "applied_at",
    "applied_by",
];

/// The picture of a state. Tags of these names, and the mark of the product, are left out.
#[must_use]
pub fn picture(state: &Value, tags_left_out: &BTreeSet<String>) -> Picture {
    let mut found = Picture::new();
    for (kind, list) in state.as_object().into_iter().flatten() {
        for object in list.as_array().into_iter().flatten() {
            let name = object["name"].as_str().unwrap_or_default();
            if kind == "tags" && (tags_left_out.contains(name) || is_claim(name)) {
                continue;
            }
            let id = text(&object["id"]);
            found.insert(format!("{kind}/{id}"), plain(kind, object, tags_left_out));
        }
    }
    found
}

/// Whether a tag is the product's mark on a workspace.
#[must_use]
pub(crate) fn is_claim(name: &str) -> bool {
    name.strip_prefix("deskledger ").is_some_and(|rest| rest.contains(" · "))
}

/// An id, written as text or number.
#[must_use]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Members of a list that stands alone or in an envelope of its own name.
pub(crate) fn members<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    let list = object[name].as_array().or_else(|| object[name][name].as_array());
    list.map_or(&[], Vec::as_slice)
}

/// Names of the tags of an object.
#[must_use]
pub(crate) fn tag_names(object: &Value) -> BTreeSet<String> {
    members(object, "tags")
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn plain(kind: &str, object: &Value, tags_left_out: &BTreeSet<String>) -> Value {
    let mut kept = serde_json::Map::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        // A text that was never set and an empty one show the same, and companies take no null.
        if !VOLATILE.contains(&key.as_str()) && value != "" && !value.is_null() {
            kept.insert(key.clone(), value.clone());
        }
    }
    if object.get("tags").is_some() {
        let tags = tag_names(object);
        let tags: Vec<&String> = tags.difference(tags_left_out).collect();
        kept.insert("tags".to_owned(), json!(tags));
    }
    for name in ["companies", "contacts"] {
        if let Some(list) = object.get(name) {
            let list = list.as_array().or_else(|| list[name].as_array());
            let ids = list.into_iter().flatten();
            let ids = ids.map(|one| if one.is_object() { text(&one["id"]) } else { text(one) });
            let ids: BTreeSet<String> = ids.collect();
            kept.insert(name.to_owned(), json!(ids));
        }
    }
    if kind == "conversations" {
        kept.insert("parts".to_owned(), parts(object));
        let author = &object["source"]["author"]["id"];
        let source = json!({ "author": author, "body": object["source"]["body"] });
        kept.insert("source".to_owned(), source);
    }
    Value::Object(kept)
}

/// Parts by what is shown of them; names of authors follow the contact.
fn parts(object: &Value) -> Value {
    let parts = members(object, "parts").iter();
    let shown = parts.map(|part| {
        json!({
            "type": part["part_type"], "body": part["body"], "author": part["author"]["id"],
            "by": part["author"]["type"],
        })
    });
    Value::Array(shown.collect())
}

/// Keys in which two objects differ.
#[must_use]
pub fn changed_keys(one: &Value, other: &Value) -> BTreeSet<String> {
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    let all = keys(one).union(&keys(other)).cloned().collect::<BTreeSet<_>>();
    all.into_iter().filter(|key| one.get(key) != other.get(key)).collect()
}
