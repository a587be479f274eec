//! Tags.

pub mod look_up;
pub mod payload;
pub mod probe;
pub mod rules;
