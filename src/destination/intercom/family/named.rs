//! What is looked for by its name in a list.

use serde_json::Value;

use super::contract::Fold;

/// The field in which an archived object differs from what was written.
pub const ARCHIVED: &str = "archived";

/// Whether an object has this name; names do not differ by case.
pub fn is_named(object: &Value, name: &str) -> bool {
    object["name"].as_str().is_some_and(|own| own.to_lowercase() == name.to_lowercase())
}

/// Whether an object is not archived.
pub fn active(object: &Value) -> bool {
    object[ARCHIVED] != true
}

/// The object of a name: as it is written, or else under another case or width. Values are then
/// written under the name that the workspace has.
pub fn spelled<'a>(
    all: impl Iterator<Item = &'a Value> + Clone,
    name: &str,
    fold: Fold,
) -> Option<&'a Value> {
    let as_written = all.clone().find(|one| one["name"] == name);
    as_written.or_else(|| {
        let (word, mut all) = (fold(name), all);
        all.find(|one| one["name"].as_str().is_some_and(|there| fold(there) == word))
    })
}
