//! Classes of answers, from status, headers and body: pure.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::DestinationId;
use crate::model::event::FailureClass::{self, Permanent, Temporary};

use super::super::contract::{Answer, ReadAnswer, Reason, Refusal, StopScope};
use super::family::thread::part;
use super::request::{Request, id_text};
use super::spec::Made;

/// An answer as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    pub(super) status: u16,
    /// The whole body; `None` if it broke off or was too long.
    pub(super) body: Option<Bytes>,
    /// The `Link` header of a merged contact.
    pub(super) link: Option<String>,
    /// How long to wait after a 429.
    pub(super) wait: Duration,
}

/// Codes of errors are short words; anything else is not repeated.
const CODE_LENGTH_MAX: usize = 64;

/// Words of a refusal that means "it is so already": of tickets (FACTS §1), and of assigning and
/// closing conversations, as reported from live workspaces.
const SAME: [&str; 4] = ["same state", "already assigned", "already closed", "already open"];

/// What an error calls itself.
const ERROR: &str = "error.list";

/// What is read of an answer, which may be long.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    conversation_id: Option<&'a RawValue>,
}

impl<'a> Head<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let head: Self = parsed(bytes)?;
        check(head.kind)?;
        Ok(head)
    }
}

struct Fault {
    code: String,
    field: Option<String>,
    message: String,
}

fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let short = !text.is_empty() && text.len() <= CODE_LENGTH_MAX;
    (short && text.chars().all(plain)).then(|| text.to_owned())
}

fn fault(raw: &Raw) -> Fault {
    let body: Value = raw
        .body
        .as_deref()
        .and_then(|body| serde_json::from_slice(body).ok())
        .unwrap_or(Value::Null);
    let first = &body["errors"][0];
    let text = |name: &str| first[name].as_str().unwrap_or_default();
    Fault {
        code: word(text("code")).unwrap_or_else(|| format!("http_{}", raw.status)),
        field: word(text("field")),
        message: text("message").to_owned(),
    }
}

/// The id in "A contact matching those details already exists with id=…" (FACTS §5.2).
fn named_id(message: &str) -> Option<DestinationId> {
    let (_, rest) = message.split_once("id=")?;
    let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!id.is_empty()).then(|| DestinationId::from(id))
}

fn reason(status: u16, fault: &Fault) -> Reason {
    let message = fault.message.to_ascii_lowercase();
    let says = |words: &str| message.contains(words);
    match (status, fault.code.as_str()) {
        (_, "not_restorable") => Reason::NotRestorable,
        (_, "custom_data_limit_reached" | "contact_company_limit_exceeded") => Reason::LimitReached,
        (400, _) if says("not restorable") => Reason::NotRestorable,
        (400 | 409 | 422, _) if SAME.iter().any(|words| says(words)) => Reason::SameState,
        (400 | 422, _) if says("you already have") => Reason::Exists,
        (409, _) => Reason::Exists,
        (404 | 410, _) => Reason::Gone,
        _ => Reason::Other,
    }
}

fn refusal(status: u16, fault: &Fault, class: FailureClass) -> Refusal {
    let reason = reason(status, fault);
    let exists = reason == Reason::Exists;
    Refusal {
        status,
        code: fault.code.clone(),
        field: fault.field.clone(),
        class,
        reason,
        existing: named_id(&fault.message).filter(|_| exists),
        archived: exists && fault.message.to_ascii_lowercase().contains("archived"),
    }
}

fn stop(status: u16, code: &str) -> Option<StopScope> {
    match (status, code) {
        (401, "token_unauthorized") | (402 | 403, _) => Some(StopScope::Phase),
        (401, _) => Some(StopScope::Run),
        _ => None,
    }
}

/// Class of an answer to a write.
pub(super) fn write(request: &Request, raw: &Raw) -> Answer {
    let spec = request.operation.spec();
    if spec.success.contains(&raw.status) {
        return done(request, raw);
    }
    let fault = fault(raw);
    if let Some(scope) = stop(raw.status, &fault.code) {
        return Answer::Stop { scope, status: raw.status, code: fault.code };
    }
    match raw.status {
        429 => Answer::Limited { wait: raw.wait },
        // The server may have done it before it failed.
        408 | 500.. if !spec.idempotent_repeat => Answer::Unknown { code: fault.code },
        408 | 425 | 500.. => Answer::Refused(refusal(raw.status, &fault, Temporary)),
        200..=299 => Answer::Unknown { code: format!("unexpected_{}", raw.status) },
        _ => Answer::Refused(refusal(raw.status, &fault, Permanent)),
    }
}

fn done(request: &Request, raw: &Raw) -> Answer {
    let Some(bytes) = &raw.body else {
        return Answer::Unknown { code: "answer_truncated".to_owned() };
    };
    match made(request, bytes) {
        Ok(object) => Answer::Done { object: object.map(DestinationId::from), raw: bytes.clone() },
        Err(code) => Answer::Unknown { code: code.to_owned() },
    }
}

/// What a success made or changed. An answer that cannot be one tells nothing: then the code says
/// why.
fn made(request: &Request, bytes: &[u8]) -> Result<Option<String>, &'static str> {
    let spec = request.operation.spec();
    match spec.made {
        Made::InPath(name) => {
            if !(bytes.is_empty() && spec.wordless) {
                Head::of(bytes)?;
            }
            Ok(request.path_value(name).map(str::to_owned))
        }
        Made::Part => {
            let thread: part::Answered<'_> = parsed(bytes)?;
            check(thread.kind)?;
            Ok(part::made(request, &thread))
        }
        Made::Id => named(Head::of(bytes)?.id).map(Some),
        Made::ConversationId => named(Head::of(bytes)?.conversation_id).map(Some),
        Made::Option => {
            Head::of(bytes)?;
            Ok(part::made_option(request, &parsed(bytes)?))
        }
    }
}

fn named(id: Option<&RawValue>) -> Result<String, &'static str> {
    id_text(&part::value(id)).ok_or("answer_without_id")
}

fn parsed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, &'static str> {
    let unread = if bytes.is_empty() { "answer_empty" } else { "answer_unreadable" };
    serde_json::from_slice(bytes).map_err(|_| unread)
}

/// A success that calls itself an error is none.
fn check(kind: Option<&RawValue>) -> Result<(), &'static str> {
    let is_error = kind.is_some_and(|kind| kind.get().trim_matches('"') == ERROR);
    if is_error { Err("answer_contradictory") } else { Ok(()) }
}

/// Class of an answer to a read.
pub(super) fn read(raw: &Raw) -> ReadAnswer {
    if raw.status == 200 {
        return match raw.body.as_deref().map(serde_json::from_slice) {
            Some(Ok(body)) => ReadAnswer::Found(body),
            Some(Err(_)) => ReadAnswer::Failed { code: "answer_unreadable".into() },
            None => ReadAnswer::Failed { code: "answer_truncated".into() },
        };
    }
    let fault = fault(raw);
    if let Some(scope) = stop(raw.status, &fault.code) {
        return ReadAnswer::Stop { scope, status: raw.status, code: fault.code };
    }
    match raw.status {
        404 => ReadAnswer::Absent,
        410 => ReadAnswer::Merged(raw.link.as_deref().and_then(merged_into)),
        429 => ReadAnswer::Limited { wait: raw.wait },
        408 | 425 | 500.. => ReadAnswer::Failed { code: fault.code },
        status => ReadAnswer::Refused { status, code: fault.code },
    }
}

/// The contact in `Link: </contacts/{id}>; rel="canonical"`.
fn merged_into(link: &str) -> Option<DestinationId> {
    let (_, rest) = link.split_once("/contacts/")?;
    let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!id.is_empty()).then(|| DestinationId::from(id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::destination::intercom::operation::Operation;

    fn raw(status: u16, body: Value) -> Raw {
        Raw { status, body: Some(body.to_string().into_bytes().into()), ..Raw::default() }
    }

    fn error(status: u16, code: &str, message: &str) -> Raw {
        let errors = json!([{ "code": code, "message": message, "field": "email" }]);
        raw(status, json!({ "type": "error.list", "errors": errors }))
    }

    fn create() -> Request {
        Request::new(Operation::ContactCreate).body(json!({ "email": "ann@example.com" }))
    }

    #[test]
    fn a_conflict_names_the_contact_and_nothing_personal() {
        let message = "An archived contact matching those details already exists with id=5fa1b2";
        let Answer::Refused(refusal) = write(&create(), &error(409, "conflict", message)) else {
            panic!("not refused");
        };
        assert_eq!(refusal.existing, Some("5fa1b2".into()));
        assert!(refusal.archived);
        assert_eq!((refusal.reason, refusal.class), (Reason::Exists, Permanent));
        assert!(!format!("{refusal:?}").contains("matching"));
    }

    #[test]
    fn words_that_change_what_is_done_next() {
        let reason = |status, code, message| match write(&create(), &error(status, code, message)) {
            Answer::Refused(refusal) => refusal.reason,
            other => panic!("{other:?}"),
        };
        let same = "Cannot transition ticket to the same state";
        assert_eq!(reason(400, "parameter_invalid", same), Reason::SameState);
        let assigned = "The conversation is already assigned to the specified assignee";
        assert_eq!(reason(422, "parameter_invalid", assigned), Reason::SameState);
        let closed = "Conversation is already closed";
        assert_eq!(reason(400, "parameter_invalid", closed), Reason::SameState);
        let tracker = "A conversation can only have one tracker ticket";
        assert_eq!(reason(400, "already_linked_to_tracker", tracker), Reason::Other);
        let twice = "You already have 'plan' in your company data.";
        assert_eq!(reason(400, "parameter_invalid", twice), Reason::Exists);
        assert_eq!(reason(400, "not_restorable", ""), Reason::NotRestorable);
        assert_eq!(reason(404, "not_found", ""), Reason::Gone);
        assert_eq!(reason(422, "data_invalid", ""), Reason::Other);
    }

    #[test]
    fn a_server_error_is_unknown_unless_repeating_is_harmless() {
        let failed = error(503, "service_unavailable", "");
        let code = "service_unavailable".to_owned();
        assert_eq!(write(&create(), &failed), Answer::Unknown { code });
        let upsert = Request::new(Operation::CompanyUpsert).body(json!({}));
        let Answer::Refused(refusal) = write(&upsert, &failed) else { panic!("not refused") };
        assert_eq!(refusal.class, Temporary);
    }

    #[test]
    fn a_success_that_says_nothing_is_unknown() {
        let code = |raw: &Raw| match write(&create(), raw) {
            Answer::Unknown { code } => code,
            other => panic!("{other:?}"),
        };
        let empty = Raw { status: 200, body: Some(Bytes::new()), ..Raw::default() };
        assert_eq!(code(&empty), "answer_empty");
        let half =
            Raw { status: 200, body: Some(Bytes::from_static(b"{\"id\":")), ..Raw::default() };
        assert_eq!(code(&half), "answer_unreadable");
        assert_eq!(code(&Raw { status: 200, ..Raw::default() }), "answer_truncated");
        assert_eq!(code(&raw(200, json!({ "type": "contact" }))), "answer_without_id");
        assert_eq!(code(&raw(202, json!({}))), "unexpected_202");
    }

    #[test]
    fn ids_come_as_text_or_number() {
        for id in [json!("42"), json!(42)] {
            let Answer::Done { object, .. } = write(&create(), &raw(200, json!({ "id": id })))
            else {
                panic!("not done");
            };
            assert_eq!(object, Some("42".into()));
        }
    }

    #[test]
    fn refusals_of_the_token_stop_the_run_and_of_a_scope_the_phase() {
        let scope = |status, code| match write(&create(), &error(status, code, "")) {
            Answer::Stop { scope, .. } => scope,
            other => panic!("{other:?}"),
        };
        assert_eq!(scope(401, "unauthorized"), StopScope::Run);
        assert_eq!(scope(401, "token_unauthorized"), StopScope::Phase);
        assert_eq!(scope(403, "api_plan_restricted"), StopScope::Phase);
    }

    #[test]
    fn reads_follow_merged_contacts() {
        let link = Some("</contacts/66bb>; rel=\"canonical\"".to_owned());
        let merged = Raw { link, ..error(410, "contact_merged", "") };
        assert_eq!(read(&merged), ReadAnswer::Merged(Some("66bb".into())));
        assert_eq!(read(&error(404, "not_found", "")), ReadAnswer::Absent);
        let failed = ReadAnswer::Failed { code: "server_error".into() };
        assert_eq!(read(&error(500, "server_error", "")), failed);
    }

    #[test]
    fn a_code_that_is_not_a_word_is_not_repeated() {
        let answer = write(&create(), &error(422, "ann@example.com is bad", ""));
        let Answer::Refused(refusal) = answer else { panic!("not refused") };
        assert_eq!(refusal.code, "http_422");
    }
}
