//! The requests that give an object back the values it had before a step changed them.

use serde_json::{Map, Value, json};

use super::field::{Rule, attribute_fields, read_value, rows};
use super::normalise::{same_id, written_value};
use super::object::{ObjectKind, ReadBack};
use super::operation::Operation;
use super::pages::items;
use super::request::{Request, id_text};
use super::undo::UndoBy;

/// What restoring takes, and what it cannot bring back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restore {
    /// To be sent in this order.
    pub requests: Vec<Request>,
    /// Fields that keep the value the step gave them.
    pub kept: Vec<String>,
}

/// Fields that are set for good: a key, a type.
const FIXED: [&str; 5] = ["company_id", "role", "external_id", "data_type", "model"];

/// Requests that restore exactly the fields that `request` changed to what the pre-image holds.
pub fn restore(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    use Operation::*;
    match request.operation {
        ConversationAssign => assignment(before, request, by),
        ConversationClose | ConversationOpen | ConversationSnooze => state(before, request, by),
        CompanyUpsert | CompanyUpdate => company(before, request),
        TagRename => {
            let body = json!({ "id": before.id, "name": before.object["name"] });
            one(Request::new(TagRename).body(body))
        }
        DataAttributeArchive => addressed(DataAttributeUpdate, before, json!({"archived": false})),
        TicketTypeArchive => addressed(TicketTypeUpdate, before, json!({ "archived": false })),
        ContactCreate | ContactUpdate => fields(ContactUpdate, before, request),
        CollectionUpdate => fields(CollectionUpdate, before, request),
        ArticleUpdate | ArticlePublishDraft => fields(ArticleUpdate, before, request),
        InternalArticleUpdate => fields(InternalArticleUpdate, before, request),
        ConversationUpdate => fields(ConversationUpdate, before, request),
        ConversationAttributeUpdate => fields(ConversationAttributeUpdate, before, request),
        DataAttributeUpdate => fields(DataAttributeUpdate, before, request),
        TicketTypeUpdate => fields(TicketTypeUpdate, before, request),
        ArticleDraft => fields(ArticleDraft, before, request),
        ContactUnsubscribe => subscription(before, request),
        ConversationOptionUpdate => option(before, request),
        TicketAttributeArchive => ticket_attribute(request),
        TicketUpdate => ticket(before, request),
        ObjectUpsert => instance(before, request),
        _ => Restore::default(),
    }
}

fn one(request: Request) -> Restore {
    Restore { requests: vec![request], kept: Vec::new() }
}

fn addressed(operation: Operation, before: &ReadBack, body: Value) -> Restore {
    let name = operation.spec().path_names().next().unwrap_or("id");
    one(Request::new(operation).with(name, &before.id).body(body))
}

/// The old values of the fields in the request's body, by what reads back where.
fn old_values(before: &ReadBack, request: &Request) -> (Map<String, Value>, Vec<String>) {
    let (mut body, mut kept) = (Map::new(), Vec::new());
    for row in rows(before.kind) {
        let Some(sent) = request.field(row.0) else { continue };
        let old = read_value(&before.object, row);
        if row.2.same(sent, &old) {
            continue;
        }
        match writable(row.2, &old) {
            Some(_) if FIXED.contains(&row.0) => kept.push(row.0.to_owned()),
            Some(value) => {
                body.insert(row.0.to_owned(), value);
            }
            None => kept.push(row.0.to_owned()),
        }
    }
    if let Some((sent_as, read_as)) = attribute_fields(before.kind)
        && let Some(sent) = request.field(sent_as).and_then(Value::as_object)
    {
        let changed = sent.iter().filter_map(|(name, sent)| {
            let old = &before.object[read_as][name];
            let write = if sent.is_array() { relation(old) } else { written_value(old) };
            (!Rule::Value.same(sent, old)).then(|| (name.clone(), write))
        });
        let old: Map<_, _> = changed.collect();
        if !old.is_empty() {
            body.insert(sent_as.to_owned(), Value::Object(old));
        }
    }
    (body, kept)
}

/// A value that was read, in the form in which it is written; `None` if it cannot be.
fn writable(rule: Rule, old: &Value) -> Option<Value> {
    match rule {
        Rule::Parent => match old {
            Value::Array(parents) => parents.first().and_then(id_text).map(Value::from),
            parent => id_text(parent).map(Value::from),
        },
        Rule::Options => {
            let options = old.as_array()?.iter().map(|option| match option.as_str() {
                Some(text) => json!({ "value": text }),
                None => option.clone(),
            });
            Some(options.collect())
        }
        _ => Some(old.clone()),
    }
}

/// References to custom objects as they are written: a list of the customer's keys or ids.
fn relation(read: &Value) -> Value {
    let instances = read["instances"].as_array().or_else(|| read.as_array());
    let key = |one: &Value| ["external_id", "id"].iter().find_map(|name| id_text(&one[*name]));
    let keys = instances.into_iter().flatten();
    keys.filter_map(|one| key(one).or_else(|| id_text(one))).map(Value::from).collect()
}

fn fields(operation: Operation, before: &ReadBack, request: &Request) -> Restore {
    let (mut body, kept) = old_values(before, request);
    if before.kind == ObjectKind::Article && body.contains_key("parent_id") {
        body.insert("parent_type".into(), json!("collection"));
    }
    if before.kind == ObjectKind::Article && request.operation == Operation::ArticlePublishDraft {
        for name in ["title", "body", "state"] {
            body.insert(name.to_owned(), before.object[name].clone());
        }
    }
    if before.kind == ObjectKind::DataAttribute && body.get("description") == Some(&Value::Null) {
        // Not nullable (description 2.16): an empty one shows the same.
        body.insert("description".into(), json!(""));
    }
    if body.is_empty() {
        return Restore { requests: Vec::new(), kept };
    }
    Restore { kept, ..addressed(operation, before, Value::Object(body)) }
}

/// A company takes no null (description 2.16): what was unset before is emptied. Its first date
/// can only be written by an upsert.
fn company(before: &ReadBack, request: &Request) -> Restore {
    let (mut body, mut kept) = old_values(before, request);
    let numbers = ["size", "monthly_spend", "remote_created_at"];
    for name in numbers {
        if body.get(name).is_some_and(Value::is_null) {
            body.remove(name);
            kept.push(name.to_owned());
        }
    }
    for (_, value) in body.iter_mut().filter(|(name, _)| *name != "custom_attributes") {
        if value.is_null() {
            *value = json!("");
        }
    }
    if body.is_empty() {
        return Restore { requests: Vec::new(), kept };
    }
    body.insert("company_id".into(), before.object["company_id"].clone());
    let upsert = Request::new(Operation::CompanyUpsert).body(Value::Object(body));
    Restore { requests: vec![upsert], kept }
}

fn ticket(before: &ReadBack, request: &Request) -> Restore {
    let (mut body, kept) = old_values(before, request);
    let old = &before.object;
    if let Some(sent) = request.field("ticket_state_id")
        && !same_id(sent, &old["ticket_state"]["id"])
    {
        body.insert("ticket_state_id".into(), old["ticket_state"]["id"].clone());
    }
    if request.field("assignee_id").is_some() {
        let ids = ["admin_assignee_id", "team_assignee_id"].map(|name| &old[name]);
        let assigned = ids.into_iter().find(|id| !same_id(id, &Value::Null)).and_then(id_text);
        body.insert("assignee_id".into(), json!(assigned.unwrap_or_else(|| "0".into())));
    }
    if body.is_empty() {
        return Restore { requests: Vec::new(), kept };
    }
    body.insert("skip_notifications".into(), json!(true));
    Restore { kept, ..addressed(Operation::TicketUpdate, before, Value::Object(body)) }
}

/// The choice as it was: for or against.
fn subscription(before: &ReadBack, request: &Request) -> Restore {
    let Some(id) = request.path_value("subscription_id") else { return Restore::default() };
    let chose =
        |list: &str| items(&before.object[list]).iter().any(|one| same_id(&one["id"], &json!(id)));
    let consent =
        match (chose("opted_in_subscription_types"), chose("opted_out_subscription_types")) {
            (true, _) => "opt_in",
            (_, true) => "opt_out",
            _ => return Restore::default(),
        };
    addressed(Operation::ContactSubscribe, before, json!({ "id": id, "consent_type": consent }))
}

/// The option's label as it was.
fn option(before: &ReadBack, request: &Request) -> Restore {
    let Some(id) = request.path_value("option_id") else { return Restore::default() };
    let options = before.object["options"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(option) = options.iter().find(|option| same_id(&option["id"], &json!(id))) else {
        return Restore::default();
    };
    let body = json!({ "label": option["label"] });
    let mut back = Request::new(Operation::ConversationOptionUpdate).body(body);
    back.path.clone_from(&request.path);
    one(back)
}

/// Archived or not, the other way round.
fn ticket_attribute(request: &Request) -> Restore {
    let archived = request.field("archived") == Some(&Value::Bool(true));
    let mut back = Request::new(Operation::TicketAttributeArchive);
    back.path.clone_from(&request.path);
    one(back.body(json!({ "archived": !archived })))
}

fn instance(before: &ReadBack, request: &Request) -> Restore {
    let (mut body, _) = old_values(before, request);
    let Some(object_type) = request.path_value("object_type").filter(|_| !body.is_empty()) else {
        return Restore::default();
    };
    body.insert("external_id".into(), before.object["external_id"].clone());
    let upsert = Request::new(Operation::ObjectUpsert).with("object_type", object_type);
    one(upsert.body(Value::Object(body)))
}

fn assignment(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    let old = |kind: &str| id_text(&before.object[format!("{kind}_assignee_id")]);
    let assigned = |kind: &str| old(kind).filter(|id| id != "0");
    let kind = request.text("type").unwrap_or_else(|| "admin".into());
    // Unassigning takes both away, assigning only its own kind; putting nobody back takes both.
    let other = if kind == "team" { "admin" } else { "team" };
    let unassigned = request.text("assignee_id").as_deref() == Some("0");
    let both = unassigned || assigned(&kind).is_none();
    let mut back: Vec<(&str, String)> = Vec::new();
    match assigned(&kind) {
        Some(id) => back.push((&kind, id)),
        None if unassigned => {}
        None => back.push((&kind, "0".into())),
    }
    if let Some(id) = assigned(other).filter(|_| both) {
        back.push((other, id));
    }
    let mut restore = Restore::default();
    for (kind, id) in back {
        let body = json!({
            "message_type": "assignment",
            "type": kind,
            "admin_id": by.admin_id,
            "assignee_id": id,
        });
        let step = addressed(Operation::ConversationAssign, before, body);
        restore.requests.extend(step.requests);
    }
    if before.object["state"] == "closed" {
        // Assigning opens a closed conversation (FACTS §5.4, state rule 2).
        restore.requests.extend(to_state(before, by).requests);
    }
    restore
}

fn state(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    let now = match request.operation {
        Operation::ConversationClose => "closed",
        Operation::ConversationSnooze => "snoozed",
        _ => "open",
    };
    if before.object["state"] == now { Restore::default() } else { to_state(before, by) }
}

/// Puts a thread into the state it was in.
pub(super) fn to_state(before: &ReadBack, by: &UndoBy) -> Restore {
    let admin = &by.admin_id;
    let until = &before.object["snoozed_until"];
    match before.object["state"].as_str() {
        Some("closed") => {
            let body = json!({ "message_type": "close", "type": "admin", "admin_id": admin });
            addressed(Operation::ConversationClose, before, body)
        }
        Some("snoozed") if until.is_number() => {
            let body =
                json!({ "message_type": "snoozed", "admin_id": admin, "snoozed_until": until });
            addressed(Operation::ConversationSnooze, before, body)
        }
        _ => {
            let body = json!({ "message_type": "open", "admin_id": admin });
            addressed(Operation::ConversationOpen, before, body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(kind: ObjectKind, object: Value) -> ReadBack {
        let (tags, companies, notes) = (Vec::new(), Vec::new(), Vec::new());
        ReadBack { kind, id: "1".into(), object, tags, companies, notes }
    }

    fn by() -> UndoBy {
        UndoBy { admin_id: "7".into(), ..UndoBy::default() }
    }

    #[test]
    fn only_the_fields_that_changed_come_back() {
        let was = before(
            ObjectKind::Contact,
            json!({
                "name": "Ann", "phone": null, "email": "ann@example.com",
                "custom_attributes": { "tier": "silver", "other": 1 },
            }),
        );
        let update = Request::new(Operation::ContactUpdate).with("contact_id", 1).body(json!({
            "name": "Ann B", "phone": "+49301", "email": "ANN@example.com",
            "custom_attributes": { "tier": "gold", "new": "x" },
        }));
        let restore = restore(&was, &update, &by());
        let body = json!({
            "name": "Ann", "phone": null, "custom_attributes": { "tier": "silver", "new": null },
        });
        assert_eq!(restore.requests[0].body, Some(body));
        assert_eq!(restore.requests[0].path_value("contact_id"), Some("1"));
        assert!(restore.kept.is_empty());
    }

    #[test]
    fn a_company_is_restored_by_its_key_and_says_what_it_keeps() {
        let was = before(ObjectKind::Company, json!({ "company_id": "c1", "name": "Old" }));
        let upsert = Request::new(Operation::CompanyUpsert).body(json!({
            "company_id": "c1", "name": "New", "website": "https://x", "size": 5,
        }));
        let restore = restore(&was, &upsert, &by());
        let body = json!({ "company_id": "c1", "name": "Old", "website": "" });
        assert_eq!(restore.requests[0].body, Some(body));
        assert_eq!(restore.kept, ["size"]);
    }

    #[test]
    fn a_closed_conversation_is_closed_again_after_its_assignment() {
        let object = json!({ "state": "closed", "admin_assignee_id": 0 });
        let was = before(ObjectKind::Conversation, object);
        let assign = Request::new(Operation::ConversationAssign)
            .with("conversation_id", 1)
            .body(json!({ "type": "admin", "assignee_id": "9" }));
        let restore = restore(&was, &assign, &by());
        let operations: Vec<_> = restore.requests.iter().map(|one| one.operation).collect();
        assert_eq!(operations, [Operation::ConversationAssign, Operation::ConversationClose]);
        assert_eq!(restore.requests[0].text("assignee_id").unwrap(), "0");
    }

    #[test]
    fn an_article_goes_back_to_its_collection() {
        let object = json!({ "title": "A", "state": "draft", "parent_ids": [4] });
        let was = before(ObjectKind::Article, object);
        let update = Request::new(Operation::ArticleUpdate).with("article_id", 1).body(json!({
            "state": "published", "parent_id": "5", "parent_type": "collection",
        }));
        let restore = restore(&was, &update, &by());
        let body = json!({ "state": "draft", "parent_id": "4", "parent_type": "collection" });
        assert_eq!(restore.requests[0].body, Some(body));
    }

    #[test]
    fn a_step_that_changed_nothing_needs_nothing() {
        let was = before(ObjectKind::Conversation, json!({ "state": "closed" }));
        let close = Request::new(Operation::ConversationClose).with("conversation_id", 1);
        assert_eq!(restore(&was, &close, &by()), Restore::default());
    }
}
