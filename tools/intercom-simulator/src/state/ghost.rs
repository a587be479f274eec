//! What is deleted and still shown by searches for a while.

use super::{Contact, ContactId, Thread};
use std::collections::BTreeMap;

/// Each with the server time in ms until which searches show it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ghosts {
    contacts: BTreeMap<ContactId, (i64, Contact)>,
    threads: BTreeMap<u64, (i64, Thread)>,
}

impl Ghosts {
    pub(crate) fn keep_contact(&mut self, id: ContactId, contact: Contact, until_ms: i64) {
        self.contacts.insert(id, (until_ms, contact));
    }

    pub(crate) fn keep_thread(&mut self, thread: Thread, until_ms: i64) {
        self.threads.insert(thread.id, (until_ms, thread));
    }

    pub(crate) fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(&id).map(|(_, contact)| contact)
    }

    pub(crate) fn thread(&self, id: u64) -> Option<&Thread> {
        self.threads.get(&id).map(|(_, thread)| thread)
    }

    pub(crate) fn contacts(&self) -> impl Iterator<Item = (ContactId, &Contact)> {
        self.contacts.iter().map(|(id, (_, contact))| (*id, contact))
    }

    pub(crate) fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.values().map(|(_, thread)| thread)
    }

    /// Lets go of those whose time is over.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        self.contacts.retain(|_, (until, _)| *until > now_ms);
        self.threads.retain(|_, (until, _)| *until > now_ms);
    }
}
