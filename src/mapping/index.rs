//! What the map has to know of the whole export: companies, custom objects and who refers to
//! them, saved replies.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::SourceKey;
use crate::model::record::{
    Collection, Company, Conversation, ObjectDefinition, ObjectInstance, PersonRef, SavedReply,
    Tag, Team, Teammate,
};

use super::fold::{fold, fold_company, fold_email, slug};
use super::object_type::{Types, word};

/// Objects that are threads: their relations to custom objects stand on the conversation.
const THREADS: &[&str] = &["incident", "ticket", "chat"];

/// Word of the keys of drafts that make threads refer to custom objects.
pub const RELATION: &str = "relation";

/// Kind of tags that hold a key and a value.
const STRUCTURED: &str = "structured";

/// Teams followed upwards before they are taken for a circle.
const TEAM_DEPTH_MAX: usize = 16;

/// Containers followed upwards before they are taken for a circle.
const COLLECTION_DEPTH_MAX: usize = 16;

/// A custom object as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The source's word for its type.
    pub object_type: String,
    /// Its name.
    pub name: String,
}

/// What is known of the whole export.
#[derive(Clone, Debug, Default)]
pub struct Index {
    companies: BTreeMap<String, SourceKey>,
    domains: BTreeMap<String, SourceKey>,
    /// Containers of articles: name, and the container above.
    collections: BTreeMap<SourceKey, (String, Option<SourceKey>)>,
    objects: BTreeMap<SourceKey, Instance>,
    /// Types of attributes by the source's word for the type of object.
    types: BTreeMap<String, Types>,
    /// Custom objects that refer to a record, by its key.
    referring: BTreeMap<SourceKey, BTreeSet<SourceKey>>,
    /// Threads that were made to refer to custom objects before.
    related: BTreeSet<SourceKey>,
    saved_replies: BTreeMap<SourceKey, SavedReply>,
    /// Folded names of tags whose kind says that they hold a key and a value.
    structured_tags: BTreeSet<String>,
    technicians: BTreeMap<String, Teammate>,
    /// Addresses of technicians who are no contacts, by key.
    matched: BTreeMap<SourceKey, Option<String>>,
    /// Names of teams with the team above.
    teams: BTreeMap<SourceKey, (String, Option<SourceKey>)>,
    /// Hashes of the keys of customers who have a thread: eight bytes each, for there are many.
    asking: HashSet<u64>,
}

impl Index {
    /// Makes a company known. The first of equal names and domains stays.
    pub fn add_company(&mut self, key: &SourceKey, company: &Company) {
        self.companies.entry(fold_company(&company.name)).or_insert_with(|| key.clone());
        if let Some(domain) = domain(company) {
            self.domains.entry(domain).or_insert_with(|| key.clone());
        }
    }

    /// Makes a container of articles known.
    pub fn add_collection(&mut self, key: &SourceKey, collection: &Collection) {
        let known = (collection.name.clone(), collection.parent.clone());
        self.collections.insert(key.clone(), known);
    }

    /// The container whose names, from the top, are those of `path`; the first of several.
    pub fn collection_at(&self, path: &[String]) -> Option<&SourceKey> {
        let path: Vec<String> = path.iter().map(|name| fold(name)).collect();
        self.collections.keys().find(|key| self.collection_path(key).as_ref() == Some(&path))
    }

    /// The folded names of a container and those above it, from the top; `None` in a circle.
    fn collection_path(&self, key: &SourceKey) -> Option<Vec<String>> {
        let mut path = Vec::new();
        let mut next = Some(key);
        while let Some(key) = next {
            let (name, parent) = self.collections.get(key)?;
            if path.len() >= COLLECTION_DEPTH_MAX {
                return None;
            }
            path.push(fold(name));
            next = parent.as_ref();
        }
        path.reverse();
        Some(path)
    }

    /// Makes a custom object known.
    pub fn add_object(&mut self, key: &SourceKey, record: &ObjectInstance) {
        let (object_type, name) = (record.object_type.clone(), record.name.clone());
        self.objects.insert(key.clone(), Instance { object_type, name });
        for target in record.references.values().flatten() {
            self.referring.entry(target.clone()).or_default().insert(key.clone());
        }
    }

    /// Makes a type of custom objects known.
    pub fn add_type(&mut self, record: &ObjectDefinition) {
        let fields = record.fields.iter().map(|field| (slug(&field.field), word(field)));
        self.types.insert(record.object_type.clone(), fields.collect());
    }

    /// The types of the attributes of a type of custom objects.
    pub(super) fn types(&self, object_type: &str) -> Option<&Types> {
        self.types.get(object_type)
    }

    /// Makes a draft known that stands in the ledger: those of relations name their thread.
    pub fn add_derived(&mut self, key: &SourceKey) {
        let relation = *key == SourceKey::own(RELATION, key.id());
        self.related.extend(key.id().parse().ok().filter(|_| relation));
    }

    /// Makes a saved reply known.
    pub fn add_saved_reply(&mut self, key: &SourceKey, record: &SavedReply) {
        self.saved_replies.insert(key.clone(), record.clone());
    }

    /// Makes a tag's kind known.
    pub fn add_tag(&mut self, tag: &Tag) {
        if tag.kind.as_deref().is_some_and(|kind| fold(kind) == STRUCTURED) {
            self.structured_tags.insert(fold(&tag.name));
        }
    }

    /// Folded names of structured tags (`stage: trial`).
    pub fn structured_tags(&self) -> &BTreeSet<String> {
        &self.structured_tags
    }

    /// Makes a technician known by address.
    pub fn add_technician(&mut self, teammate: &Teammate) {
        if let Some(email) = &teammate.email {
            self.technicians.insert(fold_email(email), teammate.clone());
        }
    }

    /// Makes a technician known who is only matched with an admin.
    pub fn add_matched(&mut self, key: &SourceKey, teammate: &Teammate) {
        self.matched.insert(key.clone(), teammate.email.clone());
    }

    /// A technician who is only matched with an admin, as somebody who asks.
    pub fn matched(&self, key: &SourceKey) -> Option<PersonRef> {
        let email = self.matched.get(key)?.clone();
        Some(PersonRef { key: None, email, name: None })
    }

    /// Makes a team known.
    pub fn add_team(&mut self, key: &SourceKey, team: &Team) {
        self.teams.insert(key.clone(), (team.name.clone(), team.parent.clone()));
    }

    /// Names from the team at the top down to this one.
    pub fn team_path(&self, key: &SourceKey) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = Some(key);
        while let Some((name, parent)) = at.and_then(|key| self.teams.get(key)) {
            path.insert(0, name.as_str());
            at = parent.as_ref().filter(|_| path.len() < TEAM_DEPTH_MAX);
        }
        path
    }

    /// Makes it known that a thread's customer has one.
    pub fn add_thread(&mut self, thread: &Conversation) {
        self.asking.extend(thread.customer.key.as_ref().map(hash));
    }

    /// The technician with one of these addresses.
    pub fn technician(&self, emails: &[String]) -> Option<&Teammate> {
        emails.iter().find_map(|email| self.technicians.get(&fold_email(email)))
    }

    /// Whether a customer has a thread.
    pub fn has_thread(&self, customer: &SourceKey) -> bool {
        self.asking.contains(&hash(customer))
    }

    /// The company's record of a name.
    pub fn company_named(&self, name: &str) -> Option<&SourceKey> {
        self.companies.get(&fold_company(name))
    }

    /// The first company's record of a domain.
    pub fn company_of(&self, domain: &str) -> Option<&SourceKey> {
        self.domains.get(domain)
    }

    /// A custom object.
    pub fn object(&self, key: &SourceKey) -> Option<&Instance> {
        self.objects.get(key)
    }

    /// Whether a record is a thread.
    pub fn is_thread(key: &SourceKey) -> bool {
        THREADS.contains(&key.object())
    }

    /// Custom objects that refer to a record, by type, in order of their keys.
    pub fn referring(&self, key: &SourceKey) -> BTreeMap<&str, Vec<&SourceKey>> {
        let mut found: BTreeMap<&str, Vec<&SourceKey>> = BTreeMap::new();
        for object in self.referring.get(key).into_iter().flatten() {
            if let Some(instance) = self.objects.get(object) {
                found.entry(&instance.object_type).or_default().push(object);
            }
        }
        found
    }

    /// Threads that were made to refer to custom objects before.
    pub fn related(&self) -> &BTreeSet<SourceKey> {
        &self.related
    }

    /// Types of custom objects that refer to threads.
    pub fn types_on_threads(&self) -> BTreeSet<&str> {
        let threads = self.referring.iter().filter(|(key, _)| Self::is_thread(key));
        threads
            .flat_map(|(_, objects)| objects)
            .filter_map(|key| self.objects.get(key))
            .map(|instance| instance.object_type.as_str())
            .collect()
    }

    /// All saved replies, in order of their keys.
    pub fn saved_replies(&self) -> &BTreeMap<SourceKey, SavedReply> {
        &self.saved_replies
    }
}

fn hash(key: &SourceKey) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(key.to_string().as_bytes()).as_bytes()[..8]);
    u64::from_be_bytes(first)
}

/// A company's domain as it is compared: without scheme, `www.` and path.
pub fn domain(company: &Company) -> Option<String> {
    let written = company.standard.get("domain").or(company.website.as_ref())?;
    let bare = written.trim().to_lowercase();
    let bare = bare.split("://").last().unwrap_or_default();
    let host = bare.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.contains('.').then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_compared_bare() {
        for (written, expected) in [
            ("https://www.Acme.example.com/about", Some("acme.example.com")),
            ("acme.example.com", Some("acme.example.com")),
            ("http://acme.example.com:8080", Some("acme.example.com")),
            ("acme", None),
            (" ", None),
        ] {
            let company = Company {
                name: "Acme".into(),
                website: Some(written.into()),
                standard: [].into(),
                fields: [].into(),
                created_at: None,
            };
            assert_eq!(domain(&company).as_deref(), expected, "{written}");
        }
    }
}
