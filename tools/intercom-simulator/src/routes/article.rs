//! Articles: create, read, update, delete, search, tags.

use super::contact_link::named_tag;
use crate::call::{Answer, Call, Reply, id_text};
use crate::error::ApiError;
use crate::page::{Size, numbered};
use crate::state::{Article, ArticleContent, ArticleVersion, Kind, State, TagLink, attach, detach};
use crate::view;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SIZE: Size = Size::new(25, 150);

pub(super) const AVAILABILITY: [&str; 3] =
    ["ai_chatbot_availability", "ai_copilot_availability", "ai_sales_agent_availability"];

pub(super) fn find(state: &State, id: Option<u64>) -> Result<&Article, ApiError> {
    id.and_then(|id| state.knowledge.articles.get(&id)).ok_or_else(ApiError::not_found)
}

fn sorted(state: &State, keep: impl Fn(&Article) -> bool) -> Vec<&Article> {
    let mut all: Vec<&Article> = state.knowledge.articles.values().filter(|a| keep(a)).collect();
    all.sort_by_key(|a| std::cmp::Reverse((a.content.updated_at, a.touched)));
    all
}

pub(crate) fn list(state: &mut State, call: &Call) -> Answer {
    let all = sorted(state, |_| true);
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let data: Vec<Value> = page.iter().map(|a| view::article(state, a, false)).collect();
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn search(state: &mut State, call: &Call) -> Answer {
    let phrase = call.query("phrase").unwrap_or("").to_lowercase();
    let wanted = call.query("state").unwrap_or("all");
    let center = call.query("help_center_id").and_then(|id| id.parse::<u64>().ok());
    let all = sorted(state, |a| {
        let c = &a.content;
        let text = format!("{} {}", c.title, c.body.as_deref().unwrap_or("")).to_lowercase();
        let place = a.parent.and_then(|id| state.knowledge.collections.get(&id));
        text.contains(&phrase)
            && (wanted == "all" || (wanted == "published") == c.published)
            && center.is_none_or(|id| place.is_some_and(|c| c.help_center == id))
    });
    let (page, pages) = numbered(call, &state.base_url, SIZE, &all)?;
    let articles: Vec<Value> = page.iter().map(|a| view::article(state, a, false)).collect();
    let data = json!({"articles": articles, "highlights": []});
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": pages, "total_count": all.len()})))
}

pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let article = find(state, call.number(0))?;
    Ok(Reply::ok(&view::article(state, article, false)))
}

/// A body sent as HTML or as Markdown, as it is stored.
pub(super) fn body(state: &State, fields: &Value) -> Result<Option<Option<String>>, ApiError> {
    let html = match (fields.get("body"), fields.get("body_markdown")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("Only one of body and body_markdown may be sent"));
        }
        (Some(Value::String(html)), None) => html.clone(),
        (None, Some(Value::String(text))) => crate::plain::from_markdown(text),
        (Some(Value::Null), _) | (_, Some(Value::Null)) => return Ok(Some(None)),
        (None, None) => return Ok(None),
        _ => return Err(ApiError::invalid("body must be a string")),
    };
    let hosts = &state.features.failing_image_hosts;
    crate::html::article(&html, hosts).map(|html| Some(Some(html))).map_err(ApiError::invalid)
}

fn author(state: &State, fields: &Value) -> Result<Option<u64>, ApiError> {
    let Some(id) = id_text(&fields["author_id"]) else {
        return Ok(None);
    };
    let known = id.parse().ok().and_then(|id| state.admin(id)).map(|admin| admin.id);
    known.map(Some).ok_or_else(|| ApiError::invalid("author_id is not a teammate"))
}

/// Takes over the fields that one language of an article has.
pub(super) fn apply_content(
    state: &State,
    fields: &Value,
    content: &mut ArticleContent,
    now: i64,
) -> Result<(), ApiError> {
    if let Some(title) = fields.get("title") {
        let title = title.as_str().filter(|t| !t.trim().is_empty());
        title.ok_or_else(|| ApiError::missing("title"))?.clone_into(&mut content.title);
    }
    if let Some(description) = fields.get("description") {
        content.description = description.as_str().map(ToOwned::to_owned);
    }
    if let Some(body) = body(state, fields)? {
        content.body = body;
    }
    if let Some(author) = author(state, fields)? {
        content.author = author;
    }
    match fields.get("state").and_then(Value::as_str) {
        None => {}
        Some("published") => content.published = true,
        Some("draft") => content.published = false,
        Some(other) => return Err(ApiError::invalid(format!("{other} is an invalid state"))),
    }
    content.updated_at = now;
    Ok(())
}

fn apply(state: &State, call: &Call, article: &mut Article) -> Result<(), ApiError> {
    apply_content(state, &call.body, &mut article.content, call.now)?;
    if let Some(value) = call.get("parent_id") {
        article.parent = match id_text(value) {
            None => None,
            Some(id) => {
                let id = id.parse().ok();
                let id = id.filter(|id| state.knowledge.collections.contains_key(id));
                Some(id.ok_or_else(ApiError::not_found)?)
            }
        };
    }
    if let Some(sent) = call.get("translated_content").and_then(Value::as_object) {
        for (locale, fields) in sent.iter().filter(|(key, _)| *key != "type") {
            if state.features.locale_must_be_enabled && !state.knowledge.has_locale(locale) {
                return Err(ApiError::invalid(format!("Locale {locale} is not enabled")));
            }
            if fields.is_null() {
                article.translated.remove(locale);
            } else if *locale == article.locale {
                apply_content(state, fields, &mut article.content, call.now)?;
            } else {
                let mut content = article.translated.get(locale).cloned();
                let content = content.get_or_insert_with(|| ArticleContent {
                    title: String::new(),
                    description: None,
                    body: None,
                    author: article.content.author,
                    published: false,
                    created_at: call.now,
                    updated_at: call.now,
                });
                apply_content(state, fields, content, call.now)?;
                article.translated.insert(locale.clone(), content.clone());
            }
        }
    }
    for key in AVAILABILITY {
        if let Some(on) = call.flag(key) {
            article.availability.insert(key.to_owned(), on);
        }
    }
    if let Some(ids) = call.get("audience_ids") {
        article.audience_ids = Some(ids.clone());
    }
    if let Some(at) = call.get("scheduled_publish_at") {
        article.scheduled_publish_at = moment(at)?;
    }
    if let Some(at) = call.get("scheduled_unpublish_at") {
        article.scheduled_unpublish_at = moment(at)?;
    }
    Ok(())
}

/// ISO-8601 on the way in, Unix seconds on the way out.
fn moment(value: &Value) -> Result<Option<i64>, ApiError> {
    let Some(text) = value.as_str() else {
        return Ok(None);
    };
    let parsed = chrono::DateTime::parse_from_rfc3339(text);
    parsed.map(|at| Some(at.timestamp())).map_err(|_| ApiError::invalid("not an ISO-8601 time"))
}

/// Keeps what is live now as a version of each language.
pub(super) fn keep_version(state: &mut State, article: &mut Article, now: i64) {
    let mut contents = vec![(article.locale.clone(), article.content.clone())];
    contents.extend(article.translated.iter().map(|(l, c)| (l.clone(), c.clone())));
    for (locale, content) in contents {
        let last = article.versions.iter().rev().find(|v| v.locale == locale);
        if last.is_none_or(|last| last.content != content) {
            let id = state.ids.next(Kind::Version);
            article.versions.push(ArticleVersion { id, locale, content, created_at: now });
        }
    }
}

pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let locale = state.knowledge.default_locale();
    let inner = &call.body["translated_content"][&locale];
    let author = match author(state, &call.body)? {
        Some(author) => Some(author),
        None => author_in(state, inner)?,
    };
    let message = "author_id must be in the main body or default locale translated_content object";
    let author = author.ok_or_else(|| ApiError::new(400, "parameter_not_found", message))?;
    let content = ArticleContent {
        title: String::new(),
        description: None,
        body: None,
        author,
        published: false,
        created_at: call.now,
        updated_at: call.now,
    };
    let mut article = Article {
        id: 0,
        locale,
        content,
        parent: None,
        translated: BTreeMap::new(),
        drafts: BTreeMap::new(),
        draft_updated_at: None,
        versions: Vec::new(),
        tags: Vec::new(),
        availability: BTreeMap::new(),
        audience_ids: None,
        scheduled_publish_at: None,
        scheduled_unpublish_at: None,
        created_by: author,
        updated_by: author,
        touched: state.knowledge.touch(),
    };
    apply(state, call, &mut article)?;
    if article.content.title.is_empty() {
        return Err(ApiError::missing("title"));
    }
    article.id = state.ids.next(Kind::Knowledge);
    keep_version(state, &mut article, call.now);
    let reply = Reply::ok(&view::article(state, &article, false)).about("article", article.id);
    state.knowledge.articles.insert(article.id, article);
    Ok(reply)
}

fn author_in(state: &State, fields: &Value) -> Result<Option<u64>, ApiError> {
    if fields.is_object() { author(state, fields) } else { Ok(None) }
}

pub(crate) fn update(state: &mut State, call: &Call) -> Answer {
    let mut article = find(state, call.number(0))?.clone();
    apply(state, call, &mut article)?;
    article.updated_by = state.token_admin();
    article.touched = state.knowledge.touch();
    keep_version(state, &mut article, call.now);
    let reply = Reply::ok(&view::article(state, &article, false)).about("article", article.id);
    state.knowledge.articles.insert(article.id, article);
    Ok(reply)
}

pub(crate) fn delete(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call.number(0))?.id;
    state.knowledge.articles.remove(&id);
    let body = json!({"id": id.to_string(), "object": "article", "deleted": true});
    Ok(Reply::ok(&body).about("article", id))
}

fn article_not_found() -> ApiError {
    ApiError::new(404, "article_not_found", "Article not found")
}

pub(crate) fn tag(state: &mut State, call: &Call) -> Answer {
    let id = find(state, call.number(0)).map_err(|_| article_not_found())?.id;
    let tag = named_tag(state, &call.required_id("id")?)?;
    let applied_by = match call.id("admin_id") {
        Some(admin) => state.required_admin(Some(&admin))?,
        None => state.token_admin(),
    };
    let link = TagLink { tag, applied_at: call.now, applied_by };
    if let Some(article) = state.knowledge.articles.get_mut(&id) {
        attach(&mut article.tags, link);
    }
    Ok(Reply::ok(&view::tag_link(state, &link)).about("article", id))
}

pub(crate) fn untag(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(article_not_found)?;
    let tag = call.number(1).ok_or_else(ApiError::tag_not_found)?;
    let article = state.knowledge.articles.get_mut(&id).ok_or_else(article_not_found)?;
    let link = detach(&mut article.tags, tag).ok_or_else(ApiError::tag_not_found)?;
    Ok(Reply::ok(&view::tag_link(state, &link)).about("article", id))
}
