//! Searches, as they are asked.

use serde_json::{Value, json};

use super::super::super::contract::Read;

/// Search takes days, not seconds, in places (FACTS §4): it is asked for this much on both sides.
pub const SEARCH_MARGIN_S: i64 = 2 * 86_400;

/// Pages of a search that are looked through.
pub const SEARCH_PAGES: usize = 20;

/// Most that a page holds (FACTS §3).
pub const PER_PAGE: u32 = 150;

/// One condition.
pub fn filter(field: &str, operator: &str, value: &Value) -> Value {
    json!({ "field": field, "operator": operator, "value": value })
}

/// All of these conditions.
pub fn query(filters: Vec<Value>) -> Value {
    json!({
        "query": { "operator": "AND", "value": filters },
        "pagination": { "per_page": PER_PAGE },
    })
}

/// Threads of a contact that began about then.
pub fn begun(contact: &Value, created_s: i64) -> Value {
    query(vec![
        filter("contact_ids", "=", contact),
        filter("created_at", ">", &json!(created_s - SEARCH_MARGIN_S)),
        filter("created_at", "<", &json!(created_s + SEARCH_MARGIN_S)),
    ])
}

/// Objects that are shown at most.
const SHOWN_MAX: u32 = 50;

/// A search for objects that have any value of an attribute of the workspace's own.
pub fn valued(path: &'static str, attribute: &str) -> Read {
    let field = format!("custom_attributes.{attribute}");
    let query = json!({ "field": field, "operator": "!=", "value": null });
    Read::search(path, json!({ "query": query, "pagination": { "per_page": SHOWN_MAX } }))
}

/// A search for objects whose field has this value.
pub fn having(path: &'static str, field: &str, value: &str) -> Read {
    let query = json!({ "field": field, "operator": "=", "value": value });
    Read::search(path, json!({ "query": query, "pagination": { "per_page": SHOWN_MAX } }))
}
