//! Requests by the objects they are addressed to.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::change::Restore;
use super::super::kind::ReadBack;
use super::super::operation::Operation;
use super::super::request::Request;

/// The first parameter of an operation's path: the object, or what the object is on.
pub fn parent_name(operation: Operation) -> Option<&'static str> {
    operation.spec().path_names().next()
}

/// A request addressed to an object alone.
pub fn to_object(operation: Operation, object: &DestinationId) -> Option<Request> {
    Some(Request::new(operation).with(parent_name(operation)?, object))
}

/// A request addressed to the object that was read before.
pub fn restoring(operation: Operation, before: &ReadBack, body: Value) -> Restore {
    let name = parent_name(operation).unwrap_or("id");
    Restore::one(Request::new(operation).with(name, &before.id).body(body))
}

/// The inverse addressed to the parent of `request` and the thing taken off it.
pub fn both(
    to: Operation,
    request: &Request,
    parent: &str,
    (name, value): (&str, String),
) -> Option<Request> {
    Some(Request::new(to).with(parent, request.path_value(parent)?).with(name, value))
}

/// The inverse addressed to the parent, naming in its body the thing put back.
pub fn member(to: Operation, request: &Request, parent: &str, id: String) -> Option<Request> {
    let parent_id = request.path_value(parent)?;
    Some(Request::new(to).with(parent, parent_id).body(json!({ "id": id })))
}

/// A value of the path, owned.
pub fn in_path(request: &Request, name: &str) -> Option<String> {
    request.path_value(name).map(str::to_owned)
}
