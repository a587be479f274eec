//! The hand-off documents of three help desks, as people get them: rows of their mapping tables
//! that no API takes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace};

fn fixtures(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source).join("fixtures")
}

fn workspace(source: &str) -> Value {
    let path = fixtures(source).join("workspace.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every document for people and every table, planned and not yet applied.
async fn documents(source: &str, workspace: Value, decisions: &[&str]) -> String {
    let desk = Desk::of(source, &fixtures(source).join("flat"), workspace, OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for decision in decisions {
        desk.done(&format!("decide set {decision}")).await;
    }
    desk.waits(match source {
        "infraon" => 2,
        "itco" => 1,
        _ => 0,
    });
    desk.done("plan").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    assert_eq!(desk.say(&["handoff", "--out", &path]).await.exit, 0);
    assert!(desk.writes() == 0, "documents need no request");
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        let file = name.file_name().unwrap().to_str().unwrap();
        if file.ends_with(".json") {
            // The same items for programs.
            let items = std::fs::read_to_string(&name).unwrap();
            assert!(serde_json::from_str::<Vec<Value>>(&items).is_ok(), "{file}");
            continue;
        }
        writeln!(text, "=== {file}\n{}", std::fs::read_to_string(&name).unwrap()).unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn clickdesk_hands_over() {
    let decisions = ["G3 admin:7200001", "G4 confirmed"];
    let text = documents("clickdesk", workspace("clickdesk"), &decisions).await;
    insta::assert_snapshot!("clickdesk_documents", text);
}

#[tokio::test(flavor = "multi_thread")]
async fn infraon_hands_over() {
    let decisions = ["G3 admin:7300001", "G4 confirmed", "I3 yes", "I2 block"];
    let text = documents("infraon", workspace("infraon"), &decisions).await;
    insta::assert_snapshot!("infraon_documents", text);
}

#[tokio::test(flavor = "multi_thread")]
async fn itco_hands_over() {
    let mut workspace = demo_workspace();
    workspace["admins"] = json!([
        { "id": 71, "name": "Bo Kestrel", "email": "bo@example.com" },
        { "id": 72, "name": "Iris Vale", "email": "iris@example.com" },
    ]);
    workspace["teams"] = json!([{ "id": 81, "name": "Support", "admin_ids": [72] }]);
    let text = documents("itco", workspace, &["G3 admin:71", "G4 confirmed"]).await;
    insta::assert_snapshot!("itco_documents", text);
}
