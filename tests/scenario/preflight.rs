//! Before anything moves: the workspace is looked at, the migration is rehearsed.

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, fixture, list};

const WAITING: i32 = 3;

fn problems(report: &Value) -> Vec<String> {
    let bad = list(report, "findings").iter().filter(|one| one["weight"] == "problem");
    bad.map(|one| one["check"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_ready_has_no_problems_and_is_not_changed() {
    let desk = Desk::demo().await;
    desk.plan().await;
    let (state, writes) = (desk.simulator.state(), desk.writes());
    let report = desk.done("doctor").await;
    assert_eq!(problems(&report), Vec::<String>::new());
    assert!(
        list(&report, "findings")
            .iter()
            .all(|one| { one["weight"] == "good" || !one["advice"].as_str().unwrap().is_empty() })
    );
    assert_eq!((desk.simulator.state(), desk.writes()), (state, writes));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_stop_the_migration_is_named() {
    let mut workspace = demo_workspace();
    workspace["features"] = json!({ "missing_scopes": ["read_articles"] });
    let area = json!({ "name": "area", "data_type": "string" });
    workspace["conversation_attributes"] = json!([area, area]);
    let desk = Desk::new(&fixture("demo"), workspace, OWN_LEDGER).await;
    desk.done("decide set G3 admin:1").await;
    let said = desk.say(&["doctor"]).await;
    assert_eq!(said.exit, WAITING, "{said:?}");
    let found = problems(&said.json());
    for check in ["articles", "internal_articles", "fallback_admin", "attribute_twice"] {
        assert!(found.iter().any(|one| one == check), "{check}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_accepted_ends_it() {
    let desk = Desk::demo().await;
    desk.edit("deskledger.toml", &desk.simulator.url(), "http://127.0.0.1:9");
    assert_eq!(desk.refused("doctor").await.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_canary_learns_and_leaves_nothing() {
    let desk = Desk::demo().await;
    desk.plan().await;
    let before = desk.simulator.comparable();
    let report = desk.done("doctor --canary").await;
    let probes = &report["probes"];
    for (probe, word) in [
        ("same_contact_again", "names_it"),
        ("archived_contact_again", "names_it_as_archived"),
        ("backdated_start", "kept"),
        ("four_byte_text", "kept"),
        ("note_on_closed", "leaves_it_closed"),
        ("reply_on_closed", "leaves_it_open"),
        ("cleaned_up", "yes"),
    ] {
        assert_eq!(probes[probe], word, "{probe}: {probes:#}");
    }
    let after = desk.simulator.comparable();
    let mut left = 0;
    for (kind, content) in before.as_object().unwrap() {
        match kind.as_str() {
            // Reports keep a row of what was deleted, and identities are locked for days.
            "deleted_conversations" | "deleted_tickets" | "locked_identities" => {}
            // What can only be archived is named.
            "companies" | "data_attributes" | "ticket_types" => {
                let known = content.as_array().unwrap();
                let all = after[kind].as_array().unwrap();
                let new: Vec<&Value> = all.iter().filter(|one| !known.contains(one)).collect();
                assert!(new.iter().all(|one| one["archived"] == true), "{kind}: {new:#?}");
                assert_eq!(all.len(), known.len() + new.len(), "{kind}");
                left += new.len();
            }
            _ => assert_eq!(&after[kind], content, "{kind}"),
        }
    }
    assert_eq!(left, list(&report, "left").len(), "{report:#}");
    assert!(desk.simulator.mailbox().is_empty());
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
    // It was no part of the migration.
    desk.done("plan").await;
}

/// What a rehearsal promises holds whatever the network does, and the project stays as it is.
async fn rehearsed(fault: &str) {
    let desk = Desk::demo().await;
    desk.plan().await;
    let requests = desk.simulator.request_count();
    let runs = desk.done("log").await;
    let report = desk.done(&format!("rehearse --fault {fault}")).await;
    assert_eq!(report["holds"], true, "{report:#}");
    assert_eq!(report["facts"]["mails"], 0);
    assert!(report["facts"]["requests"].as_u64().unwrap() > 1_000);
    assert!(!list(&report["facts"], "residue").is_empty());
    assert_eq!(desk.simulator.request_count(), requests, "the real workspace was asked");
    assert_eq!(desk.done("log").await, runs, "the project's ledger was written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_shows_the_whole_migration_and_touches_nothing() {
    rehearsed("none").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_under_mixed_faults_ends_the_same() {
    rehearsed("mixed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_beside_other_traffic_ends_the_same() {
    rehearsed("foreign_traffic").await;
}
