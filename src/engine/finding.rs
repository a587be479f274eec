//! What was looked at in a workspace, and how it stands.

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// The migration would stop or lose something.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Short stable name.
    pub check: String,
    /// How bad it is.
    pub weight: Weight,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub advice: String,
}

impl Finding {
    /// A finding.
    pub fn new(check: &str, weight: Weight, found: impl Into<String>, advice: &str) -> Self {
        let (check, found, advice) = (check.to_owned(), found.into(), advice.to_owned());
        Self { check, weight, found, advice }
    }
}
