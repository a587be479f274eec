//! ITCO: nothing about its exports is published, so its data is copied by hand into templates that
//! are the format.

pub mod adapter;
pub mod columns;
pub mod guide;
pub mod layout;
pub mod memory;
pub mod people;
pub mod reference;
pub mod source;
pub mod thread;
pub mod words;

#[cfg(test)]
mod itco_test;

pub use source::ITCO;
