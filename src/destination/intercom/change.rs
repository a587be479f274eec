//! What undoing is given and gives: how far it goes, the requests it takes, what stays.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::Request;

/// How far an undo goes, and in whose name.
#[derive(Clone, Debug, Default)]
pub struct UndoBy {
    /// Delete contacts for good instead of archiving them; their identity then stays locked for
    /// days (FACTS §5.2).
    pub delete_contacts: bool,
    /// Redact messages that were appended to threads which stay; otherwise they stay as they are.
    pub redact_parts: bool,
    /// The teammate in whose name tags and participants are taken off.
    pub admin_id: String,
}

/// What restoring takes, and what it cannot bring back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restore {
    /// To be sent in this order.
    pub requests: Vec<Request>,
    /// Fields that keep the value the step gave them.
    pub kept: Vec<String>,
}

impl Restore {
    /// One request brings all back.
    pub fn one(request: Request) -> Self {
        Self { requests: vec![request], kept: Vec::new() }
    }
}

/// A field that is not put back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptField {
    /// Its name.
    pub field: String,
    /// What it was before.
    pub before: Value,
    /// What we made it.
    pub ours: Value,
    /// What it is.
    pub now: Value,
}

/// How one change is taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeBack {
    /// To be sent in this order; none if all is as it was before.
    pub requests: Vec<Request>,
    /// What is left as it is.
    pub kept: Vec<KeptField>,
    /// Whether a field that we changed is as it was before already.
    pub restored: bool,
}

impl TakeBack {
    /// By this request, if there is one.
    pub fn send(request: Option<Request>) -> Option<Self> {
        Some(Self { requests: vec![request?], ..Self::default() })
    }

    /// By these requests.
    pub fn by(requests: Vec<Request>) -> Self {
        Self { requests, ..Self::default() }
    }

    /// Not at all: somebody made it something else since.
    pub fn keep(field: &str, before: Value, ours: Value, now: Value) -> Self {
        let kept = vec![KeptField { field: field.to_owned(), before, ours, now }];
        Self { kept, ..Self::default() }
    }
}
