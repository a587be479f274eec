//! After a rollback: what is left is what the residue names, as a set, both ways.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::complaint::{Complaint, Kind};
use crate::picture::{Picture, changed_keys, text};

/// One thing that the product says is left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Residue {
    /// Its kind.
    pub kind: String,
    /// The objects that show it.
    pub objects: Vec<String>,
    /// What is left, in words.
    pub what: String,
}

impl Residue {
    /// The list in a rollback's report.
    #[must_use]
    pub fn of(report: &Value) -> Vec<Self> {
        let all = report["residue"].as_array().into_iter().flatten();
        let objects =
            |one: &Value| one["objects"].as_array().into_iter().flatten().map(text).collect();
        all.map(|one| Self {
            kind: text(&one["kind"]),
            objects: objects(one),
            what: text(&one["what"]),
        })
        .collect()
    }
}

/// Words in which a residue may tell of a key.
fn told(key: &str, what: &str) -> bool {
    let what = what.to_lowercase();
    let words: &[&str] = match key {
        "tags" => &["tag"],
        "companies" => &["compan"],
        "custom_attributes" => &["attribute", "custom", "deskero_"],
        "contacts" => &["contact", "participant"],
        "notes" => &["note"],
        "parts" => &["part", "message", "note", "reply", "comment"],
        other => &[other],
    };
    // What is kept is kept whole, with the reasons.
    what.starts_with("kept") || words.iter().any(|word| what.contains(&word.to_lowercase()))
}

/// Compares what was there before with what is there now.
pub(super) fn difference(
    before: &Picture,
    state: &Value,
    now: &Picture,
    residue: &[Residue],
    found: &mut Vec<Complaint>,
) {
    let named: BTreeSet<&str> =
        residue.iter().flat_map(|one| &one.objects).map(String::as_str).collect();
    // An archived contact keeps its company for the day it comes back; the company does not list
    // it.
    let contacts = state["contacts"].as_array().into_iter().flatten();
    let archived: BTreeSet<String> =
        contacts.filter(|one| one["archived"] == true).map(|one| text(&one["id"])).collect();
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let mut left = BTreeSet::new();
    for key in keys {
        let (old, new) = (before.get(key), now.get(key));
        if old == new {
            continue;
        }
        let id = key.split_once('/').map_or("", |(_, id)| id);
        left.insert(id.to_owned());
        ids(whole(state, key), &mut left);
        match (old, new) {
            (Some(_), None) => found.push(Complaint::new(Kind::ForeignGone, key, "")),
            (Some(old), Some(new)) => {
                let lists_archived = |name: &str| {
                    let listed = |one: &Value| {
                        let ids = one[name].as_array().into_iter().flatten().map(text);
                        ids.filter(|id| !archived.contains(id)).collect::<BTreeSet<_>>()
                    };
                    key.starts_with("companies/")
                        && name == "contacts"
                        && listed(old) == listed(new)
                };
                for name in changed_keys(old, new).into_iter().filter(|one| !lists_archived(one)) {
                    let mine = residue.iter().filter(|one| one.objects.iter().any(|o| o == id));
                    if !mine.into_iter().any(|one| told(&name, &one.what)) {
                        let said = format!("{name} is {}, was {}", new[&name], old[&name]);
                        found.push(Complaint::new(Kind::LeftOver, key, said));
                    }
                }
            }
            (None, _) if named.contains(id) => {}
            (None, _) => {
                let said = "is left, and no residue names it";
                found.push(Complaint::new(Kind::LeftOver, key, said));
            }
        }
    }
    for one in residue {
        for object in one.objects.iter().filter(|object| !left.contains(*object)) {
            let said = format!("{}: {}", one.kind, one.what);
            found.push(Complaint::new(Kind::NotLeft, object, said));
        }
    }
}

/// The object behind a key of a picture.
fn whole<'v>(state: &'v Value, key: &str) -> &'v Value {
    let (kind, id) = key.split_once('/').unwrap_or((key, ""));
    let mut all = state[kind].as_array().into_iter().flatten();
    all.find(|one| text(&one["id"]) == id).unwrap_or(&Value::Null)
}

/// Every id within an object: parts and notes of what is left are left with it.
fn ids(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "id" {
                    into.insert(text(value));
                }
                ids(value, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| ids(value, into)),
        _ => {}
    }
}
