//! Tickets that wrap conversations: converted, or linked to them; a rollback takes them back.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::desk::{Desk, OWN_LEDGER, itco_workspace, list, text};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/itco/fixtures").join(name)
}

pub async fn moved(wrapper: &str) -> Desk {
    let desk = Desk::of("itco", &fixture("flat"), itco_workspace(), OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    let wrapper = format!("T1 {wrapper}");
    for decision in ["G3 admin:71", "G4 confirmed", &wrapper, "T2 ticket_attribute"] {
        desk.done(&format!("decide set {decision}")).await;
    }
    desk.done("plan").await;
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"], json!({}), "{applied}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    desk
}

async fn twice_and_back(desk: &Desk) {
    let writes = desk.writes();
    assert_eq!(desk.done("delta --yes").await["apply"]["requests"], 0);
    assert_eq!(desk.writes(), writes, "the second time wrote");
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
    let end = desk.simulator.state();
    for kind in ["conversations", "tickets"] {
        assert_eq!(list(&end, kind).len(), 0, "{kind}: {}", end[kind]);
    }
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_converted_to_tickets() {
    let desk = moved("convert").await;
    let state = desk.simulator.state();
    assert_eq!(list(&state, "conversations").len(), 0, "all are tickets now");
    let pump = list(&state, "tickets")
        .iter()
        .find(|one| one["ticket_attributes"]["itco_original_ticket_id"] == "T-77")
        .unwrap();
    assert_eq!(pump["ticket_type"]["name"], "ITCO ticket");
    assert_eq!(pump["ticket_attributes"]["itco_priority"], "high");
    assert_eq!(text(&pump["ticket_state"]["category"]), "in_progress");
    // T4 to T6 by default: files, tags and articles are for people.
    let parts = list(&pump["ticket_parts"], "ticket_parts").iter();
    let files =
        parts.filter_map(|part| part["attachments"].as_array()).map(Vec::len).sum::<usize>();
    assert_eq!((files, list(&state, "articles").len()), (0, 0));
    assert!(!list(&state, "tags").iter().any(|tag| tag["name"] == "pump"), "{}", state["tags"]);
    let handed = tempfile::tempdir().unwrap();
    let path = handed.path().display().to_string();
    let handed = desk.say(&["handoff", "--out", &path]).await.json();
    for document in ["attachment_checklist", "tag_reference", "knowledge_base_reference"] {
        assert!(handed["documents"][document].as_u64() > Some(0), "{document}: {handed}");
    }
    twice_and_back(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_have_tickets_linked_to_them() {
    let desk = moved("linked").await;
    let state = desk.simulator.state();
    let (threads, tickets) = (list(&state, "conversations"), list(&state, "tickets"));
    assert!(!threads.is_empty());
    assert_eq!(threads.len(), tickets.len(), "one each");
    assert!(tickets.iter().all(|one| one["ticket_type"]["category"] == "Back-office"));
    twice_and_back(&desk).await;
}
