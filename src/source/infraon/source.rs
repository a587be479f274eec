//! Infraon Desk as a source.

use super::adapter::Infraon;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;
use crate::source::return_layout::{
    ReturnFile, ReturnLayout, contact_columns, message_columns, thread_columns,
};

/// Infraon Desk's exports.
pub static INFRAON: BundleSource = BundleSource {
    title: "Infraon Desk",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: None,
    returns: &RETURNS,
    make: Infraon::make,
};

/// Where it takes what people made in Intercom.
const RETURNS: ReturnLayout = ReturnLayout {
    contacts: ReturnFile {
        file: "requesters.csv",
        object: "requester",
        columns: contact_columns!("requester_id", "created_at"),
    },
    threads: ReturnFile {
        file: "incidents.csv",
        object: "incident",
        columns: thread_columns!("incident_id", "summary", "requester", "assignee"),
    },
    messages: &[ReturnFile {
        file: "incident_messages.csv",
        object: "incident",
        columns: message_columns!("incident_id"),
    }],
};
