//! Contacts, their notes, and identities that stay locked after a deletion.

use super::{CompanyId, ContactId, TagLink};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    pub(crate) lead: bool,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) avatar: Option<String>,
    pub(crate) owner_id: Option<u64>,
    pub(crate) unsubscribed: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) signed_up_at: Option<i64>,
    pub(crate) last_seen_at: Option<i64>,
    pub(crate) last_replied_at: Option<i64>,
    pub(crate) last_contacted_at: Option<i64>,
    pub(crate) custom: BTreeMap<String, Value>,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) companies: Vec<CompanyId>,
    pub(crate) notes: Vec<u64>,
    /// Explicit choices: subscription type and whether opted in.
    pub(crate) subscriptions: BTreeMap<u64, bool>,
    pub(crate) archived: bool,
    pub(crate) blocked: bool,
    /// Server time in ms from which searches show it.
    pub(crate) searchable_ms: i64,
    /// Conversations and tickets it takes part in.
    pub(crate) threads: Vec<u64>,
    pub(crate) events: Vec<Value>,
}

/// A deleted person's identity: not to be used again before `until`.
#[derive(Debug, Clone)]
pub(crate) struct LockedIdentity {
    pub(crate) id: ContactId,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    /// Unix seconds.
    pub(crate) until: i64,
}

/// A lead that was merged away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merged {
    pub(crate) into: ContactId,
    pub(crate) at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoteOwner {
    Contact(ContactId),
    Company(CompanyId),
}

#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) owner: NoteOwner,
    pub(crate) admin: u64,
    pub(crate) body: String,
    pub(crate) created_at: i64,
}

/// All contacts with their indexes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contacts {
    pub(crate) by_id: BTreeMap<ContactId, Contact>,
    by_external_id: HashMap<String, ContactId>,
    by_email: HashMap<String, Vec<ContactId>>,
    pub(crate) merged: BTreeMap<ContactId, Merged>,
    pub(crate) locked: Vec<LockedIdentity>,
    locked_external: HashMap<String, usize>,
    locked_email: HashMap<String, usize>,
    pub(crate) active: u64,
}

impl Contacts {
    pub(crate) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_external_id(&self, external_id: &str) -> Option<ContactId> {
        self.by_external_id.get(external_id).copied()
    }

    pub(crate) fn by_email(&self, email: &str) -> &[ContactId] {
        self.by_email.get(&email.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn insert(&mut self, id: ContactId, contact: Contact) {
        self.index(id, &contact);
        self.active += u64::from(!contact.archived);
        self.by_id.insert(id, contact);
    }

    fn index(&mut self, id: ContactId, contact: &Contact) {
        if let Some(external_id) = contact.external_id.as_ref().filter(|_| !contact.lead) {
            self.by_external_id.insert(external_id.clone(), id);
        }
        if let Some(email) = &contact.email {
            self.by_email.entry(email.to_lowercase()).or_default().push(id);
        }
    }

    fn unindex(&mut self, id: ContactId, contact: &Contact) {
        if let Some(external_id) = &contact.external_id
            && self.by_external_id.get(external_id) == Some(&id)
        {
            self.by_external_id.remove(external_id);
        }
        if let Some(email) = &contact.email {
            let email = email.to_lowercase();
            if let Some(ids) = self.by_email.get_mut(&email) {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    self.by_email.remove(&email);
                }
            }
        }
    }

    /// Puts a changed contact in the place of what was there.
    pub(crate) fn replace(&mut self, id: ContactId, contact: Contact) {
        if let Some(old) = self.remove(id) {
            drop(old);
        }
        self.insert(id, contact);
    }

    pub(crate) fn remove(&mut self, id: ContactId) -> Option<Contact> {
        let contact = self.by_id.remove(&id)?;
        self.unindex(id, &contact);
        self.active -= u64::from(!contact.archived);
        Some(contact)
    }

    pub(crate) fn set_archived(&mut self, id: ContactId, archived: bool) {
        if let Some(contact) = self.by_id.get_mut(&id)
            && contact.archived != archived
        {
            contact.archived = archived;
            self.active = if archived { self.active - 1 } else { self.active + 1 };
        }
    }

    pub(crate) fn lock(&mut self, identity: LockedIdentity) {
        let at = self.locked.len();
        if let Some(external_id) = &identity.external_id {
            self.locked_external.insert(external_id.clone(), at);
        }
        if let Some(email) = &identity.email {
            self.locked_email.insert(email.to_lowercase(), at);
        }
        self.locked.push(identity);
    }

    /// The identity that still blocks these details.
    pub(crate) fn locked(
        &self,
        external_id: Option<&str>,
        email: Option<&str>,
        now: i64,
    ) -> Option<&LockedIdentity> {
        let by_external = external_id.and_then(|e| self.locked_external.get(e));
        let by_email = || email.and_then(|e| self.locked_email.get(&e.to_lowercase()));
        let found = self.locked.get(*by_external.or_else(by_email)?)?;
        (found.until > now).then_some(found)
    }
}
