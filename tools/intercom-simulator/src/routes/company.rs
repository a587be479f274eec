//! Companies: upsert, read, list, archive, notes.

use super::attribute::check_values;
use super::contact_link::{list_of, new_note, note_list};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{Company, CompanyId, ContactId, NoteOwner, State};
use crate::view;
use serde_json::{Value, json};

/// The list's default is 15; 60 is the largest page clients were seen to use.
const SIZE: Size = Size::new(15, 60);
const CONTACTS_SIZE: Size = Size::new(50, 150);
/// `POST /companies/list` ends here.
const LIST_MAX: usize = 10_000;
/// Intercom cuts spend to a 32-bit integer.
const SPEND_MAX: i64 = 2_147_483_647;

const UPSERT_KEYS: [&str; 10] = [
    "company_id",
    "name",
    "plan",
    "size",
    "website",
    "industry",
    "custom_attributes",
    "remote_created_at",
    "update_last_request_at",
    "monthly_spend",
];
const UPDATE_KEYS: [&str; 7] =
    ["name", "plan", "size", "website", "industry", "custom_attributes", "monthly_spend"];

fn answer(state: &State, id: CompanyId) -> Answer {
    let company = state.companies.get(id).ok_or_else(ApiError::company_not_found)?;
    Ok(Reply::ok(&view::company(state, id, company)))
}

pub(crate) fn upsert(state: &mut State, call: &Call) -> Answer {
    refuse_other_keys(call, &UPSERT_KEYS)?;
    let company_id = call.required_id("company_id")?;
    let existing = state.companies.find(&company_id);
    let mut company = match existing {
        Some(id) => {
            state.companies.deleting.retain(|other| *other != id);
            state.companies.get(id).cloned().unwrap_or_default()
        }
        None => Company { company_id, created_at: call.now, ..Company::default() },
    };
    company.archived = false;
    company.delete_due_ms = None;
    apply(state, call, &mut company)?;
    if let Some(at) = call.time("remote_created_at")? {
        company.remote_created_at = Some(at);
    }
    if call.flag("update_last_request_at") == Some(true) {
        company.last_request_at = Some(call.now);
    }
    let id = existing.unwrap_or_else(|| state.ids.company());
    state.companies.insert(id, company);
    Ok(answer(state, id)?.about("company", id))
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let id = state.company(call.param(0))?;
    refuse_other_keys(call, &UPDATE_KEYS)?;
    let mut company = state.companies.get(id).cloned().ok_or_else(ApiError::company_not_found)?;
    apply(state, call, &mut company)?;
    state.companies.insert(id, company);
    Ok(answer(state, id)?.about("company", id))
}

fn refuse_other_keys(call: &Call, known: &[&str]) -> Result<(), ApiError> {
    let keys = call.body.as_object().into_iter().flat_map(|body| body.keys());
    match keys.into_iter().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ApiError::new(400, "bad_request", format!("bad '{key}' parameter"))),
        None => Ok(()),
    }
}

fn apply(state: &State, call: &Call, company: &mut Company) -> Result<(), ApiError> {
    let text = |key: &str, old: &Option<String>| match call.get(key) {
        None => old.clone(),
        Some(value) => value.as_str().map(ToOwned::to_owned),
    };
    company.name = text("name", &company.name);
    company.plan = text("plan", &company.plan);
    company.website = text("website", &company.website);
    company.industry = text("industry", &company.industry);
    if let Some(size) = call.get("size") {
        company.size = size.as_i64();
    }
    if let Some(spend) = call.get("monthly_spend").and_then(Value::as_f64) {
        // Intercom truncates to a whole number as well.
        let whole = spend as i64;
        company.monthly_spend = whole.min(SPEND_MAX);
    }
    if let Some(values) = call.get("custom_attributes") {
        check_values(state, "company", values, &mut company.custom)?;
    }
    company.updated_at = call.now;
    Ok(())
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = state.company(call.param(0))?;
    answer(state, id)
}

pub(crate) fn query(state: &mut State, call: &Call) -> Answer {
    let visible = |id: &CompanyId| {
        let archived = state.companies.get(*id).is_some_and(|c| c.archived);
        !archived || state.features.archived_company_readable
    };
    let single = if let Some(company_id) = call.query("company_id") {
        Some(state.companies.find(company_id).filter(visible))
    } else {
        call.query("name").map(|name| {
            let named = |c: &Company| c.name.as_deref() == Some(name) && !c.archived;
            state.companies.by_id.iter().find(|(_, c)| named(c)).map(|(id, _)| *id)
        })
    };
    let keys = match single {
        Some(None) => return Err(ApiError::company_not_found()),
        Some(Some(id)) if state.features.company_query_is_object => return answer(state, id),
        Some(Some(id)) => vec![id],
        None => {
            let tag = call.query("tag_id").and_then(|id| id.parse::<u64>().ok());
            let mut keys = listed(state);
            if let Some(tag) = tag {
                keys.retain(|id| {
                    let company = state.companies.get(*id);
                    company.is_some_and(|c| c.tags.iter().any(|l| l.tag == tag))
                });
            }
            keys
        }
    };
    page(state, call, &keys)
}

/// Companies in lists: those with a contact, not archived.
pub(super) fn listed(state: &State) -> Vec<CompanyId> {
    let shown = |c: &Company| !c.archived && !c.contacts.is_empty();
    state.companies.by_id.iter().filter(|(_, c)| shown(c)).map(|(id, _)| *id).collect()
}

fn page(state: &State, call: &Call, keys: &[CompanyId]) -> Answer {
    let (page, pages) = numbered(call, &state.base_url, SIZE, keys)?;
    let found = page.iter().filter_map(|id| Some((*id, state.companies.get(*id)?)));
    let data: Vec<Value> = found.map(|(id, c)| view::company(state, id, c)).collect();
    let total = keys.len();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": total})))
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let mut keys = listed(state);
    keys.truncate(LIST_MAX);
    if call.query("order") != Some("asc") {
        keys.reverse();
    }
    page(state, call, &keys)
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = state.company(call.param(0))?;
    let delay_ms = state.features.company_delete_delay_ms;
    if delay_ms > 0 {
        if let Some(company) = state.companies.by_id.get_mut(&id) {
            company.delete_due_ms = Some(call.now_ms + delay_ms);
        }
        state.companies.deleting.push(id);
    } else {
        state.archive_company(id);
    }
    Ok(Reply::ok(&json!({"id": id, "object": "company", "deleted": true})).about("company", id))
}

pub(crate) fn contacts(state: &mut State, call: &Call) -> Answer {
    let id = state.company(call.param(0))?;
    let company = state.companies.get(id).ok_or_else(ApiError::company_not_found)?;
    let keys: Vec<ContactId> = company.contacts.iter().copied().collect();
    let (page, pages) = numbered(call, &state.base_url, CONTACTS_SIZE, &keys)?;
    let data = list_of(state, &page);
    let total = keys.len();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": total})))
}

pub(crate) fn segments(state: &mut State, call: &Call) -> Answer {
    state.company(call.param(0))?;
    Ok(Reply::ok(&json!({"type": "list", "data": []})))
}

pub(crate) fn notes(state: &mut State, call: &Call) -> Answer {
    let id = state.company(call.param(0))?;
    let company = state.companies.get(id).ok_or_else(ApiError::company_not_found)?;
    note_list(state, call, &company.notes)
}

pub(crate) fn add_note(state: &mut State, call: &Call) -> Answer {
    let owner = state.company(call.param(0))?;
    let (id, reply) = new_note(state, call, NoteOwner::Company(owner))?;
    if let Some(company) = state.companies.by_id.get_mut(&owner) {
        company.notes.push(id);
    }
    Ok(reply)
}
