//! The workspace by content: two runs that made the same objects in another order compare equal.
//! Ids and times made by the server are left out; what can be set is kept.

use crate::state::{
    Assignee, Attachment, Author, CompanyId, ContactId, Part, PartEvent, State, TagLink, Thread,
};
use serde_json::{Map, Value, json};

pub(crate) fn state(state: &State) -> Value {
    let of = Comparable(state);
    without_article_ids(json!({
        "contacts": of.contacts(),
        "companies": of.companies(),
        "tags": sorted(state.tags.by_id.values().map(|tag| json!(tag.name))),
        "data_attributes": of.data_attributes(),
        "conversation_attributes": of.conversation_attributes(),
        "ticket_types": of.ticket_types(),
        "conversations": of.threads(false),
        "tickets": of.threads(true),
        "deleted_conversations": state.threads.deleted.iter().filter(|d| !d.ticket).count(),
        "deleted_tickets": state.threads.deleted.iter().filter(|d| d.ticket).count(),
        "locked_identities": sorted(state.contacts.locked.iter().map(|l| json!({
            "external_id": l.external_id, "email": l.email}))),
        "custom_object_instances": sorted(state.instances.values().map(|i| json!({
            "type": i.kind, "external_id": i.external_id,
            "external_created_at": i.external_created_at,
            "external_updated_at": i.external_updated_at, "custom_attributes": i.custom}))),
        "collections": sorted(state.knowledge.collections.keys().map(|id| of.place(Some(*id)))),
        "articles": of.articles(),
        "internal_articles": sorted(state.knowledge.internal.values().map(|a| json!({
            "title": a.title, "body": a.body, "author": a.author, "owner": a.owner,
            "tags": of.tags(&a.tags)}))),
        "redirects": of.redirects(),
    }))
}

/// Addresses of articles without the id in them: their slug tells which article is meant.
fn without_article_ids(value: Value) -> Value {
    const BEFORE: &str = "/articles/";
    match value {
        Value::String(text) if text.contains(BEFORE) => {
            let mut pieces = text.split(BEFORE);
            let mut out = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                out.push_str(BEFORE);
                out.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
            Value::String(out)
        }
        Value::Array(items) => items.into_iter().map(without_article_ids).collect(),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(name, value)| (name, without_article_ids(value))).collect(),
        ),
        other => other,
    }
}

/// Sorted by their text, so that the order of making doesn't show.
fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let mut keyed: Vec<(String, Value)> = values.map(|v| (v.to_string(), v)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.into_iter().map(|(_, value)| value).collect()
}

struct Comparable<'a>(&'a State);

impl Comparable<'_> {
    fn tags(&self, links: &[TagLink]) -> Value {
        sorted(links.iter().map(|link| json!(self.0.tags.name(link.tag))))
    }

    /// A contact's natural key.
    fn contact(&self, id: ContactId) -> Value {
        let Some(contact) = self.0.contacts.get(id) else {
            return json!("gone");
        };
        if let Some(external_id) = &contact.external_id {
            return json!(external_id);
        }
        json!({"email": contact.email, "name": contact.name, "phone": contact.phone})
    }

    fn company(&self, id: CompanyId) -> Value {
        self.0.companies.get(id).map_or(json!("gone"), |company| json!(company.company_id))
    }

    fn notes(&self, ids: &[u64]) -> Value {
        let notes = ids.iter().filter_map(|id| self.0.notes.get(id));
        sorted(notes.map(|note| json!({"admin": note.admin, "body": note.body})))
    }

    fn contacts(&self) -> Value {
        sorted(self.0.contacts.by_id.values().map(|c| {
            json!({
                "role": if c.lead { "lead" } else { "user" }, "external_id": c.external_id,
                "email": c.email, "phone": c.phone, "name": c.name, "avatar": c.avatar,
                "owner_id": c.owner_id, "unsubscribed_from_emails": c.unsubscribed,
                "signed_up_at": c.signed_up_at, "last_seen_at": c.last_seen_at,
                "custom_attributes": c.custom, "tags": self.tags(&c.tags),
                "companies": sorted(c.companies.iter().map(|id| self.company(*id))),
                "notes": self.notes(&c.notes), "archived": c.archived, "blocked": c.blocked,
                "subscriptions": c.subscriptions,
            })
        }))
    }

    fn companies(&self) -> Value {
        sorted(self.0.companies.by_id.values().map(|c| {
            json!({
                "company_id": c.company_id, "name": c.name, "plan": c.plan, "size": c.size,
                "website": c.website, "industry": c.industry, "monthly_spend": c.monthly_spend,
                "remote_created_at": c.remote_created_at, "custom_attributes": c.custom,
                "tags": self.tags(&c.tags), "notes": self.notes(&c.notes),
                "archived": c.archived,
            })
        }))
    }

    fn data_attributes(&self) -> Value {
        sorted(self.0.attributes.by_id.values().map(|a| {
            json!({"name": a.name, "model": a.model, "data_type": a.data_type,
                   // No description and an empty one show the same.
                   "description": a.description.as_deref().unwrap_or_default(),
                   "options": a.options, "archived": a.archived,
                   "messenger_writable": a.messenger_writable})
        }))
    }

    fn conversation_attributes(&self) -> Value {
        sorted(self.0.conversation_attributes.by_id.values().map(|a| {
            let options =
                a.options.iter().map(|o| json!({"label": o.label, "archived": o.archived}));
            json!({"name": a.name, "data_type": a.data_type, "description": a.description,
                   "required": a.required, "archived": a.archived,
                   "options": options.collect::<Vec<_>>()})
        }))
    }

    fn ticket_types(&self) -> Value {
        sorted(self.0.ticket_types.values().map(|t| {
            let attributes = t.attributes.iter().map(|a| {
                let items = a.list.iter().filter(|o| !o.archived).map(|o| json!(o.label));
                json!({"name": a.name, "data_type": a.data_type, "archived": a.archived,
                       "description": a.description, "items": items.collect::<Vec<_>>()})
            });
            json!({"name": t.name, "category": t.category, "description": t.description,
                   "archived": t.archived, "attributes": sorted(attributes)})
        }))
    }

    fn author(&self, author: Author) -> Value {
        match author {
            Author::Contact(id) => json!({"contact": self.contact(id)}),
            Author::Admin(id) => json!({"admin": id}),
            Author::Bot => json!("bot"),
        }
    }

    fn files(list: &[Attachment]) -> Value {
        list.iter()
            .map(|file| {
                json!({"name": file.name, "content_type": file.content_type, "size": file.size,
                       "sha256": file.sha256.map(|digest| crate::witness::hex(&digest))})
            })
            .collect()
    }

    fn part(&self, part: &Part) -> Value {
        // Only the date of what people wrote can be set.
        let said = part.body.is_some()
            && !matches!(part.kind, "close" | "assignment" | "assign_and_reopen");
        let event = part.event.as_deref().map(|event| match event {
            PartEvent::Attribute { name, value, .. } => json!({"attribute": name, "value": value}),
            PartEvent::TicketState { to, .. } => json!({"state": to}),
            PartEvent::TicketAttribute { label, value, .. } => {
                json!({"attribute": label, "value": value})
            }
        });
        let assigned = part.assigned_to.map(|to| match to {
            Assignee::Admin(id) | Assignee::Team(id) => json!(id),
            Assignee::Nobody => json!(0),
        });
        json!({
            "part_type": part.kind, "author": self.author(part.author), "body": part.body,
            "created_at": said.then_some(part.created_at), "event": event,
            "assigned_to": assigned, "redacted": part.redacted,
            "attachments": Self::files(&part.attachments),
        })
    }

    fn threads(&self, tickets: bool) -> Value {
        let threads = self.0.threads.by_id.values();
        sorted(threads.filter(|t| t.is_ticket() == tickets).map(|t| self.thread(t)))
    }

    fn thread(&self, t: &Thread) -> Value {
        let mut value = json!({
            "contacts": sorted(t.contacts.iter().map(|id| self.contact(*id))),
            "created_at": t.created_at, "subject": t.source.subject, "body": t.source.body,
            "author": self.author(t.source.author), "source_redacted": t.source.redacted,
            "attachments": Self::files(&t.source.attachments), "state": t.state.name(),
            "title": t.title, "read": t.read, "snoozed_until": t.snoozed_until,
            "admin_assignee_id": t.admin_assignee, "team_assignee_id": t.team_assignee,
            "company": t.company.map(|id| self.company(id)), "tags": self.tags(&t.tags),
            "custom_attributes": t.custom,
            "parts": t.parts.iter().map(|part| self.part(part)).collect::<Vec<_>>(),
        });
        if !t.linked.is_empty() {
            let others = t.linked.iter().filter_map(|id| self.0.threads.by_id.get(id));
            let links = others.map(|other| {
                json!({"ticket": other.is_ticket(), "created_at": other.created_at,
                       "subject": other.source.subject})
            });
            value["linked"] = sorted(links);
        }
        if let Some(fields) = &t.ticket {
            let found = self.0.ticket_types.get(&fields.type_id);
            let values: Map<String, Value> = fields
                .values
                .iter()
                .map(|(k, v)| (k.clone(), self.labelled(found, k, v)))
                .collect();
            value["ticket_type"] = json!(found.map(|t| &t.name));
            value["ticket_state"] = json!(fields.state_id);
            value["ticket_attributes"] = Value::Object(values);
            value["is_shared"] = json!(fields.is_shared);
        }
        value
    }

    /// A list value by its label: the id of a list item is made by the server.
    fn labelled(
        &self,
        found: Option<&crate::state::TicketType>,
        name: &str,
        value: &Value,
    ) -> Value {
        let items = found.and_then(|t| t.attribute(name)).map(|a| a.list.as_slice());
        let item = items.unwrap_or(&[]).iter().find(|o| Some(o.id.as_str()) == value.as_str());
        item.map_or_else(|| value.clone(), |item| json!({"label": item.label}))
    }

    /// A collection's names from the top down.
    fn place(&self, id: Option<u64>) -> Value {
        let mut names = Vec::new();
        let mut at = id;
        let mut description = None;
        while let Some(found) = at.and_then(|id| self.0.knowledge.collections.get(&id)) {
            if names.is_empty() {
                description = found.description.clone();
            }
            names.push(json!({"name": found.name, "translated": found.translated}));
            at = found.parent;
        }
        names.reverse();
        json!({"path": names, "description": description})
    }

    fn articles(&self) -> Value {
        let content = |c: &crate::state::ArticleContent| {
            json!({"title": c.title, "description": c.description, "body": c.body,
                   "author": c.author, "published": c.published})
        };
        sorted(self.0.knowledge.articles.values().map(|a| {
            let translated: Map<String, Value> =
                a.translated.iter().map(|(k, v)| (k.clone(), content(v))).collect();
            let drafts: Map<String, Value> =
                a.drafts.iter().map(|(k, v)| (k.clone(), content(v))).collect();
            json!({"content": content(&a.content), "translated": translated, "drafts": drafts,
                   "place": self.place(a.parent), "tags": self.tags(&a.tags)})
        }))
    }

    fn redirects(&self) -> Value {
        let k = &self.0.knowledge;
        sorted(k.redirects.values().map(|r| {
            let id = r.target_id.parse().ok();
            let target = match r.target_type.as_str() {
                "article" => id
                    .and_then(|id: u64| k.articles.get(&id))
                    .map_or(json!("gone"), |a| json!(a.content.title)),
                _ => self.place(id),
            };
            json!({"from_url": r.from_url, "locale": r.locale, "target_type": r.target_type,
                   "target": target})
        }))
    }
}
