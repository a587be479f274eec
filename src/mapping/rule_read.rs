//! Reads `mapping.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::model::record::ConversationState;

use super::error::MappingError;
use super::fold::fold;
use super::rule::{
    Attribute, AttributeType, Exclusion, FORMAT, FieldRule, Holder, LinkRule, Mapping,
    TeammateRule, ThreadRule,
};
use super::rule_check;

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
    threads: BTreeMap<String, ThreadRule>,
    #[serde(default)]
    ticket_types: BTreeMap<String, String>,
    #[serde(default)]
    ticket_states: BTreeMap<String, String>,
    #[serde(default)]
    objects: BTreeMap<String, String>,
    #[serde(default)]
    redirect_base: Option<String>,
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
        let mut mapping = Self::empty(&written.source, &written.prefix);
        mapping.links = written.links;
        mapping.help_center = written.help_center;
        mapping.locale = written.locale;
        mapping.status = folded("status", written.status, &mut problems);
        mapping.teams = folded("teams", teams, &mut problems);
        mapping.tags = folded("tags", written.tags, &mut problems);
        mapping.companies = folded("companies", written.companies, &mut problems);
        mapping.collections = folded("collections", written.collections, &mut problems);
        mapping.threads = folded("threads", written.threads, &mut problems);
        mapping.ticket_types = folded("ticket_types", written.ticket_types, &mut problems);
        mapping.ticket_states = folded("ticket_states", written.ticket_states, &mut problems);
        mapping.objects = folded("objects", written.objects, &mut problems);
        mapping.redirect_base = written.redirect_base;
        mapping.fields = fields;
        mapping.exclusions = written.exclude;
        let mapping = mapping.with_teammates(written.teammate);
        problems.extend(rule_check::contradictions(&mapping));
        if problems.is_empty() { Ok(mapping) } else { Err(MappingError::Rules(problems)) }
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
