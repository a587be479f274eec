//! The three questions: does nothing stand wrong, is all of it there, is all of it gone?

use std::collections::BTreeSet;

use serde_json::Value;

use super::expected::{Expected, live};
use super::undone::{self, Residue};
use super::{foreign, knowledge, people, threads};
use crate::complaint::{Complaint, Kind};
use crate::picture::{Picture, is_claim, picture, text};

/// What must hold at any time, however far a migration got and whatever struck it: nothing
/// doubled, nothing in a wrong place, nothing of others changed, nobody's work undone.
#[must_use]
pub fn standing(state: &Value, expected: &Expected<'_>) -> Vec<Complaint> {
    let mut found = Vec::new();
    people::standing(state, expected, &mut found);
    threads::standing(state, expected, &mut found);
    knowledge::standing(state, expected, &mut found);
    let now = picture(state, &expected.people_tags());
    foreign::untouched(&now, expected, &mut found);
    foreign::acts(state, expected, &mut found);
    sorted(found)
}

/// What must hold after a whole pass, besides: everything of the desk is there.
#[must_use]
pub fn complete(state: &Value, expected: &Expected<'_>) -> Vec<Complaint> {
    let mut found = standing(state, expected);
    people::complete(state, expected, &mut found);
    threads::complete(state, expected, &mut found);
    knowledge::complete(state, expected, &mut found);
    sorted(found)
}

/// What must hold after everything was rolled back: the workspace is as it would be without a
/// migration, but for the residue, which names nothing else; and the claim is gone.
#[must_use]
pub fn undone(state: &Value, expected: &Expected<'_>, residue: &[Residue]) -> Vec<Complaint> {
    let mut found = Vec::new();
    let now = picture(state, &expected.people_tags());
    undone::difference(expected.others, state, &now, residue, &mut found);
    foreign::acts(state, expected, &mut found);
    for tag in live(state, "tags").filter(|tag| tag["name"].as_str().is_some_and(is_claim)) {
        let at = format!("tags/{}", text(&tag["id"]));
        found.push(Complaint::new(Kind::Claim, at, text(&tag["name"])));
    }
    sorted(found)
}

/// What differs between an earlier picture and a state, beyond what the residue names; and what
/// the residue names although it does not differ.
#[must_use]
pub fn difference(before: &Picture, state: &Value, residue: &[Residue]) -> Vec<Complaint> {
    let mut found = Vec::new();
    undone::difference(before, state, &picture(state, &BTreeSet::new()), residue, &mut found);
    sorted(found)
}

fn sorted(mut found: Vec<Complaint>) -> Vec<Complaint> {
    found.sort();
    found.dedup();
    found
}
