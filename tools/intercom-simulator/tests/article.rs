//! Help centre: bodies, drafts, versions, collections, redirects.

use crate::support::{Desk, text};
use serde_json::{Value, json};

impl Desk {
    async fn article(&self, fields: Value) -> Value {
        let mut body = json!({"title": "T", "author_id": 991_267_001});
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post("/articles", body).await
    }
}

#[tokio::test]
async fn bodies_follow_the_rules_of_articles() {
    let desk = Desk::start().await;
    let made = desk.article(json!({"body": "Intro<h3>Head</h3>"})).await;
    assert_eq!(made["body"], "<p class=\"no-margin\">Intro</p>\n<h2>Head</h2>");
    assert_eq!((&made["state"], &made["url"]), (&json!("draft"), &Value::Null));
    let made = desk.article(json!({"body_markdown": "# Head\n\nText"})).await;
    assert_eq!(made["body"], "<h1>Head</h1>\n<p class=\"no-margin\">Text</p>");
    assert_eq!(made["body_markdown"], "# Head\nText");
    for (key, value) in [
        ("body", json!("<img src=\"/a.png\">")),
        ("body", json!("<ul></ul>")),
        ("author_id", json!(5)),
        ("parent_id", json!(5)),
        ("state", json!("hidden")),
        ("translated_content", json!({"it": {"title": "x"}})),
    ] {
        let mut body = json!({"title": "T", "author_id": 991_267_001});
        body[key] = value;
        assert!(desk.refused("POST", "/articles", body).await.0 >= 400, "{key}");
    }
    let both = json!({"title": "T", "author_id": 991_267_001, "body": "a", "body_markdown": "b"});
    assert_eq!(desk.refused("POST", "/articles", both).await.0, 400);
    let (_, code, _) = desk.refused("POST", "/articles", json!({"title": "T"})).await;
    assert_eq!(code, "parameter_not_found");
}

#[tokio::test]
async fn a_changed_article_leaves_a_version_to_go_back_to() {
    let desk = Desk::start().await;
    let made = desk.article(json!({"body": "one", "state": "published"})).await;
    let path = format!("/articles/{}", text(&made["id"]));
    desk.put(&path, json!({"body": "two"})).await;
    let versions = desk.get(&format!("{path}/versions")).await;
    assert_eq!(versions["total_count"], 2);
    let first = text(&versions["data"][1]["id"]);
    let version = desk.get(&format!("{path}/versions/{first}")).await;
    assert_eq!(version["body"], "<p class=\"no-margin\">one</p>");
    let unknown = format!("{path}/versions?locale=xx");
    assert_eq!(desk.refused("GET", &unknown, Value::Null).await.0, 400);
}

#[tokio::test]
async fn drafts_are_staged_on_published_articles_only() {
    let desk = Desk::start().await;
    let made = desk.article(json!({"body": "live"})).await;
    let path = format!("/articles/{}", text(&made["id"]));
    let draft = format!("{path}/draft");
    assert_eq!(desk.refused("PUT", &draft, json!({"body": "x"})).await.0, 422);
    desk.put(&path, json!({"state": "published"})).await;
    let publish = format!("{draft}/publish");
    assert_eq!(desk.refused("POST", &publish, json!({})).await.0, 422);
    let staged = desk.put(&draft, json!({"body": "next"})).await;
    assert_eq!(staged["body"], "<p class=\"no-margin\">next</p>");
    assert_eq!(desk.get(&path).await["body"], "<p class=\"no-margin\">live</p>");
    assert_eq!(desk.get(&path).await["has_unpublished_changes"], true);
    assert_eq!(desk.get(&draft).await["body"], staged["body"]);
    let wrong = json!({"locales": ["fr"]});
    assert_eq!(desk.refused("POST", &publish, wrong).await.0, 422);
    let live = desk.post(&publish, json!({})).await;
    assert_eq!(live["body"], "<p class=\"no-margin\">next</p>");
}

#[tokio::test]
async fn lists_show_the_latest_change_first() {
    let desk = Desk::start().await;
    let first = desk.article(json!({})).await;
    let second = desk.article(json!({})).await;
    let order = || async {
        let list = desk.get("/articles").await;
        list["data"].as_array().unwrap().iter().map(|a| text(&a["id"])).collect::<Vec<_>>()
    };
    let (a, b) = (text(&first["id"]), text(&second["id"]));
    assert_eq!(order().await, [b.clone(), a.clone()]);
    desk.put(&format!("/articles/{a}"), json!({"title": "New"})).await;
    assert_eq!(order().await, [a, b]);
    let found = desk.get("/articles/search?phrase=new&state=draft").await;
    assert_eq!(found["total_count"], 1);
}

#[tokio::test]
async fn collections_nest_three_levels_and_take_their_content_with_them() {
    for (switch, left) in [("cascade", 0), ("orphan", 1)] {
        let desk = Desk::features(json!({"collection_delete": switch})).await;
        let mut parent = Value::Null;
        let mut ids = Vec::new();
        for level in 0..3 {
            let body = json!({"name": format!("L{level}"), "parent_id": parent});
            parent = desk.post("/help_center/collections", body).await["id"].clone();
            ids.push(text(&parent));
        }
        let body = json!({"name": "L3", "parent_id": parent});
        assert_eq!(desk.refused("POST", "/help_center/collections", body).await.0, 400);
        let up = format!("/help_center/collections/{}", ids[0]);
        let below = json!({"parent_id": ids[2]});
        assert_eq!(desk.refused("PUT", &up, below).await.0, 400);
        let number: u64 = ids[0].parse().unwrap();
        desk.article(json!({"parent_id": number, "parent_type": "collection"})).await;
        desk.delete(&up).await;
        assert_eq!(desk.get("/articles").await["total_count"], left, "{switch}");
    }
    let desk = Desk::features(json!({"collection_delete": "refuse"})).await;
    let id = text(&desk.post("/help_center/collections", json!({"name": "A"})).await["id"]);
    desk.article(json!({"parent_id": id})).await;
    let path = format!("/help_center/collections/{id}");
    assert_eq!(desk.refused("DELETE", &path, Value::Null).await.0, 400);
    let (_, code, _) = desk.refused("POST", "/help_center/collections", json!({})).await;
    assert_eq!(code, "parameter_not_found");
}

#[tokio::test]
async fn a_redirect_exists_once_and_points_to_something() {
    let desk = Desk::start().await;
    let article = desk.article(json!({"state": "published"})).await;
    let path = "/help_center/help_centers/79/redirects";
    let body = json!({"from_url": "https://help.simulator.test/old", "locale": "en",
                      "target_type": "article", "target_id": article["id"]});
    let made = desk.post(path, body.clone()).await;
    let (status, code, _) = desk.refused("POST", path, body.clone()).await;
    assert_eq!((status, code.as_str()), (409, "resource_conflict"));
    for (key, value, status) in [
        ("from_url", "https://other.test/x", 422),
        ("target_type", "page", 400),
        ("target_id", "1", 404),
    ] {
        let mut bad = body.clone();
        bad[key] = json!(value);
        assert_eq!(desk.refused("POST", path, bad).await.0, status, "{key}");
    }
    desk.delete(&format!("{path}/{}", text(&made["id"]))).await;
    assert_eq!(desk.get(path).await["total_count"], 0);
}

#[tokio::test]
async fn translations_need_an_enabled_locale() {
    let desk = Desk::start().await;
    let made = desk
        .article(json!({"body": "a", "translated_content": {"de": {"title": "Titel",
            "body": "b", "author_id": 991_267_001}}}))
        .await;
    assert_eq!(made["translated_content"]["de"]["title"], "Titel");
    assert_eq!(made["translated_content"]["en"]["title"], "T");
}
