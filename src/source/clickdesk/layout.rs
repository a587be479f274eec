//! ClickDesk's objects: file stems, where their records stand, reading order.

use super::columns::{
    agent, call, canned, chat, chat_message, department, offline, report, social, ticket,
    ticket_message, visitor, widget,
};
use crate::model::RecordKind;
use crate::source::bundle::common::{ATTACHMENTS, CUSTOM_FIELDS, TAGS, WORKFLOWS};
use crate::source::bundle::layout::{Embedded, ObjectLayout};
use crate::source::bundle::survey::Config;

/// Whether somebody is online says nothing later on.
const ONLINE: &[&str] = &["online", "online_status", "availability"];

/// Plug-ins and the like of a visitor's browser.
const VISITOR_INFO: &[&str] = &["visitor_info."];

/// Index of each object in [`OBJECTS`].
pub mod object {
    macro_rules! indexes {
        ($($name:ident),+ $(,)?) => {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts")]
            #[repr(usize)]
            enum Index { $($name),+ }
            $(
                #[doc = concat!("Index of ", stringify!($name), ".")]
                pub const $name: usize = Index::$name as usize;
            )+
        };
    }
    indexes!(
        DEPARTMENTS,
        AGENTS,
        VISITORS,
        CUSTOM_FIELDS,
        TAGS,
        CHATS,
        CHAT_MESSAGES,
        TICKETS,
        TICKET_MESSAGES,
        OFFLINE_MESSAGES,
        SOCIAL_MESSAGES,
        CALLS,
        ATTACHMENTS,
        CANNED_RESPONSES,
        WIDGET_SETTINGS,
        AUTOMATIONS,
        REPORTS,
    );
}

/// The objects in reading order.
pub const OBJECTS: &[ObjectLayout] = &[
    ObjectLayout {
        id_required: false,
        ..ObjectLayout::new("departments", RecordKind::Team, &["department"], department::COLUMNS)
    },
    ObjectLayout {
        id_required: false,
        unused: ONLINE,
        ..ObjectLayout::new(
            "agents",
            RecordKind::Teammate,
            &["agent", "operators", "operator", "users", "user"],
            agent::COLUMNS,
        )
    },
    ObjectLayout {
        id_required: false,
        fields_of: Some("customer"),
        ..ObjectLayout::new(
            "visitors",
            RecordKind::Contact,
            &["visitor", "contacts", "contact", "customers", "customer"],
            visitor::COLUMNS,
        )
    },
    CUSTOM_FIELDS,
    TAGS,
    ObjectLayout {
        id_required: false,
        unused: VISITOR_INFO,
        value_maps: &["status"],
        ..ObjectLayout::new(
            "chats",
            RecordKind::Conversation,
            &["chat", "chat_history", "sessions", "session", "conversations"],
            chat::COLUMNS,
        )
    },
    ObjectLayout {
        id_required: false,
        parent: Some(chat_message::THREAD_ID),
        embedded: &[Embedded {
            object: "chats",
            column: chat::MESSAGES,
            parent: chat_message::THREAD_ID,
        }],
        ..ObjectLayout::new(
            "chat_messages",
            RecordKind::Message,
            &["chat_message", "session_messages"],
            chat_message::COLUMNS,
        )
    },
    ObjectLayout {
        fields_of: Some("ticket"),
        value_maps: &["status"],
        ..ObjectLayout::new("tickets", RecordKind::Conversation, &["ticket"], ticket::COLUMNS)
    },
    ObjectLayout {
        id_required: false,
        parent: Some(ticket_message::THREAD_ID),
        embedded: &[Embedded {
            object: "tickets",
            column: ticket::MESSAGES,
            parent: ticket_message::THREAD_ID,
        }],
        ..ObjectLayout::new(
            "ticket_messages",
            RecordKind::Message,
            &["ticket_message", "ticket_replies"],
            ticket_message::COLUMNS,
        )
    },
    ObjectLayout {
        id_required: false,
        value_maps: &["status"],
        ..ObjectLayout::new(
            "offline_messages",
            RecordKind::Conversation,
            &["offline", "offline_message", "leave_a_message"],
            offline::COLUMNS,
        )
    },
    ObjectLayout {
        id_required: false,
        ..ObjectLayout::new(
            "social_messages",
            RecordKind::Message,
            &["social_message", "social"],
            social::COLUMNS,
        )
    },
    ObjectLayout {
        id_required: false,
        value_maps: &["outcome"],
        ..ObjectLayout::new(
            "calls",
            RecordKind::Conversation,
            &["call", "voip", "phone_calls"],
            call::COLUMNS,
        )
    },
    ATTACHMENTS,
    ObjectLayout {
        id_required: false,
        ..ObjectLayout::new(
            "canned_responses",
            RecordKind::SavedReply,
            &["canned_response", "canned"],
            canned::COLUMNS,
        )
    },
    ObjectLayout::new(
        "widget_settings",
        RecordKind::ConfigurationItem,
        &["widget_setting", "widget"],
        widget::COLUMNS,
    ),
    ObjectLayout {
        object: "automations",
        stems: &["automation", "greetings", "greeting", "greeting_rules", "rules", "workflows"],
        ..WORKFLOWS
    },
    ObjectLayout::new(
        "reports",
        RecordKind::ConfigurationItem,
        &["report", "report_captures"],
        report::COLUMNS,
    ),
];

/// ClickDesk's exports.
pub static CONFIG: Config = Config {
    system: "clickdesk",
    objects: OBJECTS,
    content_keys: &[],
    first: &["custom_fields", "attachments", "departments", "agents", "visitors", "chats"],
    envelopes: &[],
    folders: &["transcripts"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_name_their_objects() {
        for (index, name) in [
            (object::DEPARTMENTS, "departments"),
            (object::CHATS, "chats"),
            (object::OFFLINE_MESSAGES, "offline_messages"),
            (object::ATTACHMENTS, "attachments"),
            (object::REPORTS, "reports"),
        ] {
            assert_eq!(OBJECTS[index].object, name);
        }
        assert_eq!(OBJECTS.len(), object::REPORTS + 1);
    }
}
