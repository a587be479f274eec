//! Contacts, conversations and tickets: found by search, decided by exact comparison.

use serde_json::{Value, json};

use super::super::super::contract::{LookUp, Read};
use super::super::compare::differing;
use super::super::field::Rule;
use super::super::normalise::{same_id, seconds};
use super::super::object::ObjectKind;
use super::super::pages::list;
use super::listed::as_read;
use super::look::{Look, Looked, landed};

/// Search takes days, not seconds, in places (FACTS §4): it is asked for this much on both sides.
const SEARCH_MARGIN_S: i64 = 2 * 86_400;

/// Pages of a search that are looked through.
const SEARCH_PAGES: usize = 20;

/// Most that a page holds (FACTS §3).
const PER_PAGE: u32 = 150;

fn filter(field: &str, operator: &str, value: &Value) -> Value {
    json!({ "field": field, "operator": operator, "value": value })
}

fn query(filters: Vec<Value>) -> Value {
    json!({
        "query": { "operator": "AND", "value": filters },
        "pagination": { "per_page": PER_PAGE },
    })
}

pub(super) async fn contact(look: &Look<'_>) -> Looked {
    let request = look.request;
    let lead = request.text("role").as_deref() == Some("lead");
    if let Some(external_id) = request.text("external_id").filter(|_| !lead) {
        let path = "/contacts/find_by_external_id/{external_id}";
        let found = look.object(Read::get(path).with("external_id", external_id)).await?;
        let Some(found) = found else { return Ok(LookUp::Absent) };
        // One that was there before answers to the same key, and is not what was made.
        if !look.is_recent(&found) {
            return Ok(LookUp::Absent);
        }
        let back = as_read(ObjectKind::Contact, found);
        return Ok(match differing(request, &back).is_empty() {
            true => landed(back.object),
            false => LookUp::Ambiguous { candidates: vec![back.id] },
        });
    }
    let keys = ["external_id", "email", "phone", "name"];
    let Some((field, value)) =
        keys.iter().find_map(|name| Some((*name, request.field(name)?.clone())))
    else {
        return Ok(LookUp::Absent);
    };
    let search = Read::search("/contacts/search", query(vec![filter(field, "=", &value)]));
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fits = |contact: &Value| {
        let same = |name: &str, rule: Rule| {
            request.field(name).is_none_or(|sent| rule.same(sent, &contact[name]))
        };
        look.is_recent(contact)
            && same("role", Rule::Text)
            && same("email", Rule::Email)
            && same("phone", Rule::Phone)
            && same("name", Rule::Text)
    };
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}

pub(super) async fn conversation(look: &Look<'_>) -> Looked {
    let Some((contact, created_s)) = begun(look) else { return Ok(LookUp::Absent) };
    let filters = vec![
        filter("contact_ids", "=", &contact),
        filter("created_at", ">", &json!(created_s - SEARCH_MARGIN_S)),
        filter("created_at", "<", &json!(created_s + SEARCH_MARGIN_S)),
    ];
    let search = Read::search("/conversations/search", query(filters));
    let fits = |thread: &Value| {
        let source = &thread["source"];
        let body = look.request.field("body").unwrap_or(&Value::Null);
        seconds(&thread["created_at"]) == Some(created_s)
            && same_id(&source["author"]["id"], &contact)
            && Rule::Plain.same(body, &source["body"])
    };
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fitting: Vec<Value> = found.into_iter().filter(fits).collect();
    match look.one_of(fitting) {
        LookUp::Absent => {}
        decided => return Ok(decided),
    }
    // Search is behind; the newest page of the list may not be.
    let newest = Read::get("/conversations").query("per_page", PER_PAGE);
    let found = list(look.destination, newest, 1, |_| false).await?;
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}

fn begun(look: &Look<'_>) -> Option<(Value, i64)> {
    let contact = look.request.field("from")?["id"].clone();
    Some((contact, seconds(look.request.field("created_at")?)?))
}

pub(super) async fn ticket(look: &Look<'_>) -> Looked {
    let request = look.request;
    let contact = request.field("contacts").map_or(Value::Null, |list| list[0]["id"].clone());
    let Some(created_s) = request.field("created_at").and_then(seconds) else {
        return Ok(LookUp::Absent);
    };
    let filters = vec![
        filter("contact_ids", "=", &contact),
        filter("created_at", ">", &json!(created_s - SEARCH_MARGIN_S)),
        filter("created_at", "<", &json!(created_s + SEARCH_MARGIN_S)),
    ];
    let search = Read::search("/tickets/search", query(filters));
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fits = |ticket: &Value| {
        let sent = request.field("ticket_attributes").and_then(Value::as_object);
        let same = |(name, sent): (&String, &Value)| {
            Rule::Value.same(sent, &ticket["ticket_attributes"][name])
        };
        let kind = request.field("ticket_type_id").unwrap_or(&Value::Null);
        seconds(&ticket["created_at"]) == Some(created_s)
            && same_id(&ticket["ticket_type"]["id"], kind)
            && sent.is_none_or(|sent| sent.iter().all(same))
    };
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}
