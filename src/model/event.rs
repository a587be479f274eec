//! Every event, in the past tense: the catalogue in code.
//!
//! Facts are small, not personal, never erased; they are canonical JSON, with a JSON Schema each in
//! `ledger-schema/events/`. Whatever may be personal (raw record, draft, request …) is payload.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alias::Alias;
use super::digest::{Digest, TreeHash};
use super::reversibility::{NotificationClass, Reversibility};
use super::{DestinationId, Position, RecordKind, RunId, SourceKey, StepKey};

pub use super::claim::{ClaimAct, ClaimOutcome};
pub use super::phase::Phase;

pub use super::fact::{Counts, FailureClass, FindingFact, Location};

macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $id:literal v $version:literal $name:ident {
            $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)?
        }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }
        )+

        /// An event: one variant for each kind, in today's version.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each variant is named after its struct")]
        pub enum Event {
            $($name($name),)+
        }

        /// Type number, version, name and schema of one kind of event.
        pub struct EventKind {
            /// Number in the header.
            pub type_id: u16,
            /// Version in the header.
            pub version: u16,
            /// Name.
            pub name: &'static str,
            /// JSON Schema of the facts.
            pub schema: fn() -> schemars::Schema,
        }

        /// All kinds of event.
        pub const CATALOGUE: &[EventKind] = &[
            $(EventKind {
                type_id: $id,
                version: $version,
                name: stringify!($name),
                schema: || schemars::schema_for!($name),
            },)+
        ];

        impl Event {
            /// Type number in the header.
            pub fn type_id(&self) -> u16 {
                match self { $(Self::$name(_) => $id,)+ }
            }

            /// Version in the header.
            pub fn version(&self) -> u16 {
                match self { $(Self::$name(_) => $version,)+ }
            }

            /// Name of the kind of event.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            /// The facts in canonical form.
            ///
            /// # Errors
            /// If a fact has no canonical JSON form; the catalogue's types all have one.
            pub fn facts(&self) -> Result<Vec<u8>, super::CanonicalJsonError> {
                match self { $(Self::$name(facts) => super::canonical_json(facts),)+ }
            }

            /// Reads facts written by this version.
            ///
            /// # Errors
            /// If the type or version is unknown, or the facts do not fit.
            pub fn from_facts(
                type_id: u16,
                version: u16,
                facts: &[u8],
            ) -> Result<Self, EventError> {
                match (type_id, version) {
                    $(($id, $version) => serde_json::from_slice(facts)
                        .map(Self::$name)
                        .map_err(|cause| EventError::Facts { name: stringify!($name), cause }),)+
                    _ => Err(EventError::Unknown { type_id, version }),
                }
            }
        }

        $(impl From<$name> for Event {
            fn from(facts: $name) -> Self {
                Self::$name(facts)
            }
        })+
    };
}

/// Why stored facts are not an event of today.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A newer program wrote it, or the bytes are damaged.
    #[error("unknown event type {type_id} version {version}")]
    Unknown {
        /// Type number found.
        type_id: u16,
        /// Version found.
        version: u16,
    },
    /// The facts do not fit the type.
    #[error("facts of {name} do not fit: {cause}")]
    Facts {
        /// Kind of event.
        name: &'static str,
        /// What serde says.
        cause: serde_json::Error,
    },
}

events! {
    /// A run began.
    1 v 1 RunStarted {
        /// `read`, `transform`, `plan`, `apply`, `verify`, `delta`, `rollback` …
        kind: String,
        /// Digest of the settings.
        settings: Digest,
        /// Digest of the confirmed mapping, if there is one.
        mapping: Option<Digest>,
        /// Version of the program.
        program: String,
        /// Who runs it, as the operating system says.
        operator: String,
    }
    /// A run ended by itself.
    2 v 1 RunFinished {
        /// Counts of what was done.
        counts: Counts,
    }
    /// A run was found unfinished at the next start.
    3 v 1 RunInterrupted {
        /// The run.
        run: RunId,
    }
    /// The first run that writes met the workspace: from now on the ledger belongs to it.
    4 v 1 WorkspaceRecorded {
        /// Id of the app, as Intercom says it.
        app: String,
        /// Its region.
        region: String,
    }
    /// The workspace's mark of this project is about to be set, taken over or removed.
    5 v 1 ClaimStarted {
        /// What is done with it.
        act: ClaimAct,
        /// Name of the tag: the new one, or that of the tag that goes.
        name: String,
        /// The tag, if there is one already.
        tag: Option<DestinationId>,
    }
    /// What came of that.
    6 v 1 ClaimEnded {
        /// Whether it is done.
        outcome: ClaimOutcome,
        /// The tag made or changed.
        tag: Option<DestinationId>,
        /// Short stable name of what happened.
        code: String,
    }
    /// The export was looked at: which files there are.
    10 v 1 SourceSealed {
        /// Digest over names and contents of all files.
        digest: Digest,
        /// Number of files.
        files: u64,
        /// Their bytes.
        size_bytes: u64,
        /// `full` or `delta`.
        export_kind: String,
        /// Counts that the export claims.
        expected: Counts,
    }
    /// A source record was read, for the first time or with other content. Payload: raw cells and
    /// the normalised record. Content hash: keyed digest of the normalised record.
    11 v 1 RecordRead {
        /// What it was normalised to.
        kind: RecordKind,
        /// The record it is part of.
        parent: Option<SourceKey>,
        /// Where it stood.
        at: Location,
        /// Digest of the raw cells.
        raw: Digest,
        /// Other names under which it is looked for, as keyed hashes.
        aliases: Vec<Alias>,
        /// What was noteworthy.
        findings: Vec<FindingFact>,
    }
    /// A source record could not be used. Payload: raw cells and reasons.
    12 v 1 RecordRejected {
        /// What it should have become.
        kind: Option<RecordKind>,
        /// Where it stood.
        at: Location,
        /// Digest of the raw cells.
        raw: Digest,
        /// Why.
        findings: Vec<FindingFact>,
    }
    /// A record is missing from a full export.
    13 v 1 RecordVanished {
        /// The full read that did not find it.
        run: RunId,
    }
    /// A record rejected before was read well, or is gone.
    14 v 1 RejectionLifted {}
    /// A map was proposed. Payload: the map.
    20 v 1 MappingProposed {
        /// Its digest.
        mapping: Digest,
    }
    /// A person confirmed a map. Payload: the map.
    21 v 1 MappingConfirmed {
        /// Its digest.
        mapping: Digest,
        /// Who confirmed it.
        by: String,
    }
    /// A decision of the customer was recorded.
    22 v 1 DecisionRecorded {
        /// Id of the decision, for example `D4`.
        decision: String,
        /// The option taken.
        option: String,
        /// Who recorded it.
        by: String,
    }
    /// A record was mapped to a draft. Payload: the draft. Content hash: the draft's digest.
    30 v 1 RecordTransformed {
        /// Digest of the draft.
        draft: Digest,
        /// Digest of the mapping and decisions used.
        mapping: Digest,
        /// Phase that writes it.
        phase: Phase,
        /// Requests needed if nothing is written yet.
        requests: u32,
        /// Writes per operation if nothing is written yet.
        operations: Counts,
        /// Declared losses by name.
        losses: Counts,
        /// Source records that the draft carries, itself included.
        carries: u32,
    }
    /// A record is left out by a rule.
    31 v 1 RecordExcluded {
        /// The rule.
        rule: String,
    }
    /// A record waits for a person.
    32 v 1 RecordQueued {
        /// Short stable name of the reason.
        reason: String,
        /// What would release it.
        release: String,
    }
    /// A record is for a person to move. Payload: the record.
    33 v 1 RecordHandedOff {
        /// Document that lists it.
        document: String,
    }
    /// A record became part of another record's object.
    34 v 1 RecordMerged {
        /// The record that carries it.
        into: SourceKey,
        /// Why.
        reason: String,
    }
    /// A plan was made from the ledger up to a position.
    40 v 1 PlanSealed {
        /// Digest over every planned item.
        plan: Digest,
        /// Events that the plan rests on: all below this position.
        upto: Position,
        /// Items.
        items: u64,
        /// Requests.
        requests: u64,
        /// Writes per operation.
        operations: Counts,
        /// Writes per reversibility class.
        reversibility: Counts,
        /// Declared losses by name.
        losses: Counts,
    }
    /// A person approved a plan.
    41 v 1 PlanApproved {
        /// The plan.
        plan: Digest,
        /// Who.
        by: String,
    }
    /// What an object in Intercom held before it was changed. Payload: that.
    50 v 1 PreImageCaptured {
        /// The step that is going to change it.
        step: StepKey,
        /// The object.
        object: DestinationId,
        /// Digest of the answer.
        digest: Digest,
    }
    /// A request is about to be sent. Payload: its body, files replaced by their digests.
    51 v 2 WriteStarted {
        /// The step.
        step: StepKey,
        /// Digest of the step as drafted.
        digest: Digest,
        /// Row of the operation table.
        operation: String,
        /// Object it is addressed to, if it has one.
        target: Option<DestinationId>,
        /// Digest of the request body.
        request: Digest,
        /// Attempt at this step, from 1.
        attempt: u32,
        /// How far it can be undone.
        reversibility: Reversibility,
        /// Whether it may notify somebody.
        notification: NotificationClass,
        /// The event that holds what stood before; none if the object is new or nothing can stand.
        before: Option<Position>,
        /// The object was there before the migration and is taken over.
        adopting: bool,
        /// It takes off what the same step put on.
        removes: bool,
        /// Digest of what a reader sees of a message, however it is placed.
        content: Option<Digest>,
    }
    /// The request was answered: it is done. Payload: the answer.
    52 v 1 WriteSucceeded {
        /// The step.
        step: StepKey,
        /// The object made or changed.
        object: Option<DestinationId>,
        /// Digest of the answer.
        response: Digest,
        /// Found rather than made: it was there before.
        adopted: bool,
    }
    /// The request was answered: it is not done. Payload: the answer's codes.
    53 v 1 WriteFailed {
        /// The step.
        step: StepKey,
        /// For good or for now.
        class: FailureClass,
        /// HTTP status, or 0.
        status: u16,
        /// Error code.
        code: String,
    }
    /// No usable answer came: it may or may not be done.
    54 v 1 WriteOutcomeUnknown {
        /// The step.
        step: StepKey,
        /// Short stable name of what happened.
        code: String,
    }
    /// An unknown outcome was looked up. Payload: what was found.
    55 v 1 WriteOutcomeResolved {
        /// The step.
        step: StepKey,
        /// It is done.
        landed: bool,
        /// The object made or changed.
        object: Option<DestinationId>,
        /// How it was found out.
        evidence: String,
    }
    /// All steps of a record's draft are done.
    56 v 1 RecordWritten {
        /// The draft.
        draft: Digest,
        /// The object in Intercom.
        object: Option<DestinationId>,
        /// The object was there before the migration.
        adopted: bool,
    }
    /// A person settled whether a request was carried out.
    57 v 1 WriteOutcomeDecided {
        /// The step.
        step: StepKey,
        /// It is done.
        landed: bool,
        /// The object made or changed.
        object: Option<DestinationId>,
        /// Who said so.
        by: String,
    }
    /// An object was read back and equals the draft.
    60 v 1 FieldsVerified {
        /// The draft.
        draft: Digest,
        /// Fields compared.
        fields: u32,
        /// Fields that differ as declared, by name of the loss.
        declared: Counts,
        /// Digest of what was compared.
        compared: Digest,
    }
    /// An object was read back and differs. Payload: each field with both sides.
    61 v 1 FieldsDiffered {
        /// The draft.
        draft: Digest,
        /// Fields compared.
        fields: u32,
        /// Fields that differ undeclared.
        undeclared: Vec<String>,
        /// Fields that differ as declared, by name of the loss.
        declared: Counts,
        /// Digest of what was compared.
        compared: Digest,
    }
    /// A delta compared records and found them unchanged.
    62 v 1 ComparedUnchanged {
        /// Records.
        records: u64,
        /// Digest over their keys and content hashes in reading order.
        root: Digest,
    }
    /// An object was changed in Intercom since our last write. Payload: the differences.
    63 v 1 DriftFound {
        /// The object.
        object: DestinationId,
        /// What differs.
        fields: Vec<String>,
    }
    /// A phase's counts close.
    70 v 1 GatePassed {
        /// The phase.
        phase: Phase,
        /// Counts by disposition.
        counts: Counts,
    }
    /// A phase's counts do not close.
    71 v 1 GateFailed {
        /// The phase.
        phase: Phase,
        /// Counts by disposition.
        counts: Counts,
    }
    /// A rollback was planned.
    80 v 1 RollbackPlanned {
        /// Digest over every planned item.
        plan: Digest,
        /// Which slice: `all`, `run …`, `since …`, `phase …`, `only …`, `tag …`.
        slice: String,
        /// Items by what will be done.
        counts: Counts,
    }
    /// An undo is about to be sent.
    81 v 2 UndoStarted {
        /// The step that is undone.
        step: StepKey,
        /// The effect that is undone: the event that landed it; none: all of the step.
        effect: Option<Position>,
        /// Row of the operation table that undoes it.
        operation: String,
        /// Object it is addressed to.
        object: DestinationId,
        /// Attempt, from 1.
        attempt: u32,
    }
    /// The undo is done, or what it would undo is gone already.
    82 v 2 UndoSucceeded {
        /// The step that is undone.
        step: StepKey,
        /// The effect that is undone; none: all of the step.
        effect: Option<Position>,
        /// The record has no object in Intercom any more.
        ends: bool,
        /// Fields that are not as they were before, because somebody changed them since or nothing
        /// can set them. The payload has both values.
        kept: Vec<String>,
        /// It was gone already.
        already_gone: bool,
    }
    /// The undo failed: a person must look.
    83 v 2 UndoFailed {
        /// The step.
        step: StepKey,
        /// The effect; none: all of the step.
        effect: Option<Position>,
        /// HTTP status, or 0.
        status: u16,
        /// Error code.
        code: String,
        /// For good or for now.
        class: FailureClass,
    }
    /// The object stays, because people have touched it since. Payload: the differences.
    84 v 2 UndoKept {
        /// The step that is not undone.
        step: StepKey,
        /// The effect; none: all of the step.
        effect: Option<Position>,
        /// The object.
        object: DestinationId,
        /// What was touched.
        touched: Vec<String>,
    }
    /// The step cannot be undone.
    85 v 2 UndoImpossible {
        /// The step.
        step: StepKey,
        /// The effect; none: all of the step.
        effect: Option<Position>,
        /// The object.
        object: Option<DestinationId>,
        /// Why.
        reason: String,
    }
    /// What is left in Intercom after a rollback. Payload: every item.
    86 v 1 ResidueCertified {
        /// The rollback plan.
        plan: Digest,
        /// Items by kind of residue.
        counts: Counts,
    }
    /// The workspace was tried with a contact of our own.
    89 v 1 WorkspaceProbed {
        /// What it does, by name of the probe, in short stable words.
        probes: BTreeMap<String, String>,
    }
    /// A person says that a hand-off item is done.
    90 v 1 HandoffAttested {
        /// The item.
        item: String,
        /// Who.
        by: String,
    }
    /// A hand-off item was read back from Intercom.
    91 v 1 HandoffObserved {
        /// The item.
        item: String,
        /// Whether it is as it should be.
        found: bool,
    }
    /// The payload of an event was erased.
    92 v 1 PayloadErased {
        /// The event.
        position: Position,
        /// Why.
        reason: String,
    }
    /// The tree was sealed by a signed checkpoint.
    93 v 1 CheckpointSealed {
        /// Number of events sealed.
        size: u64,
        /// Root of the tree.
        root: TreeHash,
    }
}
