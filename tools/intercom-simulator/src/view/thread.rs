//! Conversations and their parts in answers. Written straight to bytes: a reply is answered with
//! the whole thread.

use super::{company, tags};
use crate::state::{Assignee, Attachment, Author, Part, PartEvent, State, Thread};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Somebody who wrote something.
pub(crate) struct AuthorView<'a> {
    pub(crate) state: &'a State,
    pub(crate) author: Author,
}

impl Serialize for AuthorView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(4))?;
        match self.author {
            Author::Contact(id) => {
                let contact = self.state.contacts.get(id);
                let lead = contact.is_some_and(|c| c.lead);
                map.serialize_entry("type", if lead { "lead" } else { "user" })?;
                map.serialize_entry("id", &id)?;
                map.serialize_entry("name", &contact.and_then(|c| c.name.as_deref()))?;
                let email = contact.and_then(|c| c.email.as_deref()).unwrap_or("");
                map.serialize_entry("email", email)?;
            }
            Author::Admin(id) => {
                let admin = self.state.admin(id);
                map.serialize_entry("type", "admin")?;
                map.serialize_entry("id", &id.to_string())?;
                map.serialize_entry("name", &admin.map(|a| a.name.as_str()))?;
                map.serialize_entry("email", admin.map_or("", |a| a.email.as_str()))?;
            }
            Author::Bot => {
                let email = format!("operator+{}@intercom.io", self.state.app.id_code);
                map.serialize_entry("type", "bot")?;
                map.serialize_entry("id", "1")?;
                map.serialize_entry("name", "Fin")?;
                map.serialize_entry("email", &email)?;
            }
        }
        map.end()
    }
}

pub(crate) fn attachments(state: &State, list: &[Attachment]) -> Vec<Value> {
    list.iter()
        .map(|a| {
            json!({"type": "upload", "name": a.name, "url": state.attachment_url(a),
                   "content_type": a.content_type, "filesize": a.size, "width": 0, "height": 0})
        })
        .collect()
}

/// A body as asked for: HTML, or text.
fn shown(body: &str, plain: bool) -> Cow<'_, str> {
    if plain { Cow::Owned(crate::plain::text(body)) } else { Cow::Borrowed(body) }
}

/// A part of a conversation.
pub(crate) struct PartView<'a> {
    pub(crate) state: &'a State,
    pub(crate) part: &'a Part,
    pub(crate) plain: bool,
}

impl Serialize for PartView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let p = self.part;
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "conversation_part")?;
        map.serialize_entry("id", &p.id.to_string())?;
        map.serialize_entry("part_type", p.kind)?;
        map.serialize_entry("body", &p.body.as_deref().map(|b| shown(b, self.plain)))?;
        map.serialize_entry("created_at", &p.created_at)?;
        map.serialize_entry("updated_at", &p.updated_at)?;
        map.serialize_entry("notified_at", &p.notified_at)?;
        map.serialize_entry("assigned_to", &assigned(p.assigned_to))?;
        map.serialize_entry("author", &AuthorView { state: self.state, author: p.author })?;
        map.serialize_entry("attachments", &attachments(self.state, &p.attachments))?;
        map.serialize_entry("external_id", &())?;
        map.serialize_entry("redacted", &p.redacted)?;
        map.serialize_entry("state", p.state.name())?;
        map.serialize_entry("tags", &())?;
        if let Some(PartEvent::Attribute { name, value, previous }) = p.event.as_deref() {
            let details = json!({"attribute": {"name": name},
                                 "value": {"name": value, "previous": previous}});
            map.serialize_entry("event_details", &details)?;
        }
        map.serialize_entry("app_package_code", &())?;
        map.end()
    }
}

pub(super) fn assigned(assignee: Option<Assignee>) -> Option<Value> {
    Some(match assignee? {
        Assignee::Admin(id) => json!({"type": "admin", "id": id.to_string()}),
        Assignee::Team(id) => json!({"type": "team", "id": id.to_string()}),
        Assignee::Nobody => json!({"type": "nobody_admin", "id": null}),
    })
}

/// The newest parts, as many as one answer may hold.
struct PartsView<'a> {
    state: &'a State,
    parts: &'a [Part],
    plain: bool,
}

impl Serialize for PartsView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let skip = self.parts.len().saturating_sub(self.state.features.read_parts_max);
        let mut seq = s.serialize_seq(Some(self.parts.len() - skip))?;
        for part in &self.parts[skip..] {
            seq.serialize_element(&PartView { state: self.state, part, plain: self.plain })?;
        }
        seq.end()
    }
}

struct PartList<'a>(PartsView<'a>);

impl Serialize for PartList<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(3))?;
        map.serialize_entry("type", "conversation_part.list")?;
        map.serialize_entry("conversation_parts", &self.0)?;
        map.serialize_entry("total_count", &self.0.parts.len())?;
        map.end()
    }
}

/// A conversation, with its parts or, in lists, without.
pub(crate) struct ThreadView<'a> {
    pub(crate) state: &'a State,
    pub(crate) thread: &'a Thread,
    pub(crate) parts: bool,
    pub(crate) plain: bool,
}

impl ThreadView<'_> {
    fn source(&self) -> Value {
        let source = &self.thread.source;
        json!({
            "type": "conversation", "id": source.id.to_string(),
            "delivered_as": source.delivered_as,
            "subject": shown(&source.subject, self.plain),
            "body": shown(&source.body, self.plain),
            "author": AuthorView { state: self.state, author: source.author },
            "attachments": attachments(self.state, &source.attachments), "url": null,
            "redacted": source.redacted,
        })
    }

    fn contacts(&self) -> Value {
        let contacts: Vec<Value> = self
            .thread
            .contacts
            .iter()
            .map(|id| {
                let external = self.state.contacts.get(*id).and_then(|c| c.external_id.as_deref());
                json!({"type": "contact", "id": id, "external_id": external})
            })
            .collect();
        json!({"type": "contact.list", "contacts": contacts})
    }
}

impl Serialize for ThreadView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (state, t) = (self.state, self.thread);
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "conversation")?;
        map.serialize_entry("id", &t.id.to_string())?;
        map.serialize_entry("created_at", &t.created_at)?;
        map.serialize_entry("updated_at", &t.updated_at)?;
        map.serialize_entry("waiting_since", &t.waiting_since)?;
        map.serialize_entry("snoozed_until", &t.snoozed_until)?;
        map.serialize_entry("source", &self.source())?;
        map.serialize_entry("contacts", &self.contacts())?;
        let first = t
            .first_contact_reply
            .map(|at| json!({"created_at": at, "type": "conversation", "url": null}));
        map.serialize_entry("first_contact_reply", &first)?;
        map.serialize_entry("admin_assignee_id", &t.admin_assignee)?;
        map.serialize_entry("team_assignee_id", &t.team_assignee)?;
        map.serialize_entry("open", &t.open())?;
        map.serialize_entry("state", t.state.name())?;
        map.serialize_entry("read", &t.read)?;
        map.serialize_entry("tags", &tags(state, &t.tags))?;
        map.serialize_entry("priority", "none")?;
        map.serialize_entry("sla_applied", &())?;
        map.serialize_entry("statistics", &statistics(t))?;
        map.serialize_entry("conversation_rating", &())?;
        map.serialize_entry("teammates", &teammates(t))?;
        map.serialize_entry("title", &t.title)?;
        let custom = super::custom_object::of_conversation(state, &t.custom);
        map.serialize_entry("custom_attributes", &custom)?;
        let found = t.company.and_then(|id| Some((id, state.companies.get(id)?)));
        map.serialize_entry("company", &found.map(|(id, c)| company(state, id, c)))?;
        map.serialize_entry("topics", &json!({}))?;
        map.serialize_entry("ticket", &ticket(state, t))?;
        map.serialize_entry("linked_objects", &linked(state, t))?;
        map.serialize_entry("ai_agent", &())?;
        map.serialize_entry("ai_agent_participated", &false)?;
        if self.parts {
            let parts = PartsView { state, parts: &t.parts, plain: self.plain };
            map.serialize_entry("conversation_parts", &PartList(parts))?;
        }
        map.end()
    }
}

pub(super) fn linked(state: &State, thread: &Thread) -> Value {
    let data: Vec<Value> = thread
        .linked
        .iter()
        .map(|id| {
            let fields = state.threads.by_id.get(id).and_then(|t| t.ticket.as_ref());
            let category =
                fields.and_then(|f| state.ticket_types.get(&f.type_id)).map(|t| &t.category);
            let kind = if fields.is_some() { "ticket" } else { "conversation" };
            json!({"type": kind, "id": id.to_string(), "category": category})
        })
        .collect();
    json!({"type": "list", "total_count": data.len(), "has_more": false, "data": data})
}

/// The ticket that a conversation has become.
fn ticket(state: &State, thread: &Thread) -> Option<Value> {
    let fields = thread.ticket.as_deref()?;
    let found = state.ticket_types.get(&fields.type_id);
    let in_state = state.ticket_states.iter().find(|one| one.id == fields.state_id);
    Some(json!({
        "type": "ticket", "id": thread.id.to_string(), "ticket_id": fields.number.to_string(),
        "url": format!("{}/tickets/{}", state.base_url, thread.id),
        "state": in_state.map(|one| &one.category),
        "ticket_type": found.map(|found| json!({"type": "ticket_type",
            "id": found.id.to_string(), "name": found.name, "category": found.category})),
        "custom_attributes": fields.values,
    }))
}

fn teammates(thread: &Thread) -> Option<Value> {
    let ids = thread.teammates();
    if ids.is_empty() {
        return None;
    }
    let list: Vec<Value> =
        ids.iter().map(|id| json!({"type": "admin", "id": id.to_string()})).collect();
    Some(json!({"type": "admin.list", "teammates": list}))
}

fn statistics(thread: &Thread) -> Option<Value> {
    thread.last_close_at.map(|last| {
        json!({"type": "conversation_statistics", "first_close_at": thread.first_close_at,
               "last_close_at": last,
               "last_closed_by_id": thread.last_closed_by.map(|id| id.to_string()),
               "count_reopens": thread.reopens, "count_assignments": thread.assignments,
               "count_conversation_parts": thread.parts.len()})
    })
}
