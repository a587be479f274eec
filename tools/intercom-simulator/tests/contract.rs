//! Every operation the simulator offers exists in the description, and one success of each fits.

use crate::description::Description;
use crate::support::{Desk, NOW, text};
use intercom_simulator::operations;
use serde_json::{Value, json};

/// Keys of the examples that no answer of the walk below has, with the reason.
const ABSENT: [&str; 15] = [
    // Examples in an older form than the schema, which has a conversation or a state object.
    "attachContactToConversation: customers",
    "changeTicketType: ticket_state_external_label",
    "changeTicketType: ticket_state_internal_label",
    // Only when the conversation is created at once; and an older form with an owner.
    "createMessage: conversation_id",
    "createMessage: owner",
    // Depends on what was sent.
    "createTag: companies",
    "createTag: users",
    "deleteConversationAttribute: multiline",
    "detachContactFromACompany: name",
    "detachContactFromACompany: remote_created_at",
    "detachContactFromConversation: customers",
    "getConversationAttribute: multiline",
    // Topics are found by an AI the simulator has not.
    "mergeConversation: ai_topics",
    "updateConversationAttribute: multiline",
    "updateTicket: snoozed_until",
];

#[test]
fn every_operation_is_one_of_the_description() {
    let Some(description) = Description::find() else {
        return;
    };
    for operation in operations() {
        let path = operation.pattern.replace("{}", "1");
        let named = description.name(operation.method, &path);
        assert_eq!(named.as_deref(), Some(operation.name), "{}", operation.pattern);
    }
}

#[tokio::test]
async fn one_success_of_every_operation_fits_the_description() {
    let workspace = json!({
        "custom_object_types": [{"identifier": "Order", "attributes": ["total"]}],
        "macros": [{"id": "1", "name": "Hi", "body": "<p>Hi</p>"}, {"id": "2", "name": "Yo"}],
        "segments": [{"id": "s1", "name": "Active"}],
        "features": {"company_query_is_object": false},
    });
    let desk = Desk::with(workspace).await;
    people(&desk).await;
    companies(&desk).await;
    definitions(&desk).await;
    conversations(&desk).await;
    tickets(&desk).await;
    knowledge(&desk).await;
    others(&desk).await;
    let Some(done) = desk.checked() else { return };
    let missing: Vec<&str> =
        operations().map(|o| o.name).filter(|name| !done.iter().any(|d| d == name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert_eq!(desk.absent(), ABSENT);
}

async fn people(desk: &Desk) {
    let id = desk.user("p1").await;
    let own = format!("/contacts/{id}");
    for path in ["/contacts", "/contacts/find_by_external_id/p1", &own] {
        desk.get(path).await;
    }
    desk.put(&own, json!({"name": "B", "avatar": "https://a.test/a.png"})).await;
    let query = json!({"query": {"field": "email", "operator": "~", "value": "shop"},
                       "pagination": {"per_page": 1}});
    desk.post("/contacts/search", query).await;
    let tag = desk.post("/tags", json!({"name": "p"})).await;
    desk.post(&format!("{own}/tags"), json!({"id": tag["id"]})).await;
    let note = desk.post(&format!("{own}/notes"), json!({"body": "x"})).await;
    desk.get(&format!("/notes/{}", text(&note["id"]))).await;
    let company = desk.post("/companies", json!({"company_id": "p"})).await;
    desk.post(&format!("{own}/companies"), json!({"id": company["id"]})).await;
    let choice = json!({"id": "91", "consent_type": "opt_out"});
    desk.post(&format!("{own}/subscriptions"), choice).await;
    for what in ["tags", "notes", "companies", "subscriptions", "segments", "merge_history"] {
        desk.get(&format!("{own}/{what}")).await;
    }
    desk.delete(&format!("{own}/tags/{}", text(&tag["id"]))).await;
    desk.delete(&format!("{own}/companies/{}", text(&company["id"]))).await;
    desk.delete(&format!("{own}/subscriptions/91")).await;
    for what in ["archive", "unarchive"] {
        desk.post(&format!("{own}/{what}"), json!({})).await;
    }
    let lead = desk.post("/contacts", json!({"role": "lead", "email": "p1@shop.test"})).await;
    desk.post("/contacts/merge", json!({"from": lead["id"], "into": id})).await;
    let path = format!("/contacts/{}", text(&lead["id"]));
    assert_eq!(desk.send("GET", &path, None).await.0, 410);
    desk.post(&format!("{own}/block"), json!({})).await;
    desk.delete(&own).await;
    for path in ["/segments", "/segments/s1", "/subscription_types"] {
        desk.get(path).await;
    }
}

async fn companies(desk: &Desk) {
    let contact = desk.user("c1").await;
    let body = json!({"company_id": "c", "name": "C", "size": 3, "website": "https://c.test",
                      "plan": "Gold", "industry": "x", "remote_created_at": 5});
    let id = text(&desk.post("/companies", body).await["id"]);
    desk.post(&format!("/contacts/{contact}/companies"), json!({"id": id})).await;
    let own = format!("/companies/{id}");
    desk.post(&format!("{own}/notes"), json!({"body": "x"})).await;
    desk.put(&own, json!({"name": "D"})).await;
    for what in ["", "/contacts", "/notes", "/segments"] {
        desk.get(&format!("{own}{what}")).await;
    }
    desk.get("/companies?company_id=c").await;
    desk.get("/companies/scroll").await;
    desk.post("/companies/list", json!({})).await;
    desk.delete(&own).await;
    desk.user("c1b").await;
}

async fn definitions(desk: &Desk) {
    for path in [
        "/me",
        "/admins",
        "/admins/991267001",
        "/teams",
        "/teams/5017001",
        "/brands",
        "/emails",
        "/away_status_reasons",
        "/tags",
    ] {
        desk.get(path).await;
    }
    let away = json!({"away_mode_enabled": true, "away_mode_reassign": false});
    desk.put("/admins/991267003/away", away).await;
    let tag = text(&desk.post("/tags", json!({"name": "d"})).await["id"]);
    desk.get(&format!("/tags/{tag}")).await;
    desk.delete(&format!("/tags/{tag}")).await;
    let body = json!({"name": "a", "model": "contact", "data_type": "options",
                      "options": [{"value": "x"}, {"value": "y"}], "description": "d"});
    let id = &desk.post("/data_attributes", body).await["id"];
    desk.put(&format!("/data_attributes/{id}"), json!({"archived": true})).await;
    desk.get("/data_attributes?include_archived=true").await;
    let path = "/conversations/attributes";
    for kind in ["string", "integer", "decimal", "boolean", "datetime", "files"] {
        desk.post(path, json!({"name": kind, "data_type": kind})).await;
    }
    let relation = json!({"name": "r", "data_type": "relationship",
                          "reference": {"type": "many", "object_type_id": "1"}});
    desk.post(path, relation).await;
    let options = json!([{"label": "A"}, {"label": "B"}]);
    let list = json!({"name": "l", "data_type": "list", "options": options});
    let list = desk.post(path, list).await;
    let own = format!("{path}/{}", list["id"]);
    desk.get(&own).await;
    desk.put(&own, json!({"description": "x"})).await;
    let added = desk.post(&format!("{own}/options"), json!({"label": "C"})).await;
    let option = format!("{own}/options/{}", text(&added["options"][2]["id"]));
    desk.put(&option, json!({"label": "D"})).await;
    desk.delete(&option).await;
    desk.get(path).await;
    desk.delete(&own).await;
}

async fn conversations(desk: &Desk) {
    let contact = desk.user("v1").await;
    let id = desk.conversation(&contact).await;
    let own = format!("/conversations/{id}");
    desk.put(&own, json!({"title": "T", "custom_attributes": {"string": "x"}})).await;
    let mut comment = desk.comment("comment", "<b>Hi</b>");
    comment["attachment_files"] =
        json!([{"content_type": "text/plain", "name": "a.txt", "data": "aGk="}]);
    desk.reply(&id, comment).await;
    desk.reply(&id, desk.comment("note", "n")).await;
    let admin = desk.admin();
    for body in [
        json!({"message_type": "assignment", "type": "admin", "admin_id": admin,
               "assignee_id": admin}),
        json!({"message_type": "snoozed", "admin_id": admin, "snoozed_until": NOW + 100}),
        json!({"message_type": "open", "admin_id": admin}),
        json!({"message_type": "close", "type": "admin", "admin_id": admin}),
    ] {
        desk.part(&id, body).await;
    }
    let tag = desk.post("/tags", json!({"name": "v"})).await;
    let body = json!({"id": tag["id"], "admin_id": admin});
    desk.post(&format!("{own}/tags"), body).await;
    let by = json!({"admin_id": admin});
    desk.get(&own).await;
    desk.send("DELETE", &format!("{own}/tags/{}", text(&tag["id"])), Some(&by)).await;
    let other = desk.user("v2").await;
    let body = json!({"admin_id": admin, "customer": {"intercom_user_id": other}});
    desk.post(&format!("{own}/customers"), body).await;
    desk.send("DELETE", &format!("{own}/customers/{other}"), Some(&by)).await;
    desk.get("/conversations?per_page=1").await;
    let query = json!({"query": {"field": "contact_ids", "operator": "=", "value": contact}});
    desk.post("/conversations/search", query).await;
    for what in ["handling_events", "side_conversations"] {
        desk.get(&format!("{own}/{what}")).await;
    }
    let answer = desk.get(&format!("{own}?display_as=plaintext")).await;
    let body =
        json!({"type": "source", "conversation_id": id, "source_id": answer["source"]["id"]});
    desk.post("/conversations/redact", body).await;
    let second = desk.conversation(&contact).await;
    let into: u64 = id.parse().unwrap();
    let body = json!({"merge_into_conversation_id": into});
    desk.post(&format!("/conversations/{second}/merge"), body).await;
    desk.delete(&own).await;
    desk.get("/conversations/deleted").await;
    let body = json!({"from": {"type": "admin", "id": admin}, "message_type": "email",
                      "subject": "S", "to": {"type": "user", "id": contact}, "body": "x"});
    desk.post("/messages", body).await;
    let event = json!({"event_name": "e", "created_at": 5, "user_id": "v1"});
    desk.post("/events", event).await;
}

async fn tickets(desk: &Desk) {
    let contact = desk.user("t1").await;
    let kind = text(&desk.post("/ticket_types", json!({"name": "K"})).await["id"]);
    let own = format!("/ticket_types/{kind}");
    desk.put(&own, json!({"description": "d"})).await;
    desk.get(&own).await;
    let body = json!({"name": "N", "description": "d", "data_type": "list", "list_items": "a,b"});
    let attribute = desk.post(&format!("{own}/attributes"), body).await;
    let path = format!("{own}/attributes/{}", text(&attribute["id"]));
    desk.put(&path, json!({"list_items": "a,b,c"})).await;
    desk.get("/ticket_types").await;
    desk.get("/ticket_states").await;
    let body = json!({"ticket_type_id": "70", "contacts": [{"id": contact}],
                      "ticket_attributes": {"_default_title_": "T"}});
    let ticket = text(&desk.post("/tickets", body.clone()).await["id"]);
    let job = desk.post("/tickets/enqueue", body).await;
    desk.get(&format!("/jobs/status/{}", text(&job["id"]))).await;
    let own = format!("/tickets/{ticket}");
    desk.get(&own).await;
    desk.put(
        &own,
        json!({"ticket_state_id": "8002",
                          "ticket_attributes": {"_default_title_": "U"}}),
    )
    .await;
    desk.post(&format!("{own}/reply"), desk.comment("comment", "x")).await;
    let body = json!({"ticket_type_id": kind, "ticket_state_id": "8003"});
    desk.post(&format!("{own}/change_type"), body).await;
    let tag = desk.post("/tags", json!({"name": "t"})).await;
    let body = json!({"id": tag["id"], "admin_id": desk.admin()});
    desk.post(&format!("{own}/tags"), body).await;
    let by = json!({"admin_id": desk.admin()});
    desk.send("DELETE", &format!("{own}/tags/{}", text(&tag["id"])), Some(&by)).await;
    let query = json!({"query": {"field": "open", "operator": "=", "value": true}});
    desk.post("/tickets/search", query).await;
    let body = json!({"ticket_type_id": "72", "contacts": [{"id": contact}]});
    let tracker = text(&desk.post("/tickets", body).await["id"]);
    let conversation = desk.conversation(&contact).await;
    let links = format!("/tickets/{tracker}/linked_conversations");
    desk.post(&links, json!({"conversation_id": conversation})).await;
    desk.delete(&format!("{links}/{conversation}")).await;
    let path = format!("/conversations/{conversation}/convert");
    desk.post(&path, json!({"ticket_type_id": "70"})).await;
    desk.delete(&own).await;
}

async fn knowledge(desk: &Desk) {
    desk.get("/help_center/help_centers").await;
    desk.get("/help_center/help_centers/79").await;
    let translated = json!({"de": {"name": "Eins", "description": "d"}});
    let body = json!({"name": "One", "description": "d", "translated_content": translated});
    let collection = text(&desk.post("/help_center/collections", body).await["id"]);
    let shelf = format!("/help_center/collections/{collection}");
    desk.get(&shelf).await;
    desk.put(&shelf, json!({"name": "Two"})).await;
    desk.get("/help_center/collections").await;
    let german = json!({"title": "Titel", "body": "b", "author_id": 991_267_001});
    let body = json!({"title": "T", "author_id": 991_267_001, "body": "a", "state": "published",
                      "parent_id": collection, "translated_content": {"de": german}});
    let article = text(&desk.post("/articles", body).await["id"]);
    let own = format!("/articles/{article}");
    desk.get(&own).await;
    desk.put(&own, json!({"title": "U"})).await;
    desk.put(&format!("{own}/draft"), json!({"title": "V"})).await;
    desk.get(&format!("{own}/draft")).await;
    desk.post(&format!("{own}/draft/publish"), json!({"locales": ["en"]})).await;
    let versions = desk.get(&format!("{own}/versions")).await;
    desk.get(&format!("{own}/versions/{}", text(&versions["data"][0]["id"]))).await;
    let tag = text(&desk.post("/tags", json!({"name": "k"})).await["id"]);
    desk.post(&format!("{own}/tags"), json!({"id": tag})).await;
    desk.delete(&format!("{own}/tags/{tag}")).await;
    desk.get("/articles").await;
    desk.get("/articles/search?phrase=v").await;
    let path = "/help_center/help_centers/79/redirects";
    let body = json!({"from_url": "https://help.simulator.test/o", "locale": "en",
                      "target_type": "collection", "target_id": collection});
    let redirect = text(&desk.post(path, body).await["id"]);
    desk.get(path).await;
    desk.get(&format!("{path}/{redirect}")).await;
    desk.delete(&format!("{path}/{redirect}")).await;
    desk.delete(&own).await;
    desk.delete(&shelf).await;
    let body = json!({"title": "I", "author_id": 991_267_001, "owner_id": 991_267_002,
                      "body": "x"});
    let internal = text(&desk.post("/internal_articles", body).await["id"]);
    let own = format!("/internal_articles/{internal}");
    desk.get(&own).await;
    desk.put(&own, json!({"title": "J"})).await;
    desk.post(&format!("{own}/tags"), json!({"id": tag})).await;
    desk.delete(&format!("{own}/tags/{tag}")).await;
    desk.get("/internal_articles").await;
    desk.get("/internal_articles/search").await;
    desk.delete(&own).await;
}

async fn others(desk: &Desk) {
    let path = "/custom_object_instances/Order";
    for external_id in ["o1", "o2"] {
        desk.post(path, json!({"external_id": external_id, "custom_attributes": {"total": 1}}))
            .await;
    }
    desk.get(path).await;
    desk.get(&format!("{path}/o1")).await;
    desk.delete(&format!("{path}/o1")).await;
    desk.delete(&format!("{path}?external_id=o2")).await;
    desk.get("/macros?per_page=1").await;
    desk.get("/macros/1").await;
    let (status, refused) = desk.send("GET", "/macros/9", None).await;
    assert_eq!((status, &refused["type"]), (404, &Value::from("error.list")));
}
