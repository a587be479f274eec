//! How a stage tells how far it is. The command line draws it; tests ignore it.

use crate::model::RunId;
use crate::model::event::Counts;

/// Receives progress.
pub trait Progress: Send + Sync {
    /// A stage begins; `total` is the number of items, if known.
    fn begin(&self, stage: &str, total: Option<u64>);
    /// Items were done.
    fn advance(&self, items: u64);
    /// Something worth a line.
    fn note(&self, text: &str);
    /// The stage is over.
    fn end(&self);
    /// A run began.
    fn run_began(&self, _run: RunId, _kind: &str) {}
    /// The run ended by itself.
    fn run_ended(&self, _counts: &Counts) {}
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
    fn end(&self) {}
}
