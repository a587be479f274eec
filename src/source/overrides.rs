//! What a person says of an export beside it: how it is to be read, without touching it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Words on how an export is to be read. A manifest has keys of the same names; what the project
/// says goes before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// IANA name of the zone of times without an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Ids that end in `.0` are whole numbers which a program wrote as fractions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_ids: Option<bool>,
    /// Files or sheets (`file.xlsx#Sheet`) that are not to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Findings that were seen before and are accepted, by their id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// By file: the name of its encoding (`shift_jis`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub encodings: BTreeMap<String, String>,
    /// By file: what stands between two cells (`;`, or `tab`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub delimiters: BTreeMap<String, String>,
    /// By file or sheet: the row that holds the headers, from 1. Rows above it are passed over.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header_rows: BTreeMap<String, u64>,
    /// By `object.column`: `html` or `text`, of messages that do not say it themselves.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub body_formats: BTreeMap<String, String>,
    /// By object: their header to our column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// By `object.column`: their value to our value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

impl Overrides {
    /// True if nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
