//! ITCO from its templates to Intercom and back: what people copied by hand, judged by what the
//! workspace holds.
//!
//! Rows of the mapping table: 1 to 3 and 6 to 10, `every_row_of_the_mapping_table_arrives`; 1 with
//! its wrapper (T1, T2) and 8 to 10 by hand, as is the default (T4 to T6), `tickets.rs`; 4 agent
//! and 5 team, `every_row_of_the_mapping_table_arrives` and `handoff.rs`; T3, T8, T9 and T10,
//! `other_answers_write_other_things`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{
    Desk, OWN_LEDGER, conversation_by, differences, itco_workspace, list, says, tags, text,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/itco/fixtures").join(name)
}

async fn moved() -> Desk {
    let desk = Desk::of("itco", &fixture("flat"), itco_workspace(), OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for decision in
        ["G3 admin:71", "G4 confirmed", "T1 conversation", "T4 automatic", "T5 apply", "T6 import"]
    {
        desk.done(&format!("decide set {decision}")).await;
    }
    desk.done("plan").await;
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"], json!({}), "{applied}");
    desk
}

fn ticket<'a>(state: &'a Value, id: &str) -> &'a Value {
    conversation_by(state, "itco_original_ticket_id", id)
}

fn by<'a>(state: &'a Value, kind: &str, field: &str, value: &str) -> &'a Value {
    let found = list(state, kind).iter().find(|one| one[field] == value);
    found.unwrap_or_else(|| panic!("no {kind} with {field} {value}: {}", state[kind]))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_mapping_table_arrives() {
    let desk = moved().await;
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    assert_eq!(desk.done("reconcile").await["closes"], true);
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    let state = desk.simulator.state();

    // Row 1, 6: tickets with state, team, assignee, and what was said.
    let pump = ticket(&state, "T-77");
    assert_eq!((&pump["title"], &pump["state"]), (&json!("The pump leaks"), &json!("open")));
    assert_eq!(text(&pump["team_assignee_id"]), "82");
    assert_eq!(text(&pump["admin_assignee_id"]), "71");
    for said in ["Please send a <b>photo</b>", "Here it is.", "Third leak of that series"] {
        assert_eq!(says(pump, said), 1, "{said}");
    }
    for (id, expected) in [("T-78", "closed"), ("T-79", "snoozed"), ("T-80", "closed")] {
        assert_eq!(ticket(&state, id)["state"], expected, "{id}");
    }
    // Row 1, 7: priority and custom fields as attributes.
    let attributes = &pump["custom_attributes"];
    assert_eq!(attributes["itco_priority"], "high");
    assert_eq!(attributes["itco_status"], "open");
    assert_eq!(attributes["itco_number"], "1077");
    assert_eq!(attributes["itco_under_warranty"], true);
    // Row 2, 3: customers and their companies, which are known by their domain.
    let ada = by(&state, "contacts", "external_id", "itco:C-1");
    assert_eq!(
        (&ada["email"], &ada["phone"]),
        (&json!("ada@example.org"), &json!("+390230451200"))
    );
    assert_eq!(by(&state, "contacts", "external_id", "itco:C-3")["role"], "lead");
    let lakeside = by(&state, "companies", "company_id", "itco:lakeside.example.org");
    assert_eq!(lakeside["website"], "https://www.lakeside.example.org");
    by(&state, "companies", "company_id", "itco:hill.example.com");
    // Row 8 with files given; row 9 and 10, opted in.
    let photo = list(pump, "parts").iter().flat_map(|part| list(part, "attachments"));
    assert!(photo.into_iter().any(|file| file["name"] == "seal.png"), "{pump}");
    assert_eq!(tags(pump), BTreeSet::from(["pump".to_owned(), "leak".to_owned()]));
    assert_eq!(by(&state, "articles", "title", "How to prime a pump")["state"], "published");
    assert_eq!(by(&state, "articles", "title", "Winter storage")["state"], "draft");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let handed = desk.say(&["handoff", "--out", &path]).await.json();
    let documents = handed["documents"].as_object().unwrap();
    let files = std::fs::read_to_string(folder.path().join("attachments.md")).unwrap();
    assert!(files.contains("plan.pdf"), "{documents:?}: {files}");
    assert!(documents.contains_key("workflow_sla_inventory"), "{documents:?}");
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let checklist = file("attachment_checklist.csv");
    for line in [
        "T-77,,plan.pdf,,,to download and upload",
        "T-77,T-77#3,seal.png,TT-77_M3_01_seal.png,68,moved",
        "T-79,M-902,visit.txt,,15,moved",
    ] {
        assert!(checklist.lines().any(|found| found == line), "{line}: {checklist}");
    }
    let heavy = file("attachment_heavy_tickets.csv");
    assert_eq!(heavy.lines().nth(1), Some("T-77,2,68,1"), "{heavy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_brings_what_is_new_and_a_rollback_takes_all_back() {
    let desk = moved().await;
    let before = desk.simulator.state();
    let writes = desk.writes();
    let same = desk.done("delta --yes").await;
    assert_eq!(same["apply"]["requests"], 0);
    assert_eq!(desk.writes(), writes, "delta wrote what had not changed");

    let later = fixture("demo-delta").display().to_string();
    let said = desk.say(&["delta", "--partial", "--yes", "--bundle", later.as_str()]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let after = desk.simulator.state();
    let (old, new) = (ticket(&before, "T-77"), ticket(&after, "T-77"));
    assert_eq!((says(old, "seal holds"), says(new, "seal holds")), (0, 1));
    assert_eq!((&old["state"], &new["state"]), (&json!("open"), &json!("closed")));
    assert_eq!(ticket(&after, "T-83")["state"], "open");
    // The delta has no list of fields: they are read as the map knows them.
    let kept = ["itco_symptoms", "itco_visit_on", "itco_hours", "itco_region"];
    for name in kept {
        assert_eq!(old["custom_attributes"][name], new["custom_attributes"][name], "{name}");
    }
    // A file of a message that moved before follows it in a note.
    let late = list(new, "parts")
        .iter()
        .filter(|part| list(part, "attachments").iter().any(|file| file["name"] == "late.txt"));
    let late: Vec<&Value> = late.collect();
    assert_eq!(late.len(), 1, "{new}");
    assert!(text(&late[0]["body"]).contains("photo"), "it tells which message: {}", late[0]);
    let grown = list(&after, "conversations").len() - list(&before, "conversations").len();
    assert_eq!(grown, 1);

    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let empty = desk.simulator.state();
    for kind in ["conversations", "articles", "collections"] {
        assert_eq!(list(&empty, kind).len(), 0, "{kind}");
    }
    let start = itco_workspace();
    let named: BTreeSet<String> = list(&report, "residue")
        .iter()
        .flat_map(|one| list(one, "objects").iter().map(text).collect::<Vec<_>>())
        .collect();
    for kind in ["admins", "teams"] {
        assert_eq!(list(&empty, kind).len(), list(&start, kind).len(), "{kind}");
    }
    let unexplained: Vec<String> = differences(&desk_start().await, &empty)
        .into_iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| named.contains(id)))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
    assert_eq!(desk.done("audit check").await["whole"], true);
}

/// T3, T8, T9 and T10: answers other than the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn other_answers_write_other_things() {
    let mut workspace = itco_workspace();
    workspace["teams"] = json!([
        { "id": 81, "name": "Support", "admin_ids": [72] },
        { "id": 82, "name": "Pumps", "admin_ids": [71, 72] },
        { "id": 83, "name": "Valves", "admin_ids": [73] },
    ]);
    let desk = Desk::of("itco", &fixture("flat"), workspace, OWN_LEDGER).await;
    for answer in ["T1 conversation", "T3 open", "T8 leaf", "T9 skip", "T10 booleans"] {
        desk.done(&format!("decide set {answer}")).await;
    }
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for answer in ["G3 admin:71", "G4 confirmed"] {
        desk.done(&format!("decide set {answer}")).await;
    }
    desk.done("plan").await;
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"], json!({}), "{applied}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{verified}");
    let state = desk.simulator.state();
    let pump = ticket(&state, "T-77");
    assert_eq!(text(&pump["team_assignee_id"]), "82", "known by its last name");
    let said = &pump["custom_attributes"];
    for (option, chosen) in [("leak", true), ("noise", true), ("heat", false)] {
        assert_eq!(said[format!("itco_symptoms_{option}")], chosen, "{option}");
    }
    assert!(said.get("itco_symptoms").is_none_or(Value::is_null), "{said}");
    // Its date lies ahead, so it sleeps until then whatever T3 says of others.
    assert_eq!(ticket(&state, "T-79")["state"], "snoozed");
    let own = list(&state, "companies").iter().map(|one| text(&one["company_id"]));
    let own = own.filter(|id| id.starts_with("itco:")).collect::<BTreeSet<_>>();
    let domains = ["itco:lakeside.example.org", "itco:hill.example.com"].map(str::to_owned);
    assert_eq!(own, domains.into(), "T9: known by their domains");
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
}

/// The workspace before anything happened.
async fn desk_start() -> Value {
    Desk::of("itco", &fixture("flat"), itco_workspace(), OWN_LEDGER).await.simulator.state()
}
