//! Custom objects: instances by external id; references between them first where what they lead
//! to comes earlier, else in a step of their own. Their types are made by hand (FACTS §5.9).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::destination::intercom::payload::object::{self as payload, ObjectBody};
use crate::destination::intercom::payload::{Attributes, Ref};
use crate::model::record::{ConfigurationItem, FieldValue, Fields, ObjectInstance};
use crate::model::{SourceKey, StepKey, Timestamp};

use super::account::Account;
use super::company::external_id;
use super::context::Context;
use super::document;
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::field::as_text;
use super::fold::{fold, slug};
use super::index::Index;
use super::loss::LossName;
use super::object_type::{RELATION, TEXT};
use super::object_value::values;
use super::policy::CustomObjects;
use super::relation;

/// External id that Intercom keeps for itself (FACTS §5.9; sources, Infraon).
const RESERVED: &str = "reference_not_found";

/// Order in which types are written; others follow.
const ORDER: [&str; 5] = ["ci", "asset", "change", "release", "problem"];

/// The field of a change that decision I14 is about, and what its words may be.
const CHANGE_TYPE: &str = "change_type";
const CHANGE_TYPES: [&str; 3] = ["normal", "standard", "emergency"];

/// The word that stands for other types of change.
const OTHER_CHANGE: &str = "Normal";

/// What becomes of an instance of a custom object.
pub fn map_object(key: &SourceKey, record: &ObjectInstance, context: &Context) -> Mapped {
    draft(key, record, context).unwrap_or_else(|outcome| Mapped::only(key, outcome))
}

fn draft(key: &SourceKey, record: &ObjectInstance, context: &Context) -> Result<Mapped, Outcome> {
    refuse(key, record, context)?;
    let mut account = Account::default();
    let types = context.index.types(&record.object_type);
    let mut attributes = values((key, &record.fields), types, &mut account);
    name(&record.name, &mut attributes, &mut account);
    change_type(key, record, &mut attributes, context, &mut account);
    let object_type = context.object_type(&record.object_type);
    let own = rank(&record.object_type);
    let mut later = Attributes::new();
    for (name, targets) in &record.references {
        let mut ids = Vec::new();
        let mut inline = true;
        for target in targets {
            if let Some(instance) = context.index.object(target) {
                inline &= rank(&instance.object_type) < own;
                ids.push(json!(Ref::from(target)));
            } else if Index::is_thread(target) {
                let objects = context.index.referring(target);
                account.derive(relation::of_thread(target, &objects, context));
            } else {
                let text = format!("{name} leads to {target}, which is no custom object");
                let document = document::CUSTOM_OBJECTS;
                account.by_hand(LossName::ReferenceMissing, document, key, text);
            }
        }
        if !ids.is_empty() {
            let place = if inline { &mut attributes } else { &mut later };
            account.typed(&slug(name), RELATION);
            place.insert(slug(name), Value::Array(ids));
        }
    }
    let body = ObjectBody {
        external_id: external_id(key, context),
        external_created_at: record.created_at.map(Timestamp::seconds),
        external_updated_at: record.updated_at.map(Timestamp::seconds),
        custom_attributes: attributes,
    };
    let mut steps = vec![payload::upsert(StepKey::from("create"), &object_type, &body)];
    if !later.is_empty() {
        let body = ObjectBody {
            external_id: external_id(key, context),
            custom_attributes: later,
            ..ObjectBody::default()
        };
        steps.push(payload::upsert(StepKey::from("references"), &object_type, &body));
    }
    Ok(account.written(key, Becomes::Object, steps))
}

fn refuse(key: &SourceKey, record: &ObjectInstance, context: &Context) -> Result<(), Outcome> {
    let policy = &context.policy.of_source;
    match policy.objects {
        CustomObjects::Write => {}
        CustomObjects::Archive => return Err(Outcome::handed_off(document::OBJECT_ARCHIVE)),
        CustomObjects::Undecided => {
            return Err(Outcome::queued("custom_objects_undecided", "decision I3"));
        }
    }
    let id = fold(key.id());
    if id.is_empty() || id == RESERVED {
        let release = "an id of its own at the source";
        return Err(Outcome::queued("external_id_reserved", release));
    }
    if !policy.moves(&record.object_type) {
        let rule = format!("I6, I7: {}", record.object_type);
        return Err(Outcome::Excluded { rule });
    }
    Ok(())
}

fn rank(object_type: &str) -> usize {
    let base = object_type.split(':').next().unwrap_or_default();
    ORDER.iter().position(|word| *word == base).unwrap_or(ORDER.len())
}

/// Types of change outside the three, by decision I14.
fn change_type(
    key: &SourceKey,
    record: &ObjectInstance,
    attributes: &mut Attributes,
    context: &Context,
    account: &mut Account,
) {
    let Some(word) = record.fields.get(CHANGE_TYPE).map(as_text) else { return };
    if CHANGE_TYPES.contains(&fold(&word).as_str()) || word.trim().is_empty() {
        return;
    }
    let document = document::CUSTOM_OBJECTS;
    if context.policy.of_source.change_types_mapped {
        attributes.insert(CHANGE_TYPE.to_owned(), json!(OTHER_CHANGE));
        let text = format!("change type {word:?} became {OTHER_CHANGE}");
        account.by_hand(LossName::ChangeTypeMapped, document, key, text);
    } else {
        account.list(document, key, format!("change type {word:?} is kept as it is"));
    }
}

/// The name of an instance.
fn name(text: &str, attributes: &mut Attributes, account: &mut Account) {
    account.typed("name", TEXT);
    attributes.insert("name".to_owned(), json!(text));
}

/// An item of the service catalogue as a custom object (decision I10).
pub(super) fn of_catalogue(key: &SourceKey, item: &ConfigurationItem, context: &Context) -> Mapped {
    let text = |(name, value): (&String, &String)| (name.clone(), FieldValue::Text(value.clone()));
    let mut fields: Fields = item.details.iter().map(text).collect();
    if let Some(active) = item.active {
        fields.insert("active".to_owned(), FieldValue::Boolean(active));
    }
    let record = ObjectInstance {
        object_type: item.kind.clone(),
        name: item.name.clone(),
        fields,
        references: BTreeMap::new(),
        created_at: None,
        updated_at: None,
    };
    map_object(key, &record, context)
}

/// The draft of a call as a custom object (decision C-3).
pub(super) fn of_call(
    key: SourceKey,
    (summary, fields): (&str, &Fields),
    at: Option<Timestamp>,
    context: &Context,
) -> Draft {
    let mut said = Account::default();
    let types = context.index.types(relation::CALL);
    let mut attributes = values((&key, fields), types, &mut said);
    name(summary, &mut attributes, &mut said);
    let body = ObjectBody {
        external_id: external_id(&key, context),
        external_created_at: at.map(Timestamp::seconds),
        external_updated_at: None,
        custom_attributes: attributes,
    };
    let object_type = context.object_type(relation::CALL);
    let step = payload::upsert(StepKey::from("create"), &object_type, &body);
    said.derived_draft(key, Becomes::Object, vec![step])
}
