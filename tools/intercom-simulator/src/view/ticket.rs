//! Tickets, their types, attributes and states in answers.

use super::thread::{AuthorView, assigned, attachments, linked};
use crate::features::ListShape;
use crate::state::{
    Part, PartEvent, State, Thread, TicketAttribute, TicketFields, TicketState, TicketType,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

pub(crate) fn ticket_state(state: &TicketState) -> Value {
    json!({"type": "ticket_state", "id": state.id.to_string(), "category": state.category,
           "internal_label": state.internal_label, "external_label": state.external_label})
}

pub(crate) fn ticket_attribute(state: &State, type_id: u64, a: &TicketAttribute) -> Value {
    let options = match a.data_type.as_str() {
        "string" => json!({"multiline": a.multiline}),
        "list" => {
            let items: Vec<Value> = a
                .list
                .iter()
                .filter(|o| !o.archived)
                .map(|o| json!({"id": o.id, "name": o.label}))
                .collect();
            json!({"list_options": items, "allow_multiple_values": a.allow_multiple})
        }
        _ => json!({}),
    };
    json!({
        "type": "ticket_type_attribute", "id": a.id.to_string(),
        "workspace_id": state.app.id_code, "name": a.name, "description": a.description,
        "data_type": a.data_type, "input_options": options, "order": 0,
        "required_to_create": a.required_to_create,
        "required_to_create_for_contacts": a.required_for_contacts,
        "visible_on_create": a.visible_on_create, "visible_to_contacts": a.visible_to_contacts,
        "default": a.default, "ticket_type_id": type_id, "archived": a.archived,
        "created_at": a.created_at, "updated_at": a.updated_at,
    })
}

pub(crate) fn ticket_type(state: &State, found: &TicketType) -> Value {
    let attributes: Vec<Value> =
        found.attributes.iter().map(|a| ticket_attribute(state, found.id, a)).collect();
    let states: Vec<Value> = state
        .ticket_states
        .iter()
        .filter(|s| found.states.contains(&s.id))
        .map(ticket_state)
        .collect();
    json!({
        "type": "ticket_type", "id": found.id.to_string(), "name": found.name,
        "description": found.description, "icon": found.icon, "category": found.category,
        "workspace_id": state.app.id_code, "archived": found.archived,
        "is_internal": found.is_internal, "created_at": found.created_at,
        "updated_at": found.updated_at,
        "ticket_type_attributes": {"type": "list", "data": attributes},
        "ticket_states": {"type": "list", "data": states},
    })
}

/// A part of a ticket.
pub(crate) struct TicketPartView<'a> {
    pub(crate) state: &'a State,
    pub(crate) part: &'a Part,
}

impl Serialize for TicketPartView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let p = self.part;
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "ticket_part")?;
        map.serialize_entry("id", &p.id.to_string())?;
        map.serialize_entry("part_type", p.kind)?;
        if p.body.is_some() {
            map.serialize_entry("body", &p.body)?;
        }
        map.serialize_entry("created_at", &p.created_at)?;
        map.serialize_entry("updated_at", &p.updated_at)?;
        if let Some(assigned) = assigned(p.assigned_to) {
            map.serialize_entry("assigned_to", &assigned)?;
        }
        map.serialize_entry("author", &AuthorView { state: self.state, author: p.author })?;
        map.serialize_entry("attachments", &attachments(self.state, &p.attachments))?;
        map.serialize_entry("redacted", &p.redacted)?;
        map.serialize_entry("app_package_code", "simulator")?;
        match p.event.as_deref() {
            Some(PartEvent::TicketState { from, to }) => {
                map.serialize_entry("previous_ticket_state", from)?;
                map.serialize_entry("ticket_state", to)?;
            }
            Some(PartEvent::TicketAttribute { id, label, value }) => {
                let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                let data = json!({
                    "attribute": {"type": "attribute", "id": id.to_string(), "label": label},
                    "value": {"type": "value", "id": text, "label": text},
                });
                map.serialize_entry("updated_attribute_data", &data)?;
            }
            _ => {}
        }
        map.end()
    }
}

/// A ticket with its newest parts.
pub(crate) struct TicketView<'a> {
    pub(crate) state: &'a State,
    pub(crate) thread: &'a Thread,
    pub(crate) fields: &'a TicketFields,
    /// Shows all parts instead of the newest.
    pub(crate) whole: bool,
}

impl TicketView<'_> {
    fn values(&self, found: Option<&TicketType>) -> Value {
        let shape = self.state.features.ticket_list_shape;
        let values: Map<String, Value> = self
            .fields
            .values
            .iter()
            .map(|(name, value)| {
                let list = found.and_then(|t| t.attribute(name)).filter(|a| a.data_type == "list");
                let item = list.and_then(|a| {
                    a.list.iter().find(|option| Some(option.id.as_str()) == value.as_str())
                });
                let shown = match (shape, item) {
                    (ListShape::Label, Some(item)) => json!(item.label),
                    (ListShape::Object, Some(item)) => json!({"id": item.id, "label": item.label}),
                    _ => value.clone(),
                };
                (name.clone(), shown)
            })
            .collect();
        Value::Object(values)
    }
}

impl Serialize for TicketView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (state, t, f) = (self.state, self.thread, self.fields);
        let found = state.ticket_types.get(&f.type_id);
        let now = state.ticket_states.iter().find(|s| s.id == f.state_id);
        let contacts: Vec<Value> = t
            .contacts
            .iter()
            .map(|id| {
                let external = state.contacts.get(*id).and_then(|c| c.external_id.as_deref());
                json!({"type": "contact", "id": id, "external_id": external})
            })
            .collect();
        let skip = match self.whole {
            true => 0,
            false => t.parts.len().saturating_sub(state.features.read_parts_max),
        };
        let parts: Vec<TicketPartView> =
            t.parts[skip..].iter().map(|part| TicketPartView { state, part }).collect();
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "ticket")?;
        map.serialize_entry("id", &t.id.to_string())?;
        map.serialize_entry("ticket_id", &f.number.to_string())?;
        map.serialize_entry("ticket_attributes", &self.values(found))?;
        map.serialize_entry("ticket_state", &now.map(ticket_state))?;
        map.serialize_entry("ticket_type", &found.map(|found| ticket_type(state, found)))?;
        map.serialize_entry("category", &found.map(|found| &found.category))?;
        let contacts = json!({"type": "contact.list", "contacts": contacts});
        map.serialize_entry("contacts", &contacts)?;
        map.serialize_entry("admin_assignee_id", &t.admin_assignee)?;
        map.serialize_entry("team_assignee_id", &t.team_assignee)?;
        map.serialize_entry("created_at", &t.created_at)?;
        map.serialize_entry("updated_at", &t.updated_at)?;
        map.serialize_entry("open", &t.open())?;
        if let Some(until) = t.snoozed_until {
            map.serialize_entry("snoozed_until", &until)?;
        }
        map.serialize_entry("linked_objects", &linked(state, t))?;
        map.serialize_entry(
            "ticket_parts",
            &PartList { parts: &parts, total_count: t.parts.len() },
        )?;
        map.serialize_entry("is_shared", &f.is_shared)?;
        let previous = f.previous_state_id.map(|id| id.to_string());
        map.serialize_entry("previous_ticket_state_id", &previous)?;
        if !t.tags.is_empty() {
            map.serialize_entry("tags", &super::tags(state, &t.tags))?;
        }
        map.end()
    }
}

struct PartList<'a> {
    parts: &'a [TicketPartView<'a>],
    total_count: usize,
}

impl Serialize for PartList<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(3))?;
        map.serialize_entry("type", "ticket_part.list")?;
        map.serialize_entry("ticket_parts", self.parts)?;
        map.serialize_entry("total_count", &self.total_count)?;
        map.end()
    }
}
