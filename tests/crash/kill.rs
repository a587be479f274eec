//! `apply` killed at random moments, as the kernel kills it, until it ends (invariants 1, 2, 4).
//!
//! Judged: Intercom's content equals that of an undisturbed run; no request that creates something
//! was carried out twice with the same content; the ledger is whole and equals its replay. Not
//! judged: loss of power, where the disk forgets what the system wrote.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use data_generator::{Format, Recipe};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::support::content::unclaimed;
use crate::support::databases::Database;
use crate::support::desk::{Desk, OWN_LEDGER, Said};

/// Kills on each database.
const KILLS: usize = 200;

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

/// What an undisturbed run leaves and takes.
struct Peace {
    content: Value,
    creations: BTreeMap<&'static str, usize>,
    writes: usize,
    took: Duration,
}

impl Peace {
    async fn of(desk: &Desk) -> Self {
        let start = Instant::now();
        desk.done("apply --yes").await;
        let took = start.elapsed();
        let (content, creations) = (unclaimed(&desk.simulator), per_operation(desk));
        assert!(creations.values().sum::<usize>() > 100, "{creations:?}");
        Self { content, creations, writes: desk.writes(), took }
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

/// Runs apply until it ends by itself, killing it up to `most` times.
async fn harass(desk: &Desk, peace: &Peace, random: &mut StdRng, most: usize) -> Kills {
    let mut kills = Kills::default();
    let mut locked = 0;
    loop {
        let mut program = desk.program(&["apply", "--yes"]);
        program.stdout(Stdio::null());
        let mut child = program.spawn().unwrap();
        if kills.all < most {
            let delay = random.random_range(0..peace.took.as_micros() as u64 / 2);
            let wait = tokio::time::timeout(Duration::from_micros(delay), child.wait());
            if wait.await.is_err() {
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
        assert_eq!(exit, 0, "after {} kills: {said:?}", kills.all);
        return kills;
    }
}

async fn judge(desk: &Desk, peace: &Peace) {
    let twice: Vec<_> = creations(desk).into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "created twice: {twice:?}");
    assert_eq!(per_operation(desk), peace.creations);
    let now = unclaimed(&desk.simulator);
    for (kind, content) in peace.content.as_object().unwrap() {
        assert_eq!(&now[kind], content, "{kind} are not those of an undisturbed run");
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

#[tokio::test(flavor = "multi_thread")]
async fn apply_on_sqlite_survives_being_killed_at_any_moment() {
    let home = tempfile::tempdir().unwrap();
    let bundle = home.path().join("export");
    data_generator::write(&recipe(), &bundle).unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    let prepared = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    prepared.hurry();
    prepared.plan().await;
    let peace = Peace::of(&prepared.copy(None).await).await;
    let (mut kills, mut migrations) = (Kills::default(), 0);
    while kills.all < KILLS {
        let desk = prepared.copy(None).await;
        let most = KILLS_PER_MIGRATION.min(KILLS - kills.all);
        let more = harass(&desk, &peace, &mut random, most).await;
        kills.all += more.all;
        kills.amid_writes += more.amid_writes;
        migrations += 1;
        judge(&desk, &peace).await;
        tell(&kills, migrations);
    }
    close(&kills, KILLS, migrations);
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_on_postgres_survives_being_killed_at_any_moment() {
    let Some(database) = Database::postgres().await else { return };
    let home = tempfile::tempdir().unwrap();
    let bundle = home.path().join("export");
    data_generator::write(&recipe(), &bundle).unwrap();
    let mut random = StdRng::seed_from_u64(seed());
    let prepared = Desk::new(&bundle, Value::Null, &database.address()).await;
    prepared.hurry();
    prepared.plan().await;
    let calm = database.copy().await;
    let (from, to) = (database.address(), calm.address());
    let peace = Peace::of(&prepared.copy(Some((&from, &to))).await).await;
    calm.remove().await;
    let (mut kills, mut migrations) = (Kills::default(), 0);
    while kills.all < KILLS {
        let copy = database.copy().await;
        let desk = prepared.copy(Some((&from, &copy.address()))).await;
        let most = KILLS_PER_MIGRATION.min(KILLS - kills.all);
        let more = harass(&desk, &peace, &mut random, most).await;
        kills.all += more.all;
        kills.amid_writes += more.amid_writes;
        migrations += 1;
        judge(&desk, &peace).await;
        tell(&kills, migrations);
        copy.remove().await;
    }
    close(&kills, KILLS, migrations);
    database.remove().await;
}
