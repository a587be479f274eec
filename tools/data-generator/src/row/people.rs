//! Customers, agents, and the small tables.

use csv::StringRecord;
use serde::Serialize;
use serde_json::json;

use crate::customer::Customer;
use crate::desk::Agent;
use crate::table::Row;

/// The languages, in the order of [`crate::words::Words`].
const LANGUAGES: [&str; 5] = ["en", "it", "es", "fr", "de"];

/// A customer's row.
pub(crate) struct CustomerRow<'a>(pub(crate) &'a Customer);

impl Row for CustomerRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "email",
        "phoneNumber",
        "mobileNumber",
        "city",
        "state",
        "company",
        "topClient",
        "language",
        "insertDate",
        "tags",
        "cf_loyalty_points",
        "cf_newsletter",
        "cf_bike_model",
    ];

    fn cells(&self, row: &mut StringRecord) {
        let customer = self.0;
        row.push_field(&customer.id);
        row.push_field(&customer.name);
        row.push_field(customer.email.as_deref().unwrap_or_default());
        row.push_field(&customer.phone);
        row.push_field(&customer.mobile);
        row.push_field(customer.city);
        row.push_field(customer.country);
        row.push_field(customer.company.as_deref().unwrap_or_default());
        row.push_field(if customer.preferred { "true" } else { "false" });
        row.push_field(LANGUAGES[customer.language]);
        row.push_field(&(customer.created_s * 1000).to_string());
        row.push_field(&customer.tags.join("|"));
        row.push_field(&customer.points.to_string());
        row.push_field(if customer.newsletter { "yes" } else { "no" });
        row.push_field(customer.model);
    }

    fn json(&self) -> impl Serialize {
        let customer = self.0;
        json!({
            "id": customer.id,
            "name": customer.name,
            "email": customer.email,
            "phoneNumber": customer.phone,
            "mobileNumber": customer.mobile,
            "city": customer.city,
            "state": customer.country,
            "company": customer.company,
            "topClient": customer.preferred,
            "language": LANGUAGES[customer.language],
            "insertDate": customer.created_s * 1000,
            "tags": customer.tags,
            "customFields": [
                {"name": "loyalty_points", "value": customer.points},
                {"name": "newsletter", "value": customer.newsletter},
                {"name": "bike_model", "value": customer.model},
            ],
        })
    }
}

/// An agent's row.
pub(crate) struct AgentRow<'a>(pub(crate) &'a Agent);

impl Row for AgentRow<'_> {
    const COLUMNS: &'static [&'static str] =
        &["id", "name", "account.email", "role", "groups", "active"];

    fn cells(&self, row: &mut StringRecord) {
        let agent = self.0;
        row.push_field(&agent.id);
        row.push_field(agent.name);
        row.push_field(&agent.email);
        row.push_field(agent.role);
        row.push_field(agent.group);
        row.push_field(if agent.active { "true" } else { "false" });
    }

    fn json(&self) -> impl Serialize {
        let agent = self.0;
        json!({
            "id": agent.id,
            "name": agent.name,
            "account": {"email": agent.email},
            "role": agent.role,
            "groups": [agent.group],
            "active": agent.active,
        })
    }
}

/// A tag and how often it is used on tickets and customers.
pub(crate) struct TagRow {
    pub(crate) tag: &'static str,
    pub(crate) count: u64,
}

impl Row for TagRow {
    const COLUMNS: &'static [&'static str] = &["tag", "count"];

    fn cells(&self, row: &mut StringRecord) {
        row.push_field(self.tag);
        row.push_field(&self.count.to_string());
    }

    fn json(&self) -> impl Serialize {
        json!({"tag": self.tag, "count": self.count})
    }
}

/// A custom field: object, key, label, type, options.
pub(crate) struct FieldRow(pub(crate) [&'static str; 5]);

impl Row for FieldRow {
    const COLUMNS: &'static [&'static str] = &["object", "field_key", "label", "type", "options"];

    fn cells(&self, row: &mut StringRecord) {
        row.extend(self.0);
    }

    fn json(&self) -> impl Serialize {
        let [object, key, label, kind, options] = self.0;
        json!({
            "object": object, "field_key": key, "label": label, "type": kind, "options": options,
        })
    }
}
