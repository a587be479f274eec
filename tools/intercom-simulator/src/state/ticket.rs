//! Ticket types, their attributes, the states, and what a thread has more as a ticket.

use super::ListOption;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A state a ticket can be in. No call creates one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TicketState {
    #[serde(deserialize_with = "super::admin::number")]
    pub(crate) id: u64,
    pub(crate) category: String,
    pub(crate) internal_label: String,
    pub(crate) external_label: String,
    #[serde(default)]
    pub(crate) archived: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TicketAttribute {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) data_type: String,
    pub(crate) required_to_create: bool,
    pub(crate) required_for_contacts: bool,
    pub(crate) visible_on_create: bool,
    pub(crate) visible_to_contacts: bool,
    pub(crate) multiline: bool,
    pub(crate) allow_multiple: bool,
    pub(crate) list: Vec<ListOption>,
    pub(crate) default: bool,
    pub(crate) archived: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct TicketType {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `Customer`, `Back-office` or `Tracker`.
    pub(crate) category: String,
    pub(crate) icon: String,
    pub(crate) is_internal: bool,
    pub(crate) archived: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) attributes: Vec<TicketAttribute>,
    pub(crate) states: Vec<u64>,
}

impl TicketType {
    pub(crate) fn attribute(&self, name: &str) -> Option<&TicketAttribute> {
        self.attributes.iter().find(|a| a.name == name && !a.archived)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct TicketFields {
    /// The number people see in the Inbox; never used in paths.
    pub(crate) number: u64,
    pub(crate) type_id: u64,
    pub(crate) state_id: u64,
    pub(crate) previous_state_id: Option<u64>,
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) is_shared: bool,
}
