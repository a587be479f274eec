//! The attributes every workspace has, as `GET /data_attributes` lists them beside those that
//! were defined.

use serde_json::{Value, json};

/// Model, full name, label, type, and whether the API may write it.
type Standard = (&'static str, &'static str, &'static str, &'static str, bool);

const ALL: [Standard; 29] = [
    ("company", "name", "Company name", "string", true),
    ("company", "company_id", "Company ID", "string", false),
    ("company", "last_request_at", "Company last seen", "date", false),
    ("company", "remote_created_at", "Company created at", "date", true),
    ("company", "user_count", "People", "integer", false),
    ("company", "session_count", "Company web sessions", "integer", false),
    ("company", "plan.name", "Plan", "string", false),
    ("company", "monthly_spend", "Monthly Spend", "float", true),
    ("company", "size", "Company size", "integer", true),
    ("company", "industry", "Company industry", "string", true),
    ("company", "website", "Company website", "string", true),
    ("company", "id", "ID", "string", false),
    ("company", "created_at", "Created at", "date", false),
    ("company", "updated_at", "Updated at", "date", false),
    ("company", "plan.id", "Plan ID", "string", false),
    ("company", "app_id", "App ID", "string", false),
    ("contact", "role", "Contact role", "string", true),
    ("contact", "name", "Name", "string", true),
    ("contact", "owner_id", "Owner", "integer", true),
    ("contact", "email", "Email", "string", true),
    ("contact", "phone", "Phone", "string", true),
    ("contact", "external_id", "User ID", "string", true),
    ("contact", "signed_up_at", "Signed up", "date", true),
    ("contact", "last_seen_at", "Last seen", "date", true),
    ("contact", "last_contacted_at", "Last contacted", "date", false),
    ("contact", "last_replied_at", "Last heard from", "date", false),
    ("contact", "unsubscribed_from_emails", "Unsubscribed from Emails", "boolean", true),
    ("contact", "created_at", "Created at", "date", false),
    ("contact", "updated_at", "Updated at", "date", false),
];

/// Those of one model, or of both. They have no id.
pub(super) fn standard(model: Option<&str>) -> impl Iterator<Item = Value> + use<'_> {
    let asked = move |one: &&Standard| model.is_none_or(|model| model == one.0);
    ALL.iter().filter(asked).map(|(model, full, label, data_type, writable)| {
        let name = full.rsplit('.').next().unwrap_or(full);
        json!({
            "type": "data_attribute", "name": name, "full_name": full, "label": label,
            "description": label, "data_type": data_type, "api_writable": writable,
            "ui_writable": false, "messenger_writable": true, "custom": false,
            "archived": false, "model": model,
        })
    })
}
