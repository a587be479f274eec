//! What a source holds that the confirmed map does not answer. Anything here stops the engine:
//! an unmapped value is a finding, never a silent default.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fold::fold;
use super::policy::Hierarchy;
use super::profile::SourceProfile;
use super::rule::{AttributeType, FieldRule, Mapping};

/// Something that the map does not answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// A field without a rule.
    Field {
        /// The field, `object.field`.
        name: String,
        /// Records with a value.
        records: u64,
    },
    /// A status word without a state.
    Status {
        /// As first written.
        word: String,
        /// Records with it.
        records: u64,
    },
    /// A team word that the table does not know.
    Team {
        /// As first written.
        word: String,
        /// Records with it.
        records: u64,
    },
    /// A value that the attribute's list does not have.
    Option {
        /// The field, `object.field`.
        name: String,
        /// The value.
        value: String,
        /// Records with it.
        records: u64,
    },
    /// A category without a path, if decision D6 wants the map's table.
    Category {
        /// The label.
        label: String,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { name, records } => write!(f, "field {name} has no rule ({records})"),
            Self::Status { word, records } => {
                write!(f, "status {word:?} has no state ({records})")
            }
            Self::Team { word, records } => write!(f, "team {word:?} is not listed ({records})"),
            Self::Option { name, value, records } => {
                write!(f, "{value:?} is no option of {name} ({records})")
            }
            Self::Category { label } => write!(f, "category {label:?} has no collection"),
        }
    }
}

/// All that the map does not answer, in a fixed order.
pub fn drift(mapping: &Mapping, hierarchy: &Hierarchy, profile: &SourceProfile) -> Vec<Drift> {
    let mut found = Vec::new();
    for (name, field) in &profile.fields {
        match mapping.fields.get(name) {
            None if !field.known => {
                found.push(Drift::Field { name: name.clone(), records: field.filled });
            }
            Some(FieldRule::Attribute(rule)) if rule.data_type == AttributeType::List => {
                for (value, records) in &field.values {
                    if rule.options.iter().all(|option| fold(option) != fold(value)) {
                        let (name, value) = (name.clone(), value.clone());
                        found.push(Drift::Option { name, value, records: *records });
                    }
                }
            }
            _ => {}
        }
    }
    for (word, seen) in
        profile.status.iter().filter(|(word, _)| !mapping.status.contains_key(*word))
    {
        let word = if seen.spelling.is_empty() { word } else { &seen.spelling };
        found.push(Drift::Status { word: word.clone(), records: seen.count });
    }
    for (_, seen) in profile.teams.iter().filter(|(word, _)| !mapping.teams.contains_key(*word)) {
        found.push(Drift::Team { word: seen.spelling.clone(), records: seen.count });
    }
    if *hierarchy == Hierarchy::Map {
        let known = |label: &&String| mapping.collections.contains_key(*label);
        let unknown = profile.categories.keys().filter(|label| !known(label));
        found.extend(unknown.map(|label| Drift::Category { label: label.clone() }));
    }
    found
}
