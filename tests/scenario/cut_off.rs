//! A reading that did not end is not planned on (invariant 17).

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::desk::{Desk, OWN_LEDGER};
use crate::support::export;

/// Customers of an export that takes so long to read that it can be killed.
const CUSTOMERS: usize = 6_000;

const CUT_OFF: (i32, &str) = (3, "reading_cut_off");

fn grow(bundle: &Path) {
    let mut lines = vec!["id,email,name,company,tags".to_owned()];
    lines.extend((0..CUSTOMERS).map(|n| format!("x{n},x{n}@example.org,Person {n},,")));
    std::fs::write(bundle.join("customers_2.csv"), lines.join("\n") + "\n").unwrap();
}

/// Starts to read and is killed when records are in the ledger.
async fn kill_reading(desk: &Desk, words: &[&str]) {
    let wal = desk.folder().join("ledger.db-wal");
    let mut program = desk.program(words);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = program.spawn().unwrap();
    while wal.metadata().map_or(0, |file| file.len()) < 1 << 20 {
        assert!(program.try_wait().unwrap().is_none(), "it ended");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    program.kill().await.unwrap();
}

async fn refused(desk: &Desk, words: &str) {
    let (exit, code) = desk.refused(words).await;
    assert_eq!((exit, code.as_str()), CUT_OFF, "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_reading_is_not_planned_on_until_one_has_ended() {
    let home = tempfile::tempdir().unwrap();
    let bundle = export::small(home.path());
    let later = export::later(home.path()).display().to_string();
    grow(&bundle);
    let desk = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    kill_reading(&desk, &["read"]).await;
    for words in ["map propose", "map confirm"] {
        desk.done(words).await;
    }
    desk.decide().await;
    refused(&desk, "plan").await;
    let said = desk.say(&["plan"]).await;
    assert!(said.stderr.contains("`deskledger read`"), "{said:?}");
    let counts = desk.say(&["reconcile"]).await;
    assert_eq!(counts.exit, 3);
    assert_eq!(counts.json()["reading"]["cut_off"][0]["command"], "deskledger read");
    assert_eq!(counts.json()["reading"]["last_whole"], Value::Null);

    // A part of later days says nothing of the rest.
    desk.done(&format!("read --delta --bundle {later}")).await;
    refused(&desk, "plan").await;
    refused(&desk, &format!("delta --partial --yes --bundle {later}")).await;
    assert_eq!(desk.writes(), 0);

    let read = desk.done("read").await;
    assert_eq!(read["whole"], true);
    // It is planned; the map, made from half a reading, does not know the words of the tickets.
    let planned = desk.say(&["plan"]).await;
    assert_eq!(planned.exit, 3, "{planned:?}");
    assert_eq!(planned.json()["waiting"], export::TICKETS);
    let counts = desk.say(&["reconcile"]).await.json();
    assert_eq!(counts["reading"]["cut_off"], serde_json::json!([]));
    assert_eq!(counts["reading"]["met"], read["met"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_part_is_not_planned_on_until_it_is_read() {
    let home = tempfile::tempdir().unwrap();
    let desk = Desk::new(&export::small(home.path()), Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    let later = export::later(home.path());
    grow(&later);
    let place = later.display().to_string();
    kill_reading(&desk, &["read", "--delta", "--bundle", &place]).await;
    refused(&desk, "plan").await;
    refused(&desk, "apply --yes").await;
    assert_eq!(desk.writes(), 0);
    let said = desk.say(&["plan"]).await;
    let command = format!("`deskledger read --delta --bundle {place}`");
    assert!(said.stderr.contains(&command), "{said:?}");
    let counts = desk.say(&["reconcile"]).await;
    assert_eq!(counts.exit, 3);
    assert!(counts.json()["reading"]["last_whole"].is_string());
    desk.done(&format!("read --delta --bundle {place}")).await;
    desk.done("plan").await;
}
