//! Any number of creates, of every kind that the operation table knows.

use deskledger::destination::Step;
use deskledger::destination::intercom::payload::article::{
    self, ArticleBody, ArticleState, CollectionBody, InternalArticleBody, RedirectTarget,
};
use deskledger::destination::intercom::payload::attribute::{
    self, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType, Model,
};
use deskledger::destination::intercom::payload::company::{self, CompanyBody};
use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Message};
use deskledger::destination::intercom::payload::object::{self, ObjectBody};
use deskledger::destination::intercom::payload::ticket::{
    self, Ticket, TicketAttributeBody, TicketCategory, TicketTypeBody,
};
use deskledger::destination::intercom::payload::{Attributes, Ref, tag};
use deskledger::mapping::draft::Draft;
use deskledger::model::event::Phase;
use serde_json::json;

use super::drafts::{ADMIN, ASSET, at, in_phase, k};

/// Kinds of object that are created in turn.
const KINDS: usize = 9;

/// One in so many creates is of a kind of which a workspace holds few.
const RARE: usize = 31;

fn person(number: usize, role: Role) -> ContactBody {
    let user = role == Role::User;
    ContactBody {
        role: Some(role),
        external_id: user.then(|| format!("p{number}")),
        email: Some(format!("p{number}@example.com")),
        // Leads come in pairs that look the same.
        name: Some(format!("Person {}", number / (2 * KINDS))),
        ..ContactBody::default()
    }
}

fn thread(number: usize) -> Vec<Step> {
    let own = k(&format!("talk/{number}"));
    let seconds = i64::try_from(number).unwrap();
    let said = Message { body: "<p>Answer</p>", created_at: at(seconds + 60), files: &[] };
    let (ann, text) = (k("person/ann"), format!("n{number}"));
    vec![
        conversation::create("create".into(), &ann, &text, at(seconds)),
        conversation::admin_comment("part:1".into(), &own, ADMIN, &said),
        conversation::contact_reply("part:2".into(), &own, &ann, &said),
        conversation::note("part:3".into(), &own, ADMIN, &said),
    ]
}

fn broken(number: usize) -> Vec<Step> {
    let title = json!(format!("n{number}"));
    let values = Attributes::from([("_default_title_".to_owned(), title)]);
    let new = Ticket {
        ticket_type: "70".into(),
        contact: Ref::from(&k("person/ann")),
        attributes: &values,
        linked_to: None,
        created_at: at(i64::try_from(number).unwrap()),
    };
    let own = k(&format!("ticket/{number}"));
    let seconds = i64::try_from(number).unwrap() + 60;
    let said = Message { body: "<p>Answer</p>", created_at: at(seconds), files: &[] };
    vec![
        ticket::create("create".into(), &new),
        ticket::admin_comment("part:1".into(), &own, ADMIN, &said),
        ticket::contact_reply("part:2".into(), &own, &k("person/ann"), &said),
        ticket::note("part:3".into(), &own, ADMIN, &said),
    ]
}

fn page(number: usize) -> Step {
    let body = ArticleBody {
        // Titles come twice.
        title: Some(format!("Title {}", number / (2 * KINDS))),
        body: Some(format!("<p>n{number}</p>")),
        author_id: Some(991_267_001.into()),
        state: Some(ArticleState::Draft),
        ..ArticleBody::default()
    };
    article::create("create".into(), &body)
}

fn inside(number: usize) -> Step {
    let body = InternalArticleBody {
        title: Some(format!("n{number}")),
        body: Some("<p>y</p>".into()),
        author_id: Some(991_267_001.into()),
        owner_id: Some(991_267_001.into()),
    };
    article::create_internal("create".into(), &body)
}

fn asset(number: usize) -> Step {
    let body = ObjectBody {
        external_id: format!("n{number}"),
        external_created_at: None,
        external_updated_at: None,
        custom_attributes: Attributes::new(),
    };
    object::upsert("create".into(), ASSET, &body)
}

fn firm(number: usize) -> Vec<Step> {
    let name = format!("n{number}");
    let body =
        CompanyBody { company_id: Some(name.clone()), name: Some(name), ..CompanyBody::default() };
    let own = k(&format!("company/{number}"));
    vec![
        company::upsert("create".into(), &body),
        company::note("note:1".into(), &own, "Pays late", Some(ADMIN.into())),
    ]
}

fn user(number: usize) -> Vec<Step> {
    let own = k(&format!("person/{number}"));
    vec![
        contact::create("create".into(), &person(number, Role::User)),
        contact::note("memo:1".into(), &own, "Called", Some(ADMIN.into())),
    ]
}

/// What there is little of.
fn rare(number: usize) -> (Phase, &'static str, Vec<Step>) {
    let s = || "create".into();
    let name = format!("n{number}");
    match number / RARE % 4 {
        0 => {
            let body = DataAttributeBody {
                name,
                model: Model::Contact,
                data_type: DataType::String,
                options: Vec::new(),
                description: None,
            };
            (Phase::Schema, "field", vec![attribute::create(s(), &body)])
        }
        1 => {
            let body = ConversationAttributeBody {
                name,
                data_type: ConversationDataType::String,
                description: None,
                multiline: None,
                options: Vec::new(),
                reference: None,
            };
            (Phase::Schema, "area", vec![attribute::create_for_conversations(s(), &body)])
        }
        2 => {
            let body = TicketTypeBody {
                name: name.clone(),
                description: None,
                category: TicketCategory::Customer,
                icon: None,
            };
            let field = TicketAttributeBody {
                name,
                description: "Source id".into(),
                data_type: "string",
                multiline: None,
                list_items: None,
                visible_to_contacts: None,
            };
            let own = k(&format!("kind/{number}"));
            let field = ticket::create_attribute("field".into(), &own, &field);
            (Phase::Schema, "kind", vec![ticket::create_type(s(), &body), field])
        }
        _ => {
            let target = (RedirectTarget::Article, Ref::from(&k("article/home")));
            let from = format!("https://help.simulator.test/old/{number}");
            let step = article::create_redirect(s(), "79", &from, "en", target);
            (Phase::Articles, "redirect", vec![step])
        }
    }
}

fn create(number: usize) -> (Phase, &'static str, Vec<Step>) {
    let s = || "create".into();
    let pair = number / (2 * KINDS) * (2 * KINDS);
    let name = format!("n{number}");
    if number % RARE == RARE - 1 {
        return rare(number);
    }
    match number % KINDS {
        0 => (Phase::Contacts, "person", user(number)),
        1 => (Phase::Contacts, "lead", vec![contact::create(s(), &person(pair, Role::Lead))]),
        2 => (Phase::Companies, "company", firm(number)),
        3 => (Phase::Conversations, "talk", thread(number)),
        4 => (Phase::Conversations, "ticket", broken(number)),
        5 => (Phase::Articles, "article", vec![page(number)]),
        6 => (Phase::Articles, "inside", vec![inside(number)]),
        7 => (Phase::Objects, "asset", vec![asset(number)]),
        _ if number == pair + KINDS - 1 => (Phase::Schema, "tag", vec![tag::create(s(), &name)]),
        _ => {
            let body = CollectionBody { name: Some(name), ..CollectionBody::default() };
            (Phase::Articles, "shelf", vec![article::create_collection(s(), &body)])
        }
    }
}

/// So many creates, and the few objects that they need.
pub fn drafts(creates: usize) -> Vec<Draft> {
    let ann = ContactBody {
        role: Some(Role::User),
        external_id: Some("ann".into()),
        ..ContactBody::default()
    };
    let ann = contact::create("create".into(), &ann);
    let home = vec![page(usize::MAX)];
    let mut all = vec![
        in_phase(Phase::Contacts, "person/ann", vec![ann]),
        in_phase(Phase::Articles, "article/home", home),
    ];
    for number in 0..creates {
        let (phase, kind, steps) = create(number);
        all.push(in_phase(phase, &format!("{kind}/{number}"), steps));
    }
    all
}
