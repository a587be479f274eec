//! The full check, from the stored bytes alone. It never stops at the first finding.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use super::error::AuditError;
use super::event::{once, stand_in};
use super::finding::{Finding, Findings, Place, Severity};
use super::fold::Fold;
use super::page::{CheckedPage, Page, check_page};
use super::seal::{Tree, check_sealed};
use crate::model::merkle::SUBTREE_LEAVES;
use crate::model::note::VerifierKey;
use crate::model::{KeyParts, TreeHash};
use crate::store::{ErrorClass, RawRange, Store, StoreError};

/// Pages that are checked side by side. Two keep two cores busy; the third is being read.
const PAGES_AT_ONCE: usize = 3;

/// Rows of the stream table read at a time.
const STREAMS_AT_ONCE: u32 = 5_000;

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct CheckSettings {
    /// Public keys, got by another way than the ledger. Every checkpoint must then be signed by
    /// one of them. Without keys only roots are compared.
    pub keys: Vec<VerifierKey>,
    /// Also let the database check its pages and indexes, which hold nothing that is sealed but
    /// lead to it. It takes about as long again.
    pub deep: bool,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Events checked.
    pub done: u64,
    /// Events there are.
    pub total: u64,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Events checked.
    pub events: u64,
    /// Root over them.
    pub root: TreeHash,
    /// Payloads checked.
    pub payloads: u64,
    /// Bytes of headers, facts and stored payloads read.
    pub bytes: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// Signatures on them checked.
    pub signatures: u64,
    /// What is wrong, in order of place.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub more_findings: u64,
}

impl Report {
    /// True if nothing is broken.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}

/// Checks the ledger in `store`: positions, headers, facts, leaves, tree, head, checkpoints and
/// their signatures, payload commitments, sequences, idempotency keys, source keys, lifecycles,
/// erasures.
///
/// # Errors
/// If the database does not answer. Whatever it answers is at worst a finding.
pub async fn check(
    store: &Arc<dyn Store>,
    settings: &CheckSettings,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Report, AuditError> {
    let mut findings = Findings::default();
    let head = readable(store.head().await, Place::Head, &mut findings)?;
    let rows = readable(store.checkpoints().await, Place::Checkpoint(0), &mut findings)?;
    let rows = rows.unwrap_or_default();
    let total = extent(store, &mut findings).await?;
    let mut tree = Tree::new(rows.iter().map(|row| row.size).collect());
    let mut fold = Fold::default();
    read_streams(store, &mut fold, &mut findings).await?;
    let (mut payloads, mut bytes) = (0, 0);
    let mut pages = checked_pages(store, total);
    while let Some(mut page) = pages.try_next().await? {
        findings.extend(std::mem::take(&mut page.findings));
        tree.append(&page);
        payloads += page.payloads;
        bytes += page.bytes;
        let done = page.start + page.leaves.len() as u64;
        page.folded.into_iter().for_each(|folded| fold.event(folded, &mut findings));
        progress(Progress { done, total });
    }
    drop(pages);
    tree.check_head(&head.unwrap_or_default(), &mut findings);
    let signatures =
        rows.iter().map(|row| tree.check_checkpoint(row, &settings.keys, &mut findings)).sum();
    check_sealed(&fold.sealed, &rows, &mut findings);
    check_erased(store, fold.check_erasures(&mut findings), &mut findings).await?;
    check_strays(store, total, &mut findings).await?;
    fold.check_streams(&mut findings);
    name_repeats(store, total, fold, &mut findings).await?;
    if settings.deep {
        let complaints = readable(store.complaints().await, Place::Database, &mut findings)?;
        findings.extend(
            complaints
                .unwrap_or_default()
                .into_iter()
                .map(|what| Finding::error("database", Place::Database, what)),
        );
    }
    let (findings, more_findings) = findings.finish();
    let checkpoints = rows.len() as u64;
    let root = tree.root();
    Ok(Report {
        events: total,
        root,
        payloads,
        bytes,
        checkpoints,
        signatures,
        findings,
        more_findings,
    })
}

/// What the database refuses to read for good is a finding; that it does not answer is an error.
fn readable<T>(
    answer: Result<T, StoreError>,
    place: Place,
    findings: &mut Findings,
) -> Result<Option<T>, AuditError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class() == ErrorClass::Permanent => {
            findings.push(Finding::error("unreadable", place, error.to_string()));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Events there should be at most: one after the largest position.
async fn extent(store: &Arc<dyn Store>, findings: &mut Findings) -> Result<u64, AuditError> {
    let extent = readable(store.raw_extent().await, Place::Head, findings)?.flatten();
    let last = extent.and_then(|(_, last)| u64::try_from(last).ok());
    Ok(last.map_or(0, |last| last + 1))
}

/// All pages in order, read ahead and checked side by side.
fn checked_pages(
    store: &Arc<dyn Store>,
    total: u64,
) -> impl futures::Stream<Item = Result<CheckedPage, AuditError>> + Send + Unpin {
    let pages = stream::try_unfold(0, move |start| {
        let store = store.clone();
        async move {
            if start >= total {
                return Ok(None);
            }
            let page = read_page(&store, start, total).await?;
            let next = if page.end > start { page.end } else { page_after_gap(&page, total) };
            Ok::<_, AuditError>(Some((page, next)))
        }
    });
    let checked = pages.map_ok(|page| async {
        tokio::task::spawn_blocking(|| check_page(page)).await.map_err(|_| AuditError::Stopped)
    });
    checked.try_buffered(PAGES_AT_ONCE).boxed()
}

/// Reads events `start` up to the end of their subtree or of the ledger. If there are none, the
/// page has no length and says how far the gap goes, however far that is.
async fn read_page(store: &Arc<dyn Store>, start: u64, total: u64) -> Result<Page, AuditError> {
    let end = total.min(start + SUBTREE_LEAVES);
    let mut findings = Findings::default();
    let events = read_each(start, end, &mut findings, |range| store.raw_events(range)).await?;
    let payloads = read_each(start, end, &mut findings, |range| store.raw_payloads(range)).await?;
    let number = range_of(start / SUBTREE_LEAVES, start / SUBTREE_LEAVES + 1);
    let subtree =
        readable(store.raw_subtrees(number).await, Place::Subtree(number.from), &mut findings)?;
    let subtree = subtree.unwrap_or_default().pop();
    let mut end = end;
    if events.is_empty() && payloads.is_empty() {
        let after = RawRange { limit: 1, ..range_of(start, u64::MAX) };
        let next = readable(store.raw_events(after).await, Place::Event(start), &mut findings)?;
        let next = next.and_then(|rows| rows.first().and_then(|row| row.position.try_into().ok()));
        let to = next.unwrap_or(total);
        let place = Place::Events { from: start, to };
        findings.push(Finding::error("event_missing", place, "missing or unreadable"));
        end = start;
    }
    let findings = findings.finish().0;
    Ok(Page { start, end, events, payloads, subtree, findings })
}

/// First position of the page that ends the gap that `page` tells of.
fn page_after_gap(page: &Page, total: u64) -> u64 {
    let ends = page.findings.iter().filter_map(|finding| match finding.place {
        Place::Events { to, .. } => Some(to),
        _ => None,
    });
    let next = ends.max().unwrap_or(total) / SUBTREE_LEAVES * SUBTREE_LEAVES;
    next.max(page.start + SUBTREE_LEAVES)
}

/// Reads rows at once, or one by one if the database refuses, so that the bad one can be named.
async fn read_each<T, F>(
    start: u64,
    end: u64,
    findings: &mut Findings,
    read: impl Fn(RawRange) -> F,
) -> Result<Vec<T>, AuditError>
where
    F: Future<Output = Result<Vec<T>, StoreError>>,
{
    match read(range_of(start, end)).await {
        Ok(rows) => return Ok(rows),
        Err(error) if error.class() == ErrorClass::Permanent => {}
        Err(error) => return Err(error.into()),
    }
    let mut rows = Vec::new();
    for position in start..end {
        let row = read(range_of(position, position + 1)).await;
        rows.extend(readable(row, Place::Event(position), findings)?.unwrap_or_default());
    }
    Ok(rows)
}

/// All rows with keys `from` up to, not including, `to`.
fn range_of(from: u64, to: u64) -> RawRange {
    let key = |key: u64| i64::try_from(key).unwrap_or(i64::MAX);
    RawRange { from: key(from), to: key(to), limit: u32::MAX }
}

/// Payloads that are there although an event says that they were erased.
async fn check_erased(
    store: &Arc<dyn Store>,
    kept: Vec<(u64, u64)>,
    findings: &mut Findings,
) -> Result<(), AuditError> {
    for (position, by) in kept {
        let (place, range) = (Place::Event(position), range_of(position, position + 1));
        let rows = readable(store.raw_payloads(range).await, place, findings)?;
        if !rows.unwrap_or_default().is_empty() {
            let what = format!("payload is there although event {by} says that it was erased");
            findings.push(Finding::error("payload_not_erased", place, what));
        }
    }
    Ok(())
}

/// Rows at positions that no event can have.
async fn check_strays(
    store: &Arc<dyn Store>,
    total: u64,
    findings: &mut Findings,
) -> Result<(), AuditError> {
    let below = RawRange { from: i64::MIN, to: 0, limit: 100 };
    let above = |from| RawRange { limit: 100, ..range_of(from, u64::MAX) };
    let events = readable(store.raw_events(below).await, Place::Row(-1), findings)?;
    for row in events.unwrap_or_default() {
        let what = "event at a position below 0";
        findings.push(Finding::error("event_stray", Place::Row(row.position), what));
    }
    for range in [below, above(total)] {
        let payloads = readable(store.raw_payloads(range).await, Place::Row(range.from), findings)?;
        for row in payloads.unwrap_or_default() {
            let what = "payload without event";
            findings.push(Finding::error("payload_stray", Place::Row(row.position), what));
        }
    }
    let after_last = total.div_ceil(SUBTREE_LEAVES);
    for range in [below, above(after_last)] {
        let place = Place::Subtree(range.from);
        let subtrees = readable(store.raw_subtrees(range).await, place, findings)?;
        for row in subtrees.unwrap_or_default() {
            let what = "stored without events";
            findings.push(Finding::error("subtree_stray", Place::Subtree(row.number), what));
        }
    }
    Ok(())
}

async fn read_streams(
    store: &Arc<dyn Store>,
    fold: &mut Fold,
    findings: &mut Findings,
) -> Result<(), AuditError> {
    let mut from = i64::MIN;
    loop {
        let range = RawRange { from, to: i64::MAX, limit: STREAMS_AT_ONCE };
        let rows = readable(store.raw_streams(range).await, Place::Stream(from), findings)?;
        let Some(rows) = rows else { return Ok(()) };
        for row in &rows {
            let key = KeyParts { system: &row.system, object: &row.object, id: &row.id };
            fold.stream(row.stream, stand_in(&key));
        }
        match rows.last() {
            Some(last) if rows.len() == STREAMS_AT_ONCE as usize => from = last.stream + 1,
            _ => return Ok(()),
        }
    }
}

/// Looks once more for events that a stream holds twice, to name them. There are none in a ledger
/// whose unique index was in place, so this second pass is rare.
async fn name_repeats(
    store: &Arc<dyn Store>,
    total: u64,
    fold: Fold,
    findings: &mut Findings,
) -> Result<(), AuditError> {
    let mut repeated = fold.once.repeated();
    let mut start = 0;
    while !repeated.is_empty() && start < total {
        let end = total.min(start + SUBTREE_LEAVES);
        let rows = read_each(start, end, findings, |range| store.raw_events(range)).await?;
        for row in rows {
            let Some(first) = repeated.get_mut(&once(row.stream, row.idem)) else { continue };
            let position = row.position.cast_unsigned();
            match first {
                None => *first = Some(position),
                Some(first) => {
                    let what = format!("the same event as {first}");
                    findings.push(Finding::error("repeated", Place::Event(position), what));
                }
            }
        }
        start = end;
    }
    Ok(())
}
