//! ITCO's objects: the thirteen templates, and the lists of partners.

use super::columns::{
    agent, article, automation, company, count, customer, deal, member, message, team, ticket,
};
use crate::model::RecordKind;
use crate::source::bundle::common::{ATTACHMENTS, CUSTOM_FIELDS, TAGS};
use crate::source::bundle::layout::ObjectLayout;
use crate::source::bundle::survey::Config;

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
        TEAMS,
        MEMBERS,
        COMPANIES,
        CUSTOMERS,
        CUSTOM_FIELDS,
        TAGS,
        TICKETS,
        MESSAGES,
        ATTACHMENTS,
        ARTICLES,
        AUTOMATIONS,
        DEALS,
        COUNTS,
    );
}

const fn without_id(layout: ObjectLayout) -> ObjectLayout {
    ObjectLayout { id_required: false, ..layout }
}

const fn with_fields(layout: ObjectLayout, fields_of: &'static str) -> ObjectLayout {
    ObjectLayout { fields_of: Some(fields_of), ..layout }
}

/// The objects in reading order.
pub const OBJECTS: &[ObjectLayout] = &[
    without_id(ObjectLayout::new(
        "agents",
        RecordKind::Teammate,
        &["agent", "operators", "staff"],
        agent::COLUMNS,
    )),
    without_id(ObjectLayout::new(
        "teams",
        RecordKind::Team,
        &["team", "groups", "group"],
        team::COLUMNS,
    )),
    ObjectLayout {
        parent: Some(member::TEAM_ID),
        ..without_id(ObjectLayout::new(
            "team_members",
            RecordKind::Team,
            &["team_member", "members", "memberships"],
            member::COLUMNS,
        ))
    },
    with_fields(
        without_id(ObjectLayout::new(
            "companies",
            RecordKind::Company,
            &["company", "accounts", "organisations", "organizations"],
            company::COLUMNS,
        )),
        "company",
    ),
    with_fields(
        ObjectLayout::new(
            "customers",
            RecordKind::Contact,
            &["customer", "clients", "contacts", "requesters", "end_users"],
            customer::COLUMNS,
        ),
        "customer",
    ),
    CUSTOM_FIELDS,
    TAGS,
    ObjectLayout {
        value_maps: &["status", "priority"],
        ..with_fields(
            ObjectLayout::new(
                "tickets",
                RecordKind::Conversation,
                &["ticket", "cases", "requests"],
                ticket::COLUMNS,
            ),
            "ticket",
        )
    },
    ObjectLayout {
        parent: Some(message::TICKET_ID),
        ..without_id(ObjectLayout::new(
            "messages",
            RecordKind::Message,
            &["message", "replies", "comments", "thread", "threads"],
            message::COLUMNS,
        ))
    },
    ATTACHMENTS,
    ObjectLayout {
        value_maps: &["status"],
        ..without_id(ObjectLayout::new(
            "kb_articles",
            RecordKind::Article,
            &["kb_article", "articles", "kb", "knowledge_base"],
            article::COLUMNS,
        ))
    },
    without_id(ObjectLayout::new(
        "automations",
        RecordKind::ConfigurationItem,
        &["automation", "workflows", "workflow", "triggers", "rules", "sla"],
        automation::COLUMNS,
    )),
    without_id(ObjectLayout::new(
        "partner_deals",
        RecordKind::ConfigurationItem,
        &["partner_deal", "deals", "deal_registrations", "partner_leads", "leads"],
        deal::COLUMNS,
    )),
    without_id(ObjectLayout::new(
        "counts",
        RecordKind::ConfigurationItem,
        &["count", "screen_counts"],
        count::COLUMNS,
    )),
];

/// ITCO's templates. Small tables that others are read against come first; counts are held
/// against all the others, so they are read last.
pub static CONFIG: Config = Config {
    system: "itco",
    objects: OBJECTS,
    content_keys: &[],
    first: &[
        "custom_fields",
        "agents",
        "teams",
        "companies",
        "customers",
        "tickets",
        "attachments",
    ],
    envelopes: &[],
    folders: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_name_their_objects() {
        for (index, name) in [
            (object::AGENTS, "agents"),
            (object::MEMBERS, "team_members"),
            (object::TICKETS, "tickets"),
            (object::ATTACHMENTS, "attachments"),
            (object::ARTICLES, "kb_articles"),
            (object::COUNTS, "counts"),
        ] {
            assert_eq!(OBJECTS[index].object, name);
        }
        assert_eq!(OBJECTS.len(), object::COUNTS + 1);
    }
}
