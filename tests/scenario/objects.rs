//! Custom objects: the types are made by hand, then instances, references and what incidents say
//! of them follow; a rollback takes all of it back.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, list, text};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/infraon/fixtures/flat")
}

/// Types of the fixture with the attributes that the sheet asks for.
fn workspace(types: Value) -> Value {
    json!({
        "app": { "id_code": "objects1", "name": "Objects", "region": "US", "timezone": "UTC" },
        "admins": [
            { "id": 71, "name": "Bo Berg", "email": "bo@example.com" },
            { "id": 72, "name": "Cem Aydin", "email": "cem@example.com" },
        ],
        "teams": [{ "id": 81, "name": "Network", "admin_ids": [71] }],
        "help_centers": [{
            "id": 91, "identifier": "help", "display_name": "Help", "website_turned_on": true,
            "url": "https://help.example.org", "default": true, "locales": ["en"],
        }],
        "custom_object_types": types,
    })
}

pub async fn planned(types: Value) -> Desk {
    let desk = Desk::of("infraon", &fixture(), workspace(types), OWN_LEDGER).await;
    desk.say(&["read"]).await;
    desk.done("map propose").await;
    desk.edit("mapping.toml", "[teams]", "[teams]");
    desk.done("map confirm").await;
    for one in ["G3 admin:71", "G4 confirmed", "G8 zone:Asia/Kolkata", "G9 day", "I3 yes"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(2);
    desk.done("plan").await;
    desk
}

/// The sheet by which people make the types: identifier to attributes.
pub async fn sheet(desk: &Desk) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    assert_eq!(desk.say(&["handoff", "--out", &path]).await.exit, 0);
    let items = std::fs::read_to_string(folder.path().join("custom_objects.json")).unwrap();
    let items: Value = serde_json::from_str(&items).unwrap();
    let own = "deskledger/object_type/";
    let types = items.as_array().unwrap().iter().filter_map(|item| {
        let identifier = item["key"].as_str()?.strip_prefix(own)?;
        let remark = item["remark"].as_str()?;
        let (_, attributes) = remark.split_once("with the attributes ")?;
        let names: Vec<&str> =
            attributes.split("), ").filter_map(|one| one.split(" (").next()).collect();
        Some(json!({ "identifier": identifier, "attributes": names }))
    });
    types.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_wait_for_their_types_and_nothing_else_does() {
    let desk = planned(json!([])).await;
    let (exit, error) = desk.refused("apply --yes").await;
    assert_eq!((exit, error.as_str()), (3, "object_types_missing"));
    let state = desk.simulator.state();
    assert_eq!(list(&state, "custom_object_instances").len(), 0);
    assert!(!list(&state, "conversations").is_empty(), "incidents wait for nothing");
    assert!(!list(&state, "articles").is_empty(), "articles wait for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_written_with_references_and_taken_back() {
    let types = sheet(&planned(json!([])).await).await;
    let desk = planned(types).await;
    let start = desk.simulator.state();
    let applied = desk.say(&["apply", "--yes"]).await;
    let waiting = applied.json()["waiting"].clone();
    let waiting: Vec<&String> = waiting.as_object().unwrap().keys().collect();
    assert!(waiting.iter().all(|key| !key.contains("/ci/")), "{waiting:?}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    let state = desk.simulator.state();
    let instance = |external_id: &str| {
        let all = list(&state, "custom_object_instances").iter();
        all.clone()
            .find(|one| one["external_id"] == external_id)
            .unwrap_or_else(|| panic!("no {external_id} in {:#?}", all.collect::<Vec<_>>()))
    };
    let (router, problem, change) =
        (instance("infraon:ci-1"), instance("infraon:p-7"), instance("infraon:c-31"));
    assert_eq!(router["custom_attributes"]["ports"], 24);
    assert_eq!(problem["custom_attributes"]["root_cause"], "Memory leak");
    let asset = instance("infraon:as-1");
    let cis = text(&asset["custom_attributes"]);
    assert!(cis.contains(&text(&instance("infraon:ci-3")["id"])), "{cis}");
    let incident = list(&state, "conversations")
        .iter()
        .find(|one| one["custom_attributes"]["infraon_display_id"] == "INC-204")
        .unwrap();
    let said = incident["custom_attributes"].to_string();
    assert!(said.contains(&text(&problem["id"])), "{said}");
    let changes = json!([text(&change["id"])]);
    assert!(problem["custom_attributes"].as_object().unwrap().values().any(|ids| *ids == changes));

    let writes = desk.writes();
    assert_eq!(desk.done("delta --yes").await["apply"]["requests"], 0);
    assert_eq!(desk.writes(), writes, "the second time wrote");

    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
    let end = desk.simulator.state();
    for kind in ["custom_object_instances", "conversations", "articles"] {
        assert_eq!(list(&end, kind).len(), list(&start, kind).len(), "{kind}");
    }
    assert_eq!(desk.done("audit check").await["whole"], true);
}
