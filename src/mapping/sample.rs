//! Invented records for the tests of this room.

use std::collections::BTreeMap;

use crate::model::record::*;
use crate::model::{SourceKey, Timestamp};

use super::context::Context;
use super::decision::Decisions;
use super::rule::Mapping;

/// 2023-09-26T09:14:25Z.
pub(super) const START: Timestamp = Timestamp(1_695_719_665_000);

/// 2024-01-01T00:00:00Z.
pub(super) const NOW: Timestamp = Timestamp(1_704_067_200_000);

pub(super) const MAPPING: &str = r#"
format = 1
source = "deskero"
prefix = "deskero"

[links]
hosts = ["*.deskero.com"]
article_paths = ["/home/knowledge/view/{id}"]

[status]
opened = "open"
"on hold" = "snoozed"
closed = "closed"

[teams]
Billing = "55"
Returns = ""

[tags]
"v.i.p." = "VIP"

[companies]
"acme" = "Acme Inc"

[[teammate]]
key = "deskero/agent/a1"
email = "bo@example.com"
name = "Bo"
admin = "900"

[[teammate]]
key = "deskero/agent/a2"
name = "Cleo"

[[field]]
from = "ticket.priority"
to = "conversation.deskero_priority"
type = "string"

[[field]]
from = "ticket.number"
to = "conversation.deskero_number"
type = "string"

[[field]]
from = "ticket.cf_urgent"
to = "conversation.deskero_urgent"
type = "boolean"

[[field]]
from = "ticket.closed_at"
to = "conversation.deskero_closed_at"
type = "datetime"

[[field]]
from = "ticket.status"
to = "conversation.deskero_status"
type = "string"

[[field]]
from = "ticket.ticket_id"
to = "conversation.deskero_original_ticket_id"
type = "string"

[[field]]
from = "customer.preferred_client"
to = "contact.is_preferred_client__c"
type = "boolean"

[[field]]
from = "customer.city"
to = "contact.deskero_city"
type = "string"

[[field]]
from = "customer.phone_other"
to = "contact.deskero_other_phone"
type = "string"

[[field]]
from = "customer.birth_date"
to = "contact.deskero_birth_date"
type = "date"
personal = true

[[field]]
from = "customer.signature"
drop = "not wanted"

[[exclude]]
name = "spam"
object = "ticket"
field = "type"
equals = "Spam"
"#;

pub(super) fn context_with(answers: &[(&str, &str)]) -> Context {
    let mut decisions = Decisions::default();
    decisions.set("G3", "admin:999").unwrap();
    for (id, answer) in answers {
        decisions.set(id, answer).unwrap();
    }
    Context::new(Mapping::parse(MAPPING).unwrap(), &decisions).unwrap()
}

pub(super) fn context() -> Context {
    context_with(&[])
}

pub(super) fn key(object: &str, id: &str) -> SourceKey {
    SourceKey::new("deskero", object, id).unwrap()
}

pub(super) fn text(content: &str) -> Body {
    Body { format: BodyFormat::Text, content: content.into() }
}

pub(super) fn html(content: &str) -> Body {
    Body { format: BodyFormat::Html, content: content.into() }
}

pub(super) fn person(object: &str, id: &str) -> PersonRef {
    PersonRef { key: Some(key(object, id)), email: None, name: None }
}

pub(super) fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(START.0 + seconds * 1000))
}

pub(super) fn ticket() -> Conversation {
    Conversation {
        kind: ThreadKind::Ticket,
        subject: Some("Missing invoice".into()),
        description: Some(html("<p>Where is my <b>invoice</b>?</p>")),
        state: Some(ConversationState::Open),
        status: "opened".into(),
        customer: person("customer", "c1"),
        opened_by: None,
        assignee: PersonRef::default(),
        team: None,
        channel: Some("email".into()),
        copies: vec![],
        created_at: Some(START),
        updated_at: None,
        closed_at: None,
        due_at: None,
        memo: None,
        tags: vec![],
        standard: [].into(),
        fields: Fields::new(),
        reply_count: None,
        attachments: vec![],
        social_ids: vec![],
        archived: false,
    }
}

pub(super) fn reply(role: AuthorRole, who: PersonRef, seconds: i64, body: Body) -> Message {
    Message {
        conversation: key("ticket", "t1"),
        kind: MessageKind::Message,
        author: Author { role, person: who },
        body: Some(body),
        internal: false,
        created_at: at(seconds),
        sequence: None,
        event: None,
        attachments: vec![],
        channel: None,
        social_ids: vec![],
        assigned_to: PersonRef::default(),
        reminder_at: None,
    }
}

pub(super) fn file(message: Option<SourceKey>, name: &str) -> Attachment {
    Attachment {
        parent: key("ticket", "t1"),
        message,
        name: name.into(),
        path: Some(format!("attachments/{name}")),
        url: None,
        content_type: "application/pdf".into(),
        size_bytes: Some(12),
        sha256: Some("00".repeat(32)),
        inline_cid: None,
        standard: BTreeMap::new(),
    }
}

pub(super) fn customer(name: &str, email: Option<&str>) -> Contact {
    Contact {
        name: Some(name.into()),
        emails: email.into_iter().map(str::to_owned).collect(),
        phones: vec![],
        language: None,
        company: None,
        company_name: None,
        preferred: None,
        memos: vec![],
        tags: vec![],
        standard: [].into(),
        fields: Fields::new(),
        created_at: None,
    }
}

pub(super) fn company(name: &str) -> Company {
    Company {
        name: name.into(),
        website: None,
        standard: [].into(),
        fields: Fields::new(),
        created_at: None,
    }
}

pub(super) fn article(title: &str, body: &str) -> Article {
    Article {
        title: title.into(),
        body: html(body),
        collection: None,
        category_path: vec![],
        published: true,
        visibility: Visibility::Public,
        author: PersonRef::default(),
        tags: vec![],
        locale: None,
        slug: None,
        url: None,
        attachments: vec![],
        created_at: None,
        updated_at: None,
        statistics: [].into(),
    }
}
