//! Attribute definitions: of contacts and companies, and of conversations.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone)]
pub(crate) struct DataAttribute {
    pub(crate) id: u64,
    /// `contact` or `company`.
    pub(crate) model: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// As read back: string, integer, float, boolean or date.
    pub(crate) data_type: String,
    pub(crate) options: Vec<String>,
    /// The type of a relationship to custom objects, when it is one.
    pub(crate) references: Option<String>,
    pub(crate) messenger_writable: bool,
    pub(crate) archived: bool,
    /// Names of objects that depend on it; archiving is refused then.
    pub(crate) dependents: Vec<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// Definitions of contacts and companies: one name space for both.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataAttributes {
    pub(crate) by_id: BTreeMap<u64, DataAttribute>,
    by_name: HashMap<String, u64>,
}

impl DataAttributes {
    pub(crate) fn insert(&mut self, attribute: DataAttribute) {
        self.by_name.insert(attribute.name.clone(), attribute.id);
        self.by_id.insert(attribute.id, attribute);
    }

    pub(crate) fn find(&self, name: &str) -> Option<&DataAttribute> {
        self.by_name.get(name).and_then(|id| self.by_id.get(id))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ListOption {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) archived: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct ConversationAttribute {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) data_type: String,
    pub(crate) required: bool,
    pub(crate) multiline: bool,
    pub(crate) visible_to_team_ids: Vec<String>,
    pub(crate) options: Vec<ListOption>,
    pub(crate) reference: Option<Value>,
    pub(crate) archived: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// Definitions of conversations: names are not unique.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConversationAttributes {
    pub(crate) by_id: BTreeMap<u64, ConversationAttribute>,
    /// Active definitions by name.
    active: HashMap<String, Vec<u64>>,
    /// Names that more than one active definition has.
    doubled: usize,
}

impl ConversationAttributes {
    /// Rebuilds the index of active names: definitions change rarely.
    pub(crate) fn reindex(&mut self) {
        self.active.clear();
        for attribute in self.by_id.values().filter(|a| !a.archived) {
            self.active.entry(attribute.name.clone()).or_default().push(attribute.id);
        }
        self.doubled = self.active.values().filter(|ids| ids.len() > 1).count();
    }

    pub(crate) fn find(&self, name: &str) -> Option<&ConversationAttribute> {
        self.active.get(name).and_then(|ids| ids.first()).and_then(|id| self.by_id.get(id))
    }

    pub(crate) fn has_doubles(&self) -> bool {
        self.doubled > 0
    }
}
