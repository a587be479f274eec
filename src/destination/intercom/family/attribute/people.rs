//! Attributes of contacts and companies (FACTS §5.7).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::address::{restoring, to_object};
use super::super::contract::{Adoption, Family, Fold, Leaves, Standing, Users};
use super::super::named::spelled;
use super::super::old_values::OldValues;
use super::super::search::valued;
use super::answer::{AttributeAnswer, ValuedAnswer};
use super::kind::{TYPE, is_of_type};

/// Attributes of contacts and companies.
#[derive(Debug)]
pub struct DataAttributes;

/// What has the attribute.
const MODEL: &str = "model";

/// What it is for.
const DESCRIPTION: &str = "description";

/// The list of all of them.
const LIST: &str = "/data_attributes";

static FIELDS: Fields = Fields {
    rows: &[
        ("name", "/name", Rule::Text),
        (MODEL, "/model", Rule::Text),
        (TYPE, "/data_type", Rule::DataType),
        ("options", "/options", Rule::Options),
        (DESCRIPTION, "/description", Rule::Text),
        ("archived", "/archived", Rule::Value),
    ],
    attributes: None,
    fixed: &[TYPE, MODEL],
};

impl Family for DataAttributes {
    fn place(&self) -> (&'static str, &'static str) {
        (LIST, "attribute_id")
    }

    fn is_only_listed(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, DataAttributeCreate | DataAttributeUpdate | DataAttributeArchive)
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation != DataAttributeCreate {
            return None;
        }
        Some(to_object(to, object)?.body(json!({ "archived": true })))
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        match request.operation {
            DataAttributeArchive => {
                restoring(DataAttributeUpdate, before, json!({ "archived": false }))
            }
            DataAttributeUpdate => {
                let mut old = OldValues::of(&FIELDS, before, request);
                if old.body.get(DESCRIPTION) == Some(&Value::Null) {
                    // Not nullable (description 2.16): an empty one shows the same.
                    old.body.insert(DESCRIPTION.into(), json!(""));
                }
                old.by(DataAttributeUpdate, before)
            }
            _ => Restore::default(),
        }
    }

    fn archives(&self, operation: Operation) -> bool {
        operation == DataAttributeArchive
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        (operation == DataAttributeArchive).then_some((
            "attribute_archived",
            "Intercom archives attributes, it never deletes them",
        ))
    }

    /// People who have a value of it. What one has is out of sight while it is archived.
    fn users(&self, _id: &DestinationId, made: &Request) -> Vec<Users> {
        let Some(name) = made.text("name") else { return Vec::new() };
        match made.text(MODEL).as_deref() {
            Some("contact") => vec![Users::Found("contact", valued("/contacts/search", &name))],
            Some("company") => vec![Users::Listed("company", Read::get("/companies"))],
            _ => Vec::new(),
        }
    }

    fn holds(&self, _id: &DestinationId, made: &Request, other: &Value) -> bool {
        let values = ValuedAnswer::of(other).custom_attributes;
        made.text("name").is_some_and(|name| !matches!(values[&name], Value::Null))
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        operation != DataAttributeCreate
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        let read = || Read::get(LIST).query("include_archived", true);
        (request.operation == DataAttributeCreate).then(|| Standing::List(read()))
    }

    /// One name space for contacts and companies.
    fn double(&self, request: &Request, found: &[Value], fold: Fold) -> Option<Value> {
        let name = request.text("name").unwrap_or_default();
        spelled(found.iter(), &name, fold).cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == DataAttributeCreate { Adoption::OfItsType } else { Adoption::Never }
    }

    fn unlike(&self, sent: &Request, object: &Value) -> Option<&'static str> {
        let model = sent.text(MODEL);
        if model.is_some_and(|model| AttributeAnswer::of(object).model != Some(model.as_str())) {
            return Some("owner");
        }
        (!is_of_type(sent, object)).then_some("type")
    }

    fn unarchive(&self, id: &DestinationId) -> Option<Request> {
        Some(to_object(DataAttributeUpdate, id)?.body(json!({ "archived": false })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_fit_as_they_are_read_back() {
        let sent = Request::new(DataAttributeCreate)
            .body(json!({ "name": "tier", "model": "contact", "data_type": "options" }));
        let read = |model: &str, kind: &str| json!({ "model": model, "data_type": kind });
        let unlike = |read: &Value| DataAttributes.unlike(&sent, read);
        assert_eq!(unlike(&read("contact", "string")), None);
        assert_eq!(unlike(&read("company", "string")), Some("owner"));
        assert_eq!(unlike(&read("contact", "boolean")), Some("type"));
    }
}
