//! What decides how records are written: settings and decisions, as plain values.

use std::collections::HashSet;
use std::time::Duration;

use super::diff::EditPolicy;
use crate::mapping::policy::Withdrawn;

/// What decides how records are written.
#[derive(Clone, Debug)]
pub struct WritePolicy {
    /// In whose name notes and removals are made.
    pub admin: String,
    /// What becomes of edited messages.
    pub edits: EditPolicy,
    /// What becomes of contacts that are there already.
    pub existing: ExistingPolicy,
    /// What becomes of what the source has withdrawn since.
    pub withdrawn: WithdrawnPolicy,
    /// What people changed in Intercom since is overwritten by the source.
    pub source_wins: bool,
    /// Operations that may notify somebody and are allowed to, by name.
    pub waivers: HashSet<String>,
    /// Records written side by side.
    pub concurrency: usize,
    /// When to look for a write whose answer was lost, counted from its sending.
    pub looks: Vec<Duration>,
}

/// Decisions G13 and G14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawnPolicy {
    /// What is gone at the source, merged there, or left out since.
    pub gone: Withdrawn,
    /// People who are erased or anonymised there; none if it is not decided.
    pub forgotten: Option<Withdrawn>,
}

/// Decision G7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExistingPolicy {
    /// Fields of the source replace those that differ.
    #[default]
    Update,
    /// Only empty fields are filled.
    FillBlanks,
    /// They are used as they are.
    Skip,
}
