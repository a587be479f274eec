//! Words of a source and what they mean, compared without regard to case and form.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::model::record::ConversationState;

/// Words by language.
pub type ByLanguage = BTreeMap<String, Vec<String>>;

/// A word as it is compared.
pub fn fold(word: &str) -> String {
    word.trim().nfkc().collect::<String>().to_lowercase()
}

/// The state that one of our own words names.
pub fn state_word(word: &str) -> Option<ConversationState> {
    match word {
        "open" => Some(ConversationState::Open),
        "snoozed" => Some(ConversationState::Snoozed),
        "closed" => Some(ConversationState::Closed),
        _ => None,
    }
}

/// What words mean.
#[derive(Clone, Debug)]
pub struct WordMap<T>(HashMap<String, T>);

impl<T> Default for WordMap<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> WordMap<T> {
    /// Learns a word; the last meaning counts.
    pub fn learn(&mut self, word: &str, meaning: T) {
        self.0.insert(fold(word), meaning);
    }

    /// Learns the words of all languages.
    pub fn learn_all(&mut self, languages: &ByLanguage, meaning: &T) {
        for word in languages.values().flatten() {
            self.learn(word, meaning.clone());
        }
    }

    /// What a word means, if it is known.
    pub fn get(&self, word: &str) -> Option<&T> {
        self.0.get(&fold(word))
    }
}
