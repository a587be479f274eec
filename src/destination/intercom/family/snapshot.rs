//! What can be compared of an object at two times.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::kind::ReadBack;
use super::super::normalise::{Content, written_value};
use super::super::request::id_text;
use super::thread::compared::people;
use super::thread::part::parts;

/// Fields that Intercom sets itself (FACTS §8.13), or that change with every reading.
const VOLATILE: [&str; 22] = [
    "updated_at",
    "statistics",
    "waiting_since",
    "read",
    "session_count",
    "user_count",
    "app_package_code",
    "notified_at",
    "url",
    "workspace_id",
    "app_id",
    "location",
    "social_profiles",
    "merge_history",
    "sla_applied",
    "ai_agent",
    "ai_agent_participated",
    "order",
    "icon",
    "email_domain",
    "has_unpublished_changes",
    "body_markdown",
];

/// Lists that are shown in a form of their own.
const LISTS: [&str; 6] =
    ["conversation_parts", "ticket_parts", "tags", "companies", "notes", "contacts"];

/// What can be compared of an object at two times: without what Intercom sets itself, with bodies
/// as a reader sees them, lists by id.
pub fn snapshot(back: &ReadBack) -> Value {
    let mut out = Map::new();
    if let Value::Object(fields) = &back.object {
        for (name, value) in fields {
            let skip = VOLATILE.contains(&name.as_str()) || LISTS.contains(&name.as_str());
            if !skip && !name.starts_with("last_") {
                out.insert(name.clone(), shown(name, value));
            }
        }
    }
    for (name, list) in [("tags", &back.tags), ("companies", &back.companies)] {
        out.insert(name.to_owned(), json!(ids(list)));
    }
    out.insert("notes".into(), json!(ids(&back.notes)));
    out.insert("contacts".into(), json!(ids(people(&back.object))));
    let list: Map<_, _> = parts(&back.object)
        .iter()
        .filter_map(|part| Some((id_text(&part["id"])?, part_shown(part))))
        .collect();
    out.insert("parts".into(), Value::Object(list));
    Value::Object(out)
}

fn shown(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("body", Value::String(html)) => json!(Content::of_html(html).text),
        ("source", Value::Object(source)) => {
            let body = source.get("body").and_then(Value::as_str).unwrap_or_default();
            json!([Content::of_html(body).text, source.get("redacted")])
        }
        // Instances change on their own; what a relationship says is which they are.
        ("custom_attributes", Value::Object(values)) => {
            let said = |(name, value): (&String, &Value)| (name.clone(), written_value(value));
            Value::Object(values.iter().map(said).collect())
        }
        (_, value) => value.clone(),
    }
}

fn part_shown(part: &Value) -> Value {
    let body = Content::of_html(part["body"].as_str().unwrap_or_default());
    json!([part["part_type"], part["author"]["id"], body.text, part["redacted"]])
}

fn ids(list: &[Value]) -> BTreeSet<String> {
    list.iter().filter_map(|one| id_text(&one["id"])).collect()
}
