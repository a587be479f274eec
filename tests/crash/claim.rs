//! The claim itself, stopped at each request and under lost answers (invariant 16).

use std::collections::BTreeMap;

use deskledger::mapping::draft::Draft;
use intercom_simulator::{FaultKind, FaultRule, Options};
use serde_json::Value;

use super::drafts::{everything, lead};
use super::world::{Cut, World, side_by_side};
use crate::support::content::apart;

/// Names of the claims in the workspace.
fn claims(world: &World) -> Vec<String> {
    let tags = world.simulator.comparable()["tags"].clone();
    let names = tags.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("deskledger ")).collect()
}

/// The workspace without its claim and without what reports keep.
fn content(world: &World) -> Value {
    let mut state = crate::support::content::content(&world.simulator);
    let tags = state["tags"].as_array_mut().unwrap();
    tags.retain(|name| !name.as_str().unwrap().starts_with("deskledger "));
    state
}

fn drafts() -> Vec<Draft> {
    let mut few = everything();
    let kinds = ["tag", "tier", "company", "person", "lead"];
    few.retain(|draft| kinds.contains(&draft.key.object()));
    few.push(lead("three"));
    few
}

async fn world(faults: Vec<FaultRule>) -> World {
    World::new(&drafts(), Options { faults, ..Options::default() }).await
}

/// Stopped there, it goes on, holds one claim, and leaves none behind.
async fn stopped(cut: Cut, calm: &Value) {
    let world = world(Vec::new()).await;
    assert!(world.claimed_apply(Some(cut)).await.is_none(), "{cut:?} was never reached");
    let _ = world.claimed_apply(Some(Cut::After(1))).await;
    let report = world.claimed_apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new(), "{cut:?}");
    assert_eq!(claims(&world).len(), 1, "{cut:?}");
    let left = apart(&content(&world), calm);
    assert!(left.is_empty(), "{cut:?}: {left:?}");
    let writes = world.applied().len();
    world.claimed_apply(None).await.unwrap().unwrap();
    assert_eq!(world.applied().len(), writes, "{cut:?}: done, and yet something was sent");
    world.check().await;
}

/// The same on the way back.
async fn rollback_stopped(cut: Cut) {
    let world = world(Vec::new()).await;
    world.claimed_apply(None).await.unwrap().unwrap();
    assert!(world.claimed_rollback(Some(cut)).await.is_none(), "{cut:?} was never reached");
    let _ = world.claimed_rollback(Some(Cut::After(1))).await;
    let report = world.claimed_rollback(None).await.unwrap().unwrap();
    assert_eq!(report.stuck, BTreeMap::new(), "{cut:?}");
    assert_eq!(claims(&world), Vec::<String>::new(), "{cut:?}");
    let writes = world.applied().len();
    world.claimed_rollback(None).await.unwrap().unwrap();
    assert_eq!(world.applied().len(), writes, "{cut:?}: undone, and yet something was sent");
    world.check().await;
}

#[tokio::test]
async fn stopped_at_any_request_there_is_one_claim_and_none_afterwards() {
    let calm = world(Vec::new()).await;
    calm.claimed_apply(None).await.unwrap().unwrap();
    let (left, there) = (content(&calm), calm.applied().len());
    calm.claimed_rollback(None).await.unwrap().unwrap();
    let back = calm.applied().len() - there;
    assert!(there > 10 && back > 5, "{there} {back}");
    let cuts = |count| (1..=count).flat_map(|number| [Cut::Before(number), Cut::After(number)]);
    side_by_side(cuts(there), |cut| stopped(cut, &left));
    side_by_side(cuts(back), rollback_stopped);
}

#[tokio::test]
async fn whatever_becomes_of_its_own_answers_there_is_one_claim() {
    let faults = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfter,
        FaultKind::Truncated,
        FaultKind::Empty,
        FaultKind::Reset,
    ];
    // The first and the last are the claim's; between them is the tag of a record.
    let nths = ["createTag", "deleteTag"].into_iter().flat_map(|op| (1..=4).map(move |n| (op, n)));
    let all: Vec<_> =
        nths.flat_map(|(op, nth)| faults.iter().map(move |kind| (*kind, op, nth))).collect();
    side_by_side(all.into_iter(), |(kind, operation, nth)| async move {
        let fault = FaultRule::new(kind).route(operation).nth(nth);
        let world = world(vec![fault]).await;
        for _ in 0..2 {
            let report = world.claimed_apply(None).await.unwrap().unwrap();
            assert_eq!(report.waiting, BTreeMap::new(), "{kind:?} {operation} {nth}");
            assert_eq!(claims(&world).len(), 1, "{kind:?} {operation} {nth}");
        }
        let report = world.claimed_rollback(None).await.unwrap().unwrap();
        assert_eq!(report.stuck, BTreeMap::new(), "{kind:?} {operation} {nth}");
        assert_eq!(claims(&world), Vec::<String>::new(), "{kind:?} {operation} {nth}");
        world.check().await;
    });
}
