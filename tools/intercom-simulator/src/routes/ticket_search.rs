//! Tickets: search, the only way to enumerate them.

use super::contact_search::custom;
use super::conversation_search::{candidates, read as shared, suspended};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{CursorRequest, Size};
use crate::search::{Dates, Field, Query};
use crate::state::{State, Thread, TicketFields};
use crate::view::TicketView;

const SIZE: Size = Size::new(20, 150);

const FIELDS: [&str; 14] = [
    "id",
    "created_at",
    "updated_at",
    "title",
    "description",
    "category",
    "ticket_type_id",
    "contact_ids",
    "teammate_ids",
    "admin_assignee_id",
    "team_assignee_id",
    "open",
    "state",
    "snoozed_until",
];

#[derive(serde::Serialize)]
struct List<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    pages: serde_json::Value,
    total_count: usize,
    tickets: Vec<TicketView<'a>>,
}

pub(crate) fn search(state: &mut State, call: &Call) -> Answer {
    let query = Query::parse(&call.body["query"])?;
    for field in query.fields() {
        let attribute = match field.strip_prefix("ticket_attribute.").map(str::parse) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                let message = "The requested ticket attribute ID is not a valid integer";
                return Err(ApiError::new(400, "field_not_found", message));
            }
        };
        let known = FIELDS.contains(&field)
            || attribute.is_some_and(|id: u64| {
                let types = state.ticket_types.values();
                types.flat_map(|t| &t.attributes).any(|a| a.id == id)
            });
        if !known {
            return Err(ApiError::new(400, "invalid_field", format!("{field} is not a field")));
        }
    }
    let request = CursorRequest::from_body(call, SIZE)?;
    let mut keys = Vec::new();
    let mut look = |thread: &Thread| {
        let Some(fields) = thread.ticket.as_deref() else {
            return Ok(());
        };
        if thread.searchable_ms <= call.now_ms
            && !suspended(state, thread)
            && query.matches(&|name: &str| read(state, thread, fields, name), Dates::Seconds)?
        {
            keys.push(thread.id);
        }
        Ok::<(), ApiError>(())
    };
    match candidates(state, &query) {
        Some(ids) => {
            for thread in ids.iter().filter_map(|id| state.threads.by_id.get(id)) {
                look(thread)?;
            }
        }
        None => {
            for thread in state.threads.by_id.values() {
                look(thread)?;
            }
        }
    }
    for thread in state.ghosts.threads() {
        look(thread)?;
    }
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let (page, pages) = request.cut(&keys);
    let found = page.iter().filter_map(|id| state.listed_thread(*id));
    let tickets = found
        .filter_map(|thread| {
            let fields = thread.ticket.as_deref()?;
            Some(TicketView { state, thread, fields, whole: false })
        })
        .collect();
    Ok(Reply::ok(&List { kind: "ticket.list", pages, total_count: keys.len(), tickets }))
}

fn read(state: &State, thread: &Thread, fields: &TicketFields, name: &str) -> Field {
    let found = state.ticket_types.get(&fields.type_id);
    match name {
        "title" => custom(fields.values.get("_default_title_")),
        "description" => custom(fields.values.get("_default_description_")),
        "ticket_type_id" => Field::Text(fields.type_id.to_string()),
        "state" => Field::Text(super::ticket::category(state, fields.state_id)),
        // The search has its own words for the categories.
        "category" => Field::Text(
            match found.map(|t| t.category.as_str()) {
                Some("Customer") => "request",
                Some("Back-office") => "task",
                _ => "tracker",
            }
            .to_owned(),
        ),
        other => match other.strip_prefix("ticket_attribute.") {
            None => shared(state, thread, other),
            Some(id) => {
                let attributes = found.map(|t| t.attributes.as_slice()).unwrap_or_default();
                let attribute = attributes.iter().find(|a| a.id.to_string() == id);
                let value = attribute.and_then(|a| fields.values.get(&a.name));
                match attribute.map(|a| a.data_type.as_str()) {
                    Some("datetime") => Field::Date(value.and_then(serde_json::Value::as_i64)),
                    _ => custom(value),
                }
            }
        },
    }
}
