//! Conversations: bodies, dates, files, deletion.

use crate::support::{Desk, NOW, client, last_part, parts, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

#[tokio::test]
async fn creating_answers_with_a_message_that_names_the_conversation() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let body = json!({"from": {"type": "user", "id": contact}, "body": "a <b>bold</b> & plain",
                      "created_at": 1_500_000_000});
    let message = desk.post("/conversations", body).await;
    assert_eq!(
        (&message["type"], &message["message_type"]),
        (&json!("user_message"), &json!("inapp"))
    );
    let path = format!("/conversations/{}", text(&message["conversation_id"]));
    let found = desk.get(&path).await;
    assert_eq!(found["created_at"], 1_500_000_000);
    assert_eq!(found["source"]["id"], message["id"]);
    assert_eq!(found["source"]["body"], "<p>a &lt;b&gt;bold&lt;/b&gt; &amp; plain</p>");
    assert_eq!((&found["state"], &found["admin_assignee_id"]), (&json!("open"), &json!(0)));
    let plain = desk.get(&format!("{path}?display_as=plaintext")).await;
    assert_eq!(plain["source"]["body"], "a <b>bold</b> & plain");
}

#[tokio::test]
async fn markup_in_a_first_message_is_cut_out_when_switched() {
    let desk = Desk::features(json!({"first_body": "strip"})).await;
    let contact = desk.user("u1").await;
    let body = json!({"from": {"type": "user", "id": contact}, "body": "<b>x</b>"});
    let message = desk.post("/conversations", body).await;
    let path = format!("/conversations/{}", text(&message["conversation_id"]));
    assert_eq!(desk.get(&path).await["source"]["body"], "<p>x</p>");
}

#[tokio::test]
async fn replies_are_sanitised_backdated_and_answered_with_the_whole_thread() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let mut comment = desk.comment("comment", "<h3>T</h3>loose<script>1</script>");
    comment["created_at"] = json!(NOW - 500);
    let answer = desk.reply(&id, comment).await;
    assert_eq!(parts(&answer).len(), 1);
    let part = last_part(&answer);
    assert_eq!(part["body"], "<h2>T</h2>\n<p>loose</p>");
    assert_eq!(
        (&part["created_at"], &part["author"]["type"]),
        (&json!(NOW - 500), &json!("admin"))
    );
    for key in ["intercom_user_id", "user_id", "email"] {
        let value = match key {
            "intercom_user_id" => contact.clone(),
            "user_id" => "u1".to_owned(),
            _ => "u1@shop.test".to_owned(),
        };
        let body = json!({"message_type": "comment", "type": "user", key: value, "body": "Hi"});
        let answer = desk.reply(&id, body).await;
        assert_eq!(last_part(&answer)["author"]["id"], contact.as_str(), "{key}");
    }
}

#[tokio::test]
async fn dates_in_the_future_or_before_the_start_are_refused() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let path = format!("/conversations/{id}/reply");
    for (at, status) in [
        (json!(NOW + 3600), 400),
        (json!(NOW - 2000), 400),
        (json!("soon"), 400),
        (json!(NOW - 1000), 200),
    ] {
        let mut body = desk.comment("note", "x");
        body["created_at"] = at.clone();
        let (got, answer) = desk.send("POST", &path, Some(&body)).await;
        assert_eq!(got, status, "{at}");
        if got == 400 {
            let message = text(&answer["errors"][0]["message"]);
            assert!(message.ends_with("is an invalid value for created_at"), "{message}");
        }
    }
}

fn file(name: &str, data: &[u8]) -> Value {
    json!({"content_type": "text/plain", "name": name, "data": STANDARD.encode(data)})
}

#[tokio::test]
async fn files_read_back_with_their_bytes_under_a_signed_address() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let mut body = desk.comment("comment", "see file");
    body["attachment_files"] = json!([file("a.txt", b"hello")]);
    let answer = desk.reply(&id, body).await;
    let attachment = &last_part(&answer)["attachments"][0];
    assert_eq!((&attachment["name"], &attachment["filesize"]), (&json!("a.txt"), &json!(5)));
    let url = text(&attachment["url"]);
    let client = client();
    let got = client.get(&url).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "text/plain");
    assert_eq!(got.bytes().await.unwrap().as_ref(), b"hello");
    let unsigned = url.split('?').next().unwrap();
    assert_eq!(client.get(unsigned).send().await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn ten_files_fit_and_not_one_more_nor_one_too_large() {
    let desk = Desk::features(json!({"attachment_max_bytes": 8})).await;
    let contact = desk.user("u1").await;
    let path = format!("/conversations/{}/reply", desk.conversation(&contact).await);
    let many = |n| Value::Array(vec![file("a", b"1"); n]);
    let urls = |n| Value::Array(vec![json!("https://a.test/x.png"); n]);
    for (key, list, status) in [
        ("attachment_files", many(10), 200),
        ("attachment_files", many(11), 400),
        ("attachment_files", json!([file("a", b"123456789")]), 413),
        ("attachment_files", json!([{"content_type": "a/b", "name": "x", "data": "%%%"}]), 400),
        ("attachment_urls", urls(10), 200),
        ("attachment_urls", urls(11), 400),
        ("attachment_urls", json!(["https://a.test/x.pdf"]), 400),
        ("attachment_urls", json!(["/x.png"]), 400),
    ] {
        let mut body = desk.comment("note", "x");
        body[key] = list;
        assert_eq!(desk.send("POST", &path, Some(&body)).await.0, status, "{key}");
    }
}

#[tokio::test]
async fn reading_shows_the_newest_parts_only() {
    let desk = Desk::features(json!({"read_parts_max": 3})).await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    for n in 0..5 {
        desk.reply(&id, desk.comment("note", &format!("n{n}"))).await;
    }
    let found = desk.get(&format!("/conversations/{id}")).await;
    let bodies: Vec<&Value> = parts(&found).iter().map(|part| &part["body"]).collect();
    assert_eq!(bodies, ["<p>n2</p>", "<p>n3</p>", "<p>n4</p>"]);
    assert_eq!(found["conversation_parts"]["total_count"], 5);
    assert_eq!(desk.running.state()["conversations"][0]["parts"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_deleted_conversation_is_listed_as_deleted() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    desk.delete(&format!("/conversations/{id}?retain_metrics=false")).await;
    assert_eq!(desk.refused("GET", &format!("/conversations/{id}"), Value::Null).await.0, 404);
    let list = desk.get("/conversations/deleted").await;
    assert_eq!(list["conversations"][0]["id"], id.as_str());
    assert_eq!(list["conversations"][0]["metrics_retained"], false);
}

#[tokio::test]
async fn a_redacted_part_keeps_its_place_without_its_words() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let answer = desk.reply(&id, desk.comment("comment", "secret")).await;
    let part = text(&last_part(&answer)["id"]);
    let body =
        json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": part});
    let answer = desk.post("/conversations/redact", body).await;
    let part = last_part(&answer);
    assert_eq!(part["body"], "<p><i>This message was deleted</i></p>");
    assert_eq!(part["redacted"], true);
    let source = text(&answer["source"]["id"]);
    let body = json!({"type": "source", "conversation_id": id, "source_id": source});
    assert_eq!(desk.post("/conversations/redact", body).await["source"]["redacted"], true);
    let body =
        json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": "1"});
    assert_eq!(desk.refused("POST", "/conversations/redact", body).await.0, 404);
}

#[tokio::test]
async fn participants_come_and_go_but_the_last_one_stays() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let path = format!("/conversations/{id}/customers");
    let body = json!({"admin_id": desk.admin(), "customer": {"email": "new@shop.test"}});
    let answer = desk.post(&path, body).await;
    let lead = text(&answer["contacts"]["contacts"][1]["id"]);
    assert_eq!(desk.get(&format!("/contacts/{lead}")).await["role"], "lead");
    let by = json!({"admin_id": desk.admin()});
    let (status, answer) = desk.send("DELETE", &format!("{path}/{lead}"), Some(&by)).await;
    assert_eq!((status, answer["contacts"]["contacts"].as_array().unwrap().len()), (200, 1));
    let (status, _) = desk.send("DELETE", &format!("{path}/{contact}"), Some(&by)).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn only_those_who_take_part_can_reply() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    desk.user("u2").await;
    let path = format!("/conversations/{}/reply", desk.conversation(&contact).await);
    let body = json!({"message_type": "comment", "type": "user", "user_id": "u2", "body": "x"});
    assert_eq!(desk.refused("POST", &path, body).await.0, 403);
    let body = json!({"message_type": "comment", "type": "user", "user_id": "u9", "body": "x"});
    assert_eq!(desk.refused("POST", &path, body).await.0, 404);
    let body = json!({"message_type": "comment", "type": "admin", "admin_id": "5", "body": "x"});
    assert_eq!(desk.refused("POST", &path, body).await.1, "admin_not_found");
    let body = desk.comment("comment", "");
    assert_eq!(desk.refused("POST", &path, body).await.0, 400);
}
