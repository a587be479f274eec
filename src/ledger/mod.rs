//! The log: append, read, projections folded as they are written, payloads beside their events.

mod absence;
mod anchor;
mod backup;
mod cache;
mod catch_up;
mod checkpoint;
mod contract;
mod draft;
mod erase;
mod error;
mod fold;
mod key_file;
mod log;
mod pages;
mod payload;
mod plan;
mod prepare;
mod read;
mod rebuild;
mod writer;

pub use anchor::Anchor;
pub use backup::backup;
pub use contract::{
    Appended, DecodeError, Expect, NewEvent, Projection, ProjectionError, Recorded, RowRef, Rows,
};
pub use error::LedgerError;
pub use key_file::{make_key, read_key};
pub use log::{Head, Ledger, LedgerSettings, is_there};
pub use rebuild::Difference;
pub use writer::BATCH_EVENTS_MAX;
