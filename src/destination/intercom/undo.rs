//! The request that undoes another, where the table names one and no earlier values are needed.

use crate::model::DestinationId;

use super::family;
use super::request::Request;

pub use super::change::UndoBy;

/// The request that undoes `request`, which made or changed `object`. `None` if there is none, or
/// if it takes the values of before ([`restore`](super::restore::restore)).
pub fn inverse(request: &Request, object: &DestinationId, by: &UndoBy) -> Option<Request> {
    let to = request.operation.spec().inverse?;
    family::of(request.operation).inverse(request, to, object, by)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::operation::Operation;
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
