//! One request, one answer: what the client makes of what a server does.

use deskledger::destination::intercom::payload::contact::{self, ContactBody, Role};
use deskledger::destination::intercom::payload::conversation::{self, Message};
use deskledger::destination::intercom::payload::tag;
use deskledger::destination::intercom::{API_VERSION, list_all};
use deskledger::destination::{Answer, Destination, Read, ReadAnswer, Reason, StopScope};
use deskledger::env::Env;
use deskledger::model::event::FailureClass;
use intercom_simulator::Options;
use serde_json::json;

use super::support::{ADMIN, Desk, at, bounded, client, file, key};

fn ann() -> ContactBody {
    ContactBody {
        role: Some(Role::User),
        external_id: Some("desk-1".into()),
        email: Some("ann@example.com".into()),
        ..ContactBody::default()
    }
}

#[tokio::test]
async fn a_conflict_names_the_contact_that_is_there() {
    let mut desk = Desk::start().await;
    let create = contact::create("create".into(), &ann());
    let id = desk.make("desk/customer/1", &create).await;
    let request = desk.resolve(&create);
    let Answer::Refused(refusal) = desk.client.attempt(&request).await else { panic!() };
    assert_eq!((refusal.existing, refusal.archived), (Some(id), false));
    assert_eq!(refusal.reason, Reason::Exists);

    desk.perform(&contact::archive("archive".into(), &key("desk/customer/1"))).await;
    let Answer::Refused(refusal) = desk.client.attempt(&request).await else { panic!() };
    assert!(refusal.archived);
}

#[tokio::test]
async fn every_fault_is_classed_and_nothing_is_sent_twice() {
    let create = |name: &str| {
        let body = ContactBody { external_id: Some(name.into()), ..ContactBody::default() };
        contact::create("create".into(), &body)
    };
    for (fault, code) in [
        ("drop_after", "connection_lost"),
        ("drop_before", "connection_lost"),
        ("reset", "connection_lost"),
        ("truncated", "answer_truncated"),
        ("empty", "answer_empty"),
        ("error_after", "service_unavailable"),
        ("error_before", "service_unavailable"),
    ] {
        let desk = Desk::start().await;
        // The connection is kept and used again: that, too, must not send anything twice.
        let me = desk.client.read(&Read::get("/me")).await;
        assert!(matches!(me, ReadAnswer::Found(_)));
        desk.faults(json!([{ "what": fault, "first": 1, "writes_only": true }]));
        let answer = bounded(desk.client.attempt(&desk.resolve(&create(fault)))).await;
        let Answer::Unknown { code: got } = answer else { panic!("{fault}: {answer:?}") };
        // Half an answer may break off before its head is through.
        let broken = fault == "truncated" && got == "connection_lost";
        assert!(got == code || broken, "{fault}: {got}");
        assert_eq!(desk.writes(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_repeatable_request_is_refused_for_now() {
    let desk = Desk::start().await;
    desk.faults(json!([{ "what": "error_before", "first": 1, "status": 500 }]));
    let request = desk.resolve(&tag::create("tag".into(), "vip"));
    let Answer::Refused(refusal) = desk.client.attempt(&request).await else { panic!() };
    assert_eq!(refusal.class, FailureClass::Temporary);
}

#[tokio::test]
async fn a_server_that_is_not_there_got_nothing() {
    let desk = Desk::start().await;
    let request = desk.resolve(&contact::create("create".into(), &ann()));
    let nobody = client("http://127.0.0.1:9", "test", &Env::system());
    let Answer::Refused(refusal) = bounded(nobody.attempt(&request)).await else { panic!() };
    assert_eq!((refusal.class, refusal.status), (FailureClass::Temporary, 0));
    assert_eq!(refusal.code, "not_connected");
}

#[tokio::test]
async fn a_wrong_token_stops_the_run_and_never_prints() {
    let options = Options { token: Some("right".into()), ..Options::default() };
    let desk = Desk::options(options).await;
    let request = desk.resolve(&contact::create("create".into(), &ann()));
    let answer = desk.client.attempt(&request).await;
    let Answer::Stop { scope, status, .. } = &answer else { panic!("{answer:?}") };
    assert_eq!((*scope, *status), (StopScope::Run, 401));
    let right = client(&desk.running.url(), "right", &desk.env);
    assert!(matches!(right.attempt(&request).await, Answer::Done { .. }));
}

#[tokio::test]
async fn too_many_requests_say_how_long_to_wait() {
    let options = Options { rate_limit: Some(5), ..Options::default() };
    let desk = Desk::options(options).await;
    // Somebody else has used the window up.
    let theirs = reqwest::Client::new();
    for _ in 0..5 {
        let url = format!("{}/me", desk.running.url());
        theirs.get(url).bearer_auth("x").send().await.unwrap();
    }
    match desk.client.attempt(&desk.resolve(&tag::create("tag".into(), "vip"))).await {
        Answer::Limited { wait } => {
            assert!(wait.as_millis() >= 1_000 && wait.as_millis() <= 13_750, "{wait:?}");
        }
        // The window turned between their requests and ours.
        Answer::Done { .. } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn files_arrive_and_the_part_is_named() {
    let mut desk = Desk::start().await;
    desk.make("desk/customer/1", &contact::create("create".into(), &ann())).await;
    let customer = key("desk/customer/1");
    let create = conversation::create("create".into(), &customer, "Hello", at(0));
    let thread = desk.make("desk/ticket/1", &create).await;
    let said = Message { body: "<p>See file</p>", created_at: at(60), files: &[file("a.txt")] };
    let step = conversation::note("part:1".into(), &key("desk/ticket/1"), ADMIN, &said);
    let part = desk.perform(&step).await;
    let read = Read::get("/conversations/{id}").with("id", &thread);
    let ReadAnswer::Found(body) = desk.client.read(&read).await else { panic!() };
    let found = &body["conversation_parts"]["conversation_parts"][0];
    assert_eq!(found["id"], part.as_str());
    assert_eq!(found["attachments"][0]["filesize"], 11);
    assert!(desk.running.mailbox().is_empty() || body["source"]["body"].is_string());
}

#[tokio::test]
async fn lists_are_read_to_their_end_and_the_version_is_asked_for() {
    let mut desk = Desk::start().await;
    for number in 0..7 {
        let external_id = Some(format!("desk-{number}"));
        let body = ContactBody { external_id, ..ContactBody::default() };
        desk.perform(&contact::create("create".into(), &body)).await;
    }
    let read = Read::get("/contacts").query("per_page", 3);
    let all = list_all(&desk.client, read).await.unwrap();
    assert_eq!(all.len(), 7);
    let search = json!({
        "query": { "field": "role", "operator": "=", "value": "user" },
        "pagination": { "per_page": 2 },
    });
    let found = list_all(&desk.client, Read::search("/contacts/search", search)).await.unwrap();
    assert_eq!(found.len(), 7);
    assert_eq!(API_VERSION, "2.16");
    let absent = desk.client.read(&Read::get("/contacts/{id}").with("id", "0".repeat(24))).await;
    assert_eq!(absent, ReadAnswer::Absent);
}
