//! Move, back, move, back, for the fixtures of every source, before a workspace that has part of
//! what is moved already: people, tags, companies, collections and the links between them. After
//! each way back the workspace is as it was, and what is not is the residue, as a set, both ways
//! (invariant 13). The oracle judges by the simulator's state alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use oracle::{Picture, Residue, difference, picture};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, itco_workspace, list, tags, text};

/// A source's fixture, what is decided, and how many of its records wait whatever is done.
struct Case {
    source: &'static str,
    workspace: Value,
    decisions: &'static [&'static str],
    waiting: u64,
}

fn fixtures(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source).join("fixtures")
}

fn shipped_workspace(source: &str) -> Value {
    let text = std::fs::read_to_string(fixtures(source).join("workspace.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Case {
    async fn planned(&self, workspace: Value) -> Desk {
        let bundle = fixtures(self.source).join("flat");
        let desk = Desk::of(self.source, &bundle, workspace, OWN_LEDGER).await;
        let admin = text(&desk.simulator.state()["admins"][0]["id"]);
        desk.done(&format!("decide set G3 admin:{admin}")).await;
        for one in self.decisions {
            desk.done(&format!("decide set {one}")).await;
        }
        desk.read().await;
        desk.done("map propose").await;
        desk.done("map confirm").await;
        desk.waits(self.waiting);
        desk.done("plan").await;
        desk
    }

    async fn there_and_back_twice(&self) {
        let scout = self.planned(self.workspace.clone()).await;
        scout.done("apply --yes").await;
        let workspace = with_half(&self.workspace, &scout.simulator.state());
        let desk = self.planned(workspace).await;
        let before = desk.simulator.state();
        let known = list(&before, "contacts").len();
        assert!(known > 0, "nobody of {} was there before", self.source);
        let then = picture(&before, &BTreeSet::new());
        for round in 1..=2 {
            desk.done("apply --yes").await;
            let now = picture(&desk.simulator.state(), &BTreeSet::new());
            assert_ne!(now, then, "{} round {round} moved nothing", self.source);
            self.back(&desk, &then, round).await;
            desk.done("plan").await;
        }
    }

    async fn back(&self, desk: &Desk, then: &Picture, round: u32) {
        let said = desk.say(&["rollback", "apply", "--yes"]).await;
        assert_eq!(said.exit, 0, "{} round {round}: {said:?}", self.source);
        let said = desk.say(&["rollback", "status"]).await;
        assert_eq!(said.exit, 0, "{} round {round}: {said:?}", self.source);
        let residue = Residue::of(&said.json());
        let found = difference(then, &desk.simulator.state(), &residue);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{} round {round}:\n{}", self.source, found.join("\n"));
        assert_eq!(desk.claims(), Vec::<String>::new(), "{} round {round}", self.source);
    }
}

/// A workspace that holds every second person, tag, company and collection of a migration before
/// it begins, under names of its own where the name is not what they are known by.
fn with_half(workspace: &Value, moved: &Value) -> Value {
    let mut before = workspace.clone();
    let mut add = |kind: &str, one: Value| {
        let all = before.as_object_mut().unwrap().entry(kind).or_insert_with(|| json!([]));
        all.as_array_mut().unwrap().push(one);
    };
    let half = |kind: &str| list(moved, kind).iter().step_by(2).cloned().collect::<Vec<_>>();
    let taken = |kind: &str, field: &str| -> BTreeSet<String> {
        let all = workspace[kind].as_array().into_iter().flatten();
        all.map(|one| text(if one.is_object() { &one[field] } else { one })).collect()
    };
    let own_tags = |one: &Value| -> Vec<String> {
        tags(one).into_iter().filter(|name| !name.starts_with("deskledger ")).collect()
    };
    let (names, ids) = (taken("tags", "name"), taken("companies", "company_id"));
    for tag in half("tags").iter().map(|tag| text(&tag["name"])) {
        if !tag.starts_with("deskledger ") && !names.contains(&tag) {
            add("tags", json!(tag));
        }
    }
    for company in half("companies").iter().filter(|one| !ids.contains(&text(&one["company_id"]))) {
        let (id, tags) = (&company["company_id"], own_tags(company));
        add("companies", json!({ "company_id": id, "name": "Known before", "tags": tags }));
    }
    let emails = taken("contacts", "email");
    for contact in half("contacts") {
        let email = text(&contact["email"]);
        if contact["email"].is_null() || emails.contains(&email) {
            continue;
        }
        let (role, tags) = (&contact["role"], own_tags(&contact));
        add("contacts", json!({ "role": role, "email": email, "name": "Known Kay", "tags": tags }));
    }
    for collection in half("collections").iter().filter(|one| one["parent_id"].is_null()) {
        add("collections", json!({ "name": collection["name"] }));
    }
    before
}

#[tokio::test(flavor = "multi_thread")]
async fn deskero() {
    let decisions: &[&str] = &["G4 confirmed", "G8 zone:Europe/Rome", "G9 day", "D4 standalone"];
    let case = Case { source: "deskero", workspace: demo_workspace(), decisions, waiting: 0 };
    case.there_and_back_twice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickdesk() {
    let workspace = shipped_workspace("clickdesk");
    let decisions: &[&str] = &["G4 confirmed"];
    Case { source: "clickdesk", workspace, decisions, waiting: 0 }.there_and_back_twice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn infraon() {
    let workspace = shipped_workspace("infraon");
    let decisions: &[&str] = &["G4 confirmed", "I3 yes"];
    Case { source: "infraon", workspace, decisions, waiting: 2 }.there_and_back_twice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn itco() {
    let decisions: &[&str] =
        &["G4 confirmed", "T1 conversation", "T4 automatic", "T5 apply", "T6 import"];
    let case = Case { source: "itco", workspace: itco_workspace(), decisions, waiting: 0 };
    case.there_and_back_twice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hesk() {
    let decisions: &[&str] = &["G4 confirmed", "G8 zone:Europe/Ljubljana"];
    let case = Case { source: "hesk", workspace: demo_workspace(), decisions, waiting: 1 };
    case.there_and_back_twice().await;
}
