//! What every stage is given.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::EngineError;
use super::keyed_lock::KeyedLocks;
use super::progress::Progress;
use super::refusals::Refusals;
use crate::env::Env;
use crate::ledger::{Ledger, NewEvent};
use crate::model::event::{Counts, Event, Phase, RunFinished, RunInterrupted, RunStarted};
use crate::model::{Digest, RunId, SourceKey, StreamId};
use crate::projection::{Census, RecordState, RecordStates, RunLog, WorkQueue};

/// System of the ledger's own streams.
pub const OWN_SYSTEM: &str = "deskledger";

/// The parts that every stage works with.
#[derive(Clone)]
pub struct Context {
    /// The ledger.
    pub ledger: Ledger,
    /// Clock and ids.
    pub env: Env,
    /// Where progress goes.
    pub progress: Arc<dyn Progress>,
    /// Asks the stages to finish the step in hand and stop.
    pub stop: CancellationToken,
    /// Requests that a look-up could not tell apart.
    pub locks: Arc<KeyedLocks>,
    /// How many requests in a row were not allowed.
    pub refusals: Arc<Refusals>,
    /// Who runs it.
    pub operator: String,
    /// Digest of the project's settings.
    pub settings: Digest,
    /// Digest of the confirmed map, if there is one.
    pub mapping: Option<Digest>,
}

/// Key of a stream of the ledger's own.
///
/// # Errors
/// Never for the fixed words used here; the type of key says so.
pub fn own_key(object: &str, id: &str) -> Result<SourceKey, EngineError> {
    Ok(SourceKey::new(OWN_SYSTEM, object, id)?)
}

impl Context {
    /// Begins a run: earlier runs without an end are marked as interrupted first.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn begin(&self, kind: &str) -> Result<RunId, EngineError> {
        let run = self.env.run_id();
        let mut events = Vec::new();
        for entry in self.runs().await? {
            if entry.finished_at_us.is_none() && !entry.interrupted {
                let key = own_key("run", &entry.run.to_string())?;
                events.push(NewEvent::new(key, RunInterrupted { run: entry.run }));
            }
        }
        events.push(NewEvent::new(
            own_key("run", &run.to_string())?,
            RunStarted {
                kind: kind.to_owned(),
                settings: self.settings,
                mapping: self.mapping,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                operator: self.operator.clone(),
            },
        ));
        self.ledger.append(run, events).await?;
        tracing::info!(%run, kind, "RunStarted");
        self.progress.run_began(run, kind);
        Ok(run)
    }

    /// Ends a run.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn finish(&self, run: RunId, counts: Counts) -> Result<(), EngineError> {
        self.finish_with(run, counts, None).await
    }

    /// Ends a run, with what is kept of it beside the counts.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn finish_with(
        &self,
        run: RunId,
        counts: Counts,
        payload: Option<Vec<u8>>,
    ) -> Result<(), EngineError> {
        tracing::info!(%run, "RunFinished");
        let key = own_key("run", &run.to_string())?;
        let facts = RunFinished { counts: counts.clone() };
        let finished = NewEvent { payload, ..NewEvent::new(key, facts) };
        self.ledger.append(run, vec![finished]).await?;
        self.progress.run_ended(&counts);
        Ok(())
    }

    /// Appends one event to a stream of the ledger's own.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn append_own(
        &self,
        run: RunId,
        object: &str,
        id: &str,
        event: impl Into<Event>,
    ) -> Result<(), EngineError> {
        self.ledger.append(run, vec![NewEvent::new(own_key(object, id)?, event)]).await?;
        Ok(())
    }

    /// All runs, oldest first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn runs(&self) -> Result<Vec<crate::projection::RunEntry>, EngineError> {
        let rows = self.ledger.scan(RunLog::NAME, &[], None, usize::MAX).await?;
        let decode = |(_, value): &(_, Vec<u8>)| Ok(RunLog::decode(value)?);
        let mut runs: Vec<_> = rows.iter().map(decode).collect::<Result<_, EngineError>>()?;
        // Ids go by the clock, which may go back; what came first stands first in the log.
        runs.sort_by_key(|run| run.first);
        Ok(runs)
    }

    /// States of records, in the order asked for.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn states(&self, streams: &[StreamId]) -> Result<Vec<RecordState>, EngineError> {
        let keys: Vec<Vec<u8>> = streams.iter().map(|stream| RecordStates::key(*stream)).collect();
        let rows = self.ledger.rows(RecordStates::NAME, &keys).await?;
        rows.into_iter()
            .map(|row| match row {
                Some(bytes) => Ok(RecordStates::decode(&bytes)?),
                None => Ok(RecordState::default()),
            })
            .collect()
    }

    /// How many records wait for a person.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn waiting(&self) -> Result<u64, EngineError> {
        let (from, to) = WorkQueue::waiting_range();
        Ok(self.ledger.count_rows(WorkQueue::NAME, &from, &to).await?)
    }

    /// How many records of a phase wait to be written.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn to_be_written(&self, phase: Phase) -> Result<u64, EngineError> {
        let (from, to) = WorkQueue::write_range(phase, None);
        Ok(self.ledger.count_rows(WorkQueue::NAME, &from, &to).await?)
    }

    /// How many records the ledger has ever met.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn records_met(&self) -> Result<u64, EngineError> {
        let rows = self.ledger.scan(Census::NAME, &[], None, usize::MAX).await?;
        Ok(Census::counts(&rows)?.values().sum())
    }

    /// Waits, unless the stages are asked to stop meanwhile.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn rest(&self, duration: Duration) -> Result<(), EngineError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(EngineError::Stopped),
            () = self.env.sleep(duration) => Ok(()),
        }
    }

    /// True if the stages are asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }
}
