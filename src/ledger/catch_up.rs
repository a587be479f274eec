//! Bringing projections that are behind, new or of another version up to date.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;

use super::cache::Cache;
use super::contract::{Projection, Recorded};
use super::error::LedgerError;
use super::fold::{Active, RowSet, fetch};
use super::pages::recorded_pages;
use crate::model::Position;
use crate::store::{Mode, RowStore, Store};

/// Rows kept at hand while a projection is folded, half of them at least.
const ROWS_CACHED: usize = 1 << 16;
/// Pages folded in one transaction: some thousand events.
const PAGES_PER_FOLD: usize = 10;

/// Registers projections and brings them up to date. When reading only they are taken as they are.
pub(super) async fn activate(
    store: &Arc<dyn Store>,
    projections: Vec<Arc<dyn Projection>>,
    mode: Mode,
) -> Result<Vec<Active>, LedgerError> {
    let mut active = Vec::with_capacity(projections.len());
    let mut behind = Vec::new();
    // The head first: a writer may be at work, and its projections are never behind its head.
    let head = store.head().await?.size;
    let stored = store.projections().await?;
    for projection in projections {
        let (name, version) = (projection.name(), projection.version());
        let known = stored.iter().find(|row| row.name == name && row.version == version);
        let row = match known {
            Some(row) => row.clone(),
            None if mode == Mode::Read => return Err(LedgerError::Behind { projection: name }),
            None => store.reset_projection(name, version).await?,
        };
        if row.reached < head {
            if mode == Mode::Read {
                return Err(LedgerError::Behind { projection: name });
            }
            let active = Active { id: row.projection, projection: projection.clone() };
            behind.push(Fold::new(active, row.reached));
        }
        active.push(Active { id: row.projection, projection });
    }
    run(&mut behind, store, &**store, head).await?;
    Ok(active)
}

/// Folds all events of `log` below `to` into rows of `target`. The log is read once for all.
pub(super) async fn run(
    folds: &mut [Fold],
    log: &Arc<dyn Store>,
    target: &dyn RowStore,
    to: u64,
) -> Result<(), LedgerError> {
    let Some(from) = folds.iter().map(|fold| fold.reached).min() else { return Ok(()) };
    let range = Position(from)..Position(to);
    let chunks = recorded_pages(log.clone(), range, None).try_chunks(PAGES_PER_FOLD);
    let mut chunks = std::pin::pin!(chunks);
    while let Some(chunk) = chunks.try_next().await.map_err(|cut| cut.1)? {
        let events = chunk.concat();
        for fold in &mut *folds {
            let new = events.partition_point(|event| event.position.0 < fold.reached);
            fold.fold(target, &events[new..]).await?;
        }
    }
    Ok(())
}

/// One projection on its way through the log.
pub(super) struct Fold {
    active: Active,
    reached: u64,
    /// Streams below this number have been named by events already folded.
    named: u64,
    cache: Cache<Vec<u8>, Option<Bytes>>,
}

impl Fold {
    /// Goes on from `reached`.
    pub(super) fn new(active: Active, reached: u64) -> Self {
        // What was folded in an earlier life may have named any stream.
        let named = if reached == 0 { 0 } else { u64::MAX };
        Self { active, reached, named, cache: Cache::new(ROWS_CACHED) }
    }

    async fn fold(
        &mut self,
        target: &dyn RowStore,
        events: &[Recorded],
    ) -> Result<(), LedgerError> {
        if events.is_empty() {
            return Ok(());
        }
        let Active { id, projection } = &self.active;
        let mut set = RowSet::default();
        for event in events {
            for row in projection.keys(event) {
                let absent = row.owner.is_some_and(|owner| owner.0 >= self.named);
                set.want(row, absent, |key| self.cache.get(key));
            }
        }
        fetch(target, &mut [(*id, &mut set)]).await?;
        for event in events {
            set.apply(&**projection, event).map_err(|cause| LedgerError::Replay {
                projection: projection.name(),
                position: event.position,
                cause,
            })?;
            let newest = event.parent.map_or(event.stream, |parent| parent.max(event.stream));
            self.named = self.named.max(newest.0.saturating_add(1));
            self.reached = event.position.next().0;
        }
        let (changes, _) = set.finish(&self.active, &mut self.cache);
        Ok(target.fold(*id, changes, self.reached).await?)
    }
}
