//! Families of Intercom's API.

/// Families of the API that a migration uses: name, a read that shows whether it is allowed.
pub const FAMILIES: [(&str, &str); 12] = [
    ("contacts", "/contacts"),
    ("conversations", "/conversations"),
    ("tags", "/tags"),
    ("data_attributes", "/data_attributes"),
    ("conversation_attributes", "/conversations/attributes"),
    ("ticket_types", "/ticket_types"),
    ("ticket_states", "/ticket_states"),
    ("collections", "/help_center/collections"),
    ("articles", "/articles"),
    ("internal_articles", "/internal_articles"),
    ("macros", "/macros"),
    ("subscription_types", "/subscription_types"),
];

/// The family that an address belongs to, as scopes and plans open or close it.
pub fn of_path(path: &str) -> &'static str {
    if path.ends_with("/convert") {
        return "tickets";
    }
    match path.split('/').nth(1).unwrap_or_default() {
        "contacts" | "subscription_types" => "contacts",
        "companies" => "companies",
        "conversations" => "conversations",
        "tickets" | "ticket_types" | "ticket_states" => "tickets",
        "articles" | "help_center" | "internal_articles" => "articles",
        "admins" | "teams" | "me" => "admins",
        "tags" => "tags",
        "data_attributes" => "data_attributes",
        "custom_object_instances" => "custom_objects",
        "macros" => "macros",
        _ => "workspace",
    }
}
