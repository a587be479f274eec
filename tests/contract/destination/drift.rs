//! What people did in Intercom since is seen, and what we did is not taken for it.

use std::collections::BTreeSet;

use deskledger::destination::intercom::payload::contact::{self, ContactBody};
use deskledger::destination::intercom::{ObjectKind, Ours, Target, drift, read_back};
use serde_json::{Value, json};

use super::support::{Desk, OTHER_ADMIN, key};
use super::written::prepared;

async fn drifted(desk: &Desk, kind: ObjectKind, record: &str) -> Vec<String> {
    let id = desk.ids.0[&key(record)].clone();
    let back = read_back(&desk.client, &Target::new(kind, id)).await.unwrap();
    let ours: Vec<_> = desk
        .done
        .iter()
        .filter(|step| ObjectKind::of(step.request.operation) == kind)
        .cloned()
        .collect();
    let ours = Ours { steps: &ours, ids: &desk.made, ever: &BTreeSet::new(), created: true };
    drift(&ours, &back)
}

#[tokio::test]
async fn our_own_work_is_no_drift() {
    let desk = prepared().await;
    let none: [String; 0] = [];
    assert_eq!(drifted(&desk, ObjectKind::Conversation, "desk/ticket/1").await, none);
    assert_eq!(drifted(&desk, ObjectKind::Contact, "desk/customer/1").await, none);
    assert_eq!(drifted(&desk, ObjectKind::Company, "desk/company/1").await, none);
}

#[tokio::test]
async fn a_teammates_work_on_a_conversation_is() {
    let id = |desk: &Desk| desk.ids.0[&key("desk/ticket/1")].0.clone();
    let actions: [(&str, Value, &str); 5] = [
        ("reply", json!({ "body": "Hello again" }), "part:"),
        ("note", json!({ "body": "Look" }), "part:"),
        ("open", json!({}), "state"),
        ("title", json!({ "title": "Better" }), "title"),
        ("assign", json!({ "to": OTHER_ADMIN, "admin": OTHER_ADMIN }), "part:"),
    ];
    for (name, more, field) in actions {
        let desk = prepared().await;
        let mut action = json!({ "do": name, "conversation": id(&desk) });
        for (name, value) in more.as_object().unwrap() {
            action[name] = value.clone();
        }
        desk.running.act(&action).unwrap();
        let found = drifted(&desk, ObjectKind::Conversation, "desk/ticket/1").await;
        assert!(found.iter().any(|found| found.starts_with(field)), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn an_edited_contact_with_another_note_is() {
    let mut desk = prepared().await;
    let ours = desk.done.clone();
    let made = desk.made.clone();
    let edit = ContactBody { name: Some("Somebody".into()), ..ContactBody::default() };
    let customer = key("desk/customer/1");
    desk.perform(&contact::update("edit".into(), &customer, &edit)).await;
    let theirs = contact::note("theirs".into(), &customer, "from a person", None);
    let note = desk.perform(&theirs).await;
    (desk.done, desk.made) = (ours, made);
    let found = drifted(&desk, ObjectKind::Contact, "desk/customer/1").await;
    assert_eq!(found, ["name".to_owned(), format!("note:{note}")]);
}
