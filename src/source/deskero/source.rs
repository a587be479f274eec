//! Deskero as a source.

use super::adapter::Deskero;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;
use crate::source::return_layout::{
    ReturnFile, ReturnLayout, contact_columns, message_columns, thread_columns,
};

/// Deskero's exports.
pub static DESKERO: BundleSource = BundleSource {
    title: "Deskero",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: None,
    returns: &RETURNS,
    make: Deskero::make,
};

/// Where it takes what people made in Intercom.
const RETURNS: ReturnLayout = ReturnLayout {
    contacts: ReturnFile {
        file: "customers.csv",
        object: "customer",
        columns: contact_columns!("customer_id", "created_at"),
    },
    threads: ReturnFile {
        file: "tickets.csv",
        object: "ticket",
        columns: thread_columns!("ticket_id", "subject", "customer", "agent"),
    },
    messages: &[ReturnFile {
        file: "replies.csv",
        object: "ticket",
        columns: message_columns!("ticket_id"),
    }],
};
