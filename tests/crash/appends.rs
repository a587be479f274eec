//! The ledger fails amid a run, at each of its commits: before it, after it, or for want of room
//! (invariants 1, 2, 4, 11).

use std::collections::BTreeMap;
use std::sync::Arc;

use intercom_simulator::{Options, Simulator};
use serde_json::Value;

use super::drafts::{everything, workspace};
use super::unsteady::{Trip, Unsteady};
use super::world::{World, side_by_side};

/// Trips that do not end the program are walked in steps of this many commits: what they leave is
/// a part of what a death leaves.
const STEP: usize = 7;

/// What an undisturbed run leaves.
struct Peace {
    content: Value,
    counts: BTreeMap<&'static str, usize>,
    commits: usize,
}

async fn world() -> (World, Arc<Unsteady>) {
    let options = Options { workspace: workspace(), ..Options::default() };
    let store = Arc::new(Unsteady::default());
    let simulator = Simulator::start(options).await.unwrap();
    (World::of(&everything(), simulator, store.clone()).await, store)
}

async fn peace() -> Peace {
    let (world, store) = world().await;
    store.trip(None);
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new());
    let (content, counts) = (world.simulator.comparable(), world.counts());
    Peace { content, counts, commits: store.commits() }
}

/// Applies with the trip, then without, and judges.
async fn trips(number: usize, trip: Trip, peace: &Peace) {
    let (world, store) = world().await;
    store.trip(Some((number, trip)));
    let ended = world.apply(None).await.unwrap();
    match (trip, &ended) {
        // The ledger finds out by itself that it is written.
        (Trip::Unacknowledged, Ok(_)) => {}
        (Trip::Full, Err(error)) => assert_eq!(error.code(), "ledger_full", "{number}"),
        (_, Err(error)) => assert_eq!(error.code(), "ledger_io", "{trip:?} {number}: {error}"),
        (_, Ok(_)) => panic!("{trip:?} {number} was never reached"),
    }
    store.trip(None);
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new(), "{trip:?} {number}");
    assert_eq!(world.counts(), peace.counts, "{trip:?} {number}");
    let content = world.simulator.comparable();
    for (kind, expected) in peace.content.as_object().unwrap() {
        assert!(&content[kind] == expected, "{trip:?} {number}: {kind}");
    }
    world.check().await;
}

#[tokio::test]
async fn a_death_before_or_after_any_commit_loses_and_doubles_nothing() {
    let peace = peace().await;
    assert!(peace.commits > 45, "{}", peace.commits);
    let all = (1..=peace.commits).flat_map(|n| [(n, Trip::DeadBefore), (n, Trip::DeadAfter)]);
    side_by_side(all, |(number, trip)| trips(number, trip, &peace));
}

#[tokio::test]
async fn a_commit_that_fails_lands_unsaid_or_finds_no_room_loses_and_doubles_nothing() {
    let peace = peace().await;
    let kinds = [Trip::FailsOnce, Trip::Unacknowledged, Trip::Full];
    let all = (1..=peace.commits).step_by(STEP).flat_map(|n| kinds.map(|trip| (n, trip)));
    side_by_side(all, |(number, trip)| trips(number, trip, &peace));
}
