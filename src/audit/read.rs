//! Reading stored rows for the check: what the database refuses is a finding, never the end.

use std::sync::Arc;

use super::error::AuditError;
use super::finding::{Finding, Findings, Place};
use super::page::Page;
use crate::model::merkle::SUBTREE_LEAVES;
use crate::store::{ErrorClass, RawRange, Store, StoreError};

/// What the database refuses to read for good is a finding; that it does not answer is an error.
pub(super) fn readable<T>(
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

/// All rows with keys `from` up to, not including, `to`.
pub(super) fn range_of(from: u64, to: u64) -> RawRange {
    let key = |key: u64| i64::try_from(key).unwrap_or(i64::MAX);
    RawRange { from: key(from), to: key(to), limit: u32::MAX }
}

/// Reads rows at once, or one by one if the database refuses, so that the bad one can be named.
pub(super) async fn read_each<T, F>(
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

/// Reads events `start` up to the end of their subtree or of the ledger.
pub(super) async fn read_page(
    store: &Arc<dyn Store>,
    start: u64,
    total: u64,
) -> Result<Page, AuditError> {
    let end = total.min(start + SUBTREE_LEAVES);
    let (mut findings, mut payload_findings) = (Findings::default(), Findings::default());
    let number = range_of(start / SUBTREE_LEAVES, start / SUBTREE_LEAVES + 1);
    let (events, payloads, subtree) = tokio::join!(
        read_each(start, end, &mut findings, |range| store.raw_events(range)),
        read_each(start, end, &mut payload_findings, |range| store.raw_payloads(range)),
        store.raw_subtrees(number),
    );
    let subtree = readable(subtree, Place::Subtree(number.from), &mut findings)?;
    findings.extend(payload_findings.finish().0);
    Ok(Page {
        start,
        end,
        events: events?,
        payloads: payloads?,
        subtree: subtree.unwrap_or_default().pop(),
        findings: findings.finish().0,
    })
}

/// First position from `start` on that has an event.
pub(super) async fn next_event(
    store: &Arc<dyn Store>,
    start: u64,
    findings: &mut Findings,
) -> Result<Option<u64>, AuditError> {
    let range = RawRange { limit: 1, ..range_of(start, u64::MAX) };
    let rows = readable(store.raw_events(range).await, Place::Event(start), findings)?;
    let first = rows.and_then(|rows| rows.into_iter().next());
    Ok(first.and_then(|row| u64::try_from(row.position).ok()))
}
