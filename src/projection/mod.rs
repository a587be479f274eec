//! What the events amount to. Each projection is a fold over events into rows of its own; none
//! knows another. All are folded in the transaction of the append, so what writing depends on is
//! never behind the log, and `replay` rebuilds each from event 0 and compares.

pub mod alias_index;
pub mod census;
pub mod child_index;
pub mod effect;
pub mod find;
pub mod id_map;
pub mod record_state;
pub mod registry;
pub mod row;
pub mod run_log;
pub mod step_state;
pub mod tally;
pub mod work_queue;

pub use alias_index::AliasIndex;
pub use census::Census;
pub use child_index::ChildIndex;
pub use effect::{Effect, EffectEnd, StepMap, StepState};
pub use id_map::{IdMap, Identity};
pub use record_state::{RecordState, RecordStates, Verdict};
pub use registry::all;
pub use run_log::{RunEntry, RunLog};
pub use step_state::StepStates;
pub use tally::{Disposition, Tally, disposition};
pub use work_queue::{WorkItem, WorkQueue};
