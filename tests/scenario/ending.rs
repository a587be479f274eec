//! How a run ends: interrupted by a person, over a damaged ledger, and what its file says.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use intercom_simulator::{FaultKind, FaultRule};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::support::desk::{Desk, OWN_LEDGER, finish, list};
use crate::support::export;

const INTERRUPTED: i32 = 130;
const NOT_WHOLE: i32 = 4;

/// Milliseconds for which each conversation is kept back.
const KEPT_BACK_MS: u64 = 4_000;

async fn planned(home: &Path) -> Desk {
    let desk = Desk::new(&export::small(home), Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    desk
}

fn keep_back(desk: &Desk) {
    let slow = FaultRule::new(FaultKind::Delay).route("createConversation").delay_ms(KEPT_BACK_MS);
    desk.simulator.set_faults(vec![slow]);
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    let sent = std::process::Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

/// An application whose conversations are on their way.
async fn under_way(desk: &Desk) -> Child {
    keep_back(desk);
    let mut apply = desk.program(&["apply", "--yes"]).spawn().unwrap();
    while list(&desk.simulator.state(), "contacts").is_empty() {
        assert!(apply.try_wait().unwrap().is_none(), "apply ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    apply
}

/// One signal: it says at once what it does, finishes what is in hand, and ends with its own code.
async fn interrupted_by(name: &str) {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    let mut apply = under_way(&desk).await;
    let mut lines = BufReader::new(apply.stderr.take().unwrap()).lines();
    signal(&apply, name);
    let soon = tokio::time::timeout(Duration::from_millis(KEPT_BACK_MS / 2), lines.next_line());
    let said = soon.await.expect("it said nothing at once").unwrap().unwrap();
    assert!(apply.try_wait().unwrap().is_none(), "what was in hand was not finished");
    assert!(said.contains("finished") && said.contains("apply --yes` goes on"), "{said}");
    let ended = apply.wait().await.unwrap();
    assert_eq!(ended.code(), Some(INTERRUPTED));
    let error: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "stopped", "{error}");
    assert_eq!(error["error"]["exit_code"], INTERRUPTED);

    // Its file says so, and status says it on.
    let status = desk.say(&["status"]).await;
    let stands = status.json();
    assert_eq!((status.exit, &stands["run"]["state"]), (3, &Value::from("stopped")), "{stands:#}");
    assert!(stands["run_error"].as_str().unwrap().starts_with("stopped: "), "{stands:#}");

    // What was in hand is recorded as done: it goes on without sending it again.
    let sent = |operation: &str| {
        let witness = desk.simulator.witness();
        witness.iter().filter(|one| one.operation == operation && one.applied).count()
    };
    let before = sent("createConversation");
    assert!(before > 0, "nothing was in hand");
    desk.simulator.set_faults(Vec::new());
    desk.done("apply --yes").await;
    assert_eq!(sent("createConversation"), export::TICKETS);
    assert_eq!(list(&desk.simulator.state(), "conversations").len(), export::TICKETS);
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_says_at_once_what_it_does_and_how_to_go_on() {
    interrupted_by("-INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_ends_a_process_is_heard_too() {
    interrupted_by("-TERM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_at_once_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    desk.hurry();
    let mut apply = under_way(&desk).await;
    let mut lines = BufReader::new(apply.stderr.take().unwrap()).lines();
    signal(&apply, "-INT");
    lines.next_line().await.unwrap().unwrap();
    signal(&apply, "-INT");
    let soon = tokio::time::timeout(Duration::from_millis(KEPT_BACK_MS / 2), apply.wait());
    assert_eq!(soon.await.expect("it went on").unwrap().code(), Some(INTERRUPTED));
    let said = lines.next_line().await.unwrap().unwrap();
    assert!(said.contains("at once"), "{said}");
    desk.simulator.set_faults(Vec::new());
    desk.done("apply --yes").await;
    assert_eq!(list(&desk.simulator.state(), "conversations").len(), export::TICKETS);
}

/// Puts other bytes in the place of everything behind the first page.
fn damage(ledger: &Path) {
    let mut bytes = std::fs::read(ledger).unwrap();
    assert!(bytes.len() > 1 << 16);
    bytes[8_192..].fill(0x5a);
    std::fs::write(ledger, bytes).unwrap();
}

fn cut(ledger: &Path) {
    let bytes = std::fs::read(ledger).unwrap();
    std::fs::write(ledger, &bytes[..bytes.len() / 3]).unwrap();
}

fn overwrite(ledger: &Path) {
    std::fs::write(ledger, "no database at all ".repeat(1_000)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_ledger_ends_with_4_and_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    let requests = desk.simulator.request_count();
    let ledger = desk.folder().join("ledger.db");
    let whole = std::fs::read(&ledger).unwrap();
    let ways: [fn(&Path); 3] = [damage, cut, overwrite];
    for (way, harm) in ways.into_iter().enumerate() {
        std::fs::write(&ledger, &whole).unwrap();
        harm(&ledger);
        for words in ["status", "log", "reconcile", "read", "plan", "apply --yes", "rollback plan"]
        {
            let said = desk.say(&words.split(' ').collect::<Vec<_>>()).await;
            let code = said.error();
            assert_eq!((said.exit, code.as_str()), (NOT_WHOLE, "ledger_damaged"), "{way} {words}");
            assert!(
                said.stderr.contains("audit check") && said.stderr.contains("copy"),
                "{said:?}"
            );
        }
    }
    assert_eq!(desk.simulator.request_count(), requests, "Intercom was asked");
    // The advice helps: the copy in its place is whole.
    std::fs::write(&ledger, &whole).unwrap();
    for beside in ["ledger.db-wal", "ledger.db-shm"] {
        // They need not be there.
        let _ = std::fs::remove_file(desk.folder().join(beside));
    }
    desk.done("apply --yes").await;
}

/// Files of the runs, oldest first.
fn files(desk: &Desk) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(desk.folder().join("runs")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_has_a_file_of_its_own_without_a_name_in_it() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    keep_back(&desk);
    let slow = finish(desk.program(&["--progress-seconds", "1", "apply", "--yes"])).await;
    assert_eq!(slow.exit, 0, "{slow:?}");
    let lines = slow.stderr.lines().filter(|line| line.starts_with("conversations: ")).count();
    assert!(lines >= 2, "no lines of progress: {slow:?}");

    let runs = desk.done("log -n 100").await;
    let runs: Vec<&str> =
        runs.as_array().unwrap().iter().rev().map(|run| run["run"].as_str().unwrap()).collect();
    let found = files(&desk);
    assert_eq!(found.len(), runs.len());
    let mut all = String::new();
    for (file, run) in found.iter().zip(runs) {
        assert_eq!(file.file_name().unwrap().to_str().unwrap(), format!("{run}.log"));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.lines().last().unwrap().contains("  ended; "), "{text}");
        all.push_str(&text);
    }
    assert!(
        all.contains("conversations: ") && all.contains("stage conversations began of 2"),
        "{all}"
    );
    for secret in ["ada", "ben", "lund", "example.org", "leaking", "anything"] {
        assert!(!all.to_lowercase().contains(secret), "{secret} is in {all}");
    }
}
