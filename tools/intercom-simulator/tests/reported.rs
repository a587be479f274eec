//! What people met in live workspaces, beyond the description: refused, accepted, shown.

use crate::support::{Desk, NOW, last_part, text};
use intercom_simulator::{FaultKind, FaultRule};
use serde_json::{Value, json};

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| text(&one[key])).collect()
}

fn assignment(desk: &Desk, kind: &str, to: u64) -> Value {
    json!({"message_type": "assignment", "type": kind, "admin_id": desk.admin(),
           "assignee_id": to.to_string()})
}

#[tokio::test]
async fn the_same_assignee_is_refused_and_leaves_no_part() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let path = format!("/conversations/{id}/parts");
    for (kind, to) in [("admin", 991_267_002), ("team", 5_017_001)] {
        desk.part(&id, assignment(&desk, kind, to)).await;
        let before = desk.running.state();
        let (status, _, message) = desk.refused("POST", &path, assignment(&desk, kind, to)).await;
        assert_eq!(status, 422);
        assert!(message.contains("already assigned to the specified assignee"), "{message}");
        assert_eq!(desk.running.state(), before);
    }
    desk.part(&id, assignment(&desk, "admin", 991_267_003)).await;
    let lenient = Desk::features(json!({"same_assignee_refused": false})).await;
    let contact = lenient.user("u1").await;
    let id = lenient.conversation(&contact).await;
    lenient.part(&id, assignment(&lenient, "team", 5_017_001)).await;
    lenient.part(&id, assignment(&lenient, "team", 5_017_001)).await;
}

#[tokio::test]
async fn closing_what_is_closed_is_refused() {
    for refused in [true, false] {
        let desk = Desk::features(json!({"closing_closed_refused": refused})).await;
        let contact = desk.user("u1").await;
        let id = desk.conversation(&contact).await;
        let close = json!({"message_type": "close", "type": "admin", "admin_id": desk.admin()});
        desk.part(&id, close.clone()).await;
        let path = format!("/conversations/{id}/parts");
        let (status, _) = desk.send("POST", &path, Some(&close)).await;
        assert_eq!(status, if refused { 422 } else { 200 });
        desk.part(&id, json!({"message_type": "open", "admin_id": desk.admin()})).await;
        desk.part(&id, close).await;
    }
}

/// A closed conversation that is a ticket.
async fn closed_ticket(desk: &Desk) -> String {
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let body = json!({"ticket_type_id": "70"});
    desk.post(&format!("/conversations/{id}/convert"), body).await;
    desk.put(&format!("/tickets/{id}"), json!({"open": false})).await;
    assert_eq!(desk.get(&format!("/tickets/{id}")).await["open"], false);
    id
}

#[tokio::test]
async fn a_write_to_a_closed_ticket_opens_it_as_the_switch_says() {
    let change = || json!({"ticket_attributes": {"_default_title_": "x"}});
    let closing = || json!({"ticket_state_id": "8002", "open": false});
    for (switch, plain, with_close) in [
        ("reopens", Some(true), Some(false)),
        ("reopens_always", Some(true), Some(true)),
        ("stays", Some(false), Some(false)),
        ("refuse", None, None),
    ] {
        for (body, open) in [(change(), plain), (closing(), with_close)] {
            let desk = Desk::features(json!({"closed_ticket_write": switch})).await;
            let id = closed_ticket(&desk).await;
            let path = format!("/tickets/{id}");
            let (status, answer) = desk.send("PUT", &path, Some(&body)).await;
            match open {
                Some(open) => assert_eq!(answer["open"], open, "{switch} {body}"),
                None => assert_eq!(status, 422, "{switch}"),
            }
            // What does nothing but close, closes.
            if open == Some(true) {
                let answer = desk.put(&path, json!({"open": false})).await;
                assert_eq!(answer["open"], false);
            }
        }
    }
}

#[tokio::test]
async fn a_conversion_opens_what_was_closed_and_the_conversation_names_its_ticket() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let close = json!({"message_type": "close", "type": "admin", "admin_id": desk.admin()});
    let closed = desk.part(&id, close.clone()).await;
    assert_eq!(closed["ticket"], Value::Null);
    let body = json!({"ticket_type_id": "70", "ticket_state_id": "8004"});
    let ticket = desk.post(&format!("/conversations/{id}/convert"), body).await;
    assert_eq!(ticket["open"], true);
    let shown = desk.part(&id, close).await;
    assert_eq!(shown["state"], "closed");
    assert_eq!(
        (&shown["ticket"]["id"], &shown["ticket"]["state"]),
        (&ticket["id"], &json!("resolved"))
    );
    assert_eq!(shown["ticket"]["ticket_type"]["id"], "70");
}

#[tokio::test]
async fn odd_forms_of_addresses_are_refused() {
    let odd = [
        "mailto:ann@shop.test",
        "ann\u{200b}@shop.test",
        "ann@shop..test",
        "ann@shop.test.",
        "ann.@shop.test",
    ];
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    for email in odd {
        let body = json!({"role": "user", "email": email});
        assert_eq!(desk.refused("POST", "/contacts", body.clone()).await.0, 400, "{email:?}");
        let path = format!("/contacts/{contact}");
        assert_eq!(desk.refused("PUT", &path, body).await.0, 400, "{email:?}");
    }
    assert_eq!(desk.get(&format!("/contacts/{contact}")).await["email"], "u1@shop.test");
    for (switch, kept) in [("accept", json!("ann@shop..test")), ("ignore", json!(""))] {
        let desk = Desk::features(json!({"odd_email": switch})).await;
        let body = json!({"role": "user", "email": "ann@shop..test"});
        assert_eq!(desk.post("/contacts", body).await["email"], kept);
    }
}

#[tokio::test]
async fn a_merged_contact_is_not_restorable() {
    let desk = Desk::start().await;
    let user = desk.user("u1").await;
    let lead = desk.post("/contacts", json!({"role": "lead", "email": "u1@shop.test"})).await;
    let lead = text(&lead["id"]);
    desk.post("/contacts/merge", json!({"from": lead, "into": user})).await;
    let path = format!("/contacts/{lead}/unarchive");
    let (status, code, message) = desk.refused("POST", &path, Value::Null).await;
    assert_eq!((status, code.as_str()), (400, "bad_request"));
    assert!(message.contains("merged and is not restorable"), "{message}");
}

#[tokio::test]
async fn the_words_for_what_is_not_there() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let body = json!({"custom_attributes": {"anything": "you want"}});
    let (status, code, message) = desk.refused("PUT", &format!("/conversations/{id}"), body).await;
    assert_eq!((status, code.as_str()), (400, "parameter_invalid"));
    assert_eq!(message, "Conversation attribute 'anything' does not exist");
    let query = |field: &str| json!({"query": {"field": field, "operator": "=", "value": "x"}});
    let named = query("ticket_attribute.CSAT");
    let (status, code, _) = desk.refused("POST", "/tickets/search", named).await;
    assert_eq!((status, code.as_str()), (400, "field_not_found"));
    let missing = query("ticket_attribute.99999");
    assert_eq!(desk.refused("POST", "/tickets/search", missing).await.1, "invalid_field");
}

#[tokio::test]
async fn a_fault_can_answer_that_a_new_company_was_not_found() {
    let desk = Desk::start().await;
    let rule: FaultRule = serde_json::from_value(json!({
        "what": "error_before", "status": 404, "route": "createOrUpdateCompany"}))
    .unwrap();
    assert_eq!(rule.what, FaultKind::ErrorBefore);
    desk.running.set_faults(vec![rule]);
    let (status, code, _) = desk.refused("POST", "/companies", json!({"company_id": "a"})).await;
    assert_eq!((status, code.as_str()), (404, "company_not_found"));
    assert_eq!(desk.running.state()["companies"], json!([]));
}

#[tokio::test]
async fn teammates_and_attributes_that_every_workspace_has() {
    let desk = Desk::start().await;
    let admins = desk.get("/admins").await;
    assert_eq!(names(&admins["admins"], "name").last().unwrap(), "Operator");
    let operator = admins["admins"].as_array().unwrap().last().unwrap();
    assert_eq!(operator["email"], "operator+simulator@intercom.io");
    assert_eq!(operator["has_inbox_seat"], false);
    let id = text(&operator["id"]);
    assert_eq!(desk.get(&format!("/admins/{id}")).await["name"], "Operator");
    desk.post(
        "/data_attributes",
        json!({"name": "tier", "model": "contact", "data_type": "string"}),
    )
    .await;
    let all = desk.get("/data_attributes?model=contact").await;
    let all = all["data"].as_array().unwrap();
    assert!(all.iter().all(|one| one["model"] == "contact"));
    let custom: Vec<&Value> = all.iter().filter(|one| one["custom"] == true).collect();
    assert_eq!(custom.len(), 1);
    let email = all.iter().find(|one| one["full_name"] == "email").unwrap();
    assert_eq!((&email["custom"], &email["id"]), (&json!(false), &Value::Null));
    let bare = Desk::features(json!({"operator_in_admins": false,
                                     "standard_attributes": false}))
    .await;
    assert_eq!(bare.get("/admins").await["admins"].as_array().unwrap().len(), 3);
    assert_eq!(bare.get("/data_attributes").await["data"], json!([]));
}

#[tokio::test]
async fn searches_take_fractions_of_seconds_and_compare_ids() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let other = desk.user("u2").await;
    let first = desk.conversation(&contact).await;
    let second = desk.conversation(&other).await;
    let search = |field: &str, operator: &str, value: Value| {
        json!({"query": {"field": field, "operator": operator, "value": value},
               "sort": {"field": "id", "order": "ascending"}})
    };
    for (query, ids) in [
        (search("id", ">", json!("0")), vec![first.clone(), second.clone()]),
        (search("id", ">", json!(first)), vec![second.clone()]),
        (search("id", "<=", json!(first)), vec![first.clone()]),
        (
            search("created_at", ">", json!(NOW as f64 - 1000.5)),
            vec![first.clone(), second.clone()],
        ),
        (search("created_at", ">", json!(NOW as f64 - 900.5)), vec![]),
    ] {
        let found = desk.post("/conversations/search", query.clone()).await;
        assert_eq!(names(&found["conversations"], "id"), ids, "{query}");
    }
    let mut newest = search("id", ">", json!("0"));
    newest["sort"]["order"] = json!("descending");
    let found = desk.post("/conversations/search", newest).await;
    assert_eq!(names(&found["conversations"], "id"), [second, first]);
    let people = search("id", ">", json!(contact));
    let found = desk.post("/contacts/search", people).await;
    assert_eq!(names(&found["data"], "id"), [other]);
    let old = search("created_at", ">", json!(1_000_000_000.0));
    assert_eq!(desk.post("/contacts/search", old).await["total_count"], 2);
}

#[tokio::test]
async fn lists_as_official_clients_read_them() {
    let desk = Desk::with(json!({"help_centers": [{"id": 1}, {"id": 2}, {"id": 3}]})).await;
    let contact = desk.user("u1").await;
    let company = desk.post("/companies", json!({"company_id": "acme"})).await;
    let path = format!("/contacts/{contact}/companies");
    desk.post(&path, json!({"id": company["id"]})).await;
    let list = desk.get(&path).await;
    assert_eq!(list["companies"], list["data"]);
    assert_eq!(list["companies"][0]["company_id"], "acme");
    let page = async |n: u32| {
        let path = format!("/help_center/help_centers?page={n}&per_page=2");
        names(&desk.get(&path).await["data"], "id")
    };
    assert_eq!((page(1).await, page(2).await), (vec!["1".into(), "2".into()], vec!["3".into()]));
    assert!(page(3).await.is_empty());
}

#[tokio::test]
async fn searches_show_what_is_deleted_for_a_while_when_switched() {
    for lag in [0, 5_000] {
        let desk = Desk::features(json!({"deleted_in_search_ms": lag})).await;
        let contact = desk.user("u1").await;
        let kept = desk.user("u2").await;
        let id = desk.conversation(&kept).await;
        desk.delete(&format!("/contacts/{contact}")).await;
        desk.delete(&format!("/conversations/{id}")).await;
        let gone = desk.refused("GET", &format!("/contacts/{contact}"), Value::Null).await;
        assert_eq!(gone.0, 404);
        let people = json!({"query": {"field": "email", "operator": "=",
                                      "value": "u1@shop.test"}});
        let threads = json!({"query": {"field": "id", "operator": "=", "value": id}});
        let seen = async || {
            let people = desk.post("/contacts/search", people.clone()).await;
            let threads = desk.post("/conversations/search", threads.clone()).await;
            (text(&people["total_count"]), text(&threads["total_count"]))
        };
        let expected = if lag == 0 { "0" } else { "1" };
        assert_eq!(seen().await, (expected.to_owned(), expected.to_owned()));
        desk.running.advance(6_000);
        assert_eq!(seen().await, ("0".to_owned(), "0".to_owned()));
    }
}

fn objects() -> Value {
    json!({
        "custom_object_types": [
            {"identifier": "Order", "attributes": [
                {"name": "total", "data_type": "decimal"}, {"name": "paid", "data_type": "boolean"},
                {"name": "note", "data_type": "string"},
                {"name": "items", "data_type": "relationship", "references": "Item"}]},
            {"identifier": "Item", "attributes": ["label"]},
        ],
        "data_attributes": [{"model": "contact", "name": "orders", "references": "Order"}],
        "conversation_attributes": [{"name": "order", "data_type": "relationship"}],
    })
}

#[tokio::test]
async fn references_read_back_as_a_type_and_instances() {
    let desk = Desk::with(objects()).await;
    let item = json!({"external_id": "i1", "custom_attributes": {"label": "Pump"}});
    desk.post("/custom_object_instances/Item", item).await;
    let order = json!({"external_id": "o1", "custom_attributes": {
        "total": 12.5, "paid": true, "note": "12", "items": ["i1"]}});
    let order = desk.post("/custom_object_instances/Order", order).await;
    let values = &order["custom_attributes"];
    assert_eq!(
        (&values["total"], &values["paid"], &values["note"]),
        (&json!("12.5"), &json!("true"), &json!("12"))
    );
    assert_eq!(values["items"]["type"], "Item.list");
    assert_eq!(values["items"]["instances"][0]["external_id"], "i1");
    // What reads back as text may be sent as text.
    let again = json!({"external_id": "o1", "custom_attributes": {"total": "13", "paid": "false"}});
    desk.post("/custom_object_instances/Order", again).await;
    let contact = desk.user("u1").await;
    let body = json!({"custom_attributes": {"orders": ["o1"]}});
    let changed = desk.put(&format!("/contacts/{contact}"), body).await;
    let orders = &changed["custom_attributes"]["orders"];
    assert_eq!(orders["type"], "Order.list");
    assert_eq!(orders["instances"][0]["id"], order["id"]);
    let id = desk.conversation(&contact).await;
    let body = json!({"custom_attributes": {"order": [order["id"]]}});
    let changed = desk.put(&format!("/conversations/{id}"), body).await;
    let reference = &changed["custom_attributes"]["order"];
    assert_eq!(
        (&reference["type"], &reference["instances"][0]["external_id"]),
        (&json!("Order.list"), &json!("o1"))
    );
    assert_eq!(last_part(&changed)["event_details"]["attribute"]["name"], "order");
    // The state holds what was sent.
    assert_eq!(desk.running.state()["contacts"][0]["custom_attributes"]["orders"], json!(["o1"]));
}

#[tokio::test]
async fn references_read_back_as_ids_when_switched() {
    let mut workspace = objects();
    workspace["features"] = json!({"relationship_shape": "ids", "object_values_as_text": false});
    let desk = Desk::with(workspace).await;
    let order = json!({"external_id": "o1", "custom_attributes": {"total": 12.5}});
    let order = desk.post("/custom_object_instances/Order", order).await;
    assert_eq!(order["custom_attributes"]["total"], 12.5);
    let contact = desk.user("u1").await;
    let body = json!({"custom_attributes": {"orders": ["o1"]}});
    let changed = desk.put(&format!("/contacts/{contact}"), body).await;
    assert_eq!(changed["custom_attributes"]["orders"], json!(["o1"]));
}
