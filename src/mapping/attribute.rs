//! Attributes that the map's field rules need, to be made before any record is written.

use std::collections::BTreeMap;

use crate::destination::intercom::payload::attribute::{
    self as payload, ConversationAttributeBody, ConversationDataType, DataAttributeBody, DataType,
    Model, OptionLabel, OptionValue,
};
use crate::model::{SourceKey, StepKey};

use super::context::Context;
use super::draft::{Becomes, Draft};
use super::extra;
use super::fold::slug;
use super::policy::MultiSelect;
use super::rule::{Attribute, AttributeType, FieldRule, Holder};

/// Drafts of all attributes that records will write, by object and name.
pub fn schema_drafts(context: &Context) -> Vec<Draft> {
    all(context).values().map(draft).collect()
}

/// All attributes that records will write, by object and name: those of the map, and those that
/// decisions bring.
pub(super) fn all(context: &Context) -> BTreeMap<(Holder, String), Attribute> {
    let mut found = BTreeMap::new();
    let mut add = |attribute: Attribute| {
        found.entry((attribute.holder, attribute.name.clone())).or_insert(attribute);
    };
    for (name, rule) in &context.mapping.fields {
        if let FieldRule::Attribute(attribute) = rule
            && context.writes(name, rule)
        {
            options(attribute, context).into_iter().for_each(&mut add);
        }
    }
    extra::attributes(context).into_iter().for_each(&mut add);
    found
}

/// The attribute, or a yes or no for each option of which several may be chosen (decision T10).
fn options(attribute: &Attribute, context: &Context) -> Vec<Attribute> {
    let several = attribute.data_type == AttributeType::String && !attribute.options.is_empty();
    if !several || context.policy.of_source.multi_select != MultiSelect::Booleans {
        return vec![attribute.clone()];
    }
    let each = attribute.options.iter().map(|option| Attribute {
        name: option_name(attribute, option),
        data_type: AttributeType::Boolean,
        options: Vec::new(),
        description: Some(option.clone()),
        ..attribute.clone()
    });
    each.collect()
}

/// Name of the attribute that says whether an option was chosen.
pub(super) fn option_name(attribute: &Attribute, option: &str) -> String {
    format!("{}_{}", attribute.name, slug(option))
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
        rule @ FieldRule::Attribute(attribute) if context.writes(name, rule) => {
            Some(key(attribute.holder, &attribute.name))
        }
        _ => None,
    }
}

pub(super) fn draft(attribute: &Attribute) -> Draft {
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
    let list = attribute.data_type == AttributeType::List;
    let options = attribute.options.iter().filter(|_| list);
    let options = options.map(|value| OptionValue { value: value.clone() });
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
    let list = attribute.data_type == AttributeType::List;
    let options = attribute.options.iter().filter(|_| list);
    let options = options.map(|label| OptionLabel { label: label.clone() });
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
