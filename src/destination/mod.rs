//! Intercom: what can be asked of it, and one attempt at asking.

pub mod intercom;
