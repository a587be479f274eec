//! Contacts: archive, delete, block, merge.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::{ContactId, LockedIdentity, Merged, State};
use serde_json::{Value, json};

const DAY_SECS: i64 = 24 * 60 * 60;

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    state.contact(id)?;
    let external_id = forget(state, id, call.now);
    let body = json!({"type": "contact", "id": id, "external_id": external_id, "deleted": true});
    Ok(Reply::ok(&body).about("contact", id))
}

/// Deletes for good. The person's conversations go too; the identity stays locked for days.
pub(super) fn forget(state: &mut State, id: ContactId, now: i64) -> Option<String> {
    let contact = state.contacts.remove(id)?;
    if let Some(until_ms) = state.shown_until(now) {
        state.ghosts.keep_contact(id, contact.clone(), until_ms);
    }
    for company in &contact.companies {
        if let Some(company) = state.companies.by_id.get_mut(company) {
            company.contacts.remove(&id);
        }
    }
    for note in &contact.notes {
        state.notes.remove(note);
    }
    for thread in &contact.threads {
        let Some(found) = state.threads.by_id.get_mut(thread) else {
            continue;
        };
        if found.contacts.len() > 1 {
            found.contacts.retain(|other| *other != id);
        } else if state.features.contact_delete_removes_conversations {
            state.delete_thread(*thread, true, now);
        }
    }
    state.contacts.lock(LockedIdentity {
        id,
        external_id: contact.external_id.clone(),
        email: contact.email,
        until: now + state.features.identity_lock_days * DAY_SECS,
    });
    contact.external_id
}

pub(crate) fn archive(state: &mut State, call: &Call) -> Answer {
    set_archived(state, call, true)
}

pub(crate) fn unarchive(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    if state.contacts.locked.iter().any(|l| l.id == id && l.until > call.now) {
        let message = format!(
            "The contact with id={id} is marked for permanent deletion and is not restorable"
        );
        return Err(ApiError::new(400, "not_restorable", message));
    }
    if state.contacts.merged.contains_key(&id) {
        let message = "User has been merged and is not restorable.";
        return Err(ApiError::new(400, "bad_request", message));
    }
    if state.contact(id)?.blocked {
        let message = format!("The contact with id={id} is blocked and is not restorable");
        return Err(ApiError::new(400, "not_restorable", message));
    }
    set_archived(state, call, false)
}

fn set_archived(state: &mut State, call: &Call, archived: bool) -> Answer {
    let id = call.contact_id(0)?;
    let external_id = state.contact(id)?.external_id.clone();
    state.contacts.set_archived(id, archived);
    let body =
        json!({"type": "contact", "id": id, "external_id": external_id, "archived": archived});
    Ok(Reply::ok(&body).about("contact", id))
}

pub(crate) fn block(state: &mut State, call: &Call) -> Answer {
    let id = call.contact_id(0)?;
    let contact = state.contact_mut(id)?;
    contact.blocked = true;
    let external_id = contact.external_id.clone();
    state.contacts.set_archived(id, true);
    let body = json!({"type": "contact", "id": id, "external_id": external_id, "blocked": true});
    Ok(Reply::ok(&body).about("contact", id))
}

pub(crate) fn merge(state: &mut State, call: &Call) -> Answer {
    let id = |key: &str| {
        let text = call.required(key)?;
        ContactId::parse(text).ok_or_else(ApiError::user_not_found)
    };
    let (from, into) = (id("from")?, id("into")?);
    let (lead, user) = (state.contact(from)?.clone(), state.contact(into)?);
    if !lead.lead || user.lead || from == into {
        return Err(ApiError::new(400, "invalid_merge", "Only a lead can be merged into a user"));
    }
    let alike = (lead.email.is_some() && lead.email == user.email)
        || (lead.phone.is_some() && lead.phone == user.phone);
    if !alike && call.flag("skip_duplicate_validation") != Some(true) {
        let message = "Contacts can only be merged when they are duplicates (matching email or \
                       phone). Pass skip_duplicate_validation=true to override this check.";
        return Err(ApiError::new(400, "invalid_merge", message));
    }
    state.contacts.remove(from);
    for thread in &lead.threads {
        if let Some(thread) = state.threads.by_id.get_mut(thread) {
            for contact in &mut thread.contacts {
                if *contact == from {
                    *contact = into;
                }
            }
            thread.contacts.dedup();
        }
    }
    for company in &lead.companies {
        if let Some(company) = state.companies.by_id.get_mut(company) {
            company.contacts.remove(&from);
            company.contacts.insert(into);
        }
    }
    for note in &lead.notes {
        if let Some(note) = state.notes.get_mut(note) {
            note.owner = crate::state::NoteOwner::Contact(into);
        }
    }
    let user = state.contact_mut(into)?;
    user.threads.extend(lead.threads);
    user.notes.extend(lead.notes);
    user.companies.extend(lead.companies);
    user.companies.sort_unstable();
    user.companies.dedup();
    for link in lead.tags {
        crate::state::attach(&mut user.tags, link);
    }
    user.updated_at = call.now;
    state.contacts.merged.insert(from, Merged { into, at: call.now });
    Ok(super::contact::answer(state, into)?.about("contact", into))
}

pub(crate) fn merge_history(state: &mut State, call: &Call) -> Answer {
    let missing = || ApiError::new(404, "not_found", "Contact not found");
    let id = ContactId::parse(call.param(0)).ok_or_else(missing)?;
    state.contacts.get(id).ok_or_else(missing)?;
    let data = merged_into(state, id);
    Ok(Reply::ok(&json!({"type": "list", "data": data, "next_cursor": null, "has_more": false})))
}

/// The contacts that were merged into one.
pub(super) fn merged_into(state: &State, id: ContactId) -> Vec<Value> {
    let into = state.contacts.merged.iter().filter(|(_, merged)| merged.into == id);
    into.map(|(from, merged)| {
        json!({"type": "merge_history", "source_contact_id": from,
               "source_contact_role": "lead", "merged_at": merged.at})
    })
    .collect()
}
