//! A step: one request to be made for a record, with holes for what is not known when it is
//! drafted.
//!
//! Holes stand in `path` and `body`:
//! * `{"$id": "<source key>"}`: the id of the object that record became, as text;
//! * `{"$int": "<source key>"}`: the same as a whole number, where Intercom wants one;
//! * `{"$file": {…}}`: a file's bytes ([`FileHole`]), sent as `{content_type, name, data}`;
//! * inside a text, `deskledger-link:<source key>;` stands for the address of the article that
//!   record became.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::digest::Purpose;
use crate::model::{CanonicalJsonError, Digest, SourceKey, StepKey, canonical_json};

use super::operation::Operation;

/// One request to be made for a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Names the step within its record, stable across runs.
    pub key: StepKey,
    /// What is done.
    pub operation: Operation,
    /// Values of the path's parameters; may hold holes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub path: BTreeMap<String, Value>,
    /// Request body; may hold holes. Null where the operation has none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// Source records that this step carries besides the draft's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<SourceKey>,
}

impl Step {
    /// Digest of the step as drafted.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn digest(&self) -> Result<Digest, CanonicalJsonError> {
        Ok(Digest::of(Purpose::Step, &canonical_json(self)?))
    }
}

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHole {
    /// The attachment record.
    pub key: SourceKey,
    /// File name shown to people.
    pub name: String,
    /// Content type.
    pub content_type: String,
    /// Path in the bundle.
    pub path: String,
    /// SHA-256 of the bytes in hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// Marks the address of an article inside a text; ends with `;`.
pub const LINK_MARK: &str = "deskledger-link:";

/// A hole for the id of the object that `key` became.
pub fn id_of(key: &SourceKey) -> Value {
    json!({ "$id": key })
}

/// A hole for the same id as a whole number.
pub fn int_of(key: &SourceKey) -> Value {
    json!({ "$int": key })
}

/// A hole for a file's bytes.
pub fn file_of(file: &FileHole) -> Value {
    json!({ "$file": file })
}

/// A mark for the address of the article that `key` became, for use inside a text.
pub fn link_to(key: &SourceKey) -> String {
    format!("{LINK_MARK}{key};")
}
