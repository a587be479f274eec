//! The objects of Hesk, in the order in which they are read.

use super::table;
use crate::model::RecordKind;
use crate::source::contract::{SourceColumn, SourceObject};

/// An object.
#[derive(Debug)]
pub struct Layout {
    /// Name in counts: its table, or what it was derived from.
    pub object: &'static str,
    /// Second word of its keys.
    pub word: &'static str,
    /// What it becomes.
    pub kind: RecordKind,
}

const fn layout(object: &'static str, word: &'static str, kind: RecordKind) -> Layout {
    Layout { object, word, kind }
}

/// All objects.
pub const OBJECTS: &[Layout] = &[
    layout("users", "staff", RecordKind::Teammate),
    layout("categories", "category", RecordKind::Team),
    layout("custom_fields", "custom_field", RecordKind::FieldDefinition),
    layout("customers", "customer", RecordKind::Contact),
    layout("requesters", "requester", RecordKind::Contact),
    layout("tickets", "ticket", RecordKind::Conversation),
    layout("deleted_tickets", "ticket", RecordKind::Conversation),
    layout("history", "history", RecordKind::Message),
    layout("replies", "reply", RecordKind::Message),
    layout("ratings", "rating", RecordKind::Message),
    layout("notes", "note", RecordKind::Message),
    layout("attachments", "attachment", RecordKind::Attachment),
    layout("inline_files", "attachment", RecordKind::Attachment),
    layout("kb_categories", "kb_category", RecordKind::Collection),
    layout("kb_articles", "kb_article", RecordKind::Article),
    layout("kb_attachments", "kb_attachment", RecordKind::Attachment),
    layout("std_replies", "canned_reply", RecordKind::SavedReply),
    layout("ticket_templates", "ticket_template", RecordKind::ConfigurationItem),
    layout("service_messages", "service_message", RecordKind::ConfigurationItem),
    layout("former_staff", "staff", RecordKind::Teammate),
];

/// The objects as the contract tells them.
pub fn objects() -> Vec<SourceObject> {
    let column = |name: &&str| SourceColumn {
        name: (*name).to_owned(),
        aliases: Vec::new(),
        cell: "text".to_owned(),
    };
    let object = |layout: &Layout| SourceObject {
        object: layout.object.to_owned(),
        kind: layout.kind,
        stems: Vec::new(),
        columns: table::table(layout.object)
            .map(|table| table.columns.iter().map(column).collect())
            .unwrap_or_default(),
        value_maps: match layout.object {
            "tickets" => vec!["status".to_owned()],
            _ => Vec::new(),
        },
    };
    OBJECTS.iter().map(object).collect()
}
