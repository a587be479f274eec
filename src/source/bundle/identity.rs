//! The people of an export under all that names them: one person has an id, addresses and a name,
//! and a row may use any of them. What two people share names neither.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::index::hash;
use super::states::fold;
use crate::model::SourceKey;
use crate::model::record::PersonRef;

/// People by hash of each alias; an alias of several people leads to nobody.
#[derive(Debug, Default)]
pub struct Identities {
    emails: HashMap<u64, Option<Box<str>>>,
    names: HashMap<u64, Option<Box<str>>>,
    /// First address by hash of the id.
    addresses: HashMap<u64, Box<str>>,
}

impl Identities {
    /// Takes somebody of this id with their addresses and name.
    pub fn add(&mut self, id: &str, emails: &[String], name: Option<&str>) {
        for email in emails {
            claim(&mut self.emails, address(email), id);
        }
        if let Some(name) = name.map(fold).filter(|name| !name.is_empty()) {
            claim(&mut self.names, hash(&name), id);
        }
        if let Some(first) = emails.first() {
            self.addresses.entry(hash(id)).or_insert_with(|| first.trim().into());
        }
    }

    /// The id of the only one with this address.
    pub fn by_email(&self, email: &str) -> Option<&str> {
        self.emails.get(&address(email))?.as_deref()
    }

    /// The id of the only one of this name.
    pub fn by_name(&self, name: &str) -> Option<&str> {
        self.names.get(&hash(&fold(name)))?.as_deref()
    }

    /// The first address of somebody.
    pub fn email_of(&self, id: &str) -> Option<&str> {
        self.addresses.get(&hash(id)).map(Box::as_ref)
    }

    /// The same person under their id as well, if address or name lead to one; a name counts only
    /// where nothing else is given.
    pub fn keyed(&self, person: PersonRef, key: impl Fn(&str) -> Option<SourceKey>) -> PersonRef {
        if person.key.is_some() {
            return person;
        }
        let id = match (&person.email, &person.name) {
            (Some(email), _) => self.by_email(email),
            (None, Some(name)) => self.by_name(name),
            (None, None) => None,
        };
        PersonRef { key: id.and_then(key), ..person }
    }

    /// The same person under their id and their address.
    pub fn complete(
        &self,
        person: PersonRef,
        key: impl Fn(&str) -> Option<SourceKey>,
    ) -> PersonRef {
        let person = self.keyed(person, key);
        let known = || person.key.as_ref().and_then(|key| self.email_of(key.id()));
        let email = person.email.clone().or_else(|| known().map(str::to_owned));
        PersonRef { email, ..person }
    }
}

fn address(email: &str) -> u64 {
    hash(&email.trim().to_lowercase())
}

fn claim(aliases: &mut HashMap<u64, Option<Box<str>>>, alias: u64, id: &str) {
    match aliases.entry(alias) {
        Entry::Vacant(free) => {
            free.insert(Some(id.into()));
        }
        Entry::Occupied(mut taken) => {
            if taken.get().as_deref().is_some_and(|known| known != id) {
                taken.insert(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_that_is_not_shared_names_one_person() {
        let mut people = Identities::default();
        let mails = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        people.add("7", &mails(&["Mira@Shop.example", "mira@home.example"]), Some("Mira Đ."));
        people.add("8", &mails(&["office@shop.example"]), Some("Jan"));
        people.add("9", &mails(&["office@shop.example"]), Some("JAN"));
        people.add("9", &[], Some("Jan"));
        let key = |id: &str| SourceKey::new("t", "customer", id).ok();
        let named = |email: Option<&str>, name: Option<&str>| {
            let person = PersonRef {
                key: None,
                email: email.map(str::to_owned),
                name: name.map(str::to_owned),
            };
            people.keyed(person, key).key.map(|key| key.id().to_owned())
        };
        for (email, name, expected) in [
            (Some("mira@shop.example"), None, Some("7")),
            (Some(" MIRA@home.example "), Some("Jan"), Some("7")),
            (None, Some("mira đ."), Some("7")),
            (Some("office@shop.example"), None, None),
            (Some("else@shop.example"), Some("Mira Đ."), None),
            (None, Some("Jan"), None),
            (None, None, None),
        ] {
            assert_eq!(named(email, name).as_deref(), expected, "{email:?} {name:?}");
        }
        let whole = people.complete(PersonRef { key: key("9"), ..PersonRef::default() }, key);
        assert_eq!(whole.email.as_deref(), Some("office@shop.example"));
    }
}
