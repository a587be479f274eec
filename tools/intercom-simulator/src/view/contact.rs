//! Contacts, notes, tags, teammates and teams in answers.

use crate::state::{Admin, Contact, ContactId, Note, NoteOwner, State, TagLink, Team};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// How many tags, notes and companies a contact shows inline.
const INLINE: usize = 10;

/// Fields the simulator never fills.
const NULLS: [&str; 25] = [
    "last_email_opened_at",
    "last_email_clicked_at",
    "language_override",
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
    "referrer",
    "enabled_push_messaging",
];

/// A contact as an answer shows it.
pub(crate) struct ContactView<'a> {
    pub(crate) state: &'a State,
    pub(crate) id: ContactId,
    pub(crate) contact: &'a Contact,
}

impl ContactView<'_> {
    fn inline(&self, kind: &str, what: &str, ids: impl ExactSizeIterator<Item = String>) -> Value {
        let total = ids.len();
        let url = format!("/contacts/{}/{what}", self.id);
        let data: Vec<Value> = ids
            .take(INLINE)
            .map(|id| json!({"type": kind, "url": format!("/{what}/{id}"), "id": id}))
            .collect();
        json!({"type": "list", "data": data, "url": url, "total_count": total,
               "has_more": total > INLINE})
    }
}

impl Serialize for ContactView<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let c = self.contact;
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "contact")?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("workspace_id", &self.state.app.id_code)?;
        map.serialize_entry("external_id", &c.external_id)?;
        map.serialize_entry("role", if c.lead { "lead" } else { "user" })?;
        map.serialize_entry("email", c.email.as_deref().unwrap_or(""))?;
        let domain = c.email.as_deref().and_then(|e| e.split_once('@')).map_or("", |(_, d)| d);
        map.serialize_entry("email_domain", domain)?;
        map.serialize_entry("phone", &c.phone)?;
        map.serialize_entry("name", &c.name)?;
        map.serialize_entry("owner_id", &c.owner_id.map(|id| id.to_string()))?;
        map.serialize_entry("has_hard_bounced", &false)?;
        map.serialize_entry("marked_email_as_spam", &false)?;
        map.serialize_entry("unsubscribed_from_emails", &c.unsubscribed)?;
        map.serialize_entry("created_at", &c.created_at)?;
        map.serialize_entry("updated_at", &c.updated_at)?;
        map.serialize_entry("signed_up_at", &c.signed_up_at)?;
        map.serialize_entry("last_seen_at", &c.last_seen_at)?;
        map.serialize_entry("last_replied_at", &c.last_replied_at)?;
        map.serialize_entry("last_contacted_at", &c.last_contacted_at)?;
        for key in NULLS {
            map.serialize_entry(key, &())?;
        }
        map.serialize_entry("ios_last_seen_at", &())?;
        let custom = super::custom_object::of_contact(self.state, &c.custom);
        map.serialize_entry("custom_attributes", &custom)?;
        let avatar = c.avatar.as_ref().map(|url| json!({"type": "avatar", "image_url": url}));
        map.serialize_entry("avatar", &avatar)?;
        let tags = c.tags.iter().map(|link| link.tag.to_string());
        map.serialize_entry("tags", &self.inline("tag", "tags", tags))?;
        let notes = c.notes.iter().map(u64::to_string);
        map.serialize_entry("notes", &self.inline("note", "notes", notes))?;
        let companies = c.companies.iter().map(ToString::to_string);
        map.serialize_entry("companies", &self.inline("company", "companies", companies))?;
        for (key, opted_in) in
            [("opted_in_subscription_types", true), ("opted_out_subscription_types", false)]
        {
            let chosen = c.subscriptions.iter().filter(|(_, choice)| **choice == opted_in);
            let ids: Vec<String> = chosen.map(|(id, _)| id.to_string()).collect();
            let list = self.inline("subscription", "subscriptions", ids.into_iter());
            map.serialize_entry(key, &list)?;
        }
        let place = json!({"type": "location", "country": null, "region": null, "city": null});
        map.serialize_entry("location", &place)?;
        map.serialize_entry("social_profiles", &json!({"type": "list", "data": []}))?;
        if c.archived {
            map.serialize_entry("archived", &true)?;
        }
        map.end()
    }
}

pub(crate) fn admin(state: &State, admin: &Admin) -> Value {
    let teams: Vec<u64> = state
        .teams
        .iter()
        .filter(|team| team.admin_ids.contains(&admin.id))
        .map(|team| team.id)
        .collect();
    json!({
        "type": "admin", "id": admin.id.to_string(), "name": admin.name, "email": admin.email,
        "job_title": admin.job_title, "away_mode_enabled": admin.away_mode_enabled,
        "away_mode_reassign": admin.away_mode_reassign, "has_inbox_seat": admin.has_inbox_seat,
        "team_ids": teams, "away_status_reason_id": null,
        "team_priority_level": {"primary_team_ids": [], "secondary_team_ids": []},
    })
}

pub(crate) fn admin_or_bot(state: &State, id: u64) -> Value {
    let Some(admin) = state.admin(id) else {
        return json!({"type": "admin", "id": id.to_string(), "name": "Fin", "email": ""});
    };
    json!({"type": "admin", "id": id.to_string(), "name": admin.name, "email": admin.email,
           "away_mode_enabled": admin.away_mode_enabled,
           "away_mode_reassign": admin.away_mode_reassign})
}

pub(crate) fn team(team: &Team) -> Value {
    json!({"type": "team", "id": team.id.to_string(), "name": team.name,
           "admin_ids": team.admin_ids, "assignment_limit": null, "distribution_method": null,
           "admin_priority_level": {"primary_admin_ids": [], "secondary_admin_ids": []}})
}

pub(crate) fn note(state: &State, id: u64, note: &Note) -> Value {
    let mut value = json!({
        "type": "note", "id": id.to_string(), "created_at": note.created_at,
        "author": admin_or_bot(state, note.admin), "body": note.body,
    });
    let (key, owner) = match note.owner {
        NoteOwner::Contact(id) => ("contact", id.to_string()),
        NoteOwner::Company(id) => ("company", id.to_string()),
    };
    value[key] = json!({"type": key, "id": owner});
    value
}

pub(crate) fn tag_link(state: &State, link: &TagLink) -> Value {
    json!({"type": "tag", "id": link.tag.to_string(), "name": state.tags.name(link.tag),
           "applied_at": link.applied_at,
           "applied_by": {"type": "admin", "id": link.applied_by.to_string()}})
}

pub(crate) fn tags(state: &State, links: &[TagLink]) -> Value {
    let tags: Vec<Value> = links.iter().map(|link| tag_link(state, link)).collect();
    json!({"type": "tag.list", "tags": tags})
}
