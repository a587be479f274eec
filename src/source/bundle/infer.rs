//! The type of a custom field that nobody declared: proposed from all its values.

use std::collections::BTreeMap;

use super::cell::{self, DecimalRule, NumberEvidence, SeparatorEvidence};
use super::date::{self, DateEvidence, DateRule};
use crate::model::record::{FieldType, FieldValue};

/// A list has at most this many options, and each is used at least twice on average.
const OPTIONS_MAX: usize = 25;

/// Fewer values than this say nothing about options.
const LIST_VALUES_MIN: u64 = 8;

/// A longer value is text, not a line; Intercom's own limit for attribute values is 255.
const LINE_CHARS_MAX: usize = 255;

/// If at least so many of a hundred values fit a narrower type, that is told.
const DOUBT_PERCENT: u64 = 95;

/// Types in the order in which they are tried, narrow before wide.
const NARROW: [FieldType; 7] = [
    FieldType::Boolean,
    FieldType::Integer,
    FieldType::Decimal,
    FieldType::Date,
    FieldType::DateTime,
    FieldType::Email,
    FieldType::Url,
];

/// What is known of the values of a custom field.
#[derive(Clone, Debug, Default)]
pub struct FieldProfile {
    /// Values that are not empty.
    pub filled: u64,
    /// Values that mean something in a typed column.
    typed: u64,
    fits: [u64; 7],
    /// Line and value of the first one that does not fit each type.
    misfits: [Option<(u64, String)>; 7],
    /// About dates.
    pub dates: DateEvidence,
    /// About numbers.
    pub numbers: NumberEvidence,
    /// About lists.
    pub separators: SeparatorEvidence,
    /// Distinct values with counts, until there are too many.
    options: BTreeMap<String, u64>,
    too_many: bool,
    long: bool,
    /// A value, for people.
    pub sample: String,
}

/// A proposal for the type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The type.
    pub field_type: FieldType,
    /// Options of a list.
    pub options: Vec<String>,
    /// A narrower type that nearly all values fit, with line and value of a counter-example.
    pub doubt: Option<(FieldType, u64, String)>,
}

impl FieldProfile {
    /// Takes one value.
    pub fn observe(&mut self, value: &str, line: u64) {
        self.filled += 1;
        if self.sample.is_empty() {
            value.chars().take(40).for_each(|c| self.sample.push(c));
        }
        self.long = self.long || value.contains('\n') || value.chars().count() > LINE_CHARS_MAX;
        if !self.too_many {
            *self.options.entry(value.trim().to_owned()).or_default() += 1;
            self.too_many = self.options.len() > OPTIONS_MAX;
        }
        let Some(typed) = cell::typed(value) else { return };
        self.typed += 1;
        self.dates.observe(typed, line);
        self.numbers.observe(typed, line);
        self.separators.observe(typed, line);
        for (index, &field_type) in NARROW.iter().enumerate() {
            if fits(field_type, typed) {
                self.fits[index] += 1;
            } else if self.misfits[index].is_none() {
                self.misfits[index] = Some((line, typed.chars().take(40).collect()));
            }
        }
    }

    /// The type that all values fit.
    pub fn propose(&self) -> Proposal {
        let mut doubt = None;
        let count = self.typed;
        for (index, &field_type) in NARROW.iter().enumerate() {
            if count > 0 && self.fits[index] == count {
                let options = Vec::new();
                return Proposal { field_type, options, doubt: None };
            }
            let near = self.fits[index] * 100 >= count * DOUBT_PERCENT && self.fits[index] > 0;
            if let Some((line, value)) = self.misfits[index].as_ref().filter(|_| near) {
                doubt = doubt.or(Some((field_type, *line, value.clone())));
            }
        }
        let repeated = self.filled >= LIST_VALUES_MIN
            && !self.too_many
            && self.options.len() as u64 * 2 <= self.filled;
        let field_type = match (self.long, repeated) {
            (true, _) => FieldType::Text,
            (false, true) => FieldType::List,
            (false, false) => FieldType::String,
        };
        let options = match field_type {
            FieldType::List => self.options.keys().cloned().collect(),
            _ => Vec::new(),
        };
        Proposal { field_type, options, doubt }
    }
}

fn fits(field_type: FieldType, value: &str) -> bool {
    match field_type {
        // 0 and 1 alone are numbers as well; nothing is lost by calling them numbers.
        FieldType::Boolean => cell::boolean(value).is_some() && !matches!(value, "0" | "1"),
        FieldType::Integer => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            // Leading zeros and long digits mean an id, which stays text.
            (1..=15).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'))
        }
        FieldType::Decimal => {
            fits(FieldType::Integer, value)
                || (value.contains(['.', ',']) && cell::decimal(value, Some('.')).is_ok())
        }
        FieldType::Date => date::is_written_date(value) && date::is_day(value),
        FieldType::DateTime => {
            date::is_written_date(value)
                || (value.len() == 13 && value.bytes().all(|b| b.is_ascii_digit()))
        }
        FieldType::Email => cell::is_email(value),
        FieldType::Url => value.starts_with("http://") || value.starts_with("https://"),
        _ => false,
    }
}

/// How the values of a custom field are read.
#[derive(Clone, Debug)]
pub struct FieldRule {
    /// Its type.
    pub field_type: FieldType,
    /// Dates.
    pub dates: DateRule,
    /// Decimal separator.
    pub decimal: DecimalRule,
    /// List separator.
    pub separator: char,
}

/// The value as the field's type has it. `Ok(None)` if it means empty; `Err` if it does not fit:
/// it then stays text.
///
/// # Errors
/// If the value does not fit the type.
pub fn value(text: &str, rule: &FieldRule) -> Result<Option<FieldValue>, String> {
    let misfit = || format!("no {}", word(rule.field_type));
    let plain = || {
        let text = text.trim();
        (!text.is_empty()).then(|| FieldValue::Text(text.to_owned()))
    };
    match rule.field_type {
        FieldType::Text => Ok((!text.is_empty()).then(|| FieldValue::Text(text.to_owned()))),
        FieldType::String
        | FieldType::List
        | FieldType::Url
        | FieldType::Email
        | FieldType::Relationship
        | FieldType::File => Ok(plain()),
        FieldType::MultiList => {
            let words = super::tree::list_words(text, rule.separator);
            Ok((!words.is_empty()).then_some(FieldValue::List(words)))
        }
        _ => {
            let Some(text) = cell::typed(text) else { return Ok(None) };
            let value = match rule.field_type {
                FieldType::Integer => {
                    cell::integer(text, rule.decimal).ok().map(FieldValue::Integer)
                }
                FieldType::Decimal => {
                    cell::decimal(text, rule.decimal).ok().map(FieldValue::Decimal)
                }
                FieldType::Boolean => cell::boolean(text).map(FieldValue::Boolean),
                FieldType::Date => date::parse_day(text, &rule.dates).ok().map(FieldValue::Date),
                _ => date::parse(text, &rule.dates).ok().map(|(t, _)| FieldValue::DateTime(t)),
            };
            value.map(Some).ok_or_else(misfit)
        }
    }
}

/// The word for a type in `custom_fields` files.
pub fn word(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::String => "string",
        FieldType::Text => "text",
        FieldType::Integer => "integer",
        FieldType::Decimal => "decimal",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::DateTime => "datetime",
        FieldType::List => "list",
        FieldType::MultiList => "multilist",
        FieldType::Url => "url",
        FieldType::Email => "email",
        FieldType::Relationship => "relationship",
        FieldType::File => "file",
    }
}

/// The type by its word.
pub fn field_type(text: &str) -> Option<FieldType> {
    let mut text = text.trim().to_lowercase();
    text.retain(|c| !matches!(c, ' ' | '-' | '_'));
    Some(match text.as_str() {
        "string" | "" => FieldType::String,
        "text" | "textarea" => FieldType::Text,
        "integer" | "int" => FieldType::Integer,
        "decimal" | "number" | "float" => FieldType::Decimal,
        "boolean" | "bool" | "checkbox" => FieldType::Boolean,
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "list" | "select" | "dropdown" => FieldType::List,
        "multilist" | "multiselect" => FieldType::MultiList,
        "url" => FieldType::Url,
        "email" => FieldType::Email,
        "relationship" => FieldType::Relationship,
        "file" => FieldType::File,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(values: &[&str]) -> Proposal {
        let mut profile = FieldProfile::default();
        values.iter().zip(2..).for_each(|(value, line)| profile.observe(value, line));
        profile.propose()
    }

    #[test]
    fn types_are_inferred_from_all_values() {
        for (values, expected) in [
            (vec!["1", "25", "n/a"], FieldType::Integer),
            (vec!["1", "2.5"], FieldType::Decimal),
            (vec!["007", "12"], FieldType::String),
            (vec!["yes", "no"], FieldType::Boolean),
            (vec!["0", "1"], FieldType::Integer),
            (vec!["2023-01-02", "31/12/2023"], FieldType::Date),
            (vec!["2023-01-02 10:00", "2023-01-02"], FieldType::DateTime),
            (vec!["a@b.org"], FieldType::Email),
            (vec!["https://x.org"], FieldType::Url),
            (vec!["two\nlines"], FieldType::Text),
            (vec!["gold", "silver"], FieldType::String),
            (vec!["12345678901234567890"], FieldType::String),
            (vec![], FieldType::String),
        ] {
            assert_eq!(proposal(&values).field_type, expected, "{values:?}");
        }
        let plans = proposal(&["gold", "silver"].repeat(4));
        assert_eq!((plans.field_type, plans.options.len()), (FieldType::List, 2));
    }

    #[test]
    fn a_counter_example_is_named() {
        let mut values = vec!["5"; 99];
        values.push("five");
        let found = proposal(&values);
        assert_eq!(found.doubt, Some((FieldType::Integer, 101, "five".to_owned())));
    }

    #[test]
    fn words_name_types() {
        for &field_type in NARROW.iter().chain(&[FieldType::MultiList, FieldType::Text]) {
            assert_eq!(super::field_type(word(field_type)), Some(field_type));
        }
        assert_eq!(super::field_type("colour"), None);
    }
}
