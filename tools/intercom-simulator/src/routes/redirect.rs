//! Redirects of a help centre: unique by address.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{HelpCenter, Kind, Redirect, State};
use crate::view;
use serde_json::{Value, json};

const SIZE: Size = Size::new(50, 250);

fn missing() -> ApiError {
    ApiError::new(404, "not_found", "Resource not found")
}

fn center<'a>(state: &'a State, call: &Call) -> Result<&'a HelpCenter, ApiError> {
    let id = call.number(0);
    state.knowledge.centers.iter().find(|c| Some(c.id) == id).ok_or_else(missing)
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let center = center(state, call)?.id;
    let all = state.knowledge.redirects.values().filter(|r| r.help_center == center);
    let all: Vec<&Redirect> = all.collect();
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|r| view::redirect(r)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let center = center(state, call)?;
    let required = |key: &str| {
        let message = format!("{key} is required");
        call.id(key).ok_or_else(|| ApiError::new(400, "parameter_not_found", message))
    };
    let from_url = required("from_url")?;
    let (locale, target_type) = (required("locale")?, required("target_type")?);
    let target_id = required("target_id")?;
    if !matches!(target_type.as_str(), "article" | "collection") {
        return Err(ApiError::invalid("target_type must be 'article' or 'collection'"));
    }
    let custom = center.custom_domain.as_ref().map(|host| format!("https://{host}"));
    let inside = |base: &str| !base.is_empty() && from_url.starts_with(base);
    if !inside(&center.url) && !custom.is_some_and(|base| inside(&base)) {
        let message = "from_url must be an absolute URL within this help center's URL space";
        return Err(ApiError::new(422, "data_invalid", message));
    }
    let number: Option<u64> = target_id.parse().ok();
    let known = number.is_some_and(|id| match target_type.as_str() {
        "article" => state.knowledge.articles.contains_key(&id),
        _ => state.knowledge.collections.contains_key(&id),
    });
    if !known {
        return Err(missing());
    }
    if state.knowledge.redirects.values().any(|r| r.from_url == from_url) {
        let message = "A redirect with that URL already exists";
        return Err(ApiError::new(409, "resource_conflict", message));
    }
    let help_center = center.id;
    let id = state.ids.next(Kind::Other);
    let created_at = call.now;
    let redirect =
        Redirect { id, help_center, from_url, locale, target_type, target_id, created_at };
    let reply = Reply::ok(&view::redirect(&redirect)).about("redirect", id);
    state.knowledge.redirects.insert(id, redirect);
    Ok(reply)
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Redirect, ApiError> {
    let center = center(state, call)?.id;
    let found = call.number(1).and_then(|id| state.knowledge.redirects.get(&id));
    found.filter(|r| r.help_center == center).ok_or_else(missing)
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    Ok(Reply::ok(&view::redirect(find(state, call)?)))
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call)?.id;
    state.knowledge.redirects.remove(&id);
    let body = json!({"id": id.to_string(), "object": "help_center_redirect", "deleted": true});
    Ok(Reply::ok(&body).about("redirect", id))
}
