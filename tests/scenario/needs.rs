//! What no API makes (teammates, teams, ticket states, help centres, types of custom objects with
//! typed attributes): the doctor names what is missing, the phase that needs it waits, the others
//! go on, and the sheet says what to do.

use std::path::{Path, PathBuf};

use intercom_simulator::{Options, Running, Simulator};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, itco_workspace, list};

const WAITING: i32 = 3;

fn fixture(source: &str) -> PathBuf {
    let name = format!("src/source/{source}/fixtures/flat");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn workspace() -> Value {
    let mut workspace = itco_workspace();
    workspace["ticket_states"] = json!([
        { "id": 11, "category": "submitted", "internal_label": "New", "external_label": "New" },
        { "id": 12, "category": "in_progress", "internal_label": "On it",
          "external_label": "On it" },
        { "id": 13, "category": "waiting_on_customer", "internal_label": "Waits",
          "external_label": "Waits" },
        { "id": 14, "category": "resolved", "internal_label": "Done", "external_label": "Done" },
    ]);
    workspace
}

/// A project planned before a whole workspace; conversations become tickets.
async fn planned() -> Desk {
    let desk = Desk::of("itco", &fixture("itco"), workspace(), OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for decision in ["G3 admin:71", "G4 confirmed", "T1 convert", "T2 ticket_attribute"] {
        desk.done(&format!("decide set {decision}")).await;
    }
    desk.done("plan").await;
    desk
}

/// The same project before a workspace that lacks something.
async fn lacking(desk: &Desk, workspace: Value) -> Running {
    let options = Options { workspace, ..Options::default() };
    let running = Simulator::start(options).await.unwrap();
    desk.edit("deskledger.toml", &desk.simulator.url(), &running.url());
    running
}

/// The doctor's problem of a kind, and what it says.
async fn problem(desk: &Desk, kind: &str) -> String {
    let said = desk.say(&["doctor"]).await;
    assert_eq!(said.exit, WAITING, "{said:?}");
    let report = said.json();
    let found = list(&report, "findings")
        .iter()
        .find(|one| one["check"] == kind && one["weight"] == "problem")
        .unwrap_or_else(|| panic!("no {kind} in {report:#}"));
    assert!(!found["advice"].as_str().unwrap().is_empty());
    found["found"].as_str().unwrap().to_owned()
}

/// The phase of conversations waits and says so; people are moved; then it goes on.
async fn waits_for(kind: &str, name: &str, lack: impl Fn(&mut Value)) {
    let desk = planned().await;
    let mut incomplete = workspace();
    lack(&mut incomplete);
    let running = lacking(&desk, incomplete).await;
    assert_eq!(problem(&desk, kind).await, format!("{name} is not there"));
    let said = desk.say(&["apply", "--yes"]).await;
    assert_eq!((said.exit, said.error()), (WAITING, "needs_missing".to_owned()));
    assert!(said.stderr.contains(&format!("{kind} {name}")), "{said:?}");
    let state = running.state();
    assert!(!list(&state, "contacts").is_empty(), "people wait for nothing");
    for what in ["conversations", "tickets"] {
        assert_eq!(list(&state, what).len(), 0, "{what} were written");
    }
    // Somebody makes it: there is nothing else to be done than to go on.
    let mut whole = workspace();
    whole["do"] = json!("set_up");
    running.act(&whole).unwrap();
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"], json!({}), "{applied}");
}

fn without(workspace: &mut Value, kind: &str, id: u64) {
    let all = workspace[kind].as_array_mut().unwrap();
    let before = all.len();
    all.retain(|one| one["id"] != id);
    assert_eq!(all.len(), before - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_wait_for_their_teammates() {
    waits_for("teammate", "72", |workspace| without(workspace, "admins", 72)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_wait_for_their_teams() {
    waits_for("team", "82", |workspace| without(workspace, "teams", 82)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_wait_for_their_states() {
    waits_for("ticket_state", "14", |workspace| without(workspace, "ticket_states", 14)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_and_the_sheet_say_what_must_be_there() {
    let desk = planned().await;
    let plan = desk.done("plan").await;
    let needs: Vec<String> = list(&plan, "needs")
        .iter()
        .map(|need| {
            format!("{} {}", need["kind"].as_str().unwrap(), need["name"].as_str().unwrap())
        })
        .collect();
    for need in ["teammate 71", "teammate 72", "team 82", "ticket_state 14"] {
        assert!(needs.iter().any(|one| one == need), "{need}: {needs:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    desk.done(&format!("handoff --out {path}")).await;
    let sheet = std::fs::read_to_string(folder.path().join("intercom_setup.md")).unwrap();
    for line in [
        "## deskledger/teammate/72",
        "## deskledger/team/82",
        "## deskledger/ticket_state/14",
        "- [ ] Have a team with the id 82",
    ] {
        assert!(sheet.contains(line), "{line}: {sheet}");
    }
}

/// The types that the plan needs, as the workspace file has them.
fn types(plan: &Value) -> Vec<Value> {
    let needs = list(plan, "needs").iter().filter(|need| need["kind"] == "object_type");
    needs
        .map(|need| {
            let of = |kind: &Value| {
                match kind.as_str().unwrap() {
                    "relationship, many" => "relationship",
                    "text" => "string",
                    other => other,
                }
                .to_owned()
            };
            let attributes: Vec<Value> = need["attributes"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, kind)| json!({ "name": name, "data_type": of(kind) }))
                .collect();
            json!({ "identifier": need["name"], "attributes": attributes })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_wait_for_types_with_the_right_attributes() {
    let mut base = workspace();
    base["help_centers"][0]["locales"] = json!(["en"]);
    let desk = Desk::of("infraon", &fixture("infraon"), base.clone(), OWN_LEDGER).await;
    desk.say(&["read"]).await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in
        ["G3 admin:71", "G4 confirmed", "G8 zone:Asia/Kolkata", "G9 day", "G10 list:1", "I3 yes"]
    {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(2);
    let plan = desk.done("plan").await;
    assert!(problem(&desk, "object_type").await.ends_with("is not there"));

    // One attribute is of another type than the plan will write.
    let mut wrong = types(&plan);
    let integer = |one: &&mut Value| one["data_type"] == "integer";
    let (wanted, ports) = wrong
        .iter_mut()
        .find_map(|one| {
            let identifier = one["identifier"].as_str()?.to_owned();
            let attributes = one["attributes"].as_array_mut()?;
            Some((identifier, attributes.iter_mut().find(integer)?))
        })
        .unwrap_or_else(|| panic!("no whole number in {plan:#}"));
    let name = ports["name"].as_str().unwrap().to_owned();
    ports["data_type"] = json!("string");
    let mut mistaken = base.clone();
    mistaken["custom_object_types"] = json!(wrong);
    mistaken["features"] = json!({ "attachment_max_bytes": 1024 * 1024 });
    let first = lacking(&desk, mistaken).await;
    let report = desk.say(&["doctor"]).await.json();
    let unseen = list(&report, "findings")
        .iter()
        .filter(|one| one["check"] == "object_type" && one["weight"] == "note");
    assert!(unseen.count() > 0, "attributes cannot be seen: {report:#}");
    desk.say(&["doctor", "--canary"]).await;
    let found = problem(&desk, "object_type").await;
    assert_eq!(found, format!("{wanted} does not take {name}"));
    assert_eq!(list(&first.state(), "custom_object_instances").len(), 0, "it cleaned up");
    assert_eq!(desk.refused("apply --yes").await, (WAITING, "object_types_missing".to_owned()));
    assert_eq!(list(&first.state(), "custom_object_instances").len(), 0);

    // Somebody mends it, and the canary sees that. The workspace with the right types is another
    // copy, which the ledger's mark does not stand in.
    desk.done("claim release --yes").await;
    let mut right = base;
    right["custom_object_types"] = json!(types(&plan));
    right["features"] = json!({ "attachment_max_bytes": 1024 * 1024 });
    let options = Options { workspace: right, ..Options::default() };
    let second = Simulator::start(options).await.unwrap();
    desk.edit("deskledger.toml", &first.url(), &second.url());
    desk.say(&["doctor", "--canary"]).await;
    let report = desk.say(&["doctor"]).await.json();
    let bad = list(&report, "findings")
        .iter()
        .filter(|one| one["check"] == "object_type" && one["weight"] != "good");
    assert_eq!(bad.count(), 0, "{report:#}");
}
