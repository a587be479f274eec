//! What a person is told to do about a record that only people can move.

use crate::model::SourceKey;
use crate::model::record::{
    BodyFormat, FieldDefinition, FieldType, ObjectDefinition, Record, SavedReply, Team, Teammate,
};

use super::context::Context;
use super::escape;
use super::fold::{fold, slug};
use super::object_type;
use super::text;

/// Words for roles that may do everything.
const ADMIN_WORDS: [&str; 4] = ["admin", "administrator", "owner", "superadmin"];

/// Words for roles in between.
const MANAGER_WORDS: [&str; 3] = ["manager", "team lead", "supervisor"];

/// What stands between the names of a team's path (decision T8).
const PATH_MARK: &str = " / ";

/// The instruction for a record; `None` if its content says it all.
pub fn of_record(key: &SourceKey, record: &Record, context: &Context) -> Option<String> {
    match record {
        Record::Teammate(teammate) => Some(invite(teammate, context)),
        Record::Team(team) => Some(make_team(key, team, context)),
        Record::SavedReply(reply) => Some(make_macro(reply, context)),
        Record::ObjectDefinition(definition) => Some(make_type(definition, context)),
        _ => None,
    }
}

/// Decisions C-6, H7, G11.
fn invite(record: &Teammate, context: &Context) -> String {
    let policy = &context.policy.of_source;
    let role = record.role.as_deref().map(fold).unwrap_or_default();
    let is = |words: &[&str]| words.contains(&role.as_str());
    let admin =
        policy.agent_levels && is(&ADMIN_WORDS) || policy.managers_admin && is(&MANAGER_WORDS);
    let seat = if admin { "a role that may administer" } else { "a role for the inbox only" };
    let who = match (&record.name, &record.email) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "this teammate".to_owned(),
    };
    let mut text = format!("Invite {who} with {seat}");
    if let Some(role) = &record.role {
        text.push_str(&format!(" (role in the old help desk: {role})"));
    }
    if !record.teams.is_empty() {
        text.push_str(&format!("; add to the teams {}", record.teams.join(", ")));
    }
    text.push_str("; then write the id of the new admin into mapping.toml.");
    text
}

/// Decision T8.
fn make_team(key: &SourceKey, record: &Team, context: &Context) -> String {
    let path = context.index.team_path(key);
    let leaf = context.policy.of_source.leaf_teams || path.is_empty();
    let name = if leaf { record.name.clone() } else { path.join(PATH_MARK) };
    let members: Vec<String> = record.members.iter().map(|person| context.name(person)).collect();
    let with = match members.is_empty() {
        true => String::new(),
        false => format!(" with the members {}", members.join(", ")),
    };
    format!("Make a team named {name:?}{with}; then write its id into mapping.toml.")
}

/// A saved reply as a macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// Name.
    pub name: String,
    /// What it is for, if that is not part of the name.
    pub description: Option<String>,
    /// Its words without markup.
    pub text: String,
    /// Its words as HTML.
    pub html: String,
}

/// The macro of a saved reply (decision C-9).
pub fn macro_of(record: &SavedReply, context: &Context) -> Macro {
    let (name, description) = match &record.category {
        None => (record.name.clone(), None),
        Some(category) if context.policy.of_source.category_in_description => {
            (record.name.clone(), Some(category.clone()))
        }
        Some(category) => (format!("{category}: {}", record.name), None),
    };
    let said = &record.body.content;
    let (text, html) = match record.body.format {
        BodyFormat::Html => (text::of_html(said), said.clone()),
        BodyFormat::Text | BodyFormat::Markdown => (said.clone(), escape::of_text(said)),
    };
    Macro { name, description, text, html }
}

fn make_macro(record: &SavedReply, context: &Context) -> String {
    let Macro { name, description, .. } = macro_of(record, context);
    let about = description.map(|about| format!("; description: {about}")).unwrap_or_default();
    format!("Make a macro named {name:?}{about}.")
}

fn make_type(record: &ObjectDefinition, context: &Context) -> String {
    let identifier = context.object_type(&record.object_type);
    let fields = record.fields.iter().map(attribute);
    let relations = record.relations.iter().map(|(name, to)| {
        format!("{} (relationship, many, to {})", slug(name), context.object_type(to))
    });
    let all: Vec<String> =
        std::iter::once("name (text)".to_owned()).chain(fields).chain(relations).collect();
    format!(
        "Make a custom object type {:?} with the identifier {identifier:?} and the attributes {}.",
        record.label,
        all.join(", ")
    )
}

fn attribute(field: &FieldDefinition) -> String {
    let kind = match field.field_type {
        FieldType::Relationship => object_type::RELATION,
        _ => object_type::word(field),
    };
    format!("{} ({kind})", slug(&field.field))
}
