//! A workspace is written by one project, and by the newest copy of its ledger (invariant 16).

use intercom_simulator::{Options, Simulator};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, differences, list, text};
use crate::support::export;

const WAITING: i32 = 3;

/// A planned migration of the small export.
async fn planned(home: &tempfile::TempDir) -> Desk {
    let desk = Desk::new(&export::small(home.path()), Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    desk
}

fn refusal(code: &str) -> (i32, String) {
    (WAITING, code.to_owned())
}

/// Requests after the first `from`, as `METHOD path`.
fn requests(desk: &Desk, from: usize) -> Vec<String> {
    let all = desk.simulator.witness().into_iter().skip(from);
    all.map(|one| format!("{} {}", one.method, one.path)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_ledger_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    let older = desk.twin(true);
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    assert_eq!(list(&state, "conversations").len(), export::TICKETS);
    let later = export::later(home.path()).display().to_string();
    for words in [
        "apply --yes".to_owned(),
        "rollback apply --yes".to_owned(),
        format!("delta --partial --yes --bundle {later}"),
        "claim release --yes".to_owned(),
    ] {
        let sent = desk.simulator.request_count();
        assert_eq!(older.refused(&words).await, refusal("claim_ahead"), "{words}");
        assert_eq!(requests(&desk, sent), ["GET /me", "GET /tags"], "{words}");
    }
    assert_eq!(desk.simulator.state(), state);
    // The newest goes on.
    desk.done("apply --yes").await;
    assert_eq!(desk.simulator.state(), state);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_the_one_that_wrote_last_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    desk.done("apply --yes").await;
    let copy = desk.twin(true);
    let later = export::later(home.path()).display().to_string();
    let words = format!("delta --partial --yes --bundle {later}");
    copy.done(&words).await;
    let state = desk.simulator.state();
    assert_eq!(list(&state, "conversations").len(), export::TICKETS + export::LATER);
    // This one does not even have to be shorter.
    for _ in 0..60 {
        desk.done("read").await;
    }
    assert_eq!(desk.refused(&words).await, refusal("claim_forked"));
    assert_eq!(desk.refused("rollback apply --yes").await, refusal("claim_forked"));
    assert_eq!(desk.simulator.state(), state);
    copy.done("rollback apply --yes").await;
    assert_eq!(desk.claims(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_project_is_refused_until_the_first_has_left() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    let other = desk.twin(false);
    for words in ["read", "map confirm", "plan"] {
        other.done(words).await;
    }
    desk.done("apply --yes").await;
    let (state, ours) = (desk.simulator.state(), desk.claims());
    assert_eq!(ours.len(), 1);
    for words in ["apply --yes", "rollback apply --yes", "claim release --yes"] {
        assert_eq!(other.refused(words).await, refusal("claim_other"), "{words}");
    }
    assert_eq!(other.refused("claim take").await, refusal("plan_not_approved"));
    assert_eq!(desk.simulator.state(), state);

    desk.done("rollback apply --yes").await;
    assert_eq!(desk.claims(), Vec::<String>::new());
    // What the first left archived, the second does not take for its own.
    let said = other.say("apply --yes").await;
    assert_eq!(said.exit, 3, "{said:?}");
    assert!(said.stdout.contains("archived_contact"), "{said:?}");
    let theirs = desk.claims();
    assert_eq!(theirs.len(), 1);
    assert_ne!(theirs[0].split(' ').nth(1), ours[0].split(' ').nth(1), "two projects, one name");
    desk.done("plan").await;
    assert_eq!(desk.refused("apply --yes").await, refusal("claim_other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_and_releases_the_claim() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    let other = desk.twin(false);
    other.done("read").await;
    desk.done("apply --yes").await;
    let ours = desk.claims();
    let taken = other.done("claim take --yes").await;
    assert_eq!(json!(desk.claims()), json!([taken["taken"]]));
    assert_eq!(taken["was"], json!(ours));
    assert_eq!(desk.refused("apply --yes").await, refusal("claim_other"));
    other.done("claim release --yes").await;
    assert_eq!(desk.claims(), Vec::<String>::new());
    // Whose claim is gone does not know who wrote meanwhile.
    assert_eq!(desk.refused("apply --yes").await, refusal("claim_gone"));
    desk.done("claim take --yes").await;
    let state = desk.simulator.state();
    desk.done("apply --yes").await;
    assert_eq!(desk.simulator.state(), state);
    desk.done("claim release --yes").await;
    desk.done("apply --yes").await;
    assert_eq!(desk.claims(), Vec::<String>::new(), "nothing was written, nothing is claimed");
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claim_grows_with_each_run_that_writes_and_goes_with_the_last_object() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    let before = desk.simulator.state();
    desk.done("apply --yes").await;
    let size = |claims: Vec<String>| -> u64 {
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims[0].rsplit(' ').next().unwrap().parse().unwrap()
    };
    let first = size(desk.claims());
    let writes = desk.writes();
    desk.done("apply --yes").await;
    desk.done("verify --all").await;
    assert_eq!((size(desk.claims()), desk.writes()), (first, writes), "nothing was to be written");
    let later = export::later(home.path()).display().to_string();
    desk.done(&format!("delta --partial --yes --bundle {later}")).await;
    let events = desk.done("replay").await["events"].as_u64().unwrap();
    let second = size(desk.claims());
    assert!(first < second && second < events, "{first} {second} {events}");

    desk.done("rollback apply --yes --only deskero/ticket/t2").await;
    let third = size(desk.claims());
    assert!(third > second, "a part was taken back, the rest is claimed");
    desk.done("rollback apply --yes").await;
    let left = differences(&before, &desk.simulator.state());
    assert!(left.iter().all(|one| !one.starts_with("tags/")), "{left:?}");
    let (state, writes) = (desk.simulator.state(), desk.writes());
    desk.done("rollback apply --yes").await;
    assert_eq!((desk.simulator.state(), desk.writes()), (state, writes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_of_the_help_desk_is_never_taken_for_a_claim() {
    let home = tempfile::tempdir().unwrap();
    let bundle = export::with_tag(home.path(), "deskledger north · 7");
    let desk = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    desk.done("apply --yes").await;
    let mut claims = desk.claims();
    claims.retain(|name| name != "deskledger north · 7");
    assert_eq!(claims.len(), 1, "one is a tag, one is the claim");
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}));
    desk.done("rollback apply --yes").await;
    assert_eq!(desk.claims(), Vec::<String>::new());

    // One that looks exactly so waits: nobody could tell it from a claim.
    let home = tempfile::tempdir().unwrap();
    let bundle = export::with_tag(home.path(), "deskledger 0123456789ab · 7");
    let desk = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    desk.plan().await;
    let said = desk.say(&["apply", "--yes"]).await;
    assert_eq!(said.exit, WAITING, "{said:?}");
    assert!(said.stdout.contains("tag_name_reserved"), "{said:?}");
    assert_eq!(desk.claims().len(), 1);
    assert!(!desk.claims().contains(&"deskledger 0123456789ab · 7".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_is_sent_nothing() {
    let home = tempfile::tempdir().unwrap();
    let desk = planned(&home).await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    let workspace = json!({ "app": { "id_code": "elsewhere", "name": "E", "region": "EU",
        "timezone": "UTC" } });
    let options = Options { workspace, ..Options::default() };
    let elsewhere = Simulator::start(options).await.unwrap();
    let (ours, theirs) = (desk.simulator.url(), elsewhere.url());
    desk.edit("deskledger.toml", &ours, &theirs);
    for words in [
        "apply --yes",
        "delta --yes",
        "verify --all",
        "verify --unrecorded",
        "rollback plan",
        "rollback apply --yes",
        "doctor",
        "doctor --canary",
        "map propose --overwrite",
        "claim take --yes",
        "claim release --yes",
    ] {
        let sent = elsewhere.request_count();
        assert_eq!(desk.refused(words).await, refusal("workspace_other"), "{words}");
        let asked: Vec<String> =
            elsewhere.witness()[sent..].iter().map(|one| one.path.to_string()).collect();
        assert_eq!(asked, ["/me"], "{words}");
    }
    desk.edit("deskledger.toml", &theirs, &ours);
    assert_eq!(desk.simulator.state(), state);
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    assert_eq!(list(&after, "conversations").len(), 0, "everything could be taken back");
    let named: Vec<String> = list(&after, "tags").iter().map(|tag| text(&tag["name"])).collect();
    assert_eq!(named, Vec::<String>::new());
}
