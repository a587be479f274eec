//! The map: what a migration does with fields, words, teammates, teams and tags. It is text that
//! a person reviews and confirms (`mapping.toml`); its digest goes into the ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::digest::Purpose;
use crate::model::record::ConversationState;
use crate::model::{Digest, canonical_json};

use super::error::MappingError;
use super::fold::{fold, fold_email};
use super::rule_check;

/// Version of the format of `mapping.toml`.
pub const FORMAT: u32 = 1;

/// Objects of Intercom that have attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the object of that name in Intercom")]
pub enum Holder {
    Contact,
    Company,
    Conversation,
}

impl Holder {
    /// The word in `mapping.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Conversation => "conversation",
        }
    }
}

/// Type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// Decimal number; `float` on contacts and companies.
    Decimal,
    /// Yes or no.
    Boolean,
    /// Day; a conversation knows points in time only.
    Date,
    /// Point in time.
    Datetime,
    /// One of at least two options.
    List,
}

impl AttributeType {
    /// The word in `mapping.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::List => "list",
        }
    }
}

/// An attribute that a field becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// What has it.
    pub holder: Holder,
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: AttributeType,
    /// Options of a list.
    pub options: Vec<String>,
    /// Shown to teammates.
    pub description: Option<String>,
    /// A personal detail: decision D12 says whether it is written.
    pub personal: bool,
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRule {
    /// An attribute.
    Attribute(Attribute),
    /// Nothing, for this reason.
    Drop(String),
}

/// A teammate of the help desk and the admin in Intercom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeammateRule {
    /// Source key, if the source gives ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Id of the admin; none means that the fallback admin of decision G3 speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<String>,
}

/// Records that are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Names the rule in the ledger.
    pub name: String,
    /// `ticket`, `customer`, `company` or `article`.
    pub object: String,
    /// Field of that object, as in field rules.
    pub field: String,
    /// The value, compared without case.
    pub equals: String,
}

/// How addresses of the old help desk are recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRule {
    /// Host names; `*.example.com` stands for all below.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Paths of articles with `{id}` in them.
    #[serde(default)]
    pub article_paths: Vec<String>,
}

/// The map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The help desk.
    pub source: String,
    /// Begins external ids (`deskero:` + id) and, with `_`, attribute names.
    pub prefix: String,
    /// Recognises links to the old help desk.
    pub links: LinkRule,
    /// Help centre that takes the collections; none means the default one.
    pub help_center: Option<String>,
    /// Its default language.
    pub locale: Option<String>,
    /// State of each of the source's status words, folded.
    pub status: BTreeMap<String, ConversationState>,
    /// Team of each of the source's team words, folded; none means no team.
    pub teams: BTreeMap<String, Option<String>>,
    /// Tag to use instead, by folded tag.
    pub tags: BTreeMap<String, String>,
    /// Company to use instead, by folded name.
    pub companies: BTreeMap<String, String>,
    /// Path of collections for a label, by folded label (decision D6, map file).
    pub collections: BTreeMap<String, Vec<String>>,
    /// Teammates, as listed.
    pub teammates: Vec<TeammateRule>,
    /// Field rules by `object.field`.
    pub fields: BTreeMap<String, FieldRule>,
    /// Records left out, as listed.
    pub exclusions: Vec<Exclusion>,
    #[serde(skip)]
    teammate_index: BTreeMap<String, usize>,
}

/// `mapping.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    source: String,
    prefix: String,
    #[serde(default)]
    help_center: Option<String>,
    #[serde(default)]
    locale: Option<String>,
    #[serde(default)]
    links: LinkRule,
    #[serde(default)]
    status: BTreeMap<String, ConversationState>,
    #[serde(default)]
    teams: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    companies: BTreeMap<String, String>,
    #[serde(default)]
    collections: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    teammate: Vec<TeammateRule>,
    #[serde(default)]
    field: Vec<WrittenField>,
    #[serde(default)]
    exclude: Vec<Exclusion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    from: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default, rename = "type")]
    data_type: Option<AttributeType>,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    personal: bool,
    #[serde(default)]
    drop: Option<String>,
}

impl Mapping {
    /// A map without any rule.
    pub fn empty(source: &str, prefix: &str) -> Self {
        Self {
            source: source.to_owned(),
            prefix: prefix.to_owned(),
            links: LinkRule::default(),
            help_center: None,
            locale: None,
            status: BTreeMap::new(),
            teams: BTreeMap::new(),
            tags: BTreeMap::new(),
            companies: BTreeMap::new(),
            collections: BTreeMap::new(),
            teammates: Vec::new(),
            fields: BTreeMap::new(),
            exclusions: Vec::new(),
            teammate_index: BTreeMap::new(),
        }
    }

    /// Reads `mapping.toml`.
    ///
    /// # Errors
    /// If it is not of the format, or its rules contradict each other or what Intercom takes; all
    /// contradictions are named at once.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let written: Written = toml::from_str(text)
            .map_err(|cause| MappingError::Toml { file: "mapping.toml", cause: Box::new(cause) })?;
        let mut problems = Vec::new();
        if written.format != FORMAT {
            problems.push(format!("format {} is not {FORMAT}", written.format));
        }
        let mut fields = BTreeMap::new();
        for field in written.field {
            let from = field.from.clone();
            match field.into_rule() {
                Ok(rule) => {
                    if fields.insert(from.clone(), rule).is_some() {
                        problems.push(format!("field {from} has two rules"));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        let teams = written
            .teams
            .into_iter()
            .map(|(word, id)| (word, if id.is_empty() { None } else { Some(id) }))
            .collect();
        let mut mapping = Self {
            source: written.source,
            prefix: written.prefix,
            links: written.links,
            help_center: written.help_center,
            locale: written.locale,
            status: folded("status", written.status, &mut problems),
            teams: folded("teams", teams, &mut problems),
            tags: folded("tags", written.tags, &mut problems),
            companies: folded("companies", written.companies, &mut problems),
            collections: folded("collections", written.collections, &mut problems),
            teammates: written.teammate,
            fields,
            exclusions: written.exclude,
            teammate_index: BTreeMap::new(),
        };
        mapping.index(&mut problems);
        problems.extend(rule_check::contradictions(&mapping));
        if problems.is_empty() { Ok(mapping) } else { Err(MappingError::Rules(problems)) }
    }

    /// Adds teammates after the others.
    pub fn with_teammates(mut self, teammates: Vec<TeammateRule>) -> Self {
        self.teammates.extend(teammates);
        self.index(&mut Vec::new());
        self
    }

    fn index(&mut self, problems: &mut Vec<String>) {
        for (place, rule) in self.teammates.iter().enumerate() {
            let words = [
                rule.key.clone(),
                rule.email.as_deref().map(fold_email),
                rule.name.as_deref().map(fold),
            ];
            if words.iter().all(Option::is_none) {
                problems.push(format!("teammate {} has neither key, email nor name", place + 1));
            }
            for word in words.into_iter().flatten() {
                self.teammate_index.entry(word).or_insert(place);
            }
        }
    }

    /// The rule for a teammate by source key, folded address or folded name.
    pub fn teammate(&self, word: &str) -> Option<&TeammateRule> {
        self.teammate_index.get(word).and_then(|place| self.teammates.get(*place))
    }

    /// Attributes of a kind of object that fields become, by name.
    pub fn attributes(&self, holder: Holder) -> BTreeMap<&str, &Attribute> {
        self.fields
            .values()
            .filter_map(|rule| match rule {
                FieldRule::Attribute(attribute) if attribute.holder == holder => {
                    Some((attribute.name.as_str(), attribute))
                }
                _ => None,
            })
            .collect()
    }

    /// Digest of the canonical form; comments and the order of rules do not count.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn digest(&self) -> Result<Digest, MappingError> {
        Ok(Digest::of(Purpose::Mapping, &canonical_json(self)?))
    }
}

impl WrittenField {
    fn into_rule(self) -> Result<FieldRule, String> {
        let from = &self.from;
        match (self.to, self.drop) {
            (Some(_), Some(_)) => Err(format!("field {from} has both `to` and `drop`")),
            (None, None) => Err(format!("field {from} has neither `to` nor `drop`")),
            (None, Some(reason)) => Ok(FieldRule::Drop(reason)),
            (Some(to), None) => {
                let (word, name) =
                    to.split_once('.').ok_or(format!("field {from}: {to:?} names no object"))?;
                let holder = [Holder::Contact, Holder::Company, Holder::Conversation]
                    .into_iter()
                    .find(|holder| holder.word() == word)
                    .ok_or(format!("field {from}: {word:?} has no attributes"))?;
                let data_type = self.data_type.ok_or(format!("field {from} has no type"))?;
                Ok(FieldRule::Attribute(Attribute {
                    holder,
                    name: name.to_owned(),
                    data_type,
                    options: self.options,
                    description: self.description,
                    personal: self.personal,
                }))
            }
        }
    }
}

fn folded<T>(
    table: &str,
    words: BTreeMap<String, T>,
    problems: &mut Vec<String>,
) -> BTreeMap<String, T> {
    let mut seen = BTreeSet::new();
    let mut result = BTreeMap::new();
    for (word, value) in words {
        let key = fold(&word);
        if !seen.insert(key.clone()) {
            problems.push(format!("{table}: {word:?} is there twice"));
        }
        result.insert(key, value);
    }
    result
}
