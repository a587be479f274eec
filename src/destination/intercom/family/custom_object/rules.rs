//! What the operations on instances of custom objects do (FACTS §5.9).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::super::step::Step;
use super::super::super::verdict::ResolvedStep;
use super::super::address::both;
use super::super::contract::{Adoption, Family, Fold, RestsOn, Standing};
use super::super::old_values::OldValues;

/// Instances of custom objects.
#[derive(Debug)]
pub struct Instances;

/// The customer's key of an instance.
pub const KEY: &str = "external_id";

/// Where the attributes of its type stand.
const ATTRIBUTES: &str = "custom_attributes";

static FIELDS: Fields = Fields {
    rows: &[
        (KEY, "/external_id", Rule::Text),
        ("external_created_at", "/external_created_at", Rule::Time),
        ("external_updated_at", "/external_updated_at", Rule::Time),
    ],
    attributes: Some((ATTRIBUTES, ATTRIBUTES)),
    fixed: &[KEY],
};

/// A read of the instance that an upsert is of.
pub fn by_key(request: &Request) -> Option<Read> {
    let (object_type, key) = (request.path_value("object_type")?, request.text(KEY)?);
    let read = Read::get("/custom_object_instances/{object_type}");
    Some(read.with("object_type", object_type).query(KEY, key))
}

impl Family for Instances {
    fn place(&self) -> (&'static str, &'static str) {
        ("/custom_object_instances/{object_type}/{object_id}", "object_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        operation == ObjectUpsert
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation != ObjectUpsert {
            return None;
        }
        both(to, request, "object_type", ("object_id", object.0.clone()))
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        let Some(object_type) = request.path_value("object_type") else {
            return Restore::default();
        };
        if request.operation != ObjectUpsert {
            return Restore::default();
        }
        let old = OldValues { kept: Vec::new(), ..OldValues::of(&FIELDS, before, request) };
        old.sent_as(|mut body| {
            body.insert(KEY.into(), before.object[KEY].clone());
            let upsert = Request::new(ObjectUpsert).with("object_type", object_type);
            upsert.body(Value::Object(body))
        })
    }

    /// What the references led to was taken back before, and nobody's work is lost with the rest.
    fn is_lost_reference(&self, field: &str, steps: &[ResolvedStep], back: &ReadBack) -> bool {
        let name = field.strip_prefix(ATTRIBUTES).and_then(|rest| rest.strip_prefix('.'));
        let Some(name) = name else { return false };
        let sent = steps
            .iter()
            .rev()
            .find_map(|step| step.request.field(ATTRIBUTES)?.get(name)?.as_array());
        let Some(sent) = sent else { return false };
        let read = &back.object[ATTRIBUTES][name];
        let Some(now) = read["instances"].as_array().or_else(|| read.as_array()) else {
            return read.is_null();
        };
        let ours = |one: &Value| {
            let named = [KEY, "id"].iter().any(|key| sent.contains(&one[*key]));
            named || sent.contains(one)
        };
        now.iter().all(ours)
    }

    fn changes_what_stands(&self, _operation: Operation) -> bool {
        false
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        (operation == ObjectUpsert).then_some(ObjectUpsert)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == ObjectUpsert
    }

    fn always_sent(&self) -> &'static [&'static str] {
        &[KEY]
    }

    fn cleared(&self, operation: Operation, create: &Value) -> Option<Value> {
        if operation != ObjectUpsert {
            return None;
        }
        let mut body = create.clone();
        body.as_object_mut()?.retain(|name, _| name == KEY);
        body[ATTRIBUTES] = json!({});
        Some(body)
    }

    fn rests_on(&self, step: &Step) -> Option<RestsOn> {
        let object_type = step.path.get("object_type").and_then(Value::as_str)?;
        (step.operation == ObjectUpsert).then(|| RestsOn::ObjectType(object_type.to_owned()))
    }

    fn repeats(&self, operation: Operation) -> bool {
        operation == ObjectUpsert
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        let read = by_key(request).filter(|_| request.operation == ObjectUpsert)?;
        Some(Standing::Key(read))
    }

    fn double(&self, _request: &Request, found: &[Value], _fold: Fold) -> Option<Value> {
        found.first().cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == ObjectUpsert { Adoption::Upsert(KEY) } else { Adoption::Never }
    }

    fn keeps_when_adopted(&self, field: &str) -> bool {
        field == KEY
    }
}
