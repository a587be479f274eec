//! Checkpoints and head against the tree of the events.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Findings, Place};
use super::page::CheckedPage;
use super::settings::CheckSettings;
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

    /// Compares with one checkpoint, and notes who vouches for it.
    fn check_checkpoint(
        &self,
        row: &CheckpointRow,
        settings: &CheckSettings,
        vouched: &mut Vouched,
        findings: &mut Findings,
    ) {
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
                return;
            }
        };
        match note.text.parse::<Checkpoint>() {
            Ok(said) if (said.size, said.root) == (row.size, row.root) => {}
            Ok(_) => wrong("checkpoint_note", "its note is about another tree".to_owned()),
            Err(error) => wrong("checkpoint_note", error.to_string()),
        }
        let signatures = signatures_of(&note, &settings.keys, true, &mut wrong);
        let cosigned = signatures_of(&note, &settings.witnesses, false, &mut wrong);
        for (given, covered) in
            [(signatures, &mut vouched.sealed), (cosigned, &mut vouched.witnessed)]
        {
            if given > 0 {
                *covered = (*covered).max(row.size);
            }
        }
        vouched.signatures += signatures + cosigned;
    }

    /// Compares with a note that somebody kept: the ledger must still begin as it says.
    fn check_anchor(&self, note: &SignedNote, keys: &[VerifierKey], findings: &mut Findings) {
        let Ok(kept) = note.text.parse::<Checkpoint>() else {
            let what = "the text of the note is no checkpoint";
            findings.push(Finding::error("anchor_note", Place::Note(0), what));
            return;
        };
        let place = Place::Note(kept.size);
        let mut wrong = |code, what: String| findings.push(Finding::error(code, place, what));
        match self.roots.get(&kept.size) {
            Some(root) if *root == kept.root => {}
            Some(root) => wrong(
                "anchor_root",
                format!(
                    "seals root {}; the events before {} have root {root}: this ledger does not \
                     continue the one that the note was made of",
                    kept.root, kept.size
                ),
            ),
            None => wrong(
                "anchor_ahead",
                format!(
                    "seals more than the {} events there are: the ledger was cut, or is an older \
                     copy",
                    self.frontier.size()
                ),
            ),
        }
        match note.verify(keys) {
            _ if keys.is_empty() => {}
            Ok(_) => {}
            Err(error) => wrong("anchor_signature", error.to_string()),
        }
    }
}

/// How many of the keys have signed; that none has is wrong if one `must`.
fn signatures_of(
    note: &SignedNote,
    keys: &[VerifierKey],
    must: bool,
    wrong: &mut impl FnMut(&'static str, String),
) -> u64 {
    match note.verify(keys) {
        _ if keys.is_empty() => 0,
        Ok(signed) => signed.len() as u64,
        Err(NoteError::Unsigned) if !must => 0,
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

/// What the signatures of given keys cover.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vouched {
    /// Signatures that fit.
    pub(super) signatures: u64,
    /// Events covered by one of a key.
    pub(super) sealed: u64,
    /// Events covered by one of a witness.
    pub(super) witnessed: u64,
}

/// Compares the tree with all checkpoints and with the notes that were kept elsewhere.
pub(super) fn check_seals(
    tree: &Tree,
    rows: &[CheckpointRow],
    settings: &CheckSettings,
    findings: &mut Findings,
) -> Vouched {
    let mut vouched = Vouched::default();
    rows.iter().for_each(|row| tree.check_checkpoint(row, settings, &mut vouched, findings));
    settings.anchors.iter().for_each(|note| tree.check_anchor(note, &settings.keys, findings));
    let missing = |code, who| {
        let what = format!("no checkpoint is signed by {who}: nobody vouches for this ledger");
        Finding::error(code, Place::Head, what)
    };
    if !settings.keys.is_empty() && vouched.sealed == 0 {
        findings.push(missing("checkpoint_none", "a given key"));
    }
    if !settings.witnesses.is_empty() && vouched.witnessed == 0 {
        findings.push(missing("witness_none", "a given witness"));
    }
    vouched
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
