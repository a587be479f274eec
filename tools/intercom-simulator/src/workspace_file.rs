//! The form of the workspace file and what stands in for missing keys.

use crate::features::Features;
use crate::state::{Admin, App, CustomObjectType, HelpCenter, Team, TicketState};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    pub(crate) app: App,
    pub(crate) admins: Vec<Admin>,
    pub(crate) teams: Vec<Team>,
    pub(crate) help_centers: Vec<HelpCenter>,
    pub(crate) ticket_states: Vec<TicketState>,
    pub(crate) ticket_types: Vec<Value>,
    pub(crate) custom_object_types: Vec<CustomObjectType>,
    pub(crate) data_attributes: Vec<Value>,
    pub(crate) conversation_attributes: Vec<Value>,
    pub(crate) contacts: Vec<Value>,
    pub(crate) companies: Vec<Value>,
    pub(crate) collections: Vec<Value>,
    pub(crate) articles: Vec<Value>,
    pub(crate) conversations: Vec<Value>,
    pub(crate) tags: Vec<Value>,
    pub(crate) macros: Vec<Value>,
    pub(crate) segments: Vec<Value>,
    pub(crate) subscription_types: Vec<Value>,
    pub(crate) features: Features,
}

impl Default for File {
    fn default() -> Self {
        let parse = |text: Value| serde_json::from_value(text).unwrap_or_default();
        Self {
            app: App::default(),
            admins: serde_json::from_value(default_admins()).unwrap_or_default(),
            teams: serde_json::from_value(default_teams()).unwrap_or_default(),
            help_centers: serde_json::from_value(default_centers()).unwrap_or_default(),
            ticket_states: serde_json::from_value(default_states()).unwrap_or_default(),
            ticket_types: parse(default_types()),
            custom_object_types: Vec::new(),
            data_attributes: Vec::new(),
            conversation_attributes: Vec::new(),
            contacts: Vec::new(),
            companies: Vec::new(),
            collections: Vec::new(),
            articles: Vec::new(),
            conversations: Vec::new(),
            tags: Vec::new(),
            macros: Vec::new(),
            segments: Vec::new(),
            subscription_types: parse(default_subscriptions()),
            features: Features::default(),
        }
    }
}

fn default_admins() -> Value {
    json!([
        {"id": 991_267_001, "name": "Ada Archer", "email": "ada@simulator.test"},
        {"id": 991_267_002, "name": "Ben Baker", "email": "ben@simulator.test"},
        {"id": 991_267_003, "name": "Cleo Cook", "email": "cleo@simulator.test"},
    ])
}

fn default_teams() -> Value {
    json!([
        {"id": 5_017_001, "name": "Support", "admin_ids": [991_267_001, 991_267_002]},
        {"id": 5_017_002, "name": "Billing", "admin_ids": [991_267_003]},
    ])
}

fn default_centers() -> Value {
    json!([{"id": 79, "identifier": "simulator", "display_name": "Simulator Help",
            "url": "https://help.simulator.test", "website_turned_on": true, "default": true,
            "locales": ["en", "de", "fr"], "created_at": 1_600_000_000,
            "updated_at": 1_600_000_000}])
}

fn default_states() -> Value {
    json!([
        {"id": 8001, "category": "submitted", "internal_label": "Submitted",
         "external_label": "Submitted"},
        {"id": 8002, "category": "in_progress", "internal_label": "In progress",
         "external_label": "In progress"},
        {"id": 8003, "category": "waiting_on_customer", "internal_label": "Waiting on customer",
         "external_label": "Waiting on you"},
        {"id": 8004, "category": "resolved", "internal_label": "Resolved",
         "external_label": "Resolved"},
    ])
}

fn default_types() -> Value {
    json!([
        {"id": 70, "name": "Request", "category": "Customer"},
        {"id": 71, "name": "Task", "category": "Back-office"},
        {"id": 72, "name": "Incident", "category": "Tracker"},
    ])
}

fn default_subscriptions() -> Value {
    json!([
        {"type": "subscription", "id": "91", "state": "live", "consent_type": "opt_out",
         "default_translation": {"name": "News", "description": "News by mail", "locale": "en"},
         "translations": [{"name": "News", "description": "News by mail", "locale": "en"}],
         "content_types": ["email"]},
        {"type": "subscription", "id": "92", "state": "live", "consent_type": "opt_in",
         "default_translation": {"name": "Offers", "description": "Offers", "locale": "en"},
         "translations": [{"name": "Offers", "description": "Offers", "locale": "en"}],
         "content_types": ["email"]},
    ])
}
