//! Several processes of the program, one workspace, one request budget.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use intercom_simulator::{Options, Running, Simulator, WitnessEntry};
use tokio::process::Child;

use crate::support::databases::Database;
use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, fixture};

const WAITING: i32 = 3;
const LIMIT: u64 = 40;
const WINDOW_MS: u64 = 2_000;

/// An Intercom with small windows.
async fn narrow() -> Running {
    let options = Options {
        workspace: demo_workspace(),
        rate_limit: Some(LIMIT),
        window_ms: WINDOW_MS,
        ..Options::default()
    };
    Simulator::start(options).await.unwrap()
}

/// A project that is ready to be applied, before the narrow Intercom from now on.
async fn ready(ledger: &str, narrow: &Running) -> Desk {
    let desk = Desk::new(&fixture("demo"), demo_workspace(), ledger).await;
    desk.window(WINDOW_MS);
    desk.plan().await;
    desk.edit("deskledger.toml", &desk.simulator.url(), &narrow.url());
    desk.hurry();
    desk
}

fn start(desk: &Desk, words: &[&str]) -> Child {
    let mut program = desk.program(words);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    program.spawn().unwrap()
}

async fn ended(mut child: Child) {
    let exit = child.wait().await.unwrap().code();
    assert!(exit.is_some_and(|exit| exit == 0 || exit == WAITING), "{exit:?}");
}

/// Requests by window.
fn windows(witness: &[WitnessEntry]) -> BTreeMap<i64, u64> {
    let mut counts = BTreeMap::new();
    for entry in witness {
        *counts.entry(entry.time_ms.div_euclid(WINDOW_MS as i64)).or_default() += 1;
    }
    counts
}

/// No window exceeded, nobody refused; the share used of the windows between the first and the
/// last `but` ones.
fn share(witness: &[WitnessEntry], but: usize) -> f64 {
    assert_eq!(witness.iter().filter(|entry| entry.status == 429).count(), 0, "answered 429");
    let counts = windows(witness);
    assert!(counts.values().all(|&count| count <= LIMIT), "{counts:?}");
    let all: Vec<u64> = counts.values().copied().collect();
    let steady = &all[but..all.len() - but];
    steady.iter().sum::<u64>() as f64 / (steady.len() as u64 * LIMIT) as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projects_in_one_database_share_one_budget() {
    let Some(database) = Database::postgres().await else { return };
    database.tamper("CREATE SCHEMA first; CREATE SCHEMA second").await.unwrap();
    let ledger = |schema| format!("{}&options=-csearch_path%3D{schema}", database.address());
    let narrow = narrow().await;
    let (first, second) =
        (ready(&ledger("first"), &narrow).await, ready(&ledger("second"), &narrow).await);
    let words = ["apply", "--yes", "--sample", "10"];
    let (one, other) = (start(&first, &words), start(&second, &words));
    tokio::join!(ended(one), ended(other));
    let share = share(&narrow.witness(), 3);
    println!("two applications side by side used {:.1} % of each window", share * 100.0);
    assert!(share > 0.8, "{share}");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_may_look_beside_who_writes_and_draws_from_the_same_budget() {
    let Some(database) = Database::postgres().await else { return };
    let share = looking_on(&database.address()).await;
    println!("an application and those who looked used {:.1} % of each window", share * 100.0);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_may_look_while_a_sqlite_ledger_is_written() {
    let share = looking_on(OWN_LEDGER).await;
    println!("an application and those who looked used {:.1} % of each window", share * 100.0);
}

/// What is used of each window while some look beside one who writes.
async fn looking_on(ledger: &str) -> f64 {
    let narrow = narrow().await;
    let desk = ready(ledger, &narrow).await;
    let mut apply = start(&desk, &["apply", "--yes", "--sample", "60"]);
    while narrow.request_count() < 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let looks = tokio::join!(
        desk.say(&["doctor"]),
        desk.say(&["verify", "--all", "--unrecorded"]),
        desk.say(&["verify", "--sample", "20", "--unrecorded"]),
    );
    assert!(apply.try_wait().unwrap().is_none(), "it was over before they were");
    assert_eq!((looks.0.exit, looks.1.exit, looks.2.exit), (0, 0, 0), "{looks:?}");
    assert!(looks.1.json()["objects"].as_u64().unwrap() > 0);
    // One writes, and says so to others.
    assert_eq!(desk.refused("apply --yes").await, (2, "ledger_locked".to_owned()));
    assert_eq!(desk.refused("verify").await, (2, "ledger_locked".to_owned()));
    ended(apply).await;
    share(&narrow.witness(), 3)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_holds_nothing_for_long() {
    let Some(database) = Database::postgres().await else { return };
    let share = after_a_kill(&database.address()).await;
    println!("after the other was killed {:.1} % of each window were used", share * 100.0);
    assert!(share > 0.8, "{share}");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_holds_nothing_for_long_beside_a_sqlite_ledger() {
    let share = after_a_kill(OWN_LEDGER).await;
    println!("after the other was killed {:.1} % of each window were used", share * 100.0);
    assert!(share > 0.8, "{share}");
}

/// What is used of each window by one who goes on after another was killed.
async fn after_a_kill(ledger: &str) -> f64 {
    let narrow = narrow().await;
    let desk = ready(ledger, &narrow).await;
    let words = ["apply", "--yes", "--sample", "40"];
    let mut apply = start(&desk, &words);
    while narrow.request_count() < 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    apply.kill().await.unwrap();
    let before = narrow.request_count();
    ended(start(&desk, &words)).await;
    share(&narrow.witness()[before..], 3)
}
