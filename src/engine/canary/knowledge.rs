//! What becomes of the content of a deleted collection, and of languages nobody enabled (FACTS
//! §5.10 leaves both open). Everything is a draft, seen by teammates only.

use std::collections::BTreeSet;

use serde_json::Value;

use super::probe::{Canary, Found, NOT_PROBED};
use crate::destination::contract::Read;
use crate::destination::intercom::family::article::probe as article;
use crate::destination::intercom::family::collection::probe as collection;
use crate::destination::intercom::family::workspace::HelpCentreAnswer;
use crate::destination::intercom::pages::items;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// What the articles say.
const TEXT: &str = "<p>canary</p>";

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
        let make = collection::create(&self.mark, "Made for a moment");
        let Some(collection) = self.send(make).await?.object() else {
            self.found("collection_with_content", NOT_PROBED);
            return Ok(());
        };
        let parent = collection.to_string().parse::<u64>().ok();
        let inside = article::in_collection(&self.mark, TEXT, author, parent);
        let article = self.send(inside).await?.object();
        let delete = || collection::delete(&collection);
        let deleted = self.send(delete()).await?.is_done();
        if let Some(article) = article {
            let there = matches!(self.read(article::read(&article)).await?, Found::There(_));
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
        let locales = items(centres).iter().flat_map(|one| HelpCentreAnswer::of(one).locales);
        let enabled: BTreeSet<&str> = locales.filter_map(Value::as_str).collect();
        let Some(locale) = RARE.iter().find(|locale| !enabled.contains(**locale)) else {
            self.found("language_not_enabled", NOT_PROBED);
            return Ok(());
        };
        let came = self.send(article::translated(&self.mark, TEXT, author, locale)).await?;
        self.found("language_not_enabled", came.word());
        if let Some(article) = came.object() {
            self.drop_article(&article).await?;
        }
        Ok(())
    }

    async fn drop_article(&mut self, article: &DestinationId) -> Result<(), EngineError> {
        if !self.send(article::delete(article)).await?.is_done() {
            self.left.push(format!("article {article} (draft)"));
        }
        Ok(())
    }
}
