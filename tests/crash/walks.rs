//! Each update and each undo, struck by each kind of fault and killed besides: afterwards Intercom
//! is as after an undisturbed run, and nothing was said twice (invariants 1, 2, 4, 7, 11).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskledger::engine::slice::Slice;
use deskledger::model::event::Phase;
use intercom_simulator::{FaultKind, FaultRule, Options};
use serde_json::{Value, json};

use super::changed::changed;
use super::drafts::{everything, k, workspace};
use super::world::{Cut, World, side_by_side};
use crate::support::content::{content, first_difference};

/// What can come between a request and its answer.
const FAULTS: [(FaultKind, u16); 9] = [
    (FaultKind::DropBefore, 503),
    (FaultKind::DropAfter, 503),
    (FaultKind::ErrorBefore, 500),
    (FaultKind::ErrorBefore, 502),
    (FaultKind::ErrorBefore, 429),
    (FaultKind::ErrorAfter, 503),
    (FaultKind::Truncated, 503),
    (FaultKind::Empty, 503),
    (FaultKind::Reset, 503),
];

/// When the program is killed besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kill {
    No,
    /// When the struck request was carried out or not, before the program knows.
    Then,
    /// The same, and once more at the first request of the next run.
    Again,
    /// It is not killed: the fault strikes from this request on, so that the run gives up.
    GivesUp,
}

/// Ways to be killed, or not.
const KILLS: [Kill; 3] = [Kill::No, Kill::Then, Kill::Again];

/// The same, and giving up.
const ENDS: [Kill; 4] = [Kill::No, Kill::Then, Kill::Again, Kill::GivesUp];

/// Runs until the work is done: a run that gives up is safe to run again.
const RUNS_MAX: usize = 5;

/// What is done, and undone.
#[derive(Clone, Debug)]
enum Work {
    Update,
    Rollback(Slice),
}

/// One way to be disturbed.
#[derive(Clone, Copy, Debug)]
struct Case {
    request: usize,
    fault: (FaultKind, u16),
    kill: Kill,
}

fn cases(requests: usize, kills: &[Kill]) -> impl Iterator<Item = Case> + Send {
    (1..=requests).flat_map(move |request| {
        let each = FAULTS.iter().flat_map(move |fault| {
            kills.iter().map(move |kill| Case { request, fault: *fault, kill: *kill })
        });
        each.collect::<Vec<_>>()
    })
}

/// Moved into a workspace that has some of it already, and changed at the source since.
async fn moved() -> World {
    let mut there = workspace();
    there["contacts"] = json!([
        { "role": "user", "external_id": "ben", "email": "ben@example.com", "name": "Old Ben",
          "custom_attributes": { "tier": "bronze" } },
        { "role": "user", "external_id": "ann", "email": "ann@example.com", "name": "Old Ann" },
    ]);
    there["companies"] = json!([{ "company_id": "c1", "name": "Old Acme" }]);
    there["tags"] = json!([{ "id": "61", "name": "vip" }]);
    there["data_attributes"] =
        json!([{ "model": "contact", "name": "tier", "data_type": "string" }]);
    let world = World::before(&everything(), there, Options::default()).await;
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new());
    world.draft(&changed()).await;
    world
}

/// One run; `None` if it was killed, false if it gave up.
async fn run(world: &World, work: &Work, cut: Option<Cut>) -> Option<bool> {
    Some(match work {
        Work::Update => match world.apply(cut).await? {
            Ok(report) => {
                assert_eq!(report.waiting, BTreeMap::new());
                true
            }
            Err(_) => false,
        },
        Work::Rollback(slice) => match world.rollback_of(slice, cut).await? {
            Ok(report) => report.stuck == Default::default(),
            Err(_) => false,
        },
    })
}

async fn finish(world: &World, work: &Work, what: &str) {
    for _ in 0..RUNS_MAX {
        if run(world, work, None).await == Some(true) {
            return;
        }
    }
    panic!("{what}: it never ends");
}

/// What an undisturbed run leaves and takes.
struct Peace {
    content: Value,
    counts: BTreeMap<&'static str, usize>,
    requests: usize,
}

async fn peace(world: &World, work: &Work) -> Peace {
    let world = world.copy().await;
    finish(&world, work, "in peace").await;
    let counts = world.counts();
    let requests = counts.values().sum();
    Peace { content: content(&world.simulator), counts, requests }
}

/// Requests that double something if they are carried out twice.
const SAID: [&str; 6] = [
    "replyConversation",
    "replyTicket",
    "createNote",
    "createConversation",
    "createArticle",
    "CreateContact",
];

async fn disturbed(from: &World, work: &Work, case: Case, peace: &Peace) {
    let world = from.copy().await;
    let (kind, status) = case.fault;
    let mut rule = FaultRule::new(kind).status(status);
    let request = Some(case.request as u64);
    match case.kill {
        Kill::GivesUp => rule.from = request,
        Kill::No | Kill::Then | Kill::Again => rule.nth = request,
    }
    rule.writes_only = true;
    world.simulator.set_faults(vec![rule]);
    let killed = matches!(case.kill, Kill::Then | Kill::Again);
    let _ = run(&world, work, killed.then_some(Cut::After(case.request))).await;
    if case.kill == Kill::GivesUp {
        world.simulator.set_faults(Vec::new());
    }
    if case.kill == Kill::Again {
        let _ = run(&world, work, Some(Cut::After(1))).await;
    }
    let what = format!("{work:?} {case:?}");
    finish(&world, work, &what).await;
    let struck = world.simulator.witness().iter().any(|entry| entry.fault.is_some());
    assert!(struck, "{what} struck nothing");
    let other = first_difference(&content(&world.simulator), &peace.content);
    assert_eq!(other, None, "{what}");
    let counts = world.counts();
    for operation in SAID {
        let (now, calm) = (counts.get(operation), peace.counts.get(operation));
        assert_eq!(now, calm, "{what}: {operation}");
    }
    let writes = world.applied().len();
    finish(&world, work, &what).await;
    assert_eq!(world.applied().len(), writes, "{what}: done, and yet something was sent");
    world.check().await;
}

#[allow(clippy::print_stdout, reason = "how much was tried")]
async fn walk(from: &World, work: &Work, kills: &[Kill], requests_min: usize) {
    let peace = peace(from, work).await;
    assert!(peace.requests >= requests_min, "{work:?}: {}", peace.requests);
    if matches!(work, Work::Update) {
        // The delta takes an assignee off and adds a reply: both open a closed thread.
        let threads = peace.content["conversations"].as_array().unwrap();
        assert!(threads.iter().all(|thread| thread["state"] == "closed"), "{threads:#?}");
    }
    let tried = AtomicUsize::new(0);
    side_by_side(cases(peace.requests, kills), |case| {
        tried.fetch_add(1, Ordering::Relaxed);
        disturbed(from, work, case, &peace)
    });
    let tried = tried.into_inner();
    println!("{work:?}: {} requests, {tried} ways to be disturbed", peace.requests);
    assert_eq!(tried, peace.requests * FAULTS.len() * kills.len());
}

#[tokio::test]
async fn every_update_under_every_fault_and_kill_ends_as_undisturbed() {
    walk(&moved().await, &Work::Update, &ENDS, 12).await;
}

#[tokio::test]
async fn every_undo_under_every_fault_and_kill_ends_as_undisturbed() {
    let world = moved().await;
    finish(&world, &Work::Update, "in peace").await;
    walk(&world, &Work::Rollback(Slice::All), &KILLS, 15).await;
}

#[tokio::test]
async fn every_undo_of_a_slice_under_every_fault_and_kill_ends_as_undisturbed() {
    let world = moved().await;
    let delta = Slice::Since(world.head().await);
    finish(&world, &Work::Update, "in peace").await;
    let context = world.context().await;
    let ann = context.ledger.streams(&[k("person/ann"), k("talk/1")]).await.unwrap();
    context.ledger.close().await;
    let records = Slice::Only(ann.into_iter().flatten().collect());
    let slices = [delta, records, Slice::Phase(Phase::Contacts), Slice::Phase(Phase::Articles)];
    for slice in slices {
        walk(&world, &Work::Rollback(slice), &[Kill::Then], 1).await;
    }
}
