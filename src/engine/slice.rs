//! Which part of a migration is taken back: a filter over effects, and what that means for one
//! record.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::event::Phase;
use crate::model::{Position, RunId, SourceKey, StepKey, StreamId};
use crate::projection::Effect;

/// Which part of a migration is taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Slice {
    /// All of it.
    #[default]
    All,
    /// What one run changed.
    Run(RunId),
    /// What was changed from a position on.
    Since(Position),
    /// What was changed for the records of one phase.
    Phase(Phase),
    /// What was changed for these records.
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

    /// Whether it takes an effect of a record of this phase.
    pub fn takes(&self, stream: StreamId, phase: Option<Phase>, effect: &Effect) -> bool {
        match self {
            Self::All => true,
            Self::Run(run) => effect.run == *run,
            Self::Since(position) => effect.at >= *position,
            Self::Phase(only) => phase == Some(*only),
            Self::Only(streams) => streams.contains(&stream),
        }
    }
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Its object is ours and was made in the slice: it is deleted or archived.
    Remove,
    /// Its object stays: the changes of the slice are taken back one by one.
    Restore,
}

/// A record in a rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollbackItem {
    /// The record.
    pub key: SourceKey,
    /// What is to be done.
    pub action: Action,
    /// Steps whose effects are undone, in order.
    pub steps: Vec<StepKey>,
    /// Those effects: the events that landed them, in the same order.
    pub effects: Vec<Position>,
    /// Its place: by kind, then the latest first.
    #[serde(skip)]
    pub order: (u8, std::cmp::Reverse<u64>),
    /// Its stream.
    #[serde(skip)]
    pub stream: StreamId,
}
