//! Articles, collections, internal articles and redirects in answers.

use super::tags;
use crate::state::{
    Article, ArticleContent, ArticleVersion, Collection, InternalArticle, Redirect, State,
};
use serde_json::{Map, Value, json};

fn state_name(published: bool) -> &'static str {
    if published { "published" } else { "draft" }
}

fn slug(title: &str) -> String {
    let words = title.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

fn center_url(state: &State) -> &str {
    let centers = &state.knowledge.centers;
    let center = centers.iter().find(|c| c.default).or_else(|| centers.first());
    center.map_or("https://help.simulator.test", |c| c.url.as_str())
}

fn markdown(body: Option<&str>) -> Option<String> {
    body.map(crate::plain::to_markdown)
}

fn content(state: &State, article: &Article, locale: &str, c: &ArticleContent) -> Value {
    let url = format!("{}/{locale}/articles/{}-{}", center_url(state), article.id, slug(&c.title));
    json!({
        "type": "article_content", "title": c.title,
        "description": c.description.as_deref().unwrap_or(""),
        "body": c.body.as_deref().unwrap_or(""), "body_markdown": markdown(c.body.as_deref()),
        "author_id": c.author, "state": state_name(c.published), "created_at": c.created_at,
        "updated_at": c.updated_at, "has_unpublished_changes": article.drafts.contains_key(locale),
        "draft_updated_at": article.draft_updated_at, "url": url,
    })
}

/// An article; with `draft` its staged changes stand in place of what is live.
pub(crate) fn article(state: &State, article: &Article, draft: bool) -> Value {
    let staged = |locale: &str| article.drafts.get(locale).filter(|_| draft);
    let main = staged(&article.locale).unwrap_or(&article.content);
    let mut translated = Map::new();
    if !article.translated.is_empty() {
        translated.insert("type".to_owned(), json!("article_translated_content"));
        translated.insert(article.locale.clone(), content(state, article, &article.locale, main));
        for (locale, live) in &article.translated {
            let shown = staged(locale).unwrap_or(live);
            translated.insert(locale.clone(), content(state, article, locale, shown));
        }
    }
    let url = main.published.then(|| {
        let place = center_url(state);
        format!("{place}/{}/articles/{}-{}", article.locale, article.id, slug(&main.title))
    });
    let parents: Vec<u64> = article.parent.into_iter().collect();
    let on = |key: &str| article.availability.get(key).copied().unwrap_or(false);
    json!({
        "type": "article", "id": article.id.to_string(), "workspace_id": state.app.id_code,
        "title": main.title, "description": main.description, "body": main.body,
        "body_markdown": markdown(main.body.as_deref()), "author_id": main.author,
        "state": state_name(main.published), "created_at": article.content.created_at,
        "updated_at": article.content.updated_at,
        "has_unpublished_changes": !article.drafts.is_empty(),
        "draft_updated_at": article.draft_updated_at, "url": url, "parent_ids": parents,
        "ai_chatbot_availability": on("ai_chatbot_availability"),
        "ai_copilot_availability": on("ai_copilot_availability"),
        "ai_sales_agent_availability": on("ai_sales_agent_availability"),
        "created_by_id": article.created_by, "updated_by_id": article.updated_by,
        "exclude_from_article_suggestions": false, "help_center_audience": "everyone",
        "scheduled_publish_at": article.scheduled_publish_at,
        "scheduled_unpublish_at": article.scheduled_unpublish_at,
        "default_locale": article.locale,
        "translated_content": if translated.is_empty() { Value::Null } else { translated.into() },
        "tags": tags(state, &article.tags),
        "statistics": {"type": "article_statistics", "views": 0, "conversations": 0,
                       "reactions": 0, "happy_reaction_percentage": 0,
                       "neutral_reaction_percentage": 0, "sad_reaction_percentage": 0},
    })
}

pub(crate) fn version(article: u64, version: &ArticleVersion, body: bool) -> Value {
    let c = &version.content;
    let mut value = json!({
        "type": "article_version", "id": version.id.to_string(),
        "article_id": article.to_string(), "title": c.title, "description": c.description,
        "author_id": c.author.to_string(), "created_by_id": c.author.to_string(),
        "created_via": "api", "from_version_id": null, "state": state_name(c.published),
        "created_at": version.created_at,
    });
    if body {
        value["body"] = json!(c.body);
        value["body_markdown"] = json!(markdown(c.body.as_deref()));
        value["updated_at"] = json!(version.created_at);
    }
    value
}

pub(crate) fn internal_article(article: &InternalArticle) -> Value {
    let on = |key: &str| article.availability.get(key).copied().unwrap_or(false);
    json!({
        "type": "internal_article", "id": article.id.to_string(), "title": article.title,
        "body": article.body, "body_markdown": markdown(article.body.as_deref()),
        "owner_id": article.owner, "author_id": article.author, "created_at": article.created_at,
        "updated_at": article.updated_at, "locale": "en", "audience_ids": article.audience_ids,
        "ai_chatbot_availability": on("ai_chatbot_availability"),
        "ai_copilot_availability": on("ai_copilot_availability"),
        "ai_sales_agent_availability": on("ai_sales_agent_availability"),
    })
}

pub(crate) fn collection(state: &State, c: &Collection) -> Value {
    let locale = state.knowledge.default_locale();
    let translated = if c.translated.is_empty() {
        Value::Null
    } else {
        let mut map: Map<String, Value> =
            c.translated.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        map.insert("type".to_owned(), json!("group_translated_content"));
        Value::Object(map)
    };
    json!({
        "type": "collection", "id": c.id.to_string(), "workspace_id": state.app.id_code,
        "name": c.name, "description": c.description, "created_at": c.created_at,
        "updated_at": c.updated_at,
        "url": format!("{}/{locale}/collections/{}-{}", center_url(state), c.id, slug(&c.name)),
        "icon": "book-bookmark", "order": 1, "default_locale": locale,
        "translated_content": translated, "parent_id": c.parent.map(|id| id.to_string()),
        "help_center_id": c.help_center,
    })
}

pub(crate) fn redirect(redirect: &Redirect) -> Value {
    json!({
        "type": "help_center_redirect", "id": redirect.id.to_string(),
        "from_url": redirect.from_url, "locale": redirect.locale,
        "help_center_id": redirect.help_center.to_string(), "target_type": redirect.target_type,
        "target_id": redirect.target_id, "created_at": redirect.created_at,
        "updated_at": redirect.created_at,
    })
}
