//! Names of the hand-off documents.

/// Files that a person has to move.
pub const ATTACHMENTS: &str = "attachments";
/// What contacts could not take.
pub const CONTACTS: &str = "contacts";
/// Links that still lead to the old help desk.
pub const OLD_LINKS: &str = "old_links";
/// Reminders.
pub const REMINDERS: &str = "reminders";
/// Teammates to be invited, with role and seat.
pub const TEAMMATES: &str = "teammates";
/// Teams to be made.
pub const TEAMS: &str = "teams";
/// Saved replies, as a file for the import of macros and a checklist.
pub const SAVED_REPLIES: &str = "saved_replies";
/// Workflows, rules, escalations and SLA.
pub const WORKFLOWS: &str = "workflow_sla_inventory";
/// Widgets to be built again.
pub const WIDGETS: &str = "widget_checklist";
/// Greetings and automata, as a brief for Fin.
pub const AUTOMATION: &str = "fin_brief";
/// Reports that have no counterpart.
pub const REPORTS: &str = "reporting_gaps";
/// Items of the service catalogue.
pub const CATALOGUE: &str = "service_catalogue";
/// Custom objects.
pub const CUSTOM_OBJECTS: &str = "custom_objects";
/// What must be there and no API makes: types of custom objects, states, teams, teammates.
pub const INTERCOM_SETUP: &str = "intercom_setup";
/// Custom objects that the plan has no place for, as an archive (decision I3).
pub const OBJECT_ARCHIVE: &str = "custom_object_archive";
/// Tags that people put on (decision T5).
pub const TAGS: &str = "tag_reference";
/// Articles that people write again (decision T6).
pub const KNOWLEDGE_REFERENCE: &str = "knowledge_base_reference";
/// What the knowledge base loses: files, images, order, old addresses.
pub const KNOWLEDGE_BASE: &str = "knowledge_base";

/// The document for a kind of configuration item.
pub fn of_configuration(kind: &str) -> &'static str {
    match kind {
        "widget" => WIDGETS,
        "greeting" | "bot" => AUTOMATION,
        "report" | "saved_report" => REPORTS,
        "catalogue_item" | "service" | "service_catalogue" => CATALOGUE,
        _ => WORKFLOWS,
    }
}
