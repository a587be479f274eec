//! What people are told when they take decisions: what is open, what may be answered, and a refusal
//! at once of what could not be used.

use serde_json::Value;

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, fixture, list, text};
use crate::support::export;

const WAITING: i32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn what_blocks_is_shown_first_until_it_is_decided() {
    let desk = Desk::new(&fixture("demo"), demo_workspace(), OWN_LEDGER).await;
    desk.read().await;
    let said = desk.say(&["decide"]).await;
    assert_eq!(said.exit, WAITING, "{said:?}");
    let all = said.json();
    let all = all.as_array().unwrap();
    let blocking: Vec<&str> = all
        .iter()
        .take_while(|one| one["blocks"] == true)
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(all.iter().filter(|one| one["blocks"] == true).count(), blocking.len());
    // These are the decisions that keep a plan from being made.
    desk.accept().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    let plan = desk.say(&["plan"]).await;
    assert_eq!((plan.exit, plan.error().as_str()), (WAITING, "decisions_open"), "{plan:?}");
    assert!(!blocking.is_empty());
    for id in &blocking {
        assert!(plan.stderr.contains(&format!("{id} ")), "{id}: {plan:?}");
    }
    desk.decide().await;
    let said = desk.say(&["decide", "list"]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert!(said.json().as_array().unwrap().iter().all(|one| one["blocks"] == false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_used_is_refused_when_it_is_given() {
    let home = tempfile::tempdir().unwrap();
    let desk = Desk::new(&export::small(home.path()), Value::Null, OWN_LEDGER).await;
    let file = desk.folder().join("decisions.toml");
    let before = std::fs::read(&file).unwrap();
    let runs = desk.done("log").await;
    for (id, answer, code, told) in [
        ("G8", "zone:Europe/Rom", "decision_answer", "Europe/Rome"),
        ("G8", "zone:UTC+2", "decision_answer", "IANA"),
        ("G3", "admin:Bo Kestrel", "decision_answer", "workspace list admins"),
        ("G3", "admin:bo@example.com", "decision_answer", "workspace list admins"),
        ("D3", "spread:many", "decision_option", "spread:<days>"),
        ("G12", "since:2020-13-01", "decision_option", "YYYY-MM-DD"),
        ("G88", "day", "decision_unknown", "did you mean"),
    ] {
        let said = desk.say(&["decide", "set", id, answer]).await;
        assert_eq!((said.exit, said.error().as_str()), (1, code), "{id} {answer}");
        assert!(said.stderr.contains(told), "{id} {answer}: {said:?}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before, "something was taken");
    assert_eq!(desk.done("log").await, runs, "something was recorded");
    // By hand it is no better.
    let text = String::from_utf8(before.clone()).unwrap();
    std::fs::write(&file, format!("{text}\nG8 = \"zone:Europe/Rom\"\n")).unwrap();
    assert_eq!(desk.refused("plan").await, (1, "decision_answer".to_owned()));
    std::fs::write(&file, before).unwrap();
    desk.edit("deskledger.toml", "\"conversation_create\"", "\"conversation_creat\"");
    let said = desk.say(&["plan"]).await;
    assert_eq!((said.exit, said.error().as_str()), (1, "settings_invalid"));
    assert!(said.stderr.contains("did you mean conversation_create"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspace_is_listed_by_name_and_id() {
    let home = tempfile::tempdir().unwrap();
    let desk = Desk::new(&export::small(home.path()), demo_workspace(), OWN_LEDGER).await;
    desk.plan().await;
    desk.say(&["apply", "--yes"]).await;
    let before = desk.writes();
    let state = desk.simulator.state();
    for kind in ["admins", "teams", "tags"] {
        let told = desk.done(&format!("workspace list {kind}")).await;
        let mut told: Vec<(String, String)> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (text(&one["id"]), text(&one["name"])))
            .collect();
        let there = list(&state, kind).iter();
        let mut there: Vec<(String, String)> =
            there.map(|one| (text(&one["id"]), text(&one["name"]))).collect();
        // Intercom lists its own bot among the teammates.
        told.retain(|(_, name)| kind != "admins" || name != "Operator");
        told.sort();
        there.sort();
        assert!(!there.is_empty(), "no {kind} to be listed");
        assert_eq!(told, there, "{kind}");
    }
    let attributes = desk.done("workspace list attributes").await;
    let ours = |of: &str| {
        let all = attributes.as_array().unwrap().iter();
        all.filter(|one| one["of"] == of && one["name"].is_string()).count()
    };
    assert!(ours("contact") > 0 && ours("conversation") > 0, "{attributes:#}");
    assert_eq!(desk.writes(), before, "looking changed something");
    let said = desk.say(&["workspace", "list", "admin"]).await;
    assert!(said.exit == 1 && said.stderr.contains("admins"), "{said:?}");
}
