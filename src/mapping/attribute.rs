//! Attributes that the map's field rules need, to be made before any record is written.

use crate::destination::intercom::payload::attribute::{
    self as payload, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType,
    Model, OptionLabel, OptionValue,
};
use crate::model::{SourceKey, StepKey};

use super::context::Context;
use super::draft::{Becomes, Draft};
use super::rule::{Attribute, AttributeType, FieldRule, Holder};

/// Drafts of all attributes that records will write, by object and name.
pub fn schema_drafts(context: &Context) -> Vec<Draft> {
    [Holder::Contact, Holder::Company, Holder::Conversation]
        .into_iter()
        .flat_map(|holder| context.mapping.attributes(holder).into_values())
        .filter(|attribute| context.policy.personal || !attribute.personal)
        .map(draft)
        .collect()
}

/// Key of an attribute's draft.
pub fn key(holder: Holder, name: &str) -> SourceKey {
    let object = match holder {
        Holder::Contact => "contact_attribute",
        Holder::Company => "company_attribute",
        Holder::Conversation => "conversation_attribute",
    };
    SourceKey::own(object, name)
}

/// The attribute that a field becomes, if it is not dropped.
pub(super) fn of_field(name: &str, context: &Context) -> Option<SourceKey> {
    match context.mapping.fields.get(name)? {
        rule @ FieldRule::Attribute(attribute) if context.writes(rule) => {
            Some(key(attribute.holder, &attribute.name))
        }
        _ => None,
    }
}

fn draft(attribute: &Attribute) -> Draft {
    let create = StepKey::from("create");
    let key = key(attribute.holder, &attribute.name);
    let model = match attribute.holder {
        Holder::Contact => Model::Contact,
        Holder::Company => Model::Company,
        Holder::Conversation => {
            let step = payload::create_for_conversations(create, &of_conversation(attribute));
            return Draft::new(key, Becomes::ConversationAttribute, vec![step]);
        }
    };
    let options = attribute.options.iter().map(|value| OptionValue { value: value.clone() });
    let body = DataAttributeBody {
        name: attribute.name.clone(),
        model,
        data_type: data_type(attribute.data_type),
        options: options.collect(),
        description: attribute.description.clone(),
    };
    Draft::new(key, Becomes::DataAttribute, vec![payload::create(create, &body)])
}

fn of_conversation(attribute: &Attribute) -> ConversationAttributeBody {
    let options = attribute.options.iter().map(|label| OptionLabel { label: label.clone() });
    ConversationAttributeBody {
        name: attribute.name.clone(),
        data_type: match attribute.data_type {
            AttributeType::String => ConversationDataType::String,
            AttributeType::Integer => ConversationDataType::Integer,
            AttributeType::Decimal => ConversationDataType::Decimal,
            AttributeType::Boolean => ConversationDataType::Boolean,
            AttributeType::Date | AttributeType::Datetime => ConversationDataType::Datetime,
            AttributeType::List => ConversationDataType::List,
        },
        description: attribute.description.clone(),
        multiline: None,
        options: options.collect(),
        reference: None,
    }
}

fn data_type(data_type: AttributeType) -> DataType {
    match data_type {
        AttributeType::String => DataType::String,
        AttributeType::Integer => DataType::Integer,
        AttributeType::Decimal => DataType::Float,
        AttributeType::Boolean => DataType::Boolean,
        AttributeType::Date => DataType::Date,
        AttributeType::Datetime => DataType::Datetime,
        AttributeType::List => DataType::Options,
    }
}
