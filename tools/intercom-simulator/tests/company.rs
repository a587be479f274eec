//! Companies: upsert, lists, archive.

use crate::support::{Desk, NOW, text};
use serde_json::{Value, json};

#[tokio::test]
async fn a_company_is_matched_by_its_own_id() {
    let desk = Desk::start().await;
    let body = json!({"company_id": "c1", "name": "A", "remote_created_at": 1_000_000,
                      "plan": "Gold", "monthly_spend": 49.9});
    let first = desk.post("/companies", body).await;
    assert_eq!(first["remote_created_at"], 1_000_000);
    assert_eq!((&first["plan"]["name"], &first["monthly_spend"]), (&json!("Gold"), &json!(49)));
    let second = desk.post("/companies", json!({"company_id": "c1", "name": "B"})).await;
    assert_eq!((&second["id"], &second["name"]), (&first["id"], &json!("B")));
    let (status, code, message) =
        desk.refused("POST", "/companies", json!({"company_id": "c1", "test": 1})).await;
    assert_eq!(
        (status, code.as_str(), message.as_str()),
        (400, "bad_request", "bad 'test' parameter")
    );
    let path = format!("/companies/{}", text(&first["id"]));
    let body = json!({"remote_created_at": 5});
    assert_eq!(desk.refused("PUT", &path, body).await.0, 400);
}

#[tokio::test]
async fn lists_omit_companies_without_contacts() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let company = desk.post("/companies", json!({"company_id": "c1"})).await;
    assert_eq!(desk.post("/companies/list", json!({})).await["total_count"], 0);
    assert_eq!(desk.get("/companies/scroll").await["data"], json!([]));
    desk.post(&format!("/contacts/{contact}/companies"), json!({"id": company["id"]})).await;
    assert_eq!(desk.post("/companies/list", json!({})).await["total_count"], 1);
    let scroll = desk.get("/companies/scroll").await;
    assert_eq!(scroll["data"].as_array().unwrap().len(), 1);
    let next = format!("/companies/scroll?scroll_param={}", text(&scroll["scroll_param"]));
    assert_eq!(desk.get(&next).await["data"], json!([]));
}

#[tokio::test]
async fn a_query_by_company_id_answers_with_the_company_or_a_list() {
    for (bare, key) in [(true, "company_id"), (false, "data")] {
        let desk = Desk::features(json!({"company_query_is_object": bare})).await;
        desk.post("/companies", json!({"company_id": "c1"})).await;
        let url = format!("{}/companies?company_id=c1", desk.running.url());
        let request = desk.request("GET", "/companies?company_id=c1", None);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer.get(key).is_some(), "{url}: {answer}");
    }
    let desk = Desk::start().await;
    let (status, code, _) = desk.refused("GET", "/companies?company_id=x", Value::Null).await;
    assert_eq!((status, code.as_str()), (404, "company_not_found"));
}

#[tokio::test]
async fn deleting_archives_and_detaches_and_a_new_post_restores() {
    let desk = Desk::features(json!({"company_delete_delay_ms": 5_000})).await;
    let contact = desk.user("u1").await;
    let company = desk.post("/companies", json!({"company_id": "c1", "name": "A"})).await;
    let id = text(&company["id"]);
    desk.post(&format!("/contacts/{contact}/companies"), json!({"id": id})).await;
    desk.delete(&format!("/companies/{id}")).await;
    desk.get(&format!("/companies/{id}")).await;
    desk.running.advance(5_000);
    assert_eq!(desk.refused("GET", &format!("/companies/{id}"), Value::Null).await.0, 404);
    let list = desk.get(&format!("/contacts/{contact}/companies")).await;
    assert_eq!(list["total_count"], 0);
    let state = desk.running.state();
    assert_eq!(state["companies"][0]["archived"], true);
    let again = desk.post("/companies", json!({"company_id": "c1"})).await;
    assert_eq!((&again["id"], &again["name"]), (&json!(id), &json!("A")));
}

#[tokio::test]
async fn tagging_skips_companies_that_are_not_there() {
    let desk = Desk::start().await;
    let company = desk.post("/companies", json!({"company_id": "c1"})).await;
    let body = json!({"name": "VIP", "companies": [{"company_id": "c1"}, {"company_id": "c9"}]});
    let answer = desk.post("/tags", body).await;
    assert_eq!(answer["companies"], json!([{"id": company["id"], "tagged": true}]));
    let body = json!({"name": "vip", "companies": [{"company_id": "c1", "untag": true}]});
    let answer = desk.post("/tags", body).await;
    assert_eq!(answer["companies"], json!([{"id": company["id"], "tagged": false}]));
}

#[tokio::test]
async fn notes_of_a_company_are_kept() {
    let desk = Desk::start().await;
    let company = desk.post("/companies", json!({"company_id": "c1"})).await;
    let path = format!("/companies/{}/notes", text(&company["id"]));
    let note = desk.post(&path, json!({"body": "Hello"})).await;
    assert_eq!((&note["body"], &note["created_at"]), (&json!("<p>Hello</p>"), &json!(NOW)));
    assert_eq!(desk.get(&path).await["data"][0]["id"], note["id"]);
}
