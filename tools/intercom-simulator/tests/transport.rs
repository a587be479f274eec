//! Tokens, headers, versions, limits.

use crate::support::{Desk, NOW, client};
use intercom_simulator::Options;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_token_and_an_accept_header_are_needed() {
    let desk =
        Desk::options(Options { token: Some("right".to_owned()), ..Options::default() }).await;
    let url = format!("{}/me", desk.running.url());
    let client = client();
    for (token, accept, status, code) in [
        (None, "application/json", 401, "unauthorized"),
        (Some("wrong"), "application/json", 401, "unauthorized"),
        (Some("right"), "text/html", 406, "media_type_not_acceptable"),
    ] {
        let mut request = client.get(&url).header("accept", accept);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["code"], code);
    }
    let request = client.get(&url).bearer_auth("right").header("accept", "application/json");
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
}

/// The answer to a request with exactly this header: clients add one of their own.
async fn raw_answer(address: SocketAddr, accept: Option<&str>) -> String {
    let accept = accept.map(|kinds| format!("Accept: {kinds}\r\n")).unwrap_or_default();
    let start = "GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n";
    let request = format!("{start}{accept}Connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn any_accept_header_that_takes_json_is_answered() {
    let lenient = Desk::start().await;
    let strict = Desk::features(json!({"accept_header_required": true})).await;
    for (accept, statuses) in [
        (Some("*/*"), [200, 406]),
        (Some("text/html, application/*;q=0.8"), [200, 406]),
        (Some("text/plain, application/json"), [200, 200]),
        (None, [200, 406]),
        (Some("text/html"), [406, 406]),
    ] {
        for (desk, status) in [&lenient, &strict].into_iter().zip(statuses) {
            let answer = raw_answer(desk.running.address(), accept).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{accept:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn versions_are_known_and_new_families_need_the_new_one() {
    let desk = Desk::start().await;
    for (path, version, status) in [
        ("/me", "2.15", 200),
        ("/me", "9.9", 400),
        ("/conversations/attributes", "2.15", 400),
        ("/conversations/attributes", "2.16", 200),
    ] {
        let request = desk.request("GET", path, None);
        let mut request = request.build().unwrap();
        request.headers_mut().insert("intercom-version", version.parse().unwrap());
        let client = client();
        let answer = client.execute(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path} {version}");
    }
}

#[tokio::test]
async fn unknown_paths_and_broken_bodies_are_refused() {
    let desk = Desk::start().await;
    assert_eq!(desk.refused("GET", "/nonsense", Value::Null).await.0, 404);
    assert_eq!(desk.refused("PATCH", "/contacts", json!({})).await.0, 404);
    let request =
        desk.request("POST", "/contacts", None).header("content-type", "application/json");
    let answer = request.body("{").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let request = desk.request("POST", "/contacts", None).header("content-type", "text/plain");
    assert_eq!(request.body("{}").send().await.unwrap().status().as_u16(), 415);
}

#[tokio::test]
async fn a_window_is_told_in_headers_and_refuses_what_is_over() {
    let desk =
        Desk::options(Options { rate_limit: Some(2), window_ms: 10_000, ..Options::default() })
            .await;
    for (remaining, status) in [("1", 200), ("0", 200), ("0", 429)] {
        let answer = desk.request("GET", "/me", None).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-ratelimit-limit"), "2");
        assert_eq!(header("x-ratelimit-remaining"), remaining);
        assert_eq!(header("x-ratelimit-reset"), (NOW + 10).to_string());
    }
    let (_, code, message) = desk.refused("GET", "/me", Value::Null).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("rate_limit_exceeded", "Exceeded rate limit of 2 in 10_seconds")
    );
    desk.running.advance(10_000);
    desk.get("/me").await;
}

#[tokio::test]
async fn a_plan_or_a_missing_scope_closes_a_family() {
    let desk = Desk::features(json!({
        "restricted_families": ["tickets"],
        "missing_scopes": ["write_conversations"],
    }))
    .await;
    let (status, code, _) = desk.refused("GET", "/ticket_types", Value::Null).await;
    assert_eq!((status, code.as_str()), (403, "api_plan_restricted"));
    let body = json!({"from": {}, "body": "x"});
    let (status, code, _) = desk.refused("POST", "/conversations", body).await;
    assert_eq!((status, code.as_str()), (401, "token_unauthorized"));
    desk.get("/conversations").await;
}
