//! The lists that together name every thread of a workspace.

use serde_json::json;

use super::super::super::super::contract::Read;
use super::super::super::kind::ObjectKind;
use super::super::search::PER_PAGE;

/// Conversations, then tickets, each page by page.
pub fn all() -> [(ObjectKind, Read); 2] {
    let conversations = Read::get("/conversations").query("per_page", PER_PAGE);
    let ever = json!({ "field": "created_at", "operator": ">", "value": "0" });
    let body = json!({ "query": ever, "pagination": { "per_page": PER_PAGE } });
    let tickets = Read::search("/tickets/search", body);
    [(ObjectKind::Conversation, conversations), (ObjectKind::Ticket, tickets)]
}
