//! Infraon Desk's words, from `rules.toml`, the manifest and the customer's decisions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::layout::SYSTEM;
use crate::model::record::ConversationState;
use crate::source::bundle::header;
use crate::source::bundle::states::{StateWords, fold, unknown};
use crate::source::bundle::survey::Bundle;
use crate::source::bundle::words::{ByLanguage, WordMap};
use crate::source::contract::{Reading, SourceError};

/// Default rules.
pub const RULES: &str = include_str!("rules.toml");

#[derive(Deserialize)]
struct Rules {
    /// Beginnings of words, with a word whose state they have.
    starts_with: BTreeMap<String, String>,
    numbers: BTreeMap<String, BTreeMap<String, String>>,
    article: BTreeMap<String, ByLanguage>,
    visibility: ByLanguage,
    person: BTreeMap<String, ByLanguage>,
    ci: CiRules,
}

#[derive(Deserialize)]
struct CiRules {
    types: Vec<String>,
}

/// What Infraon Desk's words mean.
#[derive(Clone, Debug, Default)]
pub struct Words {
    status: StateWords,
    beginnings: Vec<(String, ConversationState)>,
    /// By column.
    enums: BTreeMap<String, WordMap<String>>,
    published: WordMap<bool>,
    public: WordMap<bool>,
    active: WordMap<bool>,
    ci_types: BTreeSet<String>,
}

impl Words {
    /// From the default rules, then the manifest, then the decisions.
    ///
    /// # Errors
    /// If the rules are no TOML of the known form, or a map leads to an unknown word.
    pub fn new(reading: &Reading, bundle: &Bundle) -> Result<Self, SourceError> {
        let mut words = Self::from_rules(RULES)?;
        words.status = words.status.with_maps("incidents.status", reading, bundle)?;
        for maps in [&bundle.manifest.values, &reading.value_maps] {
            words.learn(maps)?;
        }
        Ok(words)
    }

    fn learn(
        &mut self,
        maps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<(), SourceError> {
        for (column, map) in maps {
            for (theirs, ours) in map {
                let unknown = || unknown(SYSTEM, column, ours);
                match column.as_str() {
                    "incidents.status" => {}
                    "kb_articles.status" => {
                        let published = self.published(ours).ok_or_else(unknown)?;
                        self.published.learn(theirs, published);
                    }
                    "kb_articles.visibility" => {
                        let public = self.is_public(ours);
                        self.public.learn(theirs, public);
                    }
                    "technicians.status" => {
                        let active = self.active(ours).ok_or_else(unknown)?;
                        self.active.learn(theirs, active);
                    }
                    _ => {
                        if let Some(name) = column.strip_prefix("incidents.") {
                            let words = self.enums.entry(name.to_owned()).or_default();
                            words.learn(theirs, ours.clone());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn from_rules(text: &str) -> Result<Self, SourceError> {
        let invalid = |error: toml::de::Error| SourceError::Rules {
            source_name: SYSTEM,
            reason: error.message().to_owned(),
        };
        let rules: Rules = toml::from_str(text).map_err(invalid)?;
        let status = StateWords::of_rules(SYSTEM, text)?;
        let mut words = Self { status, ..Self::default() };
        for (beginning, like) in &rules.starts_with {
            let state = words.status.state(like);
            let state = state.ok_or_else(|| unknown(SYSTEM, "starts_with", like))?;
            words.beginnings.push((fold(beginning), state));
        }
        for (column, numbers) in &rules.numbers {
            let map = words.enums.entry(column.clone()).or_default();
            for (number, word) in numbers {
                map.learn(number, word.clone());
            }
        }
        for (status, languages) in &rules.article {
            words.published.learn_all(languages, &(status == "published"));
        }
        words.public.learn_all(&rules.visibility, &true);
        for (status, languages) in &rules.person {
            words.active.learn_all(languages, &(status == "active"));
        }
        words.ci_types = rules.ci.types.iter().map(|word| header::field_key(word)).collect();
        Ok(words)
    }

    /// The state of an incident, if its word is known.
    pub fn status(&self, word: &str) -> Option<ConversationState> {
        let folded = fold(word);
        let begins = |(beginning, _): &&(String, ConversationState)| {
            let rest = folded.strip_prefix(beginning.as_str());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let known = self.status.state(word);
        known.or_else(|| self.beginnings.iter().find(begins).map(|(_, state)| *state))
    }

    /// The word that a number or another word of a column stands for.
    pub fn word(&self, column: &str, written: &str) -> String {
        let known = self.enums.get(column).and_then(|map| map.get(written));
        known.cloned().unwrap_or_else(|| written.trim().to_owned())
    }

    /// Whether an article is published, if its word is known.
    pub fn published(&self, word: &str) -> Option<bool> {
        self.published.get(word).copied()
    }

    /// Whether everybody may read an article.
    pub fn is_public(&self, word: &str) -> bool {
        self.public.get(word).copied().unwrap_or(false)
    }

    /// Whether somebody may log in, if the word is known.
    pub fn active(&self, word: &str) -> Option<bool> {
        self.active.get(word).copied()
    }

    /// Whether most service desks have this type of configuration item (`ci:router`).
    pub fn is_usual_type(&self, object_type: &str) -> bool {
        object_type.strip_prefix("ci:").is_none_or(|word| self.ci_types.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_words_and_beginnings() {
        let words = Words::from_rules(RULES).unwrap();
        for (word, state) in [
            ("Open", Some(ConversationState::Open)),
            ("New", Some(ConversationState::Open)),
            ("Reopened", Some(ConversationState::Open)),
            (" In Progress ", Some(ConversationState::Open)),
            ("ASSIGNED", Some(ConversationState::Open)),
            ("On Hold", Some(ConversationState::Snoozed)),
            ("Pending", Some(ConversationState::Snoozed)),
            ("Waiting", Some(ConversationState::Snoozed)),
            ("Waiting for vendor", Some(ConversationState::Snoozed)),
            ("Waitinglist", None),
            ("Resolved", Some(ConversationState::Closed)),
            ("Closed", Some(ConversationState::Closed)),
            ("Cancelled", Some(ConversationState::Closed)),
            ("Awaiting CAB", None),
            ("", None),
        ] {
            assert_eq!(words.status(word), state, "{word}");
        }
    }

    #[test]
    fn numbers_stand_for_words() {
        let words = Words::from_rules(RULES).unwrap();
        for (column, written, word) in [
            ("priority", "1", "Critical"),
            ("priority", "5", "Very Low"),
            ("priority", "6", "6"),
            ("urgency", "1", "High"),
            ("impact", "4", "Group"),
            ("severity", "1", "1"),
            ("priority", " High ", "High"),
        ] {
            assert_eq!(words.word(column, written), word, "{column} {written}");
        }
    }

    #[test]
    fn maps_of_the_customer_win() {
        let mut words = Words::from_rules(RULES).unwrap();
        let map = |column: &str, theirs: &str, ours: &str| {
            let pair = BTreeMap::from([(theirs.to_owned(), ours.to_owned())]);
            BTreeMap::from([(column.to_owned(), pair)])
        };
        words.learn(&map("incidents.severity", "1", "Outage")).unwrap();
        words.learn(&map("kb_articles.visibility", "world", "all")).unwrap();
        assert_eq!(words.word("severity", "1"), "Outage");
        assert!(words.is_public("World") && !words.is_public("requesters"));
        assert!(words.learn(&map("kb_articles.status", "Odd", "odder")).is_err());
        assert!(words.learn(&map("technicians.status", "Odd", "odder")).is_err());
    }

    #[test]
    fn types_that_are_usual_and_types_that_are_not() {
        let words = Words::from_rules(RULES).unwrap();
        for (object_type, usual) in [
            ("ci:router", true),
            ("ci:load_balancer", true),
            ("ci:mri_scanner", false),
            ("asset:laptop", true),
            ("problem", true),
        ] {
            assert_eq!(words.is_usual_type(object_type), usual, "{object_type}");
        }
    }
}
