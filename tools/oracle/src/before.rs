//! The workspace before the migration: empty of ours, full of others'.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::random::Chance;

/// Teammates with an account: id, address, name. The first is the one whose token is used.
pub const ADMINS: &[(u64, &str, &str)] = &[
    (71, "fay@corp.example", "Fallback Fay"),
    (72, "bo@corp.example", "Bo Berg"),
    (73, "cem@corp.example", "Cem Aydin"),
];

/// A workspace with things in it.
#[derive(Clone, Debug)]
pub struct Before {
    /// The workspace file.
    pub workspace: Value,
    /// What was done in it since, in order.
    pub acts: Vec<Value>,
}

const STRANGER: &str = "650000000000000000000001";

fn call(method: &str, path: &str, body: &Value) -> Value {
    json!({ "do": "call", "method": method, "path": path, "body": body })
}

impl Before {
    /// Contacts with the addresses of some customers, tags with the names of some tags, companies,
    /// links, collections and threads that have nothing to do with the desk.
    #[must_use]
    pub fn make(desk: &Desk, chance: &mut Chance) -> Self {
        let tags = json!([
            { "id": "61", "name": "VIP" },
            { "id": "62", "name": "Newsletter" },
        ]);
        let mut contacts = vec![json!({
            "id": STRANGER, "role": "user", "email": "stranger@elsewhere.example",
            "name": "Stranger", "external_id": "app-1", "companies": ["theirs-1"],
        })];
        let mut acts = vec![
            call("POST", &format!("/contacts/{STRANGER}/tags"), &json!({ "id": "62" })),
            call(
                "POST",
                "/conversations",
                &json!({ "from": { "type": "user", "id": STRANGER }, "body": "not yours" }),
            ),
            call("POST", "/help_center/collections", &json!({ "name": "Their handbook" })),
        ];
        let known = desk.customers.iter().filter_map(|one| one.email.as_ref());
        for (at, email) in known.enumerate() {
            if !chance.one_in(2) {
                continue;
            }
            let id = format!("6500000000000000000001{at:02}");
            let companies: &[&str] = if chance.one_in(2) { &["theirs-1"] } else { &[] };
            contacts.push(json!({
                "id": id, "role": "user", "email": email, "name": format!("Older Name{at}"),
                "companies": companies,
            }));
            for tag in ["61", "62"] {
                if chance.one_in(2) {
                    acts.push(call("POST", &format!("/contacts/{id}/tags"), &json!({ "id": tag })));
                }
            }
        }
        let admins: Vec<Value> = ADMINS
            .iter()
            .map(|(id, email, name)| json!({ "id": id, "email": email, "name": name }))
            .collect();
        let workspace = json!({
            "app": { "id_code": "oracle", "name": "Oracle", "region": "EU", "timezone": "UTC" },
            "admins": admins,
            "teams": [{ "id": 81, "name": "Support", "admin_ids": [72] }],
            "companies": [{ "company_id": "theirs-1", "name": "Their company" }],
            "tags": tags,
            "contacts": contacts,
        });
        Self { workspace, acts }
    }
}
