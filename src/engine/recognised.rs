//! What came back from Intercom and is read again: it stands there already, and is not made twice.

use super::context::Context;
use super::error::EngineError;
use super::load::Loaded;
use super::workspace;
use crate::mapping::draft::{Mapped, Outcome};
use crate::model::returned::ReturnedId;
use crate::model::{DestinationId, RunId, SourceKey};
use crate::projection::RunEntry;

/// The rule by which such records are left out.
pub const STANDS: &str = "stands_in_intercom";
/// Why such records wait while nobody knows which workspace the ledger belongs to.
const UNPLACED: &str = "returned_from_intercom";
/// What releases them.
const PLACED: &str =
    "the first `apply` tells which workspace this is; the `plan` after it knows the record again";
/// Count of a finished mapping: records that wait for that.
pub const WAITING: &str = "returned_waiting";
/// Why a thread waits that came back and grew in the help desk since.
const GREW: &str = "returned_thread_grew";

/// What becomes of a record that came back; nothing if it is one of the help desk's, or came from
/// another workspace.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn outcome(context: &Context, key: &SourceKey) -> Result<Option<Outcome>, EngineError> {
    let Some(id) = ReturnedId::parse(key.id()) else { return Ok(None) };
    Ok(match workspace::recorded(context).await? {
        None => Some(Outcome::queued(UNPLACED, PLACED)),
        Some(ours) if id.is_of(&ours.app) => Some(Outcome::Excluded { rule: STANDS.to_owned() }),
        Some(_) => None,
    })
}

/// Takes out of the parts of a record those that came back, with what becomes of them.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn parts(
    context: &Context,
    parts: &[Loaded],
) -> Result<Vec<(SourceKey, Outcome)>, EngineError> {
    let mut known = Vec::new();
    for part in parts {
        if let Some(outcome) = outcome(context, &part.key).await? {
            known.push((part.key.clone(), outcome));
        }
    }
    Ok(known)
}

/// What becomes of a whole record that came back. A thread that stands in Intercom and to which the
/// help desk added something waits: nobody but a person can bring that there.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn whole(
    context: &Context,
    root: &Loaded,
    all: &[Loaded],
) -> Result<Option<Mapped>, EngineError> {
    let mut parts = parts(context, all).await?;
    let waits = |outcome: &Outcome| matches!(outcome, Outcome::Queued { .. });
    let mut whole = match outcome(context, &root.key).await? {
        Some(outcome) => outcome,
        // Whether its new messages are to be moved is not known yet.
        None => match parts.into_iter().find(|(_, outcome)| waits(outcome)) {
            Some((_, outcome)) => return Ok(Some(Mapped::only(&root.key, outcome))),
            None => return Ok(None),
        },
    };
    if waits(&whole) {
        return Ok(Some(Mapped::only(&root.key, whole)));
    }
    let own = all.iter().filter(|part| !parts.iter().any(|(key, _)| *key == part.key));
    let own: Vec<SourceKey> = own.map(|part| part.key.clone()).collect();
    if !own.is_empty() {
        whole = Outcome::queued(GREW, grown(&root.key));
    }
    parts.extend(own.into_iter().map(|key| (key, whole.clone())));
    Ok(Some(Mapped { parts, ..Mapped::only(&root.key, whole) }))
}

fn grown(key: &SourceKey) -> String {
    let id = ReturnedId::parse(key.id()).map(|id| id.id).unwrap_or_default();
    format!("it is {id} in Intercom: add there by hand what came to it in the help desk")
}

/// Whether records wait since an earlier mapping for the workspace to be known.
pub fn waits(runs: &[RunEntry], own: RunId) -> bool {
    let mapped = |run: &&RunEntry| run.run != own && matches!(run.kind.as_str(), "plan" | "delta");
    let last = runs.iter().filter(mapped).rfind(|run| run.finished_at_us.is_some());
    last.and_then(|run| run.counts.get(WAITING)).is_some_and(|count| *count > 0)
}

/// Whether an outcome is that of a record which waits for the workspace to be known.
pub fn is_unplaced(reason: &str) -> bool {
    reason == UNPLACED
}

/// The object that the key of a record that came back names, if it is of the ledger's workspace.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn object(
    context: &Context,
    key: &SourceKey,
) -> Result<Option<DestinationId>, EngineError> {
    let Some(id) = ReturnedId::parse(key.id()) else { return Ok(None) };
    let recorded = workspace::recorded(context).await?;
    let ours = recorded.is_some_and(|workspace| id.is_of(&workspace.app));
    Ok(ours.then(|| DestinationId::from(id.id.as_str())))
}
