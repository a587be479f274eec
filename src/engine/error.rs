//! What can stop a stage.

use crate::ledger::{LedgerError, ProjectionError};
use crate::mapping::MappingError;
use crate::mapping::need::{Need, NeedKind};
use crate::model::event::Phase;
use crate::model::{CanonicalJsonError, DestinationId, SourceKey, StepKey};
use crate::source::SourceError;

/// Why a stage stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The export.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The map.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A projection's row.
    #[error(transparent)]
    Row(#[from] ProjectionError),
    /// A key.
    #[error(transparent)]
    Key(#[from] crate::model::id::IdError),
    /// A value without canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalJsonError),
    /// What is stored is not what it should be.
    #[error("{what} of {key} cannot be read: {reason}")]
    Stored {
        /// Draft, record, request.
        what: &'static str,
        /// Whose.
        key: String,
        /// Why.
        reason: String,
    },
    /// The bytes that an undo or update needs are erased.
    #[error("the bytes of {0} are erased")]
    Erased(SourceKey),
    /// Work on another thread was cut short.
    #[error("work was cut short while {0}")]
    Interrupted(&'static str),
    /// The ledger took an event and did not say where it stands.
    #[error("the ledger does not say where an event stands")]
    NothingAppended,
    /// A file could not be written.
    #[error("cannot write: {0}")]
    Output(String),
    /// No map is confirmed.
    #[error("no mapping is confirmed")]
    NotConfirmed,
    /// The map has changed since it was confirmed, or the source holds what it does not know.
    #[error("the mapping does not fit: {}", .0.join("; "))]
    MappingDrift(Vec<String>),
    /// Decisions without a default are open.
    #[error("decisions are open: {}", .0.join(", "))]
    DecisionsOpen(Vec<String>),
    /// The export has findings that must be settled first.
    #[error("the last reading has {0} findings that must be settled first")]
    FindingsBlock(u64),
    /// There is no plan.
    #[error("there is no plan")]
    NoPlan,
    /// The plan does not fit what the ledger holds now.
    #[error("the plan is out of date: {0}")]
    PlanStale(String),
    /// The plan is not approved.
    #[error("the plan {0} is not approved")]
    NotApproved(String),
    /// A phase's counts do not close.
    #[error("phase {} does not close: {waiting} records wait", .phase.word())]
    Gate {
        /// The phase.
        phase: Phase,
        /// Records that wait.
        waiting: u64,
    },
    /// Types of custom objects are not there.
    #[error("Intercom lacks {}", .0.join(", "))]
    TypesMissing(Vec<String>),
    /// Things are not there that only people can make.
    #[error("Intercom lacks {}", .0.join(", "))]
    NeedsMissing(Vec<String>),
    /// The canary found out that something would not move as decided.
    #[error("the workspace does not take it as decided: {0}")]
    Unfit(String),
    /// Nothing has this key.
    #[error("the ledger has no record {0}")]
    UnknownKey(String),
    /// Intercom refuses the token, a scope or the plan.
    #[error("Intercom refuses: {code} ({operation})")]
    Refused {
        /// Its code.
        code: String,
        /// What was asked.
        operation: String,
    },
    /// Intercom cannot be reached.
    #[error("Intercom cannot be reached: {code} ({operation})")]
    Unreachable {
        /// What happened.
        code: String,
        /// What was asked.
        operation: String,
    },
    /// Nothing of a record waits for a person to say whether it landed.
    #[error("nothing of {0} waits for a verdict")]
    NothingOpen(SourceKey),
    /// Several steps of a record wait: one has to be named.
    #[error("several steps of {key} wait for a verdict: {steps}")]
    SeveralOpen {
        /// The record.
        key: SourceKey,
        /// The steps.
        steps: String,
    },
    /// A verdict needs the id of the object that landed.
    #[error("step {0} made an object: its id is needed")]
    NeedsId(StepKey),
    /// Another record became that object already.
    #[error("{object} is what {owner} became")]
    ObjectTaken {
        /// The object.
        object: DestinationId,
        /// The record that owns it.
        owner: SourceKey,
    },
    /// A request that may notify somebody needs a waiver.
    #[error("{0} may notify somebody and no waiver allows it")]
    NeedsWaiver(String),
    /// Intercom does not say which workspace the token opens.
    #[error("Intercom does not say which workspace the token opens")]
    WorkspaceUnnamed,
    /// The token opens another workspace than the ledger's.
    #[error("the ledger belongs to the workspace {ours}, the token opens {now}; nothing was sent")]
    WorkspaceOther {
        /// The ledger's.
        ours: String,
        /// The token's.
        now: String,
    },
    /// The ledger was written before workspaces were recorded, and this one holds nothing of it.
    #[error(
        "the workspace holds none of the objects that this ledger made, of which {looked} \
         were looked for; nothing was sent"
    )]
    WorkspaceStrange {
        /// Objects that were looked for.
        looked: usize,
    },
    /// Another project writes this workspace.
    #[error("the workspace is claimed by project {project}; nothing was sent")]
    ClaimOther {
        /// Its short id.
        project: String,
    },
    /// The claim is of a longer ledger: this one is an older copy.
    #[error(
        "the workspace was written by a newer copy of this ledger ({size} events, here are \
         {head}); nothing was sent"
    )]
    ClaimAhead {
        /// Events of the ledger that wrote it.
        size: u64,
        /// Events of this one.
        head: u64,
    },
    /// The claim was set by another copy of this ledger.
    #[error(
        "the workspace was written by another copy of this ledger, when that had {size} events; \
         nothing was sent"
    )]
    ClaimForked {
        /// Events of the other copy.
        size: u64,
    },
    /// The claim that this ledger set is not there.
    #[error("the claim that this ledger set is gone from the workspace")]
    ClaimGone,
    /// Intercom refuses the tag of the claim.
    #[error("Intercom refuses the claim: {0}")]
    ClaimRefused(String),
    /// A reading did not end: what it had not read yet would be missing.
    #[error("the reading of {place} did not end; `{command}` goes on with it")]
    ReadingCutOff {
        /// Where it read.
        place: String,
        /// The command that goes on.
        command: String,
    },
    /// Nothing was read to its end yet.
    #[error("no export was read to its end yet")]
    NothingRead,
    /// Something could not be read from Intercom.
    #[error(transparent)]
    Destination(#[from] crate::destination::DestinationError),
    /// The stage was asked to stop.
    #[error("stopped on request")]
    Stopped,
}

impl EngineError {
    /// What only people can make is not there; not empty.
    pub fn missing(needs: &[Need]) -> Self {
        let mut labels: Vec<String> = needs.iter().map(Need::label).collect();
        labels.sort();
        labels.dedup();
        if needs.iter().all(|need| need.kind == NeedKind::ObjectType) {
            return Self::TypesMissing(labels);
        }
        Self::NeedsMissing(labels)
    }

    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Mapping(error) => error.code(),
            Self::Row(_) => "projection_row",
            Self::Key(_) => "source_key",
            Self::Canonical(_) => "canonical_json",
            Self::Stored { .. } => "stored_unreadable",
            Self::Erased(_) => "payload_erased",
            Self::NothingAppended => "nothing_appended",
            Self::Interrupted(_) => "interrupted",
            Self::Output(_) => "output",
            Self::NotConfirmed => "mapping_not_confirmed",
            Self::MappingDrift(_) => "mapping_drift",
            Self::DecisionsOpen(_) => "decisions_open",
            Self::FindingsBlock(_) => "findings_block",
            Self::NoPlan => "no_plan",
            Self::PlanStale(_) => "plan_stale",
            Self::NotApproved(_) => "plan_not_approved",
            Self::Gate { .. } => "gate_failed",
            Self::TypesMissing(_) => "object_types_missing",
            Self::NeedsMissing(_) => "needs_missing",
            Self::Unfit(_) => "workspace_unfit",
            Self::UnknownKey(_) => "unknown_key",
            Self::Refused { .. } => "intercom_refuses",
            Self::Unreachable { .. } => "intercom_unreachable",
            Self::NothingOpen(_) => "nothing_open",
            Self::SeveralOpen { .. } => "several_open",
            Self::NeedsId(_) => "needs_id",
            Self::ObjectTaken { .. } => "object_taken",
            Self::NeedsWaiver(_) => "needs_waiver",
            Self::WorkspaceUnnamed => "workspace_unnamed",
            Self::WorkspaceOther { .. } => "workspace_other",
            Self::WorkspaceStrange { .. } => "workspace_strange",
            Self::ClaimOther { .. } => "claim_other",
            Self::ClaimAhead { .. } => "claim_ahead",
            Self::ClaimForked { .. } => "claim_forked",
            Self::ClaimGone => "claim_gone",
            Self::ClaimRefused(_) => "claim_refused",
            Self::ReadingCutOff { .. } => "reading_cut_off",
            Self::NothingRead => "nothing_read",
            Self::Destination(error) => error.code(),
            Self::Stopped => "stopped",
        }
    }
}
