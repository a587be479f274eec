//! What a family of objects says of itself. The engine and the general ways of comparing, undoing
//! and adopting ask here; they know no operation and no field of Intercom by name.

use serde_json::{Map, Value};

use crate::model::DestinationId;

use super::super::super::contract::Read;
use super::super::change::{Restore, TakeBack, UndoBy};
use super::super::field::Fields;
use super::super::kind::ReadBack;
use super::super::operation::Operation;
use super::super::request::Request;
use super::super::step::Step;
use super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::compared::fields as compare_fields;
use super::member::{MemberList, Members};
use super::weighed::Weighed;

/// Where something that a create would double is found.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// In the list of its kind.
    List(Read),
    /// Within an entry of the list of another kind.
    Within(Read),
    /// At its own key.
    Key(Read),
}

/// What a step rests on and no API makes (FACTS §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestsOn {
    /// A type of custom objects, by its identifier.
    ObjectType(String),
    /// A ticket type that is to be used as it is, by its name.
    TicketType(Option<String>),
    /// A help centre, by id; any, if none is named.
    HelpCentre(Option<String>),
}

/// How something that was there before is taken over in place of a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is not: the create is sent.
    Never,
    /// As it is.
    AsItIs,
    /// After the create was refused because it is there: it is looked for by no look before.
    AfterRefusal,
    /// As it is, if it is of the type that was to be made; brought back if it is archived.
    OfItsType,
    /// By the same upsert, with the fields that may be written and the one that is its key.
    Upsert(&'static str),
}

/// What an operation shows to a reader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown<'a> {
    /// A message or note.
    Message(&'a str),
    /// Title and attributes of a thread, and where in the body the attributes stand.
    ThreadFields(&'a str),
    /// Nothing of the kind.
    Nothing,
}

/// Objects of others that would suffer if one of ours went.
#[derive(Clone, Debug, PartialEq)]
pub enum Users {
    /// Those that a search finds, by what they are.
    Found(&'static str, Read),
    /// Those of a list that are inside it, by what they are.
    Listed(&'static str, Read),
}

/// A name in the form in which it is compared.
pub type Fold = fn(&str) -> String;

/// What an undo leaves behind although it succeeded: a short stable name, and a sentence.
pub type Leaves = (&'static str, &'static str);

/// A family of objects: its fields, and what its operations do.
pub trait Family: Sync {
    /// Path of one object, and the name of its id in it.
    fn place(&self) -> (&'static str, &'static str);

    /// Whether that path is a list which names all objects: there is no address of one.
    fn is_only_listed(&self) -> bool {
        false
    }

    /// What is asked for beside the address, so that one answer tells all that is looked at.
    fn asked(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Objects of others that were merged into this one.
    fn merged_in(&self, _object: &Value) -> Vec<DestinationId> {
        Vec::new()
    }

    /// Its fields: how they are sent, where they are read.
    fn fields(&self) -> &'static Fields;

    /// The lists of its members.
    fn member_lists(&self) -> &'static [MemberList] {
        MemberList::TAGS_NAMED
    }

    // What is read back.

    /// Whether the body of an operation is made of the object's own fields.
    fn writes_fields(&self, operation: Operation) -> bool;

    /// A step together with what later steps added to what it made.
    fn with_later(&self, _step: &ResolvedStep, _all: &[ResolvedStep]) -> Option<ResolvedStep> {
        None
    }

    /// Compares what one step sent with what is read back.
    fn compare(&self, step: &ResolvedStep, back: &ReadBack, _ids: &StepIds, out: &mut Comparisons) {
        if self.writes_fields(step.request.operation) {
            compare_fields(self.fields(), &step.request, back, out);
        }
    }

    /// Compares what all steps together amount to.
    fn compare_all(
        &self,
        _steps: &[ResolvedStep],
        _back: &ReadBack,
        _ids: &StepIds,
        _out: &mut Comparisons,
    ) {
    }

    /// Fields that nobody but people fills where we do not: what Intercom sets itself is no work
    /// of theirs.
    fn people_fill(&self) -> &'static [&'static str] {
        &[]
    }

    /// What people wrote beside the fields that are compared: a staged draft, a translation.
    fn written_beside(&self, _object: &Value, _steps: &[ResolvedStep]) -> Vec<String> {
        Vec::new()
    }

    /// Compares what all steps together say of the object, beyond their single fields: that
    /// something is there twice, stands in another order, hangs elsewhere.
    fn compare_whole(
        &self,
        _steps: &[ResolvedStep],
        _back: &ReadBack,
        _ids: &StepIds,
        _out: &mut Comparisons,
    ) {
    }

    /// Whether an update by this operation landed, where its fields do not tell.
    fn has_landed(&self, _operation: Operation, _object: &Value) -> Option<bool> {
        None
    }

    /// Whether a request put a member on a list of the object.
    fn puts(&self, _request: &Request, _list: Members, _member: &Value) -> bool {
        false
    }

    /// The person whom a request brings into a thread.
    fn brings(&self, _request: &Request) -> Option<DestinationId> {
        None
    }

    /// Whether a request assigns a thread to somebody.
    fn assigns(&self, _request: &Request) -> bool {
        false
    }

    /// Events of a thread that a request causes: their family, and how many.
    fn causes(&self, _request: &Request) -> Option<(&'static str, usize)> {
        None
    }

    // Taking back.

    /// Whether what a request links or takes off is linked; `None` if it is about no link.
    fn linked(&self, _request: &Request, _back: &ReadBack) -> Option<bool> {
        None
    }

    /// The request by the operation `to` that undoes another which made or changed `object`, if
    /// no earlier values are needed.
    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        by: &UndoBy,
    ) -> Option<Request>;

    /// The requests that put back what a request changed.
    fn restore(&self, before: &ReadBack, request: &Request, by: &UndoBy) -> Restore;

    /// How to take back what a request changed where it is still so; `None` if nothing can.
    fn take_back(
        &self,
        before: &ReadBack,
        request: &Request,
        now: &ReadBack,
        by: &UndoBy,
    ) -> Option<TakeBack> {
        let weighed = Weighed::of(self.fields(), before, request, now)?;
        let back = self.restore(before, &weighed.unchanged(request), by);
        Some(weighed.taken_back(back, before, now))
    }

    /// Closes or snoozes a thread again that a message of ours had opened.
    fn settle_again(&self, _before: &ReadBack, _now: &ReadBack, _by: &UndoBy) -> Vec<Request> {
        Vec::new()
    }

    /// The request that takes off what another put on, where no inverse is named.
    fn off(&self, _put_on: &Request, _admin: &str) -> Option<Request> {
        None
    }

    /// The request that empties what a request filled, where what stood before is not known.
    fn emptied(&self, _sent: &Request) -> Option<Request> {
        None
    }

    // What removing comes to.

    /// Whether an operation archives what it is to remove.
    fn archives(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether what an operation archives is not shown any more, to anybody.
    fn hides(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether an operation brings back what was archived.
    fn brings_back(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether what an operation made goes with its record only.
    fn goes_whole(&self, _operation: Operation) -> bool {
        false
    }

    /// What an undo by this operation leaves.
    fn leaves(&self, _operation: Operation) -> Option<Leaves> {
        None
    }

    /// Whether it is people who are in this family.
    fn is_people(&self) -> bool {
        false
    }

    /// Where objects of others are found that would suffer if one of ours went, which `made` made.
    fn users(&self, _id: &DestinationId, _made: &Request) -> Vec<Users> {
        Vec::new()
    }

    /// Whether an object of a list uses the object of this id, which `made` made.
    fn holds(&self, _id: &DestinationId, _made: &Request, _other: &Value) -> bool {
        true
    }

    /// Whether Intercom keeps what an operation replaced, where people can see it.
    fn keeps_versions(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether a field holds nothing but references that we gave it, some of which are gone.
    fn is_lost_reference(&self, _field: &str, _steps: &[ResolvedStep], _back: &ReadBack) -> bool {
        false
    }

    // What an operation disturbs.

    /// Whether it changes an object that may have stood before: its fields, its state, or what is
    /// linked to it. Whatever is not known to make or remove something is taken to change it. An
    /// upsert addresses its object by its key: whoever sends it has looked before.
    fn changes_what_stands(&self, operation: Operation) -> bool;

    /// The object that a request changes.
    fn addressed(&self, request: &Request) -> Option<DestinationId> {
        request.target()
    }

    /// Whether it sets a link that may have been there before.
    fn sets_link(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it puts one object on another, so that the link ends with either.
    fn links(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether its effect can be taken back without taking back the record's object.
    fn is_removable(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it sets something of a thread, which the thread then shows as an event.
    fn changes_thread(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it may reopen a closed or wake a snoozed thread (FACTS §5.4).
    fn disturbs_state(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it opens a closed thread, whatever it changes.
    fn opens_closed(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it sets a thread's state; `is_state` says that it is the step of that name.
    fn settles_state(&self, _operation: Operation, _is_state: bool) -> bool {
        false
    }

    /// Whether a step that sets a thread's state closes it.
    fn closes(&self, _operation: Operation, _body: &Value) -> bool {
        false
    }

    // Messages.

    /// Whether it adds a message or note to a thread.
    fn is_reply(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether it adds a note to an object that is no thread.
    fn is_memo(&self, _operation: Operation) -> bool {
        false
    }

    /// What a reader is shown of it.
    fn shown<'a>(&self, _operation: Operation, _body: &'a Value) -> Shown<'a> {
        Shown::Nothing
    }

    /// The note that tells of an edit of the message `said`, in the name of `admin`.
    fn amendment(&self, _admin: &str, _words: String, _said: &Value) -> Option<(Operation, Value)> {
        None
    }

    /// The id of the thread that a request is about.
    fn thread_id<'a>(&self, _request: &'a Request) -> Option<&'a str> {
        None
    }

    // Updates.

    /// The operation that changes what `operation` made; `None` if nothing can.
    fn update_of(&self, _operation: Operation) -> Option<Operation> {
        None
    }

    /// Whether its body is a set of fields, of which only those that differ need to be sent.
    fn sends_fields(&self, _operation: Operation) -> bool {
        false
    }

    /// Fields that say which object is meant, or how it is to be changed: they are always sent.
    fn always_sent(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fields of a create that no update takes.
    fn only_created(&self, _operation: Operation) -> &'static [&'static str] {
        &[]
    }

    /// Takes the state out of the body of an update; true if something else is left to send.
    fn without_state(&self, _operation: Operation, _body: &mut Map<String, Value>) -> bool {
        false
    }

    /// The body that says nothing any more in place of one that gave references.
    fn cleared(&self, _operation: Operation, _create: &Value) -> Option<Value> {
        None
    }

    /// Whether an operation sets the workspace's own attributes on an object.
    fn sets_attributes(&self, _operation: Operation) -> bool {
        false
    }

    /// Whether a later step by the same operation is on the record's own object.
    fn repeats(&self, _operation: Operation) -> bool {
        false
    }

    // What was there before.

    /// Where something is found that a create would double.
    fn standing(&self, _request: &Request) -> Option<Standing> {
        None
    }

    /// Which of what was found there a create would double. `fold` makes names equal that the map
    /// takes for one.
    fn double(&self, _request: &Request, _found: &[Value], _fold: Fold) -> Option<Value> {
        None
    }

    /// How it is taken over.
    fn adoption(&self, _operation: Operation) -> Adoption {
        Adoption::Never
    }

    /// What a step rests on that no API makes, beside people.
    fn rests_on(&self, _step: &Step) -> Option<RestsOn> {
        None
    }

    /// What has to be there already, by name, because a request only names it.
    fn must_be_there(&self, _request: &Request) -> Option<String> {
        None
    }

    /// What makes something of the same name unfit; `None` if it will do.
    fn unlike(&self, _sent: &Request, _object: &Value) -> Option<&'static str> {
        None
    }

    /// The request that brings an archived object back.
    fn unarchive(&self, _id: &DestinationId) -> Option<Request> {
        None
    }

    /// The request that changes an object after a create of it was refused because it is there.
    fn update_existing(&self, _id: &DestinationId, _body: Map<String, Value>) -> Option<Request> {
        None
    }

    /// Fields of an object that was there before which are not ours to replace.
    fn kept_of_theirs(&self, _object: &Value) -> &'static [&'static str] {
        &[]
    }

    /// Fields that an object which was there before keeps, whatever may be written.
    fn keeps_when_adopted(&self, _field: &str) -> bool {
        false
    }

    /// Under which name a request makes, gives or takes a tag, if its body names one.
    fn names_tag(&self, _request: &Request) -> Option<String> {
        None
    }
}
