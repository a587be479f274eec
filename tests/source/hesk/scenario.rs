//! A site of each family into Intercom by the real program: moved, verified, brought up to date,
//! taken back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::changes::changes;
use super::family::Family;
use super::rows::GONE;
use super::site::Site;
use crate::support::desk::{Desk, Said, demo_workspace, differences, list, says, tags, text};
use crate::support::mariadb::PASSWORD;

/// The workspace: the sample's, with the site's staff and one of its teams.
fn workspace() -> Value {
    let mut workspace = demo_workspace();
    for (place, (name, email)) in
        [("Ada Prime", "ada@example.com"), ("Bo O'Lee", "bo@example.com")].iter().enumerate()
    {
        workspace["admins"][place]["name"] = json!(name);
        workspace["admins"][place]["email"] = json!(email);
    }
    workspace["teams"][0]["name"] = json!("Sales & Returns");
    workspace
}

async fn desk(site: &Site) -> Desk {
    let folder = site.folder.path().display().to_string();
    let url = site.maria.url();
    let source = ["--source", "hesk", "--database", url.as_str(), "--attachments", folder.as_str()];
    let password = ("DESKLEDGER_SOURCE_PASSWORD".to_owned(), PASSWORD.to_owned());
    Desk::from_source(&source, workspace(), vec![password]).await
}

async fn plan(desk: &Desk) {
    desk.done("read").await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    let state = desk.simulator.state();
    let admin = format!("G3 admin:{}", text(&state["admins"][0]["id"]));
    for one in [admin.as_str(), "G4 confirmed", "G8 zone:Europe/Berlin", "H1 database"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.done("decide set H9 is:EU").await;
    desk.done("plan").await;
}

fn conversation<'a>(state: &'a Value, ticket: &str) -> &'a Value {
    let found: Vec<&Value> = list(state, "conversations")
        .iter()
        .filter(|one| one["custom_attributes"]["hesk_original_ticket_id"] == ticket)
        .collect();
    assert_eq!(found.len(), 1, "conversations of ticket {ticket}");
    found[0]
}

async fn whole_way(family: Family) {
    let Some(site) = Site::new(family).await else { return };
    let tables = site.maria.checksums().await;
    let desk = desk(&site).await;
    let before = desk.simulator.state();
    plan(&desk).await;
    let applied = desk.say(&["apply", "--yes"]).await;
    assert!(matches!(applied.exit, 0 | 3), "{applied:?}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"], json!({}), "{family:?}: {verified}");
    let moved = desk.simulator.state();
    moved_as_it_was(&moved, family);
    let everything = moved.to_string();
    assert!(GONE.iter().all(|gone| !everything.contains(gone)), "{family:?}");

    let writes = desk.writes();
    let again = desk.say(&["delta", "--yes"]).await;
    assert_eq!(desk.writes(), writes, "an unchanged site was written: {again:?}");
    assert_eq!(site.maria.checksums().await, tables, "{family:?}: the database was changed");

    // A category of another name is a new word that the map must know first.
    for change in changes(family).iter().filter(|change| change.name != "category renamed") {
        site.maria.run(&change.statements).await;
    }
    let later = desk.say(&["delta", "--yes"]).await;
    assert!(matches!(later.exit, 0 | 3), "{later:?}");
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}), "{family:?}");
    brought_up_to_date(&desk.simulator.state(), family, &later);
    let writes = desk.writes();
    desk.say(&["delta", "--yes"]).await;
    assert_eq!(desk.writes(), writes, "the second delta wrote");

    taken_back(&desk, &before).await;
    site.maria.remove().await;
}

fn moved_as_it_was(state: &Value, family: Family) {
    let first = conversation(state, "1");
    assert_eq!(first["title"], "Bell & whistle \"broken\"");
    let texts = [
        "On it",
        "Thanks & bye",
        "I was merged",
        "nice",
        "Beantwortet von Bo",
        "gestern irgendwann | etwas Eigenes",
        "rating: helpful",
    ];
    for text in texts {
        assert!(
            says(first, text) >= 1 || says(first, &text.replace('&', "&amp;")) >= 1,
            "{family:?}: {text}: {first}"
        );
    }
    let attributes = &first["custom_attributes"];
    assert_eq!(attributes["hesk_tracking_id"], "AAA-BBB-1111");
    assert_eq!(attributes["hesk_time_worked"], "27:05:00");
    assert_eq!(attributes["hesk_custom1"], "A & 1");
    assert_eq!(attributes["hesk_category"], "Sales & Returns");
    assert!(tags(first).contains("tagged"));
    assert_eq!(text(&first["team_assignee_id"]), text(&state["teams"][0]["id"]));
    assert_eq!(conversation(state, "2")["state"], "closed");
    assert_eq!(conversation(state, "3")["state"], "snoozed");
    let ids: BTreeSet<String> = list(state, "conversations")
        .iter()
        .map(|one| text(&one["custom_attributes"]["hesk_original_ticket_id"]))
        .collect();
    assert!(!ids.contains("4"), "an anonymised ticket is held apart");
    assert_eq!(ids.contains("5"), !family.has_customers(), "nobody is brought back");
    let titles: Vec<_> = list(state, "articles").iter().map(|one| text(&one["title"])).collect();
    for title in ["Wheels & spokes", "For us", "Not ready", "Homeless"] {
        assert!(titles.iter().any(|one| one == title), "{titles:?}");
    }
}

fn brought_up_to_date(state: &Value, family: Family, later: &Said) {
    let first = conversation(state, "1");
    for text in ["A new word", "A new note", "closed by Ada Prime", "Thanks, edited"] {
        assert!(says(first, text) >= 1, "{family:?}: {text}");
    }
    assert_eq!(first["title"], "Bell, mended");
    assert_eq!(first["custom_attributes"]["hesk_custom1"], "B 2");
    assert!(!tags(first).contains("tagged"));
    let second = conversation(state, "2");
    assert!(says(second, "Edited note") >= 1, "{later:?}: {second}");
    let last = conversation(state, "8");
    assert_eq!(last["state"], "closed");
    assert_eq!(last["custom_attributes"]["hesk_priority"], "Critical");
    assert_eq!(last["custom_attributes"]["hesk_category"], "Sales & Returns");
    let contacts = list(state, "contacts");
    assert!(contacts.iter().any(|one| one["name"] == "Gil Renamed"), "{family:?}");
}

async fn taken_back(desk: &Desk, before: &Value) {
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    let objects = |one: &Value| list(one, "objects").iter().map(text).collect::<Vec<_>>();
    let residue: BTreeSet<String> = list(&report, "residue").iter().flat_map(objects).collect();
    let unexplained: Vec<String> = differences(before, &after)
        .into_iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| residue.contains(id)))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
    assert!(desk.simulator.mailbox().is_empty());
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_2_8_goes_the_whole_way() {
    whole_way(Family::V28).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_3_4_goes_the_whole_way() {
    whole_way(Family::V34).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_3_5_goes_the_whole_way() {
    whole_way(Family::V35).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_3_7_goes_the_whole_way() {
    whole_way(Family::V37).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explore() {
    let family = match std::env::var("EXPLORE").as_deref() {
        Ok("2.8") => Family::V28,
        Ok("3.7") => Family::V37,
        _ => return,
    };
    let Some(site) = Site::new(family).await else { return };
    let desk = desk(&site).await;
    plan(&desk).await;
    desk.say(&["apply", "--yes"]).await;
    let mut before = desk.simulator.state();
    let mut out = String::new();
    for change in changes(family) {
        if change.name == "category renamed" {
            continue;
        }
        site.maria.run(&change.statements).await;
        let said = desk.say(&["delta", "--yes"]).await;
        let after = desk.simulator.state();
        out.push_str(&format!("=== {} exit {}\n", change.name, said.exit));
        let v = said.json();
        out.push_str(&format!(
            "read {} queued {} plan {} apply {}\n",
            v["read"]["changed"], v["queued"], v["plan"], v["apply"]
        ));
        out.push_str(&format!(
            "read {}\n",
            v["read"]
                .as_object()
                .map(|o| o
                    .iter()
                    .filter(|(k, _)| *k != "findings" && *k != "summary")
                    .map(|(k, v)| format!("{k}={v} "))
                    .collect::<String>())
                .unwrap_or_default()
        ));
        for key in differences(&before, &after) {
            let (kind, id) = key.split_once('/').unwrap();
            let find = |s: &Value| {
                list(s, kind).iter().find(|o| text(&o["id"]) == id).cloned().unwrap_or_default()
            };
            let (a, b) = (find(&before), find(&after));
            out.push_str(&format!("  {key}\n"));
            for (k, v) in b.as_object().into_iter().flatten() {
                if a[k] != *v {
                    if k == "parts" {
                        let old = a[k].as_array().map_or(0, Vec::len);
                        for p in v.as_array().unwrap().iter().skip(old) {
                            out.push_str(&format!("     +part {} {}\n", p["part_type"], p["body"]));
                        }
                        if old > v.as_array().unwrap().len() {
                            out.push_str("     parts removed\n");
                        }
                    } else {
                        out.push_str(&format!("     {k}: {} -> {}\n", a[k], v));
                    }
                }
            }
            if b.is_null() {
                out.push_str("     GONE\n");
            }
        }
        before = after;
    }
    std::fs::write(format!("/tmp/explore-{}.txt", family.word()), out).unwrap();
    site.maria.remove().await;
}
