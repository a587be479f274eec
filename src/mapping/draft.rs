//! A draft: all that is to be done for one record, with holes for what is not known yet; and what
//! becomes of a record that is given to the map.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::step::{LINK_MARK, Step};
use crate::model::digest::Purpose;
use crate::model::event::Phase;
use crate::model::{Digest, SourceKey, canonical_json};

use super::error::MappingError;
use super::loss::LossName;

/// What a record becomes in Intercom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the object of that name in Intercom")]
pub enum Becomes {
    Tag,
    DataAttribute,
    ConversationAttribute,
    Company,
    Contact,
    Lead,
    Conversation,
    Collection,
    Article,
    InternalArticle,
    TicketType,
    Ticket,
    Object,
    Relation,
}

impl Becomes {
    /// Whether it is an attribute, which others need to be there.
    pub fn is_attribute(self) -> bool {
        matches!(self, Self::DataAttribute | Self::ConversationAttribute)
    }

    /// The phase that writes it.
    pub fn phase(self) -> Phase {
        match self {
            Self::Tag | Self::DataAttribute | Self::ConversationAttribute | Self::TicketType => {
                Phase::Schema
            }
            Self::Company => Phase::Companies,
            Self::Contact | Self::Lead => Phase::Contacts,
            Self::Conversation | Self::Ticket => Phase::Conversations,
            Self::Object | Self::Relation => Phase::Objects,
            Self::Collection | Self::Article | Self::InternalArticle => Phase::Articles,
        }
    }
}

/// Something that a person has to move or look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HandOff {
    /// The document that lists it.
    pub document: String,
    /// The record it concerns.
    pub subject: SourceKey,
    /// What is to be done or known.
    pub text: String,
}

/// All that is to be done for one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The record; derived records have the system `deskledger`.
    pub key: SourceKey,
    /// Phase that writes it.
    pub phase: Phase,
    /// What it becomes.
    pub becomes: Becomes,
    /// Requests, in the order they are made.
    pub steps: Vec<Step>,
    /// Declared losses.
    pub losses: BTreeMap<LossName, u64>,
    /// Records that this draft carries besides its own.
    pub carries: Vec<SourceKey>,
    /// What people have to do besides.
    pub hand_off: Vec<HandOff>,
    /// Types of the attributes of a custom object, in the words of the sheet by which people make
    /// its type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, String>,
}

impl Draft {
    /// A draft with these steps and nothing else.
    pub fn new(key: SourceKey, becomes: Becomes, steps: Vec<Step>) -> Self {
        Self {
            key,
            phase: becomes.phase(),
            becomes,
            steps,
            losses: BTreeMap::new(),
            carries: Vec::new(),
            hand_off: Vec::new(),
            types: BTreeMap::new(),
        }
    }

    /// Digest of the canonical form.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn digest(&self) -> Result<Digest, MappingError> {
        Ok(Digest::of(Purpose::Draft, &canonical_json(self)?))
    }

    /// Requests needed if nothing is written yet.
    pub fn requests(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// Requests by operation if nothing is written yet.
    pub fn operations(&self) -> BTreeMap<Operation, u64> {
        let mut counts = BTreeMap::new();
        for step in &self.steps {
            *counts.entry(step.operation).or_default() += 1;
        }
        counts
    }

    /// Losses by word, the form events carry.
    pub fn loss_counts(&self) -> BTreeMap<String, u64> {
        self.losses.iter().map(|(name, count)| (name.word().to_owned(), *count)).collect()
    }

    /// Records that must have become an object before all steps can be sent.
    pub fn references(&self) -> BTreeSet<SourceKey> {
        self.steps.iter().flat_map(references).filter(|key| *key != self.key).collect()
    }
}

/// Records whose objects' ids or addresses a step needs.
pub fn references(step: &Step) -> BTreeSet<SourceKey> {
    let mut found = BTreeSet::new();
    step.path.values().for_each(|value| collect(value, &mut found));
    collect(&step.body, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<SourceKey>) {
    collect_ids(value, found);
    collect_links(value, found);
}

/// Records whose objects' ids a step needs.
pub fn ids_of(step: &Step) -> BTreeSet<SourceKey> {
    let mut found = BTreeSet::new();
    step.path.values().for_each(|value| collect_ids(value, &mut found));
    collect_ids(&step.body, &mut found);
    found
}

/// Records to whose objects the words of a step lead.
pub fn links_of(step: &Step) -> BTreeSet<SourceKey> {
    let mut found = BTreeSet::new();
    collect_links(&step.body, &mut found);
    found
}

fn collect_ids(value: &Value, found: &mut BTreeSet<SourceKey>) {
    match value {
        Value::Object(map) => {
            for hole in ["$id", "$int"] {
                if let Some(Ok(key)) = map.get(hole).and_then(Value::as_str).map(str::parse) {
                    found.insert(key);
                }
            }
            map.values().for_each(|inner| collect_ids(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_ids(inner, found)),
        _ => {}
    }
}

fn collect_links(value: &Value, found: &mut BTreeSet<SourceKey>) {
    match value {
        Value::Object(map) => map.values().for_each(|inner| collect_links(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| collect_links(inner, found)),
        Value::String(text) => {
            for mark in text.split(LINK_MARK).skip(1) {
                if let Some(Ok(key)) = mark.split(';').next().map(str::parse) {
                    found.insert(key);
                }
            }
        }
        _ => {}
    }
}

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is written.
    Draft(Box<Draft>),
    /// It is left out by a rule or a decision.
    Excluded {
        /// The rule.
        rule: String,
    },
    /// It waits for a person.
    Queued {
        /// Short stable name of the reason.
        reason: String,
        /// What would release it.
        release: String,
    },
    /// A person moves it.
    HandedOff {
        /// Document that lists it.
        document: String,
    },
    /// It becomes part of another record's object.
    Merged {
        /// That record.
        into: SourceKey,
        /// Short stable name of the reason.
        reason: String,
    },
}

impl Outcome {
    /// It waits for a person.
    pub fn queued(reason: &str, release: impl Into<String>) -> Self {
        Self::Queued { reason: reason.to_owned(), release: release.into() }
    }

    /// A person moves it.
    pub fn handed_off(document: &str) -> Self {
        Self::HandedOff { document: document.to_owned() }
    }

    /// It becomes part of another record's object.
    pub fn merged(into: SourceKey, reason: &str) -> Self {
        Self::Merged { into, reason: reason.to_owned() }
    }
}

/// What becomes of a record and of what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mapped {
    /// The record.
    pub key: SourceKey,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Messages, files and mentions that belong to it and are not carried by its draft.
    pub parts: Vec<(SourceKey, Outcome)>,
    /// Drafts of objects that no source record stands for (tags, companies from text, contacts
    /// known by e-mail only). The same key always has the same draft.
    pub derived: Vec<Draft>,
}

impl Mapped {
    /// An outcome that concerns nothing but the record itself.
    pub fn only(key: &SourceKey, outcome: Outcome) -> Self {
        Self { key: key.clone(), outcome, parts: Vec::new(), derived: Vec::new() }
    }

    /// The draft, if the record is written.
    pub fn draft(&self) -> Option<&Draft> {
        match &self.outcome {
            Outcome::Draft(draft) => Some(draft),
            _ => None,
        }
    }
}
