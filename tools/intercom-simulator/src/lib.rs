//! Stands in for api.intercom.io in tests, rehearsals and the demo: the API's shapes, the
//! behaviours that bite, and the ways in which a network fails. See `README.md` for the workspace
//! file, the switches and the control addresses.

mod act;
mod alter;
mod call;
mod clock;
mod comparable;
mod control;
mod email;
mod error;
mod fault;
mod features;
mod html;
mod http;
mod inside;
mod mailbox;
mod operation;
mod options;
mod page;
mod plain;
mod prepare;
mod rate;
mod routes;
mod search;
mod server;
mod set_up;
mod sim;
mod snapshot;
mod state;
mod view;
mod witness;
mod workspace;
mod workspace_content;
mod workspace_entry;
mod workspace_file;

pub use clock::Clock;
pub use control::fault_rules;
pub use fault::{FaultKind, FaultRule, PROFILES, profile};
pub use mailbox::MailboxEntry;
pub use operation::{Operation, operations};
pub use options::{DEFAULT_WINDOW_MS, Options};
pub use server::{Running, Simulator, StartError};
pub use witness::WitnessEntry;
