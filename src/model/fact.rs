//! Small parts of facts that several kinds of event share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts by name.
pub type Counts = BTreeMap<String, u64>;

/// Where in the export something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// File or sheet, relative to the bundle; table for a database.
    pub file: String,
    /// Line or row, counted from 1; the record's number for JSON.
    pub line: u64,
}

/// Something wrong or noteworthy in the source, without the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingFact {
    /// Short stable name, for example `ragged_row`.
    pub code: String,
    /// Column, if it concerns one.
    pub column: Option<String>,
    /// Whether the record could still be used.
    pub blocking: bool,
}

/// How sure it is that a write failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Sending it again would fail again.
    Permanent,
    /// Sending it again may work.
    Temporary,
}
