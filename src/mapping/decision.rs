//! The customer's decisions: what may be chosen, and what was chosen (`decisions.toml`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use super::decision_kind::{Blocking, Choice, Circumstance, Decision, Value};
use super::decision_list::COMMON;
use super::decision_source::OF_SOURCES;
use super::error::MappingError;

fn read(decision: &Decision, given: &str) -> Result<Answer, MappingError> {
    let (word, value) = match given.split_once(':') {
        Some((word, value)) => (word.trim(), Some(value.trim())),
        None => (given.trim(), None),
    };
    let option = decision.options.iter().find(|option| option.word == word);
    let fits = option.is_some_and(|option| match (option.value, value) {
        (Value::None, None) => true,
        (Value::Number(_), Some(text)) => text.parse::<u32>().is_ok_and(|number| number > 0),
        (Value::Text(_), Some(text)) => !text.is_empty(),
        (Value::Day, Some(text)) => text.parse::<chrono::NaiveDate>().is_ok(),
        _ => false,
    });
    match option {
        Some(option) if fits => Ok(Answer { option: option.word, value: value.map(str::to_owned) }),
        _ => Err(MappingError::Option {
            id: decision.id,
            given: given.to_owned(),
            options: decision.options_text(),
        }),
    }
}

/// All decisions.
pub fn all() -> impl Iterator<Item = &'static Decision> {
    COMMON.iter().chain(OF_SOURCES)
}

/// The decision of an id.
///
/// # Errors
/// If there is none.
pub fn decision(id: &str) -> Result<&'static Decision, MappingError> {
    all()
        .find(|decision| decision.id == id)
        .ok_or_else(|| MappingError::UnknownDecision(id.to_owned()))
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The option's word.
    pub option: &'static str,
    /// What stands behind the colon.
    pub value: Option<String>,
}

/// The answers given; written `ID = "option"` or `ID = "option:value"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Decisions {
    given: BTreeMap<String, String>,
}

impl Decisions {
    /// Reads `decisions.toml`.
    ///
    /// # Errors
    /// If it is not of the format, or names an unknown decision or option.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let given: BTreeMap<String, String> = toml::from_str(text).map_err(|cause| {
            MappingError::Toml { file: "decisions.toml", cause: Box::new(cause) }
        })?;
        let mut decisions = Self::default();
        for (id, answer) in given {
            decisions.set(&id, &answer)?;
        }
        Ok(decisions)
    }

    /// Takes a decision.
    ///
    /// # Errors
    /// If there is no such decision or option.
    pub fn set(&mut self, id: &str, answer: &str) -> Result<(), MappingError> {
        let decision = decision(id)?;
        read(decision, answer)?;
        self.given.insert(decision.id.to_owned(), answer.trim().to_owned());
        Ok(())
    }

    /// The answers as `decisions.toml`, with the question above each; open ones stand as comments.
    pub fn to_toml(&self, source: &str) -> String {
        let mut text = String::new();
        for decision in all().filter(|decision| decision.concerns(source)) {
            text.push_str(&format!("# {} {}\n", decision.id, decision.question));
            for option in decision.options {
                text.push_str(&format!("#   {}: {}\n", option.word, option.meaning));
            }
            match (self.given.get(decision.id), decision.default) {
                (Some(answer), _) => {
                    text.push_str(&format!("{} = {}\n\n", decision.id, quoted(answer)));
                }
                (None, Some(default)) => {
                    text.push_str(&format!(
                        "# {} = {} (default)\n\n",
                        decision.id,
                        quoted(default)
                    ));
                }
                (None, None) => text.push_str(&format!("# {} is open\n\n", decision.id)),
            }
        }
        text
    }

    /// The answer given, or the default.
    ///
    /// # Errors
    /// If there is no such decision.
    pub fn answer(&self, id: &str) -> Result<Option<Answer>, MappingError> {
        let decision = decision(id)?;
        match self.given.get(id).map(String::as_str).or(decision.default) {
            Some(answer) => read(decision, answer).map(Some),
            None => Ok(None),
        }
    }

    /// True if the answer was given rather than left at its default.
    pub fn is_given(&self, id: &str) -> bool {
        self.given.contains_key(id)
    }

    /// Decisions that stop the plan: blocking, and not answered.
    pub fn open(&self, source: &str, seen: &BTreeSet<Circumstance>) -> Vec<&'static Decision> {
        let blocks = |decision: &Decision| match decision.blocking {
            Blocking::No => false,
            Blocking::Always => true,
            Blocking::If(circumstance) => seen.contains(&circumstance),
        };
        all()
            .filter(|decision| decision.concerns(source) && blocks(decision))
            .filter(|decision| !self.given.contains_key(decision.id))
            .collect()
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_an_option_and_no_blocking_decision_has_one() {
        let mut ids = BTreeSet::new();
        for decision in all() {
            assert!(ids.insert(decision.id), "{} is there twice", decision.id);
            assert!(decision.question.ends_with('?'), "{}", decision.id);
            assert!(!decision.options.is_empty(), "{}", decision.id);
            if let Some(default) = decision.default {
                read(decision, default).unwrap();
                assert_eq!(decision.blocking, Blocking::No, "{}", decision.id);
            }
        }
        for (prefix, count) in [("D", 14), ("G", 14), ("C-", 13), ("H", 10), ("I", 14), ("T", 10)] {
            for number in 1..=count {
                assert!(ids.contains(format!("{prefix}{number}").as_str()), "{prefix}{number}");
            }
        }
        assert_eq!(ids.len(), 14 + 14 + 13 + 10 + 14 + 10);
    }

    #[test]
    fn answers_are_checked() {
        let mut decisions = Decisions::default();
        for (id, answer) in [
            ("D3", "spread"),
            ("D3", "spread:0"),
            ("D3", "leave_open:2"),
            ("D4", "maybe"),
            ("G12", "since:2020-13-01"),
            ("G3", "admin:"),
        ] {
            assert!(
                matches!(decisions.set(id, answer), Err(MappingError::Option { .. })),
                "{answer}"
            );
        }
        assert!(matches!(decisions.set("D99", "x"), Err(MappingError::UnknownDecision(_))));
        decisions.set("D3", "spread:10").unwrap();
        let answer = decisions.answer("D3").unwrap().unwrap();
        assert_eq!((answer.option, answer.value.as_deref()), ("spread", Some("10")));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut decisions = Decisions::default();
        decisions.set("D4", "standalone").unwrap();
        decisions.set("G3", "admin:814860").unwrap();
        let text = decisions.to_toml("deskero");
        assert!(text.contains("# D3 = \"spread:7\" (default)"), "{text}");
        assert!(!text.contains("T1"), "a decision of another source");
        assert_eq!(Decisions::parse(&text).unwrap(), decisions);
    }

    #[test]
    fn open_decisions_depend_on_what_the_source_shows() {
        let ids = |seen: &[Circumstance], decisions: &Decisions| -> Vec<&str> {
            let seen = seen.iter().copied().collect();
            decisions.open("deskero", &seen).iter().map(|decision| decision.id).collect()
        };
        let mut decisions = Decisions::default();
        assert_eq!(ids(&[], &decisions), ["G3", "G4"]);
        assert_eq!(ids(&[Circumstance::UnlinkedMentions], &decisions), ["D4", "G3", "G4"]);
        decisions.set("D4", "exclude").unwrap();
        decisions.set("G3", "admin:1").unwrap();
        decisions.set("G4", "confirmed").unwrap();
        assert_eq!(ids(&[Circumstance::UnlinkedMentions], &decisions), [""; 0]);
    }
}
