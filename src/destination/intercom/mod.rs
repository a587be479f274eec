//! Intercom's REST API, version 2.16.

mod answer;
mod change;
mod field;
pub mod filled;
mod kind;
mod look_up;
#[cfg(test)]
mod operation_test;
mod reference;
mod verdict;
mod wire;

pub mod client;
pub mod compare;
pub mod drift;
pub mod email;
pub mod family;
pub mod normalise;
pub mod object;
pub mod operation;
pub mod pages;
pub mod payload;
pub mod request;
pub mod restore;
pub mod spec;
pub mod step;
pub mod three_way;
pub mod undo;
pub mod wholeness;

pub use client::{API_VERSION, ClientSettings, IntercomClient, Region};
pub use compare::compare;
pub use drift::{Ours, changed, drift, snapshot};
pub use family::thread::compared::{LOSS_PART_BEYOND_READ, LOSS_SNOOZE_OVER};
pub use family::thread::part::{parts, parts_total};
pub use look_up::LOOKS;
pub use object::{ObjectKind, ReadBack, Target, read_back};
pub use operation::{Operation, Spec};
pub use pages::list_all;
pub use request::{MissingHole, Request, Resolver, files_of, resolve};
pub use restore::{Restore, restore};
pub use spec::{LookUpBy, Made, Method, NaturalKey};
pub use step::{FileHole, Step};
pub use three_way::{KeptField, TakeBack, take_back};
pub use undo::{UndoBy, inverse};
pub use verdict::{FieldComparison, ResolvedStep, StepIds, Verdict};
