//! What was there before, and what teammates did.

use serde_json::Value;

use super::expected::Expected;
use crate::act::Act;
use crate::complaint::{Complaint, Kind};
use crate::picture::{Picture, changed_keys, members, tag_names, text};
use crate::words::visible;

/// What a migration may set on a contact that was there before.
const MAY_SET: &[&str] = &[
    "name",
    "external_id",
    "phone",
    "signed_up_at",
    "custom_attributes",
    "tags",
    "companies",
    "language_override",
    "location",
];

/// At any time: everything that was there before is there, and changed only as far as the
/// migration may change it.
pub(super) fn untouched(now: &Picture, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    for (key, before) in expected.others {
        let Some(after) = now.get(key) else {
            found.push(Complaint::new(Kind::ForeignGone, key, ""));
            continue;
        };
        let changed = changed_keys(before, after);
        let may = if is_customers(before, expected) && key.starts_with("contacts/") {
            MAY_SET
        } else {
            &[]
        };
        for name in changed.iter().filter(|name| !may.contains(&name.as_str())) {
            let said = format!("{name} is {}, was {}", after[name], before[name]);
            found.push(Complaint::new(Kind::ForeignChanged, key, said));
        }
        for name in ["tags", "companies"] {
            let list = |value: &Value| -> Vec<String> {
                value[name].as_array().into_iter().flatten().map(text).collect()
            };
            let (had, has) = (list(before), list(after));
            let lost: Vec<&String> = had.iter().filter(|one| !has.contains(one)).collect();
            if !lost.is_empty() && changed.contains(name) && may.contains(&name) {
                let said = format!("{name} {lost:?} that were there are not any more");
                found.push(Complaint::new(Kind::ForeignChanged, key, said));
            }
        }
        own_id(key, before, after, found);
    }
}

/// Whether a contact that was there before stands for a customer.
fn is_customers(contact: &Value, expected: &Expected<'_>) -> bool {
    let email = contact["email"].as_str().unwrap_or_default();
    let known = expected.desk.customers.iter().filter_map(|one| one.email.as_deref());
    !email.is_empty() && known.into_iter().any(|one| one.eq_ignore_ascii_case(email))
}

/// An external id that somebody gave is never replaced.
fn own_id(key: &str, before: &Value, after: &Value, found: &mut Vec<Complaint>) {
    let had = before["external_id"].as_str().filter(|id| !id.is_empty());
    if had.is_some() && before["external_id"] != after["external_id"] {
        let said =
            format!("external_id is {}, was {}", after["external_id"], before["external_id"]);
        found.push(Complaint::new(Kind::ForeignChanged, key, said));
    }
}

/// At any time: what teammates did stands.
pub(super) fn acts(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    for (at, done) in expected.acts.iter().enumerate() {
        let kind = done.act.kind();
        let all = state[kind].as_array().into_iter().flatten();
        let object = all.into_iter().find(|one| text(&one["id"]) == done.id);
        let stands = match (object, done.act) {
            (None, _) => false,
            (Some(object), Act::Reply) => {
                let says =
                    |part: &&Value| visible(part["body"].as_str().unwrap_or_default()) == done.word;
                members(object, "parts").iter().filter(says).count() == 1
            }
            (Some(object), Act::TagContact | Act::TagConversation) => {
                tag_names(object).contains(&done.word)
            }
            (Some(object), Act::Rename) => {
                let later = &expected.acts[at + 1..];
                let again = |one: &crate::act::Done| one.act == Act::Rename && one.id == done.id;
                object["name"] == done.word.as_str() || later.iter().any(again)
            }
            (Some(_), Act::Close) => true,
        };
        if !stands {
            let said = format!("{:?} {:?} does not stand", done.act, done.word);
            found.push(Complaint::new(Kind::ActUndone, format!("{kind}/{}", done.id), said));
        }
    }
}
