//! Collections that are in the workspace already: known by their place, not by their name alone.

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, differences, list, text};

fn export() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let article = |n: u8, title: &str, area: &str, category: &str| {
        format!("61c0000000000000000002{n:02},{title},<p>{title}</p>,{area},{category},true,ALL\n")
    };
    let area = "61b0000000000000000002b1";
    let articles = String::from("id,title,text,area_id,category,approved,visibility\n")
        + &article(1, "By area", area, "")
        + &article(2, "By words", "", "Sales > Returns");
    for (name, content) in [
        ("manifest.json", r#"{"source":"deskero","timezone":"Europe/Rome"}"#.to_owned()),
        ("agents.csv", "id,name,email\n5ccaa380698aeac2f01733d1,Nia,nia@desk.example\n".into()),
        ("customers.csv", "id,name,email\n61c0a0f1c2d3e4f5000000d1,Ida,i@mail.example\n".into()),
        ("kb_groups.csv", "group_id,group,visibility\n61a0000000000000000002a1,Sales,ALL\n".into()),
        (
            "kb_areas.csv",
            format!("area_id,area,group_id\n{area},Returns,61a0000000000000000002a1\n"),
        ),
        ("kb_articles.csv", articles),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn make(desk: &Desk, name: &str, parent: Option<&str>) -> String {
    let mut body = json!({ "name": name });
    if let Some(parent) = parent {
        body["parent_id"] = json!(parent);
    }
    let path = "/help_center/collections";
    desk.simulator
        .act(&json!({ "do": "call", "method": "POST", "path": path, "body": body }))
        .unwrap();
    let state = desk.simulator.state();
    let made = list(&state, "collections").iter().filter(|one| one["name"] == name);
    let mut made = made.filter(|one| one["parent_id"].as_str() == parent);
    text(&made.next_back().unwrap()["id"])
}

/// Collections as `name in parent`, sorted.
fn places(state: &Value) -> Vec<String> {
    let all = list(state, "collections");
    let name = |id: &Value| {
        all.iter().find(|one| text(&one["id"]) == text(id)).map(|one| text(&one["name"]))
    };
    let mut places: Vec<String> = all
        .iter()
        .map(|one| match name(&one["parent_id"]) {
            Some(parent) => format!("{} in {parent}", text(&one["name"])),
            None => text(&one["name"]),
        })
        .collect();
    places.sort();
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_adopted_by_its_place() {
    let bundle = export();
    let desk = Desk::new(bundle.path(), demo_workspace(), OWN_LEDGER).await;
    // One stands where the export has it, one of the same name somewhere else.
    let sales = make(&desk, "Sales", None);
    let elsewhere = make(&desk, "Returns", None);
    let before = desk.simulator.state();
    assert_eq!(places(&before), ["Returns", "Sales"]);
    desk.plan().await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    assert_eq!(places(&state), ["Returns", "Returns in Sales", "Sales"]);
    let returns = list(&state, "collections")
        .iter()
        .find(|one| text(&one["parent_id"]) == sales)
        .map(|one| text(&one["id"]))
        .unwrap();
    assert_ne!(returns, elsewhere);
    for article in list(&state, "articles") {
        assert_eq!(text(&article["parent_ids"][0]), returns, "{article}");
    }
    assert_eq!(desk.done("reconcile").await["closes"], true);
    let gone = desk.say(&["rollback", "apply", "--yes"]).await;
    assert!(matches!(gone.exit, 0 | 3), "{gone:?}");
    let after = desk.simulator.state();
    assert_eq!(places(&after), ["Returns", "Sales"]);
    let changed = differences(&before, &after);
    assert!(!changed.iter().any(|one| one.starts_with("collections/")), "{changed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_levels_are_adopted_where_both_are_there() {
    let bundle = export();
    let desk = Desk::new(bundle.path(), demo_workspace(), OWN_LEDGER).await;
    let sales = make(&desk, "Sales", None);
    let returns = make(&desk, "Returns", Some(&sales));
    desk.plan().await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    assert_eq!(places(&state), ["Returns in Sales", "Sales"]);
    for article in list(&state, "articles") {
        assert_eq!(text(&article["parent_ids"][0]), returns, "{article}");
    }
}
