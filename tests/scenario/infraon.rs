//! Infraon Desk's sample: read, mapped, written, verified, brought up to date, and taken back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, differences, list, says, tags, text};

fn fixture(name: &str) -> PathBuf {
    let fixtures = "src/source/infraon/fixtures";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(fixtures).join(name)
}

async fn desk(bundle: &str) -> Desk {
    let workspace = std::fs::read_to_string(fixture("workspace.json")).unwrap();
    let workspace = serde_json::from_str(&workspace).unwrap();
    Desk::of("infraon", &fixture(bundle), workspace, OWN_LEDGER).await
}

async fn plan(desk: &Desk) {
    desk.done("read").await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in ["G3 admin:7300001", "G4 confirmed", "I3 yes"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.done("plan").await;
}

/// Applies; what waits is what the requester without an address opened.
async fn apply(desk: &Desk) {
    let said = desk.say(&["apply", "--yes"]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let said = said.json();
    let waiting: Vec<&String> = said["waiting"].as_object().unwrap().keys().collect();
    let alone = ["deskledger/relation/infraon/incident/9f20", "infraon/incident/9f20"];
    assert_eq!(waiting, alone, "{}", said["waiting"]);
}

/// The conversation of an incident; there must be exactly one.
fn incident<'a>(state: &'a Value, id: &str) -> &'a Value {
    let found: Vec<&Value> = list(state, "conversations")
        .iter()
        .filter(|one| one["custom_attributes"]["infraon_original_ticket_id"] == id)
        .collect();
    assert_eq!(found.len(), 1, "conversations of incident {id}");
    found[0]
}

fn contact<'a>(state: &'a Value, id: &str) -> Option<&'a Value> {
    let id = format!("infraon:{id}");
    list(state, "contacts").iter().find(|one| one["external_id"] == id.as_str())
}

fn object<'a>(state: &'a Value, id: &str) -> &'a Value {
    let id = format!("infraon:{id}");
    let found: Vec<&Value> = list(state, "custom_object_instances")
        .iter()
        .filter(|one| one["external_id"] == id.as_str())
        .collect();
    assert_eq!(found.len(), 1, "instances of {id}");
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_once_and_every_count_closes() {
    let desk = desk("flat").await;
    plan(&desk).await;
    apply(&desk).await;
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"].as_object().unwrap().len(), 0, "{verified}");
    assert_eq!(desk.say(&["reconcile"]).await.json()["closes"], true);
    let state = desk.simulator.state();
    incidents_became_conversations(&state);
    people_and_companies(&state);
    objects_hold_their_values(&state);
    knowledge_base_has_three_levels(&state);
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}

/// Row 1 of the map.
fn incidents_became_conversations(state: &Value) {
    assert_eq!(list(state, "conversations").len(), 5, "one waits for its requester's address");
    let vpn = incident(state, "9f1c");
    assert_eq!(vpn["title"], "VPN down");
    assert_eq!(vpn["created_at"], 1_709_625_600);
    assert_eq!(vpn["state"], "snoozed");
    let attributes = &vpn["custom_attributes"];
    for (name, value) in [
        ("infraon_display_id", "INC-204"),
        ("infraon_status", "On Hold"),
        ("infraon_priority", "High"),
        ("infraon_sla_policy", "Gold"),
        ("infraon_problem_ids", "p-7"),
    ] {
        assert_eq!(attributes[name], value, "{name}");
    }
    assert_eq!(tags(vpn), BTreeSet::from(["VPN", "vip", "Network"].map(str::to_owned)));
    assert_eq!(text(&vpn["admin_assignee_id"]), "7300001");
    for said in ["Is anybody there?", "Work duration: 30 min", "Vendor case 4711", "High"] {
        assert_eq!(says(vpn, said), 1, "{said}");
    }
    let notes = list(vpn, "parts").iter().filter(|part| part["part_type"] == "note");
    assert!(notes.count() >= 2, "a note and an event");
    assert_eq!(incident(state, "9f1d")["custom_attributes"]["infraon_priority"], "Medium");
    assert_eq!(incident(state, "9f1d")["state"], "open");
    let merged = incident(state, "9f1e");
    assert_eq!(merged["state"], "closed");
    assert_eq!(says(merged, "Merged into 9f1c"), 1);
    assert_eq!(incident(state, "9f1f")["state"], "closed");
}

/// Rows 2 to 4.
fn people_and_companies(state: &Value) {
    let ada = contact(state, "r-1").unwrap();
    assert_eq!(ada["email"], "ada@example.org");
    assert_eq!(ada["phone"], "+919820000011");
    assert_eq!(ada["custom_attributes"]["infraon_role"], "nurse");
    assert_eq!(ada["custom_attributes"]["infraon_vip"], true);
    assert!(contact(state, "r-3").is_none(), "without an address a requester waits");
    assert!(contact(state, "u-4").is_none(), "and so does a technician");
    let both: Vec<&Value> = list(state, "contacts")
        .iter()
        .filter(|one| text(&one["email"]).eq_ignore_ascii_case("bo@example.com"))
        .collect();
    assert_eq!(both.len(), 1, "one person in two roles");
    assert_eq!(both[0]["custom_attributes"]["infraon_technician"], true);
    let inactive = contact(state, "u-3").unwrap();
    assert_eq!(inactive["custom_attributes"]["infraon_technician_active"], false);
    let companies = list(state, "companies");
    let clinic = companies.iter().find(|one| one["company_id"] == "infraon:C-1").unwrap();
    assert_eq!(clinic["name"], "Lovelace Clinic");
    assert_eq!(clinic["website"], "lovelace.example.org");
    assert_eq!(companies.len(), 2);
}

/// Rows 5 to 8 and 12.
fn objects_hold_their_values(state: &Value) {
    assert_eq!(list(state, "custom_object_instances").len(), 3 + 3 + 2 + 1 + 2);
    let router = object(state, "ci-1");
    let attributes = &router["custom_attributes"];
    assert_eq!(attributes["name"], "gw-pune-1");
    assert_eq!(attributes["ports"], 24);
    let ids = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(text).collect()
    };
    let id_of = |id: &str| text(&object(state, id)["id"]);
    let attributes = |id: &str| &object(state, id)["custom_attributes"];
    assert_eq!(ids(&attributes("ci-3")["runs_on"]), [id_of("ci-1")]);
    assert_eq!(ids(&attributes("as-1")["cis"]), [id_of("ci-3")]);
    assert_eq!(ids(&attributes("rl-1")["changes"]), [id_of("c-31")]);
    assert_eq!(ids(&attributes("p-7")["changes"]), [id_of("c-31")]);
    assert_eq!(attributes("as-1")["cost"], json!(81500.5));
    assert_eq!(attributes("c-31")["planned_start"], 1_711_989_000);
    assert_eq!(attributes("p-8")["resolution"], "Retired");
    let vpn = &incident(state, "9f1c")["custom_attributes"];
    assert_eq!(ids(&vpn["infraon_problem"]), [id_of("p-7")]);
    assert_eq!(ids(&vpn["infraon_ci_router"]), [id_of("ci-1")]);
    let printer = &incident(state, "9f1d")["custom_attributes"];
    assert_eq!(ids(&printer["infraon_asset_printer"]), [id_of("as-2")]);
}

/// Row 9.
fn knowledge_base_has_three_levels(state: &Value) {
    let collections = list(state, "collections");
    let named = |name: &str| collections.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(text(&named("Network")["parent_id"]), text(&named("IT help")["id"]));
    let articles = list(state, "articles");
    let titled = |title: &str| articles.iter().find(|one| one["title"] == title);
    let vpn = titled("Connect to the VPN").unwrap();
    assert_eq!(vpn["state"], "published");
    assert_eq!(text(&vpn["parent_ids"][0]), text(&named("Network")["id"]));
    assert_eq!(titled("Old fax guide").unwrap()["state"], "draft");
    assert!(titled("Start the scanner").is_none(), "not everybody may read it");
    assert!(titled("House rules").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_export_brings_what_changed_and_then_nothing() {
    let desk = desk("flat").await;
    plan(&desk).await;
    apply(&desk).await;
    let (writes, before) = (desk.writes(), desk.simulator.state());
    let said = desk.say(&["delta", "--yes"]).await;
    assert_eq!((said.exit, desk.writes()), (0, writes), "{said:?}");

    let later = fixture("delta").display().to_string();
    let arguments = ["delta", "--partial", "--yes", "--bundle", later.as_str()];
    let said = desk.say(&arguments).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let after = desk.simulator.state();
    let (old, new) = (incident(&before, "9f1d"), incident(&after, "9f1d"));
    assert_eq!((old["state"].as_str(), new["state"].as_str()), (Some("open"), Some("closed")));
    assert_eq!((says(old, "New rollers"), says(new, "New rollers")), (0, 1));
    assert_eq!(incident(&after, "9f22")["state"], "open");
    assert_eq!(says(incident(&after, "9f22"), "It got worse."), 1);
    assert_eq!(contact(&after, "r-2").unwrap()["name"], "Evelyn Hall-Moor");
    let objects = "custom_object_instances";
    assert_eq!(before[objects], after[objects], "objects are not in this part");

    let writes = desk.writes();
    let said = desk.say(&arguments).await;
    assert_eq!((said.exit, desk.writes()), (0, writes), "the second time wrote: {said:?}");
    assert!(desk.simulator.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_leaves_what_was_there_and_its_residue() {
    let desk = desk("flat").await;
    let before = desk.simulator.state();
    plan(&desk).await;
    apply(&desk).await;
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    let objects = |one: &Value| list(one, "objects").iter().map(text).collect::<Vec<_>>();
    let residue: BTreeSet<String> = list(&report, "residue").iter().flat_map(objects).collect();
    let unexplained: Vec<String> = differences(&before, &after)
        .into_iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| residue.contains(id)))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
    for kind in ["conversations", "articles", "collections", "custom_object_instances"] {
        assert_eq!(list(&after, kind).len(), list(&before, kind).len(), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_the_tenants_own_blocks_until_it_is_mapped() {
    let desk = desk("faulty").await;
    let read = desk.say(&["read"]).await;
    assert!(read.stdout.contains("unmapped_value"), "{read:?}");
    desk.done("map propose").await;
    let plan = desk.say(&["plan"]).await;
    assert_eq!(plan.exit, 3, "{plan:?}");
    assert_eq!(desk.writes(), 0);
}
