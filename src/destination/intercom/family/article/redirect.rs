//! What the operations on redirects do (FACTS §5.10).

use crate::model::DestinationId;

use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::{Request, id_text};
use super::super::super::step::Step;
use super::super::address::both;
use super::super::contract::{Family, RestsOn};

/// Redirects.
#[derive(Debug)]
pub struct Redirects;

static FIELDS: Fields = Fields {
    rows: &[
        ("from_url", "/from_url", Rule::Text),
        ("locale", "/locale", Rule::Text),
        ("target_type", "/target_type", Rule::Text),
        ("target_id", "/target_id", Rule::Id),
    ],
    attributes: None,
    fixed: &[],
};

impl Family for Redirects {
    fn place(&self) -> (&'static str, &'static str) {
        ("/help_center/help_centers/{help_center_id}/redirects/{redirect_id}", "redirect_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        operation == RedirectCreate
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        if request.operation != RedirectCreate {
            return None;
        }
        both(to, request, "help_center_id", ("redirect_id", object.0.clone()))
    }

    fn restore(&self, _before: &ReadBack, _request: &Request, _by: &UndoBy) -> Restore {
        Restore::default()
    }

    fn rests_on(&self, step: &Step) -> Option<RestsOn> {
        let centre = step.path.get("help_center_id").and_then(id_text)?;
        (step.operation == RedirectCreate).then_some(RestsOn::HelpCentre(Some(centre)))
    }

    fn changes_what_stands(&self, _operation: Operation) -> bool {
        false
    }
}
