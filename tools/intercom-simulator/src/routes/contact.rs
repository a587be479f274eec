//! Contacts: create, read, update.

use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::features::{EmailConflict, Features, Strictness};
use crate::routes::attribute::check_values;
use crate::state::{Contact, ContactId, State};
use crate::view::ContactView;
use serde_json::Value;

pub(super) fn answer(state: &State, id: ContactId) -> Answer {
    let contact = state.contact(id)?;
    Ok(Reply::ok(&ContactView { state, id, contact }))
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let given = |key: &str| call.get(key).is_some_and(|v| !v.is_null());
    if !["email", "external_id", "role"].into_iter().any(given) {
        return Err(ApiError::invalid("email, external_id or role is required"));
    }
    if given("email_verified") && !given("email") {
        return Err(ApiError::invalid("email_verified needs an email"));
    }
    let mut contact = Contact {
        lead: call.str("role") == Some("lead"),
        created_at: call.now,
        searchable_ms: call.now_ms + state.search_delay_ms,
        ..Contact::default()
    };
    apply(state, call, &mut contact)?;
    if !contact.lead || !state.features.lead_duplicates {
        refuse_duplicate(state, &contact, None, call.now)?;
    }
    let id = state.ids.contact();
    state.contacts.insert(id, contact);
    Ok(answer(state, id)?.about("contact", id))
}

/// 409 for details that a contact has already, be it archived or deleted a while ago.
fn refuse_duplicate(
    state: &State,
    contact: &Contact,
    own: Option<ContactId>,
    now: i64,
) -> Result<(), ApiError> {
    let external_id = contact.external_id.as_deref();
    let by_email = match state.features.email_conflict {
        EmailConflict::Always => true,
        EmailConflict::WithoutExternalId => external_id.is_none(),
        EmailConflict::Never => false,
    };
    let email = contact.email.as_deref().filter(|_| by_email);
    let counts = |c: &Contact| !c.lead || contact.lead && !state.features.lead_duplicates;
    let with_email = |email| {
        let ids = state.contacts.by_email(email).iter().copied();
        ids.filter(|id| state.contacts.get(*id).is_some_and(counts)).find(|i| Some(*i) != own)
    };
    let found = external_id
        .and_then(|external_id| state.contacts.by_external_id(external_id))
        .filter(|id| Some(*id) != own)
        .or_else(|| email.and_then(with_email));
    let (id, archived) = match found {
        Some(id) => {
            let existing = state.contact(id)?;
            if existing.blocked {
                let message = format!("The contact with id={id} is blocked and is not restorable");
                return Err(ApiError::new(400, "not_restorable", message));
            }
            (id, existing.archived)
        }
        None => match state.contacts.locked(external_id, email, now) {
            Some(locked) => (locked.id, true),
            None => return Ok(()),
        },
    };
    let start = if archived { "An archived contact" } else { "A contact" };
    let message = format!("{start} matching those details already exists with id={id}");
    Err(ApiError::new(409, "conflict", message))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    if state.contact(id)?.archived && !state.features.archived_contact_readable {
        return Err(ApiError::user_not_found());
    }
    if call.query("include_merge_history") == Some("true") {
        let contact = state.contact(id)?;
        let view = serde_json::to_value(ContactView { state, id, contact });
        let mut shown = view.map_err(|error| ApiError::invalid(error.to_string()))?;
        if !contact.lead {
            shown["merge_history"] = super::contact_life::merged_into(state, id).into();
        }
        return Ok(Reply::ok(&shown));
    }
    answer(state, id)
}

pub(crate) fn find_by_external_id(state: &mut State, call: &Call) -> Answer {
    let found =
        state.contacts.by_external_id(call.param(0)).ok_or_else(ApiError::user_not_found)?;
    if state.contact(found)?.archived {
        return Err(ApiError::user_not_found());
    }
    answer(state, found)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    let old = state.contact(id)?;
    let mut contact = old.clone();
    if call.str("role") == Some("lead") && !old.lead && !state.features.user_to_lead {
        return Err(ApiError::invalid("A user can't become a lead"));
    }
    if let Some(role) = call.str("role") {
        contact.lead = role == "lead";
    }
    apply(state, call, &mut contact)?;
    let identity = |c: &Contact| (c.external_id.clone(), c.email.clone(), c.lead);
    let (before, after) = (identity(old), identity(&contact));
    if before != after {
        if !contact.lead {
            refuse_duplicate(state, &contact, Some(id), call.now)?;
        }
        state.contacts.replace(id, contact);
    } else {
        *state.contact_mut(id)? = contact;
    }
    Ok(answer(state, id)?.about("contact", id))
}

/// Takes over the fields a request carries; `null` clears.
fn apply(state: &State, call: &Call, contact: &mut Contact) -> Result<(), ApiError> {
    let features = &state.features;
    let Some(body) = call.body.as_object() else {
        return Err(ApiError::invalid("body must be an object"));
    };
    for (key, value) in body {
        match key.as_str() {
            "role" if !matches!(value.as_str(), Some("user" | "lead")) => {
                return Err(ApiError::invalid(format!("{value} is an invalid role")));
            }
            "external_id" => contact.external_id = id_text(value),
            "email" => contact.email = email(features, value)?,
            "phone" => contact.phone = phone(features, value)?,
            "name" => contact.name = text(key, value)?,
            "avatar" => contact.avatar = avatar(value),
            "owner_id" => contact.owner_id = owner(state, value)?,
            "unsubscribed_from_emails" => contact.unsubscribed = value.as_bool().unwrap_or(false),
            "signed_up_at" => contact.signed_up_at = moment(key, value)?,
            "last_seen_at" => contact.last_seen_at = moment(key, value)?,
            "custom_attributes" => {
                check_values(state, "contact", value, &mut contact.custom)?;
            }
            // The role was read before; other keys are not writable in 2.16 and are passed over.
            _ => {}
        }
    }
    contact.updated_at = call.now;
    Ok(())
}

fn text(key: &str, value: &Value) -> Result<Option<String>, ApiError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(ApiError::invalid(format!("{key} must be a string"))),
    }
}

fn avatar(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value["image_url"].as_str()).map(ToOwned::to_owned)
}

fn email(features: &Features, value: &Value) -> Result<Option<String>, ApiError> {
    let Some(raw) = text("email", value)? else {
        return Ok(None);
    };
    let trimmed = raw.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let whole = trimmed
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    match (crate::email::fault(trimmed), features.odd_email) {
        (Some(fault), Strictness::Refuse) => {
            return Err(ApiError::invalid(format!("email is invalid: {fault}")));
        }
        (Some(_), Strictness::Ignore) => return Ok(None),
        _ if !whole => return Err(ApiError::invalid("email is invalid")),
        _ => {}
    }
    Ok(Some(features.stored_email(trimmed)))
}

fn phone(features: &Features, value: &Value) -> Result<Option<String>, ApiError> {
    let raw = text("phone", value)?;
    Ok(raw.map(|raw| {
        if features.phone_normalised {
            raw.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
        } else {
            raw
        }
    }))
}

fn owner(state: &State, value: &Value) -> Result<Option<u64>, ApiError> {
    let Some(id) = id_text(value) else {
        return Ok(None);
    };
    let known = id.parse().ok().and_then(|id| state.admin(id));
    known.map(|a| Some(a.id)).ok_or_else(|| ApiError::invalid("owner_id is not a teammate"))
}

fn moment(key: &str, value: &Value) -> Result<Option<i64>, ApiError> {
    match value {
        Value::Null => Ok(None),
        _ => value
            .as_i64()
            .map(Some)
            .ok_or_else(|| ApiError::invalid(format!("{value} is an invalid value for {key}"))),
    }
}
