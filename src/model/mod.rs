//! The vocabulary: identifiers, digests, hub records, events. Pure: no I/O, no clock, no async.

pub mod alias;
pub mod canonical_json;
pub mod digest;
pub mod event;
pub mod id;
pub mod lifecycle;
pub mod record;
pub mod reversibility;
pub mod secret;
pub mod timestamp;

pub use alias::{Alias, AliasKind};
pub use canonical_json::{CanonicalJsonError, canonical_json};
pub use digest::{ContentHash, Digest};
pub use event::Event;
pub use id::{DestinationId, EventId, Position, RunId, SourceKey, StepKey, StreamId};
pub use record::{Record, RecordKind};
pub use reversibility::{NotificationClass, Reversibility};
pub use secret::Secret;
pub use timestamp::Timestamp;
