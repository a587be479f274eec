//! The map: what a migration does with fields, words, teammates, teams and tags. It is text that
//! a person reviews and confirms (`mapping.toml`); its digest goes into the ledger.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::digest::Purpose;
use crate::model::record::ConversationState;
use crate::model::{Digest, canonical_json};

use super::error::MappingError;
use super::fold::{fold, fold_email};

/// Version of the format of `mapping.toml`.
pub const FORMAT: u32 = 1;

/// Before the key of a custom field in the name of a field, as in `ticket.cf_region`.
pub const CUSTOM: &str = "cf_";

/// Object of the fields of technicians, which their contacts get (decision I1).
pub const TECHNICIAN: &str = "technician";

/// Help desks whose technicians may be contacts too (decision I1).
const WITH_TECHNICIANS: &[&str] = &["infraon"];

/// Whether technicians of a help desk may be contacts too.
pub fn has_technicians(source: &str) -> bool {
    WITH_TECHNICIANS.contains(&source)
}

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

/// What threads of a category become (decision C-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the object of that name in Intercom")]
pub enum ThreadRule {
    Conversation,
    Ticket,
}

impl ThreadRule {
    /// The word in `mapping.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Ticket => "ticket",
        }
    }
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
    /// What threads of a category become, by folded category (decision C-1).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub threads: BTreeMap<String, ThreadRule>,
    /// Names of ticket types by what they are for: `request`, `offline`, `ticket`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ticket_types: BTreeMap<String, String>,
    /// Ids of ticket states by category (FACTS §5.5).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ticket_states: BTreeMap<String, String>,
    /// Identifiers of types of custom objects, by folded type of the source.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, String>,
    /// Addresses below this one are the help centre's own: redirects can be made for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_base: Option<String>,
    /// Teammates, as listed.
    pub teammates: Vec<TeammateRule>,
    /// Field rules by `object.field`.
    pub fields: BTreeMap<String, FieldRule>,
    /// Records left out, as listed.
    pub exclusions: Vec<Exclusion>,
    #[serde(skip)]
    teammate_index: BTreeMap<String, usize>,
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
            threads: BTreeMap::new(),
            ticket_types: BTreeMap::new(),
            ticket_states: BTreeMap::new(),
            objects: BTreeMap::new(),
            redirect_base: None,
            teammates: Vec::new(),
            fields: BTreeMap::new(),
            exclusions: Vec::new(),
            teammate_index: BTreeMap::new(),
        }
    }

    /// Adds teammates after the others.
    pub fn with_teammates(mut self, teammates: Vec<TeammateRule>) -> Self {
        self.teammates.extend(teammates);
        self.index();
        self
    }

    fn index(&mut self) {
        for (place, rule) in self.teammates.iter().enumerate() {
            let words = [
                rule.key.clone(),
                rule.email.as_deref().map(fold_email),
                rule.name.as_deref().map(fold),
            ];
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
