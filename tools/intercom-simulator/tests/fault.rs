//! Faults: what the client sees, and what was applied.

use crate::support::{Desk, NOW};
use intercom_simulator::{FaultKind, FaultRule, Options};
use serde_json::{Value, json};

/// Creates a contact while a fault is on. Gives the status and body, or that there was no answer.
async fn struck(desk: &Desk, rule: FaultRule) -> Option<(u16, Result<Vec<u8>, ()>)> {
    desk.running.set_faults(vec![rule]);
    let body = json!({"role": "user", "external_id": "u1"});
    let answer = desk.request("POST", "/contacts", Some(&body)).send().await;
    desk.running.set_faults(Vec::new());
    let answer = answer.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.bytes().await.map(|b| b.to_vec()).map_err(|_| ())))
}

#[tokio::test]
async fn each_fault_looks_as_it_says_and_applies_as_it_says() {
    use FaultKind as K;
    for (kind, answered, applied) in [
        (K::DropBefore, false, false),
        (K::DropAfter, false, true),
        (K::Reset, false, true),
        (K::ErrorBefore, true, false),
        (K::ErrorAfter, true, true),
        (K::Empty, true, true),
        (K::Truncated, true, true),
    ] {
        let desk = Desk::start().await;
        let got = struck(&desk, FaultRule::new(kind)).await;
        assert_eq!(got.is_some(), answered, "{kind:?}");
        match (kind, got) {
            (K::ErrorBefore | K::ErrorAfter, Some((status, _))) => assert_eq!(status, 503),
            (K::Empty, Some(got)) => assert_eq!(got, (200, Ok(Vec::new()))),
            (K::Truncated, Some(got)) => assert_eq!(got, (200, Err(()))),
            _ => {}
        }
        let there = !desk.running.state()["contacts"].as_array().unwrap().is_empty();
        assert_eq!(there, applied, "{kind:?}");
        let witness = desk.running.witness();
        assert_eq!(witness.len(), 1);
        assert_eq!(witness[0].applied, applied);
        assert!(witness[0].fault.is_some());
        assert_eq!(witness[0].object.is_some(), applied);
    }
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let desk = Desk::start().await;
    let rule = FaultRule::new(FaultKind::Delay).delay_ms(30);
    let start = std::time::Instant::now();
    let got = struck(&desk, rule).await.unwrap();
    assert_eq!(got.0, 200);
    assert!(start.elapsed().as_millis() >= 30);
}

#[tokio::test]
async fn a_fault_can_meet_one_route_and_one_request() {
    let desk = Desk::start().await;
    desk.running.set_faults(vec![
        FaultRule::new(FaultKind::ErrorBefore).status(500).route("GET /contacts/*").nth(2),
    ]);
    let id = desk.user("u1").await;
    let path = format!("/contacts/{id}");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(desk.send("GET", &path, None).await.0);
    }
    assert_eq!(statuses, [200, 500, 200]);
}

#[tokio::test]
async fn foreign_traffic_eats_from_the_window() {
    let desk = Desk::options(Options {
        rate_limit: Some(10),
        faults: vec![FaultRule::new(FaultKind::ForeignTraffic)],
        ..Options::default()
    })
    .await;
    let mut allowed = 0;
    while desk.send("GET", "/me", None).await.0 == 200 {
        allowed += 1;
    }
    assert_eq!(allowed, 5);
}

#[tokio::test]
async fn a_storm_of_429_says_when_the_window_ends() {
    let desk = Desk::options(Options {
        rate_limit: Some(10),
        faults: vec![FaultRule::new(FaultKind::ErrorBefore).status(429)],
        ..Options::default()
    })
    .await;
    let answer = desk.request("GET", "/me", None).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 429);
    assert_eq!(answer.headers()["x-ratelimit-reset"], (NOW + 10).to_string().as_str());
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["errors"][0]["code"], "rate_limit_exceeded");
}
