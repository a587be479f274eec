//! What the operations on companies do, and how they are compared and taken back (FACTS §5.3).

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{self, *};
use super::super::super::pages::items;
use super::super::super::request::{Request, id_text};
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds};
use super::super::address::to_object;
use super::super::compared::{fields as compare_fields, is_tagged, tag_by_name};
use super::super::contract::{Adoption, Family, Fold, Leaves, Standing, Users};
use super::super::member::{ListedWhen, MemberList, Members};
use super::super::memo;
use super::super::old_values::OldValues;

/// Companies.
#[derive(Debug)]
pub struct Companies;

/// The customer's key of a company.
pub const KEY: &str = "company_id";

/// Where the workspace's own attributes stand.
const ATTRIBUTES: &str = "custom_attributes";

static FIELDS: Fields = Fields {
    rows: &[
        (KEY, "/company_id", Rule::Text),
        ("name", "/name", Rule::Text),
        ("plan", "/plan/name", Rule::Text),
        ("size", "/size", Rule::Value),
        ("website", "/website", Rule::Text),
        ("industry", "/industry", Rule::Text),
        ("monthly_spend", "/monthly_spend", Rule::Value),
        ("remote_created_at", "/remote_created_at", Rule::Time),
    ],
    attributes: Some((ATTRIBUTES, ATTRIBUTES)),
    fixed: &[KEY],
};

/// Fields that cannot be emptied.
const NUMBERS: [&str; 3] = ["size", "monthly_spend", "remote_created_at"];

/// A read of the company of this key.
pub fn by_key(key: &str) -> Read {
    Read::get("/companies").query(KEY, key)
}

/// The company of this key in what such a read answers: the company or a list with it.
pub fn of_key(answer: &Value, key: &str) -> Option<Value> {
    let has_key = |one: &&Value| one[KEY] == key;
    std::iter::once(answer).chain(items(answer)).find(has_key).cloned()
}

impl Family for Companies {
    fn place(&self) -> (&'static str, &'static str) {
        ("/companies/{company_id}", "company_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn member_lists(&self) -> &'static [MemberList] {
        const NOTES: MemberList = MemberList {
            members: Members::Notes,
            field: "notes",
            when: ListedWhen::Always("/companies/{id}/notes"),
        };
        &[MemberList::NAMED_TAGS, NOTES]
    }

    fn people_fill(&self) -> &'static [&'static str] {
        &["name", "plan", "size", "website", "industry", "monthly_spend"]
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, CompanyUpsert | CompanyUpdate)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        match request.operation {
            CompanyNote => memo::compare(step, back, ids, out),
            CompanyTag => tag_by_name(request, true, back, out),
            CompanyUntag => tag_by_name(request, false, back, out),
            operation if self.writes_fields(operation) => {
                compare_fields(&FIELDS, request, back, out);
            }
            _ => {}
        }
    }

    fn puts(&self, request: &Request, list: Members, member: &Value) -> bool {
        let sent = || request.text("name").unwrap_or_default().to_lowercase();
        list == Members::Tags
            && request.operation == CompanyTag
            && member["name"].as_str().is_some_and(|tag| tag.to_lowercase() == sent())
    }

    fn linked(&self, request: &Request, back: &ReadBack) -> Option<bool> {
        match request.operation {
            CompanyTag | CompanyUntag => Some(is_tagged(back, request.field("name")?)),
            _ => None,
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
            CompanyUpsert => to_object(to, object),
            CompanyTag | CompanyUntag => tags(to, request),
            _ => None,
        }
    }

    /// A company takes no null (description 2.16): what was unset before is emptied. Its first
    /// date can only be written by an upsert.
    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        if !self.writes_fields(request.operation) {
            return Restore::default();
        }
        let mut old = OldValues::of(&FIELDS, before, request);
        for name in NUMBERS {
            if old.body.get(name).is_some_and(Value::is_null) {
                old.body.remove(name);
                old.kept.push(name.to_owned());
            }
        }
        for (_, value) in old.body.iter_mut().filter(|(name, _)| *name != ATTRIBUTES) {
            if value.is_null() {
                *value = json!("");
            }
        }
        old.sent_as(|mut body| {
            body.insert(KEY.into(), before.object[KEY].clone());
            Request::new(CompanyUpsert).body(Value::Object(body))
        })
    }

    fn archives(&self, operation: Operation) -> bool {
        operation == CompanyDelete
    }

    /// Intercom shows no archived company.
    fn hides(&self, operation: Operation) -> bool {
        operation == CompanyDelete
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        (operation == CompanyDelete)
            .then_some(("company_archived", "Intercom archives companies, it never deletes them"))
    }

    fn users(&self, id: &DestinationId, _made: &Request) -> Vec<Users> {
        vec![Users::Listed("contact", Read::get("/companies/{id}/contacts").with("id", id))]
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        !matches!(operation, CompanyUpsert | CompanyDelete | CompanyNote)
    }

    fn addressed(&self, request: &Request) -> Option<DestinationId> {
        if matches!(request.operation, CompanyTag | CompanyUntag) {
            let companies = request.field("companies")?.as_array()?;
            return id_text(&companies.first()?["id"]).map(DestinationId::from);
        }
        request.target()
    }

    fn sets_link(&self, operation: Operation) -> bool {
        operation == CompanyTag
    }

    fn links(&self, operation: Operation) -> bool {
        operation == CompanyTag
    }

    fn is_memo(&self, operation: Operation) -> bool {
        operation == CompanyNote
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        (operation == CompanyUpsert).then_some(CompanyUpsert)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == CompanyUpsert
    }

    fn always_sent(&self) -> &'static [&'static str] {
        &[KEY]
    }

    fn sets_attributes(&self, operation: Operation) -> bool {
        operation == CompanyUpsert
    }

    fn standing(&self, request: &Request) -> Option<Standing> {
        let key = request.text(KEY).filter(|_| request.operation == CompanyUpsert)?;
        Some(Standing::Key(by_key(&key)))
    }

    fn double(&self, request: &Request, found: &[Value], _fold: Fold) -> Option<Value> {
        of_key(found.first()?, &request.text(KEY)?)
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == CompanyUpsert { Adoption::Upsert(KEY) } else { Adoption::Never }
    }

    fn names_tag(&self, request: &Request) -> Option<String> {
        request.text("name").filter(|_| matches!(request.operation, CompanyTag | CompanyUntag))
    }
}

/// The same tag, off or on the same companies.
fn tags(to: Operation, request: &Request) -> Option<Request> {
    let mut body = request.body.clone()?;
    for company in body["companies"].as_array_mut()? {
        let company = company.as_object_mut()?;
        if to == CompanyUntag {
            company.insert("untag".into(), Value::Bool(true));
        } else {
            company.remove("untag");
        }
    }
    Some(Request::new(to).body(body))
}
