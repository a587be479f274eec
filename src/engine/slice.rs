//! Which part of a migration is taken back, and what that means for one record.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::event::Phase;
use crate::model::{Position, RunId, SourceKey, StepKey, StreamId};

/// Which part of a migration is taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Slice {
    /// All of it.
    #[default]
    All,
    /// What one run wrote, and what depends on it.
    Run(RunId),
    /// What was written from a position on.
    Since(Position),
    /// One phase, and what depends on it.
    Phase(Phase),
    /// These records, and what depends on them.
    Only(BTreeSet<StreamId>),
}

impl Slice {
    /// The words for it in the ledger.
    pub fn words(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Run(run) => format!("run {run}"),
            Self::Since(position) => format!("since {position}"),
            Self::Phase(phase) => format!("phase {}", phase.word()),
            Self::Only(streams) => format!("only {} records", streams.len()),
        }
    }
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Its object is ours: it is deleted or archived.
    Remove,
    /// Its object was there before: every change is taken back.
    Restore,
}

/// A record in a rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackItem {
    /// The record.
    pub key: SourceKey,
    /// What is to be done.
    pub action: Action,
    /// Steps that are undone, in order.
    pub steps: Vec<StepKey>,
    /// Its place: by kind, then the latest first.
    #[serde(skip)]
    pub order: (u8, std::cmp::Reverse<u64>),
    /// Its stream.
    #[serde(skip)]
    pub stream: Option<StreamId>,
}

impl RollbackItem {
    /// Its stream.
    pub fn stream(&self) -> Option<StreamId> {
        self.stream
    }

    /// Where its object was made in the log.
    pub fn made_at(&self) -> u64 {
        self.order.1.0
    }
}
