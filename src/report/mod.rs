//! Facts for people, as plain values: the command line and the pages only draw them.

pub mod attachments;
pub mod biography;
pub mod blame;
pub mod cell;
pub mod demo;
pub mod error;
pub mod failure;
pub mod finding_list;
pub mod handoff;
pub mod handoff_table;
pub mod life;
mod origin;
pub mod portion;
pub mod reconciliation;
pub mod record_list;
pub mod return_files;
pub mod run_detail;
pub mod run_list;
pub mod search;
pub mod sides;
pub mod status;
pub mod templates;

pub use biography::{Biography, Chapter};
pub use error::ReportError;
pub use reconciliation::{KindRow, Reconciliation, Waiting};
