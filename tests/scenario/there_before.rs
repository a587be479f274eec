//! Attributes and contacts that were in the workspace before, under a name or an address that is
//! not written as the map writes it. The workspace's own state is asked, not the ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, fixture, list, text};

const WAITING: i32 = 3;

const ATTRIBUTES: [&str; 2] = ["data_attributes", "conversation_attributes"];

fn names(state: &Value, kind: &str) -> BTreeSet<String> {
    let all = list(state, kind).iter().filter(|one| one["archived"] != true);
    all.map(|one| text(&one["name"])).collect()
}

/// Values of attributes, by whose they are, without the values that are empty.
fn values(state: &Value, rename: fn(&str) -> String) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for kind in ["contacts", "companies", "conversations"] {
        for one in list(state, kind) {
            let whose = match kind {
                "conversations" => format!("{} {}", one["created_at"], one["source"]["body"]),
                _ => format!("{} {}", one["email"], one["name"]),
            };
            for (name, value) in one["custom_attributes"].as_object().into_iter().flatten() {
                if !value.is_null() && value != "" {
                    found.insert(format!("{kind} {whose} {}", rename(name)), value.clone());
                }
            }
        }
    }
    found
}

/// A name as somebody else would write it.
fn other(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.into_iter().chain([letters.as_str().to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_used_as_the_workspace_writes_them() {
    let plain = Desk::demo().await;
    plain.plan().await;
    plain.done("apply --yes").await;
    let made = plain.simulator.state();
    let mut workspace = demo_workspace();
    for kind in ATTRIBUTES {
        let there = workspace[kind].as_array().cloned().unwrap_or_default();
        let old: BTreeSet<String> = there.iter().map(|one| text(&one["name"])).collect();
        let all = list(&made, kind).iter().filter(|one| !old.contains(&text(&one["name"])));
        let mut all: Vec<Value> = all.cloned().collect();
        assert!(!all.is_empty(), "the sample makes {kind}");
        for one in &mut all {
            let fields = one.as_object_mut().unwrap();
            let name = other(&text(&fields["name"]));
            fields.retain(|field, _| ["model", "data_type", "options"].contains(&field.as_str()));
            fields.insert("name".to_owned(), json!(name));
        }
        workspace[kind] = there.into_iter().chain(all).collect();
    }
    let desk = Desk::new(&fixture("demo"), workspace, OWN_LEDGER).await;
    let before = desk.simulator.comparable();
    desk.plan().await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    for kind in ATTRIBUTES {
        let expected: BTreeSet<String> = names(&made, kind).iter().map(|one| other(one)).collect();
        let found: BTreeSet<String> = names(&state, kind).iter().map(|one| other(one)).collect();
        assert_eq!(found, expected, "no second attribute among {kind}");
    }
    let expected = values(&made, other);
    assert!(expected.len() > 10, "the sample has values: {expected:#?}");
    assert_eq!(values(&state, str::to_owned), expected);

    desk.done("verify --all").await;
    let writes = desk.writes();
    desk.done("delta --yes").await;
    assert_eq!(desk.writes(), writes, "nothing changed, so nothing is written");
    desk.say(&["rollback", "apply", "--yes"]).await;
    let after = desk.simulator.comparable();
    for kind in ATTRIBUTES {
        assert_eq!(after[kind], before[kind], "{kind} stand as they were");
    }
}

/// A contact that was there, in a workspace that makes a second one of the same address.
fn shared(role: &str) -> Value {
    let mut workspace = demo_workspace();
    workspace["features"] = json!({ "email_conflict": "never" });
    let plain = workspace["contacts"].as_array().cloned().unwrap_or_default();
    let address = json!({
        "role": role, "email": "iris.moss@garden.example", "name": "Iris of the shop",
        "external_id": "shop-7",
    });
    workspace["contacts"] = plain.into_iter().chain([address]).collect();
    workspace
}

fn bundle() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let agent = "5ccaa380698aeac2f01733d1";
    let customer = "61c0a0f1c2d3e4f5000000d1";
    for (name, content) in [
        ("manifest.json", r#"{"source":"deskero","timezone":"Europe/Rome"}"#.to_owned()),
        ("agents.csv", format!("id,name,email\n{agent},Nia,nia@desk.example\n")),
        ("customers.csv", format!("id,name,email\n{customer},Iris,iris.moss@garden.example\n")),
        (
            "tickets.csv",
            format!(
                "id,number,subject,description,status,openedBy.id,insertDate\n\
                 6512a0f1c2d3e4f500000001,1/2024,Rake,The rake broke,opened,{customer},\
                 1706695220000\n"
            ),
        ),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn of_address(state: &Value) -> Vec<&Value> {
    let all = list(state, "contacts").iter();
    all.filter(|one| one["email"] == "iris.moss@garden.example").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_of_the_same_address_is_taken_over_where_twins_are_allowed() {
    let export = bundle();
    let desk = Desk::new(export.path(), shared("user"), OWN_LEDGER).await;
    let before = desk.simulator.comparable();
    desk.plan().await;
    desk.done("doctor --canary").await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    let found = of_address(&state);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["external_id"], "shop-7", "the shop's own key is not ours to replace");
    let thread = &list(&state, "conversations")[0];
    assert_eq!(text(&thread["source"]["author"]["id"]), text(&found[0]["id"]));
    let writes = desk.writes();
    desk.done("delta --yes").await;
    assert_eq!(desk.writes(), writes);
    desk.say(&["rollback", "apply", "--yes"]).await;
    assert_eq!(desk.simulator.comparable()["contacts"], before["contacts"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_the_same_address_is_somebody_else() {
    let export = bundle();
    let desk = Desk::new(export.path(), shared("lead"), OWN_LEDGER).await;
    desk.plan().await;
    desk.done("doctor --canary").await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    let roles: BTreeSet<String> = of_address(&state).iter().map(|one| text(&one["role"])).collect();
    assert_eq!(roles, BTreeSet::from(["lead".to_owned(), "user".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_contacts_of_an_address_a_person_chooses() {
    let export = bundle();
    let mut workspace = shared("user");
    let contacts = workspace["contacts"].as_array_mut().unwrap();
    let mut second = contacts.last().unwrap().clone();
    second["external_id"] = json!("shop-8");
    contacts.push(second);
    let desk = Desk::new(export.path(), workspace, OWN_LEDGER).await;
    desk.plan().await;
    desk.done("doctor --canary").await;
    let said = desk.say(&["apply", "--yes"]).await;
    assert_eq!(said.exit, WAITING, "{said:?}");
    assert!(said.stdout.contains("merge them in Intercom"), "{said:?}");
    assert_eq!(of_address(&desk.simulator.state()).len(), 2);
}
