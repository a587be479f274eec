//! The help centre: collections, articles with drafts and versions, redirects.

use super::TagLink;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A help centre; no call creates one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HelpCenter {
    #[serde(deserialize_with = "super::admin::number")]
    pub(crate) id: u64,
    #[serde(default = "identifier")]
    pub(crate) identifier: String,
    #[serde(default = "display_name")]
    pub(crate) display_name: String,
    #[serde(default = "url")]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) custom_domain: Option<String>,
    #[serde(default)]
    pub(crate) website_turned_on: bool,
    #[serde(default)]
    pub(crate) default: bool,
    #[serde(default = "locales")]
    pub(crate) locales: Vec<String>,
    #[serde(default)]
    pub(crate) created_at: i64,
    #[serde(default)]
    pub(crate) updated_at: i64,
}

fn identifier() -> String {
    "simulator".to_owned()
}

fn display_name() -> String {
    "Help".to_owned()
}

fn url() -> String {
    "https://help.simulator.test".to_owned()
}

fn locales() -> Vec<String> {
    vec!["en".to_owned()]
}

#[derive(Debug, Clone)]
pub(crate) struct Collection {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) parent: Option<u64>,
    pub(crate) help_center: u64,
    pub(crate) translated: BTreeMap<String, Value>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// Orders the list within one second.
    pub(crate) touched: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArticleContent {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) author: u64,
    pub(crate) published: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct ArticleVersion {
    pub(crate) id: u64,
    pub(crate) locale: String,
    pub(crate) content: ArticleContent,
    pub(crate) created_at: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Article {
    pub(crate) id: u64,
    pub(crate) locale: String,
    pub(crate) content: ArticleContent,
    pub(crate) parent: Option<u64>,
    pub(crate) translated: BTreeMap<String, ArticleContent>,
    /// Staged changes by locale, unpublished.
    pub(crate) drafts: BTreeMap<String, ArticleContent>,
    pub(crate) draft_updated_at: Option<i64>,
    pub(crate) versions: Vec<ArticleVersion>,
    pub(crate) tags: Vec<TagLink>,
    /// `ai_chatbot_availability` and its like, as sent.
    pub(crate) availability: BTreeMap<String, bool>,
    pub(crate) audience_ids: Option<Value>,
    pub(crate) scheduled_publish_at: Option<i64>,
    pub(crate) scheduled_unpublish_at: Option<i64>,
    pub(crate) created_by: u64,
    pub(crate) updated_by: u64,
    pub(crate) touched: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct InternalArticle {
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: u64,
    pub(crate) owner: u64,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) audience_ids: Option<Value>,
    pub(crate) availability: BTreeMap<String, bool>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) touched: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Redirect {
    pub(crate) id: u64,
    pub(crate) help_center: u64,
    pub(crate) from_url: String,
    pub(crate) locale: String,
    pub(crate) target_type: String,
    pub(crate) target_id: String,
    pub(crate) created_at: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Knowledge {
    pub(crate) centers: Vec<HelpCenter>,
    pub(crate) collections: BTreeMap<u64, Collection>,
    pub(crate) articles: BTreeMap<u64, Article>,
    pub(crate) internal: BTreeMap<u64, InternalArticle>,
    pub(crate) redirects: BTreeMap<u64, Redirect>,
    touched: u64,
}

impl Knowledge {
    /// A number that grows with every change: the order of the lists.
    pub(crate) fn touch(&mut self) -> u64 {
        self.touched += 1;
        self.touched
    }

    pub(crate) fn default_locale(&self) -> String {
        let center = self.centers.iter().find(|c| c.default).or_else(|| self.centers.first());
        center.and_then(|c| c.locales.first()).cloned().unwrap_or_else(|| "en".to_owned())
    }

    pub(crate) fn has_locale(&self, locale: &str) -> bool {
        self.centers.iter().any(|c| c.locales.iter().any(|l| l == locale))
    }
}
