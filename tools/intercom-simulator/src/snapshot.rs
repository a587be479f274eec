//! The whole workspace as JSON: equal before and after, if nothing has changed.

use crate::state::State;
use crate::view::{self, ContactView, ThreadView, TicketView};
use serde_json::{Value, json};

pub(crate) fn state(state: &State) -> Value {
    let contacts: Vec<Value> = state
        .contacts
        .by_id
        .iter()
        .map(|(id, contact)| {
            let mut value = json!(ContactView { state, id: *id, contact });
            value["custom_attributes"] = json!(contact.custom);
            value["tags"] = view::tags(state, &contact.tags)["tags"].take();
            value["companies"] = json!(contact.companies);
            value["notes"] = json!(contact.notes);
            value["subscriptions"] = json!(contact.subscriptions);
            value["blocked"] = json!(contact.blocked);
            value["events"] = json!(contact.events);
            value
        })
        .collect();
    let companies: Vec<Value> = state
        .companies
        .by_id
        .iter()
        .map(|(id, company)| {
            let mut value = view::company(state, *id, company);
            value["contacts"] = json!(company.contacts);
            value["archived"] = json!(company.archived);
            value
        })
        .collect();
    let mut value = json!({
        "contacts": contacts,
        "companies": companies,
        "tags": tags(state),
        "notes": notes(state),
        "admins": state.admins.iter().map(|a| view::admin(state, a)).collect::<Vec<_>>(),
        "teams": state.teams.iter().map(view::team).collect::<Vec<_>>(),
        "locked_identities": locked(state),
        "merged_contacts": state.contacts.merged.iter()
            .map(|(from, merged)| json!({"id": from, "into": merged.into})).collect::<Vec<_>>(),
    });
    attributes(state, &mut value);
    threads(state, &mut value);
    knowledge(state, &mut value);
    value
}

fn tags(state: &State) -> Vec<Value> {
    let all = state.tags.by_id.values();
    all.map(|tag| json!({"id": tag.id.to_string(), "name": tag.name})).collect()
}

fn notes(state: &State) -> Vec<Value> {
    state.notes.iter().map(|(id, note)| view::note(state, *id, note)).collect()
}

fn locked(state: &State) -> Vec<Value> {
    let all = state.contacts.locked.iter();
    all.map(
        |l| json!({"id": l.id, "external_id": l.external_id, "email": l.email, "until": l.until}),
    )
    .collect()
}

fn attributes(state: &State, value: &mut Value) {
    let data: Vec<Value> = state
        .attributes
        .by_id
        .values()
        .map(|a| {
            json!({"id": a.id, "model": a.model, "name": a.name, "description": a.description,
                   "data_type": a.data_type, "options": a.options, "archived": a.archived,
                   "messenger_writable": a.messenger_writable})
        })
        .collect();
    value["data_attributes"] = json!(data);
    let conversation: Vec<Value> = state
        .conversation_attributes
        .by_id
        .values()
        .map(|a| {
            let options: Vec<Value> = a
                .options
                .iter()
                .map(|o| json!({"id": o.id, "label": o.label, "archived": o.archived}))
                .collect();
            json!({"id": a.id, "name": a.name, "description": a.description,
                   "data_type": a.data_type, "required": a.required, "multiline": a.multiline,
                   "options": options, "archived": a.archived})
        })
        .collect();
    value["conversation_attributes"] = json!(conversation);
    let types: Vec<Value> =
        state.ticket_types.values().map(|t| view::ticket_type(state, t)).collect();
    value["ticket_types"] = json!(types);
    let states: Vec<Value> = state.ticket_states.iter().map(view::ticket_state).collect();
    value["ticket_states"] = json!(states);
}

fn threads(state: &State, value: &mut Value) {
    let mut conversations = Vec::new();
    let mut tickets = Vec::new();
    for thread in state.threads.by_id.values() {
        match &thread.ticket {
            Some(fields) => {
                tickets.push(json!(TicketView { state, thread, fields, whole: true }));
            }
            None => {
                let view = ThreadView { state, thread, parts: false, plain: false };
                let mut conversation = json!(view);
                let parts = thread.parts.iter();
                let parts: Vec<Value> = parts
                    .map(|part| {
                        let mut shown = json!(view::PartView { state, part, plain: false });
                        for (at, file) in part.attachments.iter().enumerate() {
                            let digest = file.sha256.map(|d| crate::witness::hex(&d));
                            shown["attachments"][at]["sha256"] = json!(digest);
                        }
                        shown
                    })
                    .collect();
                conversation["custom_attributes"] = json!(thread.custom);
                conversation["parts"] = json!(parts);
                conversation["merged_into"] = json!(thread.merged_into);
                conversations.push(conversation);
            }
        }
    }
    value["conversations"] = json!(conversations);
    value["tickets"] = json!(tickets);
    let deleted = |ticket: bool| -> Vec<Value> {
        let all = state.threads.deleted.iter().filter(|d| d.ticket == ticket);
        all.map(|d| {
            json!({"id": d.id.to_string(), "metrics_retained": d.metrics_retained,
                   "deleted_at": d.deleted_at})
        })
        .collect()
    };
    value["deleted_conversations"] = json!(deleted(false));
    value["deleted_tickets"] = json!(deleted(true));
    let instances: Vec<Value> = state
        .instances
        .values()
        .map(|i| {
            json!({"id": i.id.to_string(), "type": i.kind, "external_id": i.external_id,
                   "external_created_at": i.external_created_at,
                   "external_updated_at": i.external_updated_at, "custom_attributes": i.custom})
        })
        .collect();
    value["custom_object_instances"] = json!(instances);
}

fn knowledge(state: &State, value: &mut Value) {
    let k = &state.knowledge;
    let collections: Vec<Value> =
        k.collections.values().map(|c| view::collection(state, c)).collect();
    value["collections"] = json!(collections);
    let articles: Vec<Value> = k
        .articles
        .values()
        .map(|article| {
            let mut shown = view::article(state, article, false);
            let versions = article.versions.iter();
            shown["versions"] =
                versions.map(|v| view::version(article.id, v, true)).collect::<Vec<_>>().into();
            if !article.drafts.is_empty() {
                shown["draft"] = view::article(state, article, true);
            }
            shown
        })
        .collect();
    value["articles"] = json!(articles);
    let internal: Vec<Value> = k.internal.values().map(view::internal_article).collect();
    value["internal_articles"] = json!(internal);
    let redirects: Vec<Value> = k.redirects.values().map(view::redirect).collect();
    value["redirects"] = json!(redirects);
}
