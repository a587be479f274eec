//! Words for the state of a thread: from a source's `rules.toml`, the manifest and the customer's
//! decisions, the later winning.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::survey::Bundle;
use crate::model::record::ConversationState;
use crate::source::contract::{Reading, SourceError};

#[derive(Deserialize)]
struct Rules {
    source: String,
    status: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What a source's words for states mean.
#[derive(Clone, Debug, Default)]
pub struct StateWords {
    states: HashMap<String, ConversationState>,
}

impl StateWords {
    /// The default words of a source: the table `status` of its rules, by state and language.
    ///
    /// # Errors
    /// If the rules are no TOML of that form.
    pub fn of_rules(source_name: &'static str, text: &str) -> Result<Self, SourceError> {
        let invalid = |reason: String| SourceError::Rules { source_name, reason };
        let rules: Rules =
            toml::from_str(text).map_err(|error| invalid(error.message().to_owned()))?;
        debug_assert_eq!(rules.source, source_name);
        let mut words = Self::default();
        for (state, languages) in &rules.status {
            let state = state_of(state).ok_or_else(|| unknown(source_name, "status", state))?;
            for word in languages.values().flatten() {
                words.states.insert(fold(word), state);
            }
        }
        Ok(words)
    }

    /// With the value maps of one column (`tickets.status`) over the default words.
    ///
    /// # Errors
    /// If a map leads to a word that is neither a state nor one of the known words.
    pub fn with_maps(
        mut self,
        column: &str,
        reading: &Reading,
        bundle: &Bundle,
    ) -> Result<Self, SourceError> {
        for maps in [&bundle.manifest.values, &reading.value_maps] {
            for (theirs, ours) in maps.get(column).into_iter().flatten() {
                let state = state_of(ours).or_else(|| self.state(ours));
                let state = state.ok_or_else(|| unknown(bundle.config.system, column, ours))?;
                self.states.insert(fold(theirs), state);
            }
        }
        Ok(self)
    }

    /// The state, if the word is known.
    pub fn state(&self, word: &str) -> Option<ConversationState> {
        self.states.get(&fold(word)).copied()
    }
}

/// A value map that leads nowhere.
pub fn unknown(source_name: &'static str, map: &str, word: &str) -> SourceError {
    let reason = format!("the value map {map} leads to the unknown word {word:?}");
    SourceError::Rules { source_name, reason }
}

fn state_of(word: &str) -> Option<ConversationState> {
    match word {
        "open" => Some(ConversationState::Open),
        "snoozed" => Some(ConversationState::Snoozed),
        "closed" => Some(ConversationState::Closed),
        _ => None,
    }
}

/// The form in which words are compared: NFKC, trimmed, lower case.
pub fn fold(word: &str) -> String {
    word.trim().nfkc().collect::<String>().to_lowercase()
}
