//! A map, proposed, with what speaks for and against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::{AttributeType, Holder, Mapping};
use super::rule_text::Remarks;

/// How sure a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess, or nothing to go by.
    Low,
    /// Likely; worth a look.
    Medium,
    /// As the source or the workspace says.
    High,
}

impl Confidence {
    /// The word in remarks.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Why something is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What it is about: `status.<word>`, `field.<object.field>`, `teammate.<key>` …
    pub about: String,
    /// How sure.
    pub confidence: Confidence,
    /// What it rests on.
    pub evidence: String,
    /// What speaks against it.
    pub against: Vec<String>,
}

/// A field that tickets and customers both have (decision D5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collision {
    /// The field's key.
    pub field: String,
    /// Values on tickets.
    pub on_tickets: Vec<String>,
    /// Values on customers.
    pub on_customers: Vec<String>,
}

/// A map, proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The map.
    pub mapping: Mapping,
    /// Why it says what it says, and what it leaves open.
    pub remarks: Vec<Remark>,
    /// Fields that tickets and customers both have.
    pub collisions: Vec<Collision>,
}

/// Somebody or something of the workspace, by id and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// An attribute that the workspace has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAttribute {
    /// What has it.
    pub holder: Holder,
    /// Name.
    pub name: String,
    /// Type, if it is one of ours.
    pub data_type: Option<AttributeType>,
}

/// A state of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketState {
    /// Id.
    pub id: String,
    /// `submitted`, `in_progress`, `waiting_on_customer` or `resolved`.
    pub category: String,
}

/// A help centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpCenter {
    /// Id.
    pub id: String,
    /// Addresses below which it answers.
    pub bases: Vec<String>,
}

/// What the workspace offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Admins.
    pub admins: Vec<Listed>,
    /// Teams.
    pub teams: Vec<Listed>,
    /// Names of tags.
    pub tags: Vec<String>,
    /// Attributes.
    pub attributes: Vec<ListedAttribute>,
    /// States of tickets.
    pub ticket_states: Vec<TicketState>,
    /// Help centres, the default one first.
    pub help_centers: Vec<HelpCenter>,
}

impl Proposal {
    /// The map as `mapping.toml` with the remarks as comments.
    pub fn to_toml(&self) -> String {
        let mut remarks = Remarks::new();
        for remark in &self.remarks {
            let lines = remarks.entry(remark.about.clone()).or_default();
            lines.push(format!("{}: {}", remark.confidence.word(), remark.evidence));
            lines.extend(remark.against.iter().map(|against| format!("  but: {against}")));
        }
        self.mapping.to_toml(&remarks)
    }
}

/// Collects a map and its remarks.
pub(super) struct Proposer {
    pub(super) mapping: Mapping,
    pub(super) remarks: Vec<Remark>,
}

impl Proposer {
    pub(super) fn remark(
        &mut self,
        about: String,
        confidence: Confidence,
        evidence: String,
        against: Vec<String>,
    ) {
        self.remarks.push(Remark { about, confidence, evidence, against });
    }
}

/// Values of a field with counts, the most frequent first.
pub(super) fn frequent(values: &BTreeMap<String, u64>, most: usize) -> Vec<String> {
    let mut sorted: Vec<_> = values.iter().collect();
    sorted.sort_by_key(|(value, count)| (std::cmp::Reverse(**count), *value));
    sorted.into_iter().take(most).map(|(value, count)| format!("{value:?} ({count})")).collect()
}
