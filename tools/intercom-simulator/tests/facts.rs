//! What the fact sheet on Intercom's API says and no other test shows; and that FACTS.md names a
//! test for each of its paragraphs.

use crate::support::{Desk, NOW, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every row of FACTS.md names tests, and all of them are there.
#[test]
fn every_fact_names_tests_that_are_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("FACTS.md")).unwrap();
    let mut known = BTreeSet::new();
    for folder in ["tests", "src"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                for (before, rest) in text.match_indices("fn ").map(|(at, _)| text.split_at(at)) {
                    let test = before.trim_end().ends_with("test]")
                        || before.trim_end().ends_with("async")
                            && before
                                .trim_end()
                                .trim_end_matches("async")
                                .trim_end()
                                .ends_with("test]");
                    if let (true, Some((name, _))) = (test, rest[3..].split_once('(')) {
                        known.insert(format!("{stem}::{name}"));
                    }
                }
            }
        }
    }
    let mut paragraphs = BTreeSet::new();
    for row in table.lines().filter(|line| {
        line.strip_prefix("| §").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{row}");
        paragraphs.insert(cells[0].split('.').next().unwrap().to_owned());
        let tests: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            assert!(known.contains(test), "{test} is not there: {row}");
        }
    }
    let all: BTreeSet<String> = (1..=10).map(|n| format!("§{n}")).collect();
    assert_eq!(paragraphs, all);
}

#[tokio::test]
async fn a_workspace_is_known_in_its_own_region_only() {
    let desk = Desk::with(json!({"app": {"region": "EU"}})).await;
    for (host, status) in
        [("api.eu.intercom.io", 200), ("api.intercom.io", 401), ("api.au.intercom.io", 401)]
    {
        let request = desk.request("GET", "/me", None).header("host", host);
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{host}");
    }
    let app = &desk.get("/me").await["app"];
    assert_eq!((&app["region"], &app["id_code"]), (&json!("EU"), &json!("simulator")));
}

#[tokio::test]
async fn a_refused_token_is_told_nothing_of_the_window() {
    let options = intercom_simulator::Options {
        token: Some("right".to_owned()),
        rate_limit: Some(5),
        ..intercom_simulator::Options::default()
    };
    let desk = Desk::options(options).await;
    let answer = desk.request("GET", "/me", None).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("x-ratelimit")));
}

#[tokio::test]
async fn the_same_request_twice_makes_two() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let body = json!({"from": {"type": "user", "id": contact}, "body": "x",
                      "created_at": NOW - 50});
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let request =
            desk.request("POST", "/conversations", Some(&body)).header("idempotency-key", "k");
        let made: Value = request.send().await.unwrap().json().await.unwrap();
        ids.insert(text(&made["conversation_id"]));
    }
    assert_eq!(ids.len(), 2);
    let admin = desk.admin().parse::<u64>().unwrap();
    let article = json!({"title": "T", "author_id": admin});
    let first = desk.post("/articles", article.clone()).await;
    assert_ne!(first["id"], desk.post("/articles", article).await["id"]);
    let note = json!({"body": "n", "admin_id": desk.admin()});
    let path = format!("/contacts/{contact}/notes");
    let first = desk.post(&path, note.clone()).await;
    assert_ne!(first["id"], desk.post(&path, note).await["id"]);
}

#[tokio::test]
async fn every_list_has_its_page_size() {
    let desk = Desk::with(json!({"custom_object_types": [{"identifier": "Order"}]})).await;
    let contact = desk.user("u1").await;
    for (path, default, max) in [
        ("/contacts", 50, 150),
        ("/conversations", 20, 150),
        ("/conversations/deleted", 20, 60),
        ("/macros", 50, 150),
        ("/articles", 25, 150),
        ("/internal_articles", 25, 150),
        ("/help_center/collections", 20, 150),
        ("/help_center/help_centers/79/redirects", 50, 250),
        ("/custom_object_instances/Order", 20, 150),
        (&format!("/contacts/{contact}/companies"), 50, 150),
    ] {
        let page = desk.get(path).await;
        assert_eq!(page["pages"]["per_page"], default, "{path}: {page}");
        let largest = desk.get(&format!("{path}?per_page={max}")).await;
        assert_eq!(largest["pages"]["per_page"], max, "{path}");
        let over = format!("{path}?per_page={}", max + 1);
        assert_eq!(desk.refused("GET", &over, Value::Null).await.0, 400, "{path}");
    }
    for (path, default, max) in [
        ("/contacts/search", 50, 150),
        ("/conversations/search", 20, 150),
        ("/tickets/search", 20, 150),
    ] {
        let query = json!({"field": "created_at", "operator": ">", "value": 1});
        let page = desk.post(path, json!({"query": query})).await;
        assert_eq!(page["pages"]["per_page"], default, "{path}");
        let over = json!({"query": query, "pagination": {"per_page": max + 1}});
        assert_eq!(desk.refused("POST", path, over).await.0, 400, "{path}");
    }
    let page = desk.post("/companies/list", json!({})).await;
    assert_eq!(page["pages"]["per_page"], 15);
    assert_eq!(desk.refused("POST", "/companies/list?per_page=61", json!({})).await.0, 400);
}

#[tokio::test]
async fn the_list_of_companies_ends_at_ten_thousand() {
    let companies: Vec<Value> = (0..10_001).map(|n| json!({"company_id": n.to_string()})).collect();
    let all: Vec<String> = (0..10_001).map(|n| n.to_string()).collect();
    let contacts = json!([{"external_id": "u", "companies": all}]);
    let desk = Desk::with(json!({"companies": companies, "contacts": contacts})).await;
    assert_eq!(desk.post("/companies/list", json!({})).await["total_count"], 10_000);
}

#[tokio::test]
async fn one_scroll_at_a_time_and_not_for_long() {
    let contacts = json!([{"external_id": "u", "companies": ["c1"]}]);
    let companies = json!([{"company_id": "c1"}]);
    let desk = Desk::with(json!({"companies": companies, "contacts": contacts})).await;
    let scroll = desk.get("/companies/scroll").await;
    let (status, code, _) = desk.refused("GET", "/companies/scroll", Value::Null).await;
    assert_eq!((status, code.as_str()), (400, "scroll_exists"));
    let next = format!("/companies/scroll?scroll_param={}", text(&scroll["scroll_param"]));
    desk.running.advance(60_000);
    assert_eq!(desk.refused("GET", &next, Value::Null).await.0, 404, "it is not resumed");
    let scroll = desk.get("/companies/scroll").await;
    let next = format!("/companies/scroll?scroll_param={}", text(&scroll["scroll_param"]));
    assert_eq!(desk.get(&next).await["data"], json!([]), "an empty page is the end");
    desk.get("/companies/scroll").await;
}

#[tokio::test]
async fn a_merged_contact_is_found_by_nothing() {
    let desk = Desk::start().await;
    let user = desk.user("u1").await;
    let lead = desk.post("/contacts", json!({"role": "lead", "email": "u1@shop.test"})).await;
    let lead = text(&lead["id"]);
    desk.post("/contacts/merge", json!({"from": lead, "into": user})).await;
    let query = json!({"field": "email", "operator": "=", "value": "u1@shop.test"});
    let found = desk.post("/contacts/search", json!({"query": query})).await;
    assert_eq!((&found["total_count"], &found["data"][0]["id"]), (&json!(1), &json!(user)));
    let answer = desk.request("GET", &format!("/contacts/{lead}"), None).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 410);
    let link = answer.headers()["link"].to_str().unwrap();
    assert_eq!(link, format!("</contacts/{user}>; rel=\"canonical\""));
}

#[tokio::test]
async fn what_no_call_does_is_not_there() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let talk = desk.conversation(&contact).await;
    let note = json!({"body": "n", "admin_id": desk.admin()});
    let note = text(&desk.post(&format!("/contacts/{contact}/notes"), note).await["id"]);
    for (method, path) in [
        ("POST", "/admins".to_owned()),
        ("DELETE", format!("/admins/{}", desk.admin())),
        ("POST", "/teams".to_owned()),
        ("PUT", "/teams/5017001".to_owned()),
        ("POST", "/macros".to_owned()),
        ("POST", "/ticket_states".to_owned()),
        ("POST", "/custom_object_types".to_owned()),
        ("POST", "/help_center/help_centers".to_owned()),
        ("POST", "/segments".to_owned()),
        ("POST", "/subscription_types".to_owned()),
        ("PUT", format!("/notes/{note}")),
        ("DELETE", format!("/notes/{note}")),
        ("PUT", format!("/conversations/{talk}/parts/1")),
        ("DELETE", format!("/conversations/{talk}/parts/1")),
        ("POST", format!("/contacts/{contact}/unblock")),
        ("DELETE", "/ticket_types/70".to_owned()),
        ("DELETE", "/data_attributes/1".to_owned()),
        ("GET", "/tickets".to_owned()),
        ("POST", "/companies/search".to_owned()),
        ("POST", "/help_center/sections".to_owned()),
    ] {
        assert_eq!(desk.refused(method, &path, json!({})).await.0, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn the_number_of_a_ticket_is_not_its_id() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let body = json!({"ticket_type_id": "70", "contacts": [{"id": contact}],
                      "ticket_attributes": {"_default_title_": "T"}});
    let ticket = desk.post("/tickets", body).await;
    assert_ne!(ticket["id"], ticket["ticket_id"]);
    let path = format!("/tickets/{}", text(&ticket["ticket_id"]));
    assert_eq!(desk.refused("GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_same_event_counts_once() {
    let desk = Desk::start().await;
    let contact = desk.user("u1").await;
    let event = json!({"event_name": "seen", "created_at": NOW - 5, "id": contact});
    for _ in 0..2 {
        assert_eq!(desk.send("POST", "/events", Some(&event)).await.0, 202);
    }
    let state = desk.running.state();
    let events = &state["contacts"][0]["events"];
    assert_eq!(events.as_array().map(Vec::len), Some(1), "{state}");
}

#[tokio::test]
async fn queries_are_two_levels_deep_and_fifteen_filters_wide() {
    let desk = Desk::start().await;
    let one = json!({"field": "role", "operator": "=", "value": "user"});
    let group = |members: Vec<Value>| json!({"operator": "AND", "value": members});
    let two = group(vec![group(vec![one.clone()])]);
    let three = group(vec![two.clone()]);
    for (query, status) in [
        (two, 200),
        (three, 400),
        (group(vec![one.clone(); 15]), 200),
        (group(vec![one.clone(); 16]), 400),
        (json!({"field": "role", "operator": "LIKE", "value": "user"}), 400),
    ] {
        let (got, answer) =
            desk.send("POST", "/contacts/search", Some(&json!({"query": query}))).await;
        assert_eq!(got, status, "{answer}");
    }
}
