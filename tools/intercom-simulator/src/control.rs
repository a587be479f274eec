//! The simulator's own addresses under `/_sim/`: state, witness, mailbox, faults, acts, clock.

use crate::act;
use crate::fault::{FaultRule, profile};
use crate::http::AnswerBody;
use crate::server::{Shared, json};
use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};

/// How many requests one page of the witness holds unless told.
const WITNESS_PAGE: usize = 1_000_000;

pub(crate) fn answer(shared: &Shared, parts: &Parts, body: &Bytes) -> Response<AnswerBody> {
    let query = crate::http::query(parts.uri.query().unwrap_or(""));
    let asked = |key: &str| query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let path = parts.uri.path();
    if let Some(id) = path.strip_prefix("/_sim/files/") {
        return file(shared, id, asked("signature"));
    }
    match (parts.method.as_str(), path) {
        ("GET", "/_sim/state") => {
            let sim = shared.sim();
            let view = match asked("view") {
                Some("comparable") => crate::comparable::state(&sim.state),
                _ => crate::snapshot::state(&sim.state),
            };
            drop(sim);
            send(200, &view)
        }
        ("GET", "/_sim/witness") => {
            let number = |key: &str| asked(key).and_then(|n| n.parse().ok());
            let since = number("since").unwrap_or(0);
            let page = shared.sim().witness.page(since, number("limit").unwrap_or(WITNESS_PAGE));
            send(200, &page)
        }
        ("GET", "/_sim/mailbox") => {
            let mailbox = shared.sim().state.mailbox.clone();
            send(200, &value!({"total": mailbox.len(), "notifications": mailbox}))
        }
        ("POST", "/_sim/faults") => result(parse(body).and_then(|sent| faults(shared, &sent))),
        ("POST", "/_sim/act") => result(parse(body).and_then(|action| act(shared, &action))),
        ("POST", "/_sim/clock") => result(parse(body).and_then(|sent| clock(shared, &sent))),
        _ => send(404, &value!({"error": "no such address"})),
    }
}

fn send<T: Serialize>(status: u16, body: &T) -> Response<AnswerBody> {
    // Serialising our own values to memory can't fail; an empty body would show if it did.
    json(status, serde_json::to_vec(body).unwrap_or_default().into())
}

fn parse(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn result(outcome: Result<Value, String>) -> Response<AnswerBody> {
    match outcome {
        Ok(body) => send(200, &body),
        Err(error) => send(400, &value!({"error": error})),
    }
}

fn file(shared: &Shared, id: &str, signature: Option<&str>) -> Response<AnswerBody> {
    let number: Option<u64> = id.parse().ok();
    let signed = number.filter(|id| signature == Some(crate::state::signature(*id).as_str()));
    let found = signed.and_then(|id| shared.sim().state.files.get(id).cloned());
    let Some((kind, data)) = found else {
        return send(403, &value!({"error": "the address is not signed or has no file"}));
    };
    let mut response = Response::new(AnswerBody::whole(data));
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// Rules as given to a program or to `/_sim/faults`: a list, `{"rules": …}` or `{"profile": …}`.
///
/// # Errors
/// Says what is not understood.
pub fn fault_rules(sent: &Value) -> Result<Vec<FaultRule>, String> {
    if let Some(name) = sent.get("profile") {
        let name = name.as_str().unwrap_or("");
        return profile(name).ok_or_else(|| format!("{name:?} is not a fault profile"));
    }
    let rules = sent.get("rules").unwrap_or(sent);
    Vec::<FaultRule>::deserialize(rules).map_err(|error| error.to_string())
}

fn faults(shared: &Shared, sent: &Value) -> Result<Value, String> {
    let rules = fault_rules(sent)?;
    let count = rules.len();
    shared.sim().faults.replace(rules);
    Ok(value!({"rules": count}))
}

pub(crate) fn act(shared: &Shared, action: &Value) -> Result<Value, String> {
    let mut sim = shared.sim();
    let now_ms = sim.clock.now_ms();
    sim.state.settle(now_ms);
    act::perform(&mut sim.state, action, now_ms)
}

fn clock(shared: &Shared, sent: &Value) -> Result<Value, String> {
    let by_ms = sent["advance_ms"].as_i64().ok_or("advance_ms is missing")?;
    let mut sim = shared.sim();
    sim.clock.advance(by_ms);
    Ok(value!({"now_ms": sim.clock.now_ms()}))
}
