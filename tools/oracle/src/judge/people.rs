//! Contacts, companies and tags.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expected::{Expected, folded, live};
use crate::act::Act;
use crate::complaint::{Complaint, Kind};
use crate::desk::Customer;
use crate::making::TAGS;
use crate::picture::{is_claim, tag_names, text};

/// At any time: nobody twice, nothing that nobody made.
pub(super) fn standing(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    for customer in &expected.desk.customers {
        let contacts = expected.contacts_of(state, customer);
        if contacts.len() > 1 {
            found.push(doubled("customer", &customer.id, &contacts));
        }
        for contact in contacts {
            name(contact, customer, expected, found);
        }
    }
    strays(state, expected, found);
    for (kind, names) in [
        ("companies", expected.desk.companies.iter().map(|one| one.name.as_str()).collect()),
        ("tags", TAGS.to_vec()),
    ] {
        named_once(state, expected, kind, &names, found);
    }
    definitions(state, found);
}

fn doubled(word: &str, key: &str, objects: &[&Value]) -> Complaint {
    let ids: Vec<String> = objects.iter().map(|one| text(&one["id"])).collect();
    Complaint::new(Kind::Doubled, format!("{word} {key}"), format!("stands as {ids:?}"))
}

/// A contact has one of the names that it may have.
fn name(contact: &Value, customer: &Customer, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    let name = contact["name"].as_str().unwrap_or_default();
    let before = expected.others.get(&format!("contacts/{}", text(&contact["id"])));
    let old = before.and_then(|one| one["name"].as_str());
    let given = customer.names.iter().any(|one| one == name);
    let acted = expected.acted(contact, &[Act::Rename]);
    if !given && old != Some(name) && !acted {
        let said = format!("is called {name:?}, not {:?}", customer.name());
        found.push(Complaint::new(Kind::Field, format!("customer {}", customer.id), said));
    }
}

fn strays(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    for contact in live(state, "contacts").filter(|one| !expected.is_others("contacts", one)) {
        let of_desk = |customer: &Customer| {
            let contacts = expected.contacts_of(state, customer);
            contacts.iter().any(|one| one["id"] == contact["id"])
        };
        if !expected.desk.customers.iter().any(of_desk) {
            let at = format!("contacts/{}", text(&contact["id"]));
            found.push(Complaint::new(Kind::Stray, at, "no customer is behind it"));
        }
    }
}

/// Of each name there is one object at most, and none that nobody asked for.
fn named_once(
    state: &Value,
    expected: &Expected<'_>,
    kind: &str,
    names: &Vec<&str>,
    found: &mut Vec<Complaint>,
) {
    let names = folded(names.iter().copied());
    let people = expected.people_tags();
    let mut counts = BTreeMap::<String, usize>::new();
    for object in live(state, kind) {
        let name = object["name"].as_str().unwrap_or_default();
        let low = name.to_lowercase();
        *counts.entry(low.clone()).or_default() += 1;
        let mark = kind == "tags" && (is_claim(name) || people.contains(name));
        if !expected.is_others(kind, object) && !names.contains(&low) && !mark {
            let at = format!("{kind}/{}", text(&object["id"]));
            found.push(Complaint::new(Kind::Stray, at, format!("is called {name:?}")));
        }
    }
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
        let said = format!("{count} {kind} of this name");
        found.push(Complaint::new(Kind::Doubled, format!("{kind} {name:?}"), said));
    }
    let marks = live(state, kind).filter(|one| one["name"].as_str().is_some_and(is_claim)).count();
    if kind == "tags" && marks > 1 {
        found.push(Complaint::new(Kind::Claim, "tags", format!("{marks} marks of the product")));
    }
}

/// Definitions of attributes have one name each.
fn definitions(state: &Value, found: &mut Vec<Complaint>) {
    for kind in ["data_attributes", "conversation_attributes"] {
        let mut counts = BTreeMap::<String, usize>::new();
        for one in live(state, kind) {
            *counts.entry(format!("{} {}", one["model"], one["name"])).or_default() += 1;
        }
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
            let said = format!("{count} definitions");
            found.push(Complaint::new(Kind::Doubled, format!("{kind} {name}"), said));
        }
    }
}

/// After a whole pass: everybody is there, as at the desk.
pub(super) fn complete(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    for customer in &expected.desk.customers {
        let contacts = expected.contacts_of(state, customer);
        let Some(contact) = contacts.first() else {
            let at = format!("customer {}", customer.id);
            found.push(Complaint::new(Kind::Missing, at, customer.name()));
            continue;
        };
        person(state, contact, customer, expected, found);
    }
}

fn person(
    state: &Value,
    contact: &Value,
    customer: &Customer,
    expected: &Expected<'_>,
    found: &mut Vec<Complaint>,
) {
    let at = || format!("customer {}", customer.id);
    let name = contact["name"].as_str().unwrap_or_default();
    if name != customer.name() && !expected.acted(contact, &[Act::Rename]) {
        let said = format!("is called {name:?}, not {:?}", customer.name());
        found.push(Complaint::new(Kind::Field, at(), said));
    }
    let plan = customer.plan.as_deref();
    let held = contact["custom_attributes"]["deskero_plan"].as_str();
    if plan.is_some() && held != plan {
        let said = format!("has the plan {held:?}, not {plan:?}");
        found.push(Complaint::new(Kind::Field, at(), said));
    }
    let wanted = customer.company.and_then(|at| expected.desk.companies.get(at));
    if let Some(wanted) = wanted {
        let companies = contact["companies"].as_array().into_iter().flatten();
        let ids: Vec<String> = companies.map(text).collect();
        let named = |one: &&Value| one["name"] == wanted.name.as_str();
        let linked = live(state, "companies").filter(named);
        if !linked.into_iter().any(|one| ids.contains(&text(&one["id"]))) {
            let said = format!("does not belong to {}", wanted.name);
            found.push(Complaint::new(Kind::Field, at(), said));
        }
    }
    let others = expected.others.get(&format!("contacts/{}", text(&contact["id"])));
    let theirs = others.into_iter().flat_map(|one| one["tags"].as_array()).flatten();
    let theirs = folded(theirs.filter_map(Value::as_str));
    tags(contact, &customer.tags, &theirs, expected, &at(), found);
}

/// An object has the tags of the desk, those that were there, and those of teammates; no other.
pub(super) fn tags(
    object: &Value,
    wanted: &[String],
    theirs: &std::collections::BTreeSet<String>,
    expected: &Expected<'_>,
    at: &str,
    found: &mut Vec<Complaint>,
) {
    let people = folded(expected.people_tags().iter().map(String::as_str));
    let held = folded(tag_names(object).iter().map(String::as_str));
    let wanted = folded(wanted.iter().map(String::as_str));
    let more: Vec<&String> = held
        .iter()
        .filter(|tag| !wanted.contains(*tag) && !theirs.contains(*tag) && !people.contains(*tag))
        .collect();
    let less: Vec<&String> = wanted.difference(&held).collect();
    if !more.is_empty() || !less.is_empty() {
        let said = format!("has tags too many {more:?}, too few {less:?}");
        found.push(Complaint::new(Kind::Tags, at, said));
    }
}
