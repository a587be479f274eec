//! ClickDesk (clickdesk.com): captures from its screens as tables, and the JSON of its REST page.

pub mod adapter;
pub mod agents;
mod blank;
pub mod call;
pub mod chat;
pub mod clock;
pub mod columns;
pub mod document;
pub mod guide;
pub mod layout;
pub mod memory;
pub mod message;
pub mod offline;
pub mod other;
pub mod people;
pub mod product;
pub mod said;
pub mod social;
pub mod source;
pub mod spoken;
pub mod ticket;
pub mod transcript;

#[cfg(test)]
mod clickdesk_test;

pub use source::CLICKDESK;
