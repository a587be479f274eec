//! A workspace with things already in it: from its file, and added while it runs.

use crate::support::{Desk, NOW, last_part, parts, text};
use intercom_simulator::{Options, Simulator};
use serde_json::{Value, json};

fn content() -> Value {
    json!({
        "companies": [{"company_id": "acme", "name": "Acme", "tags": ["big"], "notes": ["pays"]}],
        "contacts": [
            {"external_id": "u1", "email": "Ann@Shop.Test", "tags": ["VIP", "big"],
             "companies": ["acme"], "notes": ["likes tea"]},
            {"role": "lead", "email": "bo@shop.test", "tags": ["vip"]},
        ],
        "collections": [{"id": 12, "name": "Start"}, {"name": "More", "parent_id": 12}],
        "articles": [{"id": 15, "title": "Hello", "body": "Read", "state": "published",
                      "parent_id": 12, "parent_type": "collection", "tags": ["vip"]}],
        "conversations": [
            {"id": 77, "contact": "ann@shop.test", "body": "Old question", "title": "Old",
             "created_at": NOW - 500, "tags": ["vip"], "admin_assignee_id": 991_267_002,
             "state": "closed",
             "parts": [{"type": "admin", "body": "Answer", "created_at": NOW - 400},
                       {"type": "admin", "message_type": "note", "body": "Hm"},
                       {"body": "Thanks", "created_at": NOW - 300}]},
        ],
    })
}

async fn holds_it(desk: &Desk) {
    let found = desk.get("/contacts/find_by_external_id/u1").await;
    assert_eq!(found["email"], "ann@shop.test");
    let id = text(&found["id"]);
    let tags = desk.get(&format!("/contacts/{id}/tags")).await;
    let names: Vec<String> =
        tags["data"].as_array().unwrap().iter().map(|t| text(&t["name"])).collect();
    assert_eq!(names, ["VIP", "big"]);
    assert_eq!(desk.get("/tags").await["data"].as_array().unwrap().len(), 2);
    let notes = desk.get(&format!("/contacts/{id}/notes")).await;
    assert_eq!(notes["data"][0]["body"], "<p>likes tea</p>");
    let companies = desk.get("/companies").await;
    let company = &companies["data"][0];
    assert_eq!(company["company_id"], "acme");
    assert_eq!(company["tags"]["tags"][0]["name"], "big");
    let article = desk.get("/articles/15").await;
    assert_eq!((&article["state"], &article["title"]), (&json!("published"), &json!("Hello")));
    assert_eq!(article["tags"]["tags"][0]["name"], "VIP");
    let collections = desk.get("/help_center/collections").await;
    assert_eq!(collections["data"][0]["parent_id"], "12");
    let old = desk.get("/conversations/77").await;
    assert_eq!((&old["state"], &old["title"]), (&json!("closed"), &json!("Old")));
    assert_eq!(old["contacts"]["contacts"][0]["id"], json!(id));
    let kinds: Vec<String> = parts(&old).iter().map(|part| text(&part["part_type"])).collect();
    assert_eq!(kinds, ["comment", "note", "comment", "close"]);
    assert_eq!(last_part(&old)["created_at"], NOW - 300);
    // Nobody heard of it, and new objects get other ids.
    assert!(desk.running.mailbox().is_empty());
    assert_ne!(desk.conversation(&id).await, "77");
    let found = desk
        .post(
            "/conversations/search",
            json!({
        "query": {"field": "contact_ids", "operator": "=", "value": id}}),
        )
        .await;
    assert_eq!(found["total_count"], 2);
}

#[tokio::test]
async fn a_workspace_file_holds_what_was_there_before() {
    holds_it(&Desk::with(content()).await).await;
}

#[tokio::test]
async fn content_is_added_while_it_runs() {
    let desk = Desk::start().await;
    let mut action = content();
    action["do"] = json!("add");
    let made = desk.running.act(&action).unwrap();
    assert_eq!(made["conversations"], json!(["77"]));
    assert_eq!(made["contacts"].as_array().unwrap().len(), 2);
    holds_it(&desk).await;
    let twice = json!({"do": "add", "conversations": [
        {"id": 77, "contact": "u1", "body": "x"}]});
    assert!(desk.running.act(&twice).unwrap_err().contains("77"));
    assert!(desk.running.act(&json!({"do": "add", "people": []})).is_err());
}

#[tokio::test]
async fn what_a_workspace_file_would_lose_is_refused() {
    for (workspace, word) in [
        (json!({"contacts": [{"email": "a@b.test", "tag": ["x"]}]}), "tag"),
        (json!({"companies": [{"company_id": "a", "users": 1}]}), "users"),
        (json!({"conversations": [{"contact": "nobody", "body": "x"}]}), "nobody"),
        (json!({"articles": [{"title": "x", "parent_id": 5}]}), "Found"),
        (json!({"contacts": [{"email": "a@b.test", "companies": ["none"]}]}), "none"),
    ] {
        let options = Options { workspace: workspace.clone(), ..Options::default() };
        let refused = Simulator::start(options).await.err().map(|error| error.to_string());
        let refused = refused.unwrap_or_default();
        assert!(refused.contains(word), "{workspace}: {refused:?}");
    }
}

#[tokio::test]
async fn addresses_in_a_workspace_file_are_kept_as_the_switch_says() {
    for (lower, kept) in [(true, "ann@shop.test"), (false, "Ann@Shop.Test")] {
        let contacts = json!([{"external_id": "u1", "email": "Ann@Shop.Test"}]);
        let features = json!({"email_lowercased": lower});
        let desk = Desk::with(json!({"contacts": contacts, "features": features})).await;
        assert_eq!(desk.get("/contacts/find_by_external_id/u1").await["email"], kept);
    }
}
