//! Contacts: identity, duplicates, archive and deletion.

use crate::support::{Desk, NOW, text};
use intercom_simulator::Options;
use serde_json::{Value, json};

#[tokio::test]
async fn a_user_exists_once_and_the_conflict_names_it() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    let again = json!({"role": "user", "external_id": "u1"});
    let (status, code, message) = desk.refused("POST", "/contacts", again.clone()).await;
    assert_eq!((status, code.as_str()), (409, "conflict"));
    assert_eq!(message, format!("A contact matching those details already exists with id={id}"));
    desk.post(&format!("/contacts/{id}/archive"), json!({})).await;
    let (_, _, message) = desk.refused("POST", "/contacts", again).await;
    let expected =
        format!("An archived contact matching those details already exists with id={id}");
    assert_eq!(message, expected);
}

#[tokio::test]
async fn an_equal_email_conflicts_as_the_switch_says() {
    for (switch, refused) in [("always", true), ("without_external_id", false), ("never", false)] {
        let desk = Desk::features(json!({"email_conflict": switch})).await;
        desk.user("u1").await;
        let body = json!({"role": "user", "external_id": "u2", "email": "U1@Shop.test"});
        let (status, _) = desk.send("POST", "/contacts", Some(&body)).await;
        assert_eq!(status == 409, refused, "{switch}");
    }
}

#[tokio::test]
async fn leads_are_never_duplicates() {
    let desk = Desk::start().await;
    let lead = json!({"role": "lead", "email": "a@shop.test"});
    let first = desk.post("/contacts", lead.clone()).await;
    let second = desk.post("/contacts", lead).await;
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn leads_are_duplicates_when_switched() {
    let desk = Desk::features(json!({"lead_duplicates": false})).await;
    let lead = json!({"role": "lead", "email": "lead@x.test"});
    let first = desk.post("/contacts", lead.clone()).await;
    let (status, _, message) = desk.refused("POST", "/contacts", lead).await;
    assert_eq!(status, 409);
    assert!(message.contains(first["id"].as_str().unwrap()), "{message}");
}

#[tokio::test]
async fn a_deleted_identity_stays_locked_for_seven_days() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    let conversation = desk.conversation(&id).await;
    let answer = desk.delete(&format!("/contacts/{id}")).await;
    assert_eq!(answer["deleted"], true);
    let gone = desk.refused("GET", &format!("/conversations/{conversation}"), Value::Null).await;
    assert_eq!(gone.0, 404);
    let again = json!({"role": "user", "external_id": "u1"});
    let (status, _, message) = desk.refused("POST", "/contacts", again.clone()).await;
    assert_eq!(status, 409);
    assert!(message.starts_with("An archived contact"), "{message}");
    let path = format!("/contacts/{id}/unarchive");
    let (status, code, _) = desk.refused("POST", &path, json!({})).await;
    assert_eq!((status, code.as_str()), (400, "not_restorable"));
    desk.running.advance(7 * 24 * 3600 * 1000 + 1000);
    desk.post("/contacts", again).await;
}

#[tokio::test]
async fn an_archived_contact_is_hidden_and_comes_back_whole() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    let conversation = desk.conversation(&id).await;
    desk.post(&format!("/contacts/{id}/archive"), json!({})).await;
    assert_eq!(desk.get("/contacts").await["total_count"], 0);
    assert_eq!(desk.refused("GET", "/contacts/find_by_external_id/u1", Value::Null).await.0, 404);
    assert_eq!(desk.get("/conversations").await["conversations"], json!([]));
    desk.post(&format!("/contacts/{id}/unarchive"), json!({})).await;
    assert_eq!(desk.get("/contacts").await["total_count"], 1);
    let list = desk.get("/conversations").await;
    assert_eq!(list["conversations"][0]["id"], conversation.as_str());
}

#[tokio::test]
async fn a_blocked_contact_can_not_come_back() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    desk.post(&format!("/contacts/{id}/block"), json!({})).await;
    let path = format!("/contacts/{id}/unarchive");
    assert_eq!(desk.refused("POST", &path, json!({})).await.1, "not_restorable");
    let body = json!({"role": "user", "external_id": "u1"});
    assert_eq!(desk.refused("POST", "/contacts", body).await.1, "not_restorable");
}

#[tokio::test]
async fn a_merged_lead_is_gone_and_points_to_the_user() {
    let desk = Desk::start().await;
    let user = desk.user("u1").await;
    let lead = json!({"role": "lead", "email": "u1@shop.test"});
    let lead = text(&desk.post("/contacts", lead).await["id"]);
    let other = text(&desk.post("/contacts", json!({"role": "lead"})).await["id"]);
    let body = json!({"from": other, "into": user});
    let (status, code, _) = desk.refused("POST", "/contacts/merge", body).await;
    assert_eq!((status, code.as_str()), (400, "invalid_merge"));
    desk.post("/contacts/merge", json!({"from": lead, "into": user})).await;
    let path = format!("/contacts/{lead}");
    let answer = desk.request("GET", &path, None).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 410);
    let link = answer.headers()["link"].to_str().unwrap();
    assert_eq!(link, format!("</contacts/{user}>; rel=\"canonical\""));
    let history = desk.get(&format!("/contacts/{user}/merge_history")).await;
    assert_eq!(history["data"][0]["source_contact_id"], lead.as_str());
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_null_clears() {
    let desk = Desk::start().await;
    let attribute = json!({"name": "city", "model": "contact", "data_type": "string"});
    desk.post("/data_attributes", attribute).await;
    let id = desk.user("u1").await;
    let path = format!("/contacts/{id}");
    let body = json!({"phone": "+43 1 234", "signed_up_at": NOW - 5, "owner_id": desk.admin(),
                      "custom_attributes": {"city": "Linz"}});
    let answer = desk.put(&path, body).await;
    assert_eq!(answer["name"], "Ann");
    assert_eq!(answer["phone"], "+43 1 234");
    assert_eq!(answer["custom_attributes"], json!({"city": "Linz"}));
    let body = json!({"phone": null, "custom_attributes": {"city": null}});
    let answer = desk.put(&path, body).await;
    assert_eq!((&answer["phone"], &answer["custom_attributes"]), (&Value::Null, &json!({})));
    let lead = desk.refused("PUT", &path, json!({"role": "lead"})).await;
    assert_eq!(lead.0, 400);
    desk.user("u2").await;
    assert_eq!(desk.refused("PUT", &path, json!({"external_id": "u2"})).await.0, 409);
    desk.put(&path, json!({"external_id": "u1b"})).await;
    desk.get("/contacts/find_by_external_id/u1b").await;
}

#[tokio::test]
async fn a_contact_shows_ten_tags_inline_and_all_in_the_list() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    for n in 0..11 {
        let tag = desk.post("/tags", json!({"name": format!("t{n}")})).await;
        desk.post(&format!("/contacts/{id}/tags"), json!({"id": tag["id"]})).await;
    }
    let contact = desk.get(&format!("/contacts/{id}")).await;
    assert_eq!(contact["tags"]["data"].as_array().unwrap().len(), 10);
    assert_eq!(contact["tags"]["has_more"], true);
    let list = desk.get(&format!("/contacts/{id}/tags")).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 11);
}

#[tokio::test]
async fn notes_are_sanitised_and_dated_now() {
    let desk = Desk::start().await;
    let id = desk.user("u1").await;
    let body = json!({"body": "<p onclick=\"x\">Hi</p><script>1</script>", "created_at": 5,
                      "admin_id": desk.admin()});
    let note = desk.post(&format!("/contacts/{id}/notes"), body).await;
    assert_eq!((&note["body"], &note["created_at"]), (&json!("<p>Hi</p>"), &json!(NOW)));
    let (status, code, _) = desk
        .refused("POST", &format!("/contacts/{id}/notes"), json!({"body": "x", "admin_id": "1"}))
        .await;
    assert_eq!((status, code.as_str()), (404, "admin_not_found"));
}

#[tokio::test]
async fn the_limit_of_companies_of_a_contact_holds() {
    let desk = Desk::features(json!({"contact_companies_max": 1})).await;
    let id = desk.user("u1").await;
    let path = format!("/contacts/{id}/companies");
    for (company, refused) in [("c1", false), ("c1", false), ("c2", true)] {
        let company = desk.post("/companies", json!({"company_id": company})).await;
        let body = json!({"id": company["id"]});
        let (status, answer) = desk.send("POST", &path, Some(&body)).await;
        assert_eq!(status == 400, refused, "{answer}");
    }
}

#[tokio::test]
async fn searches_show_a_new_contact_later() {
    let desk = Desk::options(Options { search_delay_ms: 60_000, ..Options::default() }).await;
    let id = desk.user("u1").await;
    let query = json!({"query": {"field": "external_id", "operator": "=", "value": "u1"}});
    assert_eq!(desk.post("/contacts/search", query.clone()).await["total_count"], 0);
    desk.get(&format!("/contacts/{id}")).await;
    desk.get("/contacts/find_by_external_id/u1").await;
    desk.running.advance(60_000);
    assert_eq!(desk.post("/contacts/search", query).await["total_count"], 1);
}
