//! The judge catches what it must: bugs planted in the state of a good run.

use oracle::{Act, Done, Kind, Residue};
use serde_json::{Value, json};

use super::classes::Classes;
use super::world::World;
use crate::support::desk::text;

/// A bug by its name, what it does to the state, and what the judge must say.
type Plant = (&'static str, fn(&mut Value), Kind);

/// A desk whose migration has everything that the bugs need.
const SEED: u64 = 8;

fn all<'v>(state: &'v mut Value, kind: &str) -> &'v mut Vec<Value> {
    state[kind].as_array_mut().unwrap()
}

/// The first conversation of ours in which this holds.
fn thread(state: &mut Value, holds: impl Fn(&Value) -> bool) -> &mut Value {
    let ours = |one: &&mut Value| one["source"]["body"].as_str().unwrap().contains(".v1]");
    all(state, "conversations").iter_mut().filter(ours).find(|one| holds(one)).unwrap()
}

fn spoken(thread: &Value) -> Vec<usize> {
    let parts = thread["parts"].as_array().unwrap().iter().enumerate();
    parts.filter(|(_, part)| !part["body"].is_null()).map(|(at, _)| at).collect()
}

fn parts(thread: &mut Value) -> &mut Vec<Value> {
    thread["parts"].as_array_mut().unwrap()
}

fn speaks(thread: &Value) -> bool {
    spoken(thread).len() > 1
}

/// A contact of ours, which no one had before.
fn contact(state: &mut Value) -> &mut Value {
    let ours = |one: &&mut Value| {
        let external = one["external_id"].as_str().unwrap_or_default();
        external.starts_with("deskero:") && !text(&one["id"]).starts_with("65000")
    };
    all(state, "contacts").iter_mut().find(ours).unwrap()
}

/// A contact that was there before and stands for a customer now.
fn adopted(state: &mut Value) -> &mut Value {
    let ours = |one: &&mut Value| {
        let external = one["external_id"].as_str().unwrap_or_default();
        external.starts_with("deskero:") && text(&one["id"]).starts_with("65000")
    };
    all(state, "contacts").iter_mut().find(ours).unwrap()
}

/// A contact that was there before, without a customer, with a tag and a company.
fn stranger(state: &mut Value) -> &mut Value {
    let named = |one: &&mut Value| one["external_id"] == "app-1";
    all(state, "contacts").iter_mut().find(named).unwrap()
}

fn swap(value: &mut Value, key: &str, to: Value) {
    value[key] = to;
}

const STANDING: &[Plant] = &[
    (
        "a message is lost",
        |s| {
            let thread = thread(s, speaks);
            let at = spoken(thread)[0];
            parts(thread).remove(at);
        },
        Kind::Missing,
    ),
    (
        "a message is said twice",
        |s| {
            let thread = thread(s, speaks);
            let again = thread["parts"][spoken(thread)[0]].clone();
            parts(thread).push(again);
        },
        Kind::Doubled,
    ),
    (
        "a message stands in another thread",
        |s| {
            let from = thread(s, speaks);
            let moved = from["parts"][spoken(from)[0]].clone();
            let id = from["id"].clone();
            parts(thread(s, |one| one["id"] != id)).push(moved);
        },
        Kind::Stray,
    ),
    (
        "words are cut",
        |s| {
            let thread = thread(s, speaks);
            let at = spoken(thread)[0];
            let body = thread["parts"][at]["body"].as_str().unwrap();
            let cut: String = body.chars().take(body.chars().count() - 6).collect();
            swap(&mut thread["parts"][at], "body", json!(cut));
        },
        Kind::Words,
    ),
    (
        "the first words are another's",
        |s| {
            let thread = thread(s, speaks);
            let body = thread["source"]["body"].as_str().unwrap().replace(".v1] ", ".v1] not ");
            swap(&mut thread["source"], "body", json!(body));
        },
        Kind::Words,
    ),
    (
        "the order is changed",
        |s| {
            let thread = thread(s, speaks);
            let at = spoken(thread);
            let (one, other) = (at[0], at[1]);
            let time = thread["parts"][one]["created_at"].clone();
            thread["parts"][one]["created_at"] = thread["parts"][other]["created_at"].clone();
            thread["parts"][other]["created_at"] = time;
        },
        Kind::Order,
    ),
    (
        "the wrong side speaks",
        |s| {
            let thread = thread(s, speaks);
            let at = spoken(thread)[0];
            let author = &mut thread["parts"][at]["author"]["type"];
            *author = json!(if *author == "admin" { "user" } else { "admin" });
        },
        Kind::Side,
    ),
    (
        "a thread is another person's",
        |s| {
            let other = stranger(s)["id"].clone();
            thread(s, speaks)["contacts"]["contacts"][0]["id"] = other;
        },
        Kind::Person,
    ),
    (
        "a conversation is doubled",
        |s| {
            let mut twin = thread(s, speaks).clone();
            twin["id"] = json!("99001");
            all(s, "conversations").push(twin);
        },
        Kind::Doubled,
    ),
    (
        "a conversation is lost",
        |s| {
            let id = thread(s, speaks)["id"].clone();
            all(s, "conversations").retain(|one| one["id"] != id);
        },
        Kind::Missing,
    ),
    (
        "a closed conversation is open",
        |s| {
            let thread = thread(s, |one| one["open"] == false);
            swap(thread, "open", json!(true));
        },
        Kind::State,
    ),
    (
        "a conversation of nobody",
        |s| {
            let mut twin = thread(s, speaks).clone();
            (twin["id"], twin["source"]["body"]) = (json!("99002"), json!("<p>who?</p>"));
            all(s, "conversations").push(twin);
        },
        Kind::Stray,
    ),
    (
        "a contact is doubled",
        |s| {
            let mut twin = contact(s).clone();
            twin["id"] = json!("99003");
            all(s, "contacts").push(twin);
        },
        Kind::Doubled,
    ),
    ("a contact is archived", |s| contact(s)["archived"] = json!(true), Kind::Missing),
    ("a contact has another name", |s| adopted(s)["name"] = json!("Somebody"), Kind::Field),
    (
        "a tag of the desk is missing",
        |s| {
            let tagged = |one: &Value| !one["tags"]["tags"].as_array().unwrap().is_empty();
            thread(s, tagged)["tags"]["tags"] = json!([]);
        },
        Kind::Tags,
    ),
    (
        "an article is doubled",
        |s| {
            let mut twin = all(s, "articles")[0].clone();
            twin["id"] = json!("99004");
            all(s, "articles").push(twin);
        },
        Kind::Doubled,
    ),
    (
        "an article says less",
        |s| {
            all(s, "articles")[0]["body"] = json!("<p>[m0.v1]</p>");
        },
        Kind::Missing,
    ),
    (
        "a collection is doubled",
        |s| {
            let ours = |one: &&Value| one["name"] == "Payments";
            let mut twin = all(s, "collections").iter().find(ours).unwrap().clone();
            twin["id"] = json!("99005");
            all(s, "collections").push(twin);
        },
        Kind::Doubled,
    ),
    (
        "an attribute is doubled",
        |s| {
            let mut twin = all(s, "conversation_attributes")[0].clone();
            twin["id"] = json!(99_006);
            all(s, "conversation_attributes").push(twin);
        },
        Kind::Doubled,
    ),
    (
        "a foreign tag is removed",
        |s| {
            all(s, "tags").retain(|one| one["name"] != "Newsletter");
        },
        Kind::ForeignGone,
    ),
    ("a foreign tag is taken off", |s| stranger(s)["tags"] = json!([]), Kind::ForeignChanged),
    ("a foreign company is left", |s| stranger(s)["companies"] = json!([]), Kind::ForeignChanged),
    ("a stranger is renamed", |s| stranger(s)["name"] = json!("X"), Kind::ForeignChanged),
    (
        "a foreign collection is renamed",
        |s| {
            let theirs = |one: &&mut Value| one["name"] == "Their handbook";
            all(s, "collections").iter_mut().find(theirs).unwrap()["name"] = json!("Ours");
        },
        Kind::ForeignChanged,
    ),
    (
        "a foreign conversation is closed",
        |s| {
            let theirs = |one: &&mut Value| one["source"]["body"] == "<p>not yours</p>";
            all(s, "conversations").iter_mut().find(theirs).unwrap()["open"] = json!(false);
        },
        Kind::ForeignChanged,
    ),
    (
        "a teammate's name is overwritten",
        |s| {
            let named = |one: &&mut Value| one["name"] == Act::Rename.word(1).as_str();
            all(s, "contacts").iter_mut().find(named).unwrap()["name"] = json!("Customer again");
        },
        Kind::ActUndone,
    ),
    (
        "a teammate's reply is lost",
        |s| {
            let word = Act::Reply.word(2);
            for one in all(s, "conversations") {
                let says = |part: &Value| part["body"].as_str().is_some_and(|b| b.contains(&word));
                parts(one).retain(|part| !says(part));
            }
        },
        Kind::ActUndone,
    ),
    (
        "two marks of the product",
        |s| {
            let mark =
                |id: u64| json!({ "id": id.to_string(), "name": format!("deskledger p{id} · 3") });
            all(s, "tags").extend([mark(99_007), mark(99_008)]);
        },
        Kind::Claim,
    ),
];

/// A migration with a teammate's rename and reply in it.
async fn moved() -> World {
    let mut world = World::new(SEED, &Classes::of(&[])).await;
    world.desk.done("plan").await;
    world.desk.done("apply --yes").await;
    for (number, act) in [(1, Act::Rename), (2, Act::Reply)] {
        let id = world.objects(act.kind(), true)[0].clone();
        let word = act.word(number);
        world.desk.simulator.act(&act.order(&id, &word)).unwrap();
        world.acts.push(Done { act, id, word });
    }
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bug_in_what_stands_is_caught() {
    let world = moved().await;
    let good = world.desk.simulator.state();
    assert_eq!(world.complete_in(&good), [], "a good run");
    for (name, plant, kind) in STANDING {
        let mut state = good.clone();
        plant(&mut state);
        let said = world.complete_in(&state);
        assert!(said.iter().any(|one| one.kind == *kind), "{name}: {said:#?}");
    }
}

/// A mark alone is no bug while a migration stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_is_no_bug() {
    let world = moved().await;
    let mut state = world.desk.simulator.state();
    let marks = |state: &mut Value| {
        let tags = all(state, "tags").iter();
        tags.filter(|tag| text(&tag["name"]).starts_with("deskledger ")).count()
    };
    assert_eq!(marks(&mut state), 1, "the migration marks its workspace");
    assert_eq!(world.complete_in(&state), []);
}

/// A bug after a rollback: what it does to the state and to the residue.
type Left = (&'static str, fn(&mut Value, &mut Vec<Residue>), Kind);

fn drop_residue(residue: &mut Vec<Residue>, kind: &str) {
    let at = residue.iter().position(|one| one.kind == kind).unwrap();
    residue.remove(at);
}

const LEFT: &[Left] = &[
    (
        "an article of ours is left",
        |s, _| {
            all(s, "articles").push(json!({ "id": "99010", "title": "About m1" }));
        },
        Kind::LeftOver,
    ),
    (
        "a tag of ours is left",
        |s, _| {
            all(s, "tags").push(json!({ "id": "99011", "name": "billing" }));
        },
        Kind::LeftOver,
    ),
    (
        "an archived contact is not named",
        |_, r| drop_residue(r, "contact_archived"),
        Kind::LeftOver,
    ),
    (
        "a deleted conversation is not named",
        |_, r| {
            drop_residue(r, "metrics_retained");
        },
        Kind::LeftOver,
    ),
    (
        "a field keeps its value and is not named",
        |_, r| {
            drop_residue(r, "field_fixed");
        },
        Kind::LeftOver,
    ),
    (
        "a name is not put back",
        |s, _| {
            let id = |one: &&mut Value| text(&one["id"]).starts_with("65000000000000000000010");
            all(s, "contacts").iter_mut().find(id).unwrap()["name"] = json!("Customer Number9");
        },
        Kind::LeftOver,
    ),
    (
        "the residue names what is gone",
        |_, r| {
            r.push(Residue {
                kind: "article".to_owned(),
                objects: vec!["99012".to_owned()],
                what: "an article stays".to_owned(),
            });
        },
        Kind::NotLeft,
    ),
    (
        "something of before is gone",
        |s, _| {
            all(s, "tags").retain(|one| one["name"] != "Newsletter");
        },
        Kind::ForeignGone,
    ),
    (
        "the mark of the product is left",
        |s, _| {
            all(s, "tags").push(json!({ "id": "99013", "name": "deskledger 0af3 · 512" }));
        },
        Kind::Claim,
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bug_in_what_is_left_is_caught() {
    let world = World::new(SEED, &Classes::of(&[])).await;
    world.desk.done("plan").await;
    world.desk.done("apply --yes").await;
    let report = world.desk.done("rollback apply --yes").await;
    let (good, named) = (world.desk.simulator.state(), Residue::of(&report));
    assert_eq!(world.undone_in(&good, &named), [], "a good run");
    for (name, plant, kind) in LEFT {
        let (mut state, mut residue) = (good.clone(), named.clone());
        plant(&mut state, &mut residue);
        let said = world.undone_in(&state, &residue);
        assert!(said.iter().any(|one| one.kind == *kind), "{name}: {said:#?}");
    }
}
