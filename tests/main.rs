//! Tests that need more than one file of the product. The list says where a test goes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

/// Promises to others: the durable format, the databases, the sources, Intercom.
mod contract;
