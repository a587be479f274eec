//! Requests and reads with which the canary tries attributes of contacts.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::*;
use super::super::super::request::Request;

/// All attributes of contacts and companies, the archived too.
pub fn list() -> Read {
    Read::get("/data_attributes").query("include_archived", true)
}

/// Makes an attribute of contacts that takes any text.
pub fn text(name: &str) -> Request {
    create(json!({ "data_type": "string" }), name)
}

/// Makes an attribute of contacts that takes these texts.
pub fn choice(name: &str, options: &[&str]) -> Request {
    let options: Vec<Value> = options.iter().map(|option| json!({ "value": option })).collect();
    create(json!({ "data_type": "options", "options": options }), name)
}

fn create(mut body: Value, name: &str) -> Request {
    body["name"] = json!(name);
    body["model"] = json!("contact");
    Request::new(DataAttributeCreate).body(body)
}

/// Brings an attribute back.
pub fn unarchive(id: &DestinationId) -> Request {
    let body = json!({ "archived": false });
    Request::new(DataAttributeUpdate).with("attribute_id", id).body(body)
}

/// Archives an attribute.
pub fn archive(id: &DestinationId) -> Request {
    let body = json!({ "archived": true });
    Request::new(DataAttributeArchive).with("attribute_id", id).body(body)
}
