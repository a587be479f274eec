//! Companies in answers.

use super::note;
use crate::state::{Company, CompanyId, State};
use serde_json::{Map, Value, json};

pub(crate) fn company(state: &State, id: CompanyId, company: &Company) -> Value {
    let tags: Vec<Value> = company
        .tags
        .iter()
        .map(|l| json!({"type": "tag", "id": l.tag.to_string(), "name": state.tags.name(l.tag)}))
        .collect();
    let notes = company.notes.iter().filter_map(|id| Some((*id, state.notes.get(id)?)));
    let notes: Vec<Value> = notes.map(|(id, found)| note(state, id, found)).collect();
    let mut plan = Map::new();
    if let Some(name) = &company.plan {
        plan.insert("type".to_owned(), json!("plan"));
        plan.insert("id".to_owned(), json!("1"));
        plan.insert("name".to_owned(), json!(name));
    }
    let mut value = json!({
        "type": "company", "id": id, "app_id": state.app.id_code,
        "company_id": company.company_id, "created_at": company.created_at,
        "updated_at": company.updated_at, "monthly_spend": company.monthly_spend,
        "session_count": 0, "user_count": company.contacts.len(), "plan": plan,
        "custom_attributes": company.custom,
        "tags": {"type": "tag.list", "tags": tags},
        "segments": {"type": "segment.list", "segments": []},
        "notes": {"type": "note.list", "notes": notes},
    });
    // Absent when unset.
    let optional = [
        ("name", company.name.clone().map(Value::from)),
        ("size", company.size.map(Value::from)),
        ("website", company.website.clone().map(Value::from)),
        ("industry", company.industry.clone().map(Value::from)),
        ("remote_created_at", company.remote_created_at.map(Value::from)),
        ("last_request_at", company.last_request_at.map(Value::from)),
    ];
    for (key, field) in optional {
        if let Some(field) = field {
            value[key] = field;
        }
    }
    if company.archived {
        value["archived"] = json!(true);
    }
    value
}
