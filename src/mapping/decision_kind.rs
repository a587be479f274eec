//! What a decision is.

use serde::{Deserialize, Serialize};

/// What stands behind the colon of an option, as in `spread:7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    None,
    /// A whole number from 1, of this unit.
    Number(&'static str),
    /// An id or a name.
    Text(&'static str),
    /// A day, `YYYY-MM-DD`.
    Day,
}

/// One option of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word that chooses it.
    pub word: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What stands behind the colon.
    pub value: Value,
}

/// Whether an open decision stops the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocking {
    /// It does not: the default holds, or it is only asked for the record.
    No,
    /// It does.
    Always,
    /// It does if the source shows this circumstance.
    If(Circumstance),
}

/// Something about a source that makes a decision necessary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circumstance {
    /// Posts on social networks that belong to no conversation.
    UnlinkedMentions,
    /// Dates without an offset and no time zone in the manifest.
    NaiveDates,
    /// Dates whose order of day and month cannot be told.
    AmbiguousDates,
}

/// A decision that the customer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its id, as in the briefs.
    pub id: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// What may be answered.
    pub options: &'static [Choice],
    /// What holds if nothing is answered, written as an answer is.
    pub default: Option<&'static str>,
    /// Whether it stops the plan while it is open.
    pub blocking: Blocking,
    /// Sources it concerns; empty for all.
    pub sources: &'static [&'static str],
}

impl Decision {
    /// Whether it concerns a source.
    pub fn concerns(&self, source: &str) -> bool {
        self.sources.is_empty() || self.sources.contains(&source)
    }

    /// What may be answered, for an error.
    pub fn options_text(&self) -> String {
        let words = self.options.iter().map(|option| match option.value {
            Value::None => option.word.to_owned(),
            Value::Number(unit) | Value::Text(unit) => format!("{}:<{unit}>", option.word),
            Value::Day => format!("{}:<YYYY-MM-DD>", option.word),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// An option without a value.
pub(super) const fn word(word: &'static str, meaning: &'static str) -> Choice {
    Choice { word, meaning, value: Value::None }
}

/// An option with a value.
pub(super) const fn value(word: &'static str, meaning: &'static str, value: Value) -> Choice {
    Choice { word, meaning, value }
}

/// A decision that stops nothing while it is open.
pub(super) const fn asked(
    sources: &'static [&'static str],
    id: &'static str,
    question: &'static str,
    options: &'static [Choice],
    default: Option<&'static str>,
) -> Decision {
    Decision { id, question, options, default, blocking: Blocking::No, sources }
}

/// A decision that stops the plan while it is open.
pub(super) const fn blocking(mut decision: Decision, blocking: Blocking) -> Decision {
    decision.blocking = blocking;
    decision
}
