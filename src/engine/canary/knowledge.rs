//! What becomes of the content of a deleted collection, and of languages nobody enabled (FACTS
//! §5.10 leaves both open). Everything is a draft, seen by teammates only.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::probe::{Canary, Found, NOT_PROBED};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::Request;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// Languages that few help centres have; the first that is not enabled is tried.
const RARE: [&str; 4] = ["mn", "lv", "sl", "id"];

impl Canary<'_> {
    pub(super) async fn knowledge(&mut self) -> Result<(), EngineError> {
        let author = self.admin.parse::<u64>().ok();
        let centres = self.read(Read::get("/help_center/help_centers")).await?.body();
        let Some(author) = author.filter(|_| !items(&centres).is_empty()) else {
            self.found("collection_with_content", NOT_PROBED);
            self.found("language_not_enabled", NOT_PROBED);
            return Ok(());
        };
        self.languages(author, &centres).await?;
        let make = Request::new(Operation::CollectionCreate)
            .body(json!({ "name": self.mark, "description": "Made for a moment" }));
        let Some(collection) = self.send(make).await?.object() else {
            self.found("collection_with_content", NOT_PROBED);
            return Ok(());
        };
        let parent = collection.to_string().parse::<u64>().ok();
        let body = json!({
            "title": self.mark, "author_id": author, "body": "<p>canary</p>", "state": "draft",
            "parent_id": parent, "parent_type": "collection",
        });
        let article = self.send(Request::new(Operation::ArticleCreate).body(body)).await?.object();
        let delete =
            || Request::new(Operation::CollectionDelete).with("collection_id", &collection);
        let deleted = self.send(delete()).await?.is_done();
        if let Some(article) = article {
            let path = "/articles/{article_id}";
            let read = Read::get(path).with("article_id", &article);
            let there = matches!(self.read(read).await?, Found::There(_));
            let word = match (deleted, there) {
                (true, false) => "goes_too",
                (true, true) => "stays",
                (false, _) => "refused",
            };
            self.found("collection_with_content", word);
            if there {
                self.drop_article(&article).await?;
            }
        }
        if !deleted && !self.send(delete()).await?.is_done() {
            self.left.push(format!("collection {}", self.mark));
        }
        Ok(())
    }

    async fn languages(&mut self, author: u64, centres: &Value) -> Result<(), EngineError> {
        let list = items(centres).iter().filter_map(|centre| centre["locales"].as_array());
        let enabled: BTreeSet<&str> = list.flatten().filter_map(Value::as_str).collect();
        let Some(locale) = RARE.iter().find(|locale| !enabled.contains(**locale)) else {
            self.found("language_not_enabled", NOT_PROBED);
            return Ok(());
        };
        let text = json!({
            "title": self.mark, "body": "<p>canary</p>", "author_id": author, "state": "draft",
        });
        let body = json!({
            "title": self.mark, "author_id": author, "body": "<p>canary</p>", "state": "draft",
            "translated_content": { *locale: text },
        });
        let came = self.send(Request::new(Operation::ArticleCreate).body(body)).await?;
        self.found("language_not_enabled", came.word());
        if let Some(article) = came.object() {
            self.drop_article(&article).await?;
        }
        Ok(())
    }

    async fn drop_article(&mut self, article: &DestinationId) -> Result<(), EngineError> {
        let delete = Request::new(Operation::ArticleDelete).with("article_id", article);
        if !self.send(delete).await?.is_done() {
            self.left.push(format!("article {article} (draft)"));
        }
        Ok(())
    }
}
