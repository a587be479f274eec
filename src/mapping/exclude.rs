//! Records that the map leaves out.

use super::context::Context;
use super::field::{Values, as_text};
use super::fold::fold;

/// The name of the first exclusion that a record meets.
pub(super) fn rule(object: &str, values: &Values, context: &Context) -> Option<String> {
    let meets = |field: &str, word: &str| {
        values
            .get(&format!("{object}.{field}"))
            .is_some_and(|value| fold(&as_text(value)) == fold(word))
    };
    context
        .mapping
        .exclusions
        .iter()
        .find(|rule| rule.object == object && meets(&rule.field, &rule.equals))
        .map(|rule| rule.name.clone())
}
