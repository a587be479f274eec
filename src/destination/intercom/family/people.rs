//! Teammates, teams and states that a body names: they are the workspace's, and no API makes one.

use serde_json::Value;

use super::super::request::id_text;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A teammate, by id.
    Teammate,
    /// A state of tickets, by id.
    TicketState,
    /// A team, by id.
    Team,
    /// A teammate or a team, by id.
    Assignee,
}

/// Whom and what a body names, of these, whichever family it is of.
pub fn named(body: &Value) -> Vec<(Named, String)> {
    let text = |name: &str| body.get(name).and_then(id_text);
    let assignee = match body.get("type").and_then(Value::as_str) {
        Some("admin") => Named::Teammate,
        Some("team") => Named::Team,
        _ => Named::Assignee,
    };
    let all = [
        (Named::Teammate, text("admin_id")),
        (Named::Teammate, text("author_id")),
        (Named::Teammate, text("owner_id")),
        (Named::TicketState, text("ticket_state_id")),
        (assignee, text("assignee_id")),
    ];
    all.into_iter().filter_map(|(named, id)| Some((named, id?))).collect()
}
