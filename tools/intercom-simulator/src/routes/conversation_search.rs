//! Conversations: list and search.

use super::contact_search::custom;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{CursorRequest, Size};
use crate::search::{Dates, Field, Query};
use crate::state::{Author, ContactId, State, Thread};
use crate::view::ThreadView;

const SIZE: Size = Size::new(20, 150);

const FIELDS: [&str; 25] = [
    "id",
    "created_at",
    "updated_at",
    "source.type",
    "source.id",
    "source.delivered_as",
    "source.subject",
    "source.body",
    "source.author.id",
    "source.author.type",
    "source.author.name",
    "source.author.email",
    "source.url",
    "contact_ids",
    "teammate_ids",
    "admin_assignee_id",
    "team_assignee_id",
    "channel_initiated",
    "open",
    "read",
    "state",
    "waiting_since",
    "snoozed_until",
    "tag_ids",
    "priority",
];

fn views<'a>(state: &'a State, ids: &[u64]) -> Vec<ThreadView<'a>> {
    let found = ids.iter().filter_map(|id| state.listed_thread(*id));
    found.map(|thread| ThreadView { state, thread, parts: false, plain: false }).collect()
}

#[derive(serde::Serialize)]
struct List<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    pages: serde_json::Value,
    total_count: usize,
    conversations: Vec<ThreadView<'a>>,
}

pub(super) fn suspended(state: &State, thread: &Thread) -> bool {
    !thread.contacts.is_empty()
        && thread.contacts.iter().all(|id| state.contacts.get(*id).is_some_and(|c| c.archived))
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let request = CursorRequest::from_query(call, SIZE)?;
    let total = usize::try_from(state.threads.conversations).unwrap_or(usize::MAX);
    let after = request.after.as_deref().and_then(|id| id.parse().ok()).unwrap_or(u64::MAX);
    // Newest first.
    let mut ids = state
        .threads
        .by_id
        .range(..after)
        .rev()
        .filter(|(_, thread)| !thread.is_ticket() && !suspended(state, thread))
        .map(|(id, _)| *id);
    let page: Vec<u64> = ids.by_ref().take(request.per_page).collect();
    let next = page.last().filter(|_| ids.next().is_some()).map(ToString::to_string);
    let pages = request.pages(1, total, next.as_deref());
    let conversations = views(state, &page);
    let list = List { kind: "conversation.list", pages, total_count: total, conversations };
    Ok(Reply::ok(&list))
}

pub(crate) fn search(state: &mut State, call: &Call) -> Answer {
    let query = Query::parse(&call.body["query"])?;
    let custom_ok = state.features.conversation_search_custom_attributes;
    for field in query.fields() {
        let known = FIELDS.contains(&field)
            || ["statistics.", "conversation_rating.", "ai_agent"]
                .iter()
                .any(|start| field.starts_with(start))
            || (custom_ok && field.starts_with("custom_attributes."));
        if !known {
            return Err(ApiError::new(400, "invalid_field", format!("{field} is not a field")));
        }
    }
    let request = CursorRequest::from_body(call, SIZE)?;
    let mut keys = matching(state, &query, call.now_ms)?;
    // Not in the description; clients send it and it works.
    let sort = &call.body["sort"];
    if let Some(field) = sort["field"].as_str() {
        let order = |id: &u64| state.listed_thread(*id).map(|t| read(state, t, field).order());
        keys.sort_by_cached_key(order);
        if sort["order"].as_str() == Some("descending") {
            keys.reverse();
        }
    }
    let (page, pages) = request.cut(&keys);
    let conversations = views(state, &page);
    let list = List { kind: "conversation.list", pages, total_count: keys.len(), conversations };
    Ok(Reply::ok(&list))
}

fn matching(state: &State, query: &Query, now_ms: i64) -> Result<Vec<u64>, ApiError> {
    let dates = match state.features.conversation_search_day_granular {
        true => Dates::Days(state.timezone),
        false => Dates::Seconds,
    };
    let tickets = state.features.tickets_in_conversation_search;
    let mut found = Vec::new();
    let mut look = |thread: &Thread| {
        let hidden = thread.is_ticket() && !tickets || thread.searchable_ms > now_ms;
        if !hidden
            && !suspended(state, thread)
            && query.matches(&|field: &str| read(state, thread, field), dates)?
        {
            found.push(thread.id);
        }
        Ok::<(), ApiError>(())
    };
    match candidates(state, query) {
        Some(ids) => {
            for id in ids {
                if let Some(thread) = state.threads.by_id.get(&id) {
                    look(thread)?;
                }
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
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// The only threads a query can match, when it names an id or a contact.
pub(super) fn candidates(state: &State, query: &Query) -> Option<Vec<u64>> {
    if let Some(id) = query.pinned("id") {
        return Some(id.parse().into_iter().collect());
    }
    let contact = query.pinned("contact_ids")?;
    let contact = ContactId::parse(contact).and_then(|id| state.contacts.get(id));
    Some(contact.map(|contact| contact.threads.clone()).unwrap_or_default())
}

/// A number if there is one, else missing.
// Counts stay far below 2^53.
pub(super) fn number(value: u64) -> Field {
    Field::Number(value as f64)
}

/// Fields that conversations and tickets share.
pub(super) fn read(state: &State, t: &Thread, field: &str) -> Field {
    let author = || match t.source.author {
        Author::Contact(id) => state.contacts.get(id),
        _ => None,
    };
    let text = |value: Option<String>| value.map_or(Field::Missing, Field::Text);
    match field {
        "id" => Field::Id(t.id.to_string()),
        "created_at" => Field::Date(Some(t.created_at)),
        "updated_at" => Field::Date(Some(t.updated_at)),
        "waiting_since" => Field::Date(t.waiting_since),
        "snoozed_until" => Field::Date(t.snoozed_until),
        "source.type" => Field::Text("conversation".to_owned()),
        "source.id" => Field::Text(t.source.id.to_string()),
        "source.delivered_as" => Field::Text(t.source.delivered_as.to_owned()),
        "source.subject" => Field::Text(t.source.subject.clone()),
        "source.body" => Field::Words(t.source.body.clone()),
        "source.author.id" => Field::Text(match t.source.author {
            Author::Contact(id) => id.to_string(),
            Author::Admin(id) => id.to_string(),
            Author::Bot => "1".to_owned(),
        }),
        "source.author.type" => Field::Text(match t.source.author {
            Author::Contact(_) if author().is_some_and(|c| c.lead) => "lead".to_owned(),
            Author::Contact(_) => "user".to_owned(),
            Author::Admin(_) => "admin".to_owned(),
            Author::Bot => "bot".to_owned(),
        }),
        "source.author.name" => text(author().and_then(|c| c.name.clone())),
        "source.author.email" => text(author().and_then(|c| c.email.clone())),
        "contact_ids" => Field::Texts(t.contacts.iter().map(ToString::to_string).collect()),
        "teammate_ids" => Field::Texts(t.teammates().iter().map(ToString::to_string).collect()),
        "admin_assignee_id" => Field::Text(t.admin_assignee.to_string()),
        "team_assignee_id" => Field::Text(t.team_assignee.to_string()),
        "open" => Field::Flag(t.open()),
        "read" => Field::Flag(t.read),
        "state" => Field::Text(t.state.name().to_owned()),
        "tag_ids" => Field::Texts(t.tags.iter().map(|l| l.tag.to_string()).collect()),
        "priority" => Field::Text("none".to_owned()),
        "statistics.count_conversation_parts" => number(t.parts.len() as u64),
        "statistics.count_assignments" => number(t.assignments),
        "statistics.count_reopens" => number(t.reopens),
        "statistics.last_close_at" => Field::Date(t.last_close_at),
        "statistics.first_close_at" => Field::Date(t.first_close_at),
        other => custom(other.strip_prefix("custom_attributes.").and_then(|n| t.custom.get(n))),
    }
}
