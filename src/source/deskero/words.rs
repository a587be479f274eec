//! Deskero's words for states, from `rules.toml`, the manifest and the customer's decisions.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::model::record::ConversationState;
use crate::source::bundle::states::{StateWords, fold, unknown};
use crate::source::bundle::survey::Bundle;
use crate::source::contract::{Reading, SourceError};

/// Default rules.
pub const RULES: &str = include_str!("rules.toml");

/// Words by language.
type ByLanguage = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct Rules {
    article: BTreeMap<String, ByLanguage>,
    visibility: ByLanguage,
}

/// What Deskero's words mean.
#[derive(Clone, Debug, Default)]
pub struct Words {
    status: StateWords,
    published: HashMap<String, bool>,
    public: HashMap<String, bool>,
}

impl Words {
    /// From the default rules, then the manifest, then the decisions.
    ///
    /// # Errors
    /// If the rules are no TOML of the known form, or a map leads to an unknown word.
    pub fn new(reading: &Reading, bundle: &Bundle) -> Result<Self, SourceError> {
        let mut words = Self::from_rules(RULES)?;
        words.status = words.status.with_maps("tickets.status", reading, bundle)?;
        for maps in [&bundle.manifest.values, &reading.value_maps] {
            for (theirs, ours) in maps.get("kb_articles.status").into_iter().flatten() {
                let published = words.published(ours);
                let published =
                    published.ok_or_else(|| unknown("deskero", "kb_articles.status", ours))?;
                words.published.insert(fold(theirs), published);
            }
            for (theirs, ours) in maps.get("kb_articles.visibility").into_iter().flatten() {
                let public = words.is_public(ours);
                words.public.insert(fold(theirs), public);
            }
        }
        Ok(words)
    }

    fn from_rules(text: &str) -> Result<Self, SourceError> {
        let invalid = |error: toml::de::Error| SourceError::Rules {
            source_name: "deskero",
            reason: error.message().to_owned(),
        };
        let rules: Rules = toml::from_str(text).map_err(invalid)?;
        let status = StateWords::of_rules("deskero", text)?;
        let mut words = Self { status, ..Self::default() };
        for (status, languages) in &rules.article {
            for word in languages.values().flatten() {
                words.published.insert(fold(word), status == "published");
            }
        }
        for word in rules.visibility.values().flatten() {
            words.public.insert(fold(word), true);
        }
        Ok(words)
    }

    /// The state of a ticket, if its word is known.
    pub fn status(&self, word: &str) -> Option<ConversationState> {
        self.status.state(word)
    }

    /// Whether an article is published, if its word is known.
    pub fn published(&self, word: &str) -> Option<bool> {
        self.published.get(&fold(word)).copied()
    }

    /// Whether everybody may read an article.
    pub fn is_public(&self, word: &str) -> bool {
        self.public.get(&fold(word)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_and_proposed_words() {
        let words = Words::from_rules(RULES).unwrap();
        for (word, state) in [
            ("opened", Some(ConversationState::Open)),
            ("Aperto", Some(ConversationState::Open)),
            ("abierto", Some(ConversationState::Open)),
            ("À traiter", Some(ConversationState::Open)),
            ("on hold", Some(ConversationState::Snoozed)),
            ("in attesa", Some(ConversationState::Snoozed)),
            ("en espera", Some(ConversationState::Snoozed)),
            ("en attente", Some(ConversationState::Snoozed)),
            ("solved", Some(ConversationState::Closed)),
            (" RISOLTO ", Some(ConversationState::Closed)),
            ("cerrado", Some(ConversationState::Closed)),
            ("clos", Some(ConversationState::Closed)),
            ("escalated", None),
        ] {
            assert_eq!(words.status(word), state, "{word}");
        }
        assert_eq!(words.published("true"), Some(true));
        assert_eq!(words.published("bozza"), Some(false));
        assert!(words.is_public("ALL") && !words.is_public("AGENTS"));
    }
}
