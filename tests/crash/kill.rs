//! `apply`, `delta` and rollbacks of slices killed at random moments, as the kernel kills them,
//! until they end (invariants 1, 2, 4, 7).
//!
//! Judged: Intercom's content equals that of an undisturbed run; no request that creates something
//! was carried out twice with the same content; the ledger is whole and equals its replay. Not
//! judged: loss of power, where the disk forgets what the system wrote.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use data_generator::{Format, Recipe};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::content::{first_difference, unclaimed};
use crate::support::databases::Database;
use crate::support::desk::{Desk, OWN_LEDGER, Said};

/// Kills of `apply` on each database.
const KILLS: usize = 200;

/// Kills of a delta, and of a slice of a rollback, on each database; [`KILLS_BY_HAND`] sets more.
const LATER_KILLS: usize = 24;

/// `DESKLEDGER_TEST_KILLS=200`: so many kills of a delta, and of slices, on each database.
const KILLS_BY_HAND: &str = "DESKLEDGER_TEST_KILLS";

/// A migration killed so often may end in peace: one that never ended would prove nothing.
const KILLS_PER_MIGRATION: usize = 12;

/// PostgreSQL notices a killed client a moment later; until then its lock holds.
const LOCKED_TRIES_MAX: usize = 50;
const LOCKED_WAIT_MS: u64 = 100;

/// Set it to repeat the moments of an earlier run.
const SEED: &str = "DESKLEDGER_TEST_SEED";

/// Requests that make a new object however often they are sent.
const CREATES: &[&str] = &[
    "CreateContact",
    "createArticle",
    "createCollection",
    "createConversation",
    "createConversationAttribute",
    "createDataAttribute",
    "createNote",
    "replyConversation",
];

/// A small export whose migration ends the same in whatever order it is made.
pub fn recipe() -> Recipe {
    Recipe {
        tickets: 25,
        customers: 8,
        messages_per_ticket: 2,
        articles: 4,
        attachments_percent: 20.0,
        seed: 11,
        format: Format::Csv,
        rounds: Vec::new(),
    }
}

#[allow(clippy::print_stdout, reason = "the seed repeats the run")]
fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("{SEED}={seed}");
    seed
}

/// How often each creation was carried out, by operation, address and content.
fn creations(desk: &Desk) -> BTreeMap<(&'static str, String, [u8; 32]), usize> {
    let mut found = BTreeMap::new();
    for entry in desk.simulator.witness() {
        if entry.applied && CREATES.contains(&entry.operation) {
            let key = (entry.operation, entry.path.to_string(), entry.body_digest);
            *found.entry(key).or_default() += 1;
        }
    }
    found
}

fn per_operation(desk: &Desk) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for ((operation, _, _), count) in creations(desk) {
        *counts.entry(operation).or_default() += count;
    }
    counts
}

/// What is killed.
struct Work {
    words: Vec<String>,
    /// The part of the kills that fall by the count of writes: they come late, after much reading.
    by_writes: f64,
}

impl Work {
    fn new(words: &str) -> Self {
        let by_writes = match words.split(' ').next() {
            Some("delta") => 0.7,
            Some("rollback") => 1.0,
            _ => 0.0,
        };
        Self { words: words.split(' ').map(str::to_owned).collect(), by_writes }
    }

    /// Waits for a random moment: of its time, or, as its writes come late, of its writes.
    async fn moment(&self, desk: &Desk, peace: &Peace, random: &mut StdRng) {
        let done = desk.writes();
        if !random.random_bool(self.by_writes) || done >= peace.writes {
            let delay_us = random.random_range(0..peace.took.as_micros() as u64 / 2);
            tokio::time::sleep(Duration::from_micros(delay_us)).await;
            return;
        }
        let write = random.random_range(done..peace.writes.min(done + peace.writes / 4 + 1));
        let delay_us = random.random_range(0..3_000);
        while desk.writes() < write {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(delay_us)).await;
    }

    fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }
}

/// What an undisturbed run leaves and takes.
struct Peace {
    content: Value,
    creations: BTreeMap<&'static str, usize>,
    writes: usize,
    exit: i32,
    took: Duration,
}

impl Peace {
    async fn of(desk: &Desk, work: &Work) -> Self {
        let start = Instant::now();
        let said = desk.say(&work.words()).await;
        assert!(matches!(said.exit, 0 | 3), "{said:?}");
        let took = start.elapsed();
        let (content, creations) = (unclaimed(&desk.simulator), per_operation(desk));
        assert!(desk.writes() > 20, "{}", desk.writes());
        Self { content, creations, writes: desk.writes(), exit: said.exit, took }
    }
}

/// Kills so far, and how many of them fell between the first write and the last.
#[derive(Default)]
struct Kills {
    all: usize,
    amid_writes: usize,
}

/// Tells how far it is: a run takes minutes.
#[allow(clippy::print_stderr, reason = "a long test shows that it lives")]
fn tell(kills: &Kills, migrations: usize) {
    eprintln!("{} kills in {migrations} migrations", kills.all);
}

/// Runs the work until it ends by itself, killing it up to `most` times.
async fn harass(
    desk: &Desk,
    (work, peace): (&Work, &Peace),
    random: &mut StdRng,
    most: usize,
) -> Kills {
    let mut kills = Kills::default();
    let mut locked = 0;
    loop {
        let mut program = desk.program(&work.words());
        program.stdout(Stdio::null());
        let mut child = program.spawn().unwrap();
        if kills.all < most {
            let moment = work.moment(desk, peace, random);
            let struck = tokio::select! {
                _ = child.wait() => false,
                () = moment => true,
            };
            if struck {
                child.kill().await.unwrap();
                kills.all += 1;
                let writes = desk.writes();
                kills.amid_writes += usize::from(writes > 0 && writes < peace.writes);
                continue;
            }
        }
        let output = child.wait_with_output().await.unwrap();
        let exit = output.status.code().unwrap_or(-1);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let said = Said { exit, stdout: String::new(), stderr };
        if exit == 2 && said.error() == "ledger_locked" && locked < LOCKED_TRIES_MAX {
            locked += 1;
            tokio::time::sleep(Duration::from_millis(LOCKED_WAIT_MS)).await;
            continue;
        }
        if exit != peace.exit {
            let verified = desk.say(&["verify", "--all"]).await;
            panic!("ended with {exit} after {} kills: {said:?}; {verified:?}", kills.all);
        }
        return kills;
    }
}

async fn judge(desk: &Desk, peace: &Peace) {
    let twice: Vec<_> = creations(desk).into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "created twice: {twice:?}");
    assert_eq!(per_operation(desk), peace.creations);
    let now = unclaimed(&desk.simulator);
    for (kind, content) in peace.content.as_object().unwrap() {
        let other = first_difference(&now[kind], content);
        assert_eq!(other, None, "{kind} are not those of an undisturbed run");
    }
    assert!(desk.simulator.mailbox().is_empty());
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}

#[allow(clippy::print_stdout, reason = "how hard it was tried")]
fn close(kills: &Kills, wanted: usize, migrations: usize) {
    let amid = kills.amid_writes;
    println!("{} kills in {migrations} migrations, {amid} of them amid the writes", kills.all);
    assert_eq!(kills.all, wanted);
    assert!(amid > wanted / 3, "most kills came before or after the work");
}

/// A project, and its ledger where it is not a file beside it.
struct Prepared {
    desk: Desk,
    database: Option<Database>,
}

impl Prepared {
    async fn copy(&self) -> Prepared {
        let Some(database) = &self.database else {
            return Prepared { desk: self.desk.copy_as_it_stands(None).await, database: None };
        };
        let copy = database.copy().await;
        let (from, to) = (database.address(), copy.address());
        let desk = self.desk.copy_as_it_stands(Some((&from, &to))).await;
        Prepared { desk, database: Some(copy) }
    }

    async fn remove(self) {
        if let Some(database) = self.database {
            database.remove().await;
        }
    }
}

/// Kills `work` so often, begun anew as often as it ends.
async fn kill(prepared: Prepared, work: &Work, wanted: usize) {
    let mut random = StdRng::seed_from_u64(seed());
    let calm = prepared.copy().await;
    let peace = Peace::of(&calm.desk, work).await;
    calm.remove().await;
    let (mut kills, mut migrations) = (Kills::default(), 0);
    while kills.all < wanted {
        let copy = prepared.copy().await;
        let most = KILLS_PER_MIGRATION.min(wanted - kills.all);
        let more = harass(&copy.desk, (work, &peace), &mut random, most).await;
        kills.all += more.all;
        kills.amid_writes += more.amid_writes;
        migrations += 1;
        judge(&copy.desk, &peace).await;
        tell(&kills, migrations);
        copy.remove().await;
    }
    close(&kills, wanted, migrations);
    prepared.remove().await;
}

/// The export, and the same desk some time later.
struct Exports {
    _home: TempDir,
    first: PathBuf,
    later: PathBuf,
}

fn exports() -> Exports {
    let home = tempfile::tempdir().unwrap();
    let (first, later) = (home.path().join("export"), home.path().join("later"));
    data_generator::write(&recipe(), &first).unwrap();
    data_generator::write(&recipe().later(60.0, 5), &later).unwrap();
    Exports { _home: home, first, later }
}

async fn planned(exports: &Exports, database: Option<Database>) -> Prepared {
    let address = database.as_ref().map_or(OWN_LEDGER.to_owned(), Database::address);
    let desk = Desk::new(&exports.first, Value::Null, &address).await;
    desk.hurry();
    desk.plan().await;
    Prepared { desk, database }
}

async fn applied(exports: &Exports, database: Option<Database>) -> Prepared {
    let prepared = planned(exports, database).await;
    prepared.desk.done("apply --yes").await;
    prepared
}

/// Kills of what comes after the first migration.
fn later_kills() -> usize {
    let given = std::env::var(KILLS_BY_HAND).ok().and_then(|text| text.parse().ok());
    given.unwrap_or(LATER_KILLS)
}

async fn delta(database: Option<Database>) {
    let exports = exports();
    let prepared = applied(&exports, database).await;
    let work = Work::new(&format!("delta --yes --bundle {}", exports.later.display()));
    kill(prepared, &work, later_kills()).await;
}

async fn slice(database: Option<Database>) {
    let exports = exports();
    let prepared = applied(&exports, database).await;
    let work = Work::new("rollback apply --yes --phase conversations");
    kill(prepared, &work, later_kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_on_sqlite_survives_being_killed_at_any_moment() {
    kill(planned(&exports(), None).await, &Work::new("apply --yes"), KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_on_postgres_survives_being_killed_at_any_moment() {
    let Some(database) = Database::postgres().await else { return };
    let prepared = planned(&exports(), Some(database)).await;
    kill(prepared, &Work::new("apply --yes"), KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_on_sqlite_survives_being_killed_at_any_moment() {
    delta(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_on_postgres_survives_being_killed_at_any_moment() {
    let Some(database) = Database::postgres().await else { return };
    delta(Some(database)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_on_sqlite_is_taken_back_whenever_it_is_killed() {
    slice(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_on_postgres_is_taken_back_whenever_it_is_killed() {
    let Some(database) = Database::postgres().await else { return };
    slice(Some(database)).await;
}
