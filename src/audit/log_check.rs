//! An exported log, checked from its first to its last line, as `HASHING.md` section 9 says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::BufRead;

use serde::{Deserialize, Serialize};

use super::accuracy::{self, Verified};
use super::error::AuditError;
use super::export::{ExportedEvent, read_json};
use crate::model::note::{NoteError, SignedNote, VerifierKey};
use crate::model::{Checkpoint, Frontier, RunId, TreeHash};

/// What starts the line of a checkpoint.
const CHECKPOINT_START: &str = "{\"checkpoint\"";

/// First line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstLine {
    export: String,
    version: u32,
    size: u64,
    root: TreeHash,
}

/// Last lines.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: String,
}

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// File of the bundle and line of the log.
    pub at: String,
    /// What, in words.
    pub what: String,
}

/// What is wrong with a log, and what is not.
#[derive(Debug, Default)]
pub(super) struct LogCheck {
    pub(super) problems: Vec<Problem>,
    pub(super) tree: Frontier,
    /// Checkpoints that fit, as they stand in the log.
    pub(super) notes: Vec<String>,
    pub(super) signatures: u64,
    /// Events covered by the signature of a given key.
    pub(super) sealed: u64,
    pub(super) payloads: u64,
    /// Leaves at the positions that were asked for.
    pub(super) leaves: BTreeMap<u64, TreeHash>,
    /// Roots at the sizes that were asked for.
    pub(super) roots: BTreeMap<u64, TreeHash>,
    /// What each run that verified recorded.
    pub(super) verified: BTreeMap<RunId, Verified>,
    keys: Vec<VerifierKey>,
    announced: Option<(u64, TreeHash)>,
    sequences: HashMap<(String, String, String), u32>,
    once: HashSet<(String, String, String, i64)>,
}

/// Sizes that the checkpoints of a log are about; it is read once for them, and once to be checked.
pub(super) fn sizes(lines: impl BufRead) -> Result<BTreeSet<u64>, AuditError> {
    let mut sizes = BTreeSet::new();
    for line in lines.split(b'\n') {
        let line = line?;
        if !line.starts_with(CHECKPOINT_START.as_bytes()) {
            continue;
        }
        let Ok(CheckpointLine { checkpoint }) = serde_json::from_slice(&line) else { continue };
        let Ok(note) = checkpoint.parse::<SignedNote>() else { continue };
        sizes.extend(note.text.parse::<Checkpoint>().map(|said| said.size));
    }
    Ok(sizes)
}

impl LogCheck {
    /// Reads a log through, and notes the roots at `sizes` and the leaves at `positions`.
    ///
    /// # Errors
    /// If it cannot be read. Whatever it says is at worst a problem.
    pub(super) fn read(
        lines: impl BufRead,
        keys: &[VerifierKey],
        sizes: &BTreeSet<u64>,
        positions: &BTreeSet<u64>,
    ) -> Result<Self, AuditError> {
        let mut check = Self { keys: keys.to_vec(), ..Self::default() };
        check.roots.insert(0, check.tree.root());
        for (line, number) in lines.split(b'\n').zip(1u64..) {
            if let Err(what) = check.line(&line?, number, positions) {
                check.problems.push(Problem { at: format!("line {number}"), what });
            }
            let size = check.tree.size();
            if sizes.contains(&size) && !check.roots.contains_key(&size) {
                check.roots.insert(size, check.tree.root());
            }
        }
        if check.announced != Some((check.tree.size(), check.tree.root())) {
            check.wrong("line 1", "size and root are not those of the events");
        }
        if !keys.is_empty() && check.sealed == 0 && check.signatures == 0 {
            check.wrong("checkpoints", "none is signed by a given key");
        }
        Ok(check)
    }

    pub(super) fn wrong(&mut self, at: &str, what: impl Into<String>) {
        self.problems.push(Problem { at: at.to_owned(), what: what.into() });
    }

    fn line(&mut self, line: &[u8], number: u64, positions: &BTreeSet<u64>) -> Result<(), String> {
        if number == 1 {
            let first: FirstLine = read_json(line)?;
            if first.export != "deskledger" || first.version != 1 {
                return Err("not an export of version 1".to_owned());
            }
            self.announced = Some((first.size, first.root));
            return Ok(());
        }
        if let Ok(CheckpointLine { checkpoint }) = read_json(line) {
            return self.checkpoint(&checkpoint);
        }
        let expected = self.tree.size();
        let event = ExportedEvent::from_json(line);
        let leaf = event.and_then(|event| event.leaf().map(|leaf| (event, leaf)));
        // A line that cannot be read still has its place in the tree.
        self.tree.append(leaf.as_ref().map_or(TreeHash([0; 32]), |(_, leaf)| *leaf));
        let (event, leaf) = leaf?;
        if positions.contains(&expected) {
            self.leaves.insert(expected, leaf);
        }
        self.event(&event, expected)
    }

    fn event(&mut self, event: &ExportedEvent, expected: u64) -> Result<(), String> {
        if !self.notes.is_empty() {
            return Err("an event stands after a checkpoint".to_owned());
        }
        if event.position != expected {
            return Err(format!("position {} where {expected} should be", event.position));
        }
        self.payloads += u64::from(event.payload.is_some());
        accuracy::count(&mut self.verified, event);
        let (system, object, id) = event.stream();
        let next = self.sequences.entry((system.into(), object.into(), id.into())).or_default();
        let (sequence, wanted) = (event.sequence(), *next);
        *next = sequence.saturating_add(1);
        if sequence != wanted {
            return Err(format!("sequence {sequence} where {wanted} should be"));
        }
        if !self.once.insert((system.into(), object.into(), id.into(), event.idempotency_key())) {
            return Err("the same event is there twice".to_owned());
        }
        Ok(())
    }

    fn checkpoint(&mut self, text: &str) -> Result<(), String> {
        self.notes.push(text.to_owned());
        let note: SignedNote = text.parse().map_err(|error: NoteError| error.to_string())?;
        let signed = if self.keys.is_empty() { Ok(Vec::new()) } else { note.verify(&self.keys) };
        let said: Checkpoint = note.text.parse().map_err(|_| "the note is of no checkpoint")?;
        match self.roots.get(&said.size) {
            Some(root) if *root == said.root => {}
            Some(_) => {
                return Err(format!("the events before {} are not those sealed", said.size));
            }
            None => return Err(format!("{} events were sealed, and some are missing", said.size)),
        }
        let signed = signed.map_err(|error| error.to_string())?;
        self.signatures += signed.len() as u64;
        if !signed.is_empty() {
            self.sealed = self.sealed.max(said.size);
        }
        Ok(())
    }
}
