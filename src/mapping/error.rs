//! What can go wrong in this room: with the files people write, never with a record (a record
//! that cannot be mapped is queued).

use crate::model::CanonicalJsonError;

/// Why a map, a decision or a draft cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The text is not TOML, or not of the right shape.
    #[error("{file} cannot be read: {cause}")]
    Toml {
        /// Which file.
        file: &'static str,
        /// What the parser says, with the line.
        cause: Box<toml::de::Error>,
    },
    /// Rules contradict each other or what Intercom takes.
    #[error("mapping.toml: {}", .0.join("; "))]
    Rules(Vec<String>),
    /// There is no such decision.
    #[error("no decision has the id {0:?}")]
    UnknownDecision(String),
    /// The decision has no such option, or its value is not of the right kind.
    #[error("decision {id}: {given:?} is not one of {options}")]
    Option {
        /// The decision.
        id: &'static str,
        /// What was given.
        given: String,
        /// What may be given.
        options: String,
    },
    /// The value behind the option's word is none that can be used.
    #[error("decision {id}: {given:?} cannot be used: {what}")]
    Answer {
        /// The decision.
        id: &'static str,
        /// What was given.
        given: String,
        /// What is wrong with it, and what may be given.
        what: String,
    },
    /// A decision without default was not taken.
    #[error("decision {0} is open")]
    Open(&'static str),
    /// A value has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalJsonError),
}

impl MappingError {
    /// A short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Toml { .. } => "mapping_unreadable",
            Self::Rules(_) => "mapping_contradictory",
            Self::UnknownDecision(_) => "decision_unknown",
            Self::Option { .. } => "decision_option",
            Self::Answer { .. } => "decision_answer",
            Self::Open(_) => "decisions_open",
            Self::Canonical(_) => "no_canonical_form",
        }
    }
}
