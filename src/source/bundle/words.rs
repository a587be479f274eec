//! Words of a source and what they mean, compared without regard to case and form.

use std::collections::{BTreeMap, HashMap};

use super::states::fold;

/// Words by language.
pub type ByLanguage = BTreeMap<String, Vec<String>>;

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
