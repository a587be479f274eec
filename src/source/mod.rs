//! Help desks: one folder each, and the loaders they share. Everything is normalised to the hub
//! ([`crate::model::record`]); nothing here knows the destination.

pub mod bundle;
pub mod clickdesk;
pub mod contract;
pub mod deskero;
pub mod finding;
pub mod hesk;
pub mod infraon;
pub mod itco;
pub mod overrides;
pub mod registry;
pub mod return_layout;
pub mod template;

pub use contract::{
    DatabasePlace, DateOrder, ExportKind, Inventory, Item, Place, ReadSummary, Reading,
    RejectedRow, Seal, Sink, Source, SourceError, SourceReader, SourceRecord, SourceSettings,
};
pub use finding::{Code, Finding, FindingGroup, FindingTally, Severity};
pub use overrides::Overrides;
pub use registry::{SOURCES, find};
