//! Requests and reads with which the canary tries types of custom objects.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::{ObjectDelete, ObjectUpsert};
use super::super::super::request::Request;
use super::rules::KEY;

/// Whether there is such a type.
pub fn list(object_type: &str) -> Read {
    let read = Read::get("/custom_object_instances/{object_type}");
    read.with("object_type", object_type).query("per_page", 1)
}

/// Writes an instance.
pub fn upsert(object_type: &str, key: &str, attributes: Value) -> Request {
    let body = json!({ KEY: key, "custom_attributes": attributes });
    Request::new(ObjectUpsert).with("object_type", object_type).body(body)
}

/// Deletes an instance.
pub fn delete(object_type: &str, instance: &DestinationId) -> Request {
    let delete = Request::new(ObjectDelete).with("object_type", object_type);
    delete.with("object_id", instance)
}
