//! Taking a migration back (invariant 7).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::desk::{Desk, conversation, differences, list, says, text};

const TICKET: &str = "6866ac936081415a9fd22299";
const KEY: &str = "deskero/ticket/6866ac936081415a9fd22299";

/// Ids of the objects that the residue names.
fn residue(report: &Value) -> BTreeSet<String> {
    let objects = |one: &Value| list(one, "objects").iter().map(text).collect::<Vec<_>>();
    list(report, "residue").iter().flat_map(objects).collect()
}

/// What differs although no residue names it.
fn unexplained(before: &Value, after: &Value, report: &Value) -> Vec<String> {
    let named = residue(report);
    let differ = differences(before, after).into_iter();
    differ.filter(|one| !one.split_once('/').is_some_and(|(_, id)| named.contains(id))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_what_was_there_and_the_residue_and_moving_in_again_works() {
    let desk = Desk::demo().await;
    let before = desk.simulator.state();
    desk.plan().await;
    desk.done("apply --yes").await;
    let moved = desk.simulator.comparable();
    let conversations = list(&moved, "conversations").len();
    assert!(conversations > 100);

    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], json!({}));
    let after = desk.simulator.state();
    assert!(!differences(&before, &after).is_empty(), "a residue is to be expected");
    assert_eq!(unexplained(&before, &after, &report), Vec::<String>::new());
    for kind in ["conversations", "articles", "collections", "tags"] {
        assert_eq!(list(&after, kind).len(), list(&before, kind).len(), "{kind}");
    }

    let writes = desk.writes();
    desk.done("rollback apply --yes").await;
    assert_eq!(desk.writes(), writes, "the second rollback wrote");
    assert_eq!(desk.simulator.state(), after);

    desk.done("plan").await;
    desk.done("apply --yes").await;
    let again = desk.simulator.comparable();
    assert_eq!(again["conversations"], moved["conversations"]);
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}));
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
    assert!(desk.simulator.mailbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_touched_stays_and_is_named() {
    let desk = Desk::demo().await;
    let before = desk.simulator.state();
    desk.plan().await;
    desk.done("apply --yes").await;
    let id = conversation(&desk.simulator.state(), TICKET)["id"].clone();
    let reply = "Bonjour, le capteur part demain.";
    let act = json!({ "do": "reply", "conversation": id, "body": reply });
    desk.simulator.act(&act).unwrap();

    let report = desk.done("rollback apply --yes").await;
    let kept = report["kept"].as_object().unwrap();
    assert!(kept.contains_key(KEY), "{kept:?}");
    assert!(!list(&report["kept"], KEY).is_empty(), "no reason is named");
    let after = desk.simulator.state();
    assert_eq!(list(&after, "conversations").len(), 1);
    assert_eq!(says(conversation(&after, TICKET), reply), 1);
    assert_eq!(unexplained(&before, &after, &report), Vec::<String>::new());

    let (state, writes) = (desk.simulator.state(), desk.writes());
    desk.done("rollback apply --yes").await;
    assert_eq!((desk.simulator.state(), desk.writes()), (state, writes));
}
