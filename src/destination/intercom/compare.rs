//! What was sent against what is read back, field by field.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::field::{Rule, attribute_fields, read_value, rows};
use super::normalise::Content;
use super::object::{ObjectKind, ReadBack};
use super::operation::Operation;
use super::pages::items;
use super::request::{Request, id_text};
use super::thread;
use super::verdict::{Comparisons, member};

pub use super::verdict::{FieldComparison, ResolvedStep, StepIds, Verdict};

/// Compares what the steps of a record sent with what its object is read back as. Fields that
/// nobody sent, and those that Intercom sets itself, are not looked at (FACTS §8).
pub fn compare(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    // A record may also change objects beside its own: those are compared where they stand.
    let own = |step: &&ResolvedStep| ObjectKind::of(step.request.operation) == back.kind;
    let steps: Vec<ResolvedStep> = steps.iter().filter(own).cloned().collect();
    for step in &steps {
        match with_later_options(step, &steps) {
            Some(whole) => compare_step(&whole, back, ids, &mut out),
            None => compare_step(step, back, ids, &mut out),
        }
    }
    thread::compare(&steps, back, ids, &mut out);
    out.into_fields()
}

/// A list attribute with the options that other steps of ours added to it.
fn with_later_options(step: &ResolvedStep, steps: &[ResolvedStep]) -> Option<ResolvedStep> {
    if step.request.operation != Operation::ConversationAttributeCreate {
        return None;
    }
    let mut whole = step.clone();
    let options = whole.request.body.as_mut()?.get_mut("options")?.as_array_mut()?;
    let added = steps
        .iter()
        .filter(|other| other.request.operation == Operation::ConversationOptionCreate)
        .filter_map(|other| other.request.field("label"))
        .map(|label| json!({ "label": label }));
    options.extend(added);
    Some(whole)
}

/// The fields of one request that are not as it sent them.
pub(super) fn differing(request: &Request, back: &ReadBack) -> Vec<String> {
    let step = ResolvedStep { key: "it".into(), request: request.clone() };
    compare(&[step], back, &StepIds::new())
        .into_iter()
        .filter(|field| field.verdict == Verdict::Differs)
        .map(|field| field.field)
        .collect()
}

fn compare_step(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let request = &step.request;
    match request.operation {
        Operation::ContactTag | Operation::ArticleTag => {
            member(request.text("id"), &back.tags, ("tag", true), out);
        }
        Operation::ContactUntag | Operation::ArticleUntag => {
            let tag = request.path_value("tag_id").map(str::to_owned);
            member(tag, &back.tags, ("tag", false), out);
        }
        Operation::ContactCompanyAttach => {
            member(request.text("id"), &back.companies, ("company", true), out);
        }
        Operation::ContactCompanyDetach => {
            let company = request.path_value("company_id").map(str::to_owned);
            member(company, &back.companies, ("company", false), out);
        }
        Operation::ContactSubscribe => {
            member(request.text("id"), &subscriptions(back), ("subscription", true), out);
        }
        Operation::ContactUnsubscribe => {
            let id = request.path_value("subscription_id").map(str::to_owned);
            member(id, &subscriptions(back), ("subscription", false), out);
        }
        Operation::TicketLink => {
            let links = items(&back.object["linked_objects"]);
            member(request.text("conversation_id"), links, ("link", true), out);
        }
        Operation::TicketUnlink => {
            let id = request.path_value("conversation_id").map(str::to_owned);
            let links = items(&back.object["linked_objects"]);
            member(id, links, ("link", false), out);
        }
        Operation::ContactNote | Operation::CompanyNote => note(step, back, ids, out),
        Operation::CompanyTag | Operation::CompanyUntag => company_tag(request, back, out),
        Operation::ConversationOptionCreate => option(request, back, out),
        Operation::TicketAttributeCreate => ticket_attribute(request, back, out),
        _ => fields(request, back, out),
    }
}

/// What a contact chose, for or against; the object names the first ten of each (FACTS §3).
fn subscriptions(back: &ReadBack) -> Vec<Value> {
    let names = ["opted_in_subscription_types", "opted_out_subscription_types"];
    names.iter().flat_map(|name| items(&back.object[*name])).cloned().collect()
}

/// The operations whose body is made of the object's own fields.
fn writes_fields(operation: Operation) -> bool {
    use Operation::{
        ArticleCreate, ArticleDraft, ArticleUpdate, CollectionCreate, CollectionUpdate,
        CompanyUpdate, CompanyUpsert, ContactCreate, ContactUpdate, ConversationAttributeCreate,
        ConversationAttributeUpdate, ConversationUpdate, DataAttributeArchive, DataAttributeCreate,
        DataAttributeUpdate, InternalArticleCreate, InternalArticleUpdate, ObjectUpsert,
        RedirectCreate, TagCreate, TagRename, TicketCreate, TicketTypeArchive, TicketTypeCreate,
        TicketTypeUpdate, TicketUpdate,
    };
    matches!(
        operation,
        ContactCreate
            | ContactUpdate
            | CompanyUpsert
            | CompanyUpdate
            | TagCreate
            | TagRename
            | DataAttributeCreate
            | DataAttributeUpdate
            | DataAttributeArchive
            | ConversationAttributeCreate
            | ConversationAttributeUpdate
            | ConversationUpdate
            | CollectionCreate
            | CollectionUpdate
            | ArticleCreate
            | ArticleUpdate
            | ArticleDraft
            | InternalArticleCreate
            | InternalArticleUpdate
            | RedirectCreate
            | TicketTypeCreate
            | TicketTypeUpdate
            | TicketTypeArchive
            | TicketCreate
            | TicketUpdate
            | ObjectUpsert
    )
}

fn fields(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    if !writes_fields(request.operation) {
        return;
    }
    for row in rows(back.kind) {
        if let Some(sent) = request.field(row.0) {
            out.add(row.0.to_owned(), row.2, sent, &read_value(&back.object, row));
        }
    }
    let Some((sent_as, read_as)) = attribute_fields(back.kind) else { return };
    let Some(sent) = request.field(sent_as).and_then(Value::as_object) else { return };
    for (name, sent) in sent {
        let read = &back.object[read_as][name];
        out.add(format!("{sent_as}.{name}"), Rule::Value, sent, read);
    }
}

fn note(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let body = step.request.field("body").cloned().unwrap_or(Value::Null);
    let sent = Content::of_html(body.as_str().unwrap_or_default());
    let shows =
        |note: &&Value| sent.shows_as(&Content::of_html(note["body"].as_str().unwrap_or_default()));
    let own = |note: &&Value| {
        id_text(&note["id"]).map(DestinationId::from).as_ref() == ids.get(&step.key)
    };
    let found = match ids.get(&step.key) {
        Some(_) => back.notes.iter().find(own),
        None => back.notes.iter().find(shows),
    };
    let read = found.map_or(Value::Null, |note| note["body"].clone());
    out.add(format!("note:{}", step.key), Rule::Html, &body, &read);
}

fn company_tag(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    let name = request.text("name").unwrap_or_default();
    let sent = json!(name);
    let wanted = request.operation == Operation::CompanyTag;
    let there = back.tags.iter().any(|tag| Rule::Word.same(&sent, &tag["name"]));
    out.put(format!("tag:{name}"), json!(wanted), json!(there), there == wanted);
}

/// An attribute of a ticket type, by name and type.
fn ticket_attribute(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    let name = request.text("name").unwrap_or_default();
    let all = items(&back.object["ticket_type_attributes"]);
    let own = |one: &&Value| one["name"] == name.as_str() && one["archived"] != true;
    let read = all.iter().find(own).map_or(Value::Null, |one| one["data_type"].clone());
    let sent = request.field("data_type").cloned().unwrap_or(Value::Null);
    out.add(format!("attribute:{name}"), Rule::DataType, &sent, &read);
}

fn option(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    let label = request.text("label").unwrap_or_default();
    let options = back.object["options"].as_array().map_or(&[][..], Vec::as_slice);
    let there = options
        .iter()
        .any(|option| option["label"] == label.as_str() && option["archived"] != true);
    out.put(format!("option:{label}"), json!(true), json!(there), there);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(kind: ObjectKind, object: Value) -> ReadBack {
        let (tags, companies, notes) = (Vec::new(), Vec::new(), Vec::new());
        ReadBack { kind, id: "1".into(), object, tags, companies, notes }
    }

    fn step(key: &str, request: Request) -> ResolvedStep {
        ResolvedStep { key: key.into(), request }
    }

    fn verdicts(fields: &[FieldComparison]) -> Vec<(&str, bool)> {
        let equal = |field: &FieldComparison| field.verdict == Verdict::Equal;
        fields.iter().map(|field| (field.field.as_str(), equal(field))).collect()
    }

    #[test]
    fn a_contact_field_by_field() {
        let create = Request::new(Operation::ContactCreate).body(json!({
            "role": "user", "email": "Ann@Example.com", "name": "Ann", "phone": "+49 30 1",
            "custom_attributes": { "tier": "gold", "visits": 3 },
        }));
        let update = Request::new(Operation::ContactUpdate).body(json!({ "name": "Ann B" }));
        let tag =
            Request::new(Operation::ContactTag).with("contact_id", 1).body(json!({"id": "7"}));
        let note = Request::new(Operation::ContactNote)
            .with("contact_id", 1)
            .body(json!({ "body": "Called" }));
        let mut read = back(
            ObjectKind::Contact,
            json!({
                "role": "user", "email": "ann@example.com", "name": "Ann B", "phone": "+49301",
                "custom_attributes": { "tier": "silver", "visits": 3.0, "system": 1 },
            }),
        );
        read.tags = vec![json!({ "id": 7 })];
        read.notes = vec![json!({ "id": "5", "body": "<p>Called</p>" })];
        let steps =
            [step("create", create), step("u", update), step("tag", tag), step("memo", note)];
        let found = compare(&steps, &read, &StepIds::new());
        let expected = [
            ("role", true),
            ("email", true),
            ("phone", true),
            ("name", true),
            ("custom_attributes.tier", false),
            ("custom_attributes.visits", true),
            ("tag:7", true),
            ("note:memo", true),
        ];
        assert_eq!(verdicts(&found), expected);
    }

    #[test]
    fn an_article_shows_the_same_in_its_collection() {
        let create = Request::new(Operation::ArticleCreate).body(json!({
            "title": "A", "body": "<h3>x</h3><p>y", "author_id": 9, "state": "draft",
            "parent_id": 4, "parent_type": "collection",
        }));
        let publish = Request::new(Operation::ArticleUpdate)
            .with("article_id", 1)
            .body(json!({ "state": "published" }));
        let read = back(
            ObjectKind::Article,
            json!({
                "title": "A", "body": "<h2>x</h2>\n<p class=\"no-margin\">y</p>",
                "author_id": "9", "state": "published", "parent_ids": [4],
            }),
        );
        let steps = [step("create", create), step("publish", publish)];
        let found = compare(&steps, &read, &StepIds::new());
        assert!(found.iter().all(|field| field.verdict == Verdict::Equal), "{found:#?}");
        assert_eq!(found.len(), 5);
    }
}
