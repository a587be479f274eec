//! `audit`: is the ledger whole; keys, seals, witnesses; proofs for others.

mod accuracy;
mod check;
mod command;
mod computed;
mod hand_out;
mod key;
mod note;
mod proof;
mod seal;

pub use command::{Args, run};
pub(in crate::cli) use note::{signers, write_new};
