//! Events of a thread: those that Intercom makes by itself, and those that our requests cause.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether a part is of a machine's making.
pub fn by_machine(part: &Value) -> bool {
    let author = part["author"]["type"].as_str().unwrap_or_default();
    let kind = part["part_type"].as_str().unwrap_or_default();
    let timer = kind == "timer_unsnooze" || kind.starts_with("operator_");
    let quiet = part["body"].as_str().unwrap_or_default().is_empty();
    timer || author == "bot" && (quiet || kind.starts_with("conversation_attribute_updated"))
}

/// Whether a part without a body is one that our steps caused.
pub fn excused(part: &Value, caused: &mut BTreeMap<&'static str, usize>) -> bool {
    if !part["body"].as_str().unwrap_or_default().is_empty() {
        return false;
    }
    let kind = part["part_type"].as_str().unwrap_or_default();
    let family = match kind {
        "assignment" | "assign_and_reopen" => "assignment",
        "close" | "snoozed" | "open" | "participant_added" | "participant_removed" => kind,
        "unsnoozed" => "open",
        _ if kind.starts_with("conversation_attribute_updated") => "attribute",
        _ if kind.starts_with("ticket_") => "ticket",
        _ => return false,
    };
    match caused.get_mut(family) {
        // A ticket's own beginnings come as several parts.
        Some(_) if family == "ticket" => true,
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}
