//! Tags (FACTS §5.6).

use serde::Serialize;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Ref, bare, step};
use super::super::super::step::Step;

#[derive(Serialize)]
struct TagBody<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Ref>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    companies: Vec<CompanyEntry>,
}

#[derive(Serialize)]
struct CompanyEntry {
    id: Ref,
    #[serde(skip_serializing_if = "Option::is_none")]
    untag: Option<bool>,
}

/// Creates the tag of this name, or finds it: names do not differ by case.
pub fn create(key: StepKey, name: &str) -> Step {
    let body = TagBody { name, id: None, companies: Vec::new() };
    step(key, Operation::TagCreate, [], &body)
}

/// Gives a tag another name.
pub fn rename(key: StepKey, tag: impl Into<Ref>, name: &str) -> Step {
    let body = TagBody { name, id: Some(tag.into()), companies: Vec::new() };
    step(key, Operation::TagRename, [], &body)
}

/// Puts the tag of this name on companies, given by Intercom's id. Companies that do not exist
/// are skipped without a word.
pub fn tag_companies(key: StepKey, name: &str, companies: impl IntoIterator<Item = Ref>) -> Step {
    let companies = companies.into_iter().map(|id| CompanyEntry { id, untag: None }).collect();
    step(key, Operation::CompanyTag, [], &TagBody { name, id: None, companies })
}

/// Takes the tag of this name off companies.
pub fn untag_companies(key: StepKey, name: &str, companies: impl IntoIterator<Item = Ref>) -> Step {
    let entry = |id| CompanyEntry { id, untag: Some(true) };
    let companies = companies.into_iter().map(entry).collect();
    step(key, Operation::CompanyUntag, [], &TagBody { name, id: None, companies })
}

/// Deletes a tag.
pub fn delete(key: StepKey, tag: impl Into<Ref>) -> Step {
    bare(key, Operation::TagDelete, [("tag_id", tag.into())])
}
