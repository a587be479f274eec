//! What was made at the top of the help centre hangs under nothing.

use serde_json::Value;

use super::super::field::{Row, read_value};
use super::super::kind::ReadBack;
use super::super::normalise::same_id;
use super::super::operation::Operation;
use super::super::verdict::{Comparisons, ResolvedStep};

/// Compares the place of what `create` made and no step put under anything. `row` is the field
/// that names what it hangs under.
pub fn compare_top(
    steps: &[ResolvedStep],
    back: &ReadBack,
    (create, row): (Operation, &Row),
    out: &mut Comparisons,
) {
    let is_made = steps.iter().any(|step| step.request.operation == create);
    let is_placed = steps.iter().any(|step| step.request.field(row.0).is_some());
    if is_made && !is_placed {
        let read = read_value(&back.object, row);
        let read = if same_id(&read, &Value::Null) { Value::Null } else { read };
        out.add(row.0.into(), row.2, &Value::Null, &read);
    }
}
