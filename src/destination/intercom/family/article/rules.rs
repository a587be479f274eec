//! What the operations on articles do (FACTS §5.10).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Row, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::super::step::Step;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds, member as compare_member};
use super::super::address::{both, in_path, member, parent_name, to_object};
use super::super::compared::{fields as compare_fields, is_in};
use super::super::contract::{Family, RestsOn};
use super::super::member::Members;
use super::super::old_values::OldValues;
use super::super::top::compare_top;
use super::super::translation::translations;
use super::answer::ArticleAnswer;

/// Articles.
#[derive(Debug)]
pub struct Articles;

/// The collection that an article lies in.
const PARENT: &str = "parent_id";

/// It, as it is sent and read.
const PARENT_ROW: Row = (PARENT, "/parent_ids", Rule::Parent);

/// What the parent is; goes with [`PARENT`].
const PARENT_TYPE: &str = "parent_type";

/// Fields that publishing a draft replaces.
const DRAFTED: [&str; 3] = ["title", "body", "state"];

static FIELDS: Fields = Fields {
    rows: &[
        ("title", "/title", Rule::Text),
        ("description", "/description", Rule::Text),
        ("body", "/body", Rule::Html),
        ("body_markdown", "/body_markdown", Rule::Markdown),
        ("author_id", "/author_id", Rule::Id),
        ("state", "/state", Rule::Text),
        PARENT_ROW,
    ],
    attributes: None,
    fixed: &[],
};

impl Family for Articles {
    fn place(&self) -> (&'static str, &'static str) {
        ("/articles/{article_id}", "article_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn people_fill(&self) -> &'static [&'static str] {
        &["description", PARENT]
    }

    fn written_beside(&self, object: &Value, steps: &[ResolvedStep]) -> Vec<String> {
        let mut found = translations(object);
        let staged = *ArticleAnswer::of(object).has_unpublished_changes == true;
        if staged && !steps.iter().any(|step| step.request.operation == ArticleDraft) {
            found.push("draft".to_owned());
        }
        found
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, ArticleCreate | ArticleUpdate | ArticleDraft)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, _ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        match request.operation {
            ArticleTag => compare_member(request.text("id"), &back.tags, ("tag", true), out),
            ArticleUntag => {
                compare_member(in_path(request, "tag_id"), &back.tags, ("tag", false), out);
            }
            operation if self.writes_fields(operation) => {
                compare_fields(&FIELDS, request, back, out);
            }
            _ => {}
        }
    }

    fn has_landed(&self, operation: Operation, object: &Value) -> Option<bool> {
        (operation == ArticlePublishDraft).then(|| {
            // What says nothing of it does not say that it is published.
            ArticleAnswer::of(object).has_unpublished_changes == false
        })
    }

    fn puts(&self, request: &Request, list: Members, member: &Value) -> bool {
        list == Members::Tags
            && request.operation == ArticleTag
            && is_in(std::slice::from_ref(member), request.text("id"))
    }

    fn linked(&self, request: &Request, back: &ReadBack) -> Option<bool> {
        match request.operation {
            ArticleTag => Some(is_in(&back.tags, request.text("id"))),
            ArticleUntag => Some(is_in(&back.tags, in_path(request, "tag_id"))),
            _ => None,
        }
    }

    fn compare_whole(
        &self,
        steps: &[ResolvedStep],
        back: &ReadBack,
        _ids: &StepIds,
        out: &mut Comparisons,
    ) {
        compare_top(steps, back, (ArticleCreate, &PARENT_ROW), out);
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        _by: &UndoBy,
    ) -> Option<Request> {
        let parent = parent_name(request.operation);
        match request.operation {
            ArticleCreate => to_object(to, object),
            ArticleTag => both(to, request, parent?, ("tag_id", request.text("id")?)),
            ArticleUntag => member(to, request, parent?, in_path(request, "tag_id")?),
            _ => None,
        }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        let by = match request.operation {
            ArticleUpdate | ArticlePublishDraft => ArticleUpdate,
            ArticleDraft => ArticleDraft,
            _ => return Restore::default(),
        };
        let mut old = OldValues::of(&FIELDS, before, request);
        if old.body.contains_key(PARENT) {
            old.body.insert(PARENT_TYPE.into(), json!("collection"));
        }
        if request.operation == ArticlePublishDraft {
            for name in DRAFTED {
                old.body.insert(name.to_owned(), before.object[name].clone());
            }
        }
        old.by(by, before)
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        !matches!(operation, ArticleCreate | ArticleDelete)
    }

    fn sets_link(&self, operation: Operation) -> bool {
        operation == ArticleTag
    }

    fn links(&self, operation: Operation) -> bool {
        operation == ArticleTag
    }

    fn is_removable(&self, operation: Operation) -> bool {
        operation == ArticleTag
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        matches!(operation, ArticleCreate | ArticleUpdate).then_some(ArticleUpdate)
    }

    fn keeps_versions(&self, operation: Operation) -> bool {
        matches!(operation, ArticleUpdate | ArticlePublishDraft)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == ArticleUpdate
    }

    /// It lies in the help centre of its collection, whichever that is.
    fn rests_on(&self, step: &Step) -> Option<RestsOn> {
        (step.operation == ArticleCreate).then_some(RestsOn::HelpCentre(None))
    }

    fn always_sent(&self) -> &'static [&'static str] {
        &[PARENT_TYPE]
    }
}
