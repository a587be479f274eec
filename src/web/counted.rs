//! The reconciliation looks at every record. It is made once for each size of the ledger, beside
//! the pages, and a page shows the last one that is ready.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::error::WebError;
use crate::engine::Context;
use crate::engine::policy::WithdrawnPolicy;
use crate::engine::withdrawal::{self, Withdrawal};
use crate::report::Reconciliation;
use crate::report::reconciliation::reconcile;

/// A reconciliation of the ledger as it was.
#[derive(Debug)]
pub struct Count {
    /// Events that the ledger had.
    pub size: u64,
    /// The counts.
    pub report: Reconciliation,
    /// What stands in Intercom although the source has withdrawn it.
    pub withdrawn: Vec<Withdrawal>,
}

#[derive(Default)]
struct State {
    last: Option<Arc<Count>>,
    running: bool,
    failed: bool,
}

/// The reconciliation that is ready, and the one that is being made.
#[derive(Clone, Default)]
pub struct Counted {
    state: Arc<Mutex<State>>,
    ended: Arc<Notify>,
}

impl Counted {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest that is ready after at most `patience`; one of the ledger as it is now is begun
    /// if there is none. `None`: nothing is ready yet.
    ///
    /// # Errors
    /// If the ledger cannot be read, or could not be while it was counted.
    pub async fn get(
        &self,
        context: &Context,
        policy: WithdrawnPolicy,
        patience: Duration,
    ) -> Result<Option<Arc<Count>>, WebError> {
        let size = context.ledger.head().await?.size;
        let ended = self.ended.notified();
        let mut ended = std::pin::pin!(ended);
        ended.as_mut().enable();
        {
            let mut state = self.state();
            if let Some(last) = state.last.as_ref().filter(|last| last.size == size) {
                return Ok(Some(last.clone()));
            }
            if !state.running {
                state.running = true;
                state.failed = false;
                self.begin(context.clone(), policy, size);
            }
        }
        // Whether it ended or not: what is ready is shown.
        let _ = tokio::time::timeout(patience, ended).await;
        let state = self.state();
        if state.failed { Err(WebError::Uncounted) } else { Ok(state.last.clone()) }
    }

    fn begin(&self, context: Context, policy: WithdrawnPolicy, size: u64) {
        let counted = self.clone();
        tokio::spawn(async move {
            let made = count(&context, policy, size).await;
            let mut state = counted.state();
            state.running = false;
            match made {
                Ok(count) => state.last = Some(Arc::new(count)),
                Err(error) => {
                    tracing::warn!(code = error.code(), "the records could not be counted");
                    state.failed = true;
                }
            }
            drop(state);
            counted.ended.notify_waiters();
        });
    }
}

async fn count(context: &Context, policy: WithdrawnPolicy, size: u64) -> Result<Count, WebError> {
    let withdrawn = withdrawal::all(context, policy).await?;
    let streams = withdrawn.iter().map(|one| one.stream).collect();
    let report = reconcile(&context.ledger, &streams).await?;
    Ok(Count { size, report, withdrawn })
}
