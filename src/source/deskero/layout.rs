//! Deskero's objects: file stems, where their records stand, reading order.

use super::columns::{
    agent, canned_answer, company, customer, kb_area, kb_article, kb_group, mention, note, reply,
    ticket,
};
use crate::model::RecordKind;
use crate::source::bundle::common::{ATTACHMENTS, CUSTOM_FIELDS, TAGS, WORKFLOWS};
use crate::source::bundle::inline::Coding;
use crate::source::bundle::layout::{Embedded, ObjectLayout};
use crate::source::bundle::survey::Config;

/// Embedded people and labels are read by id, e-mail and name; the rest of them is in their own
/// export.
const PEOPLE: &[&str] = &[
    "openedBy.",
    "assignedTo.",
    "replyFrom",
    "replyTo",
    "insertBy.",
    "contributeBy.",
    "status.",
    "type.",
    "area.",
    "group.",
    "source.",
    "ticket.",
    "company.",
    "account.",
    "language.",
    "registrationChannel.",
    "knowledgeGroup.",
    "labels.",
    "customer.",
    "agentGroups",
    "customerCompanies",
    "knowledgeItems",
    "tweetType",
    "facebookType",
    "youtubeType",
];

/// Collections have no time of their own.
const CONTAINERS: &[&str] = &[
    "insertDate",
    "created_at",
    "views",
    "knowledgeGroup.",
    "agentGroups",
    "customerCompanies",
    "knowledgeItems",
    "labels.",
];

const fn with_fields(
    layout: ObjectLayout,
    fields_of: &'static str,
    unused: &'static [&'static str],
) -> ObjectLayout {
    ObjectLayout { fields_of: Some(fields_of), unused, ..layout }
}

const fn part(layout: ObjectLayout, parent: usize, embedded: &'static [Embedded]) -> ObjectLayout {
    ObjectLayout { parent: Some(parent), embedded, id_required: false, unused: PEOPLE, ..layout }
}

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
        AGENTS,
        COMPANIES,
        CUSTOMERS,
        CUSTOM_FIELDS,
        TAGS,
        TICKETS,
        REPLIES,
        NOTES,
        EVENTS,
        ATTACHMENTS,
        MENTIONS,
        KB_GROUPS,
        KB_AREAS,
        KB_ARTICLES,
        CANNED_ANSWERS,
        WORKFLOWS,
    );
}

/// The objects in reading order.
pub const OBJECTS: &[ObjectLayout] = &[
    ObjectLayout {
        unused: PEOPLE,
        ..ObjectLayout::new(
            "agents",
            RecordKind::Teammate,
            &["agent", "operators", "operatori", "operadores", "opérateurs"],
            agent::COLUMNS,
        )
    },
    with_fields(
        ObjectLayout::new(
            "companies",
            RecordKind::Company,
            &["company", "aziende", "empresas", "sociétés"],
            company::COLUMNS,
        ),
        "company",
        PEOPLE,
    ),
    with_fields(
        ObjectLayout::new(
            "customers",
            RecordKind::Contact,
            &["customer", "clients", "clienti", "clientes", "contatti", "users"],
            customer::COLUMNS,
        ),
        "customer",
        PEOPLE,
    ),
    CUSTOM_FIELDS,
    TAGS,
    ObjectLayout {
        value_maps: &["status"],
        ..with_fields(
            ObjectLayout::new(
                "tickets",
                RecordKind::Conversation,
                &["ticket", "ticket_export", "tickets_export", "richieste", "requests"],
                ticket::COLUMNS,
            ),
            "ticket",
            PEOPLE,
        )
    },
    part(
        ObjectLayout::new(
            "replies",
            RecordKind::Message,
            &["reply", "messages", "thread", "comments", "risposte", "respuestas", "réponses"],
            reply::COLUMNS,
        ),
        reply::TICKET_ID,
        &[Embedded { object: "tickets", column: ticket::REPLIES, parent: reply::TICKET_ID }],
    ),
    part(
        ObjectLayout::new("notes", RecordKind::Message, &["note", "ticket_notes"], note::COLUMNS),
        note::TICKET_ID,
        &[Embedded { object: "tickets", column: ticket::NOTES, parent: note::TICKET_ID }],
    ),
    part(
        ObjectLayout::new(
            "events",
            RecordKind::Message,
            &["event", "history", "audit", "cronologia"],
            reply::COLUMNS,
        ),
        reply::TICKET_ID,
        &[],
    ),
    ATTACHMENTS,
    ObjectLayout::new(
        "social_mentions",
        RecordKind::Mention,
        &["social_mention", "mentions", "social"],
        mention::COLUMNS,
    ),
    ObjectLayout {
        unused: CONTAINERS,
        ..ObjectLayout::new(
            "kb_groups",
            RecordKind::Collection,
            &["kb_group", "knowledge_groups", "knowledge_group"],
            kb_group::COLUMNS,
        )
    },
    ObjectLayout {
        unused: CONTAINERS,
        embedded: &[Embedded {
            object: "kb_groups",
            column: kb_group::AREAS,
            parent: kb_area::GROUP_ID,
        }],
        ..ObjectLayout::new(
            "kb_areas",
            RecordKind::Collection,
            &["kb_area", "knowledge_areas", "knowledge_area"],
            kb_area::COLUMNS,
        )
    },
    ObjectLayout {
        unused: PEOPLE,
        value_maps: &["status", "visibility"],
        embedded: &[Embedded {
            object: "kb_areas",
            column: kb_area::ITEMS,
            parent: kb_article::AREA_ID,
        }],
        ..ObjectLayout::new(
            "kb_articles",
            RecordKind::Article,
            &["kb_article", "knowledge_items", "knowledge_item", "articles"],
            kb_article::COLUMNS,
        )
    },
    ObjectLayout::new(
        "canned_answers",
        RecordKind::SavedReply,
        &["canned_answer", "reply_templates", "reply_template", "canned_responses"],
        canned_answer::COLUMNS,
    ),
    WORKFLOWS,
];

/// Deskero's exports.
pub static CONFIG: Config = Config {
    system: "deskero",
    objects: OBJECTS,
    content_keys: &[("documentBlob", Coding::Hex), ("documentBase64", Coding::Base64)],
    first: &["custom_fields", "attachments", "social_mentions", "customers", "tickets"],
    envelopes: &["knowledge base"],
    folders: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_name_their_objects() {
        for (index, name) in [
            (object::AGENTS, "agents"),
            (object::TICKETS, "tickets"),
            (object::ATTACHMENTS, "attachments"),
            (object::WORKFLOWS, "workflows"),
        ] {
            assert_eq!(OBJECTS[index].object, name);
        }
        assert_eq!(OBJECTS.len(), object::WORKFLOWS + 1);
    }
}
