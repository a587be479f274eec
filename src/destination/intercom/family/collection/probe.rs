//! Requests with which the canary tries collections.

use serde_json::json;

use crate::model::DestinationId;

use super::super::super::operation::Operation::{CollectionCreate, CollectionDelete};
use super::super::super::request::Request;

/// Makes a collection.
pub fn create(name: &str, description: &str) -> Request {
    Request::new(CollectionCreate).body(json!({ "name": name, "description": description }))
}

/// Deletes a collection.
pub fn delete(collection: &DestinationId) -> Request {
    Request::new(CollectionDelete).with("collection_id", collection)
}
