//! Events of some types only, in SQL that both databases understand.

use std::fmt::Write;

/// Types left out of the index `event_rare`, and the condition in the words of that index.
const COMMON_TYPES: [u16; 9] = [11, 30, 50, 51, 52, 56, 60, 81, 82];
const NOT_COMMON: &str = "type_id NOT IN (11, 30, 50, 51, 52, 56, 60, 81, 82)";

/// What follows the other conditions of a WHERE: nothing, or the types that are wanted.
pub(super) fn type_filter(types: Option<&[u16]>) -> String {
    let mut filter = String::new();
    if let Some(types) = types {
        let list: Vec<_> = types.iter().map(u16::to_string).collect();
        // Writing to a String cannot fail.
        let _ = write!(filter, "AND type_id IN ({}) ", list.join(","));
        if !types.iter().any(|wanted| COMMON_TYPES.contains(wanted)) {
            let _ = write!(filter, "AND {NOT_COMMON} ");
        }
    }
    filter
}
