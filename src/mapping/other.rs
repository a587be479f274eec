//! Records that become no object of their own: people who are there already, schema, and what
//! only a person can move.

use crate::model::record::{FieldDefinition, Record, Tag, Team};
use crate::model::{SourceKey, record::PersonRef};

use super::attribute;
use super::context::{Context, Place};
use super::document;
use super::draft::{Mapped, Outcome};
use super::extra;
use super::fold::fold;
use super::input::TeammateInput;
use super::object;
use super::policy::TagTarget;
use super::rule::{CUSTOM, FieldRule, Holder};
use super::rule_check::OWNERS;
use super::saved_reply;
use super::tag;
use super::technician;

/// What becomes of a record that is neither contact, company, conversation, mention, article nor
/// collection. Messages and files that come here have no parent in the export: they wait.
pub fn map_other(key: &SourceKey, record: &Record, context: &Context) -> Mapped {
    let outcome = match record {
        Record::Team(team) => of_team(team, context),
        Record::Teammate(teammate) => {
            return map_teammate(&TeammateInput { key, teammate, contact: None }, context);
        }
        Record::Tag(tag) => return of_tag(key, tag, context),
        Record::FieldDefinition(definition) => of_field(definition, context),
        Record::SavedReply(_) => saved_reply::of_record(context),
        Record::ConfigurationItem(item) => {
            let catalogue = document::of_configuration(&item.kind) == document::CATALOGUE;
            if catalogue && context.policy.of_source.catalogue_objects {
                return object::of_catalogue(key, item, context);
            }
            Outcome::handed_off(document::of_configuration(&item.kind))
        }
        Record::ObjectDefinition(_) => Outcome::handed_off(document::CUSTOM_OBJECTS),
        other => match other.parent() {
            Some(parent) => Outcome::queued("parent_missing", format!("a record {parent}")),
            None => Outcome::queued("not_mapped", format!("a map for {}", other.kind().word())),
        },
    };
    Mapped::only(key, outcome)
}

/// What becomes of a member of the help desk's team: an admin who is there already, a contact too
/// by decision I1, or somebody to be invited.
pub fn map_teammate(input: &TeammateInput<'_>, context: &Context) -> Mapped {
    let record = input.teammate;
    let person = PersonRef {
        key: Some(input.key.clone()),
        email: record.email.clone(),
        name: record.name.clone(),
    };
    let speaker = context.speaker(&person);
    if let Some(mapped) = technician::map_technician(input, speaker.named.is_some(), context) {
        return mapped;
    }
    let outcome = match speaker.named {
        None => Outcome::merged(SourceKey::own("admin", &speaker.admin), "same_person"),
        Some(_) => Outcome::handed_off(document::TEAMMATES),
    };
    Mapped::only(input.key, outcome)
}

fn of_team(record: &Team, context: &Context) -> Outcome {
    match context.mapping.teams.get(&fold(&record.name)) {
        Some(Some(id)) => Outcome::merged(SourceKey::own("team", id), "by_map"),
        _ => Outcome::handed_off(document::TEAMS),
    }
}

fn of_tag(key: &SourceKey, record: &Tag, context: &Context) -> Mapped {
    let policy = &context.policy.of_source;
    if policy.tag_target == TagTarget::Sheet {
        return Mapped::only(key, Outcome::handed_off(document::TAGS));
    }
    if let Some((name, _)) = extra::of_tag(&record.name, context) {
        let into = attribute::key(Holder::Contact, &name);
        return Mapped::only(key, Outcome::merged(into, "by_decision"));
    }
    let draft = tag::draft(&record.name, context);
    let outcome = Outcome::merged(draft.key.clone(), "by_name");
    Mapped { derived: vec![draft], ..Mapped::only(key, outcome) }
}

fn of_field(record: &FieldDefinition, context: &Context) -> Outcome {
    let name = format!("{}.{CUSTOM}{}", record.object, record.field);
    if let Some(key) = attribute::of_field(&name, context) {
        return Outcome::merged(key, "by_rule");
    }
    match context.mapping.fields.get(&name) {
        Some(FieldRule::Drop(reason)) => Outcome::Excluded { rule: format!("{name}: {reason}") },
        Some(FieldRule::Attribute(attribute)) => match context.place(&name, attribute) {
            Place::Personal => Outcome::Excluded { rule: "personal detail".to_owned() },
            _ => Outcome::Excluded { rule: format!("{name}: by decision") },
        },
        None if !OWNERS.iter().any(|(object, _)| *object == record.object) => {
            Outcome::handed_off(document::CUSTOM_OBJECTS)
        }
        None => Outcome::queued("unmapped_field", format!("a rule for {name} in mapping.toml")),
    }
}
