//! A small migration in which every object and every kind of step has its place.

use deskledger::destination::Step;
use deskledger::destination::intercom::payload::article::{
    self, ArticleBody, ArticleState, CollectionBody, InternalArticleBody, RedirectTarget,
};
use deskledger::destination::intercom::payload::attribute::{
    self, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
    OptionLabel,
};
use deskledger::destination::intercom::payload::company::{self, CompanyBody};
use deskledger::destination::intercom::payload::contact::{self, Consent, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Assignee, Message};
use deskledger::destination::intercom::payload::object::{self, ObjectBody};
use deskledger::destination::intercom::payload::ticket::{
    self, Ticket, TicketAttributeBody, TicketCategory, TicketChange, TicketTypeBody,
};
use deskledger::destination::intercom::payload::{Attributes, Ref, tag};
use deskledger::mapping::draft::{Becomes, Draft};
use deskledger::model::event::Phase;
use deskledger::model::{SourceKey, Timestamp};
use serde_json::{Value, json};

/// A teammate and a team of the simulator's own.
pub const ADMIN: &str = "991267001";
const TEAM: &str = "5017001";
const AUTHOR: i64 = 991_267_001;

/// The type of custom object.
pub const ASSET: &str = "Asset";

pub fn k(name: &str) -> SourceKey {
    format!("desk/{name}").parse().unwrap()
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_600_000_000 + seconds)
}

fn said(body: &str, seconds: i64) -> Message<'_> {
    Message { body, created_at: at(seconds), files: &[] }
}

pub fn in_phase(phase: Phase, name: &str, steps: Vec<Step>) -> Draft {
    Draft { phase, ..Draft::new(k(name), Becomes::Tag, steps) }
}

fn schema() -> Vec<Draft> {
    let create = || "create".into();
    let tier = DataAttributeBody {
        name: "tier".into(),
        model: Model::Contact,
        data_type: DataType::String,
        options: Vec::new(),
        description: None,
    };
    let area = ConversationAttributeBody {
        name: "area".into(),
        data_type: ConversationDataType::List,
        description: None,
        multiline: None,
        options: ["a", "b"].map(|label| OptionLabel { label: label.into() }).to_vec(),
        reference: None,
    };
    let kind = TicketTypeBody {
        name: "Repair".into(),
        description: None,
        category: TicketCategory::Customer,
        icon: None,
    };
    let field = TicketAttributeBody {
        name: "source_id".into(),
        description: "Source id".into(),
        data_type: "string",
        multiline: None,
        list_items: None,
        visible_to_contacts: None,
    };
    let area = [
        attribute::create_for_conversations(create(), &area),
        attribute::add_option("option:c".into(), &k("area/1"), "c"),
    ];
    let kind = [
        ticket::create_type(create(), &kind),
        ticket::create_attribute("field".into(), &k("kind/1"), &field),
    ];
    let phase = Phase::Schema;
    vec![
        in_phase(phase, "tag/vip", vec![tag::create(create(), "vip")]),
        in_phase(phase, "tier/1", vec![attribute::create(create(), &tier)]),
        in_phase(phase, "area/1", area.to_vec()),
        in_phase(phase, "kind/1", kind.to_vec()),
    ]
}

/// A person without an identity of its own: two of them look the same.
pub fn lead(name: &str) -> Draft {
    let body = ContactBody {
        role: Some(Role::Lead),
        name: Some("Walk-in".into()),
        email: Some("walk-in@example.com".into()),
        ..ContactBody::default()
    };
    let key = format!("lead/{name}");
    in_phase(Phase::Contacts, &key, vec![contact::create("create".into(), &body)])
}

fn people() -> Vec<Draft> {
    let create = || "create".into();
    let (ann, firm) = (k("person/ann"), k("company/1"));
    let user = |name: &str| ContactBody {
        role: Some(Role::User),
        external_id: Some(name.into()),
        email: Some(format!("{name}@example.com")),
        custom_attributes: Attributes::from([("tier".to_owned(), json!("gold"))]),
        ..ContactBody::default()
    };
    let body = CompanyBody {
        company_id: Some("c1".into()),
        name: Some("Acme".into()),
        ..Default::default()
    };
    let company = vec![
        company::upsert(create(), &body),
        company::note("note:1".into(), &firm, "Pays late", Some(ADMIN.into())),
        tag::tag_companies("tag".into(), "vip", [Ref::from(&firm)]),
    ];
    let ann_steps = vec![
        contact::create(create(), &user("ann")),
        contact::tag("tag:vip".into(), &ann, &k("tag/vip")),
        contact::attach_company("company".into(), &ann, &firm),
        contact::subscribe("news".into(), &ann, "91", Consent::OptOut),
        contact::note("memo:1".into(), &ann, "Called", Some(ADMIN.into())),
        contact::note("memo:2".into(), &ann, "Called", Some(ADMIN.into())),
    ];
    let ben = vec![contact::create(create(), &user("ben"))];
    vec![
        in_phase(Phase::Companies, "company/1", company),
        in_phase(Phase::Contacts, "person/ann", ann_steps),
        in_phase(Phase::Contacts, "person/ben", ben),
        lead("one"),
        lead("two"),
    ]
}

fn threads() -> Vec<Draft> {
    let create = || "create".into();
    let (ann, vip) = (k("person/ann"), k("tag/vip"));
    let talk = k("talk/1");
    let values = Attributes::from([("area".to_owned(), json!("a"))]);
    let full = vec![
        conversation::create(create(), &ann, "1 < 2\nso on", at(0)),
        conversation::admin_comment("part:1".into(), &talk, ADMIN, &said("<p>Same</p>", 60)),
        conversation::admin_comment("part:2".into(), &talk, ADMIN, &said("<p>Same</p>", 60)),
        conversation::contact_reply("part:3".into(), &talk, &ann, &said("<p>Thanks</p>", 61)),
        conversation::note("part:4".into(), &talk, ADMIN, &said("<p>Inside</p>", 62)),
        conversation::update("attributes".into(), &talk, Some("Title"), &values, None),
        conversation::add_participant("with:ben".into(), &talk, &k("person/ben"), ADMIN),
        conversation::tag("tag:vip".into(), &talk, &vip, ADMIN),
        conversation::assign("assign".into(), &talk, ADMIN, &Assignee::Team(TEAM.into())),
        conversation::close("state".into(), &talk, ADMIN),
    ];
    let snoozed = k("talk/2");
    let other = vec![
        conversation::create(create(), &ann, "1 < 2\nso on", at(1)),
        conversation::snooze("state".into(), &snoozed, ADMIN, at(600_000_000)),
    ];
    let values = |id: &str| {
        Attributes::from([
            ("_default_title_".to_owned(), json!("Broken")),
            ("source_id".to_owned(), json!(id)),
        ])
    };
    let (kind, first) = (k("kind/1"), values("1"));
    let new = Ticket {
        ticket_type: Ref::from(&kind),
        contact: Ref::from(&ann),
        attributes: &first,
        linked_to: None,
        created_at: at(5),
    };
    let broken = k("ticket/1");
    let state = TicketChange { state: Some("8002".into()), ..TicketChange::default() };
    let ticket_steps = vec![
        ticket::create(create(), &new),
        ticket::contact_reply("part:1".into(), &broken, &ann, &said("<p>More</p>", 70)),
        ticket::admin_comment("part:2".into(), &broken, ADMIN, &said("<p>Answer</p>", 71)),
        ticket::note("part:3".into(), &broken, ADMIN, &said("<p>Inside</p>", 72)),
        ticket::tag("tag:vip".into(), &broken, &vip, ADMIN),
        ticket::update("state".into(), &broken, &state),
    ];
    let asset = ObjectBody {
        external_id: "ci-1".into(),
        external_created_at: None,
        external_updated_at: None,
        custom_attributes: Attributes::from([("total".to_owned(), json!(5))]),
    };
    vec![
        in_phase(Phase::Conversations, "talk/1", full),
        in_phase(Phase::Conversations, "talk/2", other),
        in_phase(Phase::Conversations, "ticket/1", ticket_steps),
        in_phase(Phase::Objects, "asset/1", vec![object::upsert(create(), ASSET, &asset)]),
    ]
}

fn knowledge() -> Vec<Draft> {
    let create = || "create".into();
    let guides = CollectionBody { name: Some("Guides".into()), ..Default::default() };
    let page = |key: &str| {
        let mut body = ArticleBody {
            title: Some("Frequent questions".into()),
            body: Some("<p>x</p>".into()),
            author_id: Some(AUTHOR.into()),
            state: Some(ArticleState::Draft),
            ..Default::default()
        };
        body.create_in(&k("shelf/1"));
        let own = k(key);
        let publish = ArticleBody { state: Some(ArticleState::Published), ..Default::default() };
        let steps = vec![
            article::create(create(), &body),
            article::tag("tag:vip".into(), &own, &k("tag/vip"), Some(ADMIN.into())),
            article::update("publish".into(), &own, &publish),
        ];
        in_phase(Phase::Articles, key, steps)
    };
    let inside = InternalArticleBody {
        title: Some("In".into()),
        body: Some("<p>y</p>".into()),
        author_id: Some(AUTHOR.into()),
        owner_id: Some(AUTHOR.into()),
    };
    let target = (RedirectTarget::Article, Ref::from(&k("article/1")));
    let from = "https://help.simulator.test/old";
    let redirect = article::create_redirect(create(), "79", from, "en", target);
    let phase = Phase::Articles;
    vec![
        in_phase(phase, "shelf/1", vec![article::create_collection(create(), &guides)]),
        page("article/1"),
        page("article/2"),
        in_phase(phase, "inside/1", vec![article::create_internal(create(), &inside)]),
        in_phase(phase, "redirect/1", vec![redirect]),
    ]
}

/// The workspace before.
pub fn workspace() -> Value {
    json!({ "custom_object_types": [{ "identifier": ASSET, "attributes": ["total"] }] })
}

/// All of it.
pub fn everything() -> Vec<Draft> {
    [schema(), people(), threads(), knowledge()].into_iter().flatten().collect()
}
