//! Finding out what came of a request about companies (FACTS §9).

use serde_json::Value;

use super::super::super::super::contract::{LookUp, Read};
use super::super::super::compare::differing;
use super::super::super::field::Rule;
use super::super::super::kind::ObjectKind;
use super::super::super::look_up::as_read::as_read;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::operation::Operation;
use super::super::super::pages::items;
use super::super::super::request::id_text;
use super::rules::{KEY, by_key, of_key};

/// An upsert, by the customer's key.
pub async fn company(look: &Look<'_>) -> Looked {
    let Some(key) = look.request.text(KEY) else { return Ok(LookUp::Absent) };
    let Some(answer) = look.object(by_key(&key)).await? else { return Ok(LookUp::Absent) };
    // The answer is the company or a list with it (FACTS §5.3).
    let Some(company) = of_key(&answer, &key) else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::Company, company);
    let same = differing(look.request, &back).is_empty();
    Ok(if same { landed(back.object) } else { LookUp::Absent })
}

/// Tags of several companies.
pub async fn tags(look: &Look<'_>) -> Looked {
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let wanted = look.request.operation == Operation::CompanyTag;
    let companies = look.request.field("companies").and_then(Value::as_array);
    let mut tag = Value::Null;
    for company in companies.map_or(&[][..], Vec::as_slice) {
        let id = id_text(&company["id"]).unwrap_or_default();
        let read = Read::get("/companies/{company_id}").with("company_id", id);
        // One that does not exist is skipped without a word (FACTS §5.3).
        let Some(company) = look.object(read).await? else { continue };
        let found = items(&company["tags"]).iter().find(|tag| Rule::Word.same(name, &tag["name"]));
        if found.is_some() != wanted {
            return Ok(LookUp::Absent);
        }
        tag = found.cloned().unwrap_or(Value::Null);
    }
    Ok(landed(tag))
}
