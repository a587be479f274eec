//! ITCO's words for states and priorities, from `rules.toml`, the manifest and the customer's
//! decisions.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::model::record::ConversationState;
use crate::source::bundle::states::{StateWords, fold, unknown as leads_nowhere};
use crate::source::bundle::survey::Bundle;
use crate::source::contract::{Reading, SourceError};

/// Default rules.
pub const RULES: &str = include_str!("rules.toml");

type ByLanguage = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct Rules {
    synonyms: BTreeMap<String, BTreeMap<String, String>>,
    priority: ByLanguage,
    article: BTreeMap<String, ByLanguage>,
}

/// A word as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// What it means.
    pub means: T,
    /// The template's own word, if another one was used.
    pub read_as: Option<String>,
}

/// What ITCO's words mean.
#[derive(Clone, Debug, Default)]
pub struct Words {
    states: StateWords,
    status: HashMap<String, String>,
    priority: HashMap<String, String>,
    published: HashMap<String, bool>,
}

impl Words {
    /// From the default rules, then the manifest, then the decisions.
    ///
    /// # Errors
    /// If the rules are no TOML of the known form, or a map leads to an unknown word.
    pub fn new(reading: &Reading, bundle: &Bundle) -> Result<Self, SourceError> {
        let mut words = Self::from_rules(RULES)?;
        words.states = words.states.with_maps("tickets.status", reading, bundle)?;
        for maps in [&bundle.manifest.values, &reading.value_maps] {
            words.map(maps)?;
        }
        Ok(words)
    }

    fn from_rules(text: &str) -> Result<Self, SourceError> {
        let invalid = |error: toml::de::Error| SourceError::Rules {
            source_name: "itco",
            reason: error.message().to_owned(),
        };
        let rules: Rules = toml::from_str(text).map_err(invalid)?;
        let states = StateWords::of_rules("itco", text)?;
        let mut words = Self { states, ..Self::default() };
        for word in rules.priority.values().flatten() {
            words.priority.insert(fold(word), word.clone());
        }
        for (kind, pairs) in &rules.synonyms {
            for (word, own) in pairs {
                let known = match kind.as_str() {
                    "status" => words.states.state(own).is_some(),
                    _ => words.priority.contains_key(&fold(own)),
                };
                if !known {
                    return Err(unknown(kind, own));
                }
                let synonyms =
                    if kind == "status" { &mut words.status } else { &mut words.priority };
                synonyms.insert(fold(word), own.clone());
            }
        }
        for (status, languages) in &rules.article {
            for word in languages.values().flatten() {
                words.published.insert(fold(word), status == "published");
            }
        }
        Ok(words)
    }

    fn map(
        &mut self,
        maps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<(), SourceError> {
        for theirs in maps.get("tickets.status").into_iter().flat_map(BTreeMap::keys) {
            // Somebody said what it means: no synonym any more.
            self.status.remove(&fold(theirs));
        }
        for (theirs, ours) in maps.get("tickets.priority").into_iter().flatten() {
            let own = self.priority.get(&fold(ours)).cloned();
            let own = own.ok_or_else(|| unknown("tickets.priority", ours))?;
            self.priority.insert(fold(theirs), own);
        }
        for (theirs, ours) in maps.get("kb_articles.status").into_iter().flatten() {
            let published = self.published(ours);
            let published = published.ok_or_else(|| unknown("kb_articles.status", ours))?;
            self.published.insert(fold(theirs), published);
        }
        Ok(())
    }

    /// The state of a ticket, if its word is known.
    pub fn status(&self, word: &str) -> Option<Known<ConversationState>> {
        let means = self.states.state(word)?;
        Some(Known { means, read_as: self.status.get(&fold(word)).cloned() })
    }

    /// The template's word for a priority, if the word is known.
    pub fn priority(&self, word: &str) -> Option<Known<String>> {
        let folded = fold(word);
        let means = self.priority.get(&folded)?.clone();
        let read_as = (fold(&means) != folded).then(|| means.clone());
        Some(Known { means, read_as })
    }

    /// Whether an article is published, if its word is known.
    pub fn published(&self, word: &str) -> Option<bool> {
        self.published.get(&fold(word)).copied()
    }
}

fn unknown(map: &str, word: &str) -> SourceError {
    leads_nowhere("itco", map, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_and_synonyms() {
        let words = Words::from_rules(RULES).unwrap();
        use ConversationState::{Closed, Open, Snoozed};
        for (word, expected) in [
            ("open", Some((Open, None))),
            ("Pending", Some((Snoozed, None))),
            ("resolved", Some((Closed, None))),
            ("CLOSED", Some((Closed, None))),
            ("new", Some((Open, Some("open")))),
            ("In Progress", Some((Open, Some("open")))),
            ("on hold", Some((Snoozed, Some("pending")))),
            ("waiting", Some((Snoozed, Some("pending")))),
            ("solved", Some((Closed, Some("resolved")))),
            ("done", Some((Closed, Some("resolved")))),
            ("completed", Some((Closed, Some("resolved")))),
            ("escalated", None),
        ] {
            let expected =
                expected.map(|(means, own)| Known { means, read_as: own.map(str::to_owned) });
            assert_eq!(words.status(word), expected, "{word}");
        }
        for (word, means, synonym) in [
            ("Urgent", "urgent", false),
            ("P1", "urgent", true),
            ("p2", "high", true),
            ("P3", "medium", true),
            ("P4", "low", true),
            ("critical", "urgent", true),
            ("normal", "medium", true),
            ("minor", "low", true),
        ] {
            let known = words.priority(word).unwrap();
            assert_eq!((known.means.as_str(), known.read_as.is_some()), (means, synonym), "{word}");
        }
        assert_eq!(words.priority("soon"), None);
        assert_eq!((words.published("Draft"), words.published("?")), (Some(false), None));
    }

    #[test]
    fn a_synonym_has_the_state_of_its_word() {
        let words = Words::from_rules(RULES).unwrap();
        for (word, own) in &words.status {
            assert_eq!(words.states.state(word), words.states.state(own), "{word}");
        }
    }
}
