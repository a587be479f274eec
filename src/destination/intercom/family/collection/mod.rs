//! Collections of the help centre.

pub mod answer;
pub mod payload;
pub mod probe;
pub mod rules;
