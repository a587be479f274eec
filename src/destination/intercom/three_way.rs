//! Taking one change back: what stood before it, what we sent, what stands now. What is still as we
//! sent it goes back to what stood before; what somebody changed since is left, and named.

use super::change::UndoBy;
use super::family;
use super::kind::ReadBack;
use super::request::Request;
use super::undo::inverse;

pub use super::change::{KeptField, TakeBack};

/// How to take `request` back; `None` if nothing can.
pub fn take_back(
    before: &ReadBack,
    request: &Request,
    now: &ReadBack,
    by: &UndoBy,
) -> Option<TakeBack> {
    let family = family::of(request.operation);
    if let (Some(was), Some(is)) = (family.linked(request, before), family.linked(request, now)) {
        if was == is {
            return Some(TakeBack::default());
        }
        return TakeBack::send(inverse(request, &now.id, by));
    }
    family.take_back(before, request, now, by)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kind::ObjectKind;
    use super::super::operation::Operation;
    use super::super::pages::items;
    use super::*;

    fn back(kind: ObjectKind, object: Value) -> ReadBack {
        let (companies, notes) = (Vec::new(), Vec::new());
        let tags = items(&object["tags"]).to_vec();
        ReadBack { kind, id: "1".into(), object, tags, companies, notes }
    }

    fn by() -> UndoBy {
        UndoBy { admin_id: "7".into(), ..UndoBy::default() }
    }

    fn contact(name: &str, tier: &str) -> ReadBack {
        let object = json!({ "name": name, "custom_attributes": { "tier": tier } });
        back(ObjectKind::Contact, object)
    }

    fn update() -> Request {
        let body = json!({ "name": "Ours", "custom_attributes": { "tier": "gold" } });
        Request::new(Operation::ContactUpdate).with("contact_id", 1).body(body)
    }

    #[test]
    fn what_is_still_ours_goes_back_and_what_is_not_is_kept_with_both_values() {
        let before = contact("Before", "silver");
        let all = take_back(&before, &update(), &contact("Ours", "gold"), &by()).unwrap();
        let body = json!({ "name": "Before", "custom_attributes": { "tier": "silver" } });
        assert_eq!(all.requests[0].body, Some(body));
        assert!(all.kept.is_empty());

        let some = take_back(&before, &update(), &contact("Theirs", "gold"), &by()).unwrap();
        let body = json!({ "custom_attributes": { "tier": "silver" } });
        assert_eq!(some.requests[0].body, Some(body));
        let kept = &some.kept[0];
        let values = (&kept.before, &kept.ours, &kept.now);
        assert_eq!(values, (&json!("Before"), &json!("Ours"), &json!("Theirs")));
    }

    #[test]
    fn what_is_as_before_needs_nothing() {
        let before = contact("Before", "silver");
        let nothing = TakeBack { restored: true, ..TakeBack::default() };
        assert_eq!(take_back(&before, &update(), &before, &by()), Some(nothing));
    }

    #[test]
    fn what_is_half_as_before_tells_it_was_put_back() {
        let (before, ours) = (contact("Before", "silver"), contact("Theirs", "bronze"));
        let half = take_back(&before, &update(), &contact("Before", "bronze"), &by()).unwrap();
        assert!(half.requests.is_empty() && half.restored);
        assert_eq!(half.kept.len(), 1);
        let none = take_back(&before, &update(), &ours, &by()).unwrap();
        assert!(none.requests.is_empty() && !none.restored, "people changed all of it");
    }

    #[test]
    fn a_link_goes_only_if_it_was_not_there() {
        let tag =
            Request::new(Operation::ContactTag).with("contact_id", 1).body(json!({ "id": "61" }));
        let with = back(ObjectKind::Contact, json!({ "tags": { "data": [{ "id": "61" }] } }));
        let without = back(ObjectKind::Contact, json!({}));
        let gone = |before: &ReadBack, now: &ReadBack| {
            take_back(before, &tag, now, &by()).unwrap().requests
        };
        assert!(gone(&with, &with).is_empty());
        assert_eq!(gone(&without, &with)[0].operation, Operation::ContactUntag);
        assert!(gone(&without, &without).is_empty(), "it is off already");
    }

    #[test]
    fn a_link_that_was_taken_off_is_put_on_again() {
        let off = Request::new(Operation::ContactUntag).with("contact_id", 1).with("tag_id", 61);
        let with = back(ObjectKind::Contact, json!({ "tags": { "data": [{ "id": "61" }] } }));
        let without = back(ObjectKind::Contact, json!({}));
        let taken = take_back(&with, &off, &without, &by()).unwrap();
        assert_eq!(taken.requests[0].operation, Operation::ContactTag);
        assert!(take_back(&with, &off, &with, &by()).unwrap().requests.is_empty());
    }

    #[test]
    fn a_state_that_people_set_since_is_kept() {
        let thread = |state: &str| back(ObjectKind::Conversation, json!({ "state": state }));
        let close = Request::new(Operation::ConversationClose).with("conversation_id", 1);
        let back = |now: &str| take_back(&thread("open"), &close, &thread(now), &by()).unwrap();
        assert_eq!(back("closed").requests[0].operation, Operation::ConversationOpen);
        assert_eq!(back("snoozed").kept[0].field, "state");
        assert_eq!(back("open"), TakeBack::default());
    }

    #[test]
    fn an_assignment_goes_back_to_whom_it_was() {
        let thread = |admin: Value| {
            back(ObjectKind::Conversation, json!({ "state": "open", "admin_assignee_id": admin }))
        };
        let assign = Request::new(Operation::ConversationAssign)
            .with("conversation_id", 1)
            .body(json!({ "type": "admin", "assignee_id": "9" }));
        let back = |now: Value| take_back(&thread(json!(5)), &assign, &thread(now), &by()).unwrap();
        assert_eq!(back(json!(9)).requests[0].text("assignee_id").unwrap(), "5");
        assert_eq!(back(json!(6)).kept[0].field, "assignee");
        assert!(back(json!(5)).requests.is_empty());
    }
}
