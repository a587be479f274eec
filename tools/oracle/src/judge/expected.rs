//! What the judge goes by.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::act::{Act, Done};
use crate::desk::{Customer, Desk};
use crate::picture::{Picture, text};

/// What the judge goes by: the old desk, the workspace as it would be without the migration, and
/// what teammates did.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The desk as the product has read it, with all versions and what was withdrawn.
    pub desk: &'a Desk,
    /// The workspace as it would be now, had there been no migration.
    pub others: &'a Picture,
    /// What teammates did to anything.
    pub acts: &'a [Done],
}

impl Expected<'_> {
    /// Whether an object has nothing to do with the migration's making.
    pub(super) fn is_others(&self, kind: &str, object: &Value) -> bool {
        self.others.contains_key(&format!("{kind}/{}", text(&object["id"])))
    }

    /// Tags that teammates gave.
    pub(super) fn people_tags(&self) -> BTreeSet<String> {
        let tags = |done: &&Done| matches!(done.act, Act::TagContact | Act::TagConversation);
        self.acts.iter().filter(tags).map(|done| done.word.clone()).collect()
    }

    /// Whether a teammate did this to the object.
    pub(super) fn acted(&self, object: &Value, acts: &[Act]) -> bool {
        let id = text(&object["id"]);
        self.acts.iter().any(|done| done.id == id && acts.contains(&done.act))
    }

    /// The live contacts that stand for a customer.
    pub(super) fn contacts_of<'v>(&self, state: &'v Value, customer: &Customer) -> Vec<&'v Value> {
        let is = |contact: &&Value| {
            let email = contact["email"].as_str().unwrap_or_default();
            let external = contact["external_id"].as_str().unwrap_or_default();
            let same = customer.email.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(email));
            same || external.ends_with(&format!(":{}", customer.id))
        };
        live(state, "contacts").filter(is).collect()
    }
}

/// Objects of a kind that are not archived.
pub(super) fn live<'v>(state: &'v Value, kind: &str) -> impl Iterator<Item = &'v Value> {
    let all = state[kind].as_array().into_iter().flatten();
    all.filter(|one| one["archived"] != Value::Bool(true))
}

/// Names as they are compared: without case.
pub(super) fn folded<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_lowercase).collect()
}
