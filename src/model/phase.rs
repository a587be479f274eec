//! The phases of an application.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Order in which objects are written (DESIGN §5).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Attributes, ticket types, tags.
    Schema,
    /// Companies.
    Companies,
    /// Contacts, their links, tags and notes.
    Contacts,
    /// Conversations and tickets.
    Conversations,
    /// Custom objects and references to them.
    Objects,
    /// Collections and articles.
    Articles,
    /// What only people can do.
    Handoff,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 7] = [
        Self::Schema,
        Self::Companies,
        Self::Contacts,
        Self::Conversations,
        Self::Objects,
        Self::Articles,
        Self::Handoff,
    ];

    /// The word for the phase in files and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Companies => "companies",
            Self::Contacts => "contacts",
            Self::Conversations => "conversations",
            Self::Objects => "objects",
            Self::Articles => "articles",
            Self::Handoff => "handoff",
        }
    }

    /// The phase of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.word() == word)
    }
}
