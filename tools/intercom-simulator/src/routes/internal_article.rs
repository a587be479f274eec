//! Internal articles: for teammates only.

use super::article::{AVAILABILITY, body};
use super::contact_link::named_tag;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{InternalArticle, Kind, State, TagLink, attach, detach};
use crate::view;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SIZE: Size = Size::new(25, 150);

fn sorted(state: &State) -> Vec<&InternalArticle> {
    let mut all: Vec<&InternalArticle> = state.knowledge.internal.values().collect();
    all.sort_by_key(|a| std::cmp::Reverse((a.updated_at, a.touched)));
    all
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a InternalArticle, ApiError> {
    let found = call.number(0).and_then(|id| state.knowledge.internal.get(&id));
    found.ok_or_else(ApiError::not_found)
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let all = sorted(state);
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|a| view::internal_article(a)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn search(state: &mut State, call: &Call) -> Answer {
    let all = sorted(state);
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let found: Vec<Value> = page.iter().map(|a| view::internal_article(a)).collect();
    let data = json!({"internal_articles": found});
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    Ok(Reply::ok(&view::internal_article(find(state, call)?)))
}

fn apply(state: &State, call: &Call, article: &mut InternalArticle) -> Result<(), ApiError> {
    let teammate = |key: &str| match call.id(key) {
        None => Ok(None),
        Some(id) => {
            let known = id.parse().ok().and_then(|id| state.admin(id)).map(|admin| admin.id);
            let message = format!("{key} is not a teammate");
            known.map(Some).ok_or_else(|| ApiError::invalid(message))
        }
    };
    if let Some(title) = call.str("title") {
        title.clone_into(&mut article.title);
    }
    if let Some(body) = body(state, &call.body)? {
        article.body = body;
    }
    article.author = teammate("author_id")?.unwrap_or(article.author);
    article.owner = teammate("owner_id")?.unwrap_or(article.owner);
    if let Some(ids) = call.get("audience_ids") {
        article.audience_ids = Some(ids.clone());
    }
    for key in AVAILABILITY {
        if let Some(on) = call.flag(key) {
            article.availability.insert(key.to_owned(), on);
        }
    }
    article.updated_at = call.now;
    Ok(())
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    call.required("title")?;
    let message = "author_id must be in the main body or default locale translated_content object";
    call.id("author_id").ok_or_else(|| ApiError::new(400, "parameter_not_found", message))?;
    call.required_id("owner_id")?;
    let mut article = InternalArticle {
        id: 0,
        title: String::new(),
        body: None,
        author: 0,
        owner: 0,
        tags: Vec::new(),
        audience_ids: None,
        availability: BTreeMap::new(),
        created_at: call.now,
        updated_at: call.now,
        touched: state.knowledge.touch(),
    };
    apply(state, call, &mut article)?;
    article.id = state.ids.next(Kind::Knowledge);
    let reply = Reply::ok(&view::internal_article(&article)).about("internal_article", article.id);
    state.knowledge.internal.insert(article.id, article);
    Ok(reply)
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let mut article = find(state, call)?.clone();
    apply(state, call, &mut article)?;
    article.touched = state.knowledge.touch();
    let reply = Reply::ok(&view::internal_article(&article)).about("internal_article", article.id);
    state.knowledge.internal.insert(article.id, article);
    Ok(reply)
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call)?.id;
    state.knowledge.internal.remove(&id);
    let body = json!({"id": id.to_string(), "object": "internal_article", "deleted": true});
    Ok(Reply::ok(&body).about("internal_article", id))
}

fn missing() -> ApiError {
    ApiError::new(404, "internal_article_not_found", "Internal article not found")
}

pub(crate) fn tag(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call).map_err(|_| missing())?.id;
    let tag = named_tag(state, &call.required_id("id")?)?;
    let link = TagLink { tag, applied_at: call.now, applied_by: state.token_admin() };
    if let Some(article) = state.knowledge.internal.get_mut(&id) {
        attach(&mut article.tags, link);
    }
    Ok(Reply::ok(&view::tag_link(state, &link)).about("internal_article", id))
}

pub(crate) fn untag(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(missing)?;
    let tag = call.number(1).ok_or_else(ApiError::tag_not_found)?;
    let article = state.knowledge.internal.get_mut(&id).ok_or_else(missing)?;
    let link = detach(&mut article.tags, tag).ok_or_else(ApiError::tag_not_found)?;
    Ok(Reply::ok(&view::tag_link(state, &link)).about("internal_article", id))
}
