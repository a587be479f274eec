//! Collections (FACTS §5.10).

use serde::Serialize;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Ref, bare, step};
use super::super::super::step::Step;

/// What can be written of a collection; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CollectionBody {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The collection above; three levels at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Ref>,
    /// The help centre; only on create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_center_id: Option<i64>,
}

/// Creates a collection; its name is required.
pub fn create_collection(key: StepKey, body: &CollectionBody) -> Step {
    step(key, Operation::CollectionCreate, [], body)
}

/// Changes the fields of a collection that are set.
pub fn update_collection(key: StepKey, collection: impl Into<Ref>, body: &CollectionBody) -> Step {
    step(key, Operation::CollectionUpdate, [("collection_id", collection.into())], body)
}

/// Deletes a collection for good: articles and children first.
pub fn delete_collection(key: StepKey, collection: impl Into<Ref>) -> Step {
    bare(key, Operation::CollectionDelete, [("collection_id", collection.into())])
}
