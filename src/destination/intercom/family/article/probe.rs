//! Requests and reads with which the canary tries articles. All are drafts.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::{ArticleCreate, ArticleDelete};
use super::super::super::request::Request;

fn draft(title: &str, body: &str, author: u64) -> Value {
    json!({ "title": title, "body": body, "author_id": author, "state": "draft" })
}

/// Makes an article in a collection.
pub fn in_collection(title: &str, body: &str, author: u64, collection: Option<u64>) -> Request {
    let mut article = draft(title, body, author);
    article["parent_id"] = json!(collection);
    article["parent_type"] = json!("collection");
    Request::new(ArticleCreate).body(article)
}

/// Makes an article with the same text in another language.
pub fn translated(title: &str, body: &str, author: u64, locale: &str) -> Request {
    let mut article = draft(title, body, author);
    article["translated_content"] = json!({ locale: draft(title, body, author) });
    Request::new(ArticleCreate).body(article)
}

/// Deletes an article.
pub fn delete(article: &DestinationId) -> Request {
    Request::new(ArticleDelete).with("article_id", article)
}

/// Reads an article.
pub fn read(article: &DestinationId) -> Read {
    Read::get("/articles/{article_id}").with("article_id", article)
}
