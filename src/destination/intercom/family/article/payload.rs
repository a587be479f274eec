//! Articles, redirects and internal articles (FACTS §5.10).

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{IntRef, Ref, bare, step};
use super::super::super::step::Step;

/// Published or draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleState {
    /// Public at once.
    Published,
    /// Seen by teammates only.
    Draft,
}

/// What can be written of an article; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArticleBody {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// HTML; may hold link marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The teammate who is named as author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_id: Option<IntRef>,
    /// Published or draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ArticleState>,
    /// The collection: a number on create, text on update, as the description has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Value>,
    /// What the parent is; set with `parent_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_type: Option<&'static str>,
}

/// What can be written of an internal article; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InternalArticleBody {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// HTML; may hold link marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The teammate who is named as author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_id: Option<IntRef>,
    /// The teammate who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<IntRef>,
}

/// What a redirect leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum RedirectTarget {
    Article,
    Collection,
}

impl ArticleBody {
    /// Puts the article into a collection, for a create.
    pub fn create_in(&mut self, collection: impl Into<IntRef>) {
        self.parent_id = Some(json!(collection.into()));
        self.parent_type = Some("collection");
    }

    /// Puts the article into a collection, for an update.
    pub fn move_to(&mut self, collection: impl Into<Ref>) {
        self.parent_id = Some(json!(collection.into()));
        self.parent_type = Some("collection");
    }
}

/// Creates an article; title and author are required.
pub fn create(key: StepKey, body: &ArticleBody) -> Step {
    step(key, Operation::ArticleCreate, [], body)
}

/// Changes the fields of an article that are set.
pub fn update(key: StepKey, article: impl Into<Ref>, body: &ArticleBody) -> Step {
    step(key, Operation::ArticleUpdate, [("article_id", article.into())], body)
}

/// Gives an article or an internal article its text, as HTML or as Markdown.
pub fn set_text(step: &mut Step, text: &str, is_markdown: bool) {
    let field = if is_markdown { "body_markdown" } else { "body" };
    step.body[field] = text.into();
}

/// Stages a draft of an article.
pub fn stage_draft(key: StepKey, article: impl Into<Ref>, body: &ArticleBody) -> Step {
    step(key, Operation::ArticleDraft, [("article_id", article.into())], body)
}

/// Publishes the staged draft of an article, in all its locales.
pub fn publish_draft(key: StepKey, article: impl Into<Ref>) -> Step {
    let path = [("article_id", article.into())];
    step(key, Operation::ArticlePublishDraft, path, &json!({}))
}

/// Puts a tag on an article.
pub fn tag(key: StepKey, article: impl Into<Ref>, tag: impl Into<Ref>, admin: Option<Ref>) -> Step {
    let mut body = json!({ "id": tag.into() });
    if let Some(admin) = admin {
        body["admin_id"] = json!(admin);
    }
    step(key, Operation::ArticleTag, [("article_id", article.into())], &body)
}

/// Takes a tag off an article.
pub fn untag(key: StepKey, article: impl Into<Ref>, tag: impl Into<Ref>) -> Step {
    let path = [("article_id", article.into()), ("tag_id", tag.into())];
    bare(key, Operation::ArticleUntag, path)
}

/// Deletes an article for good.
pub fn delete(key: StepKey, article: impl Into<Ref>) -> Step {
    bare(key, Operation::ArticleDelete, [("article_id", article.into())])
}

/// Leads an old address inside the help centre's own address space to an article or collection.
pub fn create_redirect(
    key: StepKey,
    help_center: impl Into<Ref>,
    from_url: &str,
    locale: &str,
    (target_type, target): (RedirectTarget, Ref),
) -> Step {
    let body = json!({
        "from_url": from_url,
        "locale": locale,
        "target_type": target_type,
        "target_id": target,
    });
    step(key, Operation::RedirectCreate, [("help_center_id", help_center.into())], &body)
}

/// Deletes a redirect.
pub fn delete_redirect(
    key: StepKey,
    help_center: impl Into<Ref>,
    redirect: impl Into<Ref>,
) -> Step {
    let path = [("help_center_id", help_center.into()), ("redirect_id", redirect.into())];
    bare(key, Operation::RedirectDelete, path)
}

/// Creates an internal article; title, author and owner are required.
pub fn create_internal(key: StepKey, body: &InternalArticleBody) -> Step {
    step(key, Operation::InternalArticleCreate, [], body)
}

/// Changes the fields of an internal article that are set.
pub fn update_internal(key: StepKey, article: impl Into<Ref>, body: &InternalArticleBody) -> Step {
    step(key, Operation::InternalArticleUpdate, [("article_id", article.into())], body)
}

/// Deletes an internal article for good.
pub fn delete_internal(key: StepKey, article: impl Into<Ref>) -> Step {
    bare(key, Operation::InternalArticleDelete, [("article_id", article.into())])
}
