//! What the operations on conversations do, and how they are compared and taken back (FACTS §5.4).

use serde_json::{Map, Value, json};

use crate::model::DestinationId;

use super::super::super::change::{Restore, TakeBack, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::super::address::{both, in_path, parent_name, to_object};
use super::super::compared::is_in;
use super::super::contract::{Family, Leaves, Shown};
use super::super::member::Members;
use super::super::old_values::OldValues;
use super::super::thread::compared::reply;
use super::super::thread::note;
use super::super::thread::whole::compare_whole;
use super::super::weighed::Weighed;
use super::answer::ConversationAnswer;
use super::placed::{assign_back, assignment, state, to_state, was_assigned};
use super::state::State;

/// Conversations.
#[derive(Debug)]
pub struct Conversations;

/// Where the workspace's own attributes stand.
const ATTRIBUTES: &str = "custom_attributes";

static FIELDS: Fields = Fields {
    rows: &[("title", "/title", Rule::Text)],
    attributes: Some((ATTRIBUTES, ATTRIBUTES)),
    fixed: &[],
};

/// What a look-up for a conversation goes by.
pub const TOLD_BY: [&str; 2] = ["from", "created_at"];

impl Family for Conversations {
    fn place(&self) -> (&'static str, &'static str) {
        ("/conversations/{conversation_id}", "conversation_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn people_fill(&self) -> &'static [&'static str] {
        &["title"]
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        operation == ConversationUpdate
    }

    fn compare_all(
        &self,
        steps: &[ResolvedStep],
        back: &ReadBack,
        ids: &StepIds,
        out: &mut Comparisons,
    ) {
        for step in steps {
            match step.request.operation {
                ConversationCreate => source(&step.request, &back.object, out),
                ConversationUpdate => company(&step.request, &back.object, out),
                operation if self.is_reply(operation) => reply(step, back, ids, out),
                _ => {}
            }
        }
        State::of(steps).compare(back, out);
    }

    fn compare_whole(
        &self,
        steps: &[ResolvedStep],
        back: &ReadBack,
        ids: &StepIds,
        out: &mut Comparisons,
    ) {
        compare_whole(steps, back, ids, out);
    }

    fn puts(&self, request: &Request, list: Members, member: &Value) -> bool {
        list == Members::Tags
            && request.operation == ConversationTag
            && is_in(std::slice::from_ref(member), request.text("id"))
    }

    fn brings(&self, request: &Request) -> Option<DestinationId> {
        let id = match request.operation {
            ConversationCreate => &request.field("from")?["id"],
            ConversationParticipantAdd => &request.field("customer")?["intercom_user_id"],
            _ => return None,
        };
        id_text(id).map(DestinationId::from)
    }

    fn assigns(&self, request: &Request) -> bool {
        request.operation == ConversationAssign
    }

    fn causes(&self, request: &Request) -> Option<(&'static str, usize)> {
        Some(match request.operation {
            ConversationAssign => ("assignment", 1),
            ConversationClose => ("close", 1),
            ConversationSnooze => ("snoozed", 1),
            ConversationOpen => ("open", 1),
            ConversationParticipantAdd => ("participant_added", 1),
            ConversationParticipantRemove => ("participant_removed", 1),
            ConversationUpdate => {
                let sent = request.field(ATTRIBUTES).and_then(Value::as_object);
                ("attribute", sent.map_or(1, Map::len))
            }
            _ => return None,
        })
    }

    fn linked(&self, request: &Request, back: &ReadBack) -> Option<bool> {
        let people = || ConversationAnswer::of(&back.object).contacts;
        match request.operation {
            ConversationTag => Some(is_in(&back.tags, request.text("id"))),
            ConversationUntag => Some(is_in(&back.tags, in_path(request, "tag_id"))),
            ConversationParticipantAdd => {
                let person = id_text(&request.field("customer")?["intercom_user_id"]);
                Some(is_in(people(), person))
            }
            ConversationParticipantRemove => Some(is_in(people(), in_path(request, "contact_id"))),
            _ => None,
        }
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        by: &UndoBy,
    ) -> Option<Request> {
        let parent = || parent_name(request.operation);
        let admin = || json!({ "admin_id": by.admin_id });
        let thread = || in_path(request, parent()?);
        match request.operation {
            ConversationCreate => to_object(to, object),
            operation if self.is_reply(operation) => Some(Request::new(to).body(json!({
                "type": "conversation_part",
                "conversation_id": thread()?,
                "conversation_part_id": object,
            }))),
            ConversationTag => {
                Some(both(to, request, parent()?, ("tag_id", request.text("id")?))?.body(admin()))
            }
            ConversationUntag => {
                let tag = json!({ "id": in_path(request, "tag_id")?, "admin_id": by.admin_id });
                Some(Request::new(to).with(parent()?, thread()?).body(tag))
            }
            ConversationParticipantAdd => {
                let person = request.field("customer")?["intercom_user_id"].as_str()?.to_owned();
                Some(both(to, request, parent()?, ("contact_id", person))?.body(admin()))
            }
            ConversationParticipantRemove => {
                let person = json!({ "intercom_user_id": in_path(request, "contact_id")? });
                let body = json!({ "admin_id": by.admin_id, "customer": person });
                Some(Request::new(to).with(parent()?, thread()?).body(body))
            }
            _ => None,
        }
    }

    fn restore(&self, before: &ReadBack, request: &Request, by: &UndoBy) -> Restore {
        match request.operation {
            ConversationAssign => assign_back(before, request, by),
            ConversationClose | ConversationOpen | ConversationSnooze => state(before, request, by),
            ConversationUpdate => {
                OldValues::of(&FIELDS, before, request).by(ConversationUpdate, before)
            }
            _ => Restore::default(),
        }
    }

    fn take_back(
        &self,
        before: &ReadBack,
        request: &Request,
        now: &ReadBack,
        by: &UndoBy,
    ) -> Option<TakeBack> {
        match request.operation {
            ConversationClose | ConversationSnooze | ConversationOpen => {
                Some(was_set(before, request, now, by))
            }
            ConversationAssign => Some(was_assigned(before, request, now, by)),
            ConversationConvert => None,
            _ => {
                let weighed = Weighed::of(&FIELDS, before, request, now)?;
                let back = self.restore(before, &weighed.unchanged(request), by);
                Some(weighed.taken_back(back, before, now))
            }
        }
    }

    fn settle_again(&self, before: &ReadBack, now: &ReadBack, by: &UndoBy) -> Vec<Request> {
        let (was, is) = (state_of(before), state_of(now));
        if was != is && is == "open" && was.is_string() {
            to_state(before, by).requests
        } else {
            Vec::new()
        }
    }

    fn off(&self, put_on: &Request, admin: &str) -> Option<Request> {
        let thread = || in_path(put_on, "conversation_id");
        match put_on.operation {
            ConversationClose | ConversationSnooze => Some(
                Request::new(ConversationOpen)
                    .with("conversation_id", thread()?)
                    .body(json!({ "message_type": "open", "admin_id": admin })),
            ),
            ConversationAssign => Some(
                Request::new(ConversationAssign)
                    .with("conversation_id", thread()?)
                    .body(assignment("admin", admin, "0")),
            ),
            _ => None,
        }
    }

    /// The request that empties relationship attributes, if the update wrote nothing else.
    fn emptied(&self, sent: &Request) -> Option<Request> {
        let body = sent.body.as_ref()?.as_object()?;
        let values = body.get(ATTRIBUTES)?.as_object()?;
        if body.len() > 1 || !values.values().all(Value::is_array) {
            return None;
        }
        let empty: Map<_, _> = values.keys().map(|name| (name.clone(), json!([]))).collect();
        let request = Request::new(ConversationUpdate)
            .with("conversation_id", sent.path_value("conversation_id")?);
        Some(request.body(json!({ ATTRIBUTES: empty })))
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        match operation {
            ConversationDelete => {
                Some(("metrics_retained", "reports keep a row for the deleted conversation"))
            }
            ConversationRedactPart => {
                Some(("message_redacted", "the message is empty, its place in the thread stays"))
            }
            _ => None,
        }
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        !matches!(
            operation,
            ConversationCreate
                | ConversationRedactPart
                | ConversationRedactSource
                | ConversationDelete
        )
    }

    fn sets_link(&self, operation: Operation) -> bool {
        matches!(operation, ConversationTag | ConversationParticipantAdd)
    }

    fn links(&self, operation: Operation) -> bool {
        operation == ConversationTag
    }

    fn is_removable(&self, operation: Operation) -> bool {
        matches!(
            operation,
            ConversationTag | ConversationAssign | ConversationClose | ConversationSnooze
        )
    }

    fn changes_thread(&self, operation: Operation) -> bool {
        matches!(
            operation,
            ConversationOpen
                | ConversationClose
                | ConversationSnooze
                | ConversationAssign
                | ConversationUpdate
                | ConversationTag
                | ConversationUntag
                | ConversationParticipantAdd
                | ConversationParticipantRemove
        )
    }

    fn disturbs_state(&self, operation: Operation) -> bool {
        matches!(
            operation,
            ConversationContactReply | ConversationAdminComment | ConversationAssign
        )
    }

    fn settles_state(&self, operation: Operation, _is_state: bool) -> bool {
        matches!(operation, ConversationSnooze | ConversationClose | ConversationOpen)
    }

    fn closes(&self, operation: Operation, _body: &Value) -> bool {
        operation == ConversationClose
    }

    fn is_reply(&self, operation: Operation) -> bool {
        matches!(operation, ConversationContactReply | ConversationAdminComment | ConversationNote)
    }

    fn shown<'a>(&self, operation: Operation, body: &'a Value) -> Shown<'a> {
        match operation {
            ConversationUpdate => Shown::ThreadFields(ATTRIBUTES),
            ConversationCreate
            | ConversationContactReply
            | ConversationAdminComment
            | ConversationNote => note::text(body).map_or(Shown::Nothing, Shown::Message),
            _ => Shown::Nothing,
        }
    }

    fn amendment(&self, admin: &str, words: String, said: &Value) -> Option<(Operation, Value)> {
        Some((ConversationNote, note::amending(admin, words, said)))
    }

    fn thread_id<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.path_value("conversation_id")
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        let sets = matches!(
            operation,
            ConversationUpdate
                | ConversationAssign
                | ConversationSnooze
                | ConversationClose
                | ConversationOpen
        );
        sets.then_some(operation)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == ConversationUpdate
    }

    fn sets_attributes(&self, operation: Operation) -> bool {
        operation == ConversationUpdate
    }
}

fn state_of(back: &ReadBack) -> &Value {
    ConversationAnswer::of(&back.object).state
}

/// A state that we set goes back if it still is that state.
fn was_set(before: &ReadBack, request: &Request, now: &ReadBack, by: &UndoBy) -> TakeBack {
    let ours = super::placed::word(request.operation);
    let (was, is) = (state_of(before), state_of(now));
    if was == is {
        TakeBack::default()
    } else if is != ours {
        TakeBack::keep("state", was.clone(), json!(ours), is.clone())
    } else {
        TakeBack::by(to_state(before, by).requests)
    }
}

/// Compares the message that a conversation began with.
fn source(request: &Request, read: &Value, out: &mut Comparisons) {
    let field = |name: &str| request.field(name).cloned().unwrap_or(Value::Null);
    let read = ConversationAnswer::of(read);
    let read_source = read.source;
    out.add("source.body".into(), Rule::Plain, &field("body"), &read_source["body"]);
    let from = &field("from")["id"];
    out.add("source.author".into(), Rule::Id, from, &read_source["author"]["id"]);
    out.add("created_at".into(), Rule::Time, &field("created_at"), read.created_at);
}

fn company(request: &Request, read: &Value, out: &mut Comparisons) {
    if let Some(sent) = request.field("company_id") {
        out.add("company_id".into(), Rule::Id, sent, &ConversationAnswer::of(read).company["id"]);
    }
}
