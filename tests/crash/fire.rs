//! Creates of every kind, side by side, under mixed faults, cut off again and again: each is there
//! once (invariants 1, 2, 4, 11). The long form is run by hand:
//! `cargo nextest run --run-ignored all ten_thousand`.

use std::collections::BTreeMap;

use deskledger::destination::Step;
use deskledger::destination::intercom::payload::article::{
    self, ArticleBody, ArticleState, CollectionBody, InternalArticleBody,
};
use deskledger::destination::intercom::payload::company::{self, CompanyBody};
use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Message};
use deskledger::destination::intercom::payload::object::{self, ObjectBody};
use deskledger::destination::intercom::payload::ticket::{self, Ticket};
use deskledger::destination::intercom::payload::{Attributes, Ref, tag};
use deskledger::mapping::draft::Draft;
use deskledger::model::event::Phase;
use intercom_simulator::{Options, profile};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::drafts::{ADMIN, ASSET, at, in_phase, k};
use super::lost::seed;
use super::world::{Cut, World};

/// Kinds of object that are created in turn.
const KINDS: usize = 9;

/// Runs beyond those that are cut: a run that gives up is safe to run again.
const RUNS_MORE: usize = 10;

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
        conversation::note("part:2".into(), &own, ADMIN, &said),
    ]
}

fn broken(number: usize) -> Step {
    let title = json!(format!("n{number}"));
    let values = Attributes::from([("_default_title_".to_owned(), title)]);
    let new = Ticket {
        ticket_type: "70".into(),
        contact: Ref::from(&k("person/ann")),
        attributes: &values,
        linked_to: None,
        created_at: at(i64::try_from(number).unwrap()),
    };
    ticket::create("create".into(), &new)
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

fn firm(number: usize) -> Step {
    let name = format!("n{number}");
    let body =
        CompanyBody { company_id: Some(name.clone()), name: Some(name), ..CompanyBody::default() };
    company::upsert("create".into(), &body)
}

fn create(number: usize) -> (Phase, &'static str, Vec<Step>) {
    let s = || "create".into();
    let pair = number / (2 * KINDS) * (2 * KINDS);
    let name = format!("n{number}");
    match number % KINDS {
        0 => (Phase::Contacts, "person", vec![contact::create(s(), &person(number, Role::User))]),
        1 => (Phase::Contacts, "lead", vec![contact::create(s(), &person(pair, Role::Lead))]),
        2 => (Phase::Companies, "company", vec![firm(number)]),
        3 => (Phase::Conversations, "talk", thread(number)),
        4 => (Phase::Conversations, "ticket", vec![broken(number)]),
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

fn drafts(creates: usize) -> Vec<Draft> {
    let ann = ContactBody {
        role: Some(Role::User),
        external_id: Some("ann".into()),
        ..ContactBody::default()
    };
    let ann = contact::create("create".into(), &ann);
    let mut all = vec![in_phase(Phase::Contacts, "person/ann", vec![ann])];
    for number in 0..creates {
        let (phase, kind, steps) = create(number);
        all.push(in_phase(phase, &format!("{kind}/{number}"), steps));
    }
    all
}

/// How many objects of each kind a state holds, and how many messages and notes.
fn census(state: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (kind, list) in state.as_object().unwrap() {
        let list = list.as_array().map_or(&[][..], Vec::as_slice);
        counts.insert(kind.clone(), list.len());
        let parts = list.iter().filter_map(|one| one["parts"].as_array()).map(Vec::len);
        counts.insert(format!("{kind} parts"), parts.sum());
    }
    counts
}

#[allow(clippy::print_stdout, reason = "how hard it was tried")]
async fn under_fire(creates: usize, cuts: usize) {
    let drafts = drafts(creates);
    let calm = World::new(&drafts, Options::default()).await;
    calm.apply(None).await.unwrap().unwrap();
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let faults = profile("mixed").unwrap();
    let options = Options { faults, rng_start: seed, ..Options::default() };
    let mut world = World::new(&drafts, options).await;
    world.concurrency = 32;
    let (mut left, mut more) = (cuts, RUNS_MORE);
    loop {
        // Each run gets less than its share of the work, so that the cuts do not outlast it.
        let within = (creates / (cuts + 1)).max(2);
        let here = random.random_range(1..=within);
        let cut = if random.random_bool(0.5) { Cut::Before(here) } else { Cut::After(here) };
        match world.apply((left > 0).then_some(cut)).await {
            None => left -= 1,
            Some(Ok(report)) if left == 0 || report.requests == 0 => {
                assert_eq!(report.waiting, BTreeMap::new());
                break;
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                more -= 1;
                assert!(more > 0, "{error}");
            }
        }
    }
    world.simulator.set_faults(Vec::new());
    let struck = world.simulator.witness().iter().filter(|one| one.fault.is_some()).count();
    println!("{creates} creates, {} cuts, {struck} requests struck", cuts - left);
    assert_eq!(left, 0, "the work ended before all the cuts");
    let (ours, theirs) = (world.simulator.comparable(), calm.simulator.comparable());
    assert_eq!(census(&ours), census(&theirs));
    for (kind, content) in theirs.as_object().unwrap() {
        assert!(&ours[kind] == content, "{kind} are not those of a calm run");
    }
    world.check().await;
}

#[tokio::test]
async fn creates_of_every_kind_are_there_once() {
    under_fire(180, 12).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by hand"]
async fn ten_thousand_creates_and_a_hundred_cuts() {
    under_fire(10_000, 100).await;
}
