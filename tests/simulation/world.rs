//! A desk, the workspace it is moved to, the same workspace without a migration, and what is known
//! of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use intercom_simulator::{Options, Running};
use oracle::{
    Before, Chance, Complaint, Done, Expected, Export, Picture, Residue, complete, picture,
    standing,
};
use serde_json::Value;

use super::classes::{Class, Classes};
use crate::support::desk::{Desk, OWN_LEDGER};

/// What is known of a run that wrote.
pub struct Note {
    /// Its id.
    pub run: String,
    /// Events in the ledger before it.
    pub since: u64,
    /// The workspace before it.
    pub before: Value,
    /// Requests in the witness before it and after it.
    pub witness: (usize, usize),
    /// What teammates had done before it.
    pub acts: usize,
    /// Whether all before it had ended as it should.
    pub clean: bool,
}

/// Everything that a sequence needs.
pub struct World {
    pub desk: Desk,
    /// The workspace without a migration: only teammates work there.
    pub shadow: Running,
    /// The old desk as it is now.
    pub source: oracle::Desk,
    /// As it was read last.
    pub read: oracle::Desk,
    /// Records that changed since.
    pub changed: BTreeSet<String>,
    /// Whether something was withdrawn since.
    pub withdrawn: bool,
    /// Whether something was ever withdrawn.
    pub ever_withdrawn: bool,
    /// Whether the map may not know a field.
    pub late_fields: bool,
    /// What teammates did.
    pub acts: Vec<Done>,
    /// Whether runs are noted.
    pub notes_runs: bool,
    /// Runs that wrote and stand, oldest first.
    pub notes: Vec<Note>,
    /// Everything that rollbacks said is left.
    pub residue: Vec<Residue>,
    /// Whether the last write ended as it should.
    pub clean: bool,
    pub home: tempfile::TempDir,
}

/// A window of the request budget; a refusal is over when it ends.
const WINDOW_MS: u64 = 100;

impl World {
    /// A project that has read and mapped the desk; nothing is written yet.
    pub async fn new(seed: u64, classes: &Classes) -> Self {
        let mut chance = Chance::new(seed);
        let mut source = oracle::Desk::make(&mut chance);
        if classes.has(Class::LateFields) {
            source.without_fields();
        }
        let before = Before::make(&source, &mut chance);
        let options = Options {
            workspace: before.workspace,
            rng_start: seed,
            window_ms: WINDOW_MS,
            rate_limit: Some(1_000_000),
            witness_bodies: true,
            ..Options::default()
        };
        let home = tempfile::tempdir().unwrap();
        oracle::write(&source, Export::Full, &home.path().join("full")).unwrap();
        let bundle = home.path().join("full").display().to_string();
        let from = ["--source", "deskero", "--bundle", &bundle, "--ledger", OWN_LEDGER];
        let desk = Desk::before(&from, options, Vec::new()).await;
        desk.hurry();
        desk.window(WINDOW_MS);
        for act in &before.acts {
            desk.simulator.act(act).unwrap();
        }
        let shadow = desk.simulator.copy().await.unwrap();
        desk.done("read").await;
        desk.done("map propose").await;
        desk.done("map confirm").await;
        let decisions = home.path().join("decisions");
        std::fs::write(&decisions, "G3 = \"admin:71\"\nG4 = \"confirmed\"\n").unwrap();
        desk.done(&format!("decide import {}", decisions.display())).await;
        Self {
            read: source.clone(),
            desk,
            shadow,
            source,
            changed: BTreeSet::new(),
            withdrawn: false,
            ever_withdrawn: false,
            late_fields: classes.has(Class::LateFields),
            acts: Vec::new(),
            notes_runs: classes.has(Class::RollbackSlices),
            notes: Vec::new(),
            residue: Vec::new(),
            clean: true,
            home,
        }
    }

    /// Writes an export; its folder.
    pub fn export(&self, partial: bool) -> PathBuf {
        let (name, export) = if partial {
            ("partial", Export::Partial(&self.changed))
        } else {
            ("full", Export::Full)
        };
        let folder = self.home.path().join(name);
        oracle::write(&self.source, export, &folder).unwrap();
        folder
    }

    /// What was exported is read.
    pub fn was_read(&mut self) {
        self.read = self.source.clone();
        self.changed.clear();
        self.withdrawn = false;
    }

    /// Tags that teammates gave.
    pub fn people_tags(&self) -> BTreeSet<String> {
        self.acts.iter().map(|done| done.word.clone()).collect()
    }

    /// The workspace without a migration.
    pub fn others(&self) -> Picture {
        picture(&self.shadow.state(), &self.people_tags())
    }

    /// What is wrong at any time.
    pub fn standing(&self) -> Vec<Complaint> {
        let others = self.others();
        let expected = Expected { desk: &self.source, others: &others, acts: &self.acts };
        standing(&self.desk.simulator.state(), &expected)
    }

    /// What is wrong after a whole pass.
    pub fn complete(&self) -> Vec<Complaint> {
        self.complete_in(&self.desk.simulator.state())
    }

    /// What is wrong in this state, after a whole pass.
    pub fn complete_in(&self, state: &Value) -> Vec<Complaint> {
        let others = self.others();
        let expected = Expected { desk: &self.read, others: &others, acts: &self.acts };
        complete(state, &expected)
    }

    /// What is wrong after everything was rolled back, if this is what the product says is left.
    pub fn undone(&self, residue: &[Residue]) -> Vec<Complaint> {
        self.undone_in(&self.desk.simulator.state(), residue)
    }

    /// What is wrong in this state, after everything was rolled back.
    pub fn undone_in(&self, state: &Value, residue: &[Residue]) -> Vec<Complaint> {
        let others = self.others();
        let expected = Expected { desk: &self.source, others: &others, acts: &self.acts };
        oracle::undone(state, &expected, residue)
    }

    /// Whether a contact that was there before carries an id of ours.
    pub fn is_met(&self, id: &str) -> bool {
        let state = self.desk.simulator.state();
        let mut all = state["contacts"].as_array().unwrap().iter();
        let contact = all.find(|one| one["id"] == id).unwrap();
        contact["external_id"].as_str().is_some_and(|own| own.starts_with("deskero:"))
    }

    /// Objects of a kind that were there before, or that were not.
    pub fn objects(&self, kind: &str, ours: bool) -> Vec<String> {
        let (state, shadow) = (self.desk.simulator.state(), self.shadow.state());
        let ids = |state: &Value| -> BTreeMap<String, bool> {
            let all = state[kind].as_array().into_iter().flatten();
            all.map(|one| (crate::support::desk::text(&one["id"]), one["archived"] == true))
                .collect()
        };
        let theirs = ids(&shadow);
        let live = ids(&state).into_iter().filter(|(_, archived)| !archived);
        live.filter(|(id, _)| theirs.contains_key(id) != ours).map(|(id, _)| id).collect()
    }
}
