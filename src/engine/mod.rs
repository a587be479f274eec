//! The stages. Each reads what the ledger says is pending, does one thing, and appends what
//! happened; they never hand work to each other in memory.

pub mod adopt;
pub mod backoff;
pub mod before;
pub mod canary;
pub mod closure;
pub mod confirm;
pub mod context;
pub mod diff;
pub mod error;
pub mod executor;
pub mod existing;
pub mod family;
pub mod files;
pub mod fill;
pub mod finding;
pub mod forecast;
pub mod gather;
pub mod keyed_lock;
mod known;
pub mod load;
pub mod needs;
pub mod outcome;
pub mod pending;
pub mod plan;
pub mod policy;
pub mod preflight;
mod prepare;
pub mod profile;
pub mod progress;
pub mod read;
pub mod reading;
pub mod recover;
pub mod refusals;
pub mod release;
pub mod remove;
pub mod residue;
pub mod rollback;
pub mod sample;
pub mod seen;
pub mod sent;
pub mod setting;
pub mod settle;
pub mod slice;

pub mod touched;
pub mod transform;
mod underway;
pub mod undo;
pub mod update;
pub mod verify;
pub mod write;

pub use context::Context;
pub use error::EngineError;
pub use progress::{Progress, Silent};
pub use setting::WriteSettings;
