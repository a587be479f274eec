//! Checks an exported ledger or a proof bundle, by `ledger-schema/HASHING.md` alone.
//!
//! It shares no code with the program that wrote them: what both agree on is in the page, not in a
//! common mistake. It does not decide whether an event was allowed; it decides whether the bytes
//! are those that were sealed.

pub mod bundle;
pub mod event;
pub mod export;
pub mod note;
#[cfg(test)]
mod tests;
pub mod tree;
