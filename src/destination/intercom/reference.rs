//! Ids in requests, known or still to be known, and how a step is put together.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::model::{DestinationId, SourceKey, StepKey};

use super::operation::Operation;
use super::step::{Step, id_of, int_of};

/// An id sent as text: known, or a hole for what a record becomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Ref(Value);

/// An id sent as a whole number (articles and redirects want some so): known, or a hole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct IntRef(Value);

impl From<&SourceKey> for Ref {
    fn from(key: &SourceKey) -> Self {
        Self(id_of(key))
    }
}

impl From<&DestinationId> for Ref {
    fn from(id: &DestinationId) -> Self {
        Self(Value::from(id.as_str()))
    }
}

impl From<&str> for Ref {
    fn from(id: &str) -> Self {
        Self(Value::from(id))
    }
}

impl From<&SourceKey> for IntRef {
    fn from(key: &SourceKey) -> Self {
        Self(int_of(key))
    }
}

impl From<i64> for IntRef {
    fn from(id: i64) -> Self {
        Self(Value::from(id))
    }
}

/// A step with a body. Bodies are structs of texts, numbers and JSON values, all of which have a
/// JSON form.
pub(super) fn step(
    key: StepKey,
    operation: Operation,
    path: impl IntoIterator<Item = (&'static str, Ref)>,
    body: &impl Serialize,
) -> Step {
    Step {
        key,
        operation,
        path: path.into_iter().map(|(name, id)| (name.to_owned(), id.0)).collect(),
        body: serde_json::to_value(body).unwrap_or(Value::Null),
        carries: Vec::new(),
    }
}

/// A step without a body.
pub(super) fn bare(
    key: StepKey,
    operation: Operation,
    path: impl IntoIterator<Item = (&'static str, Ref)>,
) -> Step {
    step(key, operation, path, &Value::Null)
}

/// Values by attribute name, as custom attributes are written.
pub type Attributes = BTreeMap<String, Value>;
