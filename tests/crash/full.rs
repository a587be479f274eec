//! A disk that is full amid a run: the program ends with 2, loses nothing, and goes on when there
//! is room (invariants 1, 2, 4).

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::kill::recipe;
use crate::support::content::unclaimed;
use crate::support::desk::{Desk, OWN_LEDGER, finish};

/// Room beside the ledger as it is planned, in KiB: enough for some of the run, not for all of it.
const ROOM_KB: u64 = 160;

/// Makes a small disk of its own at $1, of $2 KiB, moves the project $3 there, runs the command
/// that follows until there is no room, makes room and runs it again. Says both exit codes.
const SCRIPT: &str = r#"
disk=$1 size=$2 project=$3; shift 3
mount -t tmpfs -o size="${size}k" none "$disk" && cp -r "$project"/* "$disk" || exit 9
"$@" >"$project/first.out" 2>"$project/first.err"; first=$?
mount -o remount,size=1g "$disk" || exit 9
"$@" >"$project/second.out" 2>"$project/second.err"; second=$?
cp "$disk"/ledger.db* "$project" || exit 9
echo "$first $second"
"#;

#[allow(clippy::print_stderr, reason = "who runs the tests should know")]
fn no_disk(said: &str) {
    eprintln!("skipped: no disk of one's own can be mounted here: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_with_2_and_the_next_run_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let bundle = home.path().join("export");
    data_generator::write(&recipe(), &bundle).unwrap();
    let desk = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    let calm = desk.copy(None).await;
    calm.done("apply --yes").await;

    let disk = tempfile::tempdir().unwrap();
    let files = std::fs::read_dir(desk.folder()).unwrap();
    let used: u64 = files.map(|file| file.unwrap().metadata().unwrap().len().div_ceil(1024)).sum();
    let mut shell = Command::new("unshare");
    shell.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
    shell.arg(disk.path()).arg((used + ROOM_KB).to_string()).arg(desk.folder());
    shell.arg(env!("CARGO_BIN_EXE_deskledger")).arg("--project").arg(disk.path());
    shell.args(["--json", "apply", "--yes"]).env("INTERCOM_ACCESS_TOKEN", "anything");
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let said = finish(shell).await;
    if said.exit != 0 && std::env::var_os("CI").is_none() {
        return no_disk(&said.stderr);
    }
    let told = |name: &str| std::fs::read_to_string(desk.folder().join(name)).unwrap();
    assert_eq!(said.stdout.trim(), "2 0", "{} {}", told("first.err"), told("second.err"));
    assert!(told("first.err").contains("ledger_full"), "{}", told("first.err"));
    assert!(desk.simulator.state()["contacts"].as_array().is_some_and(|all| !all.is_empty()));

    let (ours, theirs) = (unclaimed(&desk.simulator), unclaimed(&calm.simulator));
    for (kind, content) in theirs.as_object().unwrap() {
        assert!(&ours[kind] == content, "{kind} are not those of a run with room");
    }
    assert_eq!(desk.done("resolve").await, json!([]));
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}
