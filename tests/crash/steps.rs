//! Stopped at each request, before it was sent and after it was carried out, and started again
//! (invariants 1, 2, 4, 7, 11).

use std::collections::BTreeMap;

use deskledger::engine::residue::Residue;
use intercom_simulator::Options;
use serde_json::Value;

use super::drafts::everything;
use super::world::{Cut, World, side_by_side};
use crate::support::content::{apart, content};

/// What an undisturbed run leaves.
struct Peace {
    content: Value,
    counts: BTreeMap<&'static str, usize>,
    requests: usize,
}

async fn world() -> World {
    World::new(&everything(), Options::default()).await
}

async fn applied() -> (World, Peace) {
    let world = world().await;
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new());
    let (content, counts) = (content(&world.simulator), world.counts());
    let requests = counts.values().sum();
    (world, Peace { content, counts, requests })
}

/// All places at which a run of so many requests can stop.
fn cuts(requests: usize) -> impl Iterator<Item = Cut> {
    (1..=requests).flat_map(|number| [Cut::Before(number), Cut::After(number)])
}

async fn apply_stopped(cut: Cut, peace: &Peace) {
    let world = world().await;
    assert!(world.apply(Some(cut)).await.is_none(), "{cut:?} was never reached");
    // The very next request is cut too: the same step, stopped twice.
    let again = match cut {
        Cut::Before(_) => Cut::After(1),
        Cut::After(_) => Cut::Before(1),
    };
    if let Some(ended) = world.apply(Some(again)).await {
        assert_eq!(cut, Cut::After(peace.requests), "{ended:?}");
    }
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, BTreeMap::new(), "{cut:?}");
    assert_eq!(world.counts(), peace.counts, "{cut:?}");
    let left = apart(&content(&world.simulator), &peace.content);
    assert!(left.is_empty(), "{cut:?}: {left:?}");
    let writes = world.applied().len();
    world.apply(None).await.unwrap().unwrap();
    assert_eq!(world.applied().len(), writes, "{cut:?}: done, and yet something was sent");
    world.check().await;
}

#[tokio::test]
async fn apply_stopped_at_any_request_goes_on_and_does_everything_once() {
    let (_, peace) = applied().await;
    assert!(peace.requests > 45, "{}", peace.requests);
    side_by_side(cuts(peace.requests), |cut| apply_stopped(cut, &peace));
}

/// What stays, by kind and record.
fn told(residue: &[Residue]) -> Vec<(&str, &str)> {
    residue.iter().map(|one| (one.kind.as_str(), one.key.as_str())).collect()
}

async fn rollback_stopped(cut: Cut, left: &Value, residue: &[Residue]) {
    let (world, _) = applied().await;
    assert!(world.rollback(Some(cut)).await.is_none(), "{cut:?} was never reached");
    let _ = world.rollback(Some(Cut::After(1))).await;
    let report = world.rollback(None).await.unwrap().unwrap();
    assert_eq!((report.stuck, report.kept), Default::default(), "{cut:?}");
    let apart = apart(&content(&world.simulator), left);
    assert!(apart.is_empty(), "{cut:?}: {apart:?}");
    assert_eq!(told(&report.residue), told(residue), "{cut:?}: the residue is not whole");
    let writes = world.applied().len();
    let report = world.rollback(None).await.unwrap().unwrap();
    assert_eq!(report.done, Default::default(), "{cut:?}: nothing was left to undo");
    assert_eq!(told(&report.residue), told(residue), "{cut:?}: what stays, stays");
    assert_eq!(world.applied().len(), writes, "{cut:?}: undone, and yet something was sent");
    world.check().await;
}

#[tokio::test]
async fn rollback_stopped_at_any_request_goes_on_and_leaves_the_same() {
    let (calm, _) = applied().await;
    let writes = calm.applied().len();
    let report = calm.rollback(None).await.unwrap().unwrap();
    assert_eq!((report.stuck, report.kept), Default::default());
    let residue = report.residue;
    let left = content(&calm.simulator);
    let requests = calm.applied().len() - writes;
    assert!(requests > 10, "{requests}");
    side_by_side(cuts(requests), |cut| rollback_stopped(cut, &left, &residue));
}
