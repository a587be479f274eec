//! Customers with one e-mail address become one contact: the first, with blanks filled from the
//! others in the order of the export. Where they differ, the first stays and the other is listed.

use std::collections::BTreeMap;

use crate::model::SourceKey;
use crate::model::record::Contact;

use super::account::Account;
use super::document;
use super::fold::fold_email;
use super::loss::LossName;

/// The first customer with what the others add.
pub(super) fn contacts(
    first_key: &SourceKey,
    first: &Contact,
    others: &[(SourceKey, Contact)],
    account: &mut Account,
) -> Contact {
    let mut merged = first.clone();
    for (key, other) in others {
        let mut filler = Filler { first: first_key, key, account };
        filler.value("name", &mut merged.name, &other.name);
        filler.value("language", &mut merged.language, &other.language);
        filler.value("company", &mut merged.company, &other.company);
        filler.value("company", &mut merged.company_name, &other.company_name);
        filler.value("preferred", &mut merged.preferred, &other.preferred);
        filler.map(&mut merged.standard, &other.standard);
        filler.map(&mut merged.fields, &other.fields);
        merged.created_at = [merged.created_at, other.created_at].into_iter().flatten().min();
        for address in &other.emails {
            if merged.emails.iter().all(|known| fold_email(known) != fold_email(address)) {
                merged.emails.push(address.clone());
            }
        }
        for phone in &other.phones {
            if merged.phones.iter().all(|known| known != phone) {
                merged.phones.push(phone.clone());
            }
        }
        merged.memos.extend(other.memos.iter().cloned());
        for tag in &other.tags {
            if !merged.tags.contains(tag) {
                merged.tags.push(tag.clone());
            }
        }
    }
    merged
}

struct Filler<'a> {
    first: &'a SourceKey,
    key: &'a SourceKey,
    account: &'a mut Account,
}

impl Filler<'_> {
    fn value<T: Clone + PartialEq>(&mut self, what: &str, kept: &mut Option<T>, other: &Option<T>) {
        match (&*kept, other) {
            (None, Some(value)) => *kept = Some(value.clone()),
            (Some(one), Some(two)) if one != two => self.differs(what),
            _ => {}
        }
    }

    fn map<T: Clone + PartialEq>(
        &mut self,
        kept: &mut BTreeMap<String, T>,
        other: &BTreeMap<String, T>,
    ) {
        for (field, value) in other {
            match kept.get(field) {
                None => {
                    kept.insert(field.clone(), value.clone());
                }
                Some(known) if known != value => self.differs(field),
                Some(_) => {}
            }
        }
    }

    fn differs(&mut self, what: &str) {
        let text = format!("{what}: that of {} was kept", self.first);
        self.account.by_hand(LossName::MergedValueDiffers, document::CONTACTS, self.key, text);
    }
}
