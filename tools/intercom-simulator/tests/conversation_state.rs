//! How conversations open, close, sleep and change hands.

use crate::support::{Desk, NOW, last_part, parts, text};
use serde_json::json;

impl Desk {
    async fn closed(&self) -> (String, String) {
        let contact = self.user("u1").await;
        let id = self.conversation(&contact).await;
        let body = json!({"message_type": "close", "type": "admin", "admin_id": self.admin()});
        let answer = self.part(&id, body).await;
        assert_eq!((&answer["state"], &answer["open"]), (&json!("closed"), &json!(false)));
        (contact, id)
    }
}

#[tokio::test]
async fn a_contact_reply_opens_a_closed_conversation() {
    let desk = Desk::start().await;
    let (contact, id) = desk.closed().await;
    let body = json!({"message_type": "comment", "type": "user", "intercom_user_id": contact,
                      "body": "again"});
    let answer = desk.reply(&id, body).await;
    assert_eq!(answer["state"], "open");
    let part = last_part(&answer);
    assert_eq!((&part["part_type"], &part["body"]), (&json!("open"), &json!("<p>again</p>")));
}

#[tokio::test]
async fn notes_and_by_default_comments_leave_a_closed_conversation_closed() {
    let desk = Desk::start().await;
    let (_, id) = desk.closed().await;
    for kind in ["note", "comment"] {
        let answer = desk.reply(&id, desk.comment(kind, "x")).await;
        assert_eq!(
            (&answer["state"], &last_part(&answer)["part_type"]),
            (&json!("closed"), &json!(kind))
        );
    }
    let desk = Desk::features(json!({"admin_comment_reopens": true})).await;
    let (_, id) = desk.closed().await;
    assert_eq!(desk.reply(&id, desk.comment("comment", "x")).await["state"], "open");
}

#[tokio::test]
async fn assigning_a_closed_conversation_opens_it() {
    let desk = Desk::start().await;
    let (_, id) = desk.closed().await;
    let assign = |kind: &str, to: &str| {
        json!({"message_type": "assignment", "type": kind, "admin_id": desk.admin(),
               "assignee_id": to})
    };
    let answer = desk.part(&id, assign("admin", "991267002")).await;
    assert_eq!(last_part(&answer)["part_type"], "assign_and_reopen");
    assert_eq!(
        (&answer["state"], &answer["admin_assignee_id"]),
        (&json!("open"), &json!(991_267_002))
    );
    let answer = desk.part(&id, assign("team", "5017001")).await;
    assert_eq!(last_part(&answer)["part_type"], "assignment");
    assert_eq!(answer["team_assignee_id"], 5_017_001);
    let answer = desk.part(&id, assign("admin", "0")).await;
    assert_eq!((&answer["admin_assignee_id"], &answer["team_assignee_id"]), (&json!(0), &json!(0)));
    let path = format!("/conversations/{id}/parts");
    assert_eq!(desk.refused("POST", &path, assign("admin", "12")).await.1, "assignee_not_found");
    assert_eq!(desk.refused("POST", &path, assign("team", "991267002")).await.0, 404);
}

#[tokio::test]
async fn a_snooze_lies_in_the_future_and_ends() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let snooze = |until: i64| {
        let admin = desk.admin();
        json!({"message_type": "snoozed", "admin_id": admin, "snoozed_until": until})
    };
    let path = format!("/conversations/{id}/parts");
    assert_eq!(desk.refused("POST", &path, snooze(NOW - 1)).await.0, 400);
    let answer = desk.part(&id, snooze(NOW + 60)).await;
    assert_eq!((&answer["state"], &answer["open"]), (&json!("snoozed"), &json!(true)));
    let answer = desk.reply(&id, desk.comment("note", "x")).await;
    assert_eq!(answer["state"], "snoozed");
    desk.running.advance(60_000);
    let answer = desk.get(&format!("/conversations/{id}")).await;
    assert_eq!(
        (&answer["state"], &last_part(&answer)["part_type"]),
        (&json!("open"), &json!("timer_unsnooze"))
    );
    desk.part(&id, snooze(NOW + 600)).await;
    let answer = desk.reply(&id, desk.comment("comment", "x")).await;
    assert_eq!(answer["state"], "open");
}

#[tokio::test]
async fn events_are_dated_now_and_messages_as_sent() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let close = json!({"message_type": "close", "type": "admin", "admin_id": desk.admin(),
                       "body": "Bye", "created_at": 5});
    let answer = desk.part(&id, close).await;
    let part = last_part(&answer);
    assert_eq!((&part["created_at"], &part["body"]), (&json!(NOW), &json!("<p>Bye</p>")));
    assert_eq!(answer["statistics"]["last_close_at"], NOW);
    let open = json!({"message_type": "open", "admin_id": desk.admin()});
    let answer = desk.part(&id, open).await;
    assert_eq!((&answer["state"], parts(&answer).len()), (&json!("open"), 2));
}

#[tokio::test]
async fn a_merged_conversation_can_not_be_merged_again() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let (a, b) = (desk.conversation(&contact).await, desk.conversation(&contact).await);
    let into: i64 = b.parse().unwrap();
    let body = json!({"merge_into_conversation_id": into});
    let answer = desk.post(&format!("/conversations/{a}/merge"), body.clone()).await;
    assert_eq!(last_part(&answer)["part_type"], "merged_primary_conversation");
    let again = desk.refused("POST", &format!("/conversations/{a}/merge"), body.clone()).await;
    assert_eq!((again.0, again.1.as_str()), (422, "merge_failed"));
    let own = desk.refused("POST", &format!("/conversations/{b}/merge"), body).await;
    assert_eq!(own.0, 422);
}

#[tokio::test]
async fn tags_of_a_conversation_are_pairs() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let tag = text(&desk.post("/tags", json!({"name": "x"})).await["id"]);
    let path = format!("/conversations/{id}/tags");
    let body = json!({"id": tag, "admin_id": desk.admin()});
    desk.post(&path, body.clone()).await;
    desk.post(&path, body).await;
    let found = desk.get(&format!("/conversations/{id}")).await;
    assert_eq!(found["tags"]["tags"].as_array().unwrap().len(), 1);
    let by = json!({"admin_id": desk.admin()});
    let one = format!("{path}/{tag}");
    assert_eq!(desk.send("DELETE", &one, Some(&by)).await.0, 200);
    assert_eq!(desk.send("DELETE", &one, Some(&by)).await.0, 404);
}

#[tokio::test]
async fn the_mailbox_holds_what_would_have_been_sent() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let id = desk.conversation(&contact).await;
    let loud = |kind: &str| {
        let mut body = desk.comment(kind, "x");
        body["skip_notifications"] = json!(false);
        body
    };
    desk.reply(&id, desk.comment("comment", "x")).await;
    desk.reply(&id, loud("note")).await;
    let heard = desk.running.mailbox();
    assert!(heard.iter().all(|mail| mail.audience == "teammate"), "a note reached the contact");
    let heard = heard.len();
    desk.reply(&id, loud("comment")).await;
    let body = json!({"from": {"type": "admin", "id": desk.admin()}, "message_type": "in_app",
                      "to": {"type": "user", "id": contact}, "body": "x",
                      "create_conversation_without_contact_reply": true});
    desk.post("/messages", body).await;
    let sent = desk.running.mailbox().split_off(heard);
    let operations: Vec<&str> = sent.iter().map(|mail| mail.operation).collect();
    assert_eq!(operations, ["replyConversation", "createMessage"]);
    assert!(sent.iter().all(|mail| mail.to == contact && mail.audience == "contact"));
}
