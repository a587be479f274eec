//! What is left to do for one record: its draft held against what is already in Intercom. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::step::{Step, id_of};
use crate::model::lifecycle::StepStage;
use crate::model::{CanonicalJsonError, Digest, SourceKey, StepKey};
use crate::projection::StepState;

/// Why a step is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Never done, or undone.
    Create,
    /// Done with other content; only what differs is sent.
    Update,
    /// Done, but a step before it disturbs its effect.
    Again,
    /// Cannot be edited in Intercom: the new text follows as a note.
    Amend,
}

/// One step that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Todo {
    /// What to send.
    pub step: Step,
    /// Digest that is recorded as in effect afterwards.
    pub digest: Digest,
    /// Why.
    pub change: Change,
}

/// What is left to do, and what was left alone on purpose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remaining {
    /// Steps in order.
    pub todo: Vec<Todo>,
    /// Steps in effect that are no longer drafted and can be taken back; they come first, so
    /// that the state set last stays last.
    pub removals: Vec<StepKey>,
    /// Steps in effect that are no longer drafted and that nothing can take back.
    pub stranded: Vec<StepKey>,
}

/// What to do about a message that changed or disappeared at the source after it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EditPolicy {
    /// Add a note with the new text.
    #[default]
    Note,
    /// Leave it.
    Ignore,
}

/// What is left to do for the record `own`; notes and removals are made in the name of `admin`.
///
/// # Errors
/// If a step has no canonical form.
pub fn remaining(
    own: &SourceKey,
    admin: &str,
    draft: &[Step],
    states: &BTreeMap<StepKey, StepState>,
    policy: EditPolicy,
) -> Result<Remaining, CanonicalJsonError> {
    let mut remaining = Remaining::default();
    let mut reopened = false;
    for step in draft {
        let digest = step.digest()?;
        let state = states.get(&step.key);
        if state.is_some_and(|state| state.stage == StepStage::Undoing) {
            // A removal was cut short: it is finished before the step is done anew.
            remaining.removals.push(step.key.clone());
        }
        let in_effect = state.filter(|state| state.stage.is_in_effect());
        let Some(state) = in_effect else {
            reopened |= disturbs_state(step.operation);
            remaining.todo.push(Todo { step: step.clone(), digest, change: Change::Create });
            continue;
        };
        if state.effective == Some(digest) {
            if reopened && settles_state(step) {
                remaining.todo.push(Todo { step: step.clone(), digest, change: Change::Again });
            }
            continue;
        }
        if let Some(operation) = update_of(step.operation) {
            reopened |= disturbs_state(operation);
            let step = Step { operation, path: update_path(own, operation, step), ..step.clone() };
            remaining.todo.push(Todo { step, digest, change: Change::Update });
        } else if policy == EditPolicy::Note
            && let Some(note) = amendment(own, admin, step, digest)
            && states.get(&note.key).is_none_or(|state| !state.stage.is_in_effect())
        {
            remaining.todo.push(Todo { digest, step: note, change: Change::Amend });
        }
    }
    sort_undrafted(draft, states, &mut remaining)?;
    Ok(remaining)
}

/// Sorts steps in effect that are no longer drafted: what can be taken back, and what cannot.
fn sort_undrafted(
    draft: &[Step],
    states: &BTreeMap<StepKey, StepState>,
    remaining: &mut Remaining,
) -> Result<(), CanonicalJsonError> {
    let drafted: BTreeSet<&StepKey> = draft.iter().map(|step| &step.key).collect();
    for (key, state) in states {
        let in_effect = state.stage.is_in_effect() || state.stage == StepStage::Undoing;
        if drafted.contains(key) || !in_effect || is_amendment(key) {
            continue;
        }
        if removable(state) {
            remaining.removals.push(key.clone());
        } else if let Some(step) = withdrawn(draft, key, state) {
            let digest = step.digest()?;
            if state.effective != Some(digest) {
                remaining.todo.push(Todo { step, digest, change: Change::Update });
            }
        } else {
            remaining.stranded.push(key.clone());
        }
    }
    Ok(())
}

/// The step that says nothing any more in place of one that gave a custom object references: what
/// it gave is cleared.
fn withdrawn(draft: &[Step], key: &StepKey, state: &StepState) -> Option<Step> {
    let references = operation_named(&state.operation) == Some(Operation::ObjectUpsert);
    let create = draft.iter().find(|step| step.operation == Operation::ObjectUpsert);
    let create = create.filter(|_| references && state.stage.is_in_effect())?;
    let mut body = create.body.clone();
    body.as_object_mut()?.retain(|name, _| name == "external_id");
    body["custom_attributes"] = json!({});
    Some(Step { key: key.clone(), body, carries: Vec::new(), ..create.clone() })
}

/// Whether an effect can be taken back without taking back the record's object.
fn removable(state: &StepState) -> bool {
    operation_named(&state.operation).is_some_and(|operation| {
        matches!(
            operation,
            Operation::ContactTag
                | Operation::TicketTag
                | Operation::ContactCompanyAttach
                | Operation::ConversationTag
                | Operation::ArticleTag
                | Operation::ConversationAssign
                | Operation::ConversationClose
                | Operation::ConversationSnooze
        )
    })
}

/// The operation of a name in the ledger.
pub fn operation_named(name: &str) -> Option<Operation> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

/// Marks the note that stands for an edit: `part:…~<digest>`.
const AMENDMENT_MARK: char = '~';

fn is_amendment(key: &StepKey) -> bool {
    key.as_str().contains(AMENDMENT_MARK)
}

/// The note that tells of an edit: Intercom cannot change a part (FACTS §5.4).
fn amendment(own: &SourceKey, admin: &str, step: &Step, digest: Digest) -> Option<Step> {
    let said = matches!(
        step.operation,
        Operation::ConversationCreate
            | Operation::ConversationContactReply
            | Operation::ConversationAdminComment
            | Operation::ConversationNote
            | Operation::TicketContactReply
            | Operation::TicketAdminComment
            | Operation::TicketNote
    );
    let text = step.body.get("body").and_then(Value::as_str).filter(|_| said)?;
    let short = digest.to_string()[..8].to_owned();
    let mut body = json!({
        "message_type": "note",
        "type": "admin",
        "admin_id": admin,
        "body": format!("<p>Edited in the old help desk after it was moved. Now:</p>{text}"),
        "skip_notifications": true,
    });
    // The note stands beside the message it amends, and can be told apart by its time (FACTS §9).
    if let Some(at) = step.body.get("created_at") {
        body["created_at"] = at.clone();
    }
    // A file that came later has to be sent; Intercom cannot tell which ones it has.
    if let Some(files) = step.body.get("attachment_files") {
        body["attachment_files"] = files.clone();
    }
    let note = match ObjectKind::of(step.operation) {
        ObjectKind::Ticket => Operation::TicketNote,
        _ => Operation::ConversationNote,
    };
    Some(Step {
        key: StepKey(format!("{}{AMENDMENT_MARK}{short}", step.key)),
        operation: note,
        path: update_path(own, note, &Step { path: BTreeMap::new(), ..step.clone() }),
        body,
        carries: step.carries.clone(),
    })
}

/// The operation that changes what `operation` made; `None` if nothing can.
fn update_of(operation: Operation) -> Option<Operation> {
    use Operation as O;
    match operation {
        O::ContactCreate | O::ContactUpdate => Some(O::ContactUpdate),
        O::CompanyUpsert => Some(O::CompanyUpsert),
        O::CollectionCreate | O::CollectionUpdate => Some(O::CollectionUpdate),
        O::ArticleCreate | O::ArticleUpdate => Some(O::ArticleUpdate),
        O::ConversationUpdate => Some(O::ConversationUpdate),
        O::ConversationAssign => Some(O::ConversationAssign),
        O::ConversationSnooze => Some(O::ConversationSnooze),
        O::ConversationClose => Some(O::ConversationClose),
        O::ConversationOpen => Some(O::ConversationOpen),
        O::InternalArticleCreate | O::InternalArticleUpdate => Some(O::InternalArticleUpdate),
        O::TicketCreate | O::TicketUpdate => Some(O::TicketUpdate),
        O::ObjectUpsert => Some(O::ObjectUpsert),
        _ => None,
    }
}

/// Operations that may reopen a closed or wake a snoozed conversation (FACTS §5.4).
fn disturbs_state(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ConversationContactReply
            | Operation::ConversationAdminComment
            | Operation::ConversationAssign
            | Operation::TicketContactReply
            | Operation::TicketAdminComment
    )
}

fn settles_state(step: &Step) -> bool {
    let operation = step.operation;
    matches!(
        operation,
        Operation::ConversationSnooze | Operation::ConversationClose | Operation::ConversationOpen
    ) || (operation == Operation::TicketUpdate && step.key.as_str() == STATE_STEP)
}

/// The step that sets a thread's state.
const STATE_STEP: &str = "state";

/// Path of an update: creates have none, updates address the record's own object.
fn update_path(own: &SourceKey, operation: Operation, step: &Step) -> BTreeMap<String, Value> {
    let template = operation.spec().path;
    let parameter = template.split('{').nth(1).and_then(|rest| rest.split('}').next());
    match parameter {
        Some(name) if step.path.is_empty() => BTreeMap::from([(name.to_owned(), id_of(own))]),
        _ => step.path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::intercom::payload::conversation as payload;
    use crate::destination::intercom::payload::object::{self, ObjectBody};
    use crate::model::{DestinationId, Timestamp};

    fn own() -> SourceKey {
        "deskero/ticket/1".parse().unwrap()
    }

    fn draft(text: &str, state: bool) -> Vec<Step> {
        let contact: SourceKey = "deskero/customer/1".parse().unwrap();
        let start = Timestamp(5_000);
        let message = payload::Message { body: text, created_at: Timestamp(9_000), files: &[] };
        let mut steps = vec![
            payload::create("create".into(), &contact, "Hello", start),
            payload::contact_reply("part:a".into(), &own(), &contact, &message),
        ];
        if state {
            steps.push(payload::close("state".into(), &own(), "7"));
        }
        steps
    }

    /// States after everything in a draft was done.
    fn done(steps: &[Step]) -> BTreeMap<StepKey, StepState> {
        steps
            .iter()
            .map(|step| {
                let state = StepState {
                    stage: StepStage::Done,
                    effective: Some(step.digest().unwrap()),
                    operation: step.operation.spec().name.to_owned(),
                    object: Some(DestinationId::from("1")),
                    ..StepState::default()
                };
                (step.key.clone(), state)
            })
            .collect()
    }

    fn left(draft: &[Step], states: &BTreeMap<StepKey, StepState>) -> Remaining {
        remaining(&own(), "7", draft, states, EditPolicy::Note).unwrap()
    }

    #[test]
    fn what_is_done_is_not_done_again() {
        let steps = draft("a", true);
        assert_eq!(left(&steps, &done(&steps)), Remaining::default());
    }

    #[test]
    fn a_new_reply_is_appended_and_the_state_set_again() {
        let old = draft("a", true);
        let mut new = old.clone();
        let mut reply = old[1].clone();
        reply.key = "part:b".into();
        new.insert(2, reply);
        let todo = left(&new, &done(&old)).todo;
        let changes: Vec<_> =
            todo.iter().map(|todo| (todo.step.key.as_str(), todo.change)).collect();
        assert_eq!(changes, [("part:b", Change::Create), ("state", Change::Again)]);
    }

    #[test]
    fn an_edited_reply_becomes_one_note_and_only_once() {
        let new = draft("b", false);
        let mut states = done(&draft("a", false));
        let todo = left(&new, &states).todo;
        assert_eq!(todo.len(), 1);
        assert_eq!(todo[0].change, Change::Amend);
        assert!(todo[0].step.body["body"].as_str().unwrap().ends_with('b'));
        states.extend(done(&[todo[0].step.clone()]));
        assert!(left(&new, &states).todo.is_empty());
    }

    #[test]
    fn a_state_that_is_gone_is_taken_back() {
        let left = left(&draft("a", false), &done(&draft("a", true)));
        assert_eq!(left.removals, [StepKey::from("state")]);
    }

    #[test]
    fn a_file_that_came_later_goes_with_the_note() {
        let mut new = draft("a", false);
        new[1].body["attachment_files"] = json!([{ "name": "late.txt" }]);
        let todo = left(&new, &done(&draft("a", false))).todo;
        assert_eq!(todo[0].change, Change::Amend);
        assert_eq!(todo[0].step.body["attachment_files"][0]["name"], "late.txt");
    }

    #[test]
    fn references_that_are_gone_are_cleared_once() {
        let body = |attributes: Value| ObjectBody {
            external_id: "x:1".into(),
            custom_attributes: attributes.as_object().unwrap().clone().into_iter().collect(),
            ..ObjectBody::default()
        };
        let create = object::upsert("create".into(), "ci", &body(json!({ "name": "a" })));
        let refer = object::upsert("references".into(), "ci", &body(json!({ "to": ["7"] })));
        let states = done(&[create.clone(), refer]);
        let todo = left(std::slice::from_ref(&create), &states).todo;
        assert_eq!((todo.len(), todo[0].change), (1, Change::Update));
        assert_eq!(todo[0].step.body, json!({ "external_id": "x:1", "custom_attributes": {} }));
        let again = done(&[create.clone(), todo[0].step.clone()]);
        assert_eq!(left(&[create], &again), Remaining::default());
    }

    #[test]
    fn a_removal_that_was_cut_short_is_finished_first() {
        let steps = draft("a", true);
        let mut states = done(&steps);
        states.get_mut(&StepKey::from("state")).unwrap().stage = StepStage::Undoing;
        let left = left(&steps, &states);
        assert_eq!(left.removals, [StepKey::from("state")]);
        assert_eq!(left.todo.len(), 1);
    }
}
