//! The full check, from the stored bytes alone. It never stops at the first finding, and another
//! process may append meanwhile: what is checked is the ledger as it stood at the start.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use super::error::AuditError;
use super::event::{once, stand_in};
use super::finding::{Finding, Findings, Place, Severity};
use super::fold::Fold;
use super::page::{CheckedPage, check_page};
use super::read::{next_event, range_of, read_each, read_page, readable};
use super::seal::{Tree, check_sealed, check_seals};
use super::settings::CheckSettings;
use crate::model::merkle::SUBTREE_LEAVES;
use crate::model::{KeyParts, TreeHash};
use crate::store::{CheckpointRow, HeadRow, RawRange, Store};

/// Pages in work at a time: two keep two cores busy, the others are being read.
const PAGES_AT_ONCE: usize = 4;

/// Rows of the stream table read at a time.
const STREAMS_AT_ONCE: u32 = 5_000;

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
    /// Signatures on them that fit a given key.
    pub signatures: u64,
    /// Events covered by the signature of a given key; what follows nobody vouches for.
    pub sealed: u64,
    /// Events covered by the signature of a given witness.
    pub witnessed: u64,
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
    let Scope { head, total, rows } = scope(store, &mut findings).await?;
    let asked = rows.iter().map(|row| row.size).chain(settings.anchored());
    let mut tree = Tree::new(asked.collect());
    let mut fold = Fold::default();
    read_streams(store, &mut fold, &mut findings).await?;
    let (mut payloads, mut bytes, mut start) = (0, 0, 0);
    while start < total {
        let mut pages = checked_pages(store, start, total);
        start = total;
        while let Some(mut page) = pages.try_next().await? {
            if page.is_empty() {
                // However wide the gap: it is told once and jumped over.
                let next = next_event(store, page.start, &mut findings).await?.unwrap_or(total);
                let place = Place::Events { from: page.start, to: next };
                findings.push(Finding::error("event_missing", place, "missing or unreadable"));
                start = next / SUBTREE_LEAVES * SUBTREE_LEAVES;
                break;
            }
            findings.extend(std::mem::take(&mut page.findings));
            tree.append(&page);
            payloads += page.payloads;
            bytes += page.bytes;
            let done = page.start + page.leaves.len() as u64;
            page.folded.into_iter().for_each(|folded| fold.event(folded, &mut findings));
            progress(Progress { done, total });
        }
    }
    tree.check_head(&head, &mut findings);
    let vouched = check_seals(&tree, &rows, settings, &mut findings);
    check_sealed(&fold.sealed, &rows, &mut findings);
    check_beside(store, total, head.size, &mut fold, &mut findings).await?;
    name_repeats(store, total, fold, &mut findings).await?;
    if settings.deep {
        let complaints = readable(store.complaints().await, Place::Database, &mut findings)?;
        let finding = |what| Finding::error("database", Place::Database, what);
        findings.extend(complaints.unwrap_or_default().into_iter().map(finding));
    }
    let (findings, more_findings) = findings.finish();
    let (checkpoints, root) = (rows.len() as u64, tree.root());
    Ok(Report {
        events: total,
        root,
        payloads,
        bytes,
        checkpoints,
        signatures: vouched.signatures,
        sealed: vouched.sealed,
        witnessed: vouched.witnessed,
        findings,
        more_findings,
    })
}

/// What there was when the check began.
struct Scope {
    head: HeadRow,
    /// Positions to look at: one after the largest.
    total: u64,
    rows: Vec<CheckpointRow>,
}

async fn scope(store: &Arc<dyn Store>, findings: &mut Findings) -> Result<Scope, AuditError> {
    let head = readable(store.head().await, Place::Head, findings)?.unwrap_or_default();
    let extent = readable(store.raw_extent().await, Place::Head, findings)?.flatten();
    let rows = readable(store.checkpoints().await, Place::Checkpoint(0), findings)?;
    let mut rows = rows.unwrap_or_default();
    let last = extent.and_then(|(_, last)| u64::try_from(last).ok());
    let mut total = last.map_or(0, |last| last + 1);
    // What was appended since the head was read is left for the next check.
    if size(store, findings).await? > head.size {
        total = total.min(head.size);
        rows.retain(|row| row.size <= head.size);
    }
    Ok(Scope { head, total, rows })
}

/// Events that the head says there are now.
async fn size(store: &Arc<dyn Store>, findings: &mut Findings) -> Result<u64, AuditError> {
    let head = readable(store.head().await, Place::Head, findings)?;
    Ok(head.map_or(0, |head| head.size))
}

/// All pages from `start` on in order, read and checked side by side.
fn checked_pages(
    store: &Arc<dyn Store>,
    start: u64,
    total: u64,
) -> impl futures::Stream<Item = Result<CheckedPage, AuditError>> + Send + Unpin {
    let store = store.clone();
    let starts = (start..total).step_by(SUBTREE_LEAVES as usize);
    let pages = stream::iter(starts).map(move |start| {
        let store = store.clone();
        tokio::spawn(async move {
            let page = read_page(&store, start, total).await?;
            let checked = tokio::task::spawn_blocking(|| check_page(page)).await;
            checked.map_err(|_| AuditError::Stopped)
        })
    });
    pages.buffered(PAGES_AT_ONCE).map(|page| page.map_err(|_| AuditError::Stopped)?)
}

/// Erasures, rows without events, streams without use: the last two only if nothing was appended
/// meanwhile, because rows of later events are none of these.
async fn check_beside(
    store: &Arc<dyn Store>,
    total: u64,
    size_before: u64,
    fold: &mut Fold,
    findings: &mut Findings,
) -> Result<(), AuditError> {
    let now = size(store, findings).await?;
    if now > size_before {
        let mut start = total;
        while start < now {
            let end = now.min(start + SUBTREE_LEAVES);
            let rows = read_each(start, end, findings, |range| store.raw_events(range)).await?;
            rows.iter().for_each(|row| fold.later_event(row));
            start = end;
        }
    } else {
        let strays = check_strays(store, total, findings).await?;
        // What was appended while they were looked for is no stray.
        if size(store, findings).await? == now {
            findings.extend(strays);
        }
        fold.check_unused(findings);
    }
    fold.check_streams(findings);
    for (position, by) in fold.check_erasures(findings) {
        let (place, range) = (Place::Event(position), range_of(position, position + 1));
        let rows = readable(store.raw_payloads(range).await, place, findings)?;
        if !rows.unwrap_or_default().is_empty() {
            let what = format!("payload is there although event {by} says that it was erased");
            findings.push(Finding::error("payload_not_erased", place, what));
        }
    }
    Ok(())
}

/// Rows at positions that no event can have; those beyond the last event are given back.
async fn check_strays(
    store: &Arc<dyn Store>,
    total: u64,
    findings: &mut Findings,
) -> Result<Vec<Finding>, AuditError> {
    let mut beyond = Vec::new();
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
            beyond.push(Finding::error("payload_stray", Place::Row(row.position), what));
        }
    }
    let after_last = total.div_ceil(SUBTREE_LEAVES);
    for range in [below, above(after_last)] {
        let place = Place::Subtree(range.from);
        let subtrees = readable(store.raw_subtrees(range).await, place, findings)?;
        for row in subtrees.unwrap_or_default() {
            let what = "stored without events";
            beyond.push(Finding::error("subtree_stray", Place::Subtree(row.number), what));
        }
    }
    Ok(beyond)
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
