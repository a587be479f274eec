//! What comparing gives: fields with both sides.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{DestinationId, StepKey};

use super::field::Rule;
use super::normalise::same_id;
use super::request::Request;

/// A step whose holes are filled, under its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedStep {
    /// The step.
    pub key: StepKey,
    /// What was sent.
    pub request: Request,
}

/// What each step made: the part of a reply, the note, the object.
pub type StepIds = BTreeMap<StepKey, DestinationId>;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same.
    Equal,
    /// Not the same, as declared under this name.
    Declared(String),
    /// Not the same.
    Differs,
}

/// One field, both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldComparison {
    /// Name; of parts and notes with the key of the step.
    pub field: String,
    /// What was sent.
    pub expected: Value,
    /// What is read back.
    pub actual: Value,
    /// What follows.
    pub verdict: Verdict,
}

/// Comparisons by field; a later step's word replaces an earlier one's.
#[derive(Default)]
pub struct Comparisons(Vec<FieldComparison>);

impl Comparisons {
    pub fn add(&mut self, field: String, rule: Rule, sent: &Value, read: &Value) {
        let equal = rule.same(sent, read);
        self.put(field, sent.clone(), read.clone(), equal);
    }

    pub fn put(&mut self, field: String, expected: Value, actual: Value, equal: bool) {
        let verdict = if equal { Verdict::Equal } else { Verdict::Differs };
        self.push(FieldComparison { field, expected, actual, verdict });
    }

    /// All fields, in the order of their first mention.
    pub fn into_fields(self) -> Vec<FieldComparison> {
        self.0
    }

    pub fn push(&mut self, new: FieldComparison) {
        match self.0.iter_mut().find(|known| known.field == new.field) {
            Some(known) => *known = new,
            None => self.0.push(new),
        }
    }
}

/// Whether the member of this id is in the list, as it should be or not.
pub fn member(
    id: Option<String>,
    list: &[Value],
    (name, wanted): (&str, bool),
    out: &mut Comparisons,
) {
    let Some(id) = id else { return };
    let sent = Value::from(id.clone());
    let there = list.iter().any(|one| same_id(&one["id"], &sent));
    out.put(format!("{name}:{id}"), json!(wanted), json!(there), there == wanted);
}
