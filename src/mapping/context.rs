//! What every mapping function is given besides the record.

use crate::model::digest::Purpose;
use crate::model::record::{Article, PersonRef, Record, RecordKind, Teammate};
use crate::model::{Digest, SourceKey, canonical_json};

use super::decision::Decisions;
use super::error::MappingError;
use super::fold::{fold, fold_email, slug};
use super::index::Index;
use super::link::LinkIndex;
use super::policy::{Addressless, Category, Collisions, Policy, SavedReplies, Threads};
use super::rule::{
    Attribute, CUSTOM, FieldRule, Mapping, TECHNICIAN, TeammateRule, has_technicians,
};

/// The map, the decisions and what has to be known of the whole export.
#[derive(Clone, Debug)]
pub struct Context {
    /// The confirmed map.
    pub mapping: Mapping,
    /// The decisions in force.
    pub policy: Policy,
    /// Articles by their old addresses.
    pub links: LinkIndex,
    /// What is known of the whole export.
    pub index: Index,
    digest: Digest,
    project_key: [u8; 32],
}

/// A ticket's priority, which decision T2 may put on the ticket.
pub(super) const PRIORITY: &str = "ticket.priority";

/// An incident's category, which decision I8 may make a tag.
pub(super) const CATEGORY: &str = "ticket.category";

/// What becomes of a value that the map makes an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is one.
    Attribute,
    /// A personal detail that stays behind.
    Personal,
    /// A decision leaves it out.
    Dropped,
    /// A decision puts it somewhere else.
    Elsewhere,
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
        let policy = Policy::of(&mapping.source, decisions)?;
        let links = LinkIndex::new(&mapping.links);
        Ok(Self { mapping, policy, links, index: Index::default(), digest, project_key: [0; 32] })
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
        self.links.add(key, article, self.policy.publishes(article));
    }

    /// Whether records of a kind have to be known before any is mapped.
    pub fn learns(&self, kind: RecordKind) -> bool {
        let policy = &self.policy.of_source;
        match kind {
            RecordKind::Article
            | RecordKind::Collection
            | RecordKind::Company
            | RecordKind::ObjectDefinition
            | RecordKind::ObjectInstance
            | RecordKind::Team => true,
            RecordKind::SavedReply => policy.saved_replies == SavedReplies::InternalArticle,
            RecordKind::Teammate => has_technicians(&self.mapping.source),
            RecordKind::Tag => !policy.tag_attributes.is_empty(),
            RecordKind::Conversation => policy.addressless == Addressless::LeadWithThread,
            _ => false,
        }
    }

    /// Makes a record known: others lead to it.
    pub fn learn(&mut self, key: &SourceKey, record: &Record) {
        match record {
            Record::Article(article) => self.add_article(key, article),
            Record::Collection(collection) => self.index.add_collection(key, collection),
            Record::Company(company) => self.index.add_company(key, company),
            Record::ObjectInstance(object) if self.policy.of_source.moves(&object.object_type) => {
                self.index.add_object(key, object);
            }
            Record::ObjectDefinition(definition) => self.index.add_type(definition),
            Record::SavedReply(reply) => self.index.add_saved_reply(key, reply),
            Record::Team(team) => self.index.add_team(key, team),
            Record::Tag(tag) => self.index.add_tag(tag),
            Record::Teammate(teammate) => self.learn_technician(key, teammate),
            Record::Conversation(thread) => self.index.add_thread(thread),
            _ => {}
        }
    }

    fn learn_technician(&mut self, key: &SourceKey, teammate: &Teammate) {
        if self.policy.of_source.technicians.are_contacts() {
            self.index.add_technician(teammate);
        } else {
            self.index.add_matched(key, teammate);
        }
    }

    /// Makes a draft known that stands in the ledger already.
    pub fn learn_derived(&mut self, key: &SourceKey) {
        self.index.add_derived(key);
    }

    /// What becomes of a value that the map makes an attribute.
    pub fn place(&self, name: &str, attribute: &Attribute) -> Place {
        let policy = &self.policy.of_source;
        let wrapped = matches!(policy.threads, Threads::Convert | Threads::Linked);
        if attribute.personal && !self.policy.personal {
            Place::Personal
        } else if self.collides(name) || (is_technician(name) && !policy.technicians.are_contacts())
        {
            Place::Dropped
        } else if (name == PRIORITY && wrapped && policy.ticket_priority)
            || (name == CATEGORY && policy.category == Category::Tag)
        {
            Place::Elsewhere
        } else {
            Place::Attribute
        }
    }

    /// Whether a field of both tickets and customers is left out (decision D5).
    fn collides(&self, name: &str) -> bool {
        let both = |from: &str, to: &str| {
            let field = name.strip_prefix(from).filter(|field| field.starts_with(CUSTOM));
            field.is_some_and(|field| self.mapping.fields.contains_key(&format!("{to}{field}")))
        };
        match self.policy.of_source.collisions {
            Collisions::Separate => false,
            Collisions::Consolidate => both("ticket.", "customer."),
            Collisions::Drop => both("ticket.", "customer.") || both("customer.", "ticket."),
        }
    }

    /// Whether a field's rule makes it an attribute of its own object.
    pub fn writes(&self, name: &str, rule: &FieldRule) -> bool {
        match rule {
            FieldRule::Attribute(attribute) => self.place(name, attribute) == Place::Attribute,
            FieldRule::Drop(_) => false,
        }
    }

    /// The identifier of a type of custom object.
    pub fn object_type(&self, word: &str) -> String {
        self.mapping.objects.get(&fold(word)).cloned().unwrap_or_else(|| slug(word))
    }

    /// The name of an attribute that this program brings.
    pub fn own_attribute(&self, word: &str) -> String {
        format!("{}_{word}", self.mapping.prefix)
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

/// Whether a field is a technician's (decision I1).
fn is_technician(name: &str) -> bool {
    name.strip_prefix(TECHNICIAN).is_some_and(|rest| rest.starts_with('.'))
}

/// Digest of map and decisions.
///
/// # Errors
/// If a value has no canonical form.
pub fn rules_digest(mapping: &Mapping, decisions: &Decisions) -> Result<Digest, MappingError> {
    Ok(Digest::of(Purpose::Mapping, &canonical_json(&(mapping, decisions))?))
}
