//! All tests that need more than one room, in one program. Where does a new test go? To the
//! lowest of these that can hold it; a test of one room stands in that room's file.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

/// The program as people run it: help, errors, the README.
mod cli;
/// Promises to others: the durable format, the databases, the sources, Intercom.
mod contract;
/// The program killed and started again.
mod crash;
/// Damaged input through the loaders and parsers.
mod fuzz;
/// Whole migrations by the real program: what a customer sees, judged by what Intercom holds.
mod scenario;
/// Whole migrations under everything that may happen to them, judged by an oracle.
mod simulation;
/// Sources that are read from a database of their own.
mod source;
/// What tests share.
mod support;
/// The house rules: floors, lengths, doorplates, forgotten files.
mod tidy;
/// What is known of Intercom stands in the room of its family.
mod tidy_family;
/// The pages: over HTTP, as a folder, in a real browser.
mod web;
