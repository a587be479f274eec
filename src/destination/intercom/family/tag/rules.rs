//! What the operations on tags do (FACTS §5.6).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::pages::items;
use super::super::super::request::Request;
use super::super::address::to_object;
use super::super::answered::Entry;
use super::super::contract::{Adoption, Family, Fold, Standing, Users};
use super::super::named::is_named;
use super::super::search::having;

/// Tags.
#[derive(Debug)]
pub struct Tags;

static FIELDS: Fields =
    Fields { rows: &[("name", "/name", Rule::Word)], attributes: None, fixed: &[] };

/// A request that makes a tag of this name.
pub fn create(name: &str) -> Request {
    Request::new(TagCreate).body(json!({ "name": name }))
}

/// A request that gives a tag another name.
pub fn rename(id: &DestinationId, name: &str) -> Request {
    Request::new(TagRename).body(json!({ "id": id, "name": name }))
}

/// A request that deletes a tag.
pub fn delete(id: &DestinationId) -> Request {
    Request::new(TagDelete).with("tag_id", id.as_str())
}

/// Whether a request deletes a tag.
pub fn is_delete(request: &Request) -> bool {
    request.operation == TagDelete
}

impl Family for Tags {
    fn place(&self) -> (&'static str, &'static str) {
        ("/tags/{tag_id}", "tag_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, TagCreate | TagRename)
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation == TagCreate { to_object(to, object) } else { None }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        if request.operation != TagRename {
            return Restore::default();
        }
        let body = json!({ "id": before.id, "name": before.object["name"] });
        Restore::one(Request::new(TagRename).body(body))
    }

    fn users(&self, id: &DestinationId, _made: &Request) -> Vec<Users> {
        vec![
            Users::Found("conversation", having("/conversations/search", "tag_ids", id.as_str())),
            Users::Found("contact", having("/contacts/search", "tag_id", id.as_str())),
            Users::Found("company", Read::get("/companies").query("tag_id", id)),
            Users::Listed("article", Read::get("/articles")),
        ]
    }

    fn holds(&self, id: &DestinationId, _made: &Request, other: &Value) -> bool {
        let is = |tag: &Value| Entry::of(tag).id.as_ref() == Some(id);
        items(&other["tags"]).iter().any(is)
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        operation == TagRename
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        (request.operation == TagCreate).then(|| Standing::List(Read::get("/tags")))
    }

    fn double(&self, request: &Request, found: &[Value], _fold: Fold) -> Option<Value> {
        let name = request.text("name").unwrap_or_default();
        found.iter().find(|tag| is_named(tag, &name)).cloned()
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == TagCreate { Adoption::AsItIs } else { Adoption::Never }
    }

    fn names_tag(&self, request: &Request) -> Option<String> {
        request.text("name").filter(|_| matches!(request.operation, TagCreate | TagRename))
    }
}
