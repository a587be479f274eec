//! What the first reading learned: ids, column rules, custom fields, files. The second reading
//! only looks things up here.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::files::FileIndex;
use super::index::IdSet;
use super::infer::FieldRule;
use super::profile::{FieldProfiles, PartProfile, PartRules};
use crate::model::record::FieldDefinition;
use crate::source::finding::Finding;

/// How the values of custom fields are read, by key.
pub type FieldRules = HashMap<String, FieldRule>;

/// A custom field that no definition declares, found as a column.
#[derive(Debug)]
pub struct Undeclared {
    /// The proposed definition.
    pub definition: FieldDefinition,
    /// File in which it was seen.
    pub file: String,
    /// A value, for people.
    pub sample: String,
    /// Rows with a value.
    pub filled: u64,
    /// The definition of a type lists it.
    pub typed: bool,
}

/// What is known of one object.
#[derive(Debug, Default)]
pub struct ObjectStudy {
    /// Ids of its records.
    pub ids: IdSet,
    /// Hashes of equal content.
    pub contents: IdSet,
    /// Custom fields by what they belong to, and by key.
    pub fields: BTreeMap<Cow<'static, str>, FieldProfiles>,
    /// How their values are read.
    pub field_rules: HashMap<Cow<'static, str>, FieldRules>,
    /// It stands in the export at all.
    pub present: bool,
    /// Rows that its envelopes claim.
    pub claimed: Option<u64>,
    /// Some of its records are embedded in others.
    pub embedded: bool,
}

/// What the first reading learned.
#[derive(Debug, Default)]
pub struct Study {
    /// By object.
    pub objects: Vec<ObjectStudy>,
    /// By part.
    pub parts: Vec<PartProfile>,
    /// By part.
    pub rules: Vec<PartRules>,
    /// Attachments index.
    pub files: FileIndex,
    /// Custom fields that definitions declare.
    pub declared: Vec<FieldDefinition>,
    /// Custom fields that no definition declares.
    pub undeclared: Vec<Undeclared>,
    /// Findings about columns and the export.
    pub findings: Vec<Finding>,
}
