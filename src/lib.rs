//! Event-sourced migration of a help desk into Intercom, with proof and rollback.

pub mod destination;
pub mod env;
pub mod ledger;
pub mod model;
pub mod source;
pub mod store;
