//! What threads say of custom objects: relationship attributes, written once the objects are
//! there, or texts where the plan has no custom objects (decision I3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::attribute::{
    self as payload, ConversationAttributeBody, ConversationDataType, Reference,
};
use crate::destination::intercom::payload::{Attributes, conversation};
use crate::model::event::Phase;
use crate::model::{SourceKey, StepKey};

use super::attribute;
use super::context::Context;
use super::draft::{Becomes, Draft};
use super::fold::slug;
use super::index::RELATION;
use super::policy::CustomObjects;
use super::rule::Holder;

/// The type of custom object that telephone calls become (decision C-3).
pub const CALL: &str = "call";

/// Drafts of the relationship attributes that threads get. They need the types, so they are made
/// right before the objects.
pub fn schema_drafts(context: &Context) -> Vec<Draft> {
    let policy = &context.policy.of_source;
    if policy.objects != CustomObjects::Write {
        return Vec::new();
    }
    let mut types = context.index.types_on_threads();
    if policy.call_objects {
        types.insert(CALL);
    }
    types.into_iter().map(|object_type| draft(object_type, context)).collect()
}

/// What threads that referred to custom objects before refer to now: an object may have dropped
/// a thread, and says nothing of it any more.
pub fn renewed(context: &Context) -> Vec<Draft> {
    let policy = &context.policy.of_source;
    // Calls are parts of threads, which bring their own references.
    if policy.objects != CustomObjects::Write || policy.call_objects {
        return Vec::new();
    }
    let of = |thread: &SourceKey| of_thread(thread, &context.index.referring(thread), context);
    context.index.related().iter().map(of).collect()
}

/// Name of the attribute by which threads refer to objects of a type.
pub(super) fn name(object_type: &str, context: &Context) -> String {
    context.own_attribute(&slug(object_type))
}

fn draft(object_type: &str, context: &Context) -> Draft {
    let name = name(object_type, context);
    let body = ConversationAttributeBody {
        name: name.clone(),
        data_type: ConversationDataType::Relationship,
        description: Some(format!("{object_type} of the old help desk")),
        multiline: None,
        options: Vec::new(),
        reference: Some(Reference {
            kind: "many",
            object_type_id: context.object_type(object_type),
        }),
    };
    let step = payload::create_for_conversations(StepKey::from("create"), &body);
    let key = attribute::key(Holder::Conversation, &name);
    let mut draft = Draft::new(key, Becomes::ConversationAttribute, vec![step]);
    draft.phase = Phase::Objects;
    draft
}

/// The draft that makes a thread refer to objects, by their types.
pub(super) fn of_thread(
    thread: &SourceKey,
    objects: &BTreeMap<&str, Vec<&SourceKey>>,
    context: &Context,
) -> Draft {
    let ids = |keys: &Vec<&SourceKey>| keys.iter().map(|key| json!(Ref::from(*key))).collect();
    let attributes: Attributes = objects
        .iter()
        .map(|(object_type, keys)| (name(object_type, context), Value::Array(ids(keys))))
        .collect();
    let step = conversation::update(StepKey::from("relations"), thread, None, &attributes, None);
    let key = SourceKey::own(RELATION, &thread.to_string());
    Draft::new(key, Becomes::Relation, vec![step])
}

/// Texts that stand for a thread's objects, by attribute.
pub(super) fn texts(thread: &SourceKey, context: &Context) -> BTreeMap<String, String> {
    let named = |key: &SourceKey| {
        let instance = context.index.object(key)?;
        Some(format!("{} ({})", instance.name, key.id()))
    };
    let joined = |keys: Vec<&SourceKey>| -> String {
        keys.into_iter().filter_map(named).collect::<Vec<_>>().join(", ")
    };
    context
        .index
        .referring(thread)
        .into_iter()
        .map(|(object_type, keys)| (name(object_type, context), joined(keys)))
        .collect()
}
