//! Instances of custom objects (FACTS §5.9). Their types can only be made by hand.

use serde::Serialize;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Attributes, Ref, bare, step};
use super::super::super::step::Step;

/// What can be written of an instance; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ObjectBody {
    /// Our key.
    pub external_id: String,
    /// When it was made, in seconds; may lie in the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_created_at: Option<i64>,
    /// When it was last changed, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_updated_at: Option<i64>,
    /// Attributes by identifier; a list of references replaces the whole set.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub custom_attributes: Attributes,
}

/// Creates the instance of this `external_id`, or changes it.
pub fn upsert(key: StepKey, object_type: &str, body: &ObjectBody) -> Step {
    step(key, Operation::ObjectUpsert, [("object_type", object_type.into())], body)
}

/// Deletes an instance.
pub fn delete(key: StepKey, object_type: &str, instance: impl Into<Ref>) -> Step {
    let path = [("object_type", object_type.into()), ("object_id", instance.into())];
    bare(key, Operation::ObjectDelete, path)
}
