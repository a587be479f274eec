//! Intercom's two official clients read a migrated workspace and see what it holds: what the
//! simulator answers is what those who wrote Intercom's own clients expect of Intercom.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::{objects, tickets};
use crate::support::desk::{Desk, list, text};

/// Folder of the npm package `intercom-client`, installed.
const NODE: &str = "DESKLEDGER_TEST_INTERCOM_NODE";
/// A Python in which `python-intercom` is installed.
const PYTHON: &str = "DESKLEDGER_TEST_INTERCOM_PYTHON";

/// Reading the sample takes a client a few seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The value of a variable. None, loudly, without it; where `CI` is set, that is a failure.
#[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
fn installed(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    assert!(
        value.is_some() || std::env::var_os("CI").is_none(),
        "{name} must be set where CI is: tools/check.sh installs the client"
    );
    if value.is_none() {
        eprintln!("SKIPPED: {name} is not set, an official client does not read");
    }
    value
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario/official_clients").join(name)
}

/// What each client that is installed saw, by its name.
async fn seen(desk: &Desk, instances: &[String]) -> Vec<(&'static str, Value)> {
    let address = desk.simulator.url();
    let mut found = Vec::new();
    if let Some(package) = installed(NODE) {
        let mut program = Command::new("node");
        program.arg(script("read.mjs")).args([address.as_str(), package.as_str()]);
        found.push(("intercom-client", read(program.args(instances)).await));
    }
    if let Some(python) = installed(PYTHON) {
        let mut program = Command::new(python);
        program.arg(script("read.py")).arg(&address);
        found.push(("python-intercom", read(program.args(instances)).await));
    }
    found
}

async fn read(program: &mut Command) -> Value {
    program.stdin(Stdio::null()).env_remove("HTTP_PROXY").env("NO_PROXY", "127.0.0.1");
    program.kill_on_drop(true);
    // A client asks for page after page until one is empty; a list that never ends would hold it.
    let output = tokio::time::timeout(PATIENCE, program.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{program:?} does not come to an end")).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {said}");
    let mut seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds = seen.as_object_mut().unwrap();
    for things in kinds.values_mut() {
        sort(things);
    }
    seen
}

/// Orders a list by what its members show: no list promises an order.
fn sort(things: &mut Value) {
    things.as_array_mut().unwrap().sort_by_key(ToString::to_string);
}

fn each(state: &Value, kind: &str, shown: impl Fn(&Value) -> Value) -> Value {
    let mut all: Value = list(state, kind).iter().map(shown).collect();
    sort(&mut all);
    all
}

fn names(links: &Value, key: &str) -> Value {
    links.as_array().unwrap().iter().map(|one| one[key].clone()).collect()
}

fn part(part: &Value) -> Value {
    json!({"id": part["id"], "kind": part["part_type"], "body": part["body"],
           "author": part["author"]["id"], "at": part["created_at"],
           "files": names(&part["attachments"], "name")})
}

/// Attributes as answers show them: references as lists of instances.
fn attributes(state: &Value, values: &Value) -> Value {
    let mut shown = values.clone();
    for value in shown.as_object_mut().unwrap().values_mut() {
        if let Value::Array(ids) = value {
            let found = ids.iter().filter_map(|id| {
                let all = list(state, "custom_object_instances").iter();
                all.clone().find(|one| one["id"] == *id || one["external_id"] == *id)
            });
            let keys: Value = found.map(|one| one["external_id"].clone()).collect();
            *value = json!({ "refers_to": keys });
        }
    }
    shown
}

/// What a client saw, with references in the form of [`attributes`].
fn with_references(seen: &mut Value) {
    match seen {
        Value::Array(all) => all.iter_mut().for_each(with_references),
        Value::Object(fields) => {
            if let Some(instances) = fields.get("instances").filter(|_| fields.len() == 2) {
                let kind = fields["type"].as_str().unwrap_or_default();
                assert!(kind.ends_with(".list"), "{kind:?}");
                *seen = json!({ "refers_to": names(instances, "external_id") });
                return;
            }
            fields.values_mut().for_each(with_references);
        }
        _ => {}
    }
}

/// Everything that a client reads, taken from the simulator's state.
fn held(state: &Value, instances: &[String]) -> Value {
    let of_contact = |id: &Value| -> Value {
        let notes = list(state, "notes").iter().filter(|note| note["contact"]["id"] == *id);
        notes.map(|note| note["body"].clone()).collect()
    };
    let mut held = Map::new();
    let contacts = each(state, "contacts", |one| {
        json!({"id": one["id"], "role": one["role"], "external_id": one["external_id"],
               "email": one["email"], "name": one["name"], "phone": one["phone"],
               "attributes": attributes(state, &one["custom_attributes"]),
               "tags": names(&one["tags"], "name"), "companies": one["companies"],
               "notes": of_contact(&one["id"])})
    });
    held.insert("contacts".into(), contacts);
    let conversations = each(state, "conversations", |one| {
        let parts: Value = list(one, "parts").iter().map(part).collect();
        json!({"id": one["id"], "title": one["title"], "state": one["state"],
               "at": one["created_at"], "body": one["source"]["body"],
               "contacts": names(&one["contacts"]["contacts"], "id"),
               "tags": names(&one["tags"]["tags"], "name"),
               "attributes": attributes(state, &one["custom_attributes"]), "parts": parts})
    });
    held.insert("conversations".into(), conversations);
    let tickets = each(state, "tickets", |one| {
        let parts: Value = list(&one["ticket_parts"], "ticket_parts").iter().map(part).collect();
        json!({"id": one["id"], "named": one["id"], "open": one["open"],
               "type": one["ticket_type"]["name"], "attributes": one["ticket_attributes"],
               "contacts": names(&one["contacts"]["contacts"], "id"), "parts": parts})
    });
    held.insert("tickets".into(), tickets);
    let mut visible = state.clone();
    let companies = visible["companies"].as_array_mut().unwrap();
    companies.retain(|one| !list(one, "contacts").is_empty());
    let companies = each(&visible, "companies", |one| {
        json!({"id": one["id"], "company_id": one["company_id"], "name": one["name"],
               "attributes": one["custom_attributes"], "tags": names(&one["tags"]["tags"], "name")})
    });
    held.insert("companies".into(), companies);
    let articles = each(state, "articles", |one| {
        json!({"id": one["id"], "title": one["title"], "body": one["body"],
               "state": one["state"], "parent": one["parent_ids"]})
    });
    held.insert("articles".into(), articles);
    let collections = each(
        state,
        "collections",
        |one| json!({"id": one["id"], "name": one["name"], "parent": one["parent_id"]}),
    );
    held.insert("collections".into(), collections);
    held.insert("tags".into(), each(state, "tags", |one| one["name"].clone()));
    let attributes = each(state, "data_attributes", |one| {
        json!(format!("{} {} {}", text(&one["model"]), text(&one["name"]), text(&one["data_type"])))
    });
    held.insert("attributes".into(), attributes);
    let mut asked = state.clone();
    let all = asked["custom_object_instances"].as_array_mut().unwrap();
    all.retain(|one| instances.contains(&instance_name(one)));
    let instances = each(&asked, "custom_object_instances", |one| {
        json!({"id": one["id"], "key": one["external_id"],
               "attributes": as_text(&self::attributes(state, &one["custom_attributes"]))})
    });
    held.insert("instances".into(), instances);
    Value::Object(held)
}

fn instance_name(one: &Value) -> String {
    format!("{}:{}", text(&one["type"]), text(&one["external_id"]))
}

/// The values of an instance read back as text.
fn as_text(values: &Value) -> Value {
    let fields = values.as_object().unwrap().iter();
    let shown = fields.map(|(name, value)| match value {
        Value::Object(_) => (name.clone(), value.clone()),
        value => (name.clone(), json!(text(value))),
    });
    Value::Object(shown.collect())
}

/// Both clients see what the state holds. Gives how many things of each kind there are.
async fn both_see(desk: &Desk) -> impl Fn(&str) -> usize {
    let state = desk.simulator.state();
    let instances: Vec<String> =
        list(&state, "custom_object_instances").iter().map(instance_name).collect();
    let held = held(&state, &instances);
    for (client, mut seen) in seen(desk, &instances).await {
        with_references(&mut seen);
        for (kind, held) in held.as_object().unwrap() {
            let mut seen = seen[kind].clone();
            sort(&mut seen);
            let (mine, theirs) = (held.as_array().unwrap(), seen.as_array().unwrap());
            assert_eq!(theirs.len(), mine.len(), "{client} sees another number of {kind}");
            for (theirs, mine) in theirs.iter().zip(mine) {
                assert_eq!(theirs, mine, "{client} sees other {kind}");
            }
        }
        let people = list(&state, "admins").len();
        assert_eq!(list(&seen, "admins").len(), people + 1, "{client}: and the Operator");
        assert!(list(&seen, "admins").contains(&json!("Operator")), "{client}");
        assert!(!list(&seen, "help_centers").is_empty(), "{client}");
    }
    move |kind| list(&held, kind).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_see_the_sample_as_it_was_moved() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let count = both_see(&desk).await;
    for kind in ["contacts", "companies", "conversations", "articles", "collections", "tags"] {
        assert!(count(kind) > 0, "no {kind} were moved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_see_tickets_that_were_conversations() {
    let desk = tickets::moved("convert").await;
    assert!(both_see(&desk).await("tickets") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_see_custom_objects_and_what_refers_to_them() {
    let types = objects::sheet(&objects::planned(json!([])).await).await;
    let desk = objects::planned(types).await;
    desk.say(&["apply", "--yes"]).await;
    assert!(both_see(&desk).await("instances") > 0);
}
