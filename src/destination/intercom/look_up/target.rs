//! What is found at the object a request was addressed to.

use serde_json::{Value, json};

use super::super::super::contract::{LookUp, Read};
use super::super::compare::differing;
use super::super::family::{self, Entry};
use super::super::kind::ObjectKind;
use super::super::normalise::same_id;
use super::super::pages::list_all;
use super::as_read::as_read;
use super::look::{Look, Looked};

/// An object as the request would leave it.
pub async fn target(look: &Look<'_>, path: &'static str) -> Looked {
    let Some(object) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let request = look.request;
    let back = as_read(ObjectKind::of(request.operation), object);
    let told = family::of(request.operation).has_landed(request.operation, &back.object);
    let landed = told.unwrap_or_else(|| differing(request, &back).is_empty());
    let (name, _) = request.path.first().cloned().unwrap_or_default();
    Ok(if landed { look.landed_on(&name, back.object) } else { LookUp::Absent })
}

/// An object that is gone or archived.
pub async fn gone(look: &Look<'_>, path: &'static str) -> Looked {
    let (name, id) = look.request.path.last().cloned().unwrap_or_default();
    let found = if path.contains('{') {
        look.object(look.read(path)).await?
    } else {
        let read = Read::get(path).query("include_archived", true);
        let all = list_all(look.destination, read).await?;
        all.into_iter().find(|one| same_id(&one["id"], &json!(id)))
    };
    let there = found.as_ref().is_some_and(|object| !Entry::of(object).archived);
    let body = found.unwrap_or(Value::Null);
    Ok(if there { LookUp::Absent } else { look.landed_on(&name, body) })
}
