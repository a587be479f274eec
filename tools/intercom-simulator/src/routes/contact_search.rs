//! Contacts: list and search.

use super::contact_link::list_of;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{CursorRequest, Size};
use crate::search::{Dates, Field, Query};
use crate::state::{Contact, ContactId, State};
use serde_json::{Value, json};

const SIZE: Size = Size::new(50, 150);

/// Fields that can be searched, apart from custom attributes.
const FIELDS: [&str; 22] = [
    "id",
    "role",
    "name",
    "avatar",
    "owner_id",
    "email",
    "email_domain",
    "phone",
    "formatted_phone",
    "external_id",
    "created_at",
    "signed_up_at",
    "updated_at",
    "last_seen_at",
    "last_contacted_at",
    "last_replied_at",
    "language_override",
    "unsubscribed_from_emails",
    "marked_email_as_spam",
    "has_hard_bounced",
    "segment_id",
    "tag_id",
];

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let request = CursorRequest::from_query(call, SIZE)?;
    let total = usize::try_from(state.contacts.active).unwrap_or(usize::MAX);
    let after = request.after.as_deref().and_then(ContactId::parse);
    let start = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
    let mut ids = state
        .contacts
        .by_id
        .range((start, std::ops::Bound::Unbounded))
        .filter(|(_, contact)| !contact.archived)
        .map(|(id, _)| *id);
    let page: Vec<ContactId> = ids.by_ref().take(request.per_page).collect();
    let next = page.last().filter(|_| ids.next().is_some()).map(ToString::to_string);
    let pages = request.pages(1, total, next.as_deref());
    let data = list_of(state, &page);
    Ok(Reply::ok(&json!({"type": "list", "data": data, "total_count": total, "pages": pages})))
}

pub(crate) fn search(state: &mut State, call: &Call) -> Answer {
    let query = Query::parse(&call.body["query"])?;
    for field in query.fields() {
        let known = FIELDS.contains(&field)
            || ["location.", "ios_", "android_", "browser", "os", "last_"]
                .iter()
                .any(|start| field.starts_with(start))
            || field.strip_prefix("custom_attributes.").is_some_and(|name| {
                state.attributes.find(name).is_some_and(|a| a.model == "contact")
            });
        if !known {
            return Err(ApiError::new(400, "invalid_field", format!("{field} is not a field")));
        }
    }
    let request = CursorRequest::from_body(call, SIZE)?;
    let sort = &call.body["sort"];
    let descending = match sort["order"].as_str() {
        None | Some("ascending") => false,
        Some("descending") => true,
        Some(other) => {
            let message =
                format!("Invalid sort order '{other}'. Must be one of: ascending, descending");
            return Err(ApiError::new(400, "invalid_sort_order", message));
        }
    };
    let mut keys = matching(state, &query, call.now_ms)?;
    if let Some(field) = sort["field"].as_str() {
        keys.sort_by_cached_key(|id| sort_key(state, *id, field));
    }
    if descending {
        keys.reverse();
    }
    let (page, pages) = request.cut(&keys);
    let data = list_of(state, &page);
    Ok(Reply::ok(&json!({"type": "list", "data": data, "total_count": keys.len(), "pages": pages})))
}

fn matching(state: &State, query: &Query, now_ms: i64) -> Result<Vec<ContactId>, ApiError> {
    let mut found = Vec::new();
    let mut look = |id: ContactId, contact: &Contact| {
        if contact.archived || contact.searchable_ms > now_ms {
            return Ok(());
        }
        let read = |field: &str| read(state, id, contact, field);
        if query.matches(&read, Dates::Days(state.timezone))? {
            found.push(id);
        }
        Ok::<(), ApiError>(())
    };
    let candidates: Option<Vec<ContactId>> = if let Some(id) = query.pinned("id") {
        Some(ContactId::parse(id).into_iter().collect())
    } else {
        query.pinned("email").map(|email| state.contacts.by_email(email).to_vec())
    };
    match candidates {
        Some(ids) => {
            for id in ids {
                if let Some(contact) = state.contacts.get(id) {
                    look(id, contact)?;
                }
            }
        }
        None => {
            for (id, contact) in &state.contacts.by_id {
                look(*id, contact)?;
            }
        }
    }
    for (id, contact) in state.ghosts.contacts() {
        look(id, contact)?;
    }
    Ok(found)
}

fn sort_key(state: &State, id: ContactId, field: &str) -> (i64, String) {
    let Some(contact) = state.listed_contact(id) else {
        return (0, String::new());
    };
    read(state, id, contact, field).order()
}

fn read(state: &State, id: ContactId, c: &Contact, field: &str) -> Field {
    let text = |value: Option<String>| value.map_or(Field::Missing, Field::Text);
    match field {
        "id" => Field::Id(id.to_string()),
        "role" => Field::Text(if c.lead { "lead" } else { "user" }.to_owned()),
        "name" => text(c.name.clone()),
        "avatar" => text(c.avatar.clone()),
        "owner_id" => text(c.owner_id.map(|id| id.to_string())),
        "email" => text(c.email.clone()),
        "email_domain" => {
            text(c.email.as_deref().and_then(|e| e.split_once('@')).map(|(_, d)| d.to_owned()))
        }
        "phone" | "formatted_phone" => text(c.phone.clone()),
        "external_id" => text(c.external_id.clone()),
        "created_at" => Field::Date(Some(c.created_at)),
        "updated_at" => Field::Date(Some(c.updated_at)),
        "signed_up_at" => Field::Date(c.signed_up_at),
        "last_seen_at" => Field::Date(c.last_seen_at),
        "last_contacted_at" => Field::Date(c.last_contacted_at),
        "last_replied_at" => Field::Date(c.last_replied_at),
        "unsubscribed_from_emails" => Field::Flag(c.unsubscribed),
        "marked_email_as_spam" | "has_hard_bounced" => Field::Flag(false),
        "tag_id" => Field::Texts(c.tags.iter().map(|l| l.tag.to_string()).collect()),
        other => {
            let name = other.strip_prefix("custom_attributes.").unwrap_or("");
            let date = state.attributes.find(name).is_some_and(|a| a.data_type == "date");
            match c.custom.get(name) {
                Some(value) if date => Field::Date(value.as_i64()),
                value => custom(value),
            }
        }
    }
}

/// A custom attribute's value as a search sees it.
pub(super) fn custom(value: Option<&Value>) -> Field {
    match value {
        Some(Value::String(text)) => Field::Text(text.clone()),
        Some(Value::Bool(flag)) => Field::Flag(*flag),
        Some(Value::Number(number)) => number.as_f64().map_or(Field::Missing, Field::Number),
        Some(Value::Array(list)) => {
            Field::Texts(list.iter().filter_map(crate::call::id_text).collect())
        }
        _ => Field::Missing,
    }
}
