//! How far a change to Intercom can be taken back, and whom it may disturb.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What undoing a write achieves (FACTS §6).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reversibility {
    /// Nothing is left.
    Exact,
    /// The values are as before; traces stay (parts that say an attribute changed).
    Compensating,
    /// The object stays, hidden.
    ArchiveOnly,
    /// Nothing can be done but deleting the parent.
    Irreversible,
}

/// Whether a request may make Intercom notify someone (FACTS §10).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotificationClass {
    /// Notifies nobody.
    Silent,
    /// Would notify, but the request carries the flag that suppresses it.
    SuppressedByFlag,
    /// May notify: needs a waiver by name.
    MayNotify,
}

impl Reversibility {
    /// The word for it in files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Compensating => "compensating",
            Self::ArchiveOnly => "archive_only",
            Self::Irreversible => "irreversible",
        }
    }
}

impl NotificationClass {
    /// The word for it in files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::SuppressedByFlag => "suppressed_by_flag",
            Self::MayNotify => "may_notify",
        }
    }
}
