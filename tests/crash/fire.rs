//! Creates of every kind, side by side, under mixed faults, cut off again and again: each is there
//! once (invariants 1, 2, 4, 11). Within this process by a cut line, in seconds; and the program
//! itself on SQLite, killed by the kernel. The long form takes minutes and is run by hand:
//! `cargo nextest run --release --run-ignored only ten_thousand --no-capture`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use data_generator::{Format, Recipe};
use deskledger::engine::{Context, Silent};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings};
use deskledger::mapping::draft::Draft;
use deskledger::model::digest::Purpose;
use deskledger::model::{Digest, Event, Position};
use deskledger::projection;
use futures::TryStreamExt;
use intercom_simulator::{FaultRule, Options, profile};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::process::Child;

use super::creates::drafts;
use super::drafts::workspace;
use super::lost::seed;
use super::world::{Cut, World, drafted};
use crate::support::content::unclaimed;
use crate::support::desk::{Desk, OWN_LEDGER};

/// Runs beyond those that are cut: a run that gives up is safe to run again.
const RUNS_MORE: usize = 10;

/// How many objects of each kind a state holds, and how many messages and notes.
fn census(state: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (kind, list) in state.as_object().unwrap() {
        let list = list.as_array().map_or(&[][..], Vec::as_slice);
        counts.insert(kind.clone(), list.len());
        let parts = list.iter().filter_map(|one| one["parts"].as_array()).map(Vec::len);
        counts.insert(format!("{kind} parts"), parts.sum());
    }
    counts
}

#[allow(clippy::print_stdout, reason = "how hard it was tried")]
async fn under_fire(creates: usize, cuts: usize) {
    let drafts = drafts(creates);
    let calm = World::new(&drafts, Options::default()).await;
    calm.apply(None).await.unwrap().unwrap();
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let faults = profile("mixed").unwrap();
    let options = Options { faults, rng_start: seed, ..Options::default() };
    let mut world = World::new(&drafts, options).await;
    world.concurrency = 32;
    let (mut left, mut more) = (cuts, RUNS_MORE);
    loop {
        // Each run gets less than its share of the work, so that the cuts do not outlast it.
        let within = (creates / (cuts + 1)).max(2);
        let here = random.random_range(1..=within);
        let cut = if random.random_bool(0.5) { Cut::Before(here) } else { Cut::After(here) };
        match world.apply((left > 0).then_some(cut)).await {
            None => left -= 1,
            Some(Ok(report)) if left == 0 || report.requests == 0 => {
                assert_eq!(report.waiting, BTreeMap::new());
                break;
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                more -= 1;
                assert!(more > 0, "{error}");
            }
        }
    }
    world.simulator.set_faults(Vec::new());
    let struck = world.simulator.witness().iter().filter(|one| one.fault.is_some()).count();
    println!("{creates} creates, {} cuts, {struck} requests struck", cuts - left);
    assert_eq!(left, 0, "the work ended before all the cuts");
    let (ours, theirs) = (world.simulator.comparable(), calm.simulator.comparable());
    assert_eq!(census(&ours), census(&theirs));
    for (kind, content) in theirs.as_object().unwrap() {
        assert!(&ours[kind] == content, "{kind} are not those of a calm run");
    }
    world.check().await;
}

#[tokio::test]
async fn creates_of_every_kind_are_there_once() {
    under_fire(180, 12).await;
}

/// How hard the program is tried.
struct Trial {
    /// Creates of every kind, beside those of a made export.
    creates: usize,
    kills: usize,
    /// Share of the requests answered with 429: each stops everything for a second.
    limited: f64,
}

/// Requests a second that the simulator grants: many, but it says so, and a refusal is over soon.
const RATE: u64 = 1_000_000;
const WINDOW_MS: u64 = 1_000;

/// Drafts of one append.
const BATCH: usize = 2_000;

impl Trial {
    fn faults(&self) -> Vec<FaultRule> {
        let mut rules = profile("mixed").unwrap();
        for rule in rules.iter_mut().filter(|rule| rule.status == 429) {
            rule.rate = Some(self.limited);
        }
        rules
    }

    /// A project with all of it planned: a made export, and drafts of every kind.
    async fn prepare(&self, seed: u64, home: &Path) -> Desk {
        let bundle = home.join("export");
        let tickets = u64::try_from(self.creates).unwrap() / 50 + 1;
        let recipe = Recipe {
            tickets,
            customers: tickets / 3 + 1,
            messages_per_ticket: 2,
            articles: 4,
            attachments_percent: 20.0,
            seed: 11,
            format: Format::Csv,
            rounds: Vec::new(),
        };
        data_generator::write(&recipe, &bundle).unwrap();
        let options = Options {
            workspace: workspace(),
            rate_limit: Some(RATE),
            window_ms: WINDOW_MS,
            rng_start: seed,
            ..Options::default()
        };
        let bundle = bundle.display().to_string();
        let source = ["--source", "deskero", "--bundle", &bundle, "--ledger", OWN_LEDGER];
        let desk = Desk::before(&source, options, Vec::new()).await;
        desk.hurry();
        desk.window(WINDOW_MS);
        desk.plan().await;
        inject(&desk, &drafts(self.creates)).await;
        desk.done("plan").await;
        desk
    }
}

async fn open(desk: &Desk, read_only: bool) -> Context {
    let env = Env::system();
    let url = format!("sqlite:{}", desk.folder().join("ledger.db").display());
    let settings =
        LedgerSettings { url, projections: projection::all(), env: env.clone(), read_only };
    Context {
        ledger: Ledger::open(settings).await.unwrap(),
        env,
        progress: Arc::new(Silent),
        stop: Default::default(),
        locks: Arc::default(),
        refusals: Arc::default(),
        operator: "test".to_owned(),
        settings: Digest::of(Purpose::Settings, b"test"),
        mapping: None,
    }
}

async fn inject(desk: &Desk, drafts: &[Draft]) {
    let context = open(desk, false).await;
    let run = context.begin("plan").await.unwrap();
    for batch in drafts.chunks(BATCH) {
        context.ledger.append(run, batch.iter().map(drafted).collect()).await.unwrap();
    }
    context.finish(run, Default::default()).await.unwrap();
    context.ledger.close().await;
}

/// Events of the ledger that tell of outcomes nobody was told.
#[derive(Default)]
struct LookUps {
    unknown: usize,
    landed: usize,
    absent: usize,
    /// Records that waited for a person.
    queued: usize,
}

impl LookUps {
    async fn of(desk: &Desk) -> Self {
        let context = open(desk, true).await;
        let head = context.ledger.head().await.unwrap().size;
        let mut pages = std::pin::pin!(context.ledger.read(Position(0)..Position(head), None));
        let mut found = Self::default();
        while let Some(page) = pages.try_next().await.unwrap() {
            for recorded in page {
                match recorded.event {
                    Event::WriteOutcomeUnknown(_) => found.unknown += 1,
                    Event::WriteOutcomeResolved(resolved) if resolved.landed => found.landed += 1,
                    Event::WriteOutcomeResolved(_) => found.absent += 1,
                    Event::RecordQueued(_) => found.queued += 1,
                    _ => {}
                }
            }
        }
        context.ledger.close().await;
        found
    }
}

/// Waits until the program has sent so many requests more, or ended. True if it still runs.
async fn runs_on(desk: &Desk, child: &mut Child, more: usize) -> bool {
    let until = desk.simulator.request_count() + more;
    while child.try_wait().unwrap().is_none() {
        if desk.simulator.request_count() >= until {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

/// Applies to the end, killed at random again and again; how often it gave up by itself.
async fn killed(desk: &Desk, trial: &Trial, random: &mut StdRng, requests: usize) -> usize {
    // Less than its share of the work each time, so that the work outlasts the kills.
    let share = (requests / (trial.kills + 1)).max(2);
    let (mut kills, mut gave_up) = (0, 0);
    loop {
        let mut child = desk.program(&["apply", "--yes"]).spawn().unwrap();
        let more = random.random_range(1..=share);
        let later = Duration::from_micros(random.random_range(0..5_000));
        if kills < trial.kills && runs_on(desk, &mut child, more).await {
            tokio::time::sleep(later).await;
            child.kill().await.unwrap();
            kills += 1;
            continue;
        }
        let output = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => {
                assert_eq!(kills, trial.kills, "the work ended before all the kills");
                return gave_up;
            }
            Some(2) => gave_up += 1,
            code => {
                let waiting = String::from_utf8_lossy(&output.stdout).into_owned();
                panic!("{code:?} after {kills} kills: {said} {waiting}");
            }
        }
        assert!(gave_up <= RUNS_MORE, "after {kills} kills: {said}");
    }
}

/// Objects that one side has more of than the other: too many, too few.
fn apart(ours: &Value, theirs: &Value) -> (usize, usize) {
    let count = |state: &Value| {
        let mut all = BTreeMap::new();
        for (kind, list) in state.as_object().unwrap() {
            for object in list.as_array().into_iter().flatten() {
                *all.entry(format!("{kind} {object}")).or_insert(0_usize) += 1;
            }
        }
        all
    };
    let (ours, theirs) = (count(ours), count(theirs));
    let more = |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
        let over = one.iter().map(|(object, count)| {
            count.saturating_sub(other.get(object).copied().unwrap_or_default())
        });
        over.sum()
    };
    (more(&ours, &theirs), more(&theirs, &ours))
}

#[allow(clippy::print_stdout, reason = "how hard it was tried")]
async fn program_under_fire(trial: Trial) {
    let seed = seed();
    let home = tempfile::tempdir().unwrap();
    let prepared = trial.prepare(seed, home.path()).await;
    let calm = prepared.copy(None).await;
    calm.done("apply --yes").await;
    let requests = calm.simulator.request_count();
    let theirs = unclaimed(&calm.simulator);
    let desk = prepared.copy(None).await;
    desk.simulator.set_faults(trial.faults());
    let mut random = StdRng::seed_from_u64(seed);
    let gave_up = killed(&desk, &trial, &mut random, requests).await;
    desk.simulator.set_faults(Vec::new());

    let witness = desk.simulator.witness();
    let mut struck = BTreeMap::new();
    for fault in witness.iter().filter_map(|entry| entry.fault) {
        *struck.entry(fault).or_insert(0_usize) += 1;
    }
    let ours = unclaimed(&desk.simulator);
    let (doubled, missing) = apart(&ours, &theirs);
    let found = LookUps::of(&desk).await;
    let open = desk.done("resolve").await;
    println!(
        "{} creates of {} objects, {} kills, gave up {gave_up} times; {} requests sent \
         ({requests} in peace), {} struck: {struck:?}; {} outcomes unknown, looked up: {} landed, \
         {} absent; {} records waited for a person, {} intents open; {doubled} objects too many, \
         {missing} missing",
        trial.creates,
        census(&ours).values().sum::<usize>(),
        trial.kills,
        witness.len(),
        struck.values().sum::<usize>(),
        found.unknown,
        found.landed,
        found.absent,
        found.queued,
        open.as_array().unwrap().len(),
    );
    assert_eq!(census(&ours), census(&theirs));
    for (kind, content) in theirs.as_object().unwrap() {
        assert!(&ours[kind] == content, "{kind} are not those of a calm run");
    }
    assert_eq!((doubled, missing, found.queued), (0, 0, 0));
    assert_eq!(open, json!([]));
    assert!(found.landed > 0 && found.absent > 0, "nothing had to be looked up");
    assert!(desk.simulator.mailbox().is_empty());
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_creates_and_ten_kills() {
    program_under_fire(Trial { creates: 1_000, kills: 10, limited: 0.001 }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; run by hand"]
async fn ten_thousand_creates_and_a_hundred_kills() {
    program_under_fire(Trial { creates: 10_000, kills: 100, limited: 0.01 }).await;
}
