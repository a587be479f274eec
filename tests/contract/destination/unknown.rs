//! Answers that were lost after the request was carried out, and before: the look-up tells.

use deskledger::destination::intercom::payload::article::{self, ArticleBody, CollectionBody};
use deskledger::destination::intercom::payload::attribute::{
    self, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
    OptionLabel,
};
use deskledger::destination::intercom::payload::company::{self, CompanyBody};
use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Assignee, Message};
use deskledger::destination::intercom::payload::ticket::{self, Ticket};
use deskledger::destination::intercom::payload::{Attributes, tag};
use deskledger::destination::{Answer, Destination, LookUp, Step};
use deskledger::model::{DestinationId, Timestamp};
use serde_json::json;

use super::support::{ADMIN, Desk, TEAM, at, bounded, key};

fn person(name: &str) -> ContactBody {
    ContactBody {
        role: Some(Role::User),
        external_id: Some(name.into()),
        email: Some(format!("{name}@example.com")),
        ..ContactBody::default()
    }
}

/// A workspace with a contact, a company, a tag, a conversation and their keys.
pub async fn furnished() -> Desk {
    let mut desk = Desk::start().await;
    desk.make("desk/customer/1", &contact::create("create".into(), &person("ann"))).await;
    let body = CompanyBody { company_id: Some("c1".into()), ..CompanyBody::default() };
    desk.make("desk/company/1", &company::upsert("create".into(), &body)).await;
    desk.make("desk/tag/vip", &tag::create("create".into(), "vip")).await;
    let customer = key("desk/customer/1");
    let create = conversation::create("create".into(), &customer, "Hello", at(0));
    desk.make("desk/ticket/1", &create).await;
    let attribute = ConversationAttributeBody {
        name: "area".into(),
        data_type: ConversationDataType::List,
        description: None,
        multiline: None,
        options: vec![OptionLabel { label: "a".into() }, OptionLabel { label: "b".into() }],
        reference: None,
    };
    let attribute = attribute::create_for_conversations("create".into(), &attribute);
    desk.make("desk/field/area", &attribute).await;
    desk
}

/// Steps that a furnished workspace takes, each of its own kind.
pub fn steps() -> Vec<Step> {
    let (customer, thread) = (key("desk/customer/1"), key("desk/ticket/1"));
    let (vip, firm) = (key("desk/tag/vip"), key("desk/company/1"));
    let said = |body| Message { body, created_at: at(60), files: &[] };
    let collection = CollectionBody { name: Some("Guides".into()), ..Default::default() };
    let body = ArticleBody {
        title: Some("How".into()),
        body: Some("<p>x</p>".into()),
        author_id: Some(991_267_001.into()),
        ..Default::default()
    };
    let tier = DataAttributeBody {
        name: "tier".into(),
        model: Model::Contact,
        data_type: DataType::String,
        options: Vec::new(),
        description: None,
    };
    let values = Attributes::from([("area".to_owned(), json!("a"))]);
    let none = Attributes::new();
    let new = Ticket {
        ticket_type: "70".into(),
        contact: (&customer).into(),
        attributes: &Attributes::from([("_default_title_".to_owned(), json!("Broken"))]),
        created_at: at(5),
        linked_to: None,
    };
    let lead = ContactBody {
        role: Some(Role::Lead),
        name: Some("Walk-in".into()),
        email: Some("lead@example.com".into()),
        ..Default::default()
    };
    let rename = ContactBody { name: Some("Ann".into()), ..Default::default() };
    let firm_body = CompanyBody {
        company_id: Some("c2".into()),
        name: Some("Two".into()),
        ..Default::default()
    };
    vec![
        contact::create("c1".into(), &person("ben")),
        contact::create("c2".into(), &lead),
        contact::update("c3".into(), &customer, &rename),
        contact::tag("c4".into(), &customer, &vip),
        contact::attach_company("c5".into(), &customer, &firm),
        contact::note("c6".into(), &customer, "Called <b>twice</b>", Some(ADMIN.into())),
        company::upsert("f1".into(), &firm_body),
        company::note("f2".into(), &firm, "Pays late", Some(ADMIN.into())),
        tag::create("t1".into(), "gold"),
        attribute::create("a1".into(), &tier),
        attribute::add_option("a2".into(), &key("desk/field/area"), "c"),
        conversation::create("n1".into(), &customer, "1 < 2\nsecond line", at(10)),
        conversation::contact_reply("n2".into(), &thread, &customer, &said("<p>More</p>")),
        conversation::admin_comment("n3".into(), &thread, ADMIN, &said("<p>Answer</p>")),
        conversation::note("n4".into(), &thread, ADMIN, &said("<p>Inside</p>")),
        conversation::update("n5".into(), &thread, Some("Title"), &none, None),
        conversation::update("n6".into(), &thread, None, &values, None),
        conversation::tag("n7".into(), &thread, &vip, ADMIN),
        conversation::assign("n8".into(), &thread, ADMIN, &Assignee::Team(TEAM.into())),
        conversation::snooze("n9".into(), &thread, ADMIN, at(600_000_000)),
        conversation::close("n10".into(), &thread, ADMIN),
        article::create_collection("h1".into(), &collection),
        article::create("h2".into(), &body),
        ticket::create("k1".into(), &new),
    ]
}

/// Repeatable requests are refused for now after a server error, and simply sent again.
fn landed(found: LookUp, step: &Step) -> Option<DestinationId> {
    match found {
        LookUp::Landed { object, .. } => object,
        other => panic!("{} {}: {other:?}", step.operation.name(), step.key),
    }
}

#[tokio::test]
async fn what_was_carried_out_is_found() {
    for step in steps() {
        for fault in ["drop_after", "truncated"] {
            let desk = furnished().await;
            let before = desk.writes();
            let object = landed(bounded(desk.lose(&step, fault)).await, &step);
            let name = step.operation.name();
            assert_eq!(desk.writes(), before + 1, "{name}: looking up changes nothing");
            assert!(object.is_some(), "{name} made nothing");
        }
    }
}

#[tokio::test]
async fn what_was_found_is_what_the_answer_would_have_named() {
    for step in steps() {
        let desk = furnished().await;
        let request = desk.resolve(&step);
        let sent_at = desk.env.now();
        let answer = desk.client.attempt(&request).await;
        let Answer::Done { object, .. } = answer else { panic!("{}: {answer:?}", step.key) };
        let found = landed(desk.look_up(&request, sent_at, &[]).await, &step);
        assert_eq!(found, object, "{}", step.operation.name());
    }
}

#[tokio::test]
async fn what_was_not_carried_out_is_absent() {
    for step in steps() {
        let desk = furnished().await;
        let found = bounded(desk.lose(&step, "drop_before")).await;
        assert_eq!(found, LookUp::Absent, "{} {}", step.operation.name(), step.key);
    }
}

#[tokio::test]
async fn what_is_accounted_for_is_not_found_again() {
    let mut desk = furnished().await;
    let said = Message { body: "<p>Same</p>", created_at: at(60), files: &[] };
    let thread = key("desk/ticket/1");
    let note = conversation::note("part:1".into(), &thread, ADMIN, &said);
    let first = desk.perform(&note).await;
    let request = desk.resolve(&note);
    let sent_at = desk.env.now();
    assert_eq!(desk.look_up(&request, sent_at, &[&first]).await, LookUp::Absent);
    let second = desk.perform(&note).await;
    assert_ne!(first, second);
    let LookUp::Landed { object, .. } = desk.look_up(&request, sent_at, &[&first]).await else {
        panic!("the second is there")
    };
    assert_eq!(object, Some(second.clone()));
    let LookUp::Ambiguous { mut candidates } = desk.look_up(&request, sent_at, &[]).await else {
        panic!("either may be it")
    };
    candidates.sort();
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(candidates, both);
}

/// Intercom reads back the newest 500 parts of a thread (FACTS §5.4).
#[tokio::test]
async fn in_a_long_thread_what_may_be_hidden_is_not_called_absent() {
    let desk = furnished().await;
    let thread = key("desk/ticket/1");
    let note = |number: u32, created_at| {
        let body = format!("<p>n{number}</p>");
        let said = Message { body: &body, created_at, files: &[] };
        conversation::note(format!("part:{number}").as_str().into(), &thread, ADMIN, &said)
    };
    let early = desk.resolve(&note(1, at(60)));
    let sent_at = desk.env.now();
    desk.faults(json!([{ "what": "drop_after", "first": 1 }]));
    assert!(matches!(desk.client.attempt(&early).await, Answer::Unknown { .. }));
    desk.running.set_faults(Vec::new());
    let LookUp::Landed { .. } = desk.look_up(&early, sent_at, &[]).await else {
        panic!("shown, but not found")
    };
    let id = desk.ids.0[&thread].as_str();
    for number in 0..500 {
        let said = json!({ "do": "note", "conversation": id, "body": format!("<p>s{number}</p>") });
        desk.running.act(&said).unwrap();
    }
    let hidden = LookUp::Ambiguous { candidates: Vec::new() };
    assert_eq!(desk.look_up(&early, sent_at, &[]).await, hidden);
    assert_eq!(desk.lose(&note(2, at(61)), "drop_before").await, hidden);
    let late = note(3, at(62));
    landed(desk.lose(&late, "drop_after").await, &late);
    // What is newer than all that is shown would be shown.
    let newest = note(4, Timestamp(sent_at.0 + 60_000));
    assert_eq!(desk.lose(&newest, "drop_before").await, LookUp::Absent);
}

#[tokio::test]
async fn what_cannot_be_read_is_looked_up_later() {
    let desk = furnished().await;
    let request = desk.resolve(&contact::create("c".into(), &person("zoe")));
    desk.faults(json!([{ "what": "error_before", "status": 500 }]));
    let found = desk.look_up(&request, desk.env.now(), &[]).await;
    assert!(matches!(found, LookUp::TryLater { .. }), "{found:?}");
}
