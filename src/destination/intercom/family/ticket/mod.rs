//! Tickets, their types, and the attributes of those.

pub mod answer;
pub mod kinds;
pub mod look_up;
pub mod payload;
pub mod probe;
pub mod rules;
pub mod whole;
