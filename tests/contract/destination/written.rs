//! What is written reads back the same, is undone by its inverse, and restored from before.

use deskledger::destination::intercom::payload::article::{
    self, ArticleBody, ArticleState, CollectionBody,
};
use deskledger::destination::intercom::payload::attribute::{
    self, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
    OptionLabel, OptionValue,
};
use deskledger::destination::intercom::payload::company::{self, CompanyBody};
use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Assignee, Message};
use deskledger::destination::intercom::payload::{Attributes, tag};
use deskledger::destination::intercom::{
    ResolvedStep, Target, UndoBy, Verdict, changed, compare, inverse, read_back, restore, snapshot,
};
use deskledger::destination::{Destination, DestinationError, Step};
use deskledger::model::DestinationId;
use serde_json::json;

use super::support::{ADMIN, Desk, TEAM, at, done, file, key};

pub fn by() -> UndoBy {
    UndoBy { admin_id: ADMIN.into(), ..UndoBy::default() }
}

/// All steps performed on the object since `from` read back as they were sent.
async fn reads_back(desk: &Desk, from: usize, id: &DestinationId) {
    let steps: Vec<ResolvedStep> = desk.done[from..].to_vec();
    let target = Target::of(&steps[0].request, id.clone());
    let back = read_back(&desk.client, &target).await.unwrap();
    let fields = compare(&steps, &back, &desk.made);
    let wrong: Vec<_> = fields.iter().filter(|field| field.verdict != Verdict::Equal).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(fields.len() >= steps.len(), "too little compared: {fields:#?}");
}

async fn schema(desk: &mut Desk) {
    let tier = DataAttributeBody {
        name: "tier".into(),
        model: Model::Contact,
        data_type: DataType::Options,
        options: ["gold", "silver"].map(|value| OptionValue { value: value.into() }).to_vec(),
        description: Some("Tier".into()),
    };
    let from = desk.done.len();
    let id = desk.make("desk/field/tier", &attribute::create("create".into(), &tier)).await;
    reads_back(desk, from, &id).await;
    let area = ConversationAttributeBody {
        name: "area".into(),
        data_type: ConversationDataType::List,
        description: None,
        multiline: None,
        options: ["a", "b"].map(|label| OptionLabel { label: label.into() }).to_vec(),
        reference: None,
    };
    let step = attribute::create_for_conversations("create".into(), &area);
    let from = desk.done.len();
    let id = desk.make("desk/field/area", &step).await;
    reads_back(desk, from, &id).await;
    let from = desk.done.len();
    let id = desk.make("desk/tag/vip", &tag::create("create".into(), "VIP")).await;
    reads_back(desk, from, &id).await;
}

async fn people(desk: &mut Desk) -> DestinationId {
    let firm = CompanyBody {
        company_id: Some("c1".into()),
        name: Some("Acme".into()),
        plan: Some("Pro".into()),
        size: Some(5),
        website: Some("https://acme.example".into()),
        remote_created_at: Some(1_600_000_000),
        ..CompanyBody::default()
    };
    let from = desk.done.len();
    let id = desk.make("desk/company/1", &company::upsert("create".into(), &firm)).await;
    reads_back(desk, from, &id).await;
    let body = ContactBody {
        role: Some(Role::User),
        external_id: Some("desk-1".into()),
        email: Some("Ann@Example.com".into()),
        phone: Some("+49 (30) 12 34".into()),
        name: Some("Ann  Archer".into()),
        signed_up_at: Some(1_600_000_000),
        custom_attributes: Attributes::from([("tier".to_owned(), json!("gold"))]),
        ..ContactBody::default()
    };
    let from = desk.done.len();
    let id = desk.make("desk/customer/1", &contact::create("create".into(), &body)).await;
    let customer = key("desk/customer/1");
    desk.perform(&contact::tag("tag:vip".into(), &customer, &key("desk/tag/vip"))).await;
    let firm = key("desk/company/1");
    desk.perform(&contact::attach_company("company".into(), &customer, &firm)).await;
    let note = contact::note("memo:1".into(), &customer, "a <i>note</i>", Some(ADMIN.into()));
    desk.perform(&note).await;
    reads_back(desk, from, &id).await;
    id
}

pub async fn thread(desk: &mut Desk) -> DestinationId {
    let (customer, thread) = (key("desk/customer/1"), key("desk/ticket/1"));
    let create = conversation::create("create".into(), &customer, "1 < 2 &\n\nso on", at(0));
    let id = desk.make("desk/ticket/1", &create).await;
    let files = [file("a.txt"), file("b.txt")];
    let said = |body, seconds, files| Message { body, created_at: at(seconds), files };
    let values = Attributes::from([("area".to_owned(), json!("a"))]);
    let html = "<h2>So</h2><ul><li>a <a href=\"https://x.example/a\">link</a></li></ul>";
    let steps = [
        conversation::admin_comment("part:1".into(), &thread, ADMIN, &said(html, 60, &files)),
        conversation::contact_reply("part:2".into(), &thread, &customer, &said("ok", 60, &[])),
        conversation::note("part:3".into(), &thread, ADMIN, &said("<p>in</p>", 61, &files[..1])),
        conversation::update("attributes".into(), &thread, Some("Title"), &values, None),
        conversation::tag("tag:vip".into(), &thread, &key("desk/tag/vip"), ADMIN),
        conversation::assign("assign".into(), &thread, ADMIN, &Assignee::Admin(ADMIN.into())),
        conversation::assign("team".into(), &thread, ADMIN, &Assignee::Team(TEAM.into())),
        conversation::close("state".into(), &thread, ADMIN),
    ];
    for step in &steps {
        desk.perform(step).await;
    }
    id
}

/// A workspace with a schema, a company, a contact and a conversation of ours.
pub async fn prepared() -> Desk {
    let mut desk = Desk::start().await;
    schema(&mut desk).await;
    people(&mut desk).await;
    thread(&mut desk).await;
    desk
}

#[tokio::test]
async fn a_whole_migration_reads_back_as_it_was_sent() {
    let mut desk = Desk::start().await;
    schema(&mut desk).await;
    people(&mut desk).await;
    let from = desk.done.len();
    let id = thread(&mut desk).await;
    reads_back(&desk, from, &id).await;

    let from = desk.done.len();
    let guides = CollectionBody { name: Some("Guides".into()), ..Default::default() };
    let step = article::create_collection("create".into(), &guides);
    let id = desk.make("desk/collection/1", &step).await;
    reads_back(&desk, from, &id).await;

    let from = desk.done.len();
    let mut body = ArticleBody {
        title: Some("How".into()),
        body: Some("<h3>One</h3>text <b>bold</b><ul><li>x</li></ul>".into()),
        author_id: Some(991_267_001.into()),
        state: Some(ArticleState::Draft),
        ..Default::default()
    };
    body.create_in(&key("desk/collection/1"));
    let id = desk.make("desk/article/1", &article::create("create".into(), &body)).await;
    let how = key("desk/article/1");
    desk.perform(&article::tag("tag:vip".into(), &how, &key("desk/tag/vip"), None)).await;
    let publish = ArticleBody { state: Some(ArticleState::Published), ..Default::default() };
    desk.perform(&article::update("state".into(), &how, &publish)).await;
    reads_back(&desk, from, &id).await;
}

#[tokio::test]
async fn undoing_the_last_first_leaves_nothing_that_can_be_read() {
    let mut desk = Desk::start().await;
    schema(&mut desk).await;
    people(&mut desk).await;
    thread(&mut desk).await;
    let before = desk.running.mailbox().len();
    for step in desk.done.clone().iter().rev() {
        let object = &desk.made[&step.key];
        let object = match step.request.operation.name() {
            // Several records share the key `create`; the object is that of the record.
            name if name.ends_with("_create") || name == "company_upsert" => {
                created(&desk, step).unwrap_or_else(|| object.clone())
            }
            _ => object.clone(),
        };
        let Some(undo) = inverse(&step.request, &object, &by()) else { continue };
        done(desk.client.attempt(&undo).await, &undo);
    }
    assert_eq!(desk.running.mailbox().len(), before, "undoing notifies nobody");
    for record in ["desk/ticket/1", "desk/tag/vip"] {
        let id = desk.ids.0[&key(record)].clone();
        let create = desk.done.iter().find(|step| created(&desk, step).as_ref() == Some(&id));
        let target = Target::of(&create.unwrap().request, id);
        let gone = read_back(&desk.client, &target).await;
        assert!(matches!(gone, Err(DestinationError::Absent { .. })), "{record}: {gone:?}");
    }
}

/// The object of the record that a create made, by what it says.
fn created(desk: &Desk, step: &ResolvedStep) -> Option<DestinationId> {
    let record = match step.request.operation.name() {
        "contact_create" => "desk/customer/1",
        "company_upsert" => "desk/company/1",
        "conversation_create" => "desk/ticket/1",
        "tag_create" => "desk/tag/vip",
        "data_attribute_create" => "desk/field/tier",
        "conversation_attribute_create" => "desk/field/area",
        _ => return None,
    };
    desk.ids.0.get(&key(record)).cloned()
}

/// Performs `step` and restores; the object is as it was.
async fn comes_back(desk: &mut Desk, step: &Step, id: &DestinationId) {
    let target = Target::of(&desk.resolve(step), id.clone());
    let before = read_back(&desk.client, &target).await.unwrap();
    desk.perform(step).await;
    let with = read_back(&desk.client, &target).await.unwrap();
    assert_ne!(snapshot(&before), snapshot(&with), "{} changed nothing", step.key);
    let request = desk.resolve(step);
    let plan = restore(&before, &request, &by());
    assert!(plan.kept.is_empty(), "{:?}", plan.kept);
    for request in &plan.requests {
        done(desk.client.attempt(request).await, request);
    }
    let after = read_back(&desk.client, &target).await.unwrap();
    let differ = changed(&snapshot(&before), &snapshot(&after));
    // A conversation keeps the parts that say what was changed (reversibility: compensating).
    let differ: Vec<_> = differ.iter().filter(|name| *name != "parts").collect();
    assert!(differ.is_empty(), "{}: {differ:?}", step.key);
}

#[tokio::test]
async fn updates_are_restored_to_what_was_before() {
    let mut desk = Desk::start().await;
    schema(&mut desk).await;
    let person = people(&mut desk).await;
    let talk = thread(&mut desk).await;
    let update = ContactBody {
        name: Some("Other".into()),
        phone: Some("+4411".into()),
        custom_attributes: Attributes::from([("tier".to_owned(), json!("silver"))]),
        ..ContactBody::default()
    };
    let customer = key("desk/customer/1");
    comes_back(&mut desk, &contact::update("u1".into(), &customer, &update), &person).await;
    let firm = CompanyBody {
        company_id: Some("c1".into()),
        name: Some("Other".into()),
        remote_created_at: Some(1_500_000_000),
        ..CompanyBody::default()
    };
    let id = desk.ids.0[&key("desk/company/1")].clone();
    comes_back(&mut desk, &company::upsert("u2".into(), &firm), &id).await;
    let ticket = key("desk/ticket/1");
    let values = Attributes::from([("area".to_owned(), json!("b"))]);
    let step = conversation::update("u3".into(), &ticket, Some("New"), &values, None);
    comes_back(&mut desk, &step, &talk).await;
    let step = conversation::open("u4".into(), &ticket, ADMIN);
    comes_back(&mut desk, &step, &talk).await;
    let nobody = conversation::assign("u5".into(), &ticket, ADMIN, &Assignee::Nobody);
    comes_back(&mut desk, &nobody, &talk).await;
}
