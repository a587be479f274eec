//! Deskero: exports in the form of its API (nested JSON) or as flat tables.

pub mod adapter;
pub mod columns;
pub mod knowledge;
pub mod layout;
pub mod memory;
pub mod people;
pub mod social;
pub mod source;
pub mod thread;
pub mod words;

pub use source::DESKERO;
