//! Intercom's REST API, version 2.16.

pub mod operation;
pub mod payload;
pub mod spec;
pub mod step;

pub use operation::Operation;
pub use spec::{LookUpBy, Made, Method, NaturalKey, Spec};
pub use step::{FileHole, Step};
