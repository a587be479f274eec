//! What a workspace holds when a migration begins: companies and contacts with tags and notes,
//! collections, articles, conversations.

use crate::inside::perform;
use crate::routes::{close, ensure_tag};
use crate::state::{
    Company, CompanyId, Contact, ContactId, Kind, Note, NoteOwner, State, TagLink, attach,
};
use crate::workspace_entry::{list, only, required, text, values, wanted_id};
use serde_json::{Map, Value, json};

const COMPANY: [&str; 15] = [
    "id",
    "company_id",
    "name",
    "plan",
    "size",
    "website",
    "industry",
    "monthly_spend",
    "remote_created_at",
    "created_at",
    "custom_attributes",
    "tags",
    "notes",
    "archived",
    "type",
];

const CONTACT: [&str; 17] = [
    "id",
    "type",
    "role",
    "external_id",
    "email",
    "phone",
    "name",
    "unsubscribed_from_emails",
    "created_at",
    "signed_up_at",
    "custom_attributes",
    "companies",
    "tags",
    "notes",
    "archived",
    "blocked",
    "owner_id",
];

const CONVERSATION: [&str; 12] = [
    "id",
    "contact",
    "body",
    "created_at",
    "title",
    "tags",
    "custom_attributes",
    "admin_assignee_id",
    "team_assignee_id",
    "state",
    "read",
    "parts",
];

/// Keys whose entries [`add`] takes, in the order in which one may name another.
pub(crate) const KINDS: [&str; 5] =
    ["companies", "contacts", "collections", "articles", "conversations"];

/// Adds one entry of a kind. Gives its id.
pub(crate) fn add(
    state: &mut State,
    kind: &str,
    entry: &Value,
    now_ms: i64,
) -> Result<String, String> {
    match kind {
        "companies" => company(state, entry, now_ms.div_euclid(1000)),
        "contacts" => contact(state, entry, now_ms.div_euclid(1000)),
        "collections" => collection(state, entry, now_ms),
        "articles" => article(state, entry, now_ms),
        "conversations" => conversation(state, entry, now_ms),
        other => Err(format!("{other:?} is not a kind of content")),
    }
}

/// The links of an entry's tags, which are made if they are not there.
fn tags(state: &mut State, entry: &Value, now: i64) -> Result<Vec<TagLink>, String> {
    let mut links = Vec::new();
    for tag in list(entry, "tags") {
        let name = tag.as_str().filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| format!("{tag} is not the name of a tag"))?;
        let tag = ensure_tag(state, name);
        let link = TagLink { tag, applied_at: now, applied_by: state.token_admin() };
        attach(&mut links, link);
    }
    Ok(links)
}

fn notes(state: &mut State, entry: &Value, owner: NoteOwner, now: i64) -> Result<Vec<u64>, String> {
    let mut ids = Vec::new();
    for note in list(entry, "notes") {
        let body = note.as_str().ok_or_else(|| format!("{note} is not the body of a note"))?;
        let (id, admin) = (state.ids.next(Kind::Note), state.token_admin());
        let body = crate::html::message(body);
        state.notes.insert(id, Note { owner, admin, body, created_at: now });
        ids.push(id);
    }
    Ok(ids)
}

fn company(state: &mut State, value: &Value, now: i64) -> Result<String, String> {
    only(value, &COMPANY)?;
    let id = match text(value, "id") {
        Some(text) => CompanyId::parse(&text).ok_or(format!("{text:?} is not 24 hex digits"))?,
        None => state.ids.company(),
    };
    let created_at = value["created_at"].as_i64().unwrap_or(now);
    let company = Company {
        company_id: required(value, "company_id")?,
        name: text(value, "name"),
        plan: text(value, "plan"),
        size: value["size"].as_i64(),
        website: text(value, "website"),
        industry: text(value, "industry"),
        monthly_spend: value["monthly_spend"].as_i64().unwrap_or(0),
        remote_created_at: value["remote_created_at"].as_i64(),
        created_at,
        updated_at: created_at,
        custom: values(value),
        tags: tags(state, value, now)?,
        notes: notes(state, value, NoteOwner::Company(id), now)?,
        archived: value["archived"].as_bool().unwrap_or(false),
        ..Company::default()
    };
    state.companies.insert(id, company);
    Ok(id.to_string())
}

fn contact(state: &mut State, value: &Value, now: i64) -> Result<String, String> {
    only(value, &CONTACT)?;
    let id = match text(value, "id") {
        Some(text) => ContactId::parse(&text).ok_or(format!("{text:?} is not 24 hex digits"))?,
        None => state.ids.contact(),
    };
    let created_at = value["created_at"].as_i64().unwrap_or(now);
    let mut companies = Vec::new();
    for company in list(value, "companies") {
        let key = crate::call::id_text(company).unwrap_or_default();
        let found =
            state.companies.find(&key).ok_or(format!("no company has company_id {key:?}"))?;
        if let Some(company) = state.companies.by_id.get_mut(&found) {
            company.contacts.insert(id);
        }
        companies.push(found);
    }
    let owner_id = match text(value, "owner_id") {
        None => None,
        Some(text) => {
            let known = text.parse().ok().and_then(|id| state.admin(id));
            Some(known.ok_or_else(|| format!("{text:?} is no teammate"))?.id)
        }
    };
    let email = text(value, "email");
    let contact = Contact {
        lead: value["role"].as_str() == Some("lead"),
        external_id: text(value, "external_id"),
        email: email.map(|email| state.features.stored_email(&email)),
        phone: text(value, "phone"),
        name: text(value, "name"),
        owner_id,
        unsubscribed: value["unsubscribed_from_emails"].as_bool().unwrap_or(false),
        created_at,
        updated_at: created_at,
        signed_up_at: value["signed_up_at"].as_i64(),
        custom: values(value),
        companies,
        tags: tags(state, value, now)?,
        notes: notes(state, value, NoteOwner::Contact(id), now)?,
        archived: value["archived"].as_bool().unwrap_or(false),
        blocked: value["blocked"].as_bool().unwrap_or(false),
        ..Contact::default()
    };
    state.contacts.insert(id, contact);
    Ok(id.to_string())
}

/// An entry without the keys that are not the API's.
fn without(entry: &Value, keys: &[&str]) -> Result<Map<String, Value>, String> {
    let fields = entry.as_object().ok_or_else(|| format!("{entry} is not an object"))?;
    let kept = fields.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    Ok(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// What was just made: the id it has, and the id its entry asks for.
fn made(answer: &Value, key: &str, entry: &Value) -> Result<(u64, u64), String> {
    let id = text(answer, key).and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| format!("{entry} was not made"))?;
    Ok((id, wanted_id(entry)?.unwrap_or(id)))
}

/// A collection as in `POST /help_center/collections`, with an `id` if wanted.
fn collection(state: &mut State, entry: &Value, now_ms: i64) -> Result<String, String> {
    let body = Value::Object(without(entry, &["id"])?);
    let answer = perform(state, "POST", "/help_center/collections", body, now_ms)?;
    let (id, wanted) = made(&answer, "id", entry)?;
    if id != wanted {
        let all = &mut state.knowledge.collections;
        if all.contains_key(&wanted) {
            return Err(format!("two collections have the id {wanted}"));
        }
        if let Some(mut collection) = all.remove(&id) {
            collection.id = wanted;
            all.insert(wanted, collection);
        }
        state.ids.leave(Kind::Knowledge, wanted);
    }
    Ok(wanted.to_string())
}

/// An article as in `POST /articles`, with `id` and `tags` if wanted; its author is the token's
/// teammate unless named.
fn article(state: &mut State, entry: &Value, now_ms: i64) -> Result<String, String> {
    let mut body = without(entry, &["id", "tags"])?;
    body.entry("author_id").or_insert_with(|| json!(state.token_admin()));
    let answer = perform(state, "POST", "/articles", Value::Object(body), now_ms)?;
    let (id, wanted) = made(&answer, "id", entry)?;
    let tags = tags(state, entry, now_ms.div_euclid(1000))?;
    let all = &mut state.knowledge.articles;
    if id != wanted && all.contains_key(&wanted) {
        return Err(format!("two articles have the id {wanted}"));
    }
    if let Some(mut article) = all.remove(&id) {
        article.id = wanted;
        article.tags = tags;
        all.insert(wanted, article);
    }
    state.ids.leave(Kind::Knowledge, wanted);
    Ok(wanted.to_string())
}

/// The contact whose id, `external_id` or e-mail this is.
fn named_contact(state: &State, name: &str) -> Result<ContactId, String> {
    let by_id = ContactId::parse(name).filter(|id| state.contacts.get(*id).is_some());
    let found = by_id
        .or_else(|| state.contacts.by_external_id(name))
        .or_else(|| state.contacts.by_email(name).first().copied());
    found.ok_or_else(|| format!("no contact is {name:?}"))
}

/// A conversation of one contact. Its parts have the form of `POST /conversations/{id}/reply`.
fn conversation(state: &mut State, entry: &Value, now_ms: i64) -> Result<String, String> {
    only(entry, &CONVERSATION)?;
    let contact = named_contact(state, &required(entry, "contact")?)?;
    let at = entry["created_at"].as_i64().unwrap_or(now_ms.div_euclid(1000));
    let body = json!({"from": {"type": "user", "id": contact}, "created_at": at,
                      "body": required(entry, "body")?});
    let answer = perform(state, "POST", "/conversations", body, now_ms)?;
    let (id, wanted) = made(&answer, "conversation_id", entry)?;
    if id != wanted {
        rename_thread(state, id, wanted, contact)?;
    }
    let mut last = at;
    for part in list(entry, "parts") {
        last = say(state, wanted, contact, part, last, now_ms)?;
    }
    let tags = tags(state, entry, now_ms.div_euclid(1000))?;
    let assignee = |key: &str| match text(entry, key) {
        None => Ok(0),
        Some(text) => text.parse().map_err(|_| format!("{text:?} is not a decimal id")),
    };
    let (admin, team) = (assignee("admin_assignee_id")?, assignee("team_assignee_id")?);
    let thread = state.threads.by_id.get_mut(&wanted).ok_or("no such conversation")?;
    thread.title = text(entry, "title");
    thread.tags = tags;
    thread.custom = values(entry);
    thread.admin_assignee = admin;
    thread.team_assignee = team;
    thread.read = entry["read"].as_bool().unwrap_or(false);
    thread.searchable_ms = 0;
    thread.updated_at = last;
    match entry["state"].as_str() {
        None | Some("open") => {}
        Some("closed") => {
            let admin = state.token_admin();
            close(state, wanted, admin, None, last).map_err(|error| error.message)?;
        }
        Some(other) => return Err(format!("a conversation can't begin as {other:?}")),
    }
    Ok(wanted.to_string())
}

fn rename_thread(state: &mut State, id: u64, to: u64, owner: ContactId) -> Result<(), String> {
    if state.threads.by_id.contains_key(&to) {
        return Err(format!("two conversations have the id {to}"));
    }
    if let Some(mut thread) = state.threads.remove(id) {
        thread.id = to;
        state.threads.insert(thread);
    }
    if let Some(contact) = state.contacts.by_id.get_mut(&owner) {
        for thread in contact.threads.iter_mut().filter(|thread| **thread == id) {
            *thread = to;
        }
    }
    state.ids.leave(Kind::Thread, to);
    Ok(())
}

/// Writes one part, silently. Gives its second.
fn say(
    state: &mut State,
    id: u64,
    contact: ContactId,
    part: &Value,
    last: i64,
    now_ms: i64,
) -> Result<i64, String> {
    let mut body = without(part, &[])?;
    let admin = body.get("type").and_then(Value::as_str) == Some("admin");
    body.entry("message_type").or_insert_with(|| json!("comment"));
    let at = body.entry("created_at").or_insert_with(|| json!(last)).as_i64();
    let at = at.ok_or_else(|| format!("{part} has no whole second as created_at"))?;
    body.insert("skip_notifications".to_owned(), json!(true));
    if admin {
        body.entry("admin_id").or_insert_with(|| json!(state.token_admin()));
    } else {
        body.entry("type").or_insert_with(|| json!("user"));
        body.entry("intercom_user_id").or_insert_with(|| json!(contact));
    }
    let path = format!("/conversations/{id}/reply");
    perform(state, "POST", &path, Value::Object(body), now_ms)?;
    Ok(at)
}
