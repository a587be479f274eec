//! A workspace in which every operation has something to do, and one request for each of them.

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
use deskledger::destination::{Operation, Request, Step};
use deskledger::model::SourceKey;
use intercom_simulator::Options;
use serde_json::{Value, json};

use super::support::{ADMIN, Desk, TEAM, at, done, key};

const AUTHOR: i64 = 991_267_001;
const CENTRE: &str = "79";
const ASSET: &str = "Asset";

fn k(name: &str) -> SourceKey {
    key(&format!("desk/{name}"))
}

fn person(name: &str) -> ContactBody {
    ContactBody {
        role: Some(Role::User),
        external_id: Some(name.into()),
        email: Some(format!("{name}@example.com")),
        ..ContactBody::default()
    }
}

fn firm(id: &str, name: &str) -> CompanyBody {
    CompanyBody { company_id: Some(id.into()), name: Some(name.into()), ..CompanyBody::default() }
}

fn guide(title: &str, state: ArticleState) -> ArticleBody {
    ArticleBody {
        title: Some(title.into()),
        body: Some("<p>x</p>".into()),
        author_id: Some(AUTHOR.into()),
        state: Some(state),
        ..ArticleBody::default()
    }
}

fn titled(title: &str) -> ArticleBody {
    ArticleBody { title: Some(title.into()), ..ArticleBody::default() }
}

fn shelf(name: &str) -> CollectionBody {
    CollectionBody { name: Some(name.into()), ..CollectionBody::default() }
}

fn internal(title: &str) -> InternalArticleBody {
    InternalArticleBody {
        title: Some(title.into()),
        body: Some("<p>y</p>".into()),
        author_id: Some(AUTHOR.into()),
        owner_id: Some(AUTHOR.into()),
    }
}

fn attribute_body(name: &str) -> ConversationAttributeBody {
    ConversationAttributeBody {
        name: name.into(),
        data_type: ConversationDataType::List,
        description: None,
        multiline: None,
        options: ["a", "b", "c"].map(|label| OptionLabel { label: label.into() }).to_vec(),
        reference: None,
    }
}

fn data_attribute(name: &str) -> DataAttributeBody {
    DataAttributeBody {
        name: name.into(),
        model: Model::Contact,
        data_type: DataType::String,
        options: Vec::new(),
        description: None,
    }
}

fn kind_of_ticket(name: &str) -> TicketTypeBody {
    TicketTypeBody {
        name: name.into(),
        description: None,
        category: TicketCategory::Customer,
        icon: None,
    }
}

fn ticket_field(name: &str) -> TicketAttributeBody {
    TicketAttributeBody {
        name: name.into(),
        description: "x".into(),
        data_type: "string",
        multiline: None,
        list_items: None,
        visible_to_contacts: None,
    }
}

fn asset(id: &str, total: i64) -> ObjectBody {
    ObjectBody {
        external_id: id.into(),
        external_created_at: None,
        external_updated_at: None,
        custom_attributes: Attributes::from([("total".to_owned(), json!(total))]),
    }
}

fn said(body: &'static str) -> Message<'static> {
    Message { body, created_at: at(60), files: &[] }
}

fn new_ticket(kind: &str, seconds: i64) -> Step {
    let values = Attributes::from([("_default_title_".to_owned(), json!("Broken"))]);
    let (ticket_type, contact) = (kind.into(), Ref::from(&k("person/ann")));
    let new = Ticket {
        ticket_type,
        contact,
        attributes: &values,
        linked_to: None,
        created_at: at(seconds),
    };
    ticket::create("create".into(), &new)
}

async fn people(desk: &mut Desk) {
    for name in ["ann", "ben", "cleo", "dora"] {
        let create = contact::create("create".into(), &person(name));
        desk.make(&format!("desk/person/{name}"), &create).await;
    }
    desk.perform(&contact::archive("x".into(), &k("person/cleo"))).await;
    for name in ["free", "used"] {
        desk.make(&format!("desk/tag/{name}"), &tag::create("create".into(), name)).await;
        let create = company::upsert("create".into(), &firm(name, name));
        desk.make(&format!("desk/company/{name}"), &create).await;
    }
    let ann = k("person/ann");
    desk.perform(&contact::tag("x".into(), &ann, &k("tag/used"))).await;
    desk.perform(&contact::attach_company("x".into(), &ann, &k("company/used"))).await;
    desk.perform(&contact::subscribe("x".into(), &ann, "92", Consent::OptIn)).await;
    let used = [Ref::from(&k("company/used"))];
    desk.perform(&tag::tag_companies("x".into(), "used", used)).await;
}

async fn threads(desk: &mut Desk) {
    let (ann, used) = (k("person/ann"), k("tag/used"));
    for (number, name) in (0_i64..).zip(["talk", "other", "closed"]) {
        let create = conversation::create("create".into(), &ann, "Hello", at(number));
        desk.make(&format!("desk/thread/{name}"), &create).await;
    }
    let other = k("thread/other");
    let comment = conversation::admin_comment("x".into(), &other, ADMIN, &said("<p>Old</p>"));
    desk.make("desk/part/1", &comment).await;
    desk.perform(&conversation::add_participant("x".into(), &other, &k("person/ben"), ADMIN)).await;
    desk.perform(&conversation::tag("x".into(), &other, &used, ADMIN)).await;
    desk.perform(&conversation::close("x".into(), &k("thread/closed"), ADMIN)).await;
    let area = attribute::create_for_conversations("create".into(), &attribute_body("area"));
    desk.make("desk/attribute/area", &area).await;
    let tier = attribute::create("create".into(), &data_attribute("tier"));
    desk.make("desk/attribute/tier", &tier).await;
    let own = ticket::create_type("create".into(), &kind_of_ticket("Own"));
    desk.make("desk/kind/own", &own).await;
    let field = ticket::create_attribute("create".into(), &k("kind/own"), &ticket_field("one"));
    desk.make("desk/kind_field/one", &field).await;
    desk.make("desk/ticket/plain", &new_ticket("70", 5)).await;
    desk.make("desk/ticket/tracker", &new_ticket("72", 6)).await;
    desk.perform(&ticket::tag("x".into(), &k("ticket/plain"), &used, ADMIN)).await;
    desk.perform(&ticket::link("x".into(), &k("ticket/tracker"), &other)).await;
}

async fn knowledge(desk: &mut Desk) {
    let guides = article::create_collection("create".into(), &shelf("Guides"));
    desk.make("desk/shelf/guides", &guides).await;
    for name in ["live", "staged"] {
        let create = article::create("create".into(), &guide(name, ArticleState::Published));
        desk.make(&format!("desk/article/{name}"), &create).await;
    }
    desk.perform(&article::stage_draft("x".into(), &k("article/staged"), &titled("Next"))).await;
    let (live, used) = (k("article/live"), k("tag/used"));
    desk.perform(&article::tag("x".into(), &live, &used, None)).await;
    let inside = article::create_internal("create".into(), &internal("In"));
    desk.make("desk/inside/1", &inside).await;
    let target = (RedirectTarget::Article, Ref::from(&live));
    let from = "https://help.simulator.test/was";
    let create = article::create_redirect("create".into(), CENTRE, from, "en", target);
    desk.make("desk/redirect/1", &create).await;
    let instance = object::upsert("create".into(), ASSET, &asset("ci-1", 5));
    desk.make("desk/asset/1", &instance).await;
}

/// The workspace.
pub async fn workspace() -> Desk {
    let objects = json!({ "custom_object_types": [
        { "identifier": ASSET, "attributes": ["total"] },
    ] });
    let options = Options { workspace: objects, ..Options::default() };
    let mut desk = Desk::options(options).await;
    people(&mut desk).await;
    threads(&mut desk).await;
    knowledge(&mut desk).await;
    desk
}

fn of_people() -> Vec<Step> {
    let (ann, free, used) = (k("person/ann"), k("tag/free"), k("tag/used"));
    let s = || "it".into();
    let rename = ContactBody { name: Some("Ann".into()), ..ContactBody::default() };
    let lead = ContactBody {
        role: Some(Role::Lead),
        name: Some("Walk-in".into()),
        email: Some("lead@example.com".into()),
        ..ContactBody::default()
    };
    let other = CompanyBody { name: Some("Renamed".into()), ..CompanyBody::default() };
    let free_firm = || [Ref::from(&k("company/free"))];
    let used_firm = || [Ref::from(&k("company/used"))];
    vec![
        contact::create(s(), &person("eve")),
        contact::create(s(), &lead),
        contact::update(s(), &ann, &rename),
        contact::archive(s(), &k("person/dora")),
        contact::unarchive(s(), &k("person/cleo")),
        contact::delete(s(), &k("person/dora")),
        contact::tag(s(), &ann, &free),
        contact::untag(s(), &ann, &used),
        contact::attach_company(s(), &ann, &k("company/free")),
        contact::detach_company(s(), &ann, &k("company/used")),
        contact::subscribe(s(), &ann, "91", Consent::OptOut),
        contact::unsubscribe(s(), &ann, "92"),
        contact::note(s(), &ann, "Called <b>twice</b>", Some(ADMIN.into())),
        company::upsert(s(), &firm("new", "New")),
        company::update(s(), &k("company/used"), &other),
        company::delete(s(), &k("company/used")),
        company::note(s(), &k("company/used"), "Pays late", Some(ADMIN.into())),
        tag::create(s(), "fresh"),
        tag::rename(s(), &free, "gratis"),
        tag::delete(s(), &free),
        tag::tag_companies(s(), "used", free_firm()),
        tag::untag_companies(s(), "used", used_firm()),
        attribute::create(s(), &data_attribute("level")),
        attribute::archive(s(), &k("attribute/tier")),
    ]
}

fn of_threads() -> Vec<Step> {
    let (ann, free, used) = (k("person/ann"), k("tag/free"), k("tag/used"));
    let (talk, other) = (k("thread/talk"), k("thread/other"));
    let s = || "it".into();
    let values = Attributes::from([("area".to_owned(), json!("a"))]);
    vec![
        attribute::create_for_conversations(s(), &attribute_body("region")),
        attribute::archive_for_conversations(s(), &k("attribute/area")),
        attribute::add_option(s(), &k("attribute/area"), "d"),
        conversation::create(s(), &ann, "1 < 2\nsecond line", at(10)),
        conversation::contact_reply(s(), &talk, &ann, &said("<p>More</p>")),
        conversation::admin_comment(s(), &talk, ADMIN, &said("<p>Answer</p>")),
        conversation::note(s(), &talk, ADMIN, &said("<p>Inside</p>")),
        conversation::update(s(), &talk, Some("Title"), &values, None),
        conversation::tag(s(), &talk, &free, ADMIN),
        conversation::untag(s(), &other, &used, ADMIN),
        conversation::assign(s(), &talk, ADMIN, &Assignee::Team(TEAM.into())),
        conversation::snooze(s(), &talk, ADMIN, at(600_000_000)),
        conversation::close(s(), &talk, ADMIN),
        conversation::open(s(), &k("thread/closed"), ADMIN),
        conversation::add_participant(s(), &talk, &k("person/ben"), ADMIN),
        conversation::remove_participant(s(), &other, &k("person/ben"), ADMIN),
        conversation::redact_part(s(), &other, &k("part/1")),
        conversation::convert(s(), &talk, "70", None, &Attributes::new()),
        conversation::delete(s(), &talk),
    ]
}

fn of_knowledge() -> Vec<Step> {
    let (live, free, used) = (k("article/live"), k("tag/free"), k("tag/used"));
    let s = || "it".into();
    let target = (RedirectTarget::Article, Ref::from(&live));
    let from = "https://help.simulator.test/old";
    vec![
        article::create_collection(s(), &shelf("More")),
        article::update_collection(s(), &k("shelf/guides"), &shelf("Guide")),
        article::delete_collection(s(), &k("shelf/guides")),
        article::create(s(), &guide("How", ArticleState::Draft)),
        article::update(s(), &live, &titled("Live too")),
        article::stage_draft(s(), &live, &titled("Soon")),
        article::publish_draft(s(), &k("article/staged")),
        article::tag(s(), &live, &free, Some(ADMIN.into())),
        article::untag(s(), &live, &used),
        article::delete(s(), &k("article/staged")),
        article::create_redirect(s(), CENTRE, from, "en", target),
        article::delete_redirect(s(), CENTRE, &k("redirect/1")),
        article::create_internal(s(), &internal("New")),
        article::update_internal(s(), &k("inside/1"), &internal("Changed")),
        article::delete_internal(s(), &k("inside/1")),
    ]
}

fn of_tickets() -> Vec<Step> {
    let (ann, free, used) = (k("person/ann"), k("tag/free"), k("tag/used"));
    let (plain, tracker) = (k("ticket/plain"), k("ticket/tracker"));
    let s = || "it".into();
    let state = TicketChange { state: Some("8002".into()), ..TicketChange::default() };
    vec![
        ticket::create_type(s(), &kind_of_ticket("Repair")),
        ticket::archive_type(s(), &k("kind/own")),
        ticket::create_attribute(s(), &k("kind/own"), &ticket_field("two")),
        new_ticket("70", 9),
        ticket::update(s(), &plain, &state),
        ticket::contact_reply(s(), &plain, &ann, &said("<p>More</p>")),
        ticket::admin_comment(s(), &plain, ADMIN, &said("<p>Answer</p>")),
        ticket::note(s(), &plain, ADMIN, &said("<p>Inside</p>")),
        ticket::tag(s(), &plain, &free, ADMIN),
        ticket::untag(s(), &plain, &used, ADMIN),
        ticket::link(s(), &tracker, &k("thread/talk")),
        ticket::unlink(s(), &tracker, &k("thread/other")),
        ticket::delete(s(), &plain),
        object::upsert(s(), ASSET, &asset("ci-2", 7)),
        object::delete(s(), ASSET, &k("asset/1")),
    ]
}

/// Requests without a constructor: only restoring and undoing ask for them.
async fn of_undoing(desk: &Desk) -> Vec<Request> {
    let id = |name: &str| desk.ids.0[&k(name)].clone();
    let area = desk.running.state()["conversation_attributes"][0].clone();
    let option = area["options"][2]["id"].as_str().unwrap().to_owned();
    let to = |operation, body: Value| {
        let request = Request::new(operation).with("attribute_id", id("attribute/area"));
        if body.is_null() { request } else { request.body(body) }
    };
    use Operation::*;
    vec![
        to(ConversationAttributeUpdate, json!({ "description": "Where" })),
        to(ConversationOptionUpdate, json!({ "label": "z" })).with("option_id", &option),
        to(ConversationOptionArchive, Value::Null).with("option_id", &option),
        Request::new(DataAttributeUpdate)
            .with("attribute_id", id("attribute/tier"))
            .body(json!({ "description": "Which" })),
        Request::new(ConversationRedactSource).body(json!({
            "type": "source",
            "conversation_id": id("thread/talk"),
            "source_id": source_of(desk, &id("thread/talk").0).await,
        })),
        Request::new(TicketTypeUpdate)
            .with("ticket_type_id", id("kind/own"))
            .body(json!({ "name": "Mine" })),
        Request::new(TicketAttributeArchive)
            .with("ticket_type_id", id("kind/own"))
            .with("attribute_id", id("kind_field/one"))
            .body(json!({ "archived": true })),
    ]
}

async fn source_of(desk: &Desk, thread: &str) -> Value {
    use deskledger::destination::{Destination, Read, ReadAnswer};
    let read = Read::get("/conversations/{id}").with("id", thread);
    let ReadAnswer::Found(body) = desk.client.read(&read).await else { panic!() };
    body["source"]["id"].clone()
}

/// One request of every operation, two of a contact's create; each takes the workspace as made.
pub async fn requests(desk: &Desk) -> Vec<Request> {
    let steps = [of_people(), of_threads(), of_knowledge(), of_tickets()].into_iter().flatten();
    let mut all: Vec<Request> = steps.map(|step| desk.resolve(&step)).collect();
    all.extend(of_undoing(desk).await);
    all
}

/// Sends a request that must be done; the object it made or changed.
pub async fn send(desk: &Desk, request: &Request) -> Option<deskledger::model::DestinationId> {
    use deskledger::destination::Destination;
    done(desk.client.attempt(request).await, request).0
}
