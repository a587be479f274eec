//! What is left to do for one record: its draft held against what is already in Intercom. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stamp::without_stamp;
use super::thread_state::{
    disturbs_state, is_opened_by, is_owed, reopens_closed, settles_state, was_reopened,
};
use crate::destination::intercom::family::{self, Shown};
use crate::destination::intercom::normalise::Content;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::files_in;
use crate::destination::intercom::step::{Step, id_of};
use crate::model::digest::Purpose;
use crate::model::{CanonicalJsonError, Digest, SourceKey, StepKey, canonical_json};
use crate::projection::{Effect, StepMap, StepState};

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
    /// Digest of what a reader sees of a message.
    pub content: Option<Digest>,
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
    states: &StepMap,
    policy: EditPolicy,
) -> Result<Remaining, CanonicalJsonError> {
    let (mut remaining, mut undrafted) = (Remaining::default(), Remaining::default());
    sort_undrafted(draft, states, &mut undrafted)?;
    let mut reopened = was_reopened(draft, states) || is_opened_by(&undrafted.removals, states);
    // Updates of nothing but the time at which the old help desk touched the thread last.
    let (mut stamps, mut owed) = (0, false);
    for step in draft {
        let digest = step.digest()?;
        let content = content_of(step.operation, &step.body)?;
        let todo = |step: Step, change| Todo { step, digest, content, change };
        let Some(top) = states.get(&step.key).and_then(StepState::top).filter(|top| !top.removes)
        else {
            reopened |= disturbs_state(step.operation);
            remaining.todo.push(todo(step.clone(), Change::Create));
            continue;
        };
        if top.digest == digest && amendments(&step.key, states).next().is_none() {
            if reopened && settles_state(step) {
                remaining.todo.push(todo(step.clone(), Change::Again));
            }
            continue;
        }
        if let Some(operation) = family::of(step.operation).update_of(step.operation) {
            if top.digest == digest {
                continue;
            }
            reopened |= disturbs_state(operation) || reopens_closed(operation, &step.key, draft);
            if content.is_some() && content == top.content {
                stamps += 1;
                owed |= is_owed(top, states);
            }
            let step = Step { operation, path: update_path(own, operation, step), ..step.clone() };
            remaining.todo.push(todo(step, Change::Update));
        } else if let Some(content) = content.filter(|_| policy == EditPolicy::Note)
            && !shows(top, content, digest, &step.key, states)
        {
            let key = amendment_key(&step.key, content, states);
            if let Some(note) = amendment(own, admin, step, key) {
                remaining.todo.push(todo(note, Change::Amend));
            }
        }
    }
    remaining.todo.extend(undrafted.todo);
    let Remaining { removals, stranded, .. } = undrafted;
    (remaining.removals, remaining.stranded) = (removals, stranded);
    // Such a time goes along with what else is written; alone it is no reason to touch a thread.
    if stamps == remaining.todo.len() && remaining.removals.is_empty() && !owed {
        remaining.todo.clear();
    }
    Ok(remaining)
}

/// Sorts steps in effect that are no longer drafted: what can be taken back, and what cannot.
fn sort_undrafted(
    draft: &[Step],
    states: &StepMap,
    remaining: &mut Remaining,
) -> Result<(), CanonicalJsonError> {
    let drafted: BTreeSet<&StepKey> = draft.iter().map(|step| &step.key).collect();
    for (key, state) in states {
        if drafted.contains(key) || !state.is_in_effect() || is_amendment(key) {
            continue;
        }
        if removable(state) {
            remaining.removals.push(key.clone());
        } else if let Some(step) = withdrawn(draft, key, state) {
            let digest = step.digest()?;
            if state.effective() != Some(digest) {
                let (content, change) = (None, Change::Update);
                remaining.todo.push(Todo { step, digest, content, change });
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
    let operation = operation_named(state.operation()).filter(|_| state.is_in_effect())?;
    let create = draft.iter().find(|step| step.operation == operation)?;
    let body = family::of(operation).cleared(operation, &create.body)?;
    Some(Step { key: key.clone(), body, carries: Vec::new(), ..create.clone() })
}

/// Whether an effect can be taken back without taking back the record's object.
fn removable(state: &StepState) -> bool {
    operation_named(state.operation())
        .is_some_and(|operation| family::of(operation).is_removable(operation))
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

/// The notes in Intercom that tell of edits of a message.
fn amendments<'a>(
    step: &StepKey,
    states: &'a StepMap,
) -> impl Iterator<Item = (&'a StepKey, &'a Effect)> {
    let from = StepKey(format!("{step}{AMENDMENT_MARK}"));
    let begins = from.clone();
    states
        .range(from..)
        .take_while(move |(key, _)| key.as_str().starts_with(begins.as_str()))
        .filter_map(|(key, state)| Some((key, state.top()?)))
}

/// Whether a reader of the thread has these words already: in the message, or in the latest note
/// that tells of its edit. Who said a message, when, and how it is laid out was given once and is
/// kept.
fn shows(top: &Effect, content: Digest, digest: Digest, step: &StepKey, states: &StepMap) -> bool {
    let latest = amendments(step, states).map(|(_, effect)| effect).max_by_key(|effect| effect.at);
    match latest.unwrap_or(top).content {
        Some(shown) => shown == content,
        // The first release kept the digest of the whole step only.
        None => {
            let short = short(digest);
            let told = |key: &StepKey| key.as_str().ends_with(&short);
            top.digest == digest || amendments(step, states).any(|(key, _)| told(key))
        }
    }
}

/// A name for the next note on a message.
fn amendment_key(step: &StepKey, content: Digest, states: &StepMap) -> StepKey {
    let first = StepKey(format!("{step}{AMENDMENT_MARK}{}", short(content)));
    let taken = |key: &StepKey| states.get(key).is_some_and(StepState::is_in_effect);
    if !taken(&first) {
        return first;
    }
    // It was edited to this before, and to something else since.
    let count = amendments(step, states).count();
    StepKey(format!("{first}-{count}"))
}

fn short(digest: Digest) -> String {
    digest.to_string()[..8].to_owned()
}

/// The note that tells of an edit.
fn amendment(own: &SourceKey, admin: &str, step: &Step, key: StepKey) -> Option<Step> {
    let family = family::of(step.operation);
    let Shown::Message(text) = family.shown(step.operation, &step.body) else { return None };
    let words = format!("<p>Edited in the old help desk after it was moved. Now:</p>{text}");
    let (note, body) = family.amendment(admin, words, &step.body)?;
    Some(Step {
        key,
        operation: note,
        path: update_path(own, note, &Step { path: BTreeMap::new(), ..step.clone() }),
        body,
        carries: step.carries.clone(),
    })
}

/// What a reader sees of a message, as a digest: its words without their layout, and its files by
/// their bytes. Two messages that are equal in this are the same message, wherever they stand and
/// whoever is said to have written them. Of a thread's own fields all but the time at which it was
/// touched last. `None` for what is neither.
///
/// # Errors
/// If a value has no canonical form.
pub fn content_of(
    operation: Operation,
    body: &Value,
) -> Result<Option<Digest>, CanonicalJsonError> {
    let text = match family::of(operation).shown(operation, body) {
        Shown::Message(text) => text,
        Shown::ThreadFields(place) => {
            let fields = canonical_json(&without_stamp(body, place))?;
            return Ok(Some(Digest::of(Purpose::Step, &fields)));
        }
        Shown::Nothing => return Ok(None),
    };
    let words: Vec<String> = shown_words(text);
    let files: BTreeSet<String> = files_in(body).into_iter().map(|file| file.sha256).collect();
    let shown = json!({ "words": words, "files": files });
    Ok(Some(Digest::of(Purpose::Step, &canonical_json(&shown)?)))
}

/// The words of a text as a reader sees them, without white space.
fn shown_words(html: &str) -> Vec<String> {
    Content::of_html(html).text.split_whitespace().map(str::to_owned).collect()
}

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
    use crate::destination::intercom::step::{FileHole, file_of};
    use crate::model::{DestinationId, Position, RunId, Timestamp};
    use crate::projection::EffectEnd;

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
    fn done(steps: &[Step]) -> StepMap {
        steps
            .iter()
            .map(|step| {
                let effect = Effect {
                    at: Position(1),
                    run: RunId([0; 16]),
                    intent_at: Position(0),
                    before: None,
                    operation: step.operation.name().to_owned(),
                    digest: step.digest().unwrap(),
                    content: content_of(step.operation, &step.body).unwrap(),
                    target: None,
                    object: Some(DestinationId::from("1")),
                    was_there: false,
                    removes: false,
                    end: EffectEnd::Stands,
                };
                let state = StepState { effects: vec![effect], ..StepState::default() };
                (step.key.clone(), state)
            })
            .collect()
    }

    /// The state after a note that tells of an edit was sent.
    fn told(todo: &Todo, at: u64) -> StepMap {
        let mut states = done(std::slice::from_ref(&todo.step));
        for state in states.values_mut() {
            state.effects[0].content = todo.content;
            state.effects[0].at = Position(at);
        }
        states
    }

    fn left(draft: &[Step], states: &StepMap) -> Remaining {
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
    fn a_closed_ticket_is_closed_again_after_any_change() {
        let own = own();
        let change =
            |key: &str, body: Value| Step { body, ..payload::close(key.into(), &own, "7") };
        let update = |key: &str, body: Value| Step {
            operation: Operation::TicketUpdate,
            ..change(key, body)
        };
        for (open, expected) in [(false, vec!["fields", "state"]), (true, vec!["fields"])] {
            let draft = |title: &str| {
                let state = json!({ "ticket_state_id": "3", "open": open });
                let fields = json!({ "ticket_attributes": { "_default_title_": title } });
                vec![update("fields", fields), update("state", state)]
            };
            let todo = left(&draft("new"), &done(&draft("old"))).todo;
            let keys: Vec<&str> = todo.iter().map(|todo| todo.step.key.as_str()).collect();
            assert_eq!(keys, expected, "open {open}");
        }
    }

    #[test]
    fn an_edited_reply_becomes_one_note_and_only_once() {
        let new = draft("b", false);
        let mut states = done(&draft("a", false));
        let todo = left(&new, &states).todo;
        assert_eq!(todo.len(), 1);
        assert_eq!(todo[0].change, Change::Amend);
        assert!(todo[0].step.body["body"].as_str().unwrap().ends_with('b'));
        states.extend(told(&todo[0], 2));
        assert!(left(&new, &states).todo.is_empty());
    }

    #[test]
    fn the_time_of_the_last_touch_alone_is_no_reason_to_write() {
        let with = |touched: i64, status: &str, text: &str| {
            let mut steps = draft(text, false);
            let attributes = json!({ "itco_updated_at": touched, "itco_status": status });
            let mut step = steps[1].clone();
            step.key = "attributes".into();
            step.operation = Operation::ConversationUpdate;
            step.body = json!({ "title": "Hello", "custom_attributes": attributes });
            steps.push(step);
            steps
        };
        let states = done(&with(1, "new", "a"));
        assert_eq!(left(&with(2, "new", "a"), &states), Remaining::default());
        let keys = |left: Remaining| -> Vec<String> {
            left.todo.iter().map(|todo| todo.step.key.to_string()).collect()
        };
        assert_eq!(keys(left(&with(2, "old", "a"), &states)), ["attributes"]);
        let both = keys(left(&with(2, "new", "b"), &states));
        assert_eq!(both.len(), 2, "it goes along with what else is written: {both:?}");
    }

    #[test]
    fn a_state_that_is_gone_is_taken_back() {
        let left = left(&draft("a", false), &done(&draft("a", true)));
        assert_eq!(left.removals, [StepKey::from("state")]);
    }

    #[test]
    fn a_file_that_came_later_goes_with_the_note() {
        let mut new = draft("a", false);
        let late = FileHole {
            key: "deskero/attachment/9".parse().unwrap(),
            name: "late.txt".into(),
            content_type: "text/plain".into(),
            path: "files/late.txt".into(),
            sha256: "ab".repeat(32),
            size_bytes: 3,
        };
        new[1].body["attachment_files"] = json!([file_of(&late)]);
        let todo = left(&new, &done(&draft("a", false))).todo;
        assert_eq!(todo[0].change, Change::Amend);
        assert_eq!(files_in(&todo[0].step.body), std::slice::from_ref(&late));
        // The same bytes under a new id are the same file.
        let renamed = FileHole { key: "deskero/attachment/10".parse().unwrap(), ..late };
        let mut again = new.clone();
        again[1].body["attachment_files"] = json!([file_of(&renamed)]);
        assert_eq!(left(&again, &done(&new)), Remaining::default());
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
    fn who_said_a_message_and_how_it_is_laid_out_is_no_edit() {
        let old = draft("<p>The  bike</p>", false);
        let mut new = draft("<p>The bike</p>\r\n", false);
        new[1].body["admin_id"] = json!("9");
        assert_eq!(left(&new, &done(&old)), Remaining::default());
    }

    #[test]
    fn an_edit_and_its_taking_back_are_two_notes() {
        let first = draft("a", false);
        let mut states = done(&first);
        for (text, notes) in [("b", 1), ("b", 0), ("a", 1), ("a", 0), ("b", 1), ("b", 0)] {
            let todo = left(&draft(text, false), &states).todo;
            assert_eq!(todo.len(), notes, "{text}");
            for (number, one) in todo.into_iter().enumerate() {
                let at = 10 + states.len() as u64 + number as u64;
                states.extend(told(&one, at));
            }
        }
    }

    #[test]
    fn what_was_taken_off_is_put_on_again_when_it_is_wanted() {
        let steps = draft("a", true);
        let mut states = done(&steps);
        let state = states.get_mut(&StepKey::from("state")).unwrap();
        let off = Effect { removes: true, at: Position(2), ..state.effects[0].clone() };
        state.effects.push(off);
        assert_eq!(left(&draft("a", false), &states), Remaining::default());
        let todo = left(&steps, &states).todo;
        assert_eq!((todo.len(), todo[0].change), (1, Change::Create));
    }
}
