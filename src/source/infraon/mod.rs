//! Infraon Desk: exports in the form of its API (nested JSON) or as flat tables.

pub mod adapter;
pub mod columns;
pub mod configuration;
pub mod directory;
pub mod hours;
pub mod incident;
pub mod instance;
pub mod knowledge;
pub mod layout;
pub mod levels;
pub mod link;
pub mod memory;
pub mod message;
pub mod object_columns;
pub mod observe;
pub mod people;
pub mod person;
pub mod plan;
pub mod resolve;
pub mod source;
pub mod types;
pub mod words;

pub use source::INFRAON;
