//! Counts that close: read = written + merged + kept + excluded + rejected + waiting + by hand +
//! rolled back, for each kind of record, and what waits, by name.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::error::ReportError;
use super::record_list::{ended, roots};
use crate::ledger::Ledger;
use crate::model::event::{Counts, Phase};
use crate::model::lifecycle::RecordStage;
use crate::model::{Event, Position, RecordKind, StreamId};
use crate::projection::row::stream_at;
use crate::projection::{Census, Disposition, RecordState, RecordStates, Tally, Verdict};

/// Records looked at per page.
const PAGE_RECORDS: usize = 2_000;
/// Waiting records listed by name; the rest is counted.
const WAITING_MAX: usize = 1_000;

/// One kind of record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindRow {
    /// The kind; none for rows of which not even that is known.
    pub kind: Option<RecordKind>,
    /// Records that the log has met, counted from the first event of each.
    pub read: u64,
    /// Where they ended, counted from their states.
    pub ended: BTreeMap<Disposition, u64>,
    /// The sum is right.
    pub closes: bool,
}

/// A record that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Its key.
    pub key: String,
    /// Short stable name of the reason.
    pub reason: String,
    /// What would release it.
    pub release: String,
}

/// The reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Source records by kind.
    pub kinds: Vec<KindRow>,
    /// Objects that no source record stands for (attributes, tags, companies from text), by phase:
    /// drafted and written.
    pub derived: BTreeMap<String, (u64, u64)>,
    /// Objects in Intercom by what the last verification said.
    pub verified: Counts,
    /// Differences that are declared.
    pub declared_differences: u64,
    /// Declared losses of the drafts in force, by name.
    pub losses: Counts,
    /// What waits, by name; at most a thousand.
    pub waiting: Vec<Waiting>,
    /// How many wait.
    pub waiting_count: u64,
    /// Every kind closes.
    pub closes: bool,
}

impl Reconciliation {
    /// Objects whose last verification found an undeclared difference.
    pub fn differing(&self) -> u64 {
        self.verified.get("differs").copied().unwrap_or(0)
    }

    /// Source records with a disposition.
    pub fn count(&self, disposition: Disposition) -> u64 {
        self.kinds.iter().filter_map(|row| row.ended.get(&disposition)).sum()
    }

    /// Source records.
    pub fn read(&self) -> u64 {
        self.kinds.iter().map(|row| row.read).sum()
    }
}

/// Counts every record of the ledger; `withdrawn` are those that stand in Intercom although the
/// source has withdrawn them.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn reconcile(
    ledger: &Ledger,
    withdrawn: &BTreeSet<StreamId>,
) -> Result<Reconciliation, ReportError> {
    let mut fold = Fold {
        ledger,
        withdrawn,
        tally: Tally::default(),
        unknown: BTreeMap::new(),
        report: Reconciliation::default(),
    };
    let mut from = Vec::new();
    loop {
        let rows = ledger.scan(RecordStates::NAME, &from, None, PAGE_RECORDS).await?;
        let Some((last, _)) = rows.last() else {
            break;
        };
        from = [last.as_slice(), &[0]].concat();
        let mut page = Vec::with_capacity(rows.len());
        for (key, value) in &rows {
            if let Some(stream) = stream_at(key, 0) {
                page.push((stream, RecordStates::decode(value)?));
            }
        }
        fold.page(&page).await?;
    }
    fold.finish().await
}

struct Fold<'a> {
    ledger: &'a Ledger,
    withdrawn: &'a BTreeSet<StreamId>,
    tally: Tally,
    /// Rows of which not even the kind is known.
    unknown: BTreeMap<Disposition, u64>,
    report: Reconciliation,
}

impl Fold<'_> {
    async fn page(&mut self, page: &[(StreamId, RecordState)]) -> Result<(), ReportError> {
        let roots = roots(self.ledger, page).await?;
        let mut drafts = Vec::new();
        let mut waiting = Vec::new();
        for (stream, state) in page {
            let root = state.parent.and_then(|parent| roots.get(&parent));
            let from_source = state.read_at.is_some() || state.rejected_at.is_some();
            let alone = root.is_none_or(|root| ended(root, None) != Disposition::Waiting);
            let ended = match ended(state, root) {
                _ if self.withdrawn.contains(stream) => Disposition::Kept,
                ended => ended,
            };
            if from_source {
                match state.kind {
                    Some(kind) => self.tally.add(kind, ended),
                    None => *self.unknown.entry(ended).or_default() += 1,
                }
            } else if let Some(phase) = state.phase {
                self.derived(phase, state);
            }
            self.verified(state);
            let is_written = state.written.is_some() && state.written == state.draft;
            if let Some(position) = state.draft_at.filter(|_| is_written) {
                drafts.push(position);
            }
            if ended == Disposition::Waiting && alone {
                waiting.push((*stream, state.clone()));
            }
        }
        self.losses(&drafts).await?;
        self.waiting(waiting).await
    }

    fn derived(&mut self, phase: Phase, state: &RecordState) {
        let counts = self.report.derived.entry(phase.word().to_owned()).or_default();
        counts.0 += 1;
        counts.1 += u64::from(state.stage == RecordStage::Written);
    }

    fn verified(&mut self, state: &RecordState) {
        if state.written.is_none() {
            return;
        }
        let word = match state.verdict {
            Verdict::Unchecked => "unchecked",
            Verdict::Equal => "equal",
            Verdict::Differs => "differs",
        };
        *self.report.verified.entry(word.to_owned()).or_default() += 1;
        self.report.declared_differences += u64::from(state.declared_differences);
    }

    async fn losses(&mut self, drafts: &[Position]) -> Result<(), ReportError> {
        for recorded in self.ledger.read_at(drafts).await?.into_iter().flatten() {
            if let Event::RecordTransformed(transformed) = recorded.event {
                for (loss, count) in transformed.losses {
                    *self.report.losses.entry(loss).or_default() += count;
                }
            }
        }
        Ok(())
    }

    async fn waiting(&mut self, found: Vec<(StreamId, RecordState)>) -> Result<(), ReportError> {
        self.report.waiting_count += found.len() as u64;
        let room = WAITING_MAX.saturating_sub(self.report.waiting.len());
        let found = &found[..found.len().min(room)];
        let streams: Vec<StreamId> = found.iter().map(|(stream, _)| *stream).collect();
        let keys = self.ledger.keys(&streams).await?;
        for ((_, state), key) in found.iter().zip(keys) {
            let (reason, release) = self.reason(state).await?;
            self.report.waiting.push(Waiting { key: key.to_string(), reason, release });
        }
        Ok(())
    }

    async fn reason(&self, state: &RecordState) -> Result<(String, String), ReportError> {
        if state.stage == RecordStage::Queued
            && let Some(position) = state.settled_at
            && let Some(recorded) = self.ledger.read_at(&[position]).await?.pop().flatten()
            && let Event::RecordQueued(queued) = recorded.event
        {
            return Ok((queued.reason, queued.release));
        }
        let told = match state.stage {
            RecordStage::Drafted | RecordStage::Undone => ("not_written", "apply the plan"),
            _ => ("not_planned", "make a plan"),
        };
        Ok((told.0.to_owned(), told.1.to_owned()))
    }

    /// Holds the counts from the states against those from the log.
    async fn finish(mut self) -> Result<Reconciliation, ReportError> {
        let rows = self.ledger.scan(Census::NAME, &[], None, usize::MAX).await?;
        let met = Census::counts(&rows)?;
        let mut ended: BTreeMap<Option<RecordKind>, BTreeMap<Disposition, u64>> =
            self.tally.counts.into_iter().map(|(kind, ended)| (Some(kind), ended)).collect();
        if !self.unknown.is_empty() {
            ended.insert(None, self.unknown);
        }
        let kinds: BTreeSet<_> = met.keys().chain(ended.keys()).copied().collect();
        for kind in kinds {
            let read = met.get(&kind).copied().unwrap_or(0);
            let ended = ended.remove(&kind).unwrap_or_default();
            let closes = read == ended.values().sum::<u64>();
            self.report.kinds.push(KindRow { kind, read, closes, ended });
        }
        self.report.closes = self.report.kinds.iter().all(|row| row.closes);
        Ok(self.report)
    }
}
