//! What every mapping function is given besides the record.

use std::collections::BTreeMap;

use crate::model::digest::Purpose;
use crate::model::record::{Article, PersonRef};
use crate::model::{Digest, SourceKey, canonical_json};

use super::decision::Decisions;
use super::error::MappingError;
use super::fold::{fold, fold_company, fold_email};
use super::link::LinkIndex;
use super::policy::Policy;
use super::rule::{FieldRule, Mapping, TeammateRule};

/// The map, the decisions and what has to be known of the whole export.
#[derive(Clone, Debug)]
pub struct Context {
    /// The confirmed map.
    pub mapping: Mapping,
    /// The decisions in force.
    pub policy: Policy,
    /// Articles by their old addresses.
    pub links: LinkIndex,
    companies: BTreeMap<String, SourceKey>,
    digest: Digest,
    project_key: [u8; 32],
}

/// A teammate as Intercom will show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// Id of the admin.
    pub admin: String,
    /// The name to keep in the text, if the admin is the fallback.
    pub named: Option<String>,
}

impl Context {
    /// A context that knows no article and no company yet.
    ///
    /// # Errors
    /// If the fallback admin (G3) is not decided.
    pub fn new(mapping: Mapping, decisions: &Decisions) -> Result<Self, MappingError> {
        let digest = rules_digest(&mapping, decisions)?;
        let policy = Policy::of(decisions)?;
        let links = LinkIndex::new(&mapping.links);
        Ok(Self {
            mapping,
            policy,
            links,
            companies: BTreeMap::new(),
            digest,
            project_key: [0; 32],
        })
    }

    /// The same, with the key under which personal words are hidden in source keys.
    pub fn keyed(mut self, project_key: &[u8; 32]) -> Self {
        self.project_key = *project_key;
        self
    }

    /// A personal word as it may stand in a source key: keys are kept for ever and in the clear.
    pub fn hidden(&self, word: &str) -> String {
        blake3::keyed_hash(&self.project_key, word.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Digest of map and decisions: the same digest gives the same drafts.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Makes an article known, so that links to it are found.
    pub fn add_article(&mut self, key: &SourceKey, article: &Article) {
        self.links.add(key, article);
    }

    /// Makes a company's record known, so that a contact that only names it is attached to it.
    /// The first of equal names stays.
    pub fn add_company(&mut self, key: &SourceKey, name: &str) {
        self.companies.entry(fold_company(name)).or_insert_with(|| key.clone());
    }

    /// The company's record of a name.
    pub fn company_named(&self, name: &str) -> Option<&SourceKey> {
        self.companies.get(&fold_company(name))
    }

    /// Whether a field's rule makes it an attribute, personal details by decision D12.
    pub fn writes(&self, rule: &FieldRule) -> bool {
        match rule {
            FieldRule::Attribute(attribute) => self.policy.personal || !attribute.personal,
            FieldRule::Drop(_) => false,
        }
    }

    /// A person's name for a text; the map's teammates are known by it.
    pub fn name(&self, person: &PersonRef) -> String {
        let known =
            self.rule_of(person).and_then(|rule| rule.name.as_ref().or(rule.email.as_ref()));
        match (&person.name, &person.email, &person.key) {
            (Some(name), Some(email), _) => format!("{name} <{email}>"),
            (Some(text), None, _) => text.clone(),
            (None, email, key) => match (known.or(email.as_ref()), key) {
                (Some(text), _) => text.clone(),
                (None, Some(key)) => format!("{} {}", key.object(), key.id()),
                (None, None) => "unknown".to_owned(),
            },
        }
    }

    fn rule_of(&self, person: &PersonRef) -> Option<&TeammateRule> {
        let words = [
            person.key.as_ref().map(SourceKey::to_string),
            person.email.as_deref().map(fold_email),
            person.name.as_deref().map(fold),
        ];
        words.iter().flatten().find_map(|word| self.mapping.teammate(word))
    }

    /// The admin for a teammate.
    pub fn speaker(&self, person: &PersonRef) -> Speaker {
        let admin = self.rule_of(person).and_then(|rule| rule.admin.as_ref());
        match admin {
            Some(admin) => Speaker { admin: admin.clone(), named: None },
            None => Speaker {
                admin: self.policy.fallback_admin.clone(),
                named: Some(self.name(person)),
            },
        }
    }
}

/// Digest of map and decisions.
///
/// # Errors
/// If a value has no canonical form.
pub fn rules_digest(mapping: &Mapping, decisions: &Decisions) -> Result<Digest, MappingError> {
    Ok(Digest::of(Purpose::Mapping, &canonical_json(&(mapping, decisions))?))
}
