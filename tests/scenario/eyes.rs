//! Whoever only looks sees the migration beside a process that writes, and in a folder in which
//! nothing can be written.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use intercom_simulator::{FaultKind, FaultRule};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::support::databases::Database;
use crate::support::desk::{Desk, OWN_LEDGER, Said, finish, list};
use crate::support::export;

/// Milliseconds for which each conversation is kept back, so that there is time to look.
const KEPT_BACK_MS: u64 = 600_000;

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

/// Commands that only look.
const LOOKS: [&str; 11] = [
    "status",
    "log",
    "log last",
    "log --from 0 --limit 10",
    "show deskero/ticket/t1",
    "reconcile",
    "rollback plan",
    "rollback status",
    "findings list",
    "map show",
    "decide",
];

async fn planned(home: &Path, ledger: &str) -> Desk {
    let desk = Desk::new(&export::small(home), Value::Null, ledger).await;
    desk.plan().await;
    desk
}

/// An application that has sent all but its conversations.
async fn applying(desk: &Desk) -> Child {
    let slow = FaultRule::new(FaultKind::Delay).route("createConversation").delay_ms(KEPT_BACK_MS);
    desk.simulator.set_faults(vec![slow]);
    let mut apply = desk.program(&["apply", "--yes"]);
    apply.stdout(Stdio::null()).stderr(Stdio::null());
    let mut apply = apply.spawn().unwrap();
    let asked = || desk.simulator.witness().iter().any(|one| one.operation == "createConversation");
    while !asked() && list(&desk.simulator.state(), "contacts").is_empty() {
        assert!(apply.try_wait().unwrap().is_none(), "apply ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    apply
}

fn answered(words: &str, said: &Said) {
    assert!([0, 3].contains(&said.exit), "{words}: {said:?}");
    assert!(said.stdout.starts_with(['{', '[']), "{words} showed nothing: {said:?}");
}

async fn beside_a_run(ledger: &str) {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path(), ledger).await;
    let planned = desk.done("status").await;
    assert_eq!(planned["run"]["state"], "finished");
    assert!(planned["holder"].is_null() && planned["pace"].is_null(), "{planned:#}");
    assert_eq!(planned["next"]["code"], "approve", "{planned:#}");
    let requests = planned["plan"]["requests"].as_u64().unwrap();
    assert_eq!(planned["plan"]["left"], requests);

    let mut apply = applying(&desk).await;
    for words in LOOKS {
        answered(words, &desk.say(&words.split(' ').collect::<Vec<_>>()).await);
    }
    let status = desk.done("status").await;
    let sent = desk.writes() as u64;
    assert!(apply.try_wait().unwrap().is_none(), "the run had ended before all had looked");
    assert_eq!(status["run"]["state"], "running", "{status:#}");
    assert_eq!(status["run"]["kind"], "apply");
    assert_eq!(status["run"]["phase"], "conversations");
    assert_eq!(status["holder"]["pid"], apply.id().unwrap());
    assert!(!status["holder"]["host"].as_str().unwrap().is_empty());
    assert!(status["holder"]["since"].as_str().unwrap().starts_with("20"));
    let of_plan = |what: &str| status["plan"][what].as_u64().unwrap();
    let (done, left) = (of_plan("done"), of_plan("left"));
    assert_eq!(done + left, requests, "{status:#}");
    // The witness saw the tag of the claim too.
    assert!(done > 0 && done <= sent && left > 0, "{done} done, {left} left, {sent} sent");
    let rows = status["left"].as_array().unwrap();
    assert_eq!(rows[0]["phase"], "conversations");
    assert_eq!(rows[0]["records"], export::TICKETS);
    assert!(status["pace"]["events_per_minute"].as_u64().unwrap() > 0);
    // Who writes is named to whoever would write too.
    let refused = desk.say(&["apply", "--yes"]).await;
    assert_eq!((refused.exit, refused.error().as_str()), (2, "ledger_locked"));
    assert!(refused.stderr.contains(&format!("process {}", apply.id().unwrap())), "{refused:?}");

    apply.kill().await.unwrap();
    desk.simulator.set_faults(Vec::new());
    let said = desk.say(&["status"]).await;
    let stopped = said.json();
    assert_eq!((said.exit, &stopped["run"]["state"]), (3, &Value::from("stopped")), "{said:?}");
    assert!(stopped["holder"].is_null(), "{stopped:#}");
    let hint = stopped["next"]["hint"].as_str().unwrap();
    assert!(hint.contains("deskledger apply"), "{hint}");
    desk.hurry();
    desk.done("apply --yes").await;
    let over = desk.done("status").await;
    assert_eq!((&over["plan"]["left"], &over["left"]), (&0.into(), &Value::Array(Vec::new())));
    assert_eq!(over["next"]["code"], "verify", "{over:#}");
    assert_eq!(list(&desk.simulator.state(), "conversations").len(), export::TICKETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_run_all_that_look_are_answered_on_sqlite() {
    beside_a_run(OWN_LEDGER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_run_all_that_look_are_answered_on_postgres() {
    let Some(database) = Database::postgres().await else { return };
    beside_a_run(&database.address()).await;
    database.remove().await;
}

/// Everything below a folder, with its bytes and rights.
fn held(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let mode = path.metadata().unwrap().mode();
            let name = path.display().to_string();
            if path.is_dir() {
                folders.push(path);
                found.insert(name, (Vec::new(), mode));
            } else {
                found.insert(name, (std::fs::read(path).unwrap(), mode));
            }
        }
    }
    found
}

/// Takes the right to write away from everybody, in everything below a folder.
fn seal(folder: &Path) {
    for name in held(folder).keys() {
        let path = Path::new(name);
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o555)).unwrap();
}

/// The program as somebody who may not write there. Rights do not bind root, so root becomes
/// nobody.
fn as_nobody(desk: &Desk, folder: &Path, binary: &Path, words: &str) -> Command {
    let own = desk.program_in(folder, &words.split(' ').collect::<Vec<_>>());
    let mut program = Command::new(binary);
    program.args(own.as_std().get_args());
    program.env("INTERCOM_ACCESS_TOKEN", "anything");
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if folder.metadata().unwrap().uid() == 0 {
        program.uid(NOBODY);
    }
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_look_are_answered_where_nothing_can_be_written() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path(), OWN_LEDGER).await;
    desk.done("apply --yes").await;
    let away = tempfile::tempdir().unwrap();
    std::fs::set_permissions(away.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = away.path().join("deskledger");
    std::fs::copy(env!("CARGO_BIN_EXE_deskledger"), &binary).unwrap();
    let folder = away.path().join("project");
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(desk.folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    seal(&folder);
    let before = held(&folder);
    for words in LOOKS {
        answered(words, &finish(as_nobody(&desk, &folder, &binary, words)).await);
    }
    // The folder can in truth not be written.
    let refused = finish(as_nobody(&desk, &folder, &binary, "decide set D10 footer")).await;
    assert!(refused.exit != 0 && !refused.error().is_empty(), "{refused:?}");
    assert_eq!(held(&folder), before);
}

/// Every event is shown once by paging through positions, and runs are told in the same numbers.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_paged_by_position_and_adds_up() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path(), OWN_LEDGER).await;
    desk.done("apply --yes").await;
    let (mut from, mut positions, mut by_run) = (0, Vec::new(), BTreeMap::new());
    loop {
        let page = desk.done(&format!("log --from {from} --limit 7")).await;
        for event in page["events"].as_array().unwrap() {
            positions.push(event["position"].as_u64().unwrap());
            assert!(event["key"].is_string() && event["facts"].is_object(), "{event}");
            let run = event["run"].as_str().unwrap().to_owned();
            let counts: &mut BTreeMap<String, u64> = by_run.entry(run).or_default();
            *counts.entry(event["event"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next"].as_u64() {
            Some(next) => from = next,
            None => break,
        }
    }
    // The auditor reads the stored bytes with code of its own.
    let events = desk.done("audit check").await["events"].as_u64().unwrap();
    assert_eq!(positions, (0..events).collect::<Vec<_>>());
    let runs = desk.done("log -n 100").await;
    let runs = runs.as_array().unwrap();
    assert!(runs.len() >= 5, "{runs:?}");
    for run in runs {
        let id = run["run"].as_str().unwrap();
        let shown = desk.done(&format!("log {id}")).await;
        let detail = &shown["detail"];
        assert_eq!(shown["counts"], run["counts"]);
        assert_eq!((&detail["from"], &detail["to"]), (&run["first"], &run["last"]), "{shown:#}");
        let told: BTreeMap<String, u64> = serde_json::from_value(detail["events"].clone()).unwrap();
        assert_eq!(Some(&told), by_run.get(id), "{shown:#}");
    }
    let apply = desk.done("log last").await;
    assert_eq!(apply["kind"], "apply");
    let gates = apply["detail"]["gates"].as_array().unwrap();
    let closed: Vec<_> = gates.iter().filter(|gate| gate["passed"] == true).collect();
    assert_eq!(closed.len(), gates.len());
    assert!(gates.iter().any(|gate| gate["counts"]["written"] == export::TICKETS), "{gates:?}");
    assert_eq!(desk.refused("log ffffffffffffffff0").await, (1, "unknown_run".to_owned()));
}

/// What Intercom refused is told in words, with the position of the event.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_by_status_and_log() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path(), OWN_LEDGER).await;
    let refuse = FaultRule::new(FaultKind::ErrorBefore).route("createConversation").status(503);
    desk.simulator.set_faults(vec![refuse.nth(1)]);
    desk.hurry();
    desk.done("apply --yes").await;
    let status = desk.done("status").await;
    let failure = &status["last_failure"];
    let shown = desk.done("log last").await;
    assert_eq!(shown["detail"]["failures_count"], 1, "{shown:#}");
    assert_eq!(&shown["detail"]["failures"][0], failure);
    let at = failure["position"].as_u64().unwrap();
    let event = desk.done(&format!("log --from {at} --limit 1")).await["events"][0].clone();
    assert!(["WriteFailed", "WriteOutcomeUnknown"].contains(&event["event"].as_str().unwrap()));
    assert_eq!(event["key"], failure["about"]);
    let code = event["facts"]["code"].as_str().unwrap();
    assert!(failure["words"].as_str().unwrap().contains(code), "{failure} {event}");
}
