//! Attributes and tags: names, types, values, and the trap of doubled names.

use crate::support::{Desk, parts, text};
use serde_json::{Value, json};

#[tokio::test]
async fn contacts_and_companies_share_one_name_space() {
    let desk = Desk::start().await;
    let body = |name: &str, model: &str, kind: &str| {
        let mut body = json!({"name": name, "model": model});
        body["data_type"] = json!(kind);
        body
    };
    let made = desk.post("/data_attributes", body("tier", "company", "string")).await;
    assert_eq!(made["full_name"], "custom_attributes.tier");
    for (sent, part) in [
        (
            body("tier", "contact", "string"),
            "You already have 'tier' in your company data. To save \
                                             this as new people data",
        ),
        (body("tier", "company", "string"), "as new company data"),
        (body("email", "contact", "string"), "You already have 'email'"),
        (body("a/b", "contact", "string"), "must only contain alphanumeric characters"),
        (body("x", "contact", "blob"), "Data Type isn't an option"),
        (body("x", "conversation", "string"), "must be either contact or company"),
    ] {
        let (status, code, message) = desk.refused("POST", "/data_attributes", sent).await;
        assert_eq!((status, code.as_str()), (400, "parameter_invalid"));
        assert!(message.contains(part), "{message}");
    }
    let path = format!("/data_attributes/{}", made["id"]);
    desk.put(&path, json!({"archived": true})).await;
    let shown = desk.get("/data_attributes?model=company").await;
    assert!(shown["data"].as_array().unwrap().iter().all(|one| one["custom"] == false));
    let all = desk.get("/data_attributes?include_archived=true").await;
    assert_eq!(all["data"][0]["archived"], true);
    assert_eq!(
        desk.refused("GET", "/data_attributes?model=conversation", Value::Null).await.0,
        422
    );
}

#[tokio::test]
async fn options_and_dates_read_back_in_another_form() {
    let desk = Desk::start().await;
    let body = json!({"name": "size", "model": "contact", "data_type": "options",
                      "options": [{"value": "S"}, {"value": "M"}]});
    let made = desk.post("/data_attributes", body).await;
    assert_eq!((&made["data_type"], &made["options"]), (&json!("string"), &json!(["S", "M"])));
    let body = json!({"name": "since", "model": "contact", "data_type": "datetime"});
    assert_eq!(desk.post("/data_attributes", body).await["data_type"], "date");
}

#[tokio::test]
async fn values_must_fit_their_attribute() {
    let workspace = json!({"data_attributes": [
        {"name": "text", "model": "contact", "data_type": "string"},
        {"name": "number", "model": "contact", "data_type": "integer"},
        {"name": "flag", "model": "contact", "data_type": "boolean"},
        {"name": "pick", "model": "contact", "data_type": "string", "options": ["a", "b"]},
        {"name": "firm", "model": "company", "data_type": "string"},
    ]});
    let desk = Desk::with(workspace).await;
    let id = desk.user("u1").await;
    let path = format!("/contacts/{id}");
    let long = "x".repeat(256);
    for (name, value, fits) in [
        ("text", json!("ok"), true),
        ("text", json!(long), false),
        ("number", json!("12"), true),
        ("number", json!("many"), false),
        ("flag", json!(true), true),
        ("flag", json!("yes"), false),
        ("pick", json!("a"), true),
        ("pick", json!("c"), false),
        ("firm", json!("x"), false),
        ("unknown", json!("x"), false),
    ] {
        let body = json!({"custom_attributes": {name: value}});
        let (status, answer) = desk.send("PUT", &path, Some(&body)).await;
        assert_eq!(status == 200, fits, "{name}: {answer}");
    }
}

#[tokio::test]
async fn unknown_values_are_passed_over_or_kept_when_switched() {
    for (switch, kept) in [("ignore", json!({})), ("accept", json!({"new": 1}))] {
        let desk = Desk::features(json!({"unknown_attribute": switch})).await;
        let body = json!({"role": "user", "external_id": "u", "custom_attributes": {"new": 1}});
        assert_eq!(desk.post("/contacts", body).await["custom_attributes"], kept);
    }
}

#[tokio::test]
async fn the_number_of_attributes_is_limited() {
    let desk = Desk::features(json!({"custom_attributes_max": 1})).await;
    let body = |name: &str| json!({"name": name, "model": "contact", "data_type": "string"});
    desk.post("/data_attributes", body("a")).await;
    let (_, code, _) = desk.refused("POST", "/data_attributes", body("b")).await;
    assert_eq!(code, "custom_data_limit_reached");
}

#[tokio::test]
async fn an_attribute_something_depends_on_is_not_archived() {
    let workspace = json!({"data_attributes": [
        {"id": 7, "name": "a", "model": "contact", "dependents": ["Segment 1"]}]});
    let desk = Desk::with(workspace).await;
    let (status, code, _) =
        desk.refused("PUT", "/data_attributes/7", json!({"archived": true})).await;
    assert_eq!((status, code.as_str()), (422, "data_invalid"));
}

#[tokio::test]
async fn doubled_conversation_attributes_break_later_updates() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let path = format!("/conversations/{}", desk.conversation(&contact).await);
    let attribute = json!({"name": "Topic", "data_type": "string"});
    let first = desk.post("/conversations/attributes", attribute.clone()).await;
    let value = json!({"custom_attributes": {"Topic": "A"}});
    let answer = desk.put(&path, value.clone()).await;
    assert_eq!(parts(&answer)[0]["part_type"], "conversation_attribute_updated_by_admin");
    assert_eq!(parts(&answer)[0]["author"]["type"], "bot");
    assert_eq!(parts(&answer)[0]["event_details"]["value"]["name"], "A");
    let again = desk.put(&path, value.clone()).await;
    assert_eq!(parts(&again).len(), 1, "an equal value adds no part");
    let second = desk.post("/conversations/attributes", attribute).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(desk.refused("PUT", &path, value.clone()).await.0, 400);
    desk.put(&path, json!({"title": "still fine"})).await;
    desk.delete(&format!("/conversations/attributes/{}", second["id"])).await;
    desk.put(&path, value).await;
}

#[tokio::test]
async fn list_attributes_keep_two_options() {
    let desk = Desk::start().await;
    let body = json!({"name": "Kind", "data_type": "list",
                      "options": [{"label": "A"}, {"label": "B"}]});
    let made = desk.post("/conversations/attributes", body).await;
    let base = format!("/conversations/attributes/{}/options", made["id"]);
    let option = format!("{base}/{}", text(&made["options"][0]["id"]));
    assert_eq!(desk.refused("DELETE", &option, Value::Null).await.0, 422);
    assert_eq!(desk.post(&base, json!({"label": "C"})).await["options"][2]["label"], "C");
    let answer = desk.delete(&option).await;
    assert_eq!(answer["options"][0]["archived"], true);
    assert_eq!(desk.refused("POST", &base, json!({"label": 3})).await.0, 422);
    let contact = desk.user("u1").await;
    let path = format!("/conversations/{}", desk.conversation(&contact).await);
    let value = |label: &str| json!({"custom_attributes": {"Kind": label}});
    desk.put(&path, value("B")).await;
    assert_eq!(desk.refused("PUT", &path, value("A")).await.0, 400);
}

#[tokio::test]
async fn tags_do_not_differ_by_case_and_some_can_not_go() {
    let desk =
        Desk::with(json!({"tags": [{"id": 5, "name": "Kept", "segments": ["Seg 1"]}]})).await;
    let first = desk.post("/tags", json!({"name": "Urgent"})).await;
    let second = desk.post("/tags", json!({"name": "URGENT"})).await;
    assert_eq!(first, second);
    let (status, code, message) = desk.refused("DELETE", "/tags/5", Value::Null).await;
    assert_eq!((status, code.as_str()), (400, "tag_has_dependent_objects"));
    assert!(message.ends_with("Segments: Seg 1."), "{message}");
    let contact = desk.user("u1").await;
    desk.post(&format!("/contacts/{contact}/tags"), json!({"id": first["id"]})).await;
    desk.delete(&format!("/tags/{}", text(&first["id"]))).await;
    assert_eq!(desk.get(&format!("/contacts/{contact}/tags")).await["data"], json!([]));
    let path = format!("/contacts/{contact}/tags");
    assert_eq!(desk.refused("POST", &path, json!({"id": "999"})).await.1, "tag_not_found");
}
