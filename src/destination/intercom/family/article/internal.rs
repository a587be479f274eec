//! What the operations on internal articles do (FACTS §5.10).

use crate::model::DestinationId;

use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::address::to_object;
use super::super::contract::Family;
use super::super::old_values::OldValues;

/// Internal articles.
#[derive(Debug)]
pub struct InternalArticles;

static FIELDS: Fields = Fields {
    rows: &[
        ("title", "/title", Rule::Text),
        ("body", "/body", Rule::Html),
        ("body_markdown", "/body_markdown", Rule::Markdown),
        ("author_id", "/author_id", Rule::Id),
        ("owner_id", "/owner_id", Rule::Id),
    ],
    attributes: None,
    fixed: &[],
};

impl Family for InternalArticles {
    fn place(&self) -> (&'static str, &'static str) {
        ("/internal_articles/{article_id}", "article_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, InternalArticleCreate | InternalArticleUpdate)
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation == InternalArticleCreate { to_object(to, object) } else { None }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        if request.operation != InternalArticleUpdate {
            return Restore::default();
        }
        OldValues::of(&FIELDS, before, request).by(InternalArticleUpdate, before)
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        operation == InternalArticleUpdate
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        self.writes_fields(operation).then_some(InternalArticleUpdate)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == InternalArticleUpdate
    }
}
