//! Requesters and technicians, by id, address and name.

use std::collections::HashMap;

use super::resolve::key;
use crate::model::record::PersonRef;
use crate::source::bundle::index::{IdSet, hash};
use crate::source::bundle::states::fold;

/// Who asked and who was assigned: hashes of id and folded address, 0 if there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asker {
    pub(super) id: u64,
    pub(super) email: u64,
    pub(super) assignee_id: u64,
    pub(super) assignee_email: u64,
}

/// A technician as others name them.
#[derive(Clone, Debug, Default)]
struct Technician {
    email: Option<String>,
    name: Option<String>,
}

/// How many records have an address.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    requesters: u32,
    technicians: u32,
}

/// Requesters and technicians.
#[derive(Debug, Default)]
pub(super) struct Directory {
    requesters: IdSet,
    technicians: HashMap<String, Technician>,
    /// Technicians by folded name; `None` if several have it.
    by_name: HashMap<String, Option<String>>,
    /// Technicians by the hash of their folded address.
    by_email: HashMap<u64, String>,
    shared: HashMap<u64, Shared>,
}

/// Hash of an address as it is compared.
pub(super) fn email_hash(email: &str) -> u64 {
    hash(&fold(email))
}

impl Directory {
    /// Takes a technician.
    pub(super) fn add_technician(&mut self, id: &str, email: Option<&str>, name: Option<&str>) {
        if let Some(email) = email {
            self.shared.entry(email_hash(email)).or_default().technicians += 1;
            self.by_email.entry(email_hash(email)).or_insert_with(|| id.to_owned());
        }
        if let Some(name) = name {
            let known = self.by_name.entry(fold(name)).or_insert_with(|| Some(id.to_owned()));
            if known.as_deref() != Some(id) {
                *known = None;
            }
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let technician = Technician { email: owned(email), name: owned(name) };
        self.technicians.insert(id.to_owned(), technician);
    }

    /// Takes a requester.
    pub(super) fn add_requester(&mut self, id: &str, email: Option<&str>) {
        self.requesters.add(hash(id));
        if let Some(email) = email {
            self.shared.entry(email_hash(email)).or_default().requesters += 1;
        }
    }

    /// Whether there are any technicians.
    pub(super) fn has_technicians(&self) -> bool {
        !self.technicians.is_empty()
    }

    /// Whether there are any requesters.
    pub(super) fn has_requesters(&self) -> bool {
        !self.requesters.is_empty()
    }

    /// All requesters were seen.
    pub(super) fn finish(&mut self) {
        self.requesters.finish(true);
    }

    pub(super) fn is_requester(&self, id: &str) -> bool {
        self.requesters.contains(hash(id))
    }

    pub(super) fn is_technician(&self, id: &str) -> bool {
        self.technicians.contains_key(id)
    }

    /// The technician of an address.
    pub(super) fn technician_of(&self, email: &str) -> Option<&str> {
        self.by_email.get(&email_hash(email)).map(String::as_str)
    }

    /// The only technician of a name.
    pub(super) fn technician_named(&self, name: &str) -> Option<&str> {
        self.by_name.get(&fold(name))?.as_deref()
    }

    /// Records with the address: requesters and technicians.
    pub(super) fn sharing(&self, email: &str) -> (u32, u32) {
        let found = self.shared.get(&email_hash(email)).copied().unwrap_or_default();
        (found.requesters, found.technicians)
    }

    /// People who are both, how many requesters, how many technicians there are.
    pub(super) fn in_both(&self) -> usize {
        self.shared.values().filter(|one| one.requesters > 0 && one.technicians > 0).count()
    }

    /// A technician with what is known of them.
    pub(super) fn technician(&self, id: &str, person: PersonRef) -> PersonRef {
        let known = self.technicians.get(id);
        PersonRef {
            key: key("technician", id),
            email: person.email.or_else(|| known?.email.clone()),
            name: person.name.or_else(|| known?.name.clone()),
        }
    }
}

#[cfg(test)]
impl Directory {
    /// Invented people for the tests of this folder.
    pub(super) fn sample() -> Self {
        let mut people = Self::default();
        people.add_technician("t1", Some("Bo@example.com"), Some("Bo Berg"));
        people.add_technician("t2", None, Some("Kim"));
        people.add_technician("t3", None, Some("kim"));
        people.add_requester("r1", Some("ada@example.org"));
        people.add_requester("r2", Some("bo@EXAMPLE.com"));
        people.finish();
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_by_address_and_unambiguous_name() {
        let people = Directory::sample();
        assert_eq!(people.technician_of("BO@example.com"), Some("t1"));
        assert_eq!(people.technician_named(" bo berg"), Some("t1"));
        assert_eq!(people.technician_named("Kim"), None);
        assert_eq!(people.sharing("bo@example.com"), (1, 1));
        assert_eq!(people.in_both(), 1);
    }
}
