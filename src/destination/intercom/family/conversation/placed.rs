//! Where a conversation stands: its state and whom it is assigned to, put back as it was.

use serde_json::{Value, json};

use super::super::super::change::{Restore, TakeBack, UndoBy};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::address::restoring;
use super::super::thread::compared::assigned;
use super::answer::ConversationAnswer;

/// The state that an operation sets.
pub fn word(operation: Operation) -> &'static str {
    match operation {
        ConversationClose => "closed",
        ConversationSnooze => "snoozed",
        _ => "open",
    }
}

/// The body of an assignment.
pub fn assignment(kind: &str, admin: &str, assignee: &str) -> Value {
    json!({
        "message_type": "assignment",
        "type": kind,
        "admin_id": admin,
        "assignee_id": assignee,
    })
}

/// Puts a state back that a request changed.
pub fn state(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    if ConversationAnswer::of(&before.object).state == word(request.operation) {
        Restore::default()
    } else {
        to_state(before, by)
    }
}

/// Puts a thread into the state it was in.
pub fn to_state(before: &ReadBack, by: &UndoBy) -> Restore {
    let admin = &by.admin_id;
    let was = ConversationAnswer::of(&before.object);
    let until = was.snoozed_until;
    match was.state.as_str() {
        Some("closed") => {
            let body = json!({ "message_type": "close", "type": "admin", "admin_id": admin });
            restoring(ConversationClose, before, body)
        }
        Some("snoozed") if until.is_number() => {
            let body =
                json!({ "message_type": "snoozed", "admin_id": admin, "snoozed_until": until });
            restoring(ConversationSnooze, before, body)
        }
        _ => {
            let body = json!({ "message_type": "open", "admin_id": admin });
            restoring(ConversationOpen, before, body)
        }
    }
}

/// Assigns a thread to whom it was assigned.
pub fn assign_back(before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
    let was = ConversationAnswer::of(&before.object);
    let assigned = |kind: &str| {
        let old = if kind == "team" { was.team_assignee_id } else { was.admin_assignee_id };
        id_text(old).filter(|id| id != "0")
    };
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
        let step = restoring(ConversationAssign, before, assignment(kind, &by.admin_id, &id));
        restore.requests.extend(step.requests);
    }
    if was.state == "closed" {
        // Assigning opens a closed conversation (FACTS §5.4, state rule 2).
        restore.requests.extend(to_state(before, by).requests);
    }
    restore
}

/// An assignment of ours goes back if it still is.
pub fn was_assigned(before: &ReadBack, request: &Request, now: &ReadBack, by: &UndoBy) -> TakeBack {
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
    TakeBack::by(assign_back(before, request, by).requests)
}
