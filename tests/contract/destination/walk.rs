//! Every row of the operation table against the simulator: done and undone, struck by every kind of
//! fault, and silent (invariants 2, 7, 11).

use std::collections::BTreeSet;

use deskledger::destination::intercom::{Target, inverse, read_back, restore};
use deskledger::destination::{Answer, Destination, LookUp, Operation, Reason, Request};
use deskledger::model::event::FailureClass;
use deskledger::model::{DestinationId, NotificationClass, Reversibility};
use serde_json::{Value, json};

use super::rows::{requests, send, workspace};
use super::support::{Desk, bounded};
use super::written::by;
use crate::support::content::{apart, content};

/// What can come between a request and its answer, and whether the request is carried out.
const FAULTS: [(&str, u16, bool); 9] = [
    ("drop_before", 503, false),
    ("drop_after", 503, true),
    ("error_before", 500, false),
    ("error_before", 502, false),
    ("error_before", 429, false),
    ("error_after", 503, true),
    ("empty", 503, true),
    ("truncated", 503, true),
    ("reset", 503, true),
];

/// The object that a request is addressed to.
fn addressed(request: &Request) -> Option<DestinationId> {
    match request.operation {
        Operation::TagRename => request.text("id").map(DestinationId::from),
        _ => request.path.first().map(|(_, id)| id.as_str().into()),
    }
}

#[tokio::test]
async fn every_row_has_its_request() {
    let desk = workspace().await;
    let asked: BTreeSet<_> = requests(&desk).await.iter().map(|one| one.operation).collect();
    let missing: Vec<_> = Operation::ALL.iter().filter(|one| !asked.contains(one)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn every_row_done_and_undone_leaves_what_its_class_promises() {
    let first = workspace().await;
    let all = requests(&first).await;
    let rows = all.len();
    let mut undone = 0;
    let mut wrong = Vec::new();
    for request in all {
        let desk = first.copy().await;
        let spec = request.operation.spec();
        let before = content(&desk.running);
        let image = match addressed(&request) {
            Some(id) => read_back(&desk.client, &Target::of(&request, id)).await.ok(),
            None => None,
        };
        let object = send(&desk, &request).await;
        let with = content(&desk.running);
        let mut fail =
            |what: &str, more: String| wrong.push(format!("{} {what}: {more}", spec.name));
        if apart(&with, &before).is_empty() {
            fail("changes nothing", String::new());
        }
        let undo = match object.and_then(|object| inverse(&request, &object, &by())) {
            Some(undo) => vec![undo],
            None => {
                image.map(|image| restore(&image, &request, &by()).requests).unwrap_or_default()
            }
        };
        if undo.is_empty() != spec.inverse.is_none() {
            fail("is undone by", format!("{undo:?}"));
        }
        for request in &undo {
            send(&desk, request).await;
        }
        if undo.is_empty() {
            continue;
        }
        let after = content(&desk.running);
        let left = apart(&after, &before);
        let kept = match spec.reversibility {
            Reversibility::Exact => left.is_empty(),
            // What stays may be versions and dates, which are no content.
            Reversibility::Compensating => true,
            _ => !left.is_empty(),
        };
        if !kept {
            fail("does not keep its class", format!("{left:?}"));
        }
        if apart(&after, &with).is_empty() {
            fail("is not undone", String::new());
        }
        undone += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(undone > rows / 2, "only {undone} of {rows} were undone");
}

/// What to do after an attempt, as the engine decides it: `true` if the request is done.
async fn settled(desk: &Desk, request: &Request, answer: Answer, applied: bool) -> bool {
    let name = request.operation.name();
    match answer {
        Answer::Done { .. } => {
            assert!(applied, "{name} is taken for done");
            true
        }
        Answer::Limited { .. } => {
            assert!(!applied, "{name} is taken for not done");
            false
        }
        Answer::Refused(refusal) => {
            let harmless = request.operation.spec().idempotent_repeat;
            assert!(harmless || !applied, "{name} would be sent twice");
            assert_eq!(refusal.class, FailureClass::Temporary, "{name}");
            false
        }
        Answer::Unknown { .. } => {
            let sent_at = desk.env.now();
            match desk.look_up(request, sent_at, &[]).await {
                LookUp::Landed { .. } => {
                    assert!(applied, "{name} is taken for landed");
                    true
                }
                LookUp::Absent => {
                    assert!(!applied, "{name} is taken for absent");
                    false
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        Answer::Stop { .. } => panic!("{name} stops"),
    }
}

/// A row under one fault, struck at the first attempt: afterwards it is done once.
async fn struck(first: &Desk, request: &Request, fault: (&str, u16, bool), calm: &Value) {
    let (what, status, applied) = fault;
    let name = request.operation.name();
    let desk = first.copy().await;
    let rule = json!([{ "what": what, "status": status, "first": 1, "writes_only": true }]);
    desk.faults(rule);
    let answer = bounded(desk.client.attempt(request)).await;
    desk.running.set_faults(Vec::new());
    if !settled(&desk, request, answer, applied).await {
        match desk.client.attempt(request).await {
            Answer::Done { .. } => {}
            Answer::Refused(refusal) => {
                let over = matches!(refusal.reason, Reason::Gone | Reason::Exists);
                assert!(over && applied, "{name}: {refusal:?}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let left = apart(&content(&desk.running), calm);
    assert!(left.is_empty(), "{what}: {name}: {left:?}");
}

#[tokio::test]
async fn every_row_is_done_once_whatever_is_lost() {
    let first = workspace().await;
    for request in requests(&first).await {
        let calm = first.copy().await;
        send(&calm, &request).await;
        let calm = content(&calm.running);
        for fault in FAULTS {
            struck(&first, &request, fault, &calm).await;
        }
    }
}

#[tokio::test]
async fn a_row_with_the_flag_is_heard_without_it_and_only_then() {
    let first = workspace().await;
    let mut heard = 0;
    for mut request in requests(&first).await {
        let desk = first.copy().await;
        let spec = request.operation.spec();
        let notices = desk.running.mailbox().len();
        let flag = request.field("skip_notifications").cloned();
        let flagged = spec.notification == NotificationClass::SuppressedByFlag;
        assert_eq!(flag, flagged.then_some(json!(true)), "{}", spec.name);
        if flagged {
            request.body.as_mut().unwrap()["skip_notifications"] = json!(false);
            heard += 1;
        }
        send(&desk, &request).await;
        let loud = desk.running.mailbox().len() > notices;
        assert_eq!(loud, flagged, "{} without its flag", spec.name);
    }
    assert_eq!(heard, 7);
}
