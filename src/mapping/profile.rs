//! What a source holds that a map has to answer: fields with their types and values, words,
//! spellings, people. Built record by record, in memory that does not grow with the export.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::SourceKey;
use crate::model::record::{
    ConversationState, FieldDefinition, FieldType, FieldValue, PersonRef, Record, ThreadKind,
};

use super::decision::Circumstance;
use super::field::{self, Values, as_text};
use super::fold::{fold, fold_company, fold_email, tidy};
use super::policy::Phones;
use super::rule::{CUSTOM, TECHNICIAN, has_technicians};

/// Distinct values of a field that are kept; more make it no list of words.
const VALUES_MAX: usize = 50;

/// Characters of a value that are kept as an example.
const EXAMPLE_CHARS: usize = 60;

/// What a value reads as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Reading {
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    List,
    Text,
}

impl Reading {
    /// What a value reads as, the narrowest first.
    pub fn of(value: &FieldValue) -> Self {
        match value {
            FieldValue::Integer(_) => Self::Integer,
            FieldValue::Decimal(_) => Self::Decimal,
            FieldValue::Boolean(_) => Self::Boolean,
            FieldValue::Date(_) => Self::Date,
            FieldValue::DateTime(_) => Self::DateTime,
            FieldValue::List(_) => Self::List,
            FieldValue::Text(text) => Self::of_text(text.trim()),
        }
    }

    fn of_text(text: &str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A number with a leading zero is a code, one with many digits an id.
        if plain && digits.len() <= 15 && (digits.len() == 1 || !digits.starts_with('0')) {
            return Self::Integer;
        }
        let decimal = digits.split_once('.').is_some_and(|(whole, part)| {
            [whole, part]
                .iter()
                .all(|side| !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if decimal {
            return Self::Decimal;
        }
        match field::as_second(&FieldValue::Text(text.to_owned())) {
            Some((_, true)) => Self::Date,
            Some((_, false)) => Self::DateTime,
            None => {
                let word = text.chars().count() > 1
                    && field::as_boolean(&FieldValue::Text(text.to_owned())).is_some();
                if word { Self::Boolean } else { Self::Text }
            }
        }
    }
}

/// What is known of a field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldProfile {
    /// Label shown to people.
    pub label: Option<String>,
    /// Declared type.
    pub declared: Option<FieldType>,
    /// Declared options.
    pub options: Vec<String>,
    /// Field that decides which options are offered.
    pub depends_on: Option<String>,
    /// The record says it in a place of its own too; a rule is a choice.
    pub known: bool,
    /// Records with a value.
    pub filled: u64,
    /// Values by what they read as.
    pub readings: BTreeMap<Reading, u64>,
    /// A value of each reading.
    pub examples: BTreeMap<Reading, String>,
    /// Distinct values with counts, unless there are too many.
    pub values: BTreeMap<String, u64>,
    /// There are more distinct values than are kept.
    pub many_values: bool,
    /// Characters of the longest value.
    pub chars_max: usize,
}

/// A word of the source with its first spelling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WordProfile {
    /// As first written.
    pub spelling: String,
    /// Records with it.
    pub count: u64,
    /// State that the source's own rules give it.
    pub state: Option<ConversationState>,
}

/// A member of the help desk's team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeammateProfile {
    /// Source key.
    pub key: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// Spellings of one name, in the order of their first use, with counts.
pub type Spellings = Vec<(String, u64)>;

/// What a source holds that a map has to answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceProfile {
    /// Records by object of the hub (`ticket`, `customer`, `company`).
    pub records: BTreeMap<String, u64>,
    /// Fields by `object.field`.
    pub fields: BTreeMap<String, FieldProfile>,
    /// Status words, folded.
    pub status: BTreeMap<String, WordProfile>,
    /// Team words, folded.
    pub teams: BTreeMap<String, WordProfile>,
    /// Tags, folded.
    pub tags: BTreeMap<String, Spellings>,
    /// Companies named by customers, folded.
    pub companies: BTreeMap<String, Spellings>,
    /// Categories of articles without a collection, folded, as paths.
    pub categories: BTreeMap<String, Vec<String>>,
    /// Teammates by key, folded address or folded name.
    pub teammates: BTreeMap<String, TeammateProfile>,
    /// Hosts under which articles were public.
    pub hosts: BTreeSet<String>,
    /// Paths of articles, with `{id}` in place of theirs.
    pub article_paths: BTreeSet<String>,
    /// Teams by key, with their names and the keys of the teams above.
    #[serde(default)]
    pub team_tree: BTreeMap<String, (String, Option<String>)>,
    /// Threads that may become tickets.
    #[serde(default)]
    pub tickets: u64,
    /// What makes decisions necessary.
    pub circumstances: BTreeSet<Circumstance>,
}

impl SourceProfile {
    /// Takes a record into account.
    pub fn observe(&mut self, key: &SourceKey, record: &Record) {
        match record {
            Record::Conversation(ticket) => {
                self.count("ticket", field::of_conversation(key, ticket));
                let status = word(&mut self.status, &ticket.status);
                status.state = status.state.or(ticket.state);
                if let Some(team) = ticket.team.as_ref().filter(|team| !team.trim().is_empty()) {
                    word(&mut self.teams, team);
                }
                self.tags(&ticket.tags);
                self.person(&ticket.assignee);
                self.tickets +=
                    u64::from(matches!(ticket.kind, ThreadKind::Ticket | ThreadKind::Offline));
            }
            Record::Contact(customer) => {
                self.count("customer", field::of_contact(key, customer, Phones::Normalise));
                self.tags(&customer.tags);
                if let (None, Some(name)) = (&customer.company, &customer.company_name) {
                    spell(self.companies.entry(fold_company(name)).or_default(), &tidy(name));
                }
            }
            Record::Company(company) => self.count("company", field::of_company(key, company)),
            Record::Article(article) => {
                self.tags(&article.tags);
                self.person(&article.author);
                self.address(key, article.url.as_deref());
                if article.collection.is_none() && !article.category_path.is_empty() {
                    let label = fold(&article.category_path.join(" > "));
                    self.categories.insert(label, article.category_path.clone());
                }
            }
            Record::Tag(tag) => self.tags(std::slice::from_ref(&tag.name)),
            Record::Teammate(teammate) => {
                if has_technicians(key.system()) {
                    self.count(TECHNICIAN, field::of_technician(teammate));
                }
                self.person(&PersonRef {
                    key: Some(key.clone()),
                    email: teammate.email.clone(),
                    name: teammate.name.clone(),
                });
            }
            // A team that no ticket names is listed too, with no records.
            Record::Team(team) => {
                word(&mut self.teams, &team.name).count -= 1;
                let parent = team.parent.as_ref().map(SourceKey::to_string);
                self.team_tree.insert(key.to_string(), (team.name.clone(), parent));
            }
            Record::FieldDefinition(definition) => self.define(definition),
            Record::Mention(mention) if mention.conversation.is_none() => {
                self.circumstances.insert(Circumstance::UnlinkedMentions);
            }
            _ => {}
        }
    }

    fn count(&mut self, object: &str, values: Values) {
        *self.records.entry(object.to_owned()).or_default() += 1;
        let said = values.said.into_iter().map(|pair| (pair, false));
        for ((name, value), known) in said.chain(values.known.into_iter().map(|pair| (pair, true)))
        {
            let field = self.fields.entry(name).or_default();
            field.known = known;
            field.take(&value);
        }
    }

    fn address(&mut self, key: &SourceKey, url: Option<&str>) {
        let Some(address) = url.and_then(|url| Url::parse(url).ok()) else { return };
        self.hosts.extend(address.host_str().map(str::to_lowercase));
        if let Some((before, _)) = address.path().split_once(key.id()) {
            self.article_paths.insert(format!("{before}{{id}}"));
        }
    }

    fn define(&mut self, definition: &FieldDefinition) {
        let name = format!("{}.{CUSTOM}{}", definition.object, definition.field);
        let field = self.fields.entry(name).or_default();
        field.label = Some(definition.label.clone());
        if definition.declared {
            field.declared = Some(definition.field_type);
        }
        field.options.clone_from(&definition.options);
        field.depends_on.clone_from(&definition.depends_on);
    }

    fn tags(&mut self, tags: &[String]) {
        for tag in tags.iter().filter(|tag| !tag.trim().is_empty()) {
            spell(self.tags.entry(fold(tag)).or_default(), &tidy(tag));
        }
    }

    fn person(&mut self, person: &PersonRef) {
        let email = person.email.as_deref().map(fold_email);
        let name = || person.name.as_deref().map(fold);
        let known = person.key.as_ref().map(SourceKey::to_string);
        let Some(word) = known.clone().or_else(|| email.clone()).or_else(name) else { return };
        // An address may stand for a teammate who is listed by key already.
        if known.is_none() && self.teammates.values().any(|other| same(other, person)) {
            return;
        }
        let teammate = self.teammates.entry(word).or_default();
        teammate.key = teammate.key.take().or(known);
        teammate.email = teammate.email.take().or_else(|| person.email.clone());
        teammate.name = teammate.name.take().or_else(|| person.name.clone());
        if let Some(email) = teammate.email.as_deref().map(fold_email) {
            self.teammates.retain(|word, other| *word != email || other.key.is_some());
        }
    }
}

fn same(known: &TeammateProfile, person: &PersonRef) -> bool {
    match (&known.email, &person.email) {
        (Some(one), Some(other)) => fold_email(one) == fold_email(other),
        _ => match (&known.name, &person.name) {
            (Some(one), Some(other)) => fold(one) == fold(other),
            _ => false,
        },
    }
}

impl FieldProfile {
    fn take(&mut self, value: &FieldValue) {
        self.filled += 1;
        let reading = Reading::of(value);
        let text = as_text(value);
        self.chars_max = self.chars_max.max(text.chars().count());
        *self.readings.entry(reading).or_default() += 1;
        self.examples.entry(reading).or_insert_with(|| text.chars().take(EXAMPLE_CHARS).collect());
        let parts = match value {
            FieldValue::List(parts) => parts.clone(),
            _ => vec![text],
        };
        for part in parts {
            if let Some(count) = self.values.get_mut(&part) {
                *count += 1;
            } else if self.values.len() < VALUES_MAX {
                self.values.insert(part, 1);
            } else {
                self.many_values = true;
            }
        }
    }
}

fn word<'a>(words: &'a mut BTreeMap<String, WordProfile>, spelling: &str) -> &'a mut WordProfile {
    let entry = words.entry(fold(spelling)).or_default();
    if entry.spelling.is_empty() {
        entry.spelling = tidy(spelling);
    }
    entry.count += 1;
    entry
}

fn spell(spellings: &mut Spellings, spelling: &str) {
    match spellings.iter_mut().find(|(known, _)| known == spelling) {
        Some((_, count)) => *count += 1,
        None => spellings.push((spelling.to_owned(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_narrowly() {
        for (text, reading) in [
            ("7", Reading::Integer),
            ("-12", Reading::Integer),
            ("007", Reading::Text),
            ("1234567890123456", Reading::Text),
            ("7.50", Reading::Decimal),
            ("7.", Reading::Text),
            ("yes", Reading::Boolean),
            ("x", Reading::Text),
            ("2023-09-26", Reading::Date),
            ("2023-09-26T09:14:25+02:00", Reading::DateTime),
            ("", Reading::Text),
        ] {
            assert_eq!(Reading::of(&FieldValue::Text(text.into())), reading, "{text:?}");
        }
    }
}
