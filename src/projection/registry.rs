//! All projections, one line each.

use std::sync::Arc;

use super::{AliasIndex, Census, ChildIndex, IdMap, RecordStates, RunLog, StepStates, WorkQueue};
use crate::ledger::Projection;

/// The projections that every ledger folds.
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(RecordStates),
        Arc::new(Census),
        Arc::new(ChildIndex),
        Arc::new(AliasIndex),
        Arc::new(WorkQueue),
        Arc::new(StepStates),
        Arc::new(IdMap),
        Arc::new(RunLog),
    ]
}
