//! What a source proposes for its own columns and words: read from its `rules.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::model::record::ConversationState;

use super::error::MappingError;
use super::fold::fold;
use super::rule::{AttributeType, Holder, LinkRule, TECHNICIAN};

/// A column's attribute.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DefaultAttribute {
    /// Name.
    pub attribute: String,
    /// Type.
    #[serde(rename = "type")]
    pub data_type: AttributeType,
}

/// What a source proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The source.
    pub source: String,
    /// Begins external ids and attribute names; the source's name unless its rules say otherwise.
    pub prefix: String,
    /// Attributes by `object.field`.
    pub attributes: BTreeMap<String, DefaultAttribute>,
    /// Status words, folded, with their state and whether the vendor published them.
    pub status: BTreeMap<String, (ConversationState, bool)>,
    /// Personal fields, as `object.field`.
    pub personal: BTreeSet<String>,
    /// The old help desk's addresses.
    pub links: LinkRule,
    /// A team below another is looked for by its last name (decision T8).
    pub leaf_teams: bool,
}

#[derive(Deserialize)]
struct Written {
    source: String,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    status: StatusWords,
    #[serde(default)]
    attributes: BTreeMap<Holder, BTreeMap<String, DefaultAttribute>>,
    /// Columns of technicians, which become attributes of contacts.
    #[serde(default)]
    technician: BTreeMap<String, DefaultAttribute>,
    #[serde(default)]
    drop: BTreeMap<Holder, Vec<String>>,
    #[serde(default)]
    links: LinkRule,
}

/// Words by language, for each state.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusWords {
    #[serde(default)]
    open: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    snoozed: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    closed: BTreeMap<String, Vec<String>>,
}

/// Language under which a source lists the words that its vendor published.
const DOCUMENTED: &str = "documented";

impl Defaults {
    /// Reads a source's `rules.toml`; tables that are not about the map are left to the source.
    ///
    /// # Errors
    /// If it is not of the format.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let written: Written = toml::from_str(text)
            .map_err(|cause| MappingError::Toml { file: "rules.toml", cause: Box::new(cause) })?;
        let mut status = BTreeMap::new();
        for (state, languages) in [
            (ConversationState::Open, written.status.open),
            (ConversationState::Snoozed, written.status.snoozed),
            (ConversationState::Closed, written.status.closed),
        ] {
            for (language, words) in languages {
                for word in words {
                    let entry = status.entry(fold(&word)).or_insert((state, false));
                    entry.1 |= language == DOCUMENTED;
                }
            }
        }
        let object = |holder: Holder| match holder {
            Holder::Contact => "customer",
            Holder::Company => "company",
            Holder::Conversation => "ticket",
        };
        let attributes = written.attributes.into_iter().flat_map(|(holder, columns)| {
            columns
                .into_iter()
                .map(move |(column, default)| (format!("{}.{column}", object(holder)), default))
        });
        let of_technicians = written.technician.into_iter();
        let of_technicians =
            of_technicians.map(|(column, default)| (format!("{TECHNICIAN}.{column}"), default));
        let personal = written.drop.into_iter().flat_map(|(holder, columns)| {
            columns.into_iter().map(move |column| format!("{}.{column}", object(holder)))
        });
        Ok(Self {
            prefix: written.prefix.unwrap_or_else(|| written.source.clone()),
            source: written.source,
            attributes: attributes.chain(of_technicians).collect(),
            status,
            personal: personal.collect(),
            links: written.links,
            leaf_teams: false,
        })
    }
}
