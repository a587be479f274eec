//! The requests that give an object back the values it had before a step changed them.

use super::change::UndoBy;
use super::family;
use super::kind::ReadBack;
use super::request::Request;

pub use super::change::Restore;

/// Requests that restore exactly the fields that `request` changed to what the pre-image holds.
pub fn restore(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    family::of(request.operation).restore(before, request, by)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kind::ObjectKind;
    use super::super::operation::Operation;
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
