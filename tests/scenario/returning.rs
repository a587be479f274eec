//! What people made in Intercom after the cutover goes back in the help desk's own layout, word for
//! word, and moving forward with it once more doubles nothing.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, fixture, itco_workspace, list, text};

fn of_source(source: &str, name: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source);
    fixtures.join("fixtures").join(name)
}

fn workspace_of(source: &str) -> Value {
    let text = std::fs::read_to_string(of_source(source, "workspace.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn deskero() -> Desk {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    desk
}

async fn moved(source: &str, workspace: Value, decisions: &[&str], waits: u64) -> Desk {
    let flat = of_source(source, "flat");
    let desk = Desk::of(source, &flat, workspace, OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in decisions {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(waits);
    desk.done("plan").await;
    desk.done("apply --yes").await;
    desk
}

/// Everything that lies in a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    // What a database keeps while it is open, the shared window of requests, and the folder in
    // which each run writes its progress are no content.
    let passing = |name: &str| name.ends_with("-wal") || name.ends_with("-shm");
    let kept = entries.filter(|entry| {
        let name = name(entry);
        !passing(&name) && !name.contains(".budget") && name != "runs"
    });
    kept.map(|entry| (name(&entry), std::fs::read(entry.path()).unwrap())).collect()
}

/// A thread that we moved.
fn thread(state: &Value) -> String {
    let ours = |one: &&Value| {
        let named = |values: &Value| values.to_string().contains("_original_ticket_id");
        named(&one["custom_attributes"]) || named(&one["ticket_attributes"])
    };
    let kinds = ["conversations", "tickets"].iter();
    let mut all = kinds.flat_map(|kind| list(state, kind)).filter(ours);
    text(&all.next().expect("a thread of ours")["id"])
}

/// Words that are found nowhere else, and how they are said in Intercom.
const WORDS: [&str; 6] =
    ["zephyr one", "zephyr two", "zephyr three", "zephyr four", "zephyr five", "Zephyr Person"];

/// A customer and teammates write in a thread of ours; somebody new begins one of their own.
fn people_go_on(desk: &Desk) {
    let act = |act: Value| desk.simulator.act(&act).unwrap_or_else(|no| panic!("{act}: {no}"));
    let state = desk.simulator.state();
    let thread = thread(&state);
    act(json!({"do": "contact_reply", "conversation": thread, "body": WORDS[0]}));
    act(json!({"do": "reply", "conversation": thread, "body": WORDS[1]}));
    act(json!({"do": "note", "conversation": thread, "body": WORDS[2]}));
    let person = json!({"role": "user", "email": "zephyr@example.net", "name": WORDS[5]});
    let call = json!({"do": "call", "method": "POST", "path": "/contacts", "body": person});
    let person = text(&act(call)["id"]);
    let opening = json!({"from": {"type": "user", "id": person}, "body": WORDS[3]});
    let call = json!({"do": "call", "method": "POST", "path": "/conversations", "body": opening});
    let new = text(&act(call)["conversation_id"]);
    act(json!({"do": "reply", "conversation": new, "body": WORDS[4]}));
}

/// Sends it back and moves forward with it; what was said of it.
async fn there_and_back(desk: &Desk, contact: &str) {
    people_go_on(desk);
    let excluded = excluded(desk).await;
    let home = tempfile::tempdir().unwrap();
    let back = home.path().join("back");
    let out = back.display().to_string();
    let before = files(desk.folder());
    let (writes, state) = (desk.writes(), desk.simulator.state());
    let said = desk.say(&["return", "--out", &out]).await;
    assert!([0, 3].contains(&said.exit), "{said:?}");
    let told = said.json();
    assert_eq!(told["closes"], true, "{told}");
    assert_eq!(said.exit == 3, told["left_out"] != json!({}), "{told}");
    assert_eq!(told["written"], json!({"contact": 1, "message": 4, "thread": 1}), "{told}");
    assert_eq!(files(desk.folder()), before, "the project changed");
    assert_eq!((desk.writes(), desk.simulator.state()), (writes, state.clone()));

    let made = files(&back);
    let all: Vec<u8> = made.values().flatten().copied().collect();
    let all = String::from_utf8(all).unwrap();
    for word in WORDS {
        assert_eq!(all.matches(word).count(), 1 + usize::from(word == WORDS[5]), "{word}");
    }
    assert_eq!(back.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for name in made.keys() {
        let mode = back.join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    let forward = desk.say(&["delta", "--partial", "--yes", "--bundle", &out]).await;
    let forward = forward.json();
    assert_eq!(desk.writes(), writes, "{forward}");
    assert_eq!(desk.simulator.state(), state, "{forward}");
    assert_eq!(forward["read"]["new"], 6, "{forward}");
    assert_eq!(forward["read"]["rejected"], 0, "{forward}");
    assert_eq!(forward["queued"], 0, "{forward}");
    assert_eq!(self::excluded(desk).await, excluded + 6, "{forward}");
    let made = |cell: &&str| cell.starts_with("intercom-") && cell.contains("-contact-");
    let id = all.split([',', '\n']).find(made).unwrap();
    let shown = desk.done(&format!("show {contact}/{id}")).await.to_string();
    assert!(shown.contains("stands_in_intercom"), "{shown}");
    desk.done("replay").await;
}

/// How many records are left out by a rule; the counts must close.
async fn excluded(desk: &Desk) -> u64 {
    let told = desk.say(&["reconcile"]).await.json();
    assert_eq!(told["closes"], true, "{told}");
    let ended = list(&told, "kinds").iter().map(|kind| &kind["ended"]["excluded"]);
    ended.filter_map(Value::as_u64).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_goes_back_to_deskero_and_is_not_made_twice() {
    there_and_back(&deskero().await, "deskero/customer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_goes_back_to_itco_and_is_not_made_twice() {
    let decisions = ["G3 admin:71", "G4 confirmed", "T1 convert", "T2 ticket_attribute"];
    let desk = moved("itco", itco_workspace(), &decisions, 0).await;
    there_and_back(&desk, "itco/customer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_goes_back_to_clickdesk_and_is_not_made_twice() {
    let decisions = ["G3 admin:7200001", "G4 confirmed"];
    let desk = moved("clickdesk", workspace_of("clickdesk"), &decisions, 0).await;
    there_and_back(&desk, "clickdesk/visitor").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_goes_back_to_infraon_and_is_not_made_twice() {
    let decisions = ["G3 admin:7300001", "G4 confirmed", "I3 yes"];
    let desk = moved("infraon", workspace_of("infraon"), &decisions, 2).await;
    there_and_back(&desk, "infraon/requester").await;
}

/// What cannot go back is listed, without what is secret in it; what a spreadsheet would run is
/// not run.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_back_is_listed() {
    let desk = deskero().await;
    let act = |act: Value| desk.simulator.act(&act).unwrap_or_else(|no| panic!("{act}: {no}"));
    let thread = thread(&desk.simulator.state());
    let admin = text(&list(&desk.simulator.state(), "admins")[0]["id"]);
    let reply = json!({
        "message_type": "comment", "type": "admin", "admin_id": admin, "body": "zephyr file",
        "attachment_urls": ["https://files.example.com/a.png?token=s3cret"],
    });
    let path = format!("/conversations/{thread}/reply");
    act(json!({"do": "call", "method": "POST", "path": path, "body": reply}));
    act(json!({"do": "assign", "conversation": thread, "to": "0"}));
    let person = json!({"role": "user", "email": "f@example.net", "name": "=HYPERLINK(1)"});
    act(json!({"do": "call", "method": "POST", "path": "/contacts", "body": person}));

    let home = tempfile::tempdir().unwrap();
    let back = home.path().join("back");
    let out = back.display().to_string();
    let said = desk.say(&["return", "--out", &out]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let told = said.json();
    assert_eq!(told["left_out"]["attachment"], 1, "{told}");
    assert!(told["left_out"]["change"].as_u64() > Some(0), "{told}");
    assert_eq!(told["closes"], true, "{told}");
    let made = files(&back);
    let left = String::from_utf8(made["left_out.csv"].clone()).unwrap();
    assert!(left.contains("files are not fetched"), "{left}");
    for (name, bytes) in &made {
        let words = String::from_utf8_lossy(bytes);
        assert!(!words.contains("s3cret") && !words.contains("signature="), "{name}: {words}");
        assert!(!words.contains(",=HYPER"), "{name}: {words}");
    }
    assert!(String::from_utf8_lossy(&made["customers.csv"]).contains("'=HYPERLINK(1)"));
    let again = desk.say(&["return", "--out", &out]).await;
    assert_ne!(again.exit, 0, "a folder that holds files is left alone");
    assert_eq!(files(&back), made);
}

/// In a ledger that belongs to no workspace yet, what came back waits; in another workspace's it is
/// moved like anything else.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_workspace_that_holds_it_knows_it_again() {
    let desk = deskero().await;
    people_go_on(&desk);
    let home = tempfile::tempdir().unwrap();
    let back = home.path().join("back");
    let out = back.display().to_string();
    desk.say(&["return", "--out", &out]).await;

    let mut workspace = crate::support::desk::demo_workspace();
    workspace["app"]["id_code"] = json!("elsewhere");
    let other = Desk::new(&fixture("demo"), workspace, OWN_LEDGER).await;
    other.plan().await;
    let read = other.say(&["read", "--delta", "--bundle", &out]).await;
    assert!([0, 3].contains(&read.exit), "{read:?}");
    let planned = other.say(&["plan"]).await;
    assert_eq!(planned.exit, 3, "what came back waits: {planned:?}");
    assert!(planned.json()["waiting"].as_u64() > Some(0), "{planned:?}");
    other.say(&["apply", "--yes"]).await;
    let state = other.simulator.state().to_string();
    assert!(WORDS.iter().all(|word| !state.contains(word)));
    // This desk's map knows no state of that word: the new thread waits by name, as any would.
    let planned = other.say(&["plan"]).await;
    assert_eq!((planned.exit, &planned.json()["waiting"]), (3, &json!(1)), "{planned:?}");
    let told = other.say(&["reconcile"]).await.json();
    let waiting = list(&told, "waiting").iter().map(Value::to_string).collect::<String>();
    assert!(waiting.contains("-thread-"), "{waiting}");
    other.say(&["apply", "--yes"]).await;
    let state = other.simulator.state().to_string();
    for word in [WORDS[0], WORDS[1], WORDS[2], WORDS[5]] {
        assert!(state.contains(word), "{word}");
    }
}
