//! Infraon Desk's objects: file stems, where their records stand, reading order.

use super::columns::{
    business_hours, catalogue_item, company, incident, kb_article, kb_category, kb_folder, listed,
    message, requester, sla_policy, team, technician,
};
use super::object_columns::{asset, change, ci, ci_relation, ci_type, pair, problem, release};
use crate::model::RecordKind;
use crate::source::bundle::common::{ATTACHMENTS, CUSTOM_FIELDS, TAGS, WORKFLOWS};
use crate::source::bundle::inline::Coding;
use crate::source::bundle::layout::{Column, Embedded, ObjectLayout, Typed};
use crate::source::bundle::survey::Config;

/// First part of every key.
pub const SYSTEM: &str = "infraon";

/// Embedded people are read by id, e-mail and name, words by their name; the rest of them is in
/// their own export.
const EMBEDDED: &[&str] = &[
    "reporter_info.",
    "requester.",
    "current_assignment_info.",
    "author.",
    "created_by.",
    "owner.",
    "assigned_to.",
    "template_info.",
    "incident.",
    "status.id",
    "basic_info.status.id",
    "type.id",
    "priority.id",
    "basic_info.priority.id",
    "role.id",
    "category.id",
    "sub_category.id",
    "ci_type.id",
    "criticality.id",
    "vendor.id",
    "location.id",
    "department.id",
    "change_type.id",
    "risk_level.id",
    "risk.id",
    "impact.id",
    "approval_status.id",
    "relation.id",
    "source.id",
    "source_info.id",
    "sla.id",
    "sla_policy.id",
    "company.",
    "in_reply_to",
    "external_message_id",
];

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
        COMPANIES,
        TEAMS,
        TECHNICIANS,
        REQUESTERS,
        CUSTOM_FIELDS,
        TAGS,
        INCIDENTS,
        MESSAGES,
        ATTACHMENTS,
        CI_TYPES,
        CIS,
        CI_RELATIONS,
        ASSETS,
        CHANGES,
        RELEASES,
        PROBLEMS,
        INCIDENT_CI,
        PROBLEM_INCIDENT,
        INCIDENT_CHANGE,
        CHANGE_CI,
        RELEASE_CHANGE,
        KB_CATEGORIES,
        KB_FOLDERS,
        KB_ARTICLES,
        SERVICE_CATALOGUE,
        SLA_POLICIES,
        BUSINESS_HOURS,
        WORKFLOWS,
        SAVED_REPORTS,
        DEPARTMENTS,
        LOCATIONS,
        PARTNERS,
    );
}

const fn with_fields(layout: ObjectLayout, fields_of: &'static str) -> ObjectLayout {
    ObjectLayout { fields_of: Some(fields_of), unused: EMBEDDED, ..layout }
}

/// Records that become instances of custom objects.
const fn instances(
    layout: ObjectLayout,
    word: &'static str,
    columns: &'static [usize],
    stems: &'static [&'static str],
) -> ObjectLayout {
    ObjectLayout { typed: Some(Typed { columns, stems }), ..with_fields(layout, word) }
}

/// Rows of two ids, which become references of the records they name.
const fn links(
    object: &'static str,
    stems: &'static [&'static str],
    columns: &'static [Column],
) -> ObjectLayout {
    ObjectLayout {
        id_required: false,
        ..ObjectLayout::new(object, RecordKind::ObjectInstance, stems, columns)
    }
}

/// Things that only people can rebuild.
const fn settings(
    object: &'static str,
    stems: &'static [&'static str],
    columns: &'static [Column],
) -> ObjectLayout {
    let layout = ObjectLayout::new(object, RecordKind::ConfigurationItem, stems, columns);
    ObjectLayout { id_required: false, ..instances(layout, object, &[], &[]) }
}

/// The objects in reading order: objects before those that refer to them.
pub const OBJECTS: &[ObjectLayout] = &[
    with_fields(
        ObjectLayout::new(
            "companies",
            RecordKind::Company,
            &[
                "company",
                "organizations",
                "organization",
                "organisations",
                "companies_departments",
                "companies_locations",
                "companies_partners",
            ],
            company::COLUMNS,
        ),
        "company",
    ),
    ObjectLayout {
        id_required: false,
        unused: EMBEDDED,
        ..ObjectLayout::new("teams", RecordKind::Team, &["team", "groups"], team::COLUMNS)
    },
    with_fields(
        ObjectLayout::new(
            "technicians",
            RecordKind::Teammate,
            &["technician", "users", "agents", "user_profile"],
            technician::COLUMNS,
        ),
        "technician",
    ),
    with_fields(
        ObjectLayout::new(
            "requesters",
            RecordKind::Contact,
            &["requester", "customers", "contacts"],
            requester::COLUMNS,
        ),
        "customer",
    ),
    CUSTOM_FIELDS,
    TAGS,
    ObjectLayout {
        id_required: false,
        value_maps: &["status"],
        ..with_fields(
            ObjectLayout::new(
                "incidents",
                RecordKind::Conversation,
                &["incident", "tickets", "ticket"],
                incident::COLUMNS,
            ),
            "ticket",
        )
    },
    ObjectLayout {
        id_required: false,
        parent: Some(message::INCIDENT_ID),
        unused: EMBEDDED,
        embedded: &[Embedded {
            object: "incidents",
            column: incident::MESSAGES,
            parent: message::INCIDENT_ID,
        }],
        ..ObjectLayout::new(
            "incident_messages",
            RecordKind::Message,
            &["messages", "conversation", "conversations", "incident_conversations", "thread"],
            message::COLUMNS,
        )
    },
    ATTACHMENTS,
    ObjectLayout {
        id_required: false,
        unused: EMBEDDED,
        ..ObjectLayout::new(
            "ci_types",
            RecordKind::ObjectDefinition,
            &["ci_type", "object_types", "field_configuration"],
            ci_type::COLUMNS,
        )
    },
    instances(
        ObjectLayout::new(
            "cis",
            RecordKind::ObjectInstance,
            &["ci", "cmdb", "configuration_items"],
            ci::COLUMNS,
        ),
        "ci",
        &[ci::TYPE],
        &["ci_"],
    ),
    links(
        "ci_relations",
        &["ci_relation", "cmdb_relations", "cmdb_relation"],
        ci_relation::COLUMNS,
    ),
    instances(
        ObjectLayout::new(
            "assets",
            RecordKind::ObjectInstance,
            &["asset", "it_assets", "software", "licenses", "consumables"],
            asset::COLUMNS,
        ),
        "asset",
        &[asset::CATEGORY, asset::KIND],
        &["asset_", "assets_"],
    ),
    instances(
        ObjectLayout::new("changes", RecordKind::ObjectInstance, &["change"], change::COLUMNS),
        "change",
        &[],
        &[],
    ),
    instances(
        ObjectLayout::new("releases", RecordKind::ObjectInstance, &["release"], release::COLUMNS),
        "release",
        &[],
        &[],
    ),
    instances(
        ObjectLayout::new("problems", RecordKind::ObjectInstance, &["problem"], problem::COLUMNS),
        "problem",
        &[],
        &[],
    ),
    links("incident_ci", &["incident_cis", "ci_incident"], pair::COLUMNS),
    links("problem_incident", &["problem_incidents", "incident_problem"], pair::COLUMNS),
    links("incident_change", &["change_incident", "change_incidents"], pair::COLUMNS),
    links("change_ci", &["change_cis", "ci_change"], pair::COLUMNS),
    links(
        "release_change",
        &["release_changes", "change_release", "problem_change", "change_problem"],
        pair::COLUMNS,
    ),
    ObjectLayout {
        unused: EMBEDDED,
        ..ObjectLayout::new(
            "kb_categories",
            RecordKind::Collection,
            &["kb_category", "knowledge_categories"],
            kb_category::COLUMNS,
        )
    },
    ObjectLayout {
        unused: EMBEDDED,
        embedded: &[Embedded {
            object: "kb_categories",
            column: kb_category::FOLDERS,
            parent: kb_folder::CATEGORY_ID,
        }],
        ..ObjectLayout::new(
            "kb_folders",
            RecordKind::Collection,
            &["kb_folder", "knowledge_folders"],
            kb_folder::COLUMNS,
        )
    },
    ObjectLayout {
        unused: EMBEDDED,
        value_maps: &["status", "visibility"],
        embedded: &[Embedded {
            object: "kb_folders",
            column: kb_folder::ARTICLES,
            parent: kb_article::FOLDER_ID,
        }],
        ..ObjectLayout::new(
            "kb_articles",
            RecordKind::Article,
            &["kb_article", "knowledge_base", "articles", "solutions"],
            kb_article::COLUMNS,
        )
    },
    settings("service_catalogue", &["service_catalog", "services"], catalogue_item::COLUMNS),
    settings("sla_policies", &["sla_policy", "sla", "slas"], sla_policy::COLUMNS),
    settings("business_hours", &["business_hour", "working_hours"], business_hours::COLUMNS),
    ObjectLayout { stems: &["workflow", "rules", "automations", "business_rules"], ..WORKFLOWS },
    settings("saved_reports", &["reports", "dashboards", "saved_report"], listed::COLUMNS),
    settings("departments", &["department"], listed::COLUMNS),
    settings("locations", &["location", "organization_locations"], listed::COLUMNS),
    settings("partners", &["partner", "vendors"], listed::COLUMNS),
];

/// Infraon Desk's exports.
pub static CONFIG: Config = Config {
    system: SYSTEM,
    objects: OBJECTS,
    content_keys: &[("file_content", Coding::Base64), ("content_base64", Coding::Base64)],
    // Threads, links and levels refer to what these hold.
    first: &[
        "custom_fields",
        "ci_types",
        "attachments",
        "technicians",
        "requesters",
        "incidents",
        "problems",
        "changes",
        "releases",
        "cis",
        "assets",
    ],
    envelopes: &[],
    folders: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::bundle::layout::recognise;

    #[test]
    fn indexes_name_their_objects() {
        for (index, name) in [
            (object::COMPANIES, "companies"),
            (object::INCIDENTS, "incidents"),
            (object::CI_TYPES, "ci_types"),
            (object::PROBLEMS, "problems"),
            (object::KB_ARTICLES, "kb_articles"),
            (object::PARTNERS, "partners"),
        ] {
            assert_eq!(OBJECTS[index].object, name);
        }
        assert_eq!(OBJECTS.len(), object::PARTNERS + 1);
        for name in CONFIG.first {
            assert!(OBJECTS.iter().any(|layout| layout.object == *name), "{name}");
        }
    }

    #[test]
    fn files_of_one_type_are_recognised_and_no_others() {
        for (name, expected) in [
            ("ci_router", Some("cis")),
            ("CI Load Balancer 2024", Some("cis")),
            ("ci_types", Some("ci_types")),
            ("ci_relations_2024", Some("ci_relations")),
            ("asset_laptop", Some("assets")),
            ("IT_Assets", Some("assets")),
            ("incident_ci", Some("incident_ci")),
            ("cities", None),
            ("notes", None),
        ] {
            let found = recognise(OBJECTS, name).map(|index| OBJECTS[index].object);
            assert_eq!(found, expected, "{name}");
        }
    }
}
