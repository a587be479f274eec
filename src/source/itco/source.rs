//! ITCO as a source.

use super::adapter::Itco;
use super::guide::GUIDE;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;
use crate::source::return_layout::{
    ReturnFile, ReturnLayout, contact_columns, message_columns, thread_columns,
};

/// ITCO's data, copied by hand into the templates.
pub static ITCO: BundleSource = BundleSource {
    title: "ITCO",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: Some(&GUIDE),
    returns: &RETURNS,
    make: Itco::make,
};

/// Where it takes what people made in Intercom.
const RETURNS: ReturnLayout = ReturnLayout {
    contacts: ReturnFile {
        file: "05_customers.csv",
        object: "customer",
        columns: contact_columns!("customer_id", "created_at"),
    },
    threads: ReturnFile {
        file: "07_tickets.csv",
        object: "ticket",
        columns: thread_columns!("ticket_id", "title", "customer", "agent"),
    },
    messages: &[ReturnFile {
        file: "08_messages.csv",
        object: "ticket",
        columns: message_columns!("ticket_id"),
    }],
};
