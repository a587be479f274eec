//! What comparing request by request cannot see: that something of ours is there twice, stands in
//! another order, hangs elsewhere or was put away.

use std::collections::BTreeSet;

use serde_json::json;

use super::family::{self, ARCHIVED};
use super::filled::unsent;
use super::kind::ReadBack;
use super::verdict::{Comparisons, FieldComparison, ResolvedStep, StepIds};

/// Compares what all steps of a record together say of its object, beyond their single fields.
pub fn wholeness(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    put_away(steps, back, &mut out);
    family::of_kind(back.kind).compare_whole(steps, back, ids, &mut out);
    out.into_fields()
}

/// An object that was put into the archive by somebody else than us.
fn put_away(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    let ours = |step: &ResolvedStep| step.request.field(ARCHIVED) == Some(&json!(true));
    if back.object[ARCHIVED] == true && !steps.iter().any(ours) {
        out.put(ARCHIVED.into(), json!(false), json!(true), false);
    }
}

/// Attributes of a record's own object that no step of ours set, among those of these names.
pub fn foreign_values(
    steps: &[ResolvedStep],
    back: &ReadBack,
    names: &BTreeSet<String>,
) -> Vec<String> {
    let fields = unsent(steps, back).into_iter().map(|one| one.field);
    let known =
        |field: &String| field.split_once('.').is_some_and(|(_, name)| names.contains(name));
    fields.filter(known).collect()
}
