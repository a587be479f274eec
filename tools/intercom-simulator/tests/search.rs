//! Lists and searches through HTTP.

use crate::support::{Desk, NOW, text};
use serde_json::{Value, json};

#[tokio::test]
async fn cursors_walk_over_all_contacts_once() {
    let desk = Desk::start().await;
    for n in 0..7 {
        desk.user(&format!("u{n}")).await;
    }
    let mut path = "/contacts?per_page=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = desk.get(&path).await;
        assert_eq!(page["total_count"], 7);
        seen.extend(page["data"].as_array().unwrap().iter().map(|c| text(&c["external_id"])));
        let next = &page["pages"]["next"]["starting_after"];
        if next.is_null() {
            break;
        }
        path = format!("/contacts?per_page=3&starting_after={}", text(next));
    }
    assert_eq!(seen, ["u0", "u1", "u2", "u3", "u4", "u5", "u6"]);
    for (path, status) in [
        ("/contacts?per_page=150", 200),
        ("/contacts?per_page=151", 400),
        ("/conversations?per_page=151", 400),
        ("/conversations/deleted?per_page=61", 400),
    ] {
        assert_eq!(desk.send("GET", path, None).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn contacts_are_found_by_tag_and_attribute_but_not_by_unknown_fields() {
    let workspace = json!({"data_attributes": [{"name": "source", "model": "contact"}]});
    let desk = Desk::with(workspace).await;
    let id = desk.user("u1").await;
    desk.user("u2").await;
    desk.put(&format!("/contacts/{id}"), json!({"custom_attributes": {"source": "D-1"}})).await;
    let tag = text(&desk.post("/tags", json!({"name": "x"})).await["id"]);
    desk.post(&format!("/contacts/{id}/tags"), json!({"id": tag})).await;
    let query = |field: &str, value: Value| {
        json!({"query": {"operator": "AND", "value": [
            {"field": field, "operator": "=", "value": value},
            {"field": "role", "operator": "=", "value": "user"}]}})
    };
    for (field, value) in [
        ("tag_id", json!(tag)),
        ("custom_attributes.source", json!("D-1")),
        ("email", json!("U1@shop.test")),
        ("id", json!(id)),
    ] {
        let found = desk.post("/contacts/search", query(field, value)).await;
        assert_eq!(found["total_count"], 1, "{field}");
    }
    let (status, code, _) =
        desk.refused("POST", "/contacts/search", query("nonsense", json!(1))).await;
    assert_eq!((status, code.as_str()), (400, "invalid_field"));
    let mut body = query("email", json!("x"));
    body["sort"] = json!({"field": "created_at", "order": "desc"});
    let (status, code, _) = desk.refused("POST", "/contacts/search", body).await;
    assert_eq!((status, code.as_str()), (400, "invalid_sort_order"));
}

#[tokio::test]
async fn dates_of_contacts_count_in_days_of_the_workspace() {
    let desk = Desk::with(json!({"app": {"timezone": "Europe/Vienna"}})).await;
    let id = desk.user("u1").await;
    desk.put(&format!("/contacts/{id}"), json!({"signed_up_at": NOW - 3600})).await;
    let query = |operator: &str| {
        let filter = json!({"field": "signed_up_at", "operator": operator, "value": NOW});
        json!({"query": filter})
    };
    for (operator, count) in [("=", 1), (">", 0), ("<", 0)] {
        let found = desk.post("/contacts/search", query(operator)).await;
        assert_eq!(found["total_count"], count, "{operator}");
    }
    for operator in ["!=", ">=", "<="] {
        assert_eq!(desk.refused("POST", "/contacts/search", query(operator)).await.0, 400);
    }
}

fn filter(field: &str, operator: &str, value: Value) -> Value {
    json!({"field": field, "operator": operator, "value": value})
}

#[tokio::test]
async fn conversations_are_found_by_contact_date_and_tag() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let other = desk.user("u2").await;
    let id = desk.conversation(&contact).await;
    desk.conversation(&other).await;
    let tag = text(&desk.post("/tags", json!({"name": "run-1"})).await["id"]);
    let body = json!({"id": tag, "admin_id": desk.admin()});
    desk.post(&format!("/conversations/{id}/tags"), body).await;
    let both = json!({"operator": "AND", "value": [
        filter("contact_ids", "=", json!(contact)),
        filter("created_at", ">", json!(NOW - 1000)),
        filter("created_at", "<", json!(NOW - 1000))]});
    for (query, count) in [
        (both, 1),
        (filter("tag_ids", "IN", json!([tag])), 1),
        (filter("state", "=", json!("open")), 2),
        (filter("source.body", "~", json!("hello")), 2),
        (filter("source.author.email", "=", json!("u2@shop.test")), 1),
        (filter("contact_ids", "=", json!("nobody")), 0),
    ] {
        let found = desk.post("/conversations/search", json!({"query": query})).await;
        assert_eq!(found["total_count"], count, "{query}");
        let items = found["conversations"].as_array().unwrap();
        assert!(items.iter().all(|item| item.get("conversation_parts").is_none()));
    }
    let query = json!({"query": filter("custom_attributes.x", "=", json!(1))});
    assert_eq!(desk.refused("POST", "/conversations/search", query).await.0, 400);
}

#[tokio::test]
async fn numbered_pages_name_the_next_one_as_an_address() {
    let desk = Desk::start().await;
    for n in 0..3 {
        let contact = desk.user(&format!("u{n}")).await;
        let company = desk.post("/companies", json!({"company_id": n.to_string()})).await;
        desk.post(&format!("/contacts/{contact}/companies"), json!({"id": company["id"]})).await;
    }
    let url = format!("{}/companies/list?per_page=2", desk.running.url());
    let page: Value = desk
        .request("POST", "/companies/list?per_page=2", Some(&json!({})))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let next = text(&page["pages"]["next"]);
    assert_eq!(next, format!("{url}&page=2"));
    assert_eq!(page["total_count"], 3);
}
