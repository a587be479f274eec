//! Ledgers that an earlier release wrote: today's program opens them, goes on with them and takes
//! them back (`tests/history/`).

use std::path::Path;

use serde_json::{Value, json};

use crate::support::desk::{Desk, differences, list, text};

/// What the first release left: its project before a workspace that holds what it wrote.
async fn first_release() -> (Desk, Value) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/history/first-release");
    let read = |name: &str| std::fs::read_to_string(kept.join(name)).unwrap();
    let workspace: Value = serde_json::from_str(&read("workspace.json")).unwrap();
    let desk = Desk::new(&kept.join("bundle"), workspace, "sqlite:ledger.db").await;
    let before = desk.simulator.state();
    for line in read("requests.jsonl").lines() {
        let mut asked: Value = serde_json::from_str(line).unwrap();
        let body: Value = serde_json::from_str(&text(&asked["body"])).unwrap_or(Value::Null);
        asked["body"] = body;
        asked["do"] = json!("call");
        // One create was refused: the contact was there.
        let answered = desk.simulator.act(&asked);
        assert_eq!(answered.is_ok(), asked["status"] == 200, "{asked}: {answered:?}");
    }
    // Nothing is left of the ledger that was made with the folder.
    for name in ["ledger.anchor", "ledger.db-wal", "ledger.db-shm"] {
        let file = desk.folder().join(name);
        if file.exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
    for name in ["ledger.db", "decisions.toml", "mapping.toml"] {
        std::fs::copy(kept.join("project").join(name), desk.folder().join(name)).unwrap();
    }
    desk.hurry();
    (desk, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_the_first_release_is_read_as_it_was_written() {
    let (desk, _) = first_release().await;
    desk.done("replay").await;
    assert_eq!(desk.done("audit check").await["whole"], true);
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_the_first_release_goes_on_without_a_word_twice() {
    let (desk, _) = first_release().await;
    let before = desk.simulator.state();
    desk.done("delta --yes").await;
    let after = desk.simulator.state();
    for kind in ["contacts", "conversations", "tags"] {
        assert_eq!(list(&after, kind).len(), list(&before, kind).len(), "{kind}");
    }
    let parts = |state: &Value| -> usize {
        let threads = list(state, "conversations").iter();
        threads
            .map(|one| list(one, "parts").iter().filter(|part| part["body"].is_string()).count())
            .sum()
    };
    assert_eq!(parts(&after), parts(&before), "a message was said again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_the_first_release_is_taken_back() {
    let (desk, before) = first_release().await;
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    let named: Vec<String> = list(&report, "residue")
        .iter()
        .flat_map(|one| list(one, "objects").iter().map(text))
        .collect();
    let unexplained: Vec<String> = differences(&before, &after)
        .into_iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| named.iter().any(|n| n == id)))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
    assert_eq!(list(&after, "conversations").len(), 0);
    let yuki = list(&after, "contacts").iter().find(|one| one["external_id"] == "shop-7").unwrap();
    assert_eq!((&yuki["name"], &yuki["archived"]), (&json!("Y. Arai"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_the_first_release_meets_another_workspace() {
    let (desk, _) = first_release().await;
    let other = desk.copy(None).await;
    for words in ["verify", "delta --yes", "rollback apply --yes"] {
        assert_eq!(other.refused(words).await, (3, "workspace_strange".to_owned()), "{words}");
    }
    assert_eq!(other.writes(), 0);
    // Somebody who knows better says so.
    other.done("claim take --yes").await;
    let report = other.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
}
