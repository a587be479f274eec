//! Stage 1: appends what the export says, record by record, and only what the ledger does not
//! hold already.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;

use foldhash::{HashSet, HashSetExt};
use futures::StreamExt;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::loose;
use super::prepare::{Prepared, prepare_all};
use super::seen::Seen;
use super::setting::{
    PAGE_RECORDS, READ_APPENDS_MAX, READ_BATCH_ITEMS, READ_BATCHES_AHEAD, READ_QUEUE_BATCHES,
};
use super::underway::{Landed, Underway};
use super::whole::PARTIAL;
use crate::ledger::{Appended, LedgerError, NewEvent};
use crate::model::digest::Purpose;
use crate::model::event::{
    ComparedUnchanged, Counts, RecordVanished, RejectionLifted, SourceSealed,
};
use crate::model::{Digest, RecordKind, RunId, SourceKey, StreamId, canonical_json};
use crate::projection::{RecordState, RecordStates};
use crate::source::{
    ExportKind, Finding, FindingGroup, FindingTally, Item, ReadSummary, Seal, SourceError,
    SourceReader,
};

/// Count of a finished reading: what a person must have seen before anything is planned.
pub const ASKING: &str = "blocking";

/// What a reading did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReadReport {
    /// It read everything that there is, not a part.
    pub whole: bool,
    /// Records met.
    pub met: u64,
    /// Records new to the ledger.
    pub new: u64,
    /// Records with other content than before.
    pub changed: u64,
    /// Records as before.
    pub unchanged: u64,
    /// Rows that could not become records.
    pub rejected: u64,
    /// Records missing from a full export.
    pub vanished: u64,
    /// Records met, by kind.
    pub kinds: BTreeMap<RecordKind, u64>,
    /// Findings, gravest first.
    pub findings: Vec<FindingGroup>,
    /// What the source says of the reading.
    pub summary: ReadSummary,
}

/// A reader and what it found to read.
pub struct Input {
    /// The reader.
    pub reader: Box<dyn SourceReader>,
    /// Word of the help desk.
    pub system: String,
    /// Where the input is, so that files can be fetched when they are written.
    pub place: String,
    /// Treat what is missing as unchanged, whatever the export says of itself.
    pub partial: bool,
}

/// Reads everything that `input` holds.
///
/// # Errors
/// If the export cannot be read, or the ledger refuses.
pub async fn read(context: &Context, run: RunId, input: Input) -> Result<ReadReport, EngineError> {
    let Input { mut reader, system, place, partial } = input;
    let (reader, seal) = blocking("sealing the export", move || {
        let seal = reader.seal();
        (reader, seal)
    })
    .await?;
    let seal = seal?;
    append_seal(context, run, &system, &place, &seal, partial).await?;
    let mut reading = Reading::new(context, run, system);
    let summary = reading.stream(reader).await?;
    reading.objects.extend(summary.whole.iter().map(|object| (*object).to_owned()));
    let whole = !partial && seal.export_kind == ExportKind::Full && !summary.ended_early;
    reading.report.whole = whole;
    if whole && reading.report.met > 0 {
        reading.find_vanished().await?;
    }
    reading.append_compared().await?;
    for finding in &summary.findings {
        reading.findings.add(finding.clone());
    }
    let mut report = reading.report;
    report.findings = reading.findings.into_groups();
    report.summary = summary;
    Ok(report)
}

async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EngineError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| EngineError::Interrupted(doing))
}

async fn append_seal(
    context: &Context,
    run: RunId,
    system: &str,
    place: &str,
    seal: &Seal,
    partial: bool,
) -> Result<(), EngineError> {
    let told = serde_json::json!({ "place": place, "seal": seal, "partial": partial });
    let payload = canonical_json(&told)?;
    let event = NewEvent {
        payload: Some(payload),
        content: seal.digest.into(),
        ..NewEvent::new(
            own_key("source", &format!("{system}:{run}"))?,
            SourceSealed {
                digest: seal.digest,
                files: seal.files.len() as u64,
                size_bytes: seal.size_bytes,
                export_kind: seal.export_kind.word().to_owned(),
                expected: seal.expected.clone(),
            },
        )
    };
    context.ledger.append(run, vec![event]).await?;
    Ok(())
}

struct Reading<'a> {
    context: &'a Context,
    run: RunId,
    system: String,
    seen: Seen,
    /// Source objects met: only of these can something be missing.
    objects: BTreeSet<String>,
    compared: blake3::Hasher,
    findings: FindingTally,
    report: ReadReport,
    /// Appends on their way, oldest first.
    flying: VecDeque<JoinHandle<Result<Vec<Appended>, LedgerError>>>,
    underway: Underway,
}

/// A batch that was looked up, and the appends that had landed before.
struct LookedUp {
    items: Vec<Prepared>,
    findings: Vec<Finding>,
    landed: Landed,
}

impl<'a> Reading<'a> {
    fn new(context: &'a Context, run: RunId, system: String) -> Self {
        Self {
            context,
            run,
            system,
            seen: Seen::default(),
            objects: BTreeSet::new(),
            compared: Purpose::Compared.hasher(),
            findings: FindingTally::default(),
            report: ReadReport::default(),
            flying: VecDeque::new(),
            underway: Underway::default(),
        }
    }

    /// Reads on a thread of its own, prepares and looks up on others, compares and appends here;
    /// order is kept.
    async fn stream(&mut self, reader: Box<dyn SourceReader>) -> Result<ReadSummary, EngineError> {
        let (send, receive) = tokio::sync::mpsc::channel(READ_QUEUE_BATCHES);
        let stop = self.context.stop.clone();
        let thread = tokio::task::spawn_blocking(move || read_batches(reader, &send, &stop));
        self.context.progress.begin("read", None);
        let (context, system, counter) =
            (self.context.clone(), self.system.clone(), self.underway.counter());
        let mut batches = ReceiverStream::new(receive)
            .map(|items| {
                let work = look_up_all(context.clone(), system.clone(), items, counter.now());
                tokio::spawn(work)
            })
            .buffered(READ_BATCHES_AHEAD);
        while let Some(batch) = batches.next().await {
            let LookedUp { items, findings, landed } =
                batch.map_err(|_| EngineError::Interrupted("preparing records"))??;
            for finding in findings {
                self.findings.add(finding);
            }
            self.append(items, landed).await?;
        }
        self.land(0).await?;
        drop(batches);
        self.context.progress.end();
        let summary =
            thread.await.map_err(|_| EngineError::Interrupted("reading the export"))??;
        if self.context.is_stopping() { Err(EngineError::Stopped) } else { Ok(summary) }
    }

    /// Appends what is new in a batch. A source that reads again what moved may yield a key twice;
    /// the second must be held against the first.
    async fn append(
        &mut self,
        mut batch: Vec<Prepared>,
        landed: Landed,
    ) -> Result<(), EngineError> {
        loop {
            let rest = batch.split_off(first_repeat(&batch));
            if self.underway.has_any(&batch, landed) {
                self.land(0).await?;
                look_up(self.context, &mut batch).await?;
            }
            self.append_distinct(batch).await?;
            if rest.is_empty() {
                return Ok(());
            }
            batch = rest;
        }
    }

    async fn append_distinct(&mut self, batch: Vec<Prepared>) -> Result<(), EngineError> {
        let count = batch.len() as u64;
        let (mut hashes, mut events) = (Vec::new(), Vec::new());
        for item in batch {
            self.count(&item);
            let hash = item.hash;
            if let Some(event) = self.compare(item) {
                hashes.push(hash);
                events.push(event);
            }
        }
        if !events.is_empty() {
            self.flying.push_back(tokio::spawn(self.context.ledger.append(self.run, events)));
            self.underway.take_off(hashes);
        }
        self.land(READ_APPENDS_MAX).await?;
        self.context.progress.advance(count);
        Ok(())
    }

    /// Waits until no more than `left` appends are on their way.
    async fn land(&mut self, left: usize) -> Result<(), EngineError> {
        while self.flying.len() > left
            && let Some(append) = self.flying.pop_front()
        {
            let done = append.await.map_err(|_| EngineError::Interrupted("appending"))?;
            for appended in done? {
                self.seen.insert(appended.stream);
            }
            self.underway.land();
        }
        Ok(())
    }

    fn count(&mut self, item: &Prepared) {
        self.report.met += 1;
        if let Some(kind) = item.kind {
            *self.report.kinds.entry(kind).or_default() += 1;
        }
        self.objects.insert(item.key.object().to_owned());
    }

    /// What is new about an item, or nothing if it is unchanged.
    fn compare(&mut self, item: Prepared) -> Option<NewEvent> {
        let Prepared { key, content, rejected, mut event, known, .. } = item;
        let state = match known {
            Some((stream, state)) => {
                self.seen.insert(stream);
                *state
            }
            None => RecordState::default(),
        };
        let before = if rejected { state.rejected_content } else { state.content };
        let stands = before == Some(content) && state.rejected == rejected;
        if rejected {
            self.report.rejected += 1;
        }
        if stands && !state.vanished {
            self.report.unchanged += u64::from(!rejected);
            self.compared.update(key.as_str().as_bytes());
            self.compared.update(&content.0);
            return None;
        }
        if rejected {
            event.ordinal = state.rejections;
        } else {
            event.ordinal = state.reads;
            if state.content.is_some() {
                self.report.changed += 1;
            } else {
                self.report.new += 1;
            }
        }
        Some(event)
    }

    /// Marks records that a full export no longer holds. Only objects that were met can miss
    /// one: a file left out of an export says nothing of its records.
    async fn find_vanished(&mut self) -> Result<(), EngineError> {
        // The stream of every record begins when it is first met, so both count the same.
        if self.context.records_met().await? == self.seen.count() {
            return Ok(());
        }
        let mut from = Vec::new();
        loop {
            let rows =
                self.context.ledger.scan(RecordStates::NAME, &from, None, PAGE_RECORDS * 4).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            from = [last.as_slice(), &[0]].concat();
            let mut missing = Vec::new();
            for (key, value) in &rows {
                let state = RecordStates::decode(value)?;
                let stream = crate::projection::row::stream_at(key, 0);
                let was_read = state.read_at.is_some() || state.rejected;
                if let Some(stream) = stream
                    && was_read
                    && !state.vanished
                    && !self.seen.contains(stream)
                {
                    missing.push((stream, state));
                }
            }
            self.append_vanished(missing).await?;
        }
    }

    async fn append_vanished(
        &mut self,
        missing: Vec<(StreamId, RecordState)>,
    ) -> Result<(), EngineError> {
        let streams: Vec<StreamId> = missing.iter().map(|(stream, _)| *stream).collect();
        let keys = self.context.ledger.keys(&streams).await?;
        let mut events = Vec::new();
        for ((_, state), key) in missing.into_iter().zip(keys) {
            if key.system() != self.system {
                continue;
            }
            if state.rejected && state.read_at.is_none() {
                let lifted = NewEvent::new(key, RejectionLifted {});
                events.push(NewEvent { ordinal: state.rejections, ..lifted });
            } else if self.objects.contains(key.object()) {
                let parent = match state.parent {
                    Some(parent) => self.context.ledger.keys(&[parent]).await?.pop(),
                    None => None,
                };
                self.report.vanished += 1;
                let vanished = NewEvent::new(key, RecordVanished { run: self.run });
                events.push(NewEvent { parent, ordinal: state.reads, ..vanished });
            }
        }
        if !events.is_empty() {
            self.context.ledger.append(self.run, events).await?;
        }
        Ok(())
    }

    async fn append_compared(&self) -> Result<(), EngineError> {
        if self.report.unchanged == 0 {
            return Ok(());
        }
        let compared = ComparedUnchanged {
            records: self.report.unchanged,
            root: Digest::finish(&self.compared),
        };
        self.context.append_own(self.run, "run", &self.run.to_string(), compared).await
    }
}

/// How many items stand before the first whose key was there already.
fn first_repeat(batch: &[Prepared]) -> usize {
    let mut seen = HashSet::with_capacity(batch.len());
    batch.iter().position(|item| !seen.insert(item.hash)).unwrap_or(batch.len())
}

async fn look_up_all(
    context: Context,
    system: String,
    items: Vec<Item>,
    landed: Landed,
) -> Result<LookedUp, EngineError> {
    let project_key = *context.ledger.project_key();
    let work = move || prepare_all(&project_key, &system, items);
    let (mut items, findings) = blocking("preparing records", work).await??;
    look_up(&context, &mut items).await?;
    Ok(LookedUp { items, findings, landed })
}

/// Adds what the ledger knows of each item.
async fn look_up(context: &Context, batch: &mut [Prepared]) -> Result<(), EngineError> {
    let keys: Vec<SourceKey> = batch.iter().map(|item| item.key.clone()).collect();
    let streams = context.ledger.streams(&keys).await?;
    let known: Vec<StreamId> = streams.iter().flatten().copied().collect();
    let mut states = context.states(&known).await?.into_iter();
    for (item, stream) in batch.iter_mut().zip(streams) {
        item.known = stream.map(|stream| (stream, states.next().map(Box::new).unwrap_or_default()));
    }
    loose::tie(context, batch).await
}

fn read_batches(
    mut reader: Box<dyn SourceReader>,
    send: &tokio::sync::mpsc::Sender<Vec<Item>>,
    stop: &tokio_util::sync::CancellationToken,
) -> Result<ReadSummary, SourceError> {
    let mut batch = Vec::with_capacity(READ_BATCH_ITEMS);
    let summary = reader.read(&mut |item| {
        batch.push(item);
        if batch.len() >= READ_BATCH_ITEMS {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(READ_BATCH_ITEMS));
            if stop.is_cancelled() || send.blocking_send(full).is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    // A receiver that is gone has already met an error of its own.
    let _ = send.blocking_send(batch);
    Ok(summary)
}

impl ReadReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        let mut counts: Counts = [
            ("met", self.met),
            ("new", self.new),
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("rejected", self.rejected),
            ("vanished", self.vanished),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
        if !self.whole {
            counts.insert(PARTIAL.to_owned(), 1);
        }
        for group in &self.findings {
            *counts.entry(format!("finding_{}", group.code.word())).or_default() += group.count;
            if group.asks {
                *counts.entry(ASKING.to_owned()).or_default() += group.count;
            }
        }
        counts
    }

    /// Ends the run of the reading; what was noticed is kept with it.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn finish(&self, context: &Context, run: RunId) -> Result<(), EngineError> {
        let findings = match self.findings.is_empty() {
            true => None,
            false => Some(canonical_json(&self.findings)?),
        };
        context.finish_with(run, self.counts(), findings).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_parted_before_a_key_that_repeats() {
        let item = |id: &str| {
            let key = SourceKey::new("hesk", "ticket", id).unwrap();
            let event = NewEvent::new(key.clone(), RejectionLifted {});
            Prepared::new(key, event, None, false)
        };
        let batch = |ids: &[&str]| ids.iter().map(|id| item(id)).collect::<Vec<_>>();
        for (ids, expected) in
            [(&["1", "2", "3"][..], 3), (&["1", "2", "1", "2"], 2), (&["1", "1"], 1), (&[], 0)]
        {
            assert_eq!(first_repeat(&batch(ids)), expected, "{ids:?}");
        }
    }
}
