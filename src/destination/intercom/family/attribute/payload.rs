//! Attributes of contacts and companies (FACTS §5.7) and of conversations (FACTS §5.8).

use serde::Serialize;
use serde_json::json;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Ref, bare, step};
use super::super::super::step::Step;

/// What has the attribute. A name used on one is refused on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Contacts.
    Contact,
    /// Companies.
    Company,
}

/// Type of an attribute of contacts and companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DataType {
    String,
    Integer,
    Float,
    Boolean,
    Datetime,
    Date,
    /// A text out of at least two options.
    Options,
}

/// An attribute of contacts or companies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataAttributeBody {
    /// Name; unique over contacts and companies.
    pub name: String,
    /// What has it.
    pub model: Model,
    /// Type; it cannot be changed later.
    pub data_type: DataType,
    /// Options, at least two, if the type asks for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionValue>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionValue {
    /// The text itself.
    pub value: String,
}

/// Type of a conversation attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ConversationDataType {
    String,
    Integer,
    Decimal,
    Boolean,
    Datetime,
    List,
    Relationship,
    Files,
}

/// An attribute of conversations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConversationAttributeBody {
    /// Name. Not unique in Intercom, and two of one name break every later update: list first.
    pub name: String,
    /// Type; it cannot be changed later.
    pub data_type: ConversationDataType,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Several lines of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
    /// Options of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionLabel>,
    /// What a relationship leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// One option of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionLabel {
    /// The label, by which values are written.
    pub label: String,
}

/// What a relationship attribute leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// `one` or `many`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The type of custom object.
    pub object_type_id: String,
}

/// Creates an attribute of contacts or companies.
pub fn create(key: StepKey, body: &DataAttributeBody) -> Step {
    step(key, Operation::DataAttributeCreate, [], body)
}

/// Replaces the options of an attribute.
pub fn set_options(key: StepKey, attribute: impl Into<Ref>, options: &[OptionValue]) -> Step {
    let path = [("attribute_id", attribute.into())];
    step(key, Operation::DataAttributeUpdate, path, &json!({ "options": options }))
}

/// Hides an attribute of contacts or companies.
pub fn archive(key: StepKey, attribute: impl Into<Ref>) -> Step {
    let path = [("attribute_id", attribute.into())];
    step(key, Operation::DataAttributeArchive, path, &json!({ "archived": true }))
}

/// Creates an attribute of conversations.
pub fn create_for_conversations(key: StepKey, body: &ConversationAttributeBody) -> Step {
    step(key, Operation::ConversationAttributeCreate, [], body)
}

/// Adds an option to a list attribute of conversations.
pub fn add_option(key: StepKey, attribute: impl Into<Ref>, label: &str) -> Step {
    let path = [("attribute_id", attribute.into())];
    step(key, Operation::ConversationOptionCreate, path, &json!({ "label": label }))
}

/// Hides an attribute of conversations; there is no way back by the API.
pub fn archive_for_conversations(key: StepKey, attribute: impl Into<Ref>) -> Step {
    bare(key, Operation::ConversationAttributeArchive, [("attribute_id", attribute.into())])
}
