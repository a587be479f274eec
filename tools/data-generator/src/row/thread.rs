//! Tickets, replies, and the index of their files.

use csv::StringRecord;
use serde::Serialize;

use crate::customer::Customer;
use crate::desk::{Agent, IdRef};
use crate::table::Row;
use crate::ticket::{File, Reply, Ticket};
use crate::words::Voice;

/// A ticket with the people it names.
pub(crate) struct TicketRow<'a> {
    pub(crate) ticket: &'a Ticket,
    pub(crate) number: &'a str,
    pub(crate) customer: &'a Customer,
    pub(crate) agent: &'a Agent,
}

#[derive(Serialize)]
struct Person<'a> {
    id: &'a str,
    email: Option<&'a str>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

const NO_LABEL: Label<'_> =
    Label { status: None, kind: None, area: None, group: None, source: None };

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Field<V> {
    name: &'static str,
    value: V,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TicketJson<'a> {
    id: &'a str,
    number: &'a str,
    subject: &'a str,
    description: &'a str,
    status: Label<'a>,
    priority: u8,
    #[serde(rename = "type")]
    kind: Label<'a>,
    area: Label<'a>,
    group: Label<'a>,
    source: Label<'a>,
    opened_by: Person<'a>,
    assigned_to: Person<'a>,
    insert_date: i64,
    managed_date: i64,
    closed_date: Option<i64>,
    tags: Vec<Text<'a>>,
    archived: bool,
    number_of_replies: usize,
    attached_documents: Vec<&'a str>,
    custom_fields: Vec<Field<String>>,
}

impl TicketRow<'_> {
    fn documents(&self, place: Option<usize>) -> Vec<&str> {
        documents(self.ticket, place)
    }

    fn order_number(&self) -> String {
        self.ticket.order_number.map(|number| format!("VC-{number}")).unwrap_or_default()
    }

    fn satisfaction(&self) -> String {
        self.ticket.satisfaction.map(|points| points.to_string()).unwrap_or_default()
    }
}

/// Ids of the files of the first message (`None`) or of a reply.
fn documents(ticket: &Ticket, place: Option<usize>) -> Vec<&str> {
    let files = ticket.files.iter().filter(|file| file.place == place);
    files.map(|file| file.attachment_id.as_str()).collect()
}

impl Row for TicketRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "number",
        "subject",
        "description",
        "status",
        "priority",
        "type",
        "area",
        "group",
        "source",
        "openedBy.id",
        "openedBy.email",
        "assignedTo.id",
        "assignedTo.email",
        "insertDate",
        "managedDate",
        "closedDate",
        "tags",
        "archived",
        "numberOfReplies",
        "attachments",
        "cf_order_number",
        "cf_bike_model",
        "cf_satisfaction",
    ];

    fn cells(&self, row: &mut StringRecord) {
        let ticket = self.ticket;
        row.push_field(&ticket.id);
        row.push_field(self.number);
        row.push_field(&ticket.subject);
        row.push_field(&ticket.description);
        row.push_field(ticket.state.word(ticket.language));
        row.push_field(if ticket.priority == 1 { "1" } else { "0" });
        row.push_field(ticket.kind);
        row.push_field(ticket.area);
        row.push_field(ticket.group);
        row.push_field(ticket.source);
        row.push_field(&self.customer.id);
        row.push_field(self.customer.email.as_deref().unwrap_or_default());
        row.push_field(&self.agent.id);
        row.push_field(&self.agent.email);
        row.push_field(&ticket.created_ms.to_string());
        row.push_field(&ticket.updated_ms.to_string());
        row.push_field(&ticket.closed_ms.map(|at| at.to_string()).unwrap_or_default());
        row.push_field(&ticket.tags.join("|"));
        row.push_field(if ticket.archived { "true" } else { "false" });
        row.push_field(&ticket.replies.len().to_string());
        row.push_field(&self.documents(None).join("|"));
        row.push_field(&self.order_number());
        row.push_field(ticket.model);
        row.push_field(&self.satisfaction());
    }

    fn json(&self) -> impl Serialize {
        let ticket = self.ticket;
        let fields = [
            ("order_number", self.order_number()),
            ("bike_model", ticket.model.to_owned()),
            ("satisfaction", self.satisfaction()),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        TicketJson {
            id: &ticket.id,
            number: self.number,
            subject: &ticket.subject,
            description: &ticket.description,
            status: Label { status: Some(ticket.state.word(ticket.language)), ..NO_LABEL },
            priority: ticket.priority,
            kind: Label { kind: Some(ticket.kind), ..NO_LABEL },
            area: Label { area: Some(ticket.area), ..NO_LABEL },
            group: Label { group: Some(ticket.group), ..NO_LABEL },
            source: Label { source: Some(ticket.source), ..NO_LABEL },
            opened_by: Person { id: &self.customer.id, email: self.customer.email.as_deref() },
            assigned_to: Person { id: &self.agent.id, email: Some(&self.agent.email) },
            insert_date: ticket.created_ms,
            managed_date: ticket.updated_ms,
            closed_date: ticket.closed_ms,
            tags: ticket.tags.iter().map(|text| Text { text }).collect(),
            archived: ticket.archived,
            number_of_replies: ticket.replies.len(),
            attached_documents: self.documents(None),
            custom_fields: fields.map(|(name, value)| Field { name, value }).collect(),
        }
    }
}

/// A reply with the people it names.
pub(crate) struct ReplyRow<'a> {
    pub(crate) ticket: &'a Ticket,
    pub(crate) place: usize,
    pub(crate) reply: &'a Reply,
    pub(crate) customer: &'a Customer,
    pub(crate) agent: &'a Agent,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplyJson<'a> {
    #[serde(rename = "message_id")]
    message_id: &'a str,
    #[serde(rename = "ticket_id")]
    ticket_id: &'a str,
    reply_date: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_from_customer: Option<IdRef<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_from_operator: Option<IdRef<'a>>,
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attached_documents: Vec<&'a str>,
}

impl ReplyRow<'_> {
    /// Customer and agent, of whom exactly one wrote the reply.
    fn authors(&self) -> (Option<&str>, Option<&str>) {
        match self.reply.voice {
            Voice::Customer => (Some(&self.customer.id), None),
            Voice::Agent => (None, Some(&self.agent.id)),
        }
    }
}

impl Row for ReplyRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "message_id",
        "ticket_id",
        "replyDate",
        "replyFromCustomer.id",
        "replyFromOperator.id",
        "text",
        "attachments",
    ];

    fn cells(&self, row: &mut StringRecord) {
        let (customer, agent) = self.authors();
        row.push_field(&self.reply.id);
        row.push_field(&self.ticket.id);
        row.push_field(&self.reply.at_ms.to_string());
        row.push_field(customer.unwrap_or_default());
        row.push_field(agent.unwrap_or_default());
        row.push_field(&self.reply.text);
        row.push_field(&documents(self.ticket, Some(self.place)).join("|"));
    }

    fn json(&self) -> impl Serialize {
        let (customer, agent) = self.authors();
        ReplyJson {
            message_id: &self.reply.id,
            ticket_id: &self.ticket.id,
            reply_date: self.reply.at_ms,
            reply_from_customer: customer.map(|id| IdRef { id }),
            reply_from_operator: agent.map(|id| IdRef { id }),
            text: &self.reply.text,
            attached_documents: documents(self.ticket, Some(self.place)),
        }
    }
}

/// A file's row in the index.
pub(crate) struct FileRow<'a> {
    pub(crate) ticket: &'a Ticket,
    pub(crate) file: &'a File,
    pub(crate) size_bytes: usize,
}

#[derive(Serialize)]
struct FileJson<'a> {
    attachment_id: &'a str,
    parent_type: &'static str,
    parent_id: &'a str,
    message_id: Option<&'a str>,
    file_name: &'a str,
    path: &'a str,
    content_type: &'static str,
    size_bytes: usize,
}

impl FileRow<'_> {
    /// The id of the reply it hangs on, if not on the first message.
    fn message(&self) -> Option<&str> {
        self.file.place.map(|place| self.ticket.replies[place].id.as_str())
    }
}

impl Row for FileRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "attachment_id",
        "parent_type",
        "parent_id",
        "message_id",
        "file_name",
        "path",
        "content_type",
        "size_bytes",
    ];

    fn cells(&self, row: &mut StringRecord) {
        row.push_field(&self.file.attachment_id);
        row.push_field("ticket");
        row.push_field(&self.ticket.id);
        row.push_field(self.message().unwrap_or_default());
        row.push_field(&self.file.name);
        row.push_field(&self.file.path);
        row.push_field(self.file.content_type);
        row.push_field(&self.size_bytes.to_string());
    }

    fn json(&self) -> impl Serialize {
        FileJson {
            attachment_id: &self.file.attachment_id,
            parent_type: "ticket",
            parent_id: &self.ticket.id,
            message_id: self.message(),
            file_name: &self.file.name,
            path: &self.file.path,
            content_type: self.file.content_type,
            size_bytes: self.size_bytes,
        }
    }
}
