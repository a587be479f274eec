//! Tickets: types, values, states, replies, links.

use crate::support::{Desk, NOW, text};
use serde_json::{Value, json};

impl Desk {
    async fn ticket(&self, type_id: &str) -> Value {
        let contact = self.user(&format!("t{type_id}")).await;
        let body = json!({"ticket_type_id": type_id, "contacts": [{"id": contact}],
                          "ticket_attributes": {"_default_title_": "T",
                                                "_default_description_": "D"},
                          "created_at": NOW - 900, "skip_notifications": true});
        self.post("/tickets", body).await
    }
}

#[tokio::test]
async fn a_ticket_starts_in_its_first_state_on_the_given_date() {
    let desk = Desk::start().await;
    let ticket = desk.ticket("70").await;
    assert_eq!(ticket["created_at"], NOW - 900);
    assert_eq!(ticket["ticket_state"]["category"], "submitted");
    assert_eq!(ticket["ticket_attributes"]["_default_title_"], "T");
    assert_eq!(
        ticket["ticket_parts"]["ticket_parts"][0]["part_type"],
        "ticket_state_updated_by_admin"
    );
    assert_ne!(ticket["id"], ticket["ticket_id"]);
    let same = desk.get(&format!("/conversations/{}", text(&ticket["id"]))).await;
    assert_eq!(same["id"], ticket["id"], "a ticket is reachable as a conversation too");
}

#[tokio::test]
async fn bad_tickets_are_refused() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let good = json!({"ticket_type_id": "70", "contacts": [{"id": contact}]});
    for (key, value, status) in [
        ("ticket_type_id", json!("999"), 404),
        ("contacts", json!([]), 400),
        ("contacts", json!([{"id": contact}, {"id": contact}]), 400),
        ("contacts", json!([{"external_id": "u9"}]), 404),
        ("ticket_attributes", json!({"nope": 1}), 400),
        ("created_at", json!(NOW + 4000), 400),
        ("assignment", json!({"admin_assignee_id": "5"}), 404),
    ] {
        let mut body = good.clone();
        body[key] = value;
        assert_eq!(desk.refused("POST", "/tickets", body).await.0, status, "{key}");
    }
    let body = json!({"ticket_type_id": "70", "contacts": [{"email": "fresh@shop.test"}]});
    let ticket = desk.post("/tickets", body).await;
    let made = text(&ticket["contacts"]["contacts"][0]["id"]);
    assert_eq!(desk.get(&format!("/contacts/{made}")).await["email"], "fresh@shop.test");
}

#[tokio::test]
async fn list_values_are_written_by_the_id_of_the_item() {
    for (shape, by_label) in [("id", false), ("label", true)] {
        let desk = Desk::features(json!({"ticket_list_shape": shape})).await;
        let body = json!({"name": "Speed", "description": "", "data_type": "list",
                          "list_items": "Slow, Fast", "required_to_create": true});
        let attribute = desk.post("/ticket_types/70/attributes", body).await;
        let items = attribute["input_options"]["list_options"].as_array().unwrap().clone();
        assert_eq!(items[1]["name"], "Fast");
        let contact = desk.user("u1").await;
        let body = |values: Value| {
            json!({"ticket_type_id": "70", "contacts": [{"id": contact}],
                   "ticket_attributes": values})
        };
        let (status, _, message) = desk.refused("POST", "/tickets", body(json!({}))).await;
        assert_eq!((status, message.as_str()), (400, "Missing required ticket attributes"));
        let label = body(json!({"Speed": "Fast"}));
        assert_eq!(desk.refused("POST", "/tickets", label).await.0, 400);
        let ticket = desk.post("/tickets", body(json!({"Speed": items[1]["id"]}))).await;
        let expected = if by_label { json!("Fast") } else { items[1]["id"].clone() };
        assert_eq!(ticket["ticket_attributes"]["Speed"], expected);
    }
}

#[tokio::test]
async fn the_same_state_is_refused_and_changes_add_parts() {
    let desk = Desk::start().await;
    let ticket = desk.ticket("70").await;
    let path = format!("/tickets/{}", text(&ticket["id"]));
    let body = json!({"ticket_state_id": "8003", "admin_id": 991_267_001,
                      "ticket_attributes": {"_default_title_": "New"}, "skip_notifications": true});
    let changed = desk.put(&path, body.clone()).await;
    assert_eq!(changed["ticket_state"]["id"], "8003");
    assert_eq!(changed["previous_ticket_state_id"], "8001");
    assert_eq!(changed["ticket_parts"]["total_count"], 3);
    let (status, _, message) = desk.refused("PUT", &path, body).await;
    assert_eq!((status, message.as_str()), (400, "Cannot transition ticket to the same state"));
    let (_, code, _) = desk.refused("PUT", &path, json!({"ticket_state_id": "1"})).await;
    assert_eq!(code, "ticket_state_id_invalid");
    let (_, code, _) = desk.refused("PUT", &path, json!({"assignee_id": "5"})).await;
    assert_eq!(code, "assignee_not_found");
    let assigned = desk.put(&path, json!({"assignee_id": "5017001", "open": false})).await;
    assert_eq!(assigned["team_assignee_id"], 5_017_001);
    let past = json!({"snoozed_until": NOW - 1});
    assert_eq!(desk.refused("PUT", &path, past).await.0, 400);
}

#[tokio::test]
async fn a_reply_answers_with_its_own_part() {
    let desk = Desk::start().await;
    let ticket = desk.ticket("70").await;
    let path = format!("/tickets/{}/reply", text(&ticket["id"]));
    let mut note = desk.comment("note", "Hi");
    note["created_at"] = json!(NOW - 100);
    let part = desk.post(&path, note).await;
    assert_eq!((&part["part_type"], &part["body"]), (&json!("note"), &json!("<p>Hi</p>")));
    assert_eq!(part["created_at"], NOW - 100);
    let contact = text(&ticket["contacts"]["contacts"][0]["id"]);
    let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": contact,
                       "body": "x", "skip_notifications": true});
    assert_eq!(desk.post(&path, reply.clone()).await["part_type"], "comment");
    assert_eq!(desk.running.mailbox().len(), 0);
    desk.post(
        &path,
        json!({"message_type": "comment", "type": "admin", "body": "x",
                            "admin_id": desk.admin()}),
    )
    .await;
    assert_eq!(desk.running.mailbox().len(), 1);
    let back = desk.ticket("71").await;
    let path = format!("/tickets/{}/reply", text(&back["id"]));
    let (status, code, _) = desk.refused("POST", &path, reply).await;
    assert_eq!((status, code.as_str()), (400, "parameter_mismatch"));
}

#[tokio::test]
async fn only_trackers_take_links_and_a_conversation_has_one_tracker() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let conversation = desk.conversation(&contact).await;
    let tracker = text(&desk.ticket("72").await["id"]);
    let other = text(
        &desk
            .post(
                "/tickets",
                json!({"ticket_type_id": "72",
        "contacts": [{"id": contact}]}),
            )
            .await["id"],
    );
    let customer = text(&desk.ticket("70").await["id"]);
    let body = json!({"conversation_id": conversation});
    let path = |ticket: &str| format!("/tickets/{ticket}/linked_conversations");
    desk.post(&path(&tracker), body.clone()).await;
    let (_, code, _) = desk.refused("POST", &path(&other), body.clone()).await;
    assert_eq!(code, "already_linked_to_tracker");
    let (_, code, _) = desk.refused("POST", &path(&customer), body).await;
    assert_eq!(code, "invalid_ticket_type");
    let linked = desk.get(&format!("/conversations/{conversation}")).await;
    assert_eq!(linked["linked_objects"]["data"][0]["category"], "Tracker");
    desk.delete(&format!("{}/{conversation}", path(&tracker))).await;
    let linked = desk.get(&format!("/conversations/{conversation}")).await;
    assert_eq!(linked["linked_objects"]["total_count"], 0);
}

#[tokio::test]
async fn a_conversation_becomes_a_customer_ticket_only() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let path = format!("/conversations/{id}/convert");
    assert_eq!(desk.refused("POST", &path, json!({"ticket_type_id": "71"})).await.0, 400);
    let body = json!({"ticket_type_id": "70", "ticket_state_id": "8002"});
    let ticket = desk.post(&path, body.clone()).await;
    assert_eq!((&ticket["id"], &ticket["ticket_state"]["id"]), (&json!(id), &json!("8002")));
    assert_eq!(desk.refused("POST", &path, body).await.0, 400);
    assert_eq!(desk.get("/conversations").await["total_count"], 0);
}

#[tokio::test]
async fn tickets_are_found_by_the_id_of_their_attribute() {
    let desk = Desk::start().await;
    let body = json!({"name": "source_id", "description": "", "data_type": "string"});
    let attribute = desk.post("/ticket_types/70/attributes", body).await;
    let contact = desk.user("u1").await;
    let body = json!({"ticket_type_id": "70", "contacts": [{"id": contact}],
                      "ticket_attributes": {"source_id": "D-7"}});
    let ticket = desk.post("/tickets", body).await;
    let field = format!("ticket_attribute.{}", text(&attribute["id"]));
    let found = |field: &str, value: &str| {
        let filter = json!({"field": field, "operator": "=", "value": value});
        json!({"query": filter})
    };
    let answer = desk.post("/tickets/search", found(&field, "D-7")).await;
    assert_eq!(answer["tickets"][0]["id"], ticket["id"]);
    for (field, value, count) in
        [("category", "request", 1), ("category", "task", 0), ("state", "submitted", 1)]
    {
        let answer = desk.post("/tickets/search", found(field, value)).await;
        assert_eq!(answer["total_count"], count, "{field} {value}");
    }
    let (status, ..) = desk.refused("POST", "/tickets/search", found("tag_ids", "1")).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn types_and_attributes_are_archived_not_deleted() {
    let desk = Desk::start().await;
    let made = desk.post("/ticket_types", json!({"name": "Bug", "category": "Tracker"})).await;
    assert_eq!(made["ticket_states"]["data"].as_array().unwrap().len(), 4);
    let path = format!("/ticket_types/{}", text(&made["id"]));
    assert_eq!(desk.put(&path, json!({"archived": true})).await["archived"], true);
    let body = json!({"ticket_type_id": made["id"], "contacts": [{"email": "a@b.test"}]});
    assert_eq!(desk.refused("POST", "/tickets", body).await.0, 404);
    assert_eq!(desk.refused("DELETE", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_changed_type_stays_in_its_category() {
    let desk = Desk::start().await;
    let ticket = text(&desk.ticket("70").await["id"]);
    let other = text(&desk.post("/ticket_types", json!({"name": "Other"})).await["id"]);
    let path = format!("/tickets/{ticket}/change_type");
    let body = |id: &str| json!({"ticket_type_id": id, "ticket_state_id": "8002"});
    assert_eq!(desk.refused("POST", &path, body("70")).await.0, 400);
    assert_eq!(desk.refused("POST", &path, body("71")).await.0, 400);
    assert_eq!(desk.post(&path, body(&other)).await["ticket_type"]["name"], "Other");
}

#[tokio::test]
async fn a_job_names_the_ticket_it_made_and_a_deleted_ticket_is_gone() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let body = json!({"ticket_type_id": "70", "contacts": [{"id": contact}]});
    let job = desk.post("/tickets/enqueue", body).await;
    assert_eq!(job["status"], "pending");
    let job = desk.get(&format!("/jobs/status/{}", text(&job["id"]))).await;
    let path = format!("/tickets/{}", text(&job["resource_id"]));
    desk.get(&path).await;
    desk.delete(&path).await;
    assert_eq!(desk.refused("GET", &path, Value::Null).await.1, "ticket_not_found");
    assert_eq!(desk.running.state()["deleted_tickets"].as_array().unwrap().len(), 1);
}
