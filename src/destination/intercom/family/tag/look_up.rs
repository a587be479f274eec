//! Finding out whether a tag was made or renamed (FACTS §9).

use serde_json::Value;

use super::super::super::super::contract::{LookUp, Read};
use super::super::super::field::Rule;
use super::super::super::look_up::listed::LIST_PAGES;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::normalise::same_id;
use super::super::super::pages::list;

/// By its name.
pub async fn by_name(look: &Look<'_>) -> Looked {
    let all = list(look.destination, Read::get("/tags"), LIST_PAGES, |_| false).await?;
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let id = look.request.field("id");
    let fits = |tag: &&Value| {
        Rule::Word.same(name, &tag["name"]) && id.is_none_or(|id| same_id(id, &tag["id"]))
    };
    Ok(all.iter().find(fits).cloned().map_or(LookUp::Absent, landed))
}
