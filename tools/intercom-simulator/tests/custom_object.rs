//! Custom objects: types from the file, instances by external id.

use crate::support::{Desk, text};
use serde_json::{Value, json};

#[tokio::test]
async fn instances_are_created_or_updated_by_external_id() {
    let workspace = json!({"custom_object_types": [
        {"identifier": "Order", "attributes": ["total", "status"]}]});
    let desk = Desk::with(workspace).await;
    let path = "/custom_object_instances/Order";
    let body = json!({"external_id": "o1", "external_created_at": 1_000,
                      "custom_attributes": {"total": 5}});
    let made = desk.post(path, body).await;
    let body = json!({"external_id": "o1", "custom_attributes": {"status": "sent"}});
    let again = desk.post(path, body).await;
    assert_eq!(again["id"], made["id"]);
    assert_eq!(again["custom_attributes"], json!({"total": "5", "status": "sent"}));
    assert_eq!(again["external_created_at"], 1_000);
    let body = json!({"external_id": "o1", "custom_attributes": {"nope": 1}});
    assert_eq!(desk.refused("POST", path, body).await.0, 400);
    let unknown = "/custom_object_instances/Nope";
    assert_eq!(desk.refused("GET", unknown, Value::Null).await.0, 404);
    let own = format!("{path}/{}", text(&made["id"]));
    assert_eq!(desk.get(&own).await["external_id"], "o1");
}

#[tokio::test]
async fn values_must_be_of_the_declared_type() {
    let workspace = json!({"custom_object_types": [{"identifier": "Order", "attributes": [
        {"name": "total", "data_type": "decimal"}, {"name": "count", "data_type": "integer"},
        {"name": "sent", "data_type": "boolean"}, {"name": "note", "data_type": "string"},
        {"name": "lines", "data_type": "relationship"}, "any"]}]});
    let desk = Desk::with(workspace).await;
    let path = "/custom_object_instances/Order";
    let one =
        |name: &str, value: Value| json!({"external_id": "o", "custom_attributes": {name: value}});
    for (name, good, bad) in [
        ("total", json!(1.5), json!("one")),
        ("count", json!(2), json!(2.5)),
        ("sent", json!(true), json!("yes")),
        ("note", json!("x"), json!(1)),
        ("lines", json!([]), json!("1")),
    ] {
        desk.post(path, one(name, good)).await;
        assert_eq!(desk.refused("POST", path, one(name, bad)).await.0, 400, "{name}");
    }
    desk.post(path, one("any", json!(1))).await;
}

#[tokio::test]
async fn references_replace_the_whole_set_and_go_with_the_instance() {
    let workspace = json!({
        "custom_object_types": [{"identifier": "Order", "attributes": []}],
        "data_attributes": [{"name": "orders", "model": "contact", "references": "Order"}],
    });
    let desk = Desk::with(workspace).await;
    let path = "/custom_object_instances/Order";
    let first = text(&desk.post(path, json!({"external_id": "o1"})).await["id"]);
    let second = text(&desk.post(path, json!({"external_id": "o2"})).await["id"]);
    let contact = desk.user("u1").await;
    let own = format!("/contacts/{contact}");
    desk.put(&own, json!({"custom_attributes": {"orders": [first]}})).await;
    let answer = desk.put(&own, json!({"custom_attributes": {"orders": [second]}})).await;
    let ids = |contact: &Value| -> Vec<String> {
        let orders = &contact["custom_attributes"]["orders"]["instances"];
        orders.as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
    };
    assert_eq!(ids(&answer), std::slice::from_ref(&second));
    let list = desk.get(&format!("{path}?references_contact_id={contact}")).await;
    assert_eq!(list["data"][0]["external_id"], "o2");
    desk.delete(&format!("{path}/{second}")).await;
    assert!(ids(&desk.get(&own).await).is_empty());
    desk.delete(&format!("{path}?external_id=o1")).await;
    assert_eq!(desk.get(path).await["total_count"], 0);
}
