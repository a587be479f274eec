//! The stages. Each reads what the ledger says is pending, does one thing, and appends what
//! happened; they never hand work to each other in memory.

pub mod context;
pub mod diff;
pub mod error;
pub mod progress;
pub mod read;
pub mod seen;
pub mod setting;

pub use context::Context;
pub use error::EngineError;
pub use progress::{Progress, Silent};
pub use setting::WriteSettings;
