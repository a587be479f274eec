//! Taking one change back: what stood before it, what we sent, what stands now. What is still as we
//! sent it goes back to what stood before; what somebody changed since is left, and named.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::field::{Rule, attribute_fields, read_value, rows};
use super::normalise::same_id;
use super::object::ReadBack;
use super::operation::Operation;
use super::pages::items;
use super::request::{Request, id_text};
use super::restore::{restore, to_state};
use super::undo::{UndoBy, inverse};

/// A field that is not put back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptField {
    /// Its name.
    pub field: String,
    /// What it was before.
    pub before: Value,
    /// What we made it.
    pub ours: Value,
    /// What it is.
    pub now: Value,
}

/// How one change is taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeBack {
    /// To be sent in this order; none if all is as it was before.
    pub requests: Vec<Request>,
    /// What is left as it is.
    pub kept: Vec<KeptField>,
    /// Whether a field that we changed is as it was before already.
    pub restored: bool,
}

impl TakeBack {
    fn send(request: Option<Request>) -> Option<Self> {
        Some(Self { requests: vec![request?], ..Self::default() })
    }

    fn keep(field: &str, before: Value, ours: Value, now: Value) -> Self {
        let kept = vec![KeptField { field: field.to_owned(), before, ours, now }];
        Self { kept, ..Self::default() }
    }
}

/// How to take `request` back; `None` if nothing can.
pub fn take_back(
    before: &ReadBack,
    request: &Request,
    now: &ReadBack,
    by: &UndoBy,
) -> Option<TakeBack> {
    if let (Some(was), Some(is)) = (linked(request, before), linked(request, now)) {
        if was == is {
            return Some(TakeBack::default());
        }
        return TakeBack::send(inverse(request, &now.id, by));
    }
    match request.operation {
        Operation::ConversationClose
        | Operation::ConversationSnooze
        | Operation::ConversationOpen => Some(state(before, request, now, by)),
        Operation::ConversationAssign => Some(assignment(before, request, now, by)),
        Operation::ConversationConvert => None,
        _ => fields(before, request, now, by),
    }
}

/// Closes or snoozes a thread again that a message of ours had opened.
pub fn settle_again(before: &ReadBack, now: &ReadBack, by: &UndoBy) -> Vec<Request> {
    let (was, is) = (&before.object["state"], &now.object["state"]);
    if was != is && is == "open" && was.is_string() {
        to_state(before, by).requests
    } else {
        Vec::new()
    }
}

/// Whether what a request links or takes off is linked; `None` if it is about no link.
pub fn linked(request: &Request, back: &ReadBack) -> Option<bool> {
    use Operation as O;
    let on = |list: &[Value], id: Option<String>| {
        list.iter().any(|one| id.is_some() && id_text(&one["id"]) == id)
    };
    let path = |name: &str| request.path_value(name).map(str::to_owned);
    match request.operation {
        O::ContactTag | O::ConversationTag | O::TicketTag | O::ArticleTag => {
            Some(on(&back.tags, request.text("id")))
        }
        O::ContactUntag | O::ConversationUntag | O::TicketUntag | O::ArticleUntag => {
            Some(on(&back.tags, path("tag_id")))
        }
        O::ContactCompanyAttach => Some(on(&back.companies, request.text("id"))),
        O::ContactCompanyDetach => Some(on(&back.companies, path("company_id"))),
        O::CompanyTag | O::CompanyUntag => {
            let name = request.field("name")?;
            Some(back.tags.iter().any(|tag| Rule::Word.same(name, &tag["name"])))
        }
        O::ConversationParticipantAdd => {
            let person = id_text(&request.field("customer")?["intercom_user_id"]);
            Some(on(items(&back.object["contacts"]), person))
        }
        O::ConversationParticipantRemove => {
            Some(on(items(&back.object["contacts"]), path("contact_id")))
        }
        O::TicketLink => {
            Some(on(items(&back.object["linked_objects"]), request.text("conversation_id")))
        }
        O::TicketUnlink => Some(on(items(&back.object["linked_objects"]), path("conversation_id"))),
        _ => None,
    }
}

fn state(before: &ReadBack, request: &Request, now: &ReadBack, by: &UndoBy) -> TakeBack {
    let ours = match request.operation {
        Operation::ConversationClose => "closed",
        Operation::ConversationSnooze => "snoozed",
        _ => "open",
    };
    let (was, is) = (&before.object["state"], &now.object["state"]);
    if was == is {
        TakeBack::default()
    } else if is != ours {
        TakeBack::keep("state", was.clone(), json!(ours), is.clone())
    } else {
        TakeBack { requests: to_state(before, by).requests, ..TakeBack::default() }
    }
}

/// Who a thread is assigned to, as people and teams.
fn assigned(back: &ReadBack) -> [Option<String>; 2] {
    ["admin_assignee_id", "team_assignee_id"]
        .map(|name| id_text(&back.object[name]).filter(|id| id != "0"))
}

fn assignment(before: &ReadBack, request: &Request, now: &ReadBack, by: &UndoBy) -> TakeBack {
    let (was, is) = (assigned(before), assigned(now));
    if was == is {
        return TakeBack::default();
    }
    let sent = request.text("assignee_id").filter(|id| id != "0");
    let place = usize::from(request.text("type").as_deref() == Some("team"));
    let ours = match &sent {
        Some(_) => is[place] == sent,
        None => is == [None, None],
    };
    if !ours {
        return TakeBack::keep("assignee", json!(was), json!(sent), json!(is));
    }
    TakeBack { requests: restore(before, request, by).requests, ..TakeBack::default() }
}

/// Puts those fields back that are still as we sent them.
fn fields(before: &ReadBack, request: &Request, now: &ReadBack, by: &UndoBy) -> Option<TakeBack> {
    let sent = request.body.as_ref().and_then(Value::as_object)?;
    let (mut body, mut kept, mut restored) = (Map::new(), Vec::new(), false);
    for row in rows(now.kind) {
        let Some(ours) = sent.get(row.0) else { continue };
        let (was, is) = (read_value(&before.object, row), read_value(&now.object, row));
        restored |= was == is && !row.2.same(ours, &was);
        weigh(row.0, (row.2, ours), was, is, &mut body, &mut kept);
    }
    if let Some((sent_as, read_as)) = attribute_fields(now.kind)
        && let Some(values) = sent.get(sent_as).and_then(Value::as_object)
    {
        let mut inner = Map::new();
        for (name, ours) in values {
            let was = before.object[read_as][name].clone();
            let is = now.object[read_as][name].clone();
            let mut found = Map::new();
            restored |= was == is && !Rule::Value.same(ours, &was);
            weigh(name, (Rule::Value, ours), was, is, &mut found, &mut kept);
            inner.extend(found);
        }
        if !inner.is_empty() {
            body.insert(sent_as.to_owned(), Value::Object(inner));
        }
    }
    if let Some(ours) = sent.get("ticket_state_id") {
        let id = |back: &ReadBack| back.object["ticket_state"]["id"].clone();
        weigh("ticket_state_id", (Rule::Id, ours), id(before), id(now), &mut body, &mut kept);
    }
    if let Some(ours) = sent.get("assignee_id") {
        let (was, is) = (assigned(before), assigned(now));
        let given = is.iter().flatten().any(|id| same_id(&json!(id), ours));
        match (was == is, given) {
            (true, _) => {}
            (false, true) => drop(body.insert("assignee_id".to_owned(), ours.clone())),
            (false, false) => kept.push(KeptField {
                field: "assignee".to_owned(),
                before: json!(was),
                ours: ours.clone(),
                now: json!(is),
            }),
        }
    }
    let unchanged = Request { body: Some(Value::Object(body)), ..request.clone() };
    let back = restore(before, &unchanged, by);
    for field in back.kept {
        let value = |back: &ReadBack| back.object[field.as_str()].clone();
        let (was, is, ours) = (value(before), value(now), unchanged.field(&field));
        let ours = ours.cloned().unwrap_or(Value::Null);
        kept.push(KeptField { before: was, now: is, ours, field });
    }
    Some(TakeBack { requests: back.requests, kept, restored })
}

/// One field: it goes back where it is still ours, and is kept where it is neither ours nor as
/// before.
fn weigh(
    name: &str,
    (rule, ours): (Rule, &Value),
    was: Value,
    is: Value,
    body: &mut Map<String, Value>,
    kept: &mut Vec<KeptField>,
) {
    if was == is || rule.same(ours, &was) {
        return;
    }
    if rule.same(ours, &is) {
        body.insert(name.to_owned(), ours.clone());
        return;
    }
    let (field, ours) = (name.to_owned(), ours.clone());
    kept.push(KeptField { field, before: was, ours, now: is });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::intercom::object::ObjectKind;

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
