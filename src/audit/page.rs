//! A page of events: as many as a stored subtree has leaves, so that each page has a root to be
//! compared with. Pages are checked side by side and folded in order.

use super::event::{Folded, check_event};
use super::finding::{Finding, Place};
use crate::model::TreeHash;
use crate::model::merkle::{Frontier, SUBTREE_LEAVES};
use crate::store::{RawEvent, RawPayload, RawSubtree};

/// What is stored about events `start` up to `end`.
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) events: Vec<RawEvent>,
    pub(super) payloads: Vec<RawPayload>,
    pub(super) subtree: Option<RawSubtree>,
    /// What could not even be read.
    pub(super) findings: Vec<Finding>,
}

/// What a page amounts to.
pub(super) struct CheckedPage {
    pub(super) start: u64,
    /// One for each position; zeros where the event is missing.
    pub(super) leaves: Vec<TreeHash>,
    /// Root over the leaves, if there are as many as in a stored subtree.
    pub(super) root: Option<TreeHash>,
    pub(super) folded: Vec<Folded>,
    pub(super) findings: Vec<Finding>,
    pub(super) payloads: u64,
    pub(super) bytes: u64,
}

impl CheckedPage {
    /// Nothing at all is stored of these positions.
    pub(super) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }
}

/// Checks one page by itself.
pub(super) fn check_page(page: Page) -> CheckedPage {
    let Page { start, end, events, payloads, subtree, mut findings } = page;
    // Tells a gap, see `CheckedPage::is_empty`.
    let end = if events.is_empty() && payloads.is_empty() { start } else { end };
    let mut scratch = Vec::new();
    let mut leaves = Vec::with_capacity(events.len());
    let mut folded = Vec::with_capacity(events.len());
    let mut next_event = events.iter().peekable();
    let mut next_payload = payloads.iter().peekable();
    let mut missing = None;
    for position in start..end {
        let here = |at: i64| u64::try_from(at) == Ok(position);
        let payload = next_payload.next_if(|payload| here(payload.position));
        let Some(row) = next_event.next_if(|event| here(event.position)) else {
            missing.get_or_insert(position);
            leaves.push(TreeHash([0; 32]));
            if payload.is_some() {
                let what = "payload without event";
                findings.push(Finding::error("payload_stray", Place::Event(position), what));
            }
            continue;
        };
        findings.extend(missing.take().map(|from| missing_events(from, position)));
        let checked = check_event(position, row, payload, &mut scratch, &mut findings);
        leaves.push(checked.leaf);
        folded.extend(checked.folded);
    }
    findings.extend(missing.map(|from| missing_events(from, end)));
    let root = (end - start == SUBTREE_LEAVES).then(|| {
        let mut frontier = Frontier::default();
        frontier.append_many(&leaves);
        frontier.root()
    });
    findings.extend(check_subtree(start, end, root, subtree.as_ref()));
    let lens = |row: &RawEvent| row.header.len() + row.facts.len();
    let bytes = events.iter().map(lens).chain(payloads.iter().map(|row| row.bytes.len()));
    let bytes = bytes.map(|len| len as u64).sum();
    CheckedPage { start, leaves, root, folded, findings, payloads: payloads.len() as u64, bytes }
}

fn missing_events(from: u64, to: u64) -> Finding {
    let place = if to == from + 1 { Place::Event(from) } else { Place::Events { from, to } };
    Finding::error("event_missing", place, "missing or unreadable")
}

fn check_subtree(
    start: u64,
    end: u64,
    root: Option<TreeHash>,
    stored: Option<&RawSubtree>,
) -> Option<Finding> {
    let number = i64::try_from(start / SUBTREE_LEAVES).unwrap_or(i64::MAX);
    let place = Place::Subtree(number);
    match (root, stored) {
        (None, None) => None,
        (None, Some(_)) => {
            let what = "stored although the ledger ends inside it";
            Some(Finding::error("subtree_early", place, what))
        }
        (Some(_), None) => Some(Finding::error("subtree_missing", place, "not stored")),
        (Some(root), Some(stored)) if root.0[..] == stored.root[..] => None,
        (Some(_), Some(_)) => {
            let what = format!(
                "the stored root is not that of positions {start} to {}: one of them or the root \
                 was changed",
                end - 1
            );
            Some(Finding::error("subtree_root", Place::Events { from: start, to: end }, what))
        }
    }
}
