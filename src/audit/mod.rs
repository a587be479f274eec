//! Whether the ledger is whole, from the stored bytes alone; and proofs for others.

mod accuracy;
mod bundle;
mod bundle_check;
mod check;
mod checker;
mod consistency;
mod error;
mod event;
mod export;
mod finding;
mod fold;
mod inclusion;
mod log_check;
mod once;
mod open;
mod page;
mod prove;
mod read;
mod seal;
mod settings;
mod witness;

pub use bundle::{BundleContents, export_bundle};
pub use bundle_check::{BundleReport, verify_bundle, verify_bundle_with};
pub use check::{Progress, Report, check};
pub use checker::{checker_page, checker_policy};
pub use consistency::ConsistencyProof;
pub use error::AuditError;
pub use export::{ExportedEvent, export};
pub use finding::{Finding, Place, Severity};
pub use inclusion::{InclusionProof, Proven};
pub use log_check::Problem;
pub use open::open;
pub use prove::{positions_of, prove, prove_consistency};
pub use settings::CheckSettings;
pub use witness::{Seen, may_cosign};
