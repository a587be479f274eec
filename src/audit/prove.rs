//! Proving one event to somebody who does not have the ledger.

use std::sync::Arc;

use super::consistency::{ConsistencyProof, checkpoint_of};
use super::error::AuditError;
use super::export::exported;
use super::inclusion::InclusionProof;
use crate::model::merkle::SUBTREE_LEAVES;
use crate::model::note::SignedNote;
use crate::model::proof::{PartialTree, subtrees_needed};
use crate::model::{Position, SourceKey, TreeHash};
use crate::store::{CheckpointRow, RawRange, Store, StoreError};

/// Proof that the event at `position` is covered by the latest checkpoint that covers it. It
/// reads the stored subtree roots and the leaves of at most two subtrees. Its payload comes along
/// only if `with_payload`.
///
/// # Errors
/// If the database does not answer, what it answers is damaged, or no checkpoint covers the event.
pub async fn prove(
    store: &Arc<dyn Store>,
    position: Position,
    with_payload: bool,
) -> Result<InclusionProof, AuditError> {
    let at = position.0;
    let checkpoints = store.checkpoints().await?;
    let latest = checkpoints.into_iter().filter(|row| row.size > at).max_by_key(|row| row.size);
    let sealed = latest.ok_or(AuditError::Unsealed { position: at })?;
    let path = tree_around(store, at, sealed.size).await?.inclusion(at)?;
    let event = exported(store, at, at + 1, with_payload).await?.pop();
    let event = event.ok_or(AuditError::Unsealed { position: at })?;
    let proof = InclusionProof { event, path, note: sealed.note.parse()? };
    proof.verify(&[])?;
    Ok(proof)
}

/// Positions of all events of a record.
///
/// # Errors
/// If the database does not answer.
pub async fn positions_of(
    store: &Arc<dyn Store>,
    key: &SourceKey,
) -> Result<Vec<Position>, AuditError> {
    let stream = store.stream_ids(std::slice::from_ref(key)).await?.pop().flatten();
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let rows = store.stream_events(stream, Position(0), u32::MAX).await?;
    Ok(rows.into_iter().map(|row| row.position).collect())
}

/// Proof that the latest checkpoint continues the one that `from` is a note of.
///
/// # Errors
/// If the database does not answer, `from` is ahead of all checkpoints, or the ledger does not
/// continue it.
pub async fn prove_consistency(
    store: &Arc<dyn Store>,
    from: &SignedNote,
) -> Result<ConsistencyProof, AuditError> {
    let old = checkpoint_of(from)?;
    let latest = store.checkpoints().await?.pop().filter(|latest| latest.size >= old.size);
    let latest = latest.ok_or(AuditError::NoteAhead { size: old.size })?;
    prove_between(store, from, &latest).await
}

/// Proof that the checkpoint `later` continues the one that `from` is a note of.
pub(super) async fn prove_between(
    store: &Arc<dyn Store>,
    from: &SignedNote,
    later: &CheckpointRow,
) -> Result<ConsistencyProof, AuditError> {
    let old = checkpoint_of(from)?;
    let path = tree_around(store, old.size, later.size).await?.consistency(old.size)?;
    let proof = ConsistencyProof { old_size: old.size, path, note: later.note.parse()? };
    proof.verify(from, &[])?;
    Ok(proof)
}

/// As much of the tree of `size` events as a proof about position or earlier size `at` needs.
async fn tree_around(
    store: &Arc<dyn Store>,
    at: u64,
    size: u64,
) -> Result<PartialTree, AuditError> {
    let mut tree = PartialTree::new(size, subtree_roots(store, size / SUBTREE_LEAVES).await?);
    for number in subtrees_needed(at, size) {
        let start = number * SUBTREE_LEAVES;
        let end = size.min(start + SUBTREE_LEAVES);
        tree = tree.with_leaves(number, leaves(store, start, end).await?);
    }
    Ok(tree)
}

async fn subtree_roots(store: &Arc<dyn Store>, count: u64) -> Result<Vec<TreeHash>, AuditError> {
    let roots = store.subtrees(0, count).await?;
    if roots.len() as u64 == count {
        Ok(roots)
    } else {
        Err(StoreError::damaged("roots of subtrees are missing").into())
    }
}

async fn leaves(store: &Arc<dyn Store>, start: u64, end: u64) -> Result<Vec<TreeHash>, AuditError> {
    let key = |key: u64| i64::try_from(key).unwrap_or(i64::MAX);
    let range = RawRange { from: key(start), to: key(end), limit: u32::MAX };
    let rows = store.raw_events(range).await?;
    let leaf = |row: &crate::store::RawEvent| {
        let commitment = row.commitment.as_deref().map(<[u8; 32]>::try_from).transpose();
        let commitment = commitment.map_err(|_| AuditError::Damaged {
            position: row.position.cast_unsigned(),
            what: "commitment has not 32 bytes".to_owned(),
        })?;
        let commitment = commitment.map(crate::model::Commitment);
        Ok(crate::model::leaf::leaf(&row.header, &row.facts, commitment.as_ref()))
    };
    rows.iter().map(leaf).collect()
}
