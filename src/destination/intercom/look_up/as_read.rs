//! An object that was found, as if it had been read back.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::family::Entry;
use super::super::kind::{ObjectKind, ReadBack};
use super::super::pages::items;

/// An object as if read back, to compare it with what was sent.
pub fn as_read(kind: ObjectKind, object: Value) -> ReadBack {
    let id = Entry::of(&object).id.unwrap_or_else(|| DestinationId::from(""));
    let tags = items(&object["tags"]).to_vec();
    ReadBack { kind, id, object, tags, companies: Vec::new(), notes: Vec::new() }
}
