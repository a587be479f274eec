//! Event-sourced migration of a help desk into Intercom, with proof and rollback.

pub mod destination;
pub mod env;
pub mod model;
pub mod source;
