//! The simulator's own addresses: state, views, witness, acts, clock.

use crate::support::{Desk, NOW, client, last_part, parts};
use intercom_simulator::Options;
use serde_json::{Value, json};

impl Desk {
    async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request = self.request(method, path, body.as_ref());
        request.send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test]
async fn the_state_is_equal_when_nothing_changed() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let before = desk.control("GET", "/_sim/state", None).await;
    desk.get(&format!("/conversations/{id}")).await;
    assert_eq!(desk.control("GET", "/_sim/state", None).await, before);
    desk.put(&format!("/conversations/{id}"), json!({"title": "x"})).await;
    assert_ne!(desk.control("GET", "/_sim/state", None).await, before);
    assert_eq!(desk.running.state(), desk.control("GET", "/_sim/state", None).await);
}

/// The same people, companies, tags and threads, made in one order or the other.
async fn build(reverse: bool) -> Desk {
    let desk = Desk::start().await;
    if reverse {
        desk.post("/companies", json!({"company_id": "c1"})).await;
        desk.user("u0").await;
    }
    let tag = desk.post("/tags", json!({"name": if reverse { "b" } else { "a" }})).await;
    desk.post("/tags", json!({"name": if reverse { "a" } else { "b" }})).await;
    let contact = desk.user("u1").await;
    if !reverse {
        desk.user("u0").await;
        desk.post("/companies", json!({"company_id": "c1"})).await;
    }
    let id = desk.conversation(&contact).await;
    desk.running.advance(if reverse { 60_000 } else { 0 });
    let mut note = desk.comment("note", "hi");
    note["created_at"] = json!(NOW - 10);
    desk.reply(&id, note).await;
    let _ = tag;
    desk
}

#[tokio::test]
async fn the_comparable_view_knows_neither_ids_nor_order_nor_server_times() {
    let (one, other) = (build(false).await, build(true).await);
    assert_ne!(one.running.state(), other.running.state());
    assert_eq!(one.running.comparable(), other.running.comparable());
    let shown = one.control("GET", "/_sim/state?view=comparable", None).await;
    assert_eq!(shown, one.running.comparable());
    assert_eq!(shown["conversations"][0]["parts"][0]["created_at"], NOW - 10);
    other.post("/tags", json!({"name": "c"})).await;
    assert_ne!(one.running.comparable(), other.running.comparable());
}

#[tokio::test]
async fn the_witness_tells_every_request_and_its_object() {
    let desk = Desk::options(Options { witness_bodies: true, ..Options::default() }).await;
    let contact = desk.user("u1").await;
    desk.refused("GET", "/contacts/1", Value::Null).await;
    let page = desk.control("GET", "/_sim/witness", None).await;
    assert_eq!(page["total"], 2);
    let first = &page["requests"][0];
    assert_eq!((&first["operation"], &first["status"]), (&json!("CreateContact"), &json!(200)));
    assert_eq!(
        (&first["applied"], &first["object"]),
        (&json!(true), &json!(format!("contact/{contact}")))
    );
    assert!(first["body"].as_str().unwrap().contains("\"u1\""));
    assert_eq!(first["time_ms"], NOW * 1000);
    let second = desk.control("GET", "/_sim/witness?since=1&limit=5", None).await;
    assert_eq!(second["requests"][0]["status"], 404);
    assert_eq!(second["requests"][0]["applied"], false);
}

#[tokio::test]
async fn people_act_while_the_migration_runs() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    for action in [
        json!({"do": "reply", "conversation": id, "body": "by hand"}),
        json!({"do": "note", "conversation": id, "body": "note", "admin": "991267002"}),
        json!({"do": "tag_conversation", "conversation": id, "tag": "hot"}),
        json!({"do": "tag_contact", "contact": contact, "tag": "hot"}),
        json!({"do": "title", "conversation": id, "title": "By hand"}),
        json!({"do": "assign", "conversation": id, "to": "5017001"}),
        json!({"do": "close", "conversation": id}),
        json!({"do": "contact_reply", "conversation": id, "body": "more"}),
        json!({"do": "call", "method": "PUT", "path": format!("/contacts/{contact}"),
               "body": {"name": "Renamed"}}),
    ] {
        let answer = desk.control("POST", "/_sim/act", Some(action.clone())).await;
        assert!(answer.get("error").is_none(), "{action}: {answer}");
    }
    let found = desk.get(&format!("/conversations/{id}")).await;
    assert_eq!((&found["title"], &found["state"]), (&json!("By hand"), &json!("open")));
    assert_eq!((parts(&found).len(), &last_part(&found)["part_type"]), (5, &json!("open")));
    assert_eq!(desk.get(&format!("/contacts/{contact}")).await["name"], "Renamed");
    assert_eq!(desk.running.witness().iter().filter(|seen| seen.applied).count(), 2);
    for action in [json!({}), json!({"do": "dance"}), json!({"do": "close", "conversation": 1})] {
        assert!(desk.running.act(&action).is_err(), "{action}");
    }
}

#[tokio::test]
async fn people_set_up_what_no_call_does() {
    let desk = Desk::start().await;
    let states = json!([
        {"id": 8001, "category": "submitted", "internal_label": "New", "external_label": "New"},
        {"id": 9, "category": "resolved", "internal_label": "Done", "external_label": "Done"},
    ]);
    let action = json!({"do": "set_up", "ticket_states": states,
                        "teams": [{"id": 5, "name": "New", "admin_ids": []}],
                        "custom_object_types": [{"identifier": "Order"}]});
    desk.running.act(&action).unwrap();
    assert_eq!(desk.get("/teams").await["teams"][0]["name"], "New");
    assert_eq!(desk.get("/ticket_states").await["data"][1]["id"], "9");
    assert_eq!(desk.get("/custom_object_instances/Order").await["total_count"], 0);
    assert!(desk.running.act(&json!({"do": "set_up", "teams": [{"id": 5}]})).is_err());
}

#[tokio::test]
async fn faults_mail_and_clock_are_reached_over_http() {
    let desk = Desk::start().await;
    let set = |body: Value| desk.control("POST", "/_sim/faults", Some(body));
    assert_eq!(set(json!({"profile": "mixed"})).await["rules"], 9);
    assert_eq!(set(json!([{"what": "reset", "nth": 3}])).await["rules"], 1);
    assert!(set(json!({"profile": "nonsense"})).await["error"].is_string());
    assert_eq!(set(json!([])).await["rules"], 0);
    assert_eq!(desk.control("GET", "/_sim/mailbox", None).await["total"], 0);
    let clock = desk.control("POST", "/_sim/clock", Some(json!({"advance_ms": 5}))).await;
    assert_eq!(clock["now_ms"], NOW * 1000 + 5);
    assert!(desk.control("GET", "/_sim/nonsense", None).await["error"].is_string());
}

#[tokio::test]
async fn a_workspace_file_that_is_not_understood_is_refused() {
    use intercom_simulator::Simulator;
    for workspace in [
        json!({"admin": []}),
        json!({"features": {"nonsense": true}}),
        json!({"app": {"timezone": "Mars/Olympus"}}),
        json!({"contacts": [{"id": "xyz"}]}),
        json!({"contacts": [{"companies": ["none"]}]}),
    ] {
        let options = Options { workspace: workspace.clone(), ..Options::default() };
        assert!(Simulator::start(options).await.is_err(), "{workspace}");
    }
}

#[tokio::test]
async fn stopping_closes_the_port() {
    let desk = Desk::start().await;
    let url = format!("{}/_sim/state", desk.running.url());
    desk.running.stop().await;
    let client = client();
    assert!(client.get(url).send().await.is_err());
}
