//! ClickDesk's sample: read, mapped, written, verified, brought up to date, and taken back.
//!
//! Rows of the mapping table: 1 ticket, `tickets_went_by_rule`; 2 chat,
//! `chats_became_conversations`; 3 visitor and 10 tag, `people_became_contacts`; 4 agent and 5
//! department, `agents_and_departments_are_assigned`; 6 canned response, 11 report and what is
//! handed over of 4 and 5, `handoff.rs`; 7 offline message, `tickets_went_by_rule`; 8 social and 9
//! call, `calls_and_social`. Answers other than the defaults, `other_answers_write_other_things`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, differences, list, says, tags, text};

fn fixture(name: &str) -> PathBuf {
    let fixtures = "src/source/clickdesk/fixtures";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(fixtures).join(name)
}

async fn desk(bundle: &str) -> Desk {
    let workspace = std::fs::read_to_string(fixture("workspace.json")).unwrap();
    let workspace = serde_json::from_str(&workspace).unwrap();
    Desk::of("clickdesk", &fixture(bundle), workspace, OWN_LEDGER).await
}

async fn plan(desk: &Desk) {
    decide(desk).await;
    desk.done("plan").await;
}

/// Everything before the plan.
async fn decide(desk: &Desk) {
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in ["G3 admin:7200001", "G4 confirmed"] {
        desk.done(&format!("decide set {one}")).await;
    }
}

/// The conversation of a thread; there must be exactly one.
fn thread<'a>(state: &'a Value, id: &str) -> &'a Value {
    of(state, "conversations", "custom_attributes", id)
}

/// The ticket of a thread; there must be exactly one.
fn ticket<'a>(state: &'a Value, id: &str) -> &'a Value {
    of(state, "tickets", "ticket_attributes", id)
}

fn of<'a>(state: &'a Value, kind: &str, attributes: &str, id: &str) -> &'a Value {
    let own = |one: &&Value| one[attributes]["cd_original_ticket_id"] == id;
    let found: Vec<&Value> = list(state, kind).iter().filter(own).collect();
    assert_eq!(found.len(), 1, "{kind} of {id}");
    found[0]
}

/// How many parts of a ticket hold this text.
fn answers(ticket: &Value, text: &str) -> usize {
    let parts = list(&ticket["ticket_parts"], "ticket_parts").iter();
    parts.filter(|part| part["body"].as_str().is_some_and(|body| body.contains(text))).count()
}

fn contact<'a>(state: &'a Value, visitor: &str) -> &'a Value {
    let id = format!("cd:{visitor}");
    let found = list(state, "contacts").iter().find(|one| one["external_id"] == id.as_str());
    found.unwrap_or_else(|| panic!("no contact {id}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_once_and_every_count_closes() {
    let desk = desk("flat").await;
    plan(&desk).await;
    let applied = desk.done("apply --yes").await;
    assert_eq!(applied["waiting"].as_object().unwrap().len(), 0, "{}", applied["waiting"]);
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"].as_object().unwrap().len(), 0, "{verified}");
    assert_eq!(desk.done("reconcile").await["closes"], true);
    let state = desk.simulator.state();
    chats_became_conversations(&state);
    calls_and_social(&state);
    tickets_went_by_rule(&state);
    people_became_contacts(&state);
    agents_and_departments_are_assigned(&state);
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;

    let (writes, state) = (desk.writes(), desk.simulator.state());
    desk.done("apply --yes").await;
    let pass = desk.done("delta --yes").await;
    assert_eq!(pass["apply"]["requests"], 0);
    assert_eq!((desk.writes(), desk.simulator.state()), (writes, state));
}

fn chats_became_conversations(state: &Value) {
    for (id, said) in [
        ("ag1zfmQ", &["Yes, ten months for twelve.", "Thanks!"][..]),
        ("Ag1zfmQ", &["Of <b>course</b>", "Here is my invoice.", "She may get the old price."]),
        ("bN_late", &["I am.", "Good night then."]),
        ("cell1", &["It takes a week.", "Thanks"]),
        ("page1", &["Mind the step."]),
        ("mail1", &["Until six."]),
    ] {
        let conversation = thread(state, id);
        for text in said {
            assert_eq!(says(conversation, text), 1, "{id}: {text}");
        }
        let attributes = &conversation["custom_attributes"];
        assert_eq!(attributes["cd_channel_source"], "Chat", "{id}");
    }
    let attributes = &thread(state, "ag1zfmQ")["custom_attributes"];
    assert_eq!(attributes["cd_duration_seconds"], 300);
    assert_eq!(attributes["cd_page_url"], "https://example.com/plans");
    assert!(attributes["cd_visitor_city"].is_null(), "place moved undecided: {attributes}");
    let odd = thread(state, "odd1");
    assert_eq!(odd["custom_attributes"]["cd_transcript_doubtful"], true);
    let notes: Vec<&Value> =
        list(odd, "parts").iter().filter(|part| part["part_type"] == "note").collect();
    let whole = notes.iter().filter(|note| text(&note["body"]).contains("as far as I remember"));
    assert_eq!(whole.count(), 1);
}

fn calls_and_social(state: &Value) {
    let inside = thread(state, "Ag1zfmQ");
    assert_eq!(says(inside, "Agreed on the old price."), 1);
    let outside = thread(state, "K2");
    assert_eq!(outside["custom_attributes"]["cd_channel_source"], "Phone");
    assert_eq!(says(outside, "1 min 1 s"), 1);
    let social = thread(state, "twitter:zed_shop");
    assert_eq!(social["custom_attributes"]["cd_channel_source"], "Twitter");
    assert_eq!(says(social, "It is back next week."), 1);
    assert_eq!(thread(state, "FB-77")["open"], false);
}

/// By rule: what began as a chat and closed mail are conversations, the rest is a ticket.
fn tickets_went_by_rule(state: &Value) {
    for (id, open) in [("T-1", true), ("T-2", false)] {
        assert_eq!(thread(state, id)["open"], open, "{id}");
    }
    for (id, kind, open) in [
        ("T-3", "ClickDesk request", true),
        ("T-4", "ClickDesk request", true),
        ("T-5", "ClickDesk request", true),
        ("T-6", "ClickDesk request", false),
        ("O1", "Offline message", false),
        ("O4", "Offline message", true),
    ] {
        let ticket = ticket(state, id);
        assert_eq!(ticket["ticket_type"]["name"], kind, "{id}");
        assert_eq!(ticket["open"], open, "{id}");
    }
    let offline = ticket(state, "O1");
    assert_eq!(offline["ticket_attributes"]["cd_channel_source"], "Offline");
    assert_eq!(offline["ticket_attributes"]["_default_title_"], "Bulk order");
    assert_eq!(answers(offline, "From ten pieces on."), 1);
    assert_eq!(answers(ticket(state, "T-5"), "From ten to four."), 1);
    assert_eq!(answers(ticket(state, "T-3"), "Known fault, see the log."), 1);
}

fn people_became_contacts(state: &Value) {
    let ada = contact(state, "V1");
    assert_eq!(ada["role"], "user");
    assert_eq!(ada["custom_attributes"]["cd_original_visitor_id"], "V1");
    assert!(ada["custom_attributes"]["cd_city"].is_null());
    assert!(tags(contact(state, "V3")).contains("stage: trial"), "the tag of a chat");
    let tags: BTreeSet<String> = tags(ada).iter().map(|tag| tag.to_lowercase()).collect();
    assert_eq!(tags, BTreeSet::from(["pricing".to_owned(), "vip".to_owned()]));
    for anonymous in ["V3", "V9", "chat:cell1", "twitter:zed_shop", "call:K3"] {
        let lead = contact(state, anonymous);
        assert_eq!(lead["role"], "lead", "{anonymous}");
        assert_eq!(lead["custom_attributes"]["cd_is_anonymous"], true, "{anonymous}");
    }
    let carlo = list(state, "contacts").iter().filter(|one| one["email"] == "carlo@example.org");
    assert_eq!(carlo.count(), 1, "an address twice");
}

/// Rows 4 and 5: admins and teams that are there, by address and name.
fn agents_and_departments_are_assigned(state: &Value) {
    for (id, admin, team) in [("ag1zfmQ", "7200001", "8300001"), ("Ag1zfmQ", "7200002", "8300002")]
    {
        let chat = thread(state, id);
        assert_eq!(text(&chat["admin_assignee_id"]), admin, "{id}");
        assert_eq!(text(&chat["team_assignee_id"]), team, "{id}");
    }
    assert_eq!((list(state, "admins").len(), list(state, "teams").len()), (2, 2), "none was made");
}

/// C-3, C-4, C-5, C-7, C-8, C-10, C-11, C-12, C-13: every answer that is not the default.
#[tokio::test(flavor = "multi_thread")]
async fn other_answers_write_other_things() {
    let answers = [
        "C-3 custom_object",
        "C-4 attribute:stage,vip",
        "C-5 both",
        "C-7 all",
        "C-8 shared",
        "C-10 keep",
        "C-11 stop",
        "C-12 comment",
        "C-13 note",
    ];
    let mut workspace: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("workspace.json")).unwrap()).unwrap();
    let mut desk = None;
    for types in [false, true] {
        let now = Desk::of("clickdesk", &fixture("flat"), workspace.clone(), OWN_LEDGER).await;
        for answer in answers {
            now.say(&[&["decide", "set"], &*answer.splitn(2, ' ').collect::<Vec<_>>()].concat())
                .await;
        }
        decide(&now).await;
        // One transcript is to wait for a person.
        assert_eq!(now.say(&["plan"]).await.exit, 3);
        if !types {
            workspace["custom_object_types"] = super::objects::sheet(&now).await;
        }
        desk = Some(now);
    }
    let desk = desk.unwrap();
    let start = desk.simulator.state();
    let applied = desk.say(&["apply", "--yes"]).await;
    assert_eq!(applied.json()["waiting"], json!({}), "{applied:?}");
    let left = desk.say(&["reconcile"]).await.json();
    let left: Vec<(String, String)> = list(&left, "waiting")
        .iter()
        .map(|one| (text(&one["key"]), text(&one["reason"])))
        .collect();
    let doubtful = ("clickdesk/chat/odd1".to_owned(), "doubtful_transcript".to_owned());
    assert_eq!(left, [doubtful]);
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["undeclared"].as_object().unwrap().len(), 0, "{verified}");
    let state = desk.simulator.state();
    calls_are_objects(&state);
    let ada = contact(&state, "V1");
    assert_eq!(ada["custom_attributes"]["cd_tag_vip"], true);
    assert!(!tags(ada).iter().any(|tag| tag.eq_ignore_ascii_case("vip")));
    let staged = list(&state, "conversations").iter();
    let staged = staged.filter(|one| one["custom_attributes"]["cd_tag_stage"] == "trial");
    assert_eq!(staged.count(), 1, "a structured tag is a text");
    assert_eq!(tags(thread(&state, "ag1zfmQ")).len(), 1, "a chat's tags stand on both");
    assert_eq!(ada["custom_attributes"]["cd_city"], "Rome");
    contact(&state, "social:shared");
    let offline = ticket(&state, "O1");
    let reply = list(&offline["ticket_parts"], "ticket_parts").iter();
    let reply = reply.filter(|part| text(&part["body"]).contains("From ten pieces on."));
    let kinds: Vec<String> = reply.map(|part| text(&part["part_type"])).collect();
    assert_eq!(kinds, ["comment"], "a comment that nobody is told of");
    assert_eq!(says(thread(&state, "Ag1zfmQ"), "Ann joined the chat"), 1);
    assert!(desk.simulator.mailbox().is_empty(), "somebody was notified");
    assert_eq!(desk.say(&["reconcile"]).await.json()["closes"], true);

    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}), "{report}");
    let end = desk.simulator.state();
    for kind in ["conversations", "tickets", "custom_object_instances"] {
        assert_eq!(list(&end, kind).len(), list(&start, kind).len(), "{kind}");
    }
}

/// A call outside a chat is an object, one inside is one that the chat refers to.
fn calls_are_objects(state: &Value) {
    let calls = list(state, "custom_object_instances");
    assert_eq!(calls.len(), 3, "{calls:?}");
    let outside = calls.iter().find(|one| one["external_id"] == "cd:K2").unwrap();
    assert!(text(&outside["custom_attributes"]["name"]).contains("1 min 1 s"), "{outside}");
    assert_eq!(outside["custom_attributes"]["agent"], "jim@example.com");
    let inside: Vec<&Value> = calls
        .iter()
        .filter(|one| text(&one["custom_attributes"]["name"]).contains("Agreed on the old price."))
        .collect();
    assert_eq!(inside.len(), 1);
    let refers = &thread(state, "Ag1zfmQ")["custom_attributes"]["cd_call"];
    assert_eq!(*refers, json!([text(&inside[0]["id"])]));
    let calls = list(state, "conversations").iter();
    let calls = calls.filter(|one| one["custom_attributes"]["cd_channel_source"] == "Phone");
    assert_eq!(calls.count(), 0, "no conversation besides");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_export_brings_what_changed_and_nothing_else() {
    let desk = desk("flat").await;
    plan(&desk).await;
    desk.done("apply --yes").await;
    let before = desk.simulator.state();
    let later = fixture("flat-delta").display().to_string();
    let arguments = ["delta", "--partial", "--yes", "--bundle", later.as_str()];
    let said = desk.say(&arguments).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let after = desk.simulator.state();
    for (id, text) in [
        ("T-1", "The old price is back."),
        ("Ag1zfmQ", "One more thing."),
        ("Ag1zfmQ", "Called back."),
        ("fresh1", "Hello Hanna"),
    ] {
        assert_eq!(says(thread(&after, id), text), 1, "{id}");
    }
    assert_eq!(
        (thread(&before, "T-1")["open"].as_bool(), thread(&after, "T-1")["open"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(ticket(&after, "T-7")["open"], true);
    let grown = |kind| list(&after, kind).len() - list(&before, kind).len();
    assert_eq!(grown("conversations"), 1, "fresh1");
    assert_eq!(grown("tickets"), 2, "T-7, O5");
    assert_eq!(grown("contacts"), 1, "Hanna alone is new");

    let writes = desk.writes();
    let said = desk.say(&arguments).await;
    assert_eq!((said.exit, desk.writes()), (0, writes), "the second time wrote: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_ticket_that_is_changed_stays_closed() {
    let desk = desk("flat").await;
    plan(&desk).await;
    desk.done("apply --yes").await;
    let state = desk.simulator.state();
    let before = ticket(&state, "T-6");
    assert_eq!(before["open"], false, "{before}");
    let home = tempfile::tempdir().unwrap();
    let manifest = std::fs::read(fixture("flat-delta").join("manifest.json")).unwrap();
    std::fs::write(home.path().join("manifest.json"), manifest).unwrap();
    let all = std::fs::read_to_string(fixture("flat").join("tickets.tsv")).unwrap();
    let lines = all.lines().filter(|line| line.starts_with("ticket_id") || line.contains("T-6"));
    let lines: Vec<String> =
        lines.map(|line| line.replace("\tRefund\t", "\tMy refund\t")).collect();
    std::fs::write(home.path().join("tickets.tsv"), lines.join("\n") + "\n").unwrap();
    let later = home.path().display().to_string();
    let said = desk.say(&["delta", "--partial", "--yes", "--bundle", &later]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let state = desk.simulator.state();
    let after = ticket(&state, "T-6");
    assert_eq!(after["ticket_attributes"]["_default_title_"], "My refund", "{after}");
    assert_eq!(after["open"], false, "the change of its title opened it: {after}");
    desk.done("verify --all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_it_back_leaves_what_was_there() {
    let desk = desk("flat").await;
    let before = desk.simulator.state();
    plan(&desk).await;
    desk.done("apply --yes").await;
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    let objects = |one: &Value| list(one, "objects").iter().map(text).collect::<Vec<_>>();
    let named: BTreeSet<String> = list(&report, "residue").iter().flat_map(objects).collect();
    let unexplained: Vec<String> = differences(&before, &after)
        .into_iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| named.contains(id)))
        .collect();
    assert_eq!(unexplained, Vec::<String>::new());
    for kind in ["conversations", "tickets", "tags"] {
        let (before, after) = (list(&before, kind).len(), list(&after, kind).len());
        assert_eq!(after, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_of_the_export_move_alike() {
    let mut moved = Vec::new();
    for form in ["flat", "api"] {
        let desk = desk(form).await;
        plan(&desk).await;
        desk.done("apply --yes").await;
        let mut state = desk.simulator.comparable();
        for kind in ["conversations", "tickets"] {
            for one in state[kind].as_array_mut().unwrap() {
                // Counted from the moment of writing.
                one["snoozed_until"].take();
            }
        }
        moved.push(state);
    }
    for kind in ["conversations", "tickets", "contacts"] {
        let (flat, api) = (list(&moved[0], kind), list(&moved[1], kind));
        assert_eq!(flat.len(), api.len(), "{kind}");
        for (flat, api) in flat.iter().zip(api) {
            assert_eq!(format!("{flat:#}"), format!("{api:#}"), "{kind}");
        }
    }
}
