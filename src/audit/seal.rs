//! Checkpoints and head against the tree of the events.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Findings, Place};
use super::page::CheckedPage;
use crate::model::note::{NoteError, SignedNote, VerifierKey};
use crate::model::{Checkpoint, Frontier, TreeHash};
use crate::store::{CheckpointRow, HeadRow};

/// The tree so far, and its roots where checkpoints ask for them.
pub(super) struct Tree {
    frontier: Frontier,
    /// Sizes still to come, in order.
    asked: BTreeSet<u64>,
    roots: BTreeMap<u64, TreeHash>,
    /// Whole pages are missing, so that no root can be told from there on.
    torn: bool,
}

impl Tree {
    /// An empty tree that will be asked for its root at these sizes.
    pub(super) fn new(asked: BTreeSet<u64>) -> Self {
        let mut tree =
            Self { frontier: Frontier::default(), asked, roots: BTreeMap::new(), torn: false };
        tree.note_root();
        tree
    }

    /// Adds a page.
    pub(super) fn append(&mut self, page: &CheckedPage) {
        self.torn |= page.start != self.frontier.size();
        if self.torn || page.leaves.is_empty() {
            return;
        }
        let end = page.start + page.leaves.len() as u64;
        let asked_inside = self.asked.range(page.start + 1..end).next().is_some();
        match page.root {
            Some(root) if !asked_inside => self.frontier.append_subtree(root),
            _ => {
                for leaf in &page.leaves {
                    self.frontier.append(*leaf);
                    self.note_root();
                }
            }
        }
        self.note_root();
    }

    fn note_root(&mut self) {
        let size = self.frontier.size();
        if self.asked.contains(&size) && !self.roots.contains_key(&size) {
            self.roots.insert(size, self.frontier.root());
        }
    }

    /// Root over all events.
    pub(super) fn root(&self) -> TreeHash {
        self.frontier.root()
    }

    /// Compares with the head row.
    pub(super) fn check_head(&self, head: &HeadRow, findings: &mut Findings) {
        let size = self.frontier.size();
        if self.torn {
            let what = "cannot be compared: events are missing";
            findings.push(Finding::error("head_tree", Place::Head, what));
            return;
        }
        if head.size != size {
            let what = format!("says {} events, there are {size}", head.size);
            findings.push(Finding::error("head_size", Place::Head, what));
        }
        if head.frontier != self.frontier.to_bytes() {
            let what = format!("its tree is not that of the events, whose root is {}", self.root());
            findings.push(Finding::error("head_tree", Place::Head, what));
        }
    }

    /// Compares with one checkpoint; gives the number of signatures checked.
    pub(super) fn check_checkpoint(
        &self,
        row: &CheckpointRow,
        keys: &[VerifierKey],
        findings: &mut Findings,
    ) -> u64 {
        let place = Place::Checkpoint(row.size);
        let mut wrong = |code, what: String| findings.push(Finding::error(code, place, what));
        match self.roots.get(&row.size) {
            Some(root) if *root == row.root => {}
            Some(root) => wrong(
                "checkpoint_root",
                format!(
                    "seals root {}; the events before {} have root {root}: one of them or the \
                     checkpoint was changed",
                    row.root, row.size
                ),
            ),
            None => wrong("checkpoint_size", "seals events that are missing".to_owned()),
        }
        let note = match row.note.parse::<SignedNote>() {
            Ok(note) => note,
            Err(error) => {
                wrong("checkpoint_note", error.to_string());
                return 0;
            }
        };
        match note.text.parse::<Checkpoint>() {
            Ok(said) if (said.size, said.root) == (row.size, row.root) => {}
            Ok(_) => wrong("checkpoint_note", "its note is about another tree".to_owned()),
            Err(error) => wrong("checkpoint_note", error.to_string()),
        }
        if keys.is_empty() {
            return 0;
        }
        match note.verify(keys) {
            Ok(signed) => signed.len() as u64,
            Err(error @ NoteError::Unsigned) => {
                wrong("checkpoint_unsigned", error.to_string());
                0
            }
            Err(error) => {
                wrong("checkpoint_signature", error.to_string());
                0
            }
        }
    }
}

/// Seals that an event records must be in the table.
pub(super) fn check_sealed(
    sealed: &BTreeMap<u64, (u64, TreeHash)>,
    rows: &[CheckpointRow],
    findings: &mut Findings,
) {
    for (size, (position, root)) in sealed {
        let wrong = match rows.iter().find(|row| row.size == *size) {
            Some(row) if row.root == *root => continue,
            Some(_) => "seals another root than its event says",
            None => "recorded by an event, and missing",
        };
        let what = format!("{wrong} (event {position})");
        findings.push(Finding::error("checkpoint_event", Place::Checkpoint(*size), what));
    }
}
