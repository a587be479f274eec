//! Infraon Desk's sample: read, mapped, written, verified, brought up to date, and taken back.
//!
//! Rows of the mapping table: 1 incident, `incidents_became_conversations`; 2 requester, 3
//! technician and 4 company, `people_and_companies`; 5 configuration item, 6 asset, 7 problem, 8
//! change and 12 release, `objects_hold_their_values`; 9 article,
//! `knowledge_base_has_three_levels`; 10 catalogue and 11 SLA policy, `handoff.rs`. Answers other
//! than the defaults, `without_custom_objects_incidents_name_them` and
//! `some_objects_move_and_some_do_not`.

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
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in ["G3 admin:7300001", "G4 confirmed", "I3 yes"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(2);
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
    let said = &both[0]["custom_attributes"];
    let preferences: Value =
        serde_json::from_str(&text(&said["infraon_technician_notifications"])).unwrap();
    assert_eq!(preferences, json!({ "email": true, "sms": false }));
    assert_eq!(said["infraon_technician_phone"], "+91 98200 00001");
    assert_eq!(said["infraon_shift"], "A", "a field of the tenant's own");
    assert_eq!(contact(state, "u-2").unwrap()["custom_attributes"]["infraon_shift"], "B");
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
    assert_eq!((said.exit, desk.writes()), (3, writes), "{said:?}");

    let later = fixture("delta").display().to_string();
    let arguments = ["delta", "--partial", "--yes", "--bundle", later.as_str()];
    let said = desk.say(&arguments).await;
    assert_eq!(said.exit, 3, "somebody waits for a person: {said:?}");
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
    // What waited for a person the first time waits still.
    assert_eq!((said.exit, desk.writes()), (3, writes), "the second time wrote: {said:?}");
    assert!(desk.simulator.mailbox().is_empty());
}

/// DESIGN §6: what is gone of an object is withdrawn, there and on the incidents it named.
#[tokio::test(flavor = "multi_thread")]
async fn references_that_are_gone_are_withdrawn() {
    let desk = desk("flat").await;
    plan(&desk).await;
    apply(&desk).await;
    let later = tempfile::tempdir().unwrap();
    let manifest = r#"{ "source": "infraon", "export_kind": "delta", "timezone": "Asia/Kolkata" }"#;
    std::fs::write(later.path().join("manifest.json"), manifest).unwrap();
    let header = "problem_id,display_id,title,description,status,priority,root_cause,workaround,\
                  resolution,incident_ids,change_ids,owner_email,created_at,updated_at,closed_at";
    let row = "p-7,PRB-7,Gateway loses sessions,Every few days,Open,High,Memory leak,\
               Restart it nightly,,9f1e,,bo@example.com,2024-03-06 09:30:00,2024-03-18 09:30:00,";
    std::fs::write(later.path().join("problems.csv"), format!("{header}\n{row}\n")).unwrap();
    let path = later.path().display().to_string();
    let arguments = ["delta", "--partial", "--yes", "--bundle", path.as_str()];
    let before = desk.simulator.state();
    let said = desk.say(&arguments).await;
    assert!(matches!(said.exit, 0 | 3), "{said:?}");
    let after = desk.simulator.state();
    let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let of = |state: &Value, id: &str| {
        incident(state, id)["custom_attributes"]["infraon_problem"].clone()
    };
    assert!(!empty(&of(&before, "9f1c")) && empty(&of(&after, "9f1c")), "{}", of(&after, "9f1c"));
    assert_eq!(of(&before, "9f1e"), of(&after, "9f1e"), "this one is named still");
    let changes = |state: &Value| object(state, "p-7")["custom_attributes"]["changes"].clone();
    assert!(!empty(&changes(&before)) && empty(&changes(&after)), "{}", changes(&after));
    let writes = desk.writes();
    desk.say(&arguments).await;
    assert_eq!(desk.writes(), writes, "the second time wrote");
    assert_eq!(desk.done("audit check").await["whole"], true);
}

/// A project with these answers, planned.
async fn answered(answers: &[&str], workspace: Value, waiting: u64) -> Desk {
    let desk = Desk::of("infraon", &fixture("flat"), workspace, OWN_LEDGER).await;
    for answer in answers {
        desk.done(&format!("decide set {answer}")).await;
    }
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in ["G3 admin:7300001", "G4 confirmed"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(waiting);
    desk.done("plan").await;
    desk
}

fn workspace() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("workspace.json")).unwrap()).unwrap()
}

/// I1, I3, I5, I8, I9, I11, I12: answers other than the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn without_custom_objects_incidents_name_them() {
    let answers =
        ["I1 match", "I3 no", "I5 location", "I8 both", "I9 draft", "I11 skip", "I12 lead"];
    let desk = answered(&answers, workspace(), 0).await;
    let start = desk.simulator.state();
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"], json!({}), "{applied}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    let state = desk.simulator.state();
    assert_eq!(list(&state, "custom_object_instances").len(), 0);
    let vpn = incident(&state, "9f1c");
    let said = &vpn["custom_attributes"];
    assert_eq!(said["infraon_problem"], "Gateway loses sessions (p-7)");
    assert_eq!(said["infraon_category"], "Network");
    assert!(tags(vpn).contains("Network"));
    assert!(contact(&state, "u-2").is_none() && contact(&state, "u-3").is_none());
    assert_eq!(contact(&state, "r-3").unwrap()["role"], "lead");
    let asked = list(&state, "contacts").iter().find(|one| one["email"] == "cem@example.com");
    assert_eq!(asked.unwrap()["external_id"], "infraon:email:cem@example.com", "he asked once");
    assert_eq!(incident(&state, "9f21")["state"], "open");
    assert_eq!(incident(&state, "9f20")["state"], "snoozed", "its requester moves now");
    let named: BTreeSet<String> =
        list(&state, "companies").iter().map(|one| text(&one["name"])).collect();
    assert_eq!(named, BTreeSet::from(["Pune", "Mumbai"].map(str::to_owned)));
    let left: Vec<&Value> = list(&state, "conversations")
        .iter()
        .filter(|one| {
            let id = &one["custom_attributes"]["infraon_original_ticket_id"];
            id == "9f1e" || id == "9f1f"
        })
        .collect();
    assert!(left.is_empty(), "merged and archived ones stay");
    let articles = list(&state, "articles");
    let scanner = articles.iter().find(|one| one["title"] == "Start the scanner").unwrap();
    assert_eq!(scanner["state"], "draft");
    assert_eq!(desk.done("reconcile").await["closes"], true);
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
    let end = desk.simulator.state();
    for kind in ["conversations", "articles", "collections"] {
        assert_eq!(list(&end, kind).len(), list(&start, kind).len(), "{kind}");
    }
}

/// I2, I6, I7, I9, I10, I14: answers other than the defaults, where objects are written.
#[tokio::test(flavor = "multi_thread")]
async fn some_objects_move_and_some_do_not() {
    let answers = [
        "I2 block",
        "I3 yes",
        "I6 only:router",
        "I7 only:laptop",
        "I9 publish",
        "I10 custom_object",
        "I14 map",
    ];
    let mut workspace = workspace();
    workspace["custom_object_types"] =
        super::objects::sheet(&answered(&answers, workspace.clone(), 2).await).await;
    let desk = answered(&answers, workspace, 2).await;
    apply(&desk).await;
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    let state = desk.simulator.state();
    let types = list(&state, "custom_object_instances").iter().map(|one| text(&one["type"]));
    let mut counts = std::collections::BTreeMap::new();
    types.for_each(|one| *counts.entry(one).or_insert(0) += 1);
    let expected = [
        ("asset_laptop", 1),
        ("change", 2),
        ("ci_router", 1),
        ("problem", 2),
        ("release", 1),
        ("service_catalogue", 1),
    ];
    let expected = expected.map(|(one, count)| (one.to_owned(), count));
    assert_eq!(counts, expected.into(), "{}", state["custom_object_instances"]);
    assert_eq!(object(&state, "c-31")["custom_attributes"]["change_type"], "Standard");
    assert_eq!(object(&state, "c-32")["custom_attributes"]["change_type"], "Normal");
    let articles = list(&state, "articles");
    let scanner = articles.iter().find(|one| one["title"] == "Start the scanner").unwrap();
    assert_eq!(scanner["state"], "published");
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
    assert_eq!(list(&desk.simulator.state(), "custom_object_instances").len(), 0);
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
