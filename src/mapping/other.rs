//! Records that become no object of their own: people who are there already, schema, and what
//! only a person can move.

use crate::model::record::{FieldDefinition, Record, Tag, Team, Teammate};
use crate::model::{SourceKey, record::PersonRef};

use super::attribute;
use super::context::Context;
use super::document;
use super::draft::{Mapped, Outcome};
use super::field::CUSTOM;
use super::fold::fold;
use super::rule::FieldRule;
use super::tag;

/// What becomes of a record that is neither contact, company, conversation, mention, article nor
/// collection. Messages and files that come here have no parent in the export: they wait.
pub fn map_other(key: &SourceKey, record: &Record, context: &Context) -> Mapped {
    let outcome = match record {
        Record::Teammate(teammate) => of_teammate(key, teammate, context),
        Record::Team(team) => of_team(team, context),
        Record::Tag(tag) => return of_tag(key, tag, context),
        Record::FieldDefinition(definition) => of_field(definition, context),
        Record::SavedReply(_) => Outcome::handed_off(document::SAVED_REPLIES),
        Record::ConfigurationItem(item) => {
            Outcome::handed_off(document::of_configuration(&item.kind))
        }
        Record::ObjectInstance(_) | Record::ObjectDefinition(_) => {
            Outcome::handed_off(document::CUSTOM_OBJECTS)
        }
        other => match other.parent() {
            Some(parent) => Outcome::queued("parent_missing", format!("a record {parent}")),
            None => Outcome::queued("not_mapped", format!("a map for {}", other.kind().word())),
        },
    };
    Mapped::only(key, outcome)
}

fn of_teammate(key: &SourceKey, record: &Teammate, context: &Context) -> Outcome {
    let person = PersonRef {
        key: Some(key.clone()),
        email: record.email.clone(),
        name: record.name.clone(),
    };
    let speaker = context.speaker(&person);
    match speaker.named {
        None => Outcome::merged(SourceKey::own("admin", &speaker.admin), "same_person"),
        Some(_) => Outcome::handed_off(document::TEAMMATES),
    }
}

fn of_team(record: &Team, context: &Context) -> Outcome {
    match context.mapping.teams.get(&fold(&record.name)) {
        Some(Some(id)) => Outcome::merged(SourceKey::own("team", id), "by_map"),
        _ => Outcome::handed_off(document::TEAMS),
    }
}

fn of_tag(key: &SourceKey, record: &Tag, context: &Context) -> Mapped {
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
        Some(FieldRule::Attribute(_)) => Outcome::Excluded { rule: "D12 drop".to_owned() },
        None => Outcome::queued("unmapped_field", format!("a rule for {name} in mapping.toml")),
    }
}
