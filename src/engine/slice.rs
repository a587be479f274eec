//! Which part of a migration is taken back: a filter over effects, and what that means for one
//! record.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::error::EngineError;
use super::load;
use crate::mapping::tag;
use crate::model::event::Phase;
use crate::model::{Position, RunId, SourceKey, StepKey, StreamId};
use crate::projection::{Effect, StepMap, StepState};

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
    /// What was changed for the records that carry this tag, and its being put on them.
    Tag(String, BTreeSet<StreamId>),
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
            Self::Tag(name, streams) => format!("tag {name:?}, {} records", streams.len()),
        }
    }

    /// Whether it takes an effect of a record of this phase.
    pub fn takes(&self, stream: StreamId, phase: Option<Phase>, effect: &Effect) -> bool {
        match self {
            Self::All => true,
            Self::Run(run) => effect.run == *run,
            Self::Since(position) => effect.at >= *position,
            Self::Phase(only) => phase == Some(*only),
            Self::Only(streams) | Self::Tag(_, streams) => streams.contains(&stream),
        }
    }
}

/// The records on which the migration put a tag of this name, and on which it stands.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn tagged(context: &Context, name: &str) -> Result<BTreeSet<StreamId>, EngineError> {
    let puts_on = tag::steps_of(name);
    let mut found = BTreeSet::new();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let written = page.into_iter().filter(|(_, state)| state.phase.is_some());
        let streams: Vec<StreamId> = written.map(|(stream, _)| stream).collect();
        let steps = load::steps_of(context, &streams).await?;
        let carries = |steps: &StepMap| {
            puts_on.iter().any(|key| steps.get(key).is_some_and(StepState::is_in_effect))
        };
        found.extend(steps.iter().filter(|(_, steps)| carries(steps)).map(|(stream, _)| *stream));
    }
    Ok(found)
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
    /// Its stream.
    #[serde(skip)]
    pub stream: StreamId,
}
