//! Attributes of conversations, and the options of their lists (FACTS §5.8).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::super::address::{both, to_object};
use super::super::compared::fields as compare_fields;
use super::super::contract::{Adoption, Family, Fold, Leaves, Standing};
use super::super::named::{active, spelled};
use super::super::old_values::OldValues;
use super::answer::{AttributeAnswer, OptionAnswer};
use super::kind::{TYPE, is_of_type};

/// Attributes of conversations.
#[derive(Debug)]
pub struct ConversationAttributes;

/// The options of a list.
const OPTIONS: &str = "options";

/// The list of all of them.
const LIST: &str = "/conversations/attributes";

static FIELDS: Fields = Fields {
    rows: &[
        ("name", "/name", Rule::Text),
        (TYPE, "/data_type", Rule::DataType),
        ("description", "/description", Rule::Text),
        ("multiline", "/multiline", Rule::Value),
        (OPTIONS, "/options", Rule::Options),
    ],
    attributes: None,
    fixed: &[TYPE],
};

/// The options of an attribute, as it is read.
pub fn options(attribute: &Value) -> &[Value] {
    AttributeAnswer::of(attribute).options
}

impl Family for ConversationAttributes {
    fn place(&self) -> (&'static str, &'static str) {
        ("/conversations/attributes/{attribute_id}", "attribute_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, ConversationAttributeCreate | ConversationAttributeUpdate)
    }

    /// A list with the options that other steps of ours added to it.
    fn with_later(&self, step: &ResolvedStep, all: &[ResolvedStep]) -> Option<ResolvedStep> {
        if step.request.operation != ConversationAttributeCreate {
            return None;
        }
        let mut whole = step.clone();
        let options = whole.request.body.as_mut()?.get_mut(OPTIONS)?.as_array_mut()?;
        let added = all
            .iter()
            .filter(|other| other.request.operation == ConversationOptionCreate)
            .filter_map(|other| other.request.field("label"))
            .map(|label| json!({ "label": label }));
        options.extend(added);
        Some(whole)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, _ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        if request.operation == ConversationOptionCreate {
            option(request, back, out);
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
        match request.operation {
            ConversationAttributeCreate => to_object(to, object),
            ConversationOptionCreate => {
                both(to, request, "attribute_id", ("option_id", object.0.clone()))
            }
            _ => None,
        }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        match request.operation {
            ConversationAttributeUpdate => {
                OldValues::of(&FIELDS, before, request).by(ConversationAttributeUpdate, before)
            }
            ConversationOptionUpdate => label(before, request),
            _ => Restore::default(),
        }
    }

    fn archives(&self, operation: Operation) -> bool {
        operation == ConversationAttributeArchive
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        (operation == ConversationAttributeArchive).then_some((
            "attribute_archived",
            "Intercom archives attributes, it never deletes them",
        ))
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        matches!(operation, ConversationAttributeUpdate | ConversationOptionUpdate)
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        let read = || Read::get(LIST).query("include_archived", true);
        (request.operation == ConversationAttributeCreate).then(|| Standing::List(read()))
    }

    /// Names are not unique; an archived one does not come back.
    fn double(&self, request: &Request, found: &[Value], fold: Fold) -> Option<Value> {
        let name = request.text("name").unwrap_or_default();
        spelled(found.iter().filter(|one| active(one)), &name, fold).cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == ConversationAttributeCreate { Adoption::OfItsType } else { Adoption::Never }
    }

    fn unlike(&self, sent: &Request, object: &Value) -> Option<&'static str> {
        (!is_of_type(sent, object)).then_some("type")
    }
}

/// The option's label as it was.
fn label(before: &ReadBack, request: &Request) -> Restore {
    let Some(id) = request.path_value("option_id") else { return Restore::default() };
    let mut options = options(&before.object).iter();
    let Some(option) = options.find(|option| same_id(OptionAnswer::of(option).id, &json!(id)))
    else {
        return Restore::default();
    };
    let body = json!({ "label": OptionAnswer::of(option).label });
    let mut back = Request::new(ConversationOptionUpdate).body(body);
    back.path.clone_from(&request.path);
    Restore::one(back)
}

/// Compares an option that was added.
fn option(request: &Request, back: &ReadBack, out: &mut Comparisons) {
    let label = request.text("label").unwrap_or_default();
    let is_it = |option: OptionAnswer<'_>| option.label == label.as_str() && !option.archived;
    let there = options(&back.object).iter().map(OptionAnswer::of).any(is_it);
    out.put(format!("option:{label}"), json!(true), json!(there), there);
}
