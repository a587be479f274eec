//! The first run of the shipped sample (invariants 2, 6, 11).

use std::collections::BTreeMap;

use crate::support::desk::{Desk, list, text};

/// Figures of the sample's README: 132 tickets less two damaged rows, four mentions on their own.
const CONVERSATIONS: usize = 130 + 4;
const ARTICLES: usize = 16;
const COLLECTIONS: usize = 7;

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_moves_once_and_every_count_closes() {
    let desk = Desk::demo().await;
    desk.plan().await;
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"].as_object().unwrap().len(), 0, "{}", applied["waiting"]);

    let verified = desk.done("verify --all").await;
    assert!(verified["fields"].as_u64().unwrap() > 1_000, "{verified}");
    assert_eq!(verified["undeclared"].as_object().unwrap().len(), 0, "{verified}");
    let counts = desk.done("reconcile").await;
    assert_eq!(counts["closes"], true);
    for kind in list(&counts, "kinds") {
        let ended: u64 =
            kind["ended"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
        assert_eq!(kind["read"].as_u64(), Some(ended), "{kind}");
    }

    let state = desk.simulator.state();
    assert_eq!(list(&state, "conversations").len(), CONVERSATIONS);
    assert_eq!(list(&state, "articles").len(), ARTICLES);
    assert_eq!(list(&state, "collections").len(), COLLECTIONS);
    let mut tickets = BTreeMap::<String, usize>::new();
    for one in list(&state, "conversations") {
        let id = &one["custom_attributes"]["deskero_original_ticket_id"];
        *tickets.entry(text(id)).or_default() += usize::from(!id.is_null());
    }
    assert!(tickets.values().all(|count| *count <= 1), "{tickets:?}");
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_twice_or_reading_the_same_export_again_writes_nothing() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.say(&["apply", "--yes"]).await;
    let (writes, state) = (desk.writes(), desk.simulator.state());
    assert!(writes > CONVERSATIONS);
    desk.done("apply --yes").await;
    assert_eq!(desk.writes(), writes, "apply wrote again");
    let pass = desk.done("delta --yes").await;
    assert_eq!(pass["apply"]["requests"], 0);
    assert_eq!(desk.writes(), writes, "delta wrote what had not changed");
    assert_eq!(desk.simulator.state(), state);
}
