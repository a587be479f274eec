//! What the source withdraws after it was moved is never passed over: it is kept or taken back by
//! decision, waits where nobody has decided, and is counted until it is gone. Judged by what the
//! simulator holds.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, list, says, text};

const TICKETS: &str = "tickets.csv";
const REPLIES: &str = "replies.csv";
const CUSTOMERS: &str = "customers.csv";

fn put(folder: &Path, file: &str, lines: &[&str]) {
    std::fs::write(folder.join(file), lines.join("\n") + "\n").unwrap();
}

/// Removes the line of a file that begins so.
fn drop_line(folder: &Path, file: &str, begins: &str) {
    let all = std::fs::read_to_string(folder.join(file)).unwrap();
    let kept: Vec<&str> = all.lines().filter(|line| !line.starts_with(begins)).collect();
    assert!(kept.len() < all.lines().count(), "{file} has no {begins}");
    std::fs::write(folder.join(file), kept.join("\n") + "\n").unwrap();
}

/// Three people, three tickets, and a reply in each.
fn export() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    put(folder, "manifest.json", &[r#"{"source": "deskero", "timezone": "UTC"}"#]);
    put(folder, "agents.csv", &["id,email,name", "a1,ines@desk.example,Ines"]);
    let people = [
        "id,email,name",
        "c1,ada@pier.example,Ada Lund",
        "c2,ben@pier.example,Ben Ito",
        "c3,cal@pier.example,Cal Roe",
    ];
    put(folder, CUSTOMERS, &people);
    let tickets = [
        "id,number,subject,description,status,openedBy.id,insertDate",
        "t1,1/2024,Leaking hull,Water comes in,opened,c1,1706695200000",
        "t2,2/2024,New sails,How long do they take,opened,c2,1706781600000",
        "t3,3/2024,Lost oar,It swam away,opened,c3,1706868000000",
    ];
    put(folder, TICKETS, &tickets);
    let replies = [
        "message_id,ticket_id,replyDate,replyFromCustomer.id,replyFromOperator.id,text",
        "r1,t1,1706700000000,,a1,We have seen it",
        "r2,t2,1706790000000,,a1,Two weeks at most",
        "r3,t3,1706880000000,,a1,We keep a spare one",
    ];
    put(folder, REPLIES, &replies);
    home
}

async fn moved(export: &Path, decisions: &[&str]) -> Desk {
    let desk = Desk::new(export, demo_workspace(), OWN_LEDGER).await;
    desk.hurry();
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    desk.decide().await;
    for one in decisions {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.done("plan").await;
    desk.done("apply --yes").await;
    desk
}

fn thread<'a>(state: &'a Value, ticket: &str) -> Option<&'a Value> {
    let own = |one: &&Value| one["custom_attributes"]["deskero_original_ticket_id"] == ticket;
    list(state, "conversations").iter().find(own)
}

fn person<'a>(state: &'a Value, email: &str) -> &'a Value {
    list(state, "contacts").iter().find(|one| one["email"] == email).unwrap()
}

fn kept(report: &Value) -> Vec<(String, String)> {
    let all = list(report, "withdrawn").iter();
    all.map(|one| (text(&one["key"]), text(&one["action"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_stays_by_default_and_is_counted_as_kept() {
    let export = export();
    let desk = moved(export.path(), &[]).await;
    let writes = desk.writes();
    drop_line(export.path(), TICKETS, "t2,");
    drop_line(export.path(), REPLIES, "r2,");
    drop_line(export.path(), REPLIES, "r1,");
    let pass = desk.done("delta --yes").await;
    assert_eq!(pass["plan"]["withdrawn"], json!({"keep": 2}), "{pass}");
    let state = desk.simulator.state();
    assert_eq!(says(thread(&state, "t1").unwrap(), "We have seen it"), 1);
    assert!(thread(&state, "t2").is_some());
    assert_eq!((desk.writes(), &pass["apply"]["requests"]), (writes, &json!(0)));
    let counts = desk.done("reconcile").await;
    let expected = [("deskero/reply/r1", "keep"), ("deskero/ticket/t2", "keep")];
    let mut found = kept(&counts);
    found.sort();
    let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(found, expected);
    let conversations = list(&counts, "kinds").iter().find(|one| one["kind"] == "conversation");
    let ended = &conversations.unwrap()["ended"];
    assert_eq!((&ended["kept"], &ended["written"]), (&json!(1), &json!(2)), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_taken_back_by_decision_and_comes_again_with_the_source() {
    let export = export();
    let desk = moved(export.path(), &["G13 remove"]).await;
    let whole: Vec<(&str, String)> = [TICKETS, REPLIES, CUSTOMERS]
        .map(|file| (file, std::fs::read_to_string(export.path().join(file)).unwrap()))
        .to_vec();
    drop_line(export.path(), TICKETS, "t2,");
    drop_line(export.path(), REPLIES, "r2,");
    drop_line(export.path(), REPLIES, "r1,");
    drop_line(export.path(), CUSTOMERS, "c3,");
    let pass = desk.done("delta --yes").await;
    assert_eq!(pass["plan"]["withdrawn"], json!({"remove": 3}), "{pass}");
    let state = desk.simulator.state();
    assert_eq!(thread(&state, "t2"), None);
    assert_eq!(says(thread(&state, "t1").unwrap(), "We have seen it"), 0);
    let first = &thread(&state, "t1").unwrap()["source"]["body"];
    assert!(text(first).contains("Water comes in"), "{first}");
    assert_eq!(person(&state, "cal@pier.example")["archived"], true);
    assert!(thread(&state, "t3").is_some(), "a conversation of somebody who is gone stays");
    assert_ne!(person(&state, "ben@pier.example")["archived"], true);

    let writes = desk.writes();
    let again = desk.done("delta --yes").await;
    assert_eq!(again["plan"]["withdrawn"], json!({}), "{again}");
    assert_eq!((desk.writes(), &again["apply"]["requests"]), (writes, &json!(0)));
    let counts = desk.done("reconcile").await;
    assert_eq!(counts["withdrawn"], json!([]));

    for (file, all) in whole {
        std::fs::write(export.path().join(file), all).unwrap();
    }
    desk.done("delta --yes").await;
    let state = desk.simulator.state();
    assert_eq!(says(thread(&state, "t2").unwrap(), "Two weeks at most"), 1);
    assert_eq!(says(thread(&state, "t1").unwrap(), "We have seen it"), 1);
    assert_ne!(person(&state, "cal@pier.example")["archived"], true);
    desk.done("verify --all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_touched_stays_and_is_named() {
    let export = export();
    let desk = moved(export.path(), &["G13 remove"]).await;
    let state = desk.simulator.state();
    let id = &thread(&state, "t2").unwrap()["id"];
    let reply =
        json!({"do": "reply", "conversation": id, "body": "I will call you", "admin": "7100001"});
    desk.simulator.act(&reply).unwrap();
    drop_line(export.path(), TICKETS, "t2,");
    drop_line(export.path(), REPLIES, "r2,");
    desk.done("delta --yes").await;
    let state = desk.simulator.state();
    assert_eq!(says(thread(&state, "t2").unwrap(), "I will call you"), 1);
    let counts = desk.done("reconcile").await;
    assert_eq!(kept(&counts), [("deskero/ticket/t2".to_owned(), "stays".to_owned())]);
    let residue = desk.done("rollback status").await;
    let named = list(&residue, "residue").iter().any(|one| one["key"] == "deskero/ticket/t2");
    assert!(named, "{residue}");
    let before = desk.simulator.state();
    desk.done("delta --yes").await;
    let after = desk.simulator.state();
    assert_eq!(thread(&before, "t2"), thread(&after, "t2"), "it is not tried again");
}

/// Hesk's shipped export, and the same after a ticket's people were taken out.
fn hesk(home: &Path, anonymised: bool) -> PathBuf {
    let shipped = "src/source/hesk/fixtures/flat/hesk_export_2023-12-01_10-00-00_A1B2.xml";
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join(shipped);
    let mut all = std::fs::read_to_string(all).unwrap();
    if anonymised {
        let closed = "2023-01-12 10:00:00 | closed by Bo (bo)</li>";
        let also = "<li class=\"smaller\">2023-11-01 10:00:00 | anonymized by Ada Prime (ada)</li>";
        assert!(all.contains(closed));
        all = all.replace(closed, &format!("{closed}{also}"));
    }
    let folder = home.join(if anonymised { "later" } else { "first" });
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("hesk_export_2023-12-01_10-00-00_A1B2.xml"), all).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_forgotten_at_the_source_waits_for_a_decision_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let first = hesk(home.path(), false);
    let desk = Desk::of("hesk", &first, demo_workspace(), OWN_LEDGER).await;
    desk.hurry();
    let admin = text(&desk.simulator.state()["admins"][0]["id"]);
    let zone = "G8 zone:Europe/Ljubljana";
    for one in [&format!("G3 admin:{admin}"), "G4 confirmed", zone, "H5 skip", "G13 remove"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    desk.done("plan").await;
    desk.done("apply --yes").await;
    let of = |state: &Value| {
        let own = |one: &&Value| one["custom_attributes"].to_string().contains("CCC-DDD-2222");
        list(state, "conversations").iter().find(own).cloned()
    };
    let stood = of(&desk.simulator.state()).unwrap();

    let later = hesk(home.path(), true);
    let later = later.display().to_string();
    let said = desk.say(&["delta", "--yes", "--bundle", &later]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    assert_eq!(said.json()["plan"]["withdrawn"], json!({"undecided": 1}), "{said:?}");
    assert!(said.stdout.contains("G14"), "{said:?}");
    assert_eq!(of(&desk.simulator.state()).map(|one| one["id"].clone()), Some(stood["id"].clone()));
    assert_eq!(desk.say(&["reconcile"]).await.exit, 3);

    desk.done("decide set G14 remove").await;
    let said = desk.say(&["delta", "--yes", "--bundle", &later]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert_eq!(of(&desk.simulator.state()), None);
    let counts = desk.done("reconcile").await;
    assert_eq!(counts["withdrawn"], json!([]), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_and_not_yet_sent_is_not_counted_as_written() {
    let export = export();
    let desk = moved(export.path(), &[]).await;
    assert_eq!(desk.done("reconcile").await["waiting_count"], 0);
    let path = export.path().join(REPLIES);
    let more = "r4,t1,1706900000000,,a1,It is dry now\n";
    let all = std::fs::read_to_string(&path).unwrap() + more;
    std::fs::write(&path, all).unwrap();
    desk.read().await;
    let said = desk.say(&["reconcile"]).await;
    assert_eq!((said.exit, &said.json()["waiting"][0]["key"]), (3, &json!("deskero/reply/r4")));
    assert_eq!(says(thread(&desk.simulator.state(), "t1").unwrap(), "It is dry now"), 0);
    desk.done("delta --yes").await;
    assert_eq!(desk.done("reconcile").await["waiting_count"], 0);
}
