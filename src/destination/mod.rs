//! Intercom: what can be asked of it, one attempt at asking, and what came of it.
//!
//! The room knows nothing of records, mappings or the ledger: it is given requests and gives
//! answers. Waiting and trying again is decided above.

pub mod budget;
pub mod contract;
pub mod intercom;

pub use budget::{Budget, BudgetSettings, BudgetView};
pub use contract::{
    Answer, Destination, DestinationError, LookUp, LookUpContext, Read, ReadAnswer, Reason,
    Refusal, StopScope,
};
pub use intercom::{
    ClientSettings, FileHole, IntercomClient, MissingHole, Operation, Region, Request, Resolver,
    Spec, Step, resolve,
};
