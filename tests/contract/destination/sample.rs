//! One step of every operation.

use deskledger::destination::intercom::payload::article::{
    ArticleBody, ArticleState, CollectionBody, InternalArticleBody, RedirectTarget,
};
use deskledger::destination::intercom::payload::attribute::{
    ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
    OptionLabel, OptionValue,
};
use deskledger::destination::intercom::payload::contact::{ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{Assignee, Message};
use deskledger::destination::intercom::payload::object::ObjectBody;
use deskledger::destination::intercom::payload::ticket::{
    Ticket, TicketAttributeBody, TicketCategory, TicketChange, TicketTypeBody,
};
use deskledger::destination::intercom::payload::{
    Attributes, Ref, article, attribute, company, contact, conversation, object, tag, ticket,
};
use deskledger::destination::{FileHole, Operation, Step};
use serde_json::json;

use super::support::{ADMIN, TEAM, at, file};

/// An id of the form of contacts.
pub const CONTACT: &str = "5f2a1b3c4d5e6f7081920304";

fn values() -> Attributes {
    Attributes::from([("tier".to_owned(), json!("gold"))])
}

fn contacts() -> Vec<Step> {
    let key = |name: &str| name.into();
    let body = ContactBody {
        role: Some(Role::User),
        external_id: Some("desk-1".into()),
        email: Some("ann@example.com".into()),
        phone: Some("+49301234".into()),
        name: Some("Ann".into()),
        avatar: Some("https://example.com/a.png".into()),
        signed_up_at: Some(1_600_000_000),
        owner_id: Some(ADMIN.into()),
        unsubscribed_from_emails: Some(false),
        custom_attributes: values(),
    };
    let change = ContactBody { name: Some("Ann B".into()), ..ContactBody::default() };
    vec![
        contact::create(key("create"), &body),
        contact::update(key("update"), CONTACT, &change),
        contact::tag(key("tag"), CONTACT, "7"),
        contact::untag(key("untag"), CONTACT, "7"),
        contact::attach_company(key("company"), CONTACT, "66aa"),
        contact::detach_company(key("detach"), CONTACT, "66aa"),
        contact::subscribe(key("subscribe"), CONTACT, "91", contact::Consent::OptOut),
        contact::unsubscribe(key("unsubscribe"), CONTACT, "91"),
        contact::note(key("note"), CONTACT, "<p>Called</p>", Some(ADMIN.into())),
        contact::archive(key("archive"), CONTACT),
        contact::unarchive(key("unarchive"), CONTACT),
        contact::delete(key("delete"), CONTACT),
    ]
}

fn companies_and_tags() -> Vec<Step> {
    let key = |name: &str| name.into();
    let body = company::CompanyBody {
        company_id: Some("c-1".into()),
        name: Some("Acme".into()),
        plan: Some("Pro".into()),
        size: Some(5),
        website: Some("https://acme.example".into()),
        industry: Some("Toys".into()),
        monthly_spend: Some(9),
        remote_created_at: Some(1_600_000_000),
        custom_attributes: values(),
    };
    let change = company::CompanyBody { name: Some("Acme B".into()), ..Default::default() };
    let ids = || [Ref::from("66aa")];
    vec![
        company::upsert(key("create"), &body),
        company::update(key("update"), "66aa", &change),
        company::note(key("note"), "66aa", "Note", Some(ADMIN.into())),
        company::delete(key("delete"), "66aa"),
        tag::create(key("create"), "vip"),
        tag::rename(key("rename"), "7", "VIP"),
        tag::tag_companies(key("tag"), "vip", ids()),
        tag::untag_companies(key("untag"), "vip", ids()),
        tag::delete(key("delete"), "7"),
    ]
}

fn attributes() -> Vec<Step> {
    let key = |name: &str| name.into();
    let option = |value: &str| OptionValue { value: value.into() };
    let body = DataAttributeBody {
        name: "tier".into(),
        model: Model::Contact,
        data_type: DataType::Options,
        options: vec![option("gold"), option("silver")],
        description: Some("Tier".into()),
    };
    let conversation = ConversationAttributeBody {
        name: "area".into(),
        data_type: ConversationDataType::List,
        description: Some("Area".into()),
        multiline: None,
        options: vec![OptionLabel { label: "a".into() }, OptionLabel { label: "b".into() }],
        reference: None,
    };
    vec![
        attribute::create(key("create"), &body),
        attribute::set_options(key("options"), "3", &body.options),
        attribute::archive(key("archive"), "3"),
        attribute::create_for_conversations(key("create"), &conversation),
        attribute::add_option(key("option"), "4", "c"),
        attribute::archive_for_conversations(key("archive"), "4"),
    ]
}

fn conversations(files: &[FileHole]) -> Vec<Step> {
    let key = |name: &str| name.into();
    let said = Message { body: "<p>Hi</p>", created_at: at(60), files };
    vec![
        conversation::create(key("create"), CONTACT, "Hello", at(0)),
        conversation::contact_reply(key("a"), "9", CONTACT, &said),
        conversation::admin_comment(key("b"), "9", ADMIN, &said),
        conversation::note(key("c"), "9", ADMIN, &said),
        conversation::update(key("d"), "9", Some("Title"), &values(), Some("66aa".into())),
        conversation::tag(key("e"), "9", "7", ADMIN),
        conversation::untag(key("f"), "9", "7", ADMIN),
        conversation::assign(key("g"), "9", ADMIN, &Assignee::Team(TEAM.into())),
        conversation::assign(key("h"), "9", ADMIN, &Assignee::Nobody),
        conversation::snooze(key("i"), "9", ADMIN, at(400_000_000)),
        conversation::close(key("j"), "9", ADMIN),
        conversation::open(key("k"), "9", ADMIN),
        conversation::add_participant(key("l"), "9", CONTACT, ADMIN),
        conversation::remove_participant(key("m"), "9", CONTACT, ADMIN),
        conversation::redact_part(key("n"), "9", "10"),
        conversation::convert(key("o"), "9", "70", Some("8001".into()), &values()),
        conversation::delete(key("p"), "9"),
    ]
}

fn articles() -> Vec<Step> {
    let key = |name: &str| name.into();
    let collection = CollectionBody {
        name: Some("Guides".into()),
        description: Some("All".into()),
        parent_id: Some("3".into()),
        help_center_id: Some(79),
    };
    let rename = CollectionBody { name: Some("Guide".into()), ..Default::default() };
    let mut body = ArticleBody {
        title: Some("How".into()),
        description: Some("What".into()),
        body: Some("<p>x</p>".into()),
        author_id: Some(991_267_001.into()),
        state: Some(ArticleState::Draft),
        ..Default::default()
    };
    let mut change = ArticleBody { state: Some(ArticleState::Published), ..Default::default() };
    body.create_in(3);
    change.move_to("4");
    let internal = InternalArticleBody {
        title: Some("In".into()),
        body: Some("<p>y</p>".into()),
        author_id: Some(991_267_001.into()),
        owner_id: Some(991_267_001.into()),
    };
    let target = (RedirectTarget::Article, Ref::from("5"));
    let from = "https://help.simulator.test/old";
    vec![
        article::create_collection(key("create"), &collection),
        article::update_collection(key("update"), "3", &rename),
        article::delete_collection(key("delete"), "3"),
        article::create(key("create"), &body),
        article::update(key("update"), "5", &change),
        article::stage_draft(key("draft"), "5", &change),
        article::publish_draft(key("publish"), "5"),
        article::tag(key("tag"), "5", "7", Some(ADMIN.into())),
        article::untag(key("untag"), "5", "7"),
        article::delete(key("delete"), "5"),
        article::create_redirect(key("redirect"), "79", from, "en", target),
        article::delete_redirect(key("gone"), "79", "26"),
        article::create_internal(key("create"), &internal),
        article::update_internal(key("update"), "5", &internal),
        article::delete_internal(key("delete"), "5"),
    ]
}

fn tickets_and_objects(files: &[FileHole]) -> Vec<Step> {
    let key = |name: &str| name.into();
    let kind = TicketTypeBody {
        name: "Request".into(),
        description: Some("Any".into()),
        category: TicketCategory::BackOffice,
        icon: Some("🎟".into()),
    };
    let field = TicketAttributeBody {
        name: "source".into(),
        description: "Source id".into(),
        data_type: "list",
        multiline: Some(false),
        list_items: Some("a,b".into()),
        visible_to_contacts: Some(false),
    };
    let values = values();
    let new = Ticket {
        ticket_type: "70".into(),
        contact: CONTACT.into(),
        attributes: &values,
        created_at: at(0),
        linked_to: None,
    };
    let change = TicketChange {
        attributes: Some(&values),
        state: Some("8004".into()),
        assignee: Some(Assignee::Nobody),
        admin_id: Some(991_267_001),
        ..TicketChange::default()
    };
    let said = Message { body: "<p>Hi</p>", created_at: at(60), files };
    let instance = ObjectBody {
        external_id: "ci-1".into(),
        external_created_at: Some(1_600_000_000),
        external_updated_at: Some(1_600_000_100),
        custom_attributes: values.clone(),
    };
    vec![
        ticket::create_type(key("type"), &kind),
        ticket::archive_type(key("archive"), "70"),
        ticket::create_attribute(key("attribute"), "70", &field),
        ticket::create(key("create"), &new),
        ticket::update(key("update"), "20", &change),
        ticket::contact_reply(key("a"), "20", CONTACT, &said),
        ticket::admin_comment(key("b"), "20", ADMIN, &said),
        ticket::note(key("c"), "20", ADMIN, &said),
        ticket::tag(key("tag"), "20", "7", ADMIN),
        ticket::untag(key("untag"), "20", "7", ADMIN),
        ticket::link(key("link"), "20", "9"),
        ticket::unlink(key("unlink"), "20", "9"),
        ticket::delete(key("delete"), "20"),
        object::upsert(key("create"), "Asset", &instance),
        object::delete(key("delete"), "Asset", "31"),
    ]
}

/// Steps of all operations that have a constructor.
pub fn steps() -> Vec<Step> {
    let files = [file("a.txt")];
    let families = [
        contacts(),
        companies_and_tags(),
        attributes(),
        conversations(&files),
        articles(),
        tickets_and_objects(&files),
    ];
    families.into_iter().flatten().collect()
}

/// Operations that only restoring and undoing ask for; their bodies are made from what was read.
pub const WITHOUT_CONSTRUCTOR: [Operation; 6] = [
    Operation::ConversationAttributeUpdate,
    Operation::ConversationOptionUpdate,
    Operation::ConversationOptionArchive,
    Operation::ConversationRedactSource,
    Operation::TicketTypeUpdate,
    Operation::TicketAttributeArchive,
];
