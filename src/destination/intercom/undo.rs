//! The request that undoes another, where the table names one and no earlier values are needed.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::operation::Operation;
use super::request::Request;

/// How far an undo goes, and in whose name.
#[derive(Clone, Debug, Default)]
pub struct UndoBy {
    /// Delete contacts for good instead of archiving them; their identity then stays locked for
    /// days (FACTS §5.2).
    pub delete_contacts: bool,
    /// Redact messages that were appended to threads which stay; otherwise they stay as they are.
    pub redact_parts: bool,
    /// The teammate in whose name tags and participants are taken off.
    pub admin_id: String,
}

/// The request that undoes `request`, which made or changed `object`. `None` if there is none, or
/// if it takes the values of before ([`restore`](super::restore::restore)).
pub fn inverse(request: &Request, object: &DestinationId, by: &UndoBy) -> Option<Request> {
    use Operation::*;
    let inverse = request.operation.spec().inverse?;
    let id = object.0.clone();
    match (request.operation, inverse) {
        (ContactCreate, _) if by.delete_contacts => {
            Some(Request::new(ContactDelete).with("contact_id", object))
        }
        (ContactCreate | ContactUnarchive | ContactArchive, to) => {
            Some(Request::new(to).with("contact_id", object))
        }
        (ConversationContactReply | ConversationAdminComment | ConversationNote, to) => {
            Some(Request::new(to).body(json!({
                "type": "conversation_part",
                "conversation_id": request.path_value("conversation_id")?,
                "conversation_part_id": object,
            })))
        }
        (ConversationOptionCreate, to) => both(to, request, "attribute_id", ("option_id", id)),
        (TicketAttributeCreate, to) => {
            let undo = both(to, request, "ticket_type_id", ("attribute_id", id))?;
            Some(undo.body(json!({ "archived": true })))
        }
        (RedirectCreate, to) => both(to, request, "help_center_id", ("redirect_id", id)),
        (ObjectUpsert, to) => both(to, request, "object_type", ("object_id", id)),
        (DataAttributeCreate | TicketTypeCreate, to) => {
            let name = to.spec().path_names().next()?;
            Some(Request::new(to).with(name, object).body(json!({ "archived": true })))
        }
        (
            CompanyUpsert
            | TagCreate
            | ConversationAttributeCreate
            | ConversationCreate
            | CollectionCreate
            | ArticleCreate
            | InternalArticleCreate
            | TicketCreate,
            to,
        ) => Some(Request::new(to).with(to.spec().path_names().next()?, object)),
        (CompanyTag | CompanyUntag, to) => company_tags(to, request),
        (_, to) => membership(request, to, by),
    }
}

/// Undoes what puts a thing on its parent or takes it off.
fn membership(request: &Request, to: Operation, by: &UndoBy) -> Option<Request> {
    use Operation::*;
    let path = |name: &str| request.path_value(name).map(str::to_owned);
    let admin = || json!({ "admin_id": by.admin_id });
    let parent = request.operation.spec().path_names().next()?;
    match request.operation {
        ContactTag | ArticleTag => both(to, request, parent, ("tag_id", request.text("id")?)),
        ContactCompanyAttach => both(to, request, parent, ("company_id", request.text("id")?)),
        ContactSubscribe => both(to, request, parent, ("subscription_id", request.text("id")?)),
        TicketLink => {
            both(to, request, parent, ("conversation_id", request.text("conversation_id")?))
        }
        TicketUnlink => {
            let other = json!({ "conversation_id": path("conversation_id")? });
            Some(Request::new(to).with(parent, path(parent)?).body(other))
        }
        ContactUntag | ArticleUntag => member(to, request, parent, path("tag_id")?),
        ContactCompanyDetach => member(to, request, parent, path("company_id")?),
        ConversationTag | TicketTag => {
            Some(both(to, request, parent, ("tag_id", request.text("id")?))?.body(admin()))
        }
        ConversationUntag | TicketUntag => {
            let tag = json!({ "id": path("tag_id")?, "admin_id": by.admin_id });
            Some(Request::new(to).with(parent, path(parent)?).body(tag))
        }
        ConversationParticipantAdd => {
            let person = request.field("customer")?["intercom_user_id"].as_str()?.to_owned();
            Some(both(to, request, parent, ("contact_id", person))?.body(admin()))
        }
        ConversationParticipantRemove => {
            let person = json!({ "intercom_user_id": path("contact_id")? });
            let body = json!({ "admin_id": by.admin_id, "customer": person });
            Some(Request::new(to).with(parent, path(parent)?).body(body))
        }
        _ => None,
    }
}

/// The inverse addressed to the parent and the thing taken off it.
fn both(
    to: Operation,
    request: &Request,
    parent: &str,
    (name, value): (&str, String),
) -> Option<Request> {
    Some(Request::new(to).with(parent, request.path_value(parent)?).with(name, value))
}

/// The inverse addressed to the parent, naming in its body the thing put back.
fn member(to: Operation, request: &Request, parent: &str, id: String) -> Option<Request> {
    let parent_id = request.path_value(parent)?;
    Some(Request::new(to).with(parent, parent_id).body(json!({ "id": id })))
}

fn company_tags(to: Operation, request: &Request) -> Option<Request> {
    let mut body = request.body.clone()?;
    for company in body["companies"].as_array_mut()? {
        match (to, company.as_object_mut()?) {
            (Operation::CompanyUntag, company) => {
                company.insert("untag".into(), Value::Bool(true));
            }
            (_, company) => {
                company.remove("untag");
            }
        }
    }
    Some(Request::new(to).body(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reversibility;

    fn by() -> UndoBy {
        UndoBy { admin_id: "7".into(), ..UndoBy::default() }
    }

    /// A request of any operation with everything an inverse could ask for.
    fn any(operation: Operation) -> Request {
        let request = operation
            .spec()
            .path_names()
            .fold(Request::new(operation), |request, name| request.with(name, format!("{name}-1")));
        request.body(json!({
            "id": "55", "name": "vip", "conversation_id": "88", "companies": [{ "id": "77" }],
            "customer": { "intercom_user_id": "66" },
        }))
    }

    #[test]
    fn every_create_and_attachment_is_undone_by_the_operation_of_the_table() {
        let object = DestinationId::from("99");
        for &operation in Operation::ALL {
            let spec = operation.spec();
            let values_needed = matches!(
                operation.name(),
                name if name.ends_with("_update") || name.ends_with("_draft")
            ) || matches!(
                operation,
                Operation::TagRename
                    | Operation::DataAttributeArchive
                    | Operation::TicketTypeArchive
                    | Operation::TicketAttributeArchive
                    | Operation::ConversationAssign
                    | Operation::ConversationSnooze
                    | Operation::ConversationClose
                    | Operation::ConversationOpen
                    | Operation::ContactUnsubscribe
            );
            let undo = inverse(&any(operation), &object, &by());
            if spec.reversibility == Reversibility::Irreversible || values_needed {
                assert_eq!(undo, None, "{}", spec.name);
                continue;
            }
            let undo = undo.unwrap_or_else(|| panic!("no undo of {}", spec.name));
            assert_eq!(Some(undo.operation), spec.inverse, "{}", spec.name);
            for name in undo.operation.spec().path_names() {
                assert!(undo.path_value(name).is_some(), "{}: {name}", spec.name);
            }
        }
    }

    #[test]
    fn contacts_are_archived_unless_deleting_was_decided() {
        let contact = DestinationId::from("5f");
        let create = any(Operation::ContactCreate);
        let archive = inverse(&create, &contact, &by()).unwrap();
        assert_eq!(archive.operation, Operation::ContactArchive);
        let delete = UndoBy { delete_contacts: true, ..by() };
        let delete = inverse(&create, &contact, &delete).unwrap();
        assert_eq!(delete.operation, Operation::ContactDelete);
        assert_eq!(delete.path_value("contact_id"), Some("5f"));
    }
}
