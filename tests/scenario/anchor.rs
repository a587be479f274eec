//! A ledger that is older than its last run, emptied, gone or cut short writes nothing twice
//! (invariant 16).

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use intercom_simulator::{FaultKind, FaultRule};
use serde_json::Value;

use crate::support::desk::{Desk, OWN_LEDGER, list};
use crate::support::export;

const NOT_WHOLE: i32 = 4;

async fn planned(home: &Path) -> Desk {
    let desk = Desk::new(&export::small(home), Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    desk
}

fn ledger(desk: &Desk) -> PathBuf {
    desk.folder().join("ledger.db")
}

/// Every command is refused with this error, and the workspace stays as it is.
async fn all_refused(desk: &Desk, code: &str) {
    let (state, requests) = (desk.simulator.state(), desk.simulator.request_count());
    for words in [
        "read",
        "plan",
        "apply --yes",
        "delta --yes",
        "rollback apply --yes",
        "verify --all",
        "reconcile",
        "decide set G4 confirmed",
        "log",
        "doctor",
    ] {
        assert_eq!(desk.refused(words).await, (NOT_WHOLE, code.to_owned()), "{words}");
    }
    assert_eq!(desk.simulator.state(), state);
    assert_eq!(desk.simulator.request_count(), requests, "Intercom was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_in_the_place_of_the_ledger_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    let (older, newer) = (home.path().join("older.db"), home.path().join("newer.db"));
    std::fs::copy(ledger(&desk), &older).unwrap();
    desk.done("apply --yes").await;
    std::fs::copy(ledger(&desk), &newer).unwrap();
    std::fs::copy(&older, ledger(&desk)).unwrap();
    all_refused(&desk, "ledger_older").await;
    assert_eq!(desk.refused("audit check").await, (NOT_WHOLE, "ledger_older".to_owned()));
    std::fs::copy(&newer, ledger(&desk)).unwrap();
    let state = desk.simulator.state();
    desk.done("apply --yes").await;
    assert_eq!(desk.simulator.state(), state);
    assert_eq!(list(&state, "conversations").len(), export::TICKETS);
    // Who removes the anchor is still kept off by the claim.
    std::fs::copy(&older, ledger(&desk)).unwrap();
    std::fs::remove_file(desk.folder().join("ledger.anchor")).unwrap();
    assert_eq!(desk.refused("apply --yes").await, (3, "claim_ahead".to_owned()));
    assert_eq!(desk.simulator.state(), state);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_or_deleted_ledger_is_refused_by_all() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    desk.done("apply --yes").await;
    let kept = home.path().join("kept.db");
    std::fs::copy(ledger(&desk), &kept).unwrap();
    std::fs::write(ledger(&desk), b"").unwrap();
    all_refused(&desk, "ledger_gone").await;
    std::fs::remove_file(ledger(&desk)).unwrap();
    all_refused(&desk, "ledger_gone").await;
    let backup = format!("ledger backup {}", home.path().join("none.db").display());
    for words in ["audit check", backup.as_str()] {
        assert_eq!(desk.refused(words).await, (NOT_WHOLE, "ledger_gone".to_owned()), "{words}");
    }
    assert!(!ledger(&desk).exists(), "a ledger was made");
    std::fs::copy(&kept, ledger(&desk)).unwrap();
    let state = desk.simulator.state();
    desk.done("apply --yes").await;
    assert_eq!(desk.simulator.state(), state);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_init_and_read_make_a_ledger() {
    let home = tempfile::tempdir().unwrap();
    let desk = Desk::new(&export::small(home.path()), Value::Null, OWN_LEDGER).await;
    assert!(ledger(&desk).exists());
    std::fs::remove_file(ledger(&desk)).unwrap();
    std::fs::remove_file(desk.folder().join("ledger.anchor")).unwrap();
    for words in ["log", "plan", "apply --yes", "decide set G4 confirmed", "reconcile", "replay"] {
        assert_eq!(desk.refused(words).await, (1, "ledger_missing".to_owned()), "{words}");
        assert!(!ledger(&desk).exists(), "{words} made a ledger");
    }
    desk.done("read").await;
    desk.done("log").await;
}

/// Another project's ledger, as long as it may be.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_of_another_project_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    let other = desk.twin(false);
    for _ in 0..20 {
        other.done("read").await;
    }
    std::fs::copy(other.home.path().join("ledger.db"), ledger(&desk)).unwrap();
    all_refused(&desk, "ledger_apart").await;
}

/// Killed while it wrote: what it appended stands in the WAL alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_wal_doubles_nothing() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    desk.hurry();
    let hang = FaultRule::new(FaultKind::Delay).route("createConversation").delay_ms(600_000);
    desk.simulator.set_faults(vec![hang.nth(2)]);
    let mut program = desk.program(&["apply", "--yes"]);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = program.spawn().unwrap();
    while list(&desk.simulator.state(), "conversations").is_empty() {
        assert!(program.try_wait().unwrap().is_none(), "apply ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    program.kill().await.unwrap();
    desk.simulator.set_faults(Vec::new());
    let wal = desk.folder().join("ledger.db-wal");
    assert!(wal.metadata().unwrap().len() > 0, "nothing was in the WAL");
    let kept = desk.twin(true);
    std::fs::remove_file(&wal).unwrap();
    let state = desk.simulator.state();
    assert!(!list(&state, "contacts").is_empty());
    let (exit, code) = desk.refused("apply --yes").await;
    assert!(
        (exit, code.as_str()) == (3, "claim_ahead") || (exit, code.as_str()) == (4, "ledger_older"),
        "{exit} {code}"
    );
    assert_eq!(desk.simulator.state(), state);
    // With its WAL it goes on.
    kept.done("apply --yes").await;
    let after = desk.simulator.state();
    assert_eq!(list(&after, "conversations").len(), export::TICKETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_and_known_to_be_older() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(home.path()).await;
    let (first, second) = (home.path().join("first.db"), home.path().join("second.db"));
    desk.done(&format!("ledger backup {}", first.display())).await;
    let mode = first.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = std::fs::read(&first).unwrap();
    let refused = desk.refused(&format!("ledger backup {}", first.display())).await;
    assert_eq!(refused, (1, "ledger_exists".to_owned()));
    assert_eq!(std::fs::read(&first).unwrap(), bytes, "it was written over");

    // While a run writes.
    let hang = FaultRule::new(FaultKind::Delay).route("createConversation").delay_ms(3_000);
    desk.simulator.set_faults(vec![hang.nth(1)]);
    let mut program = desk.program(&["apply", "--yes"]);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = program.spawn().unwrap();
    while list(&desk.simulator.state(), "contacts").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let told = desk.done(&format!("ledger backup {}", second.display())).await;
    assert!(program.try_wait().unwrap().is_none(), "the run had ended");
    assert!(program.wait().await.unwrap().success());
    assert_eq!(desk.done("audit check").await["whole"], true);

    for (copy, is_second) in [(&first, false), (&second, true)] {
        let restored = desk.twin(true);
        std::fs::copy(copy, restored.home.path().join("ledger.db")).unwrap();
        let refused = restored.refused("apply --yes").await;
        assert_eq!(refused, (NOT_WHOLE, "ledger_older".to_owned()));
        std::fs::remove_file(restored.home.path().join("ledger.anchor")).unwrap();
        let check = restored.done("audit check").await;
        assert_eq!(check["whole"], true);
        if is_second {
            assert_eq!(check["events"], told["events"]);
        }
        assert_eq!(restored.refused("apply --yes").await, (3, "claim_ahead".to_owned()));
    }
    // A backup of now is as good as the ledger.
    let third = home.path().join("third.db");
    desk.done(&format!("ledger backup {}", third.display())).await;
    std::fs::copy(&third, ledger(&desk)).unwrap();
    let state = desk.simulator.state();
    desk.done("apply --yes").await;
    assert_eq!(desk.simulator.state(), state);
    assert_eq!(list(&state, "conversations").len(), export::TICKETS);
}
