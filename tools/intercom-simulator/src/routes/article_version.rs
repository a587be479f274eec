//! Articles: staged drafts and versions.

use super::article::{apply_content, find, keep_version};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{Article, ArticleVersion, State};
use crate::view;
use serde_json::{Value, json};

const SIZE: Size = Size::new(25, 150);

pub(crate) fn show_draft(state: &mut State, call: &Call) -> Answer {
    let article = find(state, call.number(0))?;
    Ok(Reply::ok(&view::article(state, article, true)))
}

pub(crate) fn stage(state: &mut State, call: &Call) -> Answer {
    let mut article = find(state, call.number(0))?.clone();
    if !article.content.published {
        let message = "Article must be published before a draft can be staged";
        return Err(ApiError::unprocessable(message));
    }
    let locale = article.locale.clone();
    let base = article.drafts.get(&locale).unwrap_or(&article.content).clone();
    let mut staged = base.clone();
    apply_content(state, &call.body, &mut staged, call.now)?;
    staged.published = true;
    let names = ["title", "description", "body", "body_markdown", "author_id"];
    if names.into_iter().any(|key| call.get(key).is_some()) {
        article.drafts.insert(locale.clone(), staged);
    }
    if let Some(sent) = call.get("translated_content").and_then(Value::as_object) {
        for (locale, fields) in
            sent.iter().filter(|(key, value)| *key != "type" && !value.is_null())
        {
            let live = article.translated.get(locale);
            let start = article.drafts.get(locale).or(live).unwrap_or(&article.content).clone();
            let mut staged = start;
            apply_content(state, fields, &mut staged, call.now)?;
            article.drafts.insert(locale.clone(), staged);
        }
    }
    article.draft_updated_at = Some(call.now);
    Ok(store(state, article, true))
}

fn store(state: &mut State, mut article: Article, draft: bool) -> Reply {
    article.touched = state.knowledge.touch();
    let reply = Reply::ok(&view::article(state, &article, draft)).about("article", article.id);
    state.knowledge.articles.insert(article.id, article);
    reply
}

pub(crate) fn publish(state: &mut State, call: &Call) -> Answer {
    let mut article = find(state, call.number(0))?.clone();
    if article.drafts.is_empty() {
        return Err(ApiError::unprocessable("Article has no draft to publish"));
    }
    let locales: Vec<String> = match call.get("locales").and_then(Value::as_array) {
        Some(list) => list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        None if article.translated.is_empty() => vec![article.locale.clone()],
        None => {
            let message =
                "locales must be specified to publish a draft on a multilingual workspace";
            return Err(ApiError::new(422, "parameter_not_found", message));
        }
    };
    let without: Vec<&str> = locales
        .iter()
        .filter(|locale| !article.drafts.contains_key(*locale))
        .map(String::as_str)
        .collect();
    if !without.is_empty() {
        let list = without.join(", ");
        let message =
            format!("Cannot publish a draft for locale(s) without pending changes: {list}");
        return Err(ApiError::unprocessable(message));
    }
    for locale in locales {
        let Some(mut content) = article.drafts.remove(&locale) else {
            continue;
        };
        content.updated_at = call.now;
        content.published = true;
        if locale == article.locale {
            article.content = content;
        } else {
            article.translated.insert(locale, content);
        }
    }
    if article.drafts.is_empty() {
        article.draft_updated_at = None;
    }
    keep_version(state, &mut article, call.now);
    Ok(store(state, article, false))
}

fn locale<'a>(call: &'a Call, article: &'a Article) -> Result<&'a str, ApiError> {
    let locale = call.query("locale").unwrap_or(&article.locale);
    if locale != article.locale && !article.translated.contains_key(locale) {
        return Err(ApiError::invalid("Unknown locale"));
    }
    Ok(locale)
}

pub(crate) fn versions(state: &mut State, call: &Call) -> Answer {
    let article = find(state, call.number(0))?;
    let locale = locale(call, article)?;
    let all: Vec<&ArticleVersion> =
        article.versions.iter().rev().filter(|v| v.locale == locale).collect();
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|v| view::version(article.id, v, false)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn version(state: &mut State, call: &Call) -> Answer {
    let article = find(state, call.number(0))?;
    locale(call, article)?;
    let id = call.number(1);
    let found = article.versions.iter().find(|v| Some(v.id) == id);
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(&view::version(article.id, found, true)))
}
