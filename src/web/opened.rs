//! What the pages are drawn from: a ledger opened for reading alone.

use std::sync::Arc;
use std::time::Duration;

use super::counted::Counted;
use crate::engine::Context;
use crate::engine::policy::WithdrawnPolicy;
use crate::store::Store;

/// A project as the pages see it.
pub struct Opened {
    /// The ledger, opened to be looked at.
    pub context: Context,
    /// The same as the auditor sees it: for proofs.
    pub store: Arc<dyn Store>,
    /// Name of the project's folder.
    pub project: String,
    /// Bytes beside the events are shown: they are personal data.
    pub with_payloads: bool,
    /// What becomes of what the source has withdrawn, as decided.
    pub withdrawn: WithdrawnPolicy,
    /// Counts over all records.
    pub counted: Counted,
    /// How long a page waits for these counts.
    pub patience: Duration,
}
