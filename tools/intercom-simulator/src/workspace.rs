//! Makes the state that a workspace file describes.

use crate::state::{
    Admin, App, ConversationAttribute, DataAttribute, Kind, ListOption, State, Tag,
    TicketAttribute, TicketType,
};
use crate::workspace_content::add;
use crate::workspace_entry::{id, required, text};
use crate::workspace_file::File;
use serde::Deserialize;
use serde_json::Value;

/// Id of the teammate that is a machine.
const OPERATOR: u64 = 4_423_434;

/// Makes the state a workspace file describes.
///
/// # Errors
/// Says what in the file is not understood.
pub(crate) fn load(file: &Value, now: i64) -> Result<State, String> {
    let file: File = match file {
        Value::Null => File::default(),
        value => File::deserialize(value).map_err(|e| e.to_string())?,
    };
    let timezone = &file.app.timezone;
    let timezone = timezone.parse().map_err(|_| format!("{timezone:?} is not a time zone"))?;
    let operator = file.features.operator_in_admins.then(|| operator(&file.app));
    let mut state = State {
        timezone,
        operator,
        app: file.app,
        features: file.features,
        admins: file.admins,
        teams: file.teams,
        ticket_states: file.ticket_states,
        object_types: file.custom_object_types,
        macros: file.macros,
        segments: file.segments,
        subscription_types: file.subscription_types,
        ..State::default()
    };
    state.knowledge.centers = file.help_centers;
    for tag in &file.tags {
        add_tag(&mut state, tag)?;
    }
    for attribute in &file.data_attributes {
        add_attribute(&mut state, attribute, now)?;
    }
    for attribute in &file.conversation_attributes {
        add_conversation_attribute(&mut state, attribute, now)?;
    }
    state.conversation_attributes.reindex();
    for found in &file.ticket_types {
        add_ticket_type(&mut state, found, now)?;
    }
    for (kind, entries) in [
        ("companies", &file.companies),
        ("contacts", &file.contacts),
        ("collections", &file.collections),
        ("articles", &file.articles),
        ("conversations", &file.conversations),
    ] {
        for entry in entries {
            add(&mut state, kind, entry, now * 1000)?;
        }
    }
    Ok(state)
}

/// The teammate every workspace has beside its people.
fn operator(app: &App) -> Admin {
    Admin {
        id: OPERATOR,
        name: "Operator".to_owned(),
        email: format!("operator+{}@intercom.io", app.id_code),
        job_title: String::new(),
        away_mode_enabled: false,
        away_mode_reassign: false,
        has_inbox_seat: false,
    }
}

fn add_tag(state: &mut State, value: &Value) -> Result<(), String> {
    let name = match value {
        Value::String(name) => name.clone(),
        other => required(other, "name")?,
    };
    let id = id(state, value, Kind::Tag)?;
    let list = value["segments"].as_array();
    let segments = list.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned);
    state.tags.insert(Tag { id, name, segments: segments.collect() });
    Ok(())
}

fn add_attribute(state: &mut State, value: &Value, now: i64) -> Result<(), String> {
    let options = value["options"].as_array().into_iter().flatten();
    let options = options.filter_map(|o| o.as_str().or_else(|| o["value"].as_str()));
    let dependents = value["dependents"].as_array().into_iter().flatten();
    let attribute = DataAttribute {
        id: id(state, value, Kind::Attribute)?,
        model: required(value, "model")?,
        name: required(value, "name")?,
        description: text(value, "description"),
        data_type: text(value, "data_type").unwrap_or_else(|| "string".to_owned()),
        options: options.map(ToOwned::to_owned).collect(),
        references: text(value, "references"),
        messenger_writable: value["messenger_writable"].as_bool().unwrap_or(false),
        archived: value["archived"].as_bool().unwrap_or(false),
        dependents: dependents.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        created_at: now,
        updated_at: now,
    };
    state.attributes.insert(attribute);
    Ok(())
}

fn options(state: &mut State, value: &Value, key: &str) -> Vec<ListOption> {
    let list = value[key].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|option| {
            let label = option.as_str().map(ToOwned::to_owned).or_else(|| text(option, "label"));
            let id = text(option, "id").unwrap_or_else(|| {
                let n = state.ids.next(Kind::Other);
                format!("5b3f0d52-0000-4000-8000-{n:012x}")
            });
            ListOption { id, label: label.unwrap_or_default(), archived: false }
        })
        .collect()
}

fn add_conversation_attribute(state: &mut State, value: &Value, now: i64) -> Result<(), String> {
    let attribute = ConversationAttribute {
        id: id(state, value, Kind::ConversationAttribute)?,
        name: required(value, "name")?,
        description: text(value, "description").unwrap_or_default(),
        data_type: text(value, "data_type").unwrap_or_else(|| "string".to_owned()),
        required: value["required"].as_bool().unwrap_or(false),
        multiline: value["multiline"].as_bool().unwrap_or(false),
        visible_to_team_ids: Vec::new(),
        options: options(state, value, "options"),
        reference: value.get("reference").cloned(),
        archived: value["archived"].as_bool().unwrap_or(false),
        created_at: now,
        updated_at: now,
    };
    state.conversation_attributes.by_id.insert(attribute.id, attribute);
    Ok(())
}

/// The two attributes every ticket type has.
pub(crate) fn default_ticket_attributes(state: &mut State, now: i64) -> Vec<TicketAttribute> {
    [("_default_title_", false), ("_default_description_", true)]
        .into_iter()
        .map(|(name, multiline)| TicketAttribute {
            id: state.ids.next(Kind::TicketAttribute),
            name: name.to_owned(),
            description: String::new(),
            data_type: "string".to_owned(),
            required_to_create: false,
            required_for_contacts: false,
            visible_on_create: true,
            visible_to_contacts: true,
            multiline,
            allow_multiple: false,
            list: Vec::new(),
            default: true,
            archived: false,
            created_at: now,
            updated_at: now,
        })
        .collect()
}

fn add_ticket_type(state: &mut State, value: &Value, now: i64) -> Result<(), String> {
    let id_ = id(state, value, Kind::TicketType)?;
    let mut attributes = default_ticket_attributes(state, now);
    for attribute in value["attributes"].as_array().into_iter().flatten() {
        let flag = |key: &str| attribute[key].as_bool().unwrap_or(false);
        attributes.push(TicketAttribute {
            id: id(state, attribute, Kind::TicketAttribute)?,
            name: required(attribute, "name")?,
            description: text(attribute, "description").unwrap_or_default(),
            data_type: text(attribute, "data_type").unwrap_or_else(|| "string".to_owned()),
            required_to_create: flag("required_to_create"),
            required_for_contacts: flag("required_to_create_for_contacts"),
            visible_on_create: true,
            visible_to_contacts: true,
            multiline: flag("multiline"),
            allow_multiple: flag("allow_multiple_values"),
            list: options(state, attribute, "list_items"),
            default: false,
            archived: flag("archived"),
            created_at: now,
            updated_at: now,
        });
    }
    let states = match value["ticket_state_ids"].as_array() {
        Some(list) => {
            let ids = list.iter().filter_map(crate::call::id_text);
            ids.filter_map(|text| text.parse().ok()).collect()
        }
        None => state.ticket_states.iter().map(|s| s.id).collect(),
    };
    let category = text(value, "category").unwrap_or_else(|| "Customer".to_owned());
    let found = TicketType {
        id: id_,
        name: required(value, "name")?,
        description: text(value, "description").unwrap_or_default(),
        category,
        icon: text(value, "icon").unwrap_or_else(|| "🎟️".to_owned()),
        is_internal: value["is_internal"].as_bool().unwrap_or(false),
        archived: value["archived"].as_bool().unwrap_or(false),
        created_at: now,
        updated_at: now,
        attributes,
        states,
    };
    state.ticket_types.insert(id_, found);
    Ok(())
}
