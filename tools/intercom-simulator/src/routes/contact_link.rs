//! What hangs on a contact: tags, companies, notes, subscriptions.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{ContactId, Kind, Note, NoteOwner, State, TagLink, attach, detach};
use crate::view::{self, ContactView};
use serde_json::{Value, json};

const SIZE: Size = Size::new(50, 150);

pub(super) fn list_of(state: &State, ids: &[ContactId]) -> Vec<Value> {
    ids.iter()
        .filter_map(|id| Some((*id, state.listed_contact(*id)?)))
        .map(|(id, contact)| json!(ContactView { state, id, contact }))
        .collect()
}

pub(crate) fn tags(state: &mut State, call: &Call) -> Answer {
    let contact = state.contact(call.contact_id(0)?)?;
    let data: Vec<Value> = contact.tags.iter().map(|l| view::tag_link(state, l)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}

/// The tag a request names.
pub(super) fn named_tag(state: &State, id: &str) -> Result<u64, ApiError> {
    let id: u64 = id.parse().map_err(|_| ApiError::tag_not_found())?;
    state.tags.by_id.contains_key(&id).then_some(id).ok_or_else(ApiError::tag_not_found)
}

pub(crate) fn tag(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    state.contact(id)?;
    let tag = named_tag(state, &call.required_id("id")?)?;
    let link = TagLink { tag, applied_at: call.now, applied_by: state.token_admin() };
    let contact = state.contact_mut(id)?;
    if attach(&mut contact.tags, link) {
        contact.updated_at = call.now;
    }
    Ok(Reply::ok(&view::tag_link(state, &link)).about("contact", id))
}

pub(crate) fn untag(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    let tag = call.number(1).ok_or_else(ApiError::tag_not_found)?;
    let contact = state.contact_mut(id)?;
    let link = detach(&mut contact.tags, tag).ok_or_else(ApiError::tag_not_found)?;
    contact.updated_at = call.now;
    Ok(Reply::ok(&view::tag_link(state, &link)).about("contact", id))
}

pub(crate) fn companies(state: &mut State, call: &Call) -> Answer {
    let contact = state.contact(call.contact_id(0)?)?;
    let (page, pages) = numbered(call, &state.base_url, SIZE, &contact.companies)?;
    let found = page.iter().filter_map(|id| Some((*id, state.companies.get(*id)?)));
    let data: Vec<Value> = found.map(|(id, c)| view::company(state, id, c)).collect();
    let total = contact.companies.len();
    // The description says `companies`, and official clients read that; others read `data`.
    Ok(Reply::ok(&json!({"type": "list", "companies": data.clone(), "data": data, "pages": pages,
                         "total_count": total})))
}

pub(crate) fn join_company(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    state.contact(id)?;
    let missing = || ApiError::new(400, "parameter_not_found", "company not specified");
    let company = state.company(&call.id("id").ok_or_else(missing)?)?;
    let limit = state.features.contact_companies_max;
    let contact = state.contact_mut(id)?;
    if !contact.companies.contains(&company) {
        if contact.companies.len() >= limit {
            let message =
                format!("Contact has reached the maximum of {limit} company associations");
            return Err(ApiError::new(400, "contact_company_limit_exceeded", message));
        }
        contact.companies.push(company);
        contact.updated_at = call.now;
    }
    company_answer(state, company, |c| {
        c.contacts.insert(id);
    })
    .map(|reply| reply.about("contact", id))
}

pub(crate) fn leave_company(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    state.contact(id)?;
    let company = state.company(call.param(1))?;
    let contact = state.contact_mut(id)?;
    if !contact.companies.contains(&company) {
        return Err(ApiError::company_not_found());
    }
    contact.companies.retain(|other| *other != company);
    contact.updated_at = call.now;
    company_answer(state, company, |c| {
        c.contacts.remove(&id);
    })
    .map(|reply| reply.about("contact", id))
}

fn company_answer(
    state: &mut State,
    id: crate::state::CompanyId,
    change: impl FnOnce(&mut crate::state::Company),
) -> Answer {
    let company = state.companies.by_id.get_mut(&id).ok_or_else(ApiError::company_not_found)?;
    change(company);
    let company = state.companies.get(id).ok_or_else(ApiError::company_not_found)?;
    Ok(Reply::ok(&view::company(state, id, company)))
}

pub(super) fn note_list(state: &State, call: &Call, ids: &[u64]) -> Answer {
    let (page, pages) = numbered(call, &state.base_url, SIZE, ids)?;
    let found = page.iter().filter_map(|id| Some((*id, state.notes.get(id)?)));
    let data: Vec<Value> = found.map(|(id, note)| view::note(state, id, note)).collect();
    let body = json!({"type": "list", "data": data, "pages": pages, "total_count": ids.len()});
    Ok(Reply::ok(&body))
}

pub(crate) fn notes(state: &mut State, call: &Call) -> Answer {
    let contact = state.contact(call.contact_id(0)?)?;
    note_list(state, call, &contact.notes)
}

pub(super) fn new_note(
    state: &mut State,
    call: &Call,
    owner: NoteOwner,
) -> Result<(u64, Reply), ApiError> {
    call.required("body")?;
    let admin = match call.id("admin_id") {
        Some(id) => state.required_admin(Some(&id))?,
        None => state.token_admin(),
    };
    let body = call.html.clone().unwrap_or_default();
    let id = state.ids.next(Kind::Note);
    let note = Note { owner, admin, body, created_at: call.now };
    let reply = Reply::ok(&view::note(state, id, &note)).about("note", id);
    state.notes.insert(id, note);
    Ok((id, reply))
}

pub(crate) fn add_note(state: &mut State, call: &Call) -> Answer {
    let contact = call.contact_id(0)?;
    state.contact(contact)?;
    let (id, reply) = new_note(state, call, NoteOwner::Contact(contact))?;
    state.contact_mut(contact)?.notes.push(id);
    Ok(reply)
}

pub(crate) fn note(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::not_found)?;
    let note = state.notes.get(&id).ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(&view::note(state, id, note)))
}

fn subscription(state: &State, id: &str) -> Result<(u64, Value), ApiError> {
    let found = state.subscription_types.iter().find(|t| t["id"].as_str() == Some(id));
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok((id.parse().map_err(|_| ApiError::not_found())?, found.clone()))
}

pub(crate) fn subscriptions(state: &mut State, call: &Call) -> Answer {
    let contact = state.contact(call.contact_id(0)?)?;
    let types = state.subscription_types.iter().filter(|t| {
        let id = t["id"].as_str().and_then(|id| id.parse().ok());
        id.is_some_and(|id: u64| contact.subscriptions.contains_key(&id))
    });
    let data: Vec<&Value> = types.collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data})))
}

pub(crate) fn subscribe(state: &mut State, call: &Call) -> Answer {
    let contact = call.contact_id(0)?;
    state.contact(contact)?;
    let (id, found) = subscription(state, &call.required_id("id")?)?;
    let opted_in = match call.required("consent_type")? {
        "opt_in" => true,
        "opt_out" => false,
        other => {
            return Err(ApiError::invalid(format!("{other} is an invalid consent_type")));
        }
    };
    state.contact_mut(contact)?.subscriptions.insert(id, opted_in);
    Ok(Reply::ok(&found).about("contact", contact))
}

pub(crate) fn unsubscribe(state: &mut State, call: &Call) -> Answer {
    let contact = call.contact_id(0)?;
    state.contact(contact)?;
    let (id, found) = subscription(state, call.param(1))?;
    state.contact_mut(contact)?.subscriptions.remove(&id);
    Ok(Reply::ok(&found).about("contact", contact))
}

pub(crate) fn segments(state: &mut State, call: &Call) -> Answer {
    state.contact(call.contact_id(0)?)?;
    Ok(Reply::ok(&json!({"type": "list", "data": []})))
}
