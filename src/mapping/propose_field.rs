//! Proposes an attribute for each field: by the source's own defaults, by its declared type, or by
//! what its values read as.

use std::collections::BTreeSet;

use crate::model::record::{FieldType, FieldValue};

use super::defaults::Defaults;
use super::field::{TEXT_CHARS_MAX, as_boolean, as_second};
use super::fold::{fold, slug};
use super::profile::{FieldProfile, Reading, SourceProfile};
use super::proposal::{Collision, Confidence, Proposer, Workspace, frequent};
use super::rule::{Attribute, AttributeType, CUSTOM, FieldRule, Holder};
use super::rule_check::{OWNERS, STANDARD};

/// Fields that stand in a place of their own, but not in full: they become attributes too.
const WANTED: &[&str] = &[
    "customer.email_other",
    "customer.fax",
    "customer.language",
    "customer.phone_other",
    "ticket.archived",
    "ticket.assignee",
    "ticket.due_at",
    "ticket.social_id",
];

/// Examples in a remark.
const EXAMPLES: usize = 3;

/// Adds rules for all fields that hold values or are declared.
pub(super) fn fields(
    profile: &SourceProfile,
    workspace: &Workspace,
    defaults: &Defaults,
    proposer: &mut Proposer,
) {
    let mut names = Names::default();
    for (from, default) in &defaults.attributes {
        if let Some((_, holder)) = profile.fields.get(from).and(split(from)) {
            names.take(holder, &default.attribute);
        }
    }
    for (from, field) in &profile.fields {
        let Some((object, holder)) = split(from) else {
            let reason = "no attributes there".to_owned();
            proposer.mapping.fields.insert(from.clone(), FieldRule::Drop(reason.clone()));
            proposer.remark(format!("field.{from}"), Confidence::Low, reason, Vec::new());
            continue;
        };
        let default = defaults.attributes.get(from);
        let personal = defaults.personal.contains(from);
        if field.known && default.is_none() && !personal && !WANTED.contains(&from.as_str()) {
            continue;
        }
        let mut choice = match default {
            Some(default) => Choice::checked(default.data_type, field, "by the source's rules"),
            None => Choice::of(field),
        };
        let name = match default {
            Some(default) => default.attribute.clone(),
            None => names.invent(holder, &defaults.prefix, object, from),
        };
        choice.remark_on(field, holder, &name, workspace);
        let total = profile.records.get(object).copied().unwrap_or(0);
        let mut evidence = format!("{} of {total} {object}s, {}", field.filled, choice.why);
        if !personal && !field.values.is_empty() {
            let examples = frequent(&field.values, EXAMPLES).join(", ");
            evidence.push_str(&format!("; for example {examples}"));
        }
        proposer.remark(format!("field.{from}"), choice.confidence, evidence, choice.against);
        let rule = Attribute {
            holder,
            name,
            data_type: choice.data_type,
            options: choice.options,
            description: field.label.clone(),
            personal,
        };
        proposer.mapping.fields.insert(from.clone(), FieldRule::Attribute(rule));
    }
}

/// Custom fields that tickets and customers both have.
pub(super) fn collisions(profile: &SourceProfile) -> Vec<Collision> {
    let both = profile.fields.iter().filter_map(|(from, ticket)| {
        let field = from.strip_prefix("ticket.")?.strip_prefix(CUSTOM)?;
        let customer = profile.fields.get(&format!("customer.{CUSTOM}{field}"))?;
        Some(Collision {
            field: field.to_owned(),
            on_tickets: frequent(&ticket.values, EXAMPLES),
            on_customers: frequent(&customer.values, EXAMPLES),
        })
    });
    both.collect()
}

fn split(from: &str) -> Option<(&'static str, Holder)> {
    let object = from.split('.').next()?;
    OWNERS.iter().find(|(word, _)| *word == object).copied()
}

/// Names of attributes that are taken. Contacts and companies share theirs.
#[derive(Default)]
struct Names(BTreeSet<(bool, String)>);

impl Names {
    fn take(&mut self, holder: Holder, name: &str) -> bool {
        self.0.insert((holder == Holder::Conversation, name.to_lowercase()))
    }

    fn invent(&mut self, holder: Holder, prefix: &str, object: &str, from: &str) -> String {
        let field = from.split_once('.').map_or(from, |(_, field)| field);
        let slug = named(field.strip_prefix(CUSTOM).unwrap_or(field));
        let numbered = (2u32..).map(|number| format!("{prefix}_{object}_{slug}_{number}"));
        let plain = [format!("{prefix}_{slug}"), format!("{prefix}_{object}_{slug}")];
        plain
            .into_iter()
            .chain(numbered)
            .find(|name| !STANDARD.contains(&name.as_str()) && self.take(holder, name))
            .unwrap_or(slug)
    }
}

/// A field's key as part of an attribute's name.
fn named(field: &str) -> String {
    let slug = slug(field);
    if slug.is_empty() { "field".to_owned() } else { slug }
}

/// A type with what speaks for and against it.
struct Choice {
    data_type: AttributeType,
    options: Vec<String>,
    confidence: Confidence,
    why: String,
    against: Vec<String>,
}

impl Choice {
    fn of(field: &FieldProfile) -> Self {
        match field.declared {
            Some(FieldType::List) if field.options.len() > 1 => Self::list(field),
            Some(declared) => {
                let data_type = match declared {
                    FieldType::Integer => AttributeType::Integer,
                    FieldType::Decimal => AttributeType::Decimal,
                    FieldType::Boolean => AttributeType::Boolean,
                    FieldType::Date => AttributeType::Date,
                    FieldType::DateTime => AttributeType::Datetime,
                    _ => AttributeType::String,
                };
                let word = serde_json::to_value(declared).unwrap_or_default();
                let why = format!("declared as {}", word.as_str().unwrap_or_default());
                let mut choice = Self::checked(data_type, field, &why);
                if declared == FieldType::MultiList {
                    choice.options.clone_from(&field.options);
                    choice.confidence = Confidence::Medium;
                    choice.against.push(
                        "several options become one text, or as decision T10 says".to_owned(),
                    );
                }
                choice
            }
            None => Self::inferred(field),
        }
    }

    /// A type that somebody says, if all values fit it; text otherwise.
    fn checked(data_type: AttributeType, field: &FieldProfile, why: &str) -> Self {
        let against = misfits(data_type, field);
        if against.is_empty() {
            return Self {
                data_type,
                options: Vec::new(),
                confidence: Confidence::High,
                why: why.to_owned(),
                against,
            };
        }
        Self {
            data_type: AttributeType::String,
            options: Vec::new(),
            confidence: Confidence::Low,
            why: format!("{why}, but not all values are of type {}", data_type.word()),
            against,
        }
    }

    fn list(field: &FieldProfile) -> Self {
        let mut options = field.options.clone();
        let known: BTreeSet<String> = options.iter().map(|option| fold(option)).collect();
        let mut others: Vec<_> =
            field.values.keys().filter(|value| !known.contains(&fold(value))).cloned().collect();
        others.sort();
        let against = others.iter().map(|value| format!("{value:?} is not declared")).collect();
        let confidence = if others.is_empty() { Confidence::High } else { Confidence::Medium };
        options.extend(others);
        let why = format!("declared as list of {}", field.options.len());
        Self { data_type: AttributeType::List, options, confidence, why, against }
    }

    fn inferred(field: &FieldProfile) -> Self {
        let candidates = [
            AttributeType::Boolean,
            AttributeType::Integer,
            AttributeType::Decimal,
            AttributeType::Date,
            AttributeType::Datetime,
        ];
        let has = |reading: Reading| field.readings.contains_key(&reading);
        // Ones and zeros alone are numbers until somebody says that they mean yes and no.
        let fits = |data_type: &AttributeType| {
            field.filled > 0
                && misfits(*data_type, field).is_empty()
                && (*data_type != AttributeType::Boolean || has(Reading::Boolean))
        };
        let found = candidates.into_iter().find(fits);
        let (data_type, why) = match found {
            Some(data_type) => (data_type, "all values read so".to_owned()),
            None => (AttributeType::String, "undeclared".to_owned()),
        };
        let mut against = Vec::new();
        if found.is_none() {
            let text = field.readings.get(&Reading::Text).copied().unwrap_or(0);
            for (reading, count) in &field.readings {
                if *reading != Reading::Text && *count > text {
                    let word = serde_json::to_value(reading).unwrap_or_default();
                    let word = word.as_str().unwrap_or_default().to_owned();
                    against.push(format!("{count} values read as {word}, {text} as text"));
                }
            }
        }
        let options = Vec::new();
        Self { data_type, options, confidence: Confidence::Medium, why, against }
    }

    fn remark_on(
        &mut self,
        field: &FieldProfile,
        holder: Holder,
        name: &str,
        workspace: &Workspace,
    ) {
        if let Some(other) = &field.depends_on {
            self.against.push(format!("the options depend on {other}, which does not migrate"));
        }
        if field.chars_max > TEXT_CHARS_MAX && self.data_type == AttributeType::String {
            let chars = field.chars_max;
            self.against
                .push(format!("{chars} characters: cut at {TEXT_CHARS_MAX}, whole in a note"));
        }
        let there = workspace.attributes.iter().find(|known| {
            known.holder == holder && known.name.to_lowercase() == name.to_lowercase()
        });
        if let Some(known) = there.filter(|known| known.data_type != Some(self.data_type)) {
            self.confidence = Confidence::Low;
            let word = known.data_type.map_or("another type", AttributeType::word);
            self.against.push(format!("{name} is there already, as {word}"));
        }
    }
}

/// Values that are not of a type, as remarks.
fn misfits(data_type: AttributeType, field: &FieldProfile) -> Vec<String> {
    let fits = |value: &str| {
        let value = FieldValue::Text(value.to_owned());
        let reading = Reading::of(&value);
        match data_type {
            AttributeType::String | AttributeType::List => true,
            AttributeType::Integer => reading == Reading::Integer,
            AttributeType::Decimal => matches!(reading, Reading::Integer | Reading::Decimal),
            AttributeType::Boolean => as_boolean(&value).is_some(),
            AttributeType::Date => reading == Reading::Date,
            AttributeType::Datetime => as_second(&value).is_some(),
        }
    };
    let values = field.values.iter().filter(|(value, _)| !fits(value));
    let examples = field.examples.values().filter(|value| !fits(value));
    let mut against: Vec<String> =
        values.map(|(value, count)| format!("{value:?} ({count})")).take(EXAMPLES).collect();
    if against.is_empty() && field.many_values {
        against.extend(examples.map(|value| format!("{value:?}")));
    }
    against
}
