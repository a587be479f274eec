//! A site of each family into Intercom by the real program: moved, verified, brought up to date,
//! taken back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::caused::{Seen, Shot};
use super::changes::{Change, edits, taken_out};
use super::family::Family;
use super::rows::GONE;
use super::site::Site;
use crate::support::desk::{Desk, demo_workspace, differences, list, says, tags, text};
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
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    let state = desk.simulator.state();
    let admin = format!("G3 admin:{}", text(&state["admins"][0]["id"]));
    for one in [admin.as_str(), "G4 confirmed", "G8 zone:Europe/Berlin", "H1 database"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.done("decide set H9 is:EU").await;
    desk.accept().await;
    // Some records of each site are to wait for a person: then the plan says how many, with 3.
    let said = desk.say(&["plan"]).await;
    let waiting = said.json()["waiting"].as_u64().unwrap();
    assert_eq!(said.exit, if waiting == 0 { 0 } else { 3 }, "{said:?}");
    desk.waits(waiting);
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
    links_lead_on_or_are_listed(&moved, &shot(&desk).await.handed, family);
    let everything = moved.to_string();
    assert!(GONE.iter().all(|gone| !everything.contains(gone)), "{family:?}");

    let writes = desk.writes();
    let again = desk.say(&["delta", "--yes"]).await;
    assert_eq!(desk.writes(), writes, "an unchanged site was written: {again:?}");
    assert_eq!(site.maria.checksums().await, tables, "{family:?}: the database was changed");
    brought_up_to_date(&site, &desk, family).await;
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

/// Links between articles lead to what those became; where there is no address, and from messages,
/// the link stays and is listed. Pictures in a text become files.
fn links_lead_on_or_are_listed(state: &Value, handed: &str, family: Family) {
    let article = |title: &str| {
        let mut all = list(state, "articles").iter();
        all.find(|one| one["title"] == title).unwrap_or_else(|| panic!("{title}"))
    };
    let body = text(&article("Wheels & spokes")["body"]);
    let address = text(&article("Homeless")["url"]);
    assert!(!address.is_empty() && body.contains(&address), "{family:?}: {body}");
    assert!(!body.contains("article=4"), "{family:?}: {body}");
    for kept in
        ["knowledgebase.php?article=2", "ticket.php?track=AAA-BBB-1111", "download_attachment.php"]
    {
        assert!(body.contains(kept), "{family:?}: {kept}: {body}");
        assert!(handed.contains(kept), "{family:?}: {kept} is not listed");
    }
    let talk = conversation(state, "2");
    assert!(!talk.to_string().contains("data:image"), "{family:?}: {talk}");
    let look = list(talk, "parts").iter().find(|part| text(&part["body"]).contains("Look:"));
    let files = list(look.unwrap_or_else(|| panic!("{family:?}: {talk}")), "attachments");
    let names: Vec<String> = files.iter().map(|file| text(&file["name"])).collect();
    // Rich texts, and with them pictures, came with 3.4.
    let expected: &[&str] = if family == Family::V28 { &[] } else { &["inline-1.png"] };
    assert_eq!(names, expected, "{family:?}");
}

/// Every kind of change, in three deltas: what is edited, a word that the map must learn first,
/// what is taken out.
async fn brought_up_to_date(site: &Site, desk: &Desk, family: Family) {
    let is_word = |change: &Change| change.name == "category renamed";
    let (words, edits): (Vec<_>, Vec<_>) = edits(family).into_iter().partition(is_word);
    let taken_out = taken_out(family);
    let kinds = edits.len() + words.len() + taken_out.len();
    assert!(kinds >= 30, "{kinds} kinds of change");
    let later = followed(site, desk, family, &edits).await;
    assert!(number(&later["read"]["vanished"]) >= 2, "a reply and a ticket are gone");
    followed(site, desk, family, &words).await;
    let later = followed(site, desk, family, &taken_out).await;
    assert!(number(&later["read"]["vanished"]) >= 3, "a file, a field and a ticket are gone");
    assert!(number(&later["queued"]) >= 1, "who was anonymised waits for a person");
    let writes = desk.writes();
    let unchanged = desk.say(&["delta", "--yes"]).await.json();
    assert_eq!(desk.writes(), writes, "a delta without a change wrote");
    assert_eq!(number(&unchanged["read"]["vanished"]), 0, "what is gone is gone once");
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Makes changes, follows them by one delta, and looks at what each of them caused.
async fn followed(site: &Site, desk: &Desk, family: Family, changes: &[Change]) -> Value {
    let before = shot(desk).await;
    for change in changes {
        site.maria.run(&change.statements).await;
    }
    if changes.iter().any(|change| change.name == "category renamed") {
        let read = desk.read().await;
        assert!(number(&read["changed"]) >= 2, "the category and its tickets: {}", read["changed"]);
        desk.done("map propose --overwrite").await;
        desk.done("map confirm").await;
    }
    // What is left behind, such as a reply of a ticket that is gone, is accepted first.
    let read = desk.read().await;
    desk.accept().await;
    let said = desk.say(&["delta", "--yes"]).await;
    assert!(matches!(said.exit, 0 | 3), "{family:?}: {said:?}");
    let mut later = said.json();
    later["read"] = read;
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}), "{family:?}");
    let after = shot(desk).await;
    let seen = Seen { before: &before, after: &after };
    let without: Vec<_> =
        changes.iter().map(|change| change.name).filter(|name| !seen.caused(name)).collect();
    assert!(without.is_empty(), "{family:?}: did not cause what they should: {without:?}");
    later
}

async fn shot(desk: &Desk) -> Shot {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let said = desk.say(&["handoff", "--out", &path]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let mut handed = String::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        handed.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    Shot { state: desk.simulator.state(), handed }
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
