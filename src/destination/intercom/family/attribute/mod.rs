//! Attributes: of contacts and companies, and of conversations.

mod kind;

pub mod answer;
pub mod look_up;
pub mod payload;
pub mod people;
pub mod probe;
pub mod threads;
