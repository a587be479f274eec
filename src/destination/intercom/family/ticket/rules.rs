//! What the operations on tickets do, and how they are compared and taken back (FACTS §5.5).

use serde_json::{Map, Value, json};

use crate::model::DestinationId;

use super::super::super::change::{Restore, TakeBack, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::super::verdict::{
    Comparisons, FieldComparison, ResolvedStep, StepIds, Verdict, member,
};
use super::super::address::{both, in_path, parent_name, to_object};
use super::super::compared::fields as compare_fields;
use super::super::compared::is_in;
use super::super::contract::{Family, Leaves, Shown};
use super::super::member::Members;
use super::super::old_values::OldValues;
use super::super::thread::compared::{LOSS_SNOOZE_OVER, assigned, assignees, people, reply};
use super::super::thread::note;
use super::super::weighed::Weighed;
use super::answer::TicketAnswer;
use super::whole::compare_whole;

/// Tickets.
#[derive(Debug)]
pub struct Tickets;

static FIELDS: Fields =
    Fields { rows: &[], attributes: Some(("ticket_attributes", "ticket_attributes")), fixed: &[] };

/// Said with every update: nobody is told.
const QUIET: &str = "skip_notifications";

/// Fields of a create that no update takes.
const CREATE_ONLY: [&str; 4] =
    ["ticket_type_id", "contacts", "created_at", "conversation_to_link_id"];

/// What a look-up for a ticket goes by.
pub const TOLD_BY: [&str; 3] = ["contacts", "created_at", "ticket_type_id"];

impl Family for Tickets {
    fn place(&self) -> (&'static str, &'static str) {
        ("/tickets/{ticket_id}", "ticket_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, TicketCreate | TicketUpdate)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, _ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        let links = TicketAnswer::of(&back.object).linked_objects;
        match request.operation {
            TicketLink => member(request.text("conversation_id"), links, ("link", true), out),
            TicketUnlink => {
                member(in_path(request, "conversation_id"), links, ("link", false), out);
            }
            operation if self.writes_fields(operation) => {
                compare_fields(&FIELDS, request, back, out);
            }
            _ => {}
        }
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
                TicketCreate => created(&step.request, &back.object, out),
                TicketUpdate => state(step, &back.object, out),
                operation if self.is_reply(operation) => reply(step, back, ids, out),
                _ => {}
            }
        }
        let mut tags = std::collections::BTreeMap::new();
        for request in steps.iter().map(|step| &step.request) {
            match request.operation {
                TicketTag => drop(tags.insert(request.text("id").unwrap_or_default(), true)),
                TicketUntag => {
                    tags.insert(in_path(request, "tag_id").unwrap_or_default(), false);
                }
                _ => {}
            }
        }
        for (tag, wanted) in tags {
            member(Some(tag), &back.tags, ("tag", wanted), out);
        }
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
            && request.operation == TicketTag
            && is_in(std::slice::from_ref(member), request.text("id"))
    }

    fn brings(&self, request: &Request) -> Option<DestinationId> {
        let people = request.field("contacts").filter(|_| request.operation == TicketCreate)?;
        id_text(&people[0]["id"]).map(DestinationId::from)
    }

    fn assigns(&self, request: &Request) -> bool {
        request.field("assignee_id").is_some()
    }

    fn causes(&self, request: &Request) -> Option<(&'static str, usize)> {
        matches!(request.operation, TicketUpdate | TicketCreate).then_some(("ticket", 1))
    }

    fn linked(&self, request: &Request, back: &ReadBack) -> Option<bool> {
        let links = || TicketAnswer::of(&back.object).linked_objects;
        match request.operation {
            TicketTag => Some(is_in(&back.tags, request.text("id"))),
            TicketUntag => Some(is_in(&back.tags, in_path(request, "tag_id"))),
            TicketLink => Some(is_in(links(), request.text("conversation_id"))),
            TicketUnlink => Some(is_in(links(), in_path(request, "conversation_id"))),
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
        let ticket = || in_path(request, parent()?);
        match request.operation {
            TicketCreate => to_object(to, object),
            TicketTag => {
                let off = both(to, request, parent()?, ("tag_id", request.text("id")?))?;
                Some(off.body(json!({ "admin_id": by.admin_id })))
            }
            TicketUntag => {
                let tag = json!({ "id": in_path(request, "tag_id")?, "admin_id": by.admin_id });
                Some(Request::new(to).with(parent()?, ticket()?).body(tag))
            }
            TicketLink => {
                let other = ("conversation_id", request.text("conversation_id")?);
                both(to, request, parent()?, other)
            }
            TicketUnlink => {
                let other = json!({ "conversation_id": in_path(request, "conversation_id")? });
                Some(Request::new(to).with(parent()?, ticket()?).body(other))
            }
            _ => None,
        }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        if request.operation != TicketUpdate {
            return Restore::default();
        }
        let mut back = OldValues::of(&FIELDS, before, request);
        let old = TicketAnswer::of(&before.object);
        if let Some(sent) = request.field("ticket_state_id")
            && !same_id(sent, &old.ticket_state["id"])
        {
            back.body.insert("ticket_state_id".into(), old.ticket_state["id"].clone());
        }
        if request.field("assignee_id").is_some() {
            let set = assignees(&before.object).into_iter().find(|id| !same_id(id, &Value::Null));
            let id = set.and_then(id_text).unwrap_or_else(|| "0".into());
            back.body.insert("assignee_id".into(), json!(id));
        }
        if !back.body.is_empty() {
            back.body.insert(QUIET.into(), json!(true));
        }
        back.by(TicketUpdate, before)
    }

    fn take_back(
        &self,
        before: &ReadBack,
        request: &Request,
        now: &ReadBack,
        by: &UndoBy,
    ) -> Option<TakeBack> {
        let mut weighed = Weighed::of(&FIELDS, before, request, now)?;
        if let Some(ours) = request.field("ticket_state_id") {
            let id = |back: &ReadBack| TicketAnswer::of(&back.object).ticket_state["id"].clone();
            weighed.weigh("ticket_state_id", (Rule::Id, ours), id(before), id(now));
        }
        if let Some(ours) = request.field("assignee_id") {
            let (was, is) = (assigned(before), assigned(now));
            let given = is.iter().flatten().any(|id| same_id(&json!(id), ours));
            match (was == is, given) {
                (true, _) => {}
                (false, true) => weighed.still_ours("assignee_id", ours),
                (false, false) => {
                    weighed.keep("assignee", json!(was), ours.clone(), json!(is));
                }
            }
        }
        let back = self.restore(before, &weighed.unchanged(request), by);
        Some(weighed.taken_back(back, before, now))
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        (operation == TicketDelete)
            .then_some(("metrics_retained", "reports keep a row for the deleted ticket"))
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        !matches!(operation, TicketCreate | TicketDelete)
    }

    fn sets_link(&self, operation: Operation) -> bool {
        matches!(operation, TicketTag | TicketLink)
    }

    fn links(&self, operation: Operation) -> bool {
        operation == TicketTag
    }

    fn is_removable(&self, operation: Operation) -> bool {
        operation == TicketTag
    }

    fn changes_thread(&self, operation: Operation) -> bool {
        operation == TicketUpdate
    }

    fn disturbs_state(&self, operation: Operation) -> bool {
        matches!(operation, TicketContactReply | TicketAdminComment)
    }

    /// Intercom opens a closed ticket at any change of its attributes or its assignee.
    fn opens_closed(&self, operation: Operation) -> bool {
        operation == TicketUpdate
    }

    fn settles_state(&self, operation: Operation, is_state: bool) -> bool {
        operation == TicketUpdate && is_state
    }

    fn closes(&self, operation: Operation, body: &Value) -> bool {
        operation == TicketUpdate && body["open"] == false
    }

    fn is_reply(&self, operation: Operation) -> bool {
        matches!(operation, TicketContactReply | TicketAdminComment | TicketNote)
    }

    fn shown<'a>(&self, operation: Operation, body: &'a Value) -> Shown<'a> {
        let text = note::text(body).filter(|_| self.is_reply(operation));
        text.map_or(Shown::Nothing, Shown::Message)
    }

    fn amendment(&self, admin: &str, words: String, said: &Value) -> Option<(Operation, Value)> {
        Some((TicketNote, note::amending(admin, words, said)))
    }

    fn thread_id<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.path_value("ticket_id")
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        matches!(operation, TicketCreate | TicketUpdate).then_some(TicketUpdate)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == TicketUpdate
    }

    fn always_sent(&self) -> &'static [&'static str] {
        &[QUIET]
    }

    fn only_created(&self, operation: Operation) -> &'static [&'static str] {
        if operation == TicketUpdate { &CREATE_ONLY } else { &[] }
    }

    fn without_state(&self, operation: Operation, body: &mut Map<String, Value>) -> bool {
        if operation != TicketUpdate {
            return false;
        }
        body.remove("ticket_state_id");
        body.keys().any(|name| !self.always_sent().contains(&name.as_str()))
    }
}

/// Compares what a create says of a ticket beside its attributes.
fn created(request: &Request, read: &Value, out: &mut Comparisons) {
    let field = |name: &str| request.field(name).cloned().unwrap_or(Value::Null);
    let ticket = TicketAnswer::of(read);
    out.add("created_at".into(), Rule::Time, &field("created_at"), ticket.created_at);
    let kind = &ticket.ticket_type["id"];
    out.add("ticket_type_id".into(), Rule::Id, &field("ticket_type_id"), kind);
    let contact = id_text(&field("contacts")[0]["id"]);
    member(contact, people(read), ("contact", true), out);
}

/// Compares what an update says of a ticket beside its attributes.
fn state(step: &ResolvedStep, read: &Value, out: &mut Comparisons) {
    let request = &step.request;
    let ticket = TicketAnswer::of(read);
    if let Some(sent) = request.field("ticket_state_id") {
        out.add("ticket_state_id".into(), Rule::Id, sent, &ticket.ticket_state["id"]);
    }
    if let Some(sent) = request.field("assignee_id") {
        // One field is written, one of two is read: that of its kind, else the one that is set.
        let ids = assignees(read);
        let same = ids.into_iter().find(|id| same_id(id, sent));
        let set = ids.into_iter().find(|id| !same_id(id, &Value::Null));
        let assigned = same.or(set).unwrap_or(&Value::Null);
        out.add(format!("{}.assignee_id", step.key), Rule::Id, sent, assigned);
    }
    if let Some(sent) = request.field("open") {
        out.add("open".into(), Rule::Value, sent, ticket.open);
    }
    if let Some(until) = request.field("snoozed_until") {
        let actual = ticket.snoozed_until.clone();
        let over = actual.is_null();
        let verdict = match Rule::Time.same(until, &actual) {
            true => Verdict::Equal,
            false if over => Verdict::Declared(LOSS_SNOOZE_OVER.to_owned()),
            false => Verdict::Differs,
        };
        let (field, expected) = ("snoozed_until".to_owned(), until.clone());
        out.push(FieldComparison { field, expected, actual, verdict });
    }
}
