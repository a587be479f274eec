//! The simulator through its HTTP surface. Every answer is checked against the API description
//! where that is at hand.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod article;
mod attribute;
mod company;
mod contact;
mod content;
mod contract;
mod control;
mod conversation;
mod conversation_state;
mod custom_object;
mod description;
mod facts;
mod fault;
mod program;
mod reported;
mod search;
mod support;
mod ticket;
mod transport;
