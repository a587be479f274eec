//! Words in, words out: one file per command, and what they share.

pub mod app;
pub mod apply;
pub mod audit;
mod certify;
pub mod claim;
pub mod decide;
pub mod delta;
pub mod demo;
pub mod demo_workspace;
pub mod doctor;
pub mod erase;
pub mod error;
pub mod findings;
pub mod handoff;
pub mod init;
pub mod inspect;
pub mod ledger;
pub mod log;
pub mod map;
pub mod output;
pub mod plan;
pub mod read;
pub mod reconcile;
pub mod rehearse;
pub mod replay;
pub mod report;
pub mod resolve;
pub mod rollback;
pub mod serve;
pub mod session;
pub mod shared_budget;
pub mod show;
pub mod templates;
pub mod tour;
pub mod verify;

pub use app::main;
