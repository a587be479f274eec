//! Hesk's numbers and words: states, priorities, channels.

use std::collections::BTreeMap;

use super::text;
use crate::model::record::ConversationState;
use crate::source::contract::{Reading, SourceError};

/// Default rules.
pub const RULES: &str = include_str!("rules.toml");

/// Names of the states that every Hesk has; they stand in its language files, not in a table.
const STATES: [(i64, &str); 6] = [
    (0, "New"),
    (1, "Waiting reply"),
    (2, "Replied"),
    (3, "Resolved"),
    (4, "In Progress"),
    (5, "On Hold"),
];

/// The same in Hesk's other languages, as exports made in them show: a word of one language stands
/// for no other state in another.
const TRANSLATED: [(i64, &[&str]); 6] = [
    (0, &["Nuevo", "Neu", "Nouveau", "Nuovo", "Novo", "Nieuw", "Nowe", "Nowy", "Nov", "Ny"]),
    (
        1,
        &[
            "Esperando respuesta",
            "Wartet auf Antwort",
            "Warten auf Antwort",
            "En attente de réponse",
            "In attesa di risposta",
            "In attesa risposta staff",
            "Aguardando resposta",
            "Wacht op antwoord",
            "Czeka na odpowiedź",
            "Čaka na odgovor",
        ],
    ),
    (
        2,
        &[
            "Respondido",
            "Beantwortet",
            "Répondu",
            "Risposto",
            "Beantwoord",
            "Odpowiedziano",
            "Odgovorjeno",
            "Besvarad",
            "Besvaret",
        ],
    ),
    (
        3,
        &[
            "Resuelto",
            "Gelöst",
            "Erledigt",
            "Résolu",
            "Risolto",
            "Resolvido",
            "Opgelost",
            "Rozwiązane",
            "Rozwiązany",
            "Rešeno",
            "Löst",
            "Løst",
        ],
    ),
    (
        4,
        &[
            "En progreso",
            "En proceso",
            "In Bearbeitung",
            "En cours",
            "In lavorazione",
            "In corso",
            "Em andamento",
            "Em progresso",
            "In behandeling",
            "W trakcie",
            "V obdelavi",
            "Pågående",
            "I gang",
        ],
    ),
    (
        5,
        &[
            "En espera",
            "Zurückgestellt",
            "En attente",
            "In attesa",
            "In attesa cliente",
            "Em espera",
            "In de wacht",
            "Wstrzymane",
            "Na čakanju",
            "Vilande",
            "På vent",
        ],
    ),
];

/// The one state that is closed.
const RESOLVED: i64 = 3;

/// Put aside until something else happens.
const ON_HOLD: i64 = 5;

/// Both columns hold a byte.
const NUMBERS: std::ops::RangeInclusive<i64> = 0..=255;

/// Names of the priorities that every Hesk has.
const PRIORITIES: [(i64, &str); 4] = [(0, "Critical"), (1, "High"), (2, "Medium"), (3, "Low")];

/// What numbers are called here.
#[derive(Clone, Debug, Default)]
pub struct Words {
    states: BTreeMap<i64, String>,
    priorities: BTreeMap<i64, String>,
    decided: BTreeMap<String, ConversationState>,
}

/// A ticket's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The word for it.
    pub word: String,
    /// What it is.
    pub state: ConversationState,
    /// A state of this site that is no longer defined.
    pub removed: bool,
}

impl Words {
    /// The words that every Hesk has, and the customer's decisions.
    ///
    /// # Errors
    /// If a decided word is no state.
    pub fn new(reading: &Reading) -> Result<Self, SourceError> {
        let mut words = Self::default();
        for (id, name) in STATES {
            words.states.insert(id, name.to_owned());
        }
        for (id, name) in PRIORITIES {
            words.priorities.insert(id, name.to_owned());
        }
        for (theirs, ours) in reading.value_maps.get("tickets.status").into_iter().flatten() {
            let state = match ours.as_str() {
                "open" => ConversationState::Open,
                "snoozed" => ConversationState::Snoozed,
                "closed" => ConversationState::Closed,
                _ => {
                    let reason = format!("tickets.status leads to the unknown word {ours:?}");
                    return Err(SourceError::Rules { source_name: "hesk", reason });
                }
            };
            words.decided.insert(theirs.trim().to_lowercase(), state);
        }
        Ok(words)
    }

    /// A state that this site defines.
    pub fn add_state(&mut self, id: i64, json: &str, language: Option<&str>) {
        if let Some(name) = text::by_language(json, language) {
            self.states.insert(id, name);
        }
    }

    /// A priority that this site defines or renames.
    pub fn add_priority(&mut self, id: i64, json: &str, language: Option<&str>) {
        if let Some(name) = text::by_language(json, language) {
            self.priorities.insert(id, name);
        }
    }

    /// A ticket's state. Only one is closed in Hesk, so that any other is open, defined or not.
    pub fn state(&self, id: i64) -> State {
        let (word, removed) = match self.states.get(&id) {
            Some(word) => (word.clone(), false),
            None => (format!("Status {id}"), true),
        };
        let decided = self.decided.get(&word.to_lowercase()).copied();
        let state = decided.unwrap_or(match id {
            RESOLVED => ConversationState::Closed,
            ON_HOLD => ConversationState::Snoozed,
            _ => ConversationState::Open,
        });
        State { word, state, removed }
    }

    /// The state of a word, as an export shows it.
    pub fn state_of(&self, word: &str) -> Option<State> {
        let folded = fold(word);
        let own = self.states.iter().find(|(_, known)| fold(known) == folded).map(|(id, _)| *id);
        let is_same = |known: &&str| fold(known) == folded;
        let translated = || TRANSLATED.iter().find(|(_, words)| words.iter().any(&is_same));
        Some(self.state(own.or_else(|| translated().map(|(id, _)| *id))?))
    }

    /// The words of all numbers that a state may have, removed ones included.
    pub fn all_states(&self) -> Vec<String> {
        NUMBERS.map(|id| self.state(id).word).collect()
    }

    /// The words of all numbers that a priority may have.
    pub fn all_priorities(&self) -> Vec<String> {
        NUMBERS.map(|id| self.priority(id)).collect()
    }

    /// The priority of a word, as an export shows it.
    pub fn priority_of(&self, word: &str) -> Option<String> {
        let folded = fold(word);
        self.priorities.values().find(|known| fold(known) == folded).cloned()
    }

    /// A priority's name.
    pub fn priority(&self, id: i64) -> String {
        self.priorities.get(&id).cloned().unwrap_or_else(|| format!("Priority {id}"))
    }
}

/// Some translations decorate words with asterisks.
fn fold(word: &str) -> String {
    word.trim_matches(|c: char| c == '*' || c.is_whitespace()).to_lowercase()
}

/// How a ticket came in, by `openedby`; `None` if the column says nothing.
pub fn channel(opened_by: i64) -> &'static str {
    match opened_by {
        -1 => "email piping",
        -2 => "email pop3",
        -3 => "email imap",
        0 => "web form",
        _ => "staff",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn one_state_is_closed_and_unknown_ones_are_open() {
        let mut words = Words::new(&Reading::undecided(Timestamp(0))).unwrap();
        words.add_state(7, r#"{"English":"At the supplier"}"#, None);
        for (id, word, state, removed) in [
            (0, "New", ConversationState::Open, false),
            (1, "Waiting reply", ConversationState::Open, false),
            (2, "Replied", ConversationState::Open, false),
            (3, "Resolved", ConversationState::Closed, false),
            (4, "In Progress", ConversationState::Open, false),
            (5, "On Hold", ConversationState::Snoozed, false),
            (7, "At the supplier", ConversationState::Open, false),
            (9, "Status 9", ConversationState::Open, true),
        ] {
            assert_eq!(words.state(id), State { word: word.to_owned(), state, removed });
        }
        assert_eq!(words.state_of("* resolved *").unwrap().state, ConversationState::Closed);
        assert_eq!(words.state_of("nothing"), None);
        assert_eq!(words.state_of("*opgelost*").unwrap().word, "Resolved");
        let all: Vec<String> =
            TRANSLATED.iter().flat_map(|(_, words)| words.iter().map(|word| fold(word))).collect();
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "a word of two states");
    }

    #[test]
    fn a_preset_priority_keeps_its_name_unless_it_was_renamed() {
        let mut words = Words::new(&Reading::undecided(Timestamp(0))).unwrap();
        words.add_priority(0, r#"{"English":"NULL"}"#, None);
        words.add_priority(1, r#"{"English":"Soon"}"#, None);
        words.add_priority(4, r#"{"English":"Someday"}"#, None);
        let names: Vec<String> = [0, 1, 4, 5].iter().map(|id| words.priority(*id)).collect();
        assert_eq!(names, ["Critical", "Soon", "Someday", "Priority 5"]);
        assert_eq!(words.priority_of("*soon*").as_deref(), Some("Soon"));
        assert_eq!(words.priority_of("none"), None);
    }
}
