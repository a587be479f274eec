//! The vocabulary: identifiers, digests, hub records, events. Pure: no I/O, no clock, no async.

pub mod accuracy;
pub mod alias;
pub mod author;
pub mod canonical_json;
mod canonical_writer;
pub mod checkpoint;
pub mod claim;
pub mod digest;
pub mod escape;
pub mod event;
#[cfg(test)]
mod event_test;
pub mod fact;
pub mod header;
pub mod id;
pub mod interval;
pub mod leaf;
pub mod lifecycle;
pub mod markup;
pub mod merkle;
pub mod nearest;
pub mod note;
pub mod phase;
pub mod proof;
pub mod record;
pub mod returned;
pub mod reversibility;
pub mod rotation;
pub mod secret;
pub mod signing_key;
pub mod timestamp;
pub mod upcast;
pub mod visible;

pub use alias::{Alias, AliasKind};
pub use canonical_json::{CanonicalJsonError, canonical_json};
pub use checkpoint::Checkpoint;
pub use claim::{ClaimName, ProjectId};
pub use digest::{Commitment, ContentHash, Digest, TreeHash};
pub use event::Event;
pub use header::{Header, HeaderError, KeyParts};
pub use id::{DestinationId, EventId, Position, RunId, SourceKey, StepKey, StreamId};
pub use merkle::Frontier;
pub use record::{Record, RecordKind};
pub use reversibility::{NotificationClass, Reversibility};
pub use secret::Secret;
pub use timestamp::Timestamp;
