//! What no look-up can tell waits for a person, who settles it with `resolve` (invariants 1, 2).

use std::time::Duration;

use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Message};
use deskledger::engine::EngineError;
use deskledger::engine::settle::{self, Ruling};
use deskledger::model::StreamId;
use deskledger::model::event::Phase;
use intercom_simulator::{FaultKind, FaultRule, Options};
use serde_json::{Value, json};

use super::drafts::{ADMIN, at, in_phase, k, lead};
use super::kill::recipe;
use super::world::{Cut, World};
use crate::support::desk::{Desk, OWN_LEDGER, list, says, text};

/// Sends to the simulator what a stranger would.
async fn stranger(url: &str, path: &str, body: &Value) -> Value {
    // The first client of the product picks the TLS provider for all.
    let _ = super::world::client(url, &deskledger::env::Env::system());
    let client = reqwest::Client::new();
    let request = client.post(format!("{url}{path}")).bearer_auth("other");
    let request = request.header("Accept", "application/json").json(body);
    request.send().await.unwrap().json().await.unwrap()
}

/// A lead was made and the program died; meanwhile somebody made the same by hand.
async fn ambiguous() -> (World, StreamId, Value) {
    let world = World::new(&[lead("one")], Options::default()).await;
    assert!(world.apply(Some(Cut::After(1))).await.is_none());
    let twin = json!({ "role": "lead", "name": "Walk-in", "email": "walk-in@example.com" });
    let twin = stranger(&world.simulator.url(), "/contacts", &twin).await;
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.written.values().sum::<u64>(), 0);
    let context = world.context().await;
    let stream = context.ledger.streams(&[k("lead/one")]).await.unwrap()[0].unwrap();
    context.ledger.close().await;
    (world, stream, twin["id"].clone())
}

async fn decide(world: &World, stream: StreamId, ruling: Ruling) -> Result<(), EngineError> {
    let context = world.context().await;
    let run = context.begin("resolve").await?;
    let settled = settle::decide(&context, run, stream, None, ruling).await;
    context.ledger.close().await;
    settled.map(|_| ())
}

#[tokio::test]
async fn it_says_what_is_open_and_which_may_be_it() {
    let (world, stream, twin) = ambiguous().await;
    let context = world.context().await;
    let open = settle::open(&context, Some(stream), true).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].step.as_str(), open[0].operation.as_str()), ("create", "contact_create"));
    assert_eq!(open[0].why, "interrupted");
    assert!(open[0].question.as_ref().unwrap().contains(twin.as_str().unwrap()));
    assert_eq!(open[0].request.as_ref().unwrap()["body"]["name"], "Walk-in");
    let without = settle::open(&context, None, false).await.unwrap();
    assert!(without[0].request.is_none(), "what was sent is personal");
    context.ledger.close().await;
}

#[tokio::test]
async fn landed_is_landed_and_nothing_is_sent() {
    let (world, stream, twin) = ambiguous().await;
    let all = world.simulator.state()["contacts"].clone();
    let ours = all.as_array().unwrap().iter().find(|one| one["id"] != twin).unwrap();
    let id = ours["id"].as_str().unwrap().into();
    decide(&world, stream, Ruling::Landed(Some(id))).await.unwrap();
    let writes = world.applied().len();
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.written.values().sum::<u64>(), 1);
    assert_eq!(world.applied().len(), writes);
    let again = decide(&world, stream, Ruling::Absent).await.unwrap_err();
    assert_eq!(again.code(), "nothing_open");
    world.check().await;
}

#[tokio::test]
async fn absent_is_sent_again_once() {
    let (world, stream, _) = ambiguous().await;
    decide(&world, stream, Ruling::Absent).await.unwrap();
    let writes = world.applied().len();
    world.apply(None).await.unwrap().unwrap();
    assert_eq!(world.applied().len(), writes + 1);
    world.apply(None).await.unwrap().unwrap();
    assert_eq!(world.applied().len(), writes + 1);
    world.check().await;
}

#[tokio::test]
async fn a_verdict_names_its_object_and_takes_nobody_elses() {
    let (world, stream, _) = ambiguous().await;
    let missing = decide(&world, stream, Ruling::Landed(None)).await.unwrap_err();
    assert_eq!(missing.code(), "needs_id");
    world.check().await;
}

/// A note was made and the program died; then others wrote so much that the note is not read back.
#[tokio::test]
async fn a_note_that_a_long_thread_hides_waits_and_is_never_doubled() {
    let own = k("talk/1");
    let note = |number: i64| {
        let body = format!("<p>n{number}</p>");
        let said = Message { body: &body, created_at: at(60 + number), files: &[] };
        conversation::note(format!("part:{number}").as_str().into(), &own, ADMIN, &said)
    };
    let ann = ContactBody {
        role: Some(Role::User),
        external_id: Some("ann".into()),
        ..Default::default()
    };
    let drafts = [
        in_phase(Phase::Contacts, "person/ann", vec![contact::create("create".into(), &ann)]),
        in_phase(
            Phase::Conversations,
            "talk/1",
            vec![
                conversation::create("create".into(), &k("person/ann"), "Hello", at(0)),
                note(1),
                note(2),
            ],
        ),
    ];
    let workspace = json!({ "features": { "read_parts_max": 3 } });
    let world = World::before(&drafts, workspace, Options::default()).await;
    assert!(world.apply(Some(Cut::After(3))).await.is_none());
    let made = world.applied().pop().unwrap().path.to_string();
    for number in 0..4 {
        let body = format!("s{number}");
        let said = json!({
            "message_type": "note", "type": "admin", "admin_id": ADMIN, "body": body,
            "skip_notifications": true,
        });
        stranger(&world.simulator.url(), &made, &said).await;
    }
    let writes = world.applied().len();
    for _ in 0..2 {
        world.apply(None).await.unwrap().unwrap();
    }
    assert_eq!(world.applied().len(), writes, "sent although nobody can tell");
    let context = world.context().await;
    let stream = context.ledger.streams(std::slice::from_ref(&own)).await.unwrap()[0].unwrap();
    let open = settle::open(&context, Some(stream), false).await.unwrap();
    context.ledger.close().await;
    assert!(open[0].question.as_ref().unwrap().contains("look whether it is there"), "{open:?}");

    let state = world.simulator.state();
    let parts = list(&list(&state, "conversations")[0], "parts");
    let ours = parts.iter().find(|part| text(&part["body"]).contains("n1")).unwrap();
    let id = text(&ours["id"]).as_str().into();
    decide(&world, stream, Ruling::Landed(Some(id))).await.unwrap();
    let report = world.apply(None).await.unwrap().unwrap();
    assert_eq!(report.waiting, Default::default());
    let state = world.simulator.state();
    let talk = &list(&state, "conversations")[0];
    assert_eq!((says(talk, "n1"), says(talk, "n2")), (1, 1));
    world.check().await;
}

/// The same through the program: killed while it looked for a conversation, which somebody then
/// doubled.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_waits_and_resolve_lets_it_go_on() {
    let home = tempfile::tempdir().unwrap();
    let bundle = home.path().join("export");
    data_generator::write(&recipe(), &bundle).unwrap();
    let desk = Desk::new(&bundle, Value::Null, OWN_LEDGER).await;
    desk.hurry();
    desk.plan().await;
    let lost = FaultRule::new(FaultKind::DropAfter).route("createConversation").first(1);
    let hang = FaultRule::new(FaultKind::Delay).route("searchConversations").delay_ms(600_000);
    desk.simulator.set_faults(vec![lost, hang]);
    let mut program = desk.program(&["apply", "--yes"]).spawn().unwrap();
    let searching = || {
        let made = |entry: &intercom_simulator::WitnessEntry| {
            entry.applied && entry.fault == Some("drop_after")
        };
        desk.simulator.witness().into_iter().find(made)
    };
    let made = loop {
        if let Some(made) = searching() {
            break made;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    program.kill().await.unwrap();
    desk.simulator.set_faults(Vec::new());
    let body: Value = serde_json::from_slice(&made.body.unwrap()).unwrap();
    let twin = stranger(&desk.simulator.url(), "/conversations", &body).await;

    let said = desk.say(&["apply", "--yes"]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let said = desk.say(&["resolve"]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let open = said.json();
    let [one] = open.as_array().unwrap().as_slice() else { panic!("{open:#}") };
    let question = one["question"].as_str().unwrap();
    assert!(question.contains(&text(&twin["conversation_id"])), "{question}");
    let key = one["key"].as_str().unwrap();

    let ours = made.object.unwrap();
    let ours = ours.rsplit('/').next().unwrap().to_owned();
    assert_eq!(desk.refused(&format!("resolve {key} landed")).await, (1, "needs_id".to_owned()));
    desk.done(&format!("resolve {key} landed {ours}")).await;
    assert_eq!(desk.done("resolve").await, json!([]));
    desk.say(&["apply", "--yes"]).await;
    let state = desk.simulator.state();
    let done = list(&state, "conversations").iter().find(|one| text(&one["id"]) == ours).unwrap();
    assert!(done["custom_attributes"]["deskero_original_ticket_id"].is_string());
    assert_eq!(desk.done("audit check").await["whole"], true);
    desk.done("replay").await;
}
