//! What stops a migration, and how it says so: exit code and name of the error.

use std::process::Stdio;

use crate::support::databases::Database;
use crate::support::desk::{Desk, finish};

const WAITING: i32 = 3;
const OTHER_SIDE: i32 = 2;
const USAGE: i32 = 1;

fn refusal(exit: i32, error: &str) -> (i32, String) {
    (exit, error.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_before_a_person_agreed() {
    let desk = Desk::demo().await;
    desk.read().await;
    desk.done("map propose").await;
    assert_eq!(desk.refused("plan").await, refusal(WAITING, "mapping_not_confirmed"));
    desk.done("map confirm").await;
    assert_eq!(desk.refused("apply --yes").await.0, WAITING);
    desk.decide().await;
    assert_eq!(desk.refused("apply --yes").await, refusal(WAITING, "no_plan"));
    desk.done("plan").await;
    assert_eq!(desk.refused("apply").await, refusal(WAITING, "plan_not_approved"));
    assert_eq!(desk.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_decision_stops_the_plan() {
    let desk = Desk::demo().await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    assert_eq!(desk.refused("plan").await, refusal(WAITING, "decisions_open"));
    desk.decide().await;
    desk.done("plan").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_stale_once_the_export_was_read_again() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.read().await;
    assert_eq!(desk.refused("apply --yes").await, refusal(WAITING, "plan_stale"));
    assert_eq!(desk.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_stale_once_a_decision_changed() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("decide set G9 month").await;
    assert_eq!(desk.refused("apply --yes").await, refusal(WAITING, "plan_stale"));
    assert_eq!(desk.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_map_must_be_confirmed_again() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.edit("mapping.toml", "\"abierto\" = \"open\"", "\"abierto\" = \"closed\"");
    assert_eq!(desk.refused("plan").await, refusal(WAITING, "mapping_drift"));
    assert_eq!(desk.refused("apply --yes").await, refusal(WAITING, "mapping_drift"));
    assert_eq!(desk.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_may_notify_needs_its_waiver() {
    let desk = Desk::demo().await;
    desk.edit("deskledger.toml", "\"conversation_create\",", "");
    desk.plan().await;
    assert_eq!(desk.refused("apply --yes").await, refusal(WAITING, "needs_waiver"));
    assert!(!desk.simulator.witness().iter().any(|one| one.operation == "createConversation"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_it_is_a_matter_of_usage() {
    let desk = Desk::demo().await;
    desk.read().await;
    let mut program = desk.program(&["map", "propose"]);
    program.env_remove("INTERCOM_ACCESS_TOKEN");
    let said = finish(program).await;
    assert_eq!((said.exit, said.error()), refusal(USAGE, "no_token"));
    assert_eq!(desk.refused("decide set G99 day").await.0, USAGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_words_are_a_matter_of_usage() {
    let desk = Desk::demo().await;
    assert_eq!(desk.say(&["apply", "--no-such-flag"]).await.exit, USAGE);
}

/// One process writes, a second comes, and the first is not disturbed.
async fn second_writer(desk: Desk) {
    desk.plan().await;
    let mut first = desk.program(&["apply", "--yes"]);
    first.stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    while desk.writes() == 0 {
        assert!(first.try_wait().unwrap().is_none(), "apply ended without a write");
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.refused("apply --yes").await, refusal(OTHER_SIDE, "ledger_locked"));
    let beside = desk.done("audit check --events-only").await;
    assert_eq!(beside["whole"], true, "readers are let in");
    assert!(first.wait().await.unwrap().code().is_some_and(|exit| exit == 0 || exit == WAITING));
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused_the_same_sqlite_ledger() {
    second_writer(Desk::demo().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused_the_same_postgres_ledger() {
    let Some(database) = Database::postgres().await else { return };
    let (bundle, workspace) =
        (crate::support::desk::fixture("demo"), crate::support::desk::demo_workspace());
    second_writer(Desk::new(&bundle, workspace, &database.address()).await).await;
    database.remove().await;
}
