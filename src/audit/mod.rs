//! Whether the ledger is whole, from the stored bytes alone; and proofs for others.

mod bundle;
mod check;
mod error;
mod event;
mod export;
mod finding;
mod fold;
mod once;
mod open;
mod page;
mod prove;
mod read;
mod seal;

pub use bundle::{Bundle, Proven};
pub use check::{CheckSettings, Progress, Report, check};
pub use error::AuditError;
pub use export::{ExportedEvent, export};
pub use finding::{Finding, Place, Severity};
pub use open::open;
pub use prove::prove;
