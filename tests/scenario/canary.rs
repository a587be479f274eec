//! The canary finds out which of the possible workspaces it is in, whatever the switches say, and
//! what it learned is used.

use deskledger::engine::canary::{Learned, Probes};
use intercom_simulator::{Options, Running, Simulator};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, fixture, list};

const WAITING: i32 = 3;
const MEGABYTE: u64 = 1024 * 1024;

/// A project before a workspace that does things so.
async fn before(features: &Value, search_delay_ms: u64) -> (Desk, Running) {
    let mut workspace = demo_workspace();
    workspace["features"] = features.clone();
    let options = Options { workspace: workspace.clone(), search_delay_ms, ..Options::default() };
    let running = Simulator::start(options).await.unwrap();
    let desk = Desk::new(&fixture("demo"), demo_workspace(), OWN_LEDGER).await;
    desk.decide().await;
    desk.edit("deskledger.toml", &desk.simulator.url(), &running.url());
    (desk, running)
}

/// Lets the canary out; its report, and the switches that follow from it.
async fn let_out(desk: &Desk) -> (Value, Value) {
    let said = desk.say(&["doctor", "--canary"]).await;
    assert!([0, WAITING].contains(&said.exit), "{said:?}");
    let report = said.json();
    let probes: Probes = serde_json::from_value(report["probes"].clone()).unwrap();
    (report, Learned::from(probes).features())
}

/// Every switch that is set must be found out.
async fn finds(features: Value) {
    let (desk, running) = before(&features, 0).await;
    let (report, found) = let_out(&desk).await;
    for (switch, value) in features.as_object().unwrap() {
        assert_eq!(&found[switch], value, "{switch}: {:#}", report["probes"]);
    }
    let state = running.state();
    for kind in ["contacts", "conversations", "tickets", "articles", "collections"] {
        let before = demo_workspace()[kind].as_array().map_or(0, Vec::len);
        assert_eq!(list(&state, kind).len(), before, "{kind} left behind: {state:#}");
    }
    assert_eq!(report["probes"]["cleaned_up"], "yes", "{report:#}");
    assert!(running.mailbox().is_empty(), "somebody was notified");
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_are_found_out_one_way() {
    finds(json!({
        "unknown_attribute": "refuse", "option_outside_list": "refuse",
        "long_string_value": "refuse", "email_conflict": "always", "lead_duplicates": true,
        "email_lowercased": true, "phone_normalised": false, "user_to_lead": false,
        "contact_delete_removes_conversations": true, "archived_contact_readable": true,
        "company_query_is_object": true, "archived_company_readable": false,
        "first_body": "escape", "created_at_future": "refuse",
        "reply_before_conversation": "refuse", "admin_comment_reopens": false,
        "note_keeps_snooze": true, "past_snooze": "refuse",
        "attachment_max_bytes": 20 * MEGABYTE, "attachment_refusal_status": 413,
        "attachment_urls_images_only": true, "conversation_search_custom_attributes": false,
        "conversation_search_day_granular": false, "tickets_in_conversation_search": false,
        "ticket_same_state_refused": true, "ticket_unknown_attribute": "refuse",
        "ticket_list_shape": "id", "collection_delete": "cascade", "locale_must_be_enabled": true,
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_are_found_out_another_way() {
    finds(json!({
        "unknown_attribute": "ignore", "option_outside_list": "ignore",
        "long_string_value": "ignore", "string_value_max_chars": 200,
        "email_conflict": "without_external_id", "lead_duplicates": false,
        "email_lowercased": false, "phone_normalised": true, "user_to_lead": true,
        "contact_delete_removes_conversations": false, "archived_contact_readable": false,
        "identity_lock_days": 0, "company_query_is_object": false,
        "company_delete_delay_ms": 1_000, "first_body": "strip", "created_at_future": "ignore",
        "reply_before_conversation": "ignore", "admin_comment_reopens": true,
        "note_keeps_snooze": false, "past_snooze": "accept", "attachment_max_bytes": MEGABYTE,
        "attachment_refusal_status": 422, "attachment_urls_images_only": false,
        "conversation_search_custom_attributes": true,
        "conversation_search_day_granular": true, "tickets_in_conversation_search": true,
        "ticket_same_state_refused": false, "ticket_unknown_attribute": "ignore",
        "ticket_list_shape": "label", "collection_delete": "orphan",
        "locale_must_be_enabled": false,
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_with_a_third_way_are_found_out() {
    finds(json!({
        "unknown_attribute": "accept", "option_outside_list": "accept",
        "long_string_value": "accept", "email_conflict": "never",
        "archived_company_readable": true, "created_at_future": "accept",
        "reply_before_conversation": "accept", "attachment_max_bytes": 5 * MEGABYTE,
        "attachment_refusal_status": 400, "ticket_unknown_attribute": "accept",
        "ticket_list_shape": "object", "collection_delete": "refuse",
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_and_the_plan_close_is_found_out() {
    let features = json!({
        "missing_scopes": ["read_macros", "write_tickets"], "attachment_max_bytes": MEGABYTE,
        "restricted_families": ["companies"],
    });
    let (desk, _running) = before(&features, 0).await;
    let (report, found) = let_out(&desk).await;
    assert_eq!(found["missing_scopes"], features["missing_scopes"], "{report:#}");
    assert_eq!(found["restricted_families"], features["restricted_families"], "{report:#}");
    let closed = list(&report, "findings").iter().filter(|one| one["check"] == "closed");
    assert!(closed.count() >= 2, "{report:#}");
    assert_eq!(report["probes"]["cleaned_up"], "yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_search_is_timed_and_the_person_is_told_what_to_look_at() {
    let features = json!({ "attachment_max_bytes": MEGABYTE });
    let (desk, running) = before(&features, 1_000).await;
    let said = desk.say(&["doctor", "--canary", "--mailbox", "watched@example.org"]).await;
    let report = said.json();
    assert_eq!(report["probes"]["search_shows_new"], "within_2_s", "{report:#}");
    assert_eq!(report["probes"]["silence_and_workflows"], "needs_a_person");
    assert_eq!(list(&report, "to_look_at").len(), 2);
    let left: Vec<&str> = list(&report, "left").iter().map(|one| one.as_str().unwrap()).collect();
    let named = |word: &str| left.iter().any(|one| one.starts_with(word));
    assert!(named("company ") && named("contact attribute "), "{left:?}");
    drop(running);
}

/// The canary's findings stop what would not arrive, and set the rehearsal's simulator.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_is_used() {
    let features = json!({ "attachment_max_bytes": MEGABYTE, "email_lowercased": false });
    let (desk, running) = before(&features, 0).await;
    desk.plan().await;
    let (report, found) = let_out(&desk).await;
    let size = list(&report, "findings").iter().find(|one| one["check"] == "file_size");
    assert_eq!(size.map(|one| &one["weight"]), Some(&json!("problem")), "{report:#}");
    assert_eq!(desk.refused("apply --yes").await, (WAITING, "workspace_unfit".to_owned()));
    assert_eq!(list(&running.state(), "conversations").len(), 0);
    desk.done("decide set G10 list:1").await;
    desk.done("plan").await;
    let rehearsed = desk.done("rehearse").await;
    assert_eq!(rehearsed["switches"], found, "the simulator is set as the workspace is");
    let applied = desk.say(&["apply", "--yes"]).await;
    assert!([0, WAITING].contains(&applied.exit), "{applied:?}");
    assert!(!list(&running.state(), "conversations").is_empty());
}
