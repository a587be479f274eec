//! HASHING.md section 8: an exported ledger, checked from its first to its last line.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use serde_json::Value;

use crate::event::{Hash, hex, leaf_of, number, once_of, stream_of, text};
use crate::note::{self, Key};
use crate::tree::Tree;

/// What was found in an export.
#[derive(Default)]
pub struct Report {
    /// Events read.
    pub events: u64,
    /// Checkpoints whose root fits.
    pub checkpoints: u64,
    /// Checkpoints among them that a given key has signed.
    pub signed: u64,
    /// What is wrong, with the line from 1.
    pub problems: Vec<(u64, String)>,
}

/// State of the check between two lines.
#[derive(Default)]
struct Check {
    report: Report,
    tree: Tree,
    /// Roots at the sizes that checkpoints will ask for.
    roots: HashMap<u64, Hash>,
    announced: Option<(u64, Hash)>,
    next_sequence: HashMap<String, u32>,
    once: HashSet<(String, i64)>,
}

/// Checks an export. It is read twice: checkpoints stand at its end, and the roots that they ask
/// for are met on the way there.
pub fn check<R: BufRead>(
    open: impl Fn() -> std::io::Result<R>,
    keys: &[Key],
) -> std::io::Result<Report> {
    let mut sizes = HashSet::new();
    for line in open()?.lines() {
        let line = line?;
        if line.starts_with("{\"checkpoint\"")
            && let Ok(value) = serde_json::from_str::<Value>(&line)
            && let Ok(checkpoint) = note::read(value["checkpoint"].as_str().unwrap_or(""), &[])
        {
            sizes.insert(checkpoint.size);
        }
    }
    let mut check = Check::default();
    check.roots.insert(0, check.tree.root());
    for (line, number) in open()?.lines().zip(1..) {
        let problem = match serde_json::from_str(&line?) {
            Ok(value) => check.line(&value, number, keys).err(),
            Err(error) => Some(format!("not JSON: {error}")),
        };
        check.report.problems.extend(problem.map(|problem| (number, problem)));
        if sizes.contains(&check.tree.size()) {
            let root = check.tree.root();
            check.roots.insert(check.tree.size(), root);
        }
    }
    Ok(check.finish())
}

impl Check {
    fn line(&mut self, value: &Value, number: u64, keys: &[Key]) -> Result<(), String> {
        if number == 1 {
            self.first(value)
        } else if let Some(note) = value.get("checkpoint") {
            self.checkpoint(note.as_str().unwrap_or(""), keys)
        } else {
            self.event(value)
        }
    }

    fn first(&mut self, value: &Value) -> Result<(), String> {
        if value["export"] != "deskledger" || value["version"] != 1 {
            return Err("not an export of version 1".into());
        }
        self.announced = Some((number(value, "size")?, hex(text(value, "root")?)?));
        Ok(())
    }

    fn event(&mut self, line: &Value) -> Result<(), String> {
        let expected = self.report.events;
        self.report.events += 1;
        let leaf = leaf_of(line);
        // A line that cannot be read still has its place in the tree.
        self.tree.add(*leaf.as_ref().unwrap_or(&[0; 32]));
        leaf?;
        let position: u64 = number(line, "position")?;
        if position != expected {
            return Err(format!("position {position} where {expected} should be"));
        }
        let stream = stream_of(line)?;
        let sequence: u32 = number(&line["header"], "sequence")?;
        let next = self.next_sequence.entry(stream.clone()).or_default();
        let expected = std::mem::replace(next, sequence + 1);
        if sequence != expected {
            return Err(format!("{stream}: sequence {sequence} where {expected} should be"));
        }
        if !self.once.insert(once_of(line)?) {
            return Err(format!("{stream}: the same event is there twice"));
        }
        Ok(())
    }

    fn checkpoint(&mut self, note: &str, keys: &[Key]) -> Result<(), String> {
        let checkpoint = note::read(note, keys)?;
        match self.roots.get(&checkpoint.size) {
            Some(root) if *root == checkpoint.root => {}
            Some(_) => return Err(format!("events before {} were changed", checkpoint.size)),
            None => return Err(format!("events up to {} are missing", checkpoint.size)),
        }
        self.report.checkpoints += 1;
        self.report.signed += u64::from(checkpoint.signed > 0);
        if keys.is_empty() || checkpoint.signed > 0 {
            Ok(())
        } else {
            Err(format!("checkpoint of {} is signed by none of the given keys", checkpoint.size))
        }
    }

    fn finish(mut self) -> Report {
        let found = Some((self.tree.size(), self.tree.root()));
        if found != self.announced {
            self.report.problems.push((1, "size and root are not those of the events".into()));
        }
        self.report
    }
}
