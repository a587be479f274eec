//! Ticket types and their attributes (FACTS §5.5).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::super::step::Step;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::super::address::{both, restoring};
use super::super::compared::fields as compare_fields;
use super::super::contract::{Adoption, Family, Fold, Leaves, RestsOn, Standing, Users};
use super::super::named::{active, is_named};
use super::super::old_values::OldValues;
use super::super::search::having;
use super::answer::{TicketAttributeAnswer, TicketTypeAnswer};

/// Ticket types.
#[derive(Debug)]
pub struct TicketTypes;

static FIELDS: Fields = Fields {
    rows: &[
        ("name", "/name", Rule::Text),
        ("description", "/description", Rule::Text),
        ("category", "/category", Rule::Text),
        ("icon", "/icon", Rule::Text),
        ("archived", "/archived", Rule::Value),
    ],
    attributes: None,
    fixed: &[],
};

/// The list of all types, with their attributes.
const LIST: &str = "/ticket_types";

/// The attributes of a type, as it is read.
pub fn attributes(kind: &Value) -> &[Value] {
    TicketTypeAnswer::of(kind).ticket_type_attributes
}

/// What a look-up for an attribute that is made goes by.
pub fn told_by(request: &Request) -> Option<&'static [&'static str]> {
    request.field("name").map(|_| &["name"][..])
}

impl Family for TicketTypes {
    fn place(&self) -> (&'static str, &'static str) {
        ("/ticket_types/{ticket_type_id}", "ticket_type_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    /// Tickets of this type, whoever opened them.
    fn users(&self, id: &DestinationId, made: &Request) -> Vec<Users> {
        if made.operation != TicketTypeCreate {
            return Vec::new();
        }
        vec![Users::Found("ticket", having("/tickets/search", "ticket_type_id", id.as_str()))]
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, TicketTypeCreate | TicketTypeUpdate | TicketTypeArchive)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, _ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        if request.operation == TicketAttributeCreate {
            attribute(request, back, out);
        } else if self.writes_fields(request.operation) {
            compare_fields(&FIELDS, request, back, out);
        }
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        let undo = match request.operation {
            TicketTypeCreate => super::super::address::to_object(to, object)?,
            TicketAttributeCreate => {
                both(to, request, "ticket_type_id", ("attribute_id", object.0.clone()))?
            }
            _ => return None,
        };
        Some(undo.body(json!({ "archived": true })))
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        match request.operation {
            TicketTypeArchive => restoring(TicketTypeUpdate, before, json!({ "archived": false })),
            TicketTypeUpdate => {
                OldValues::of(&FIELDS, before, request).by(TicketTypeUpdate, before)
            }
            // Archived or not, the other way round.
            TicketAttributeArchive => {
                let archived = request.field("archived") == Some(&Value::Bool(true));
                let mut back = Request::new(TicketAttributeArchive);
                back.path.clone_from(&request.path);
                Restore::one(back.body(json!({ "archived": !archived })))
            }
            _ => Restore::default(),
        }
    }

    fn archives(&self, operation: Operation) -> bool {
        operation == TicketTypeArchive
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        match operation {
            TicketTypeArchive => Some((
                "ticket_type_archived",
                "Intercom archives ticket types, it never deletes them",
            )),
            TicketAttributeArchive => {
                Some(("attribute_archived", "Intercom archives attributes, it never deletes them"))
            }
            _ => None,
        }
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        operation == TicketTypeUpdate
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        match request.operation {
            TicketTypeCreate => Some(Standing::List(Read::get(LIST))),
            TicketAttributeCreate => Some(Standing::Within(Read::get(LIST))),
            _ => None,
        }
    }

    fn double(&self, request: &Request, found: &[Value], _fold: Fold) -> Option<Value> {
        let name = request.text("name").unwrap_or_default();
        if request.operation == TicketTypeCreate {
            // Names are not unique.
            return found
                .iter()
                .filter(|one| active(one))
                .find(|one| is_named(one, &name))
                .cloned();
        }
        let id = request.path_value("ticket_type_id").map(Value::from)?;
        let kind = found.iter().find(|one| same_id(&id, &one["id"]))?;
        let fits = |one: &&Value| active(one) && one["name"] == name.as_str();
        attributes(kind).iter().find(fits).cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        match operation {
            TicketTypeCreate | TicketAttributeCreate => Adoption::AsItIs,
            _ => Adoption::Never,
        }
    }

    /// The other types are made.
    fn rests_on(&self, step: &Step) -> Option<RestsOn> {
        let named = step.operation == TicketTypeCreate && step.body.get("category").is_none();
        named.then(|| RestsOn::TicketType(step.body.get("name").and_then(id_text)))
    }

    /// A type that is only named has to be there (decision C-2).
    fn must_be_there(&self, request: &Request) -> Option<String> {
        let named = request.operation == TicketTypeCreate && request.field("category").is_none();
        named.then(|| request.text("name").unwrap_or_default())
    }
}

/// Compares an attribute of a type, by name and type.
fn attribute(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    let name = request.text("name").unwrap_or_default();
    let own = |one: &&Value| one["name"] == name.as_str() && active(one);
    let all = attributes(&back.object);
    let read = all
        .iter()
        .find(own)
        .map_or(Value::Null, |one| TicketAttributeAnswer::of(one).data_type.clone());
    let sent = request.field("data_type").cloned().unwrap_or(Value::Null);
    out.add(format!("attribute:{name}"), Rule::DataType, &sent, &read);
}
