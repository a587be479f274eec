//! What the operations on collections do (FACTS §5.10).

use serde_json::Value;

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Row, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::super::step::Step;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::super::address::to_object;
use super::super::contract::{Adoption, Family, Fold, RestsOn, Standing, Users};
use super::super::named::is_named;
use super::super::old_values::OldValues;
use super::super::top::compare_top;
use super::super::translation::translations;
use super::answer::ChildAnswer;

/// Collections.
#[derive(Debug)]
pub struct Collections;

/// The list of all collections.
const LIST: &str = "/help_center/collections";

/// The help centre that it lies in.
const HELP_CENTRE: &str = "help_center_id";

/// The collection that it lies in.
const PARENT: Row = ("parent_id", "/parent_id", Rule::Id);

static FIELDS: Fields = Fields {
    rows: &[
        ("name", "/name", Rule::Text),
        ("description", "/description", Rule::Text),
        PARENT,
        (HELP_CENTRE, "/help_center_id", Rule::Id),
    ],
    attributes: None,
    fixed: &[],
};

impl Family for Collections {
    fn place(&self) -> (&'static str, &'static str) {
        ("/help_center/collections/{collection_id}", "collection_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn people_fill(&self) -> &'static [&'static str] {
        &["description", PARENT.0]
    }

    fn written_beside(&self, object: &Value, _steps: &[ResolvedStep]) -> Vec<String> {
        translations(object)
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, CollectionCreate | CollectionUpdate)
    }

    fn compare_whole(
        &self,
        steps: &[ResolvedStep],
        back: &ReadBack,
        _ids: &StepIds,
        out: &mut Comparisons,
    ) {
        compare_top(steps, back, (CollectionCreate, &PARENT), out);
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation == CollectionCreate { to_object(to, object) } else { None }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        if request.operation != CollectionUpdate {
            return Restore::default();
        }
        OldValues::of(&FIELDS, before, request).by(CollectionUpdate, before)
    }

    fn users(&self, _id: &DestinationId, _made: &Request) -> Vec<Users> {
        vec![
            Users::Listed("article", Read::get("/articles")),
            Users::Listed("collection", Read::get(LIST)),
        ]
    }

    fn holds(&self, id: &DestinationId, _made: &Request, other: &Value) -> bool {
        let child = ChildAnswer::of(other);
        let is = |value: &Value| id_text(value).as_deref() == Some(id.as_str());
        is(child.parent_id) || child.parent_ids.iter().any(is)
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        operation == CollectionUpdate
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        self.writes_fields(operation).then_some(CollectionUpdate)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == CollectionUpdate
    }

    fn rests_on(&self, step: &Step) -> Option<RestsOn> {
        let centre = step.body.get(HELP_CENTRE).and_then(id_text);
        (step.operation == CollectionCreate).then_some(RestsOn::HelpCentre(centre))
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        (request.operation == CollectionCreate).then(|| Standing::List(Read::get(LIST)))
    }

    /// One collection of a name in one place: the same parent, the same help centre.
    fn double(&self, request: &Request, found: &[Value], _fold: Fold) -> Option<Value> {
        let name = request.text("name").unwrap_or_default();
        let sent = |field: &str| request.field(field).unwrap_or(&Value::Null);
        let same = |one: &Value, field: &str| {
            let (wanted, there) = (sent(field), &one[field]);
            (wanted.is_null() && there.is_null()) || same_id(wanted, there)
        };
        let fits = |one: &&Value| {
            let home = sent(HELP_CENTRE).is_null() || same(one, HELP_CENTRE);
            is_named(one, &name) && same(one, "parent_id") && home
        };
        found.iter().find(fits).cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == CollectionCreate { Adoption::AsItIs } else { Adoption::Never }
    }
}
