//! Articles: created as drafts, filled once all articles they link to have an address, published
//! last (FACTS §5.10, §10).

use crate::destination::intercom::payload::article::{
    self as payload, ArticleBody, ArticleState, InternalArticleBody, RedirectTarget,
};
use crate::destination::intercom::payload::{IntRef, Ref};
use crate::destination::intercom::step::Step;
use crate::model::record::{Article, BodyFormat, Visibility};
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::collection;
use super::context::Context;
use super::document;
use super::draft::{Becomes, Mapped, Outcome};
use super::escape;
use super::file::Files;
use super::fold::{fold, tidy};
use super::html::{self, Found, Image, Surroundings, Use};
use super::input::ArticleInput;
use super::link::Target;
use super::loss::LossName;
use super::policy::{Hierarchy, NonPublic};
use super::tag;

/// What becomes of an article.
pub fn map_article(input: &ArticleInput<'_>, context: &Context) -> Mapped {
    if context.policy.of_source.knowledge_by_hand {
        return Mapped::only(input.key, Outcome::handed_off(document::KNOWLEDGE_REFERENCE));
    }
    draft(input, context).unwrap_or_else(|outcome| Mapped::only(input.key, outcome))
}

fn draft(input: &ArticleInput<'_>, context: &Context) -> Result<Mapped, Outcome> {
    let article = input.article;
    let title = tidy(&article.title);
    if title.is_empty() {
        return Err(Outcome::queued("no_title", "a title for the article"));
    }
    let mut account = Account::default();
    let author = author(article, context, &mut account)?;
    let parent = parent(article, context, &mut account)?;
    let text = text(input, context, &mut account);
    let restricted = article.visibility != Visibility::Public;
    if restricted {
        account.lose(LossName::ArticleVisibility);
    }
    count(input, context, &mut account);
    if is_internal(article, context) {
        let steps = internal(input.key, title, author, &text);
        return Ok(account.written(input.key, Becomes::InternalArticle, steps));
    }
    let mut body = ArticleBody {
        title: Some(title),
        author_id: Some(IntRef::from(author)),
        state: Some(ArticleState::Draft),
        ..ArticleBody::default()
    };
    if let Some(collection) = &parent {
        body.create_in(collection);
    }
    let mut steps = vec![filled(payload::create(StepKey::from("create"), &body), &text, false)];
    if context.policy.publishes(article) {
        let state = Some(ArticleState::Published);
        let body = ArticleBody { state, ..ArticleBody::default() };
        steps.push(payload::update(StepKey::from("publish"), input.key, &body));
    }
    // Only published articles have an address, and links may lead in circles: so all are
    // published before the links between them are written.
    if text.marked {
        let step = StepKey::from("body");
        let update = payload::update(step, input.key, &ArticleBody::default());
        steps.push(filled(update, &text, true));
    }
    steps.extend(redirect(input, context));
    let admin = context.policy.fallback_admin.as_str();
    for tag in tag::distinct(&article.tags, context, &mut account) {
        let admin = Some(Ref::from(admin));
        steps.push(payload::tag(tag.step_key(), input.key, &tag.key, admin));
    }
    Ok(account.written(input.key, Becomes::Article, steps))
}

/// Whether an article becomes an internal one (decisions D9, H8, I9).
fn is_internal(article: &Article, context: &Context) -> bool {
    article.visibility != Visibility::Public && context.policy.non_public == NonPublic::Internal
}

fn author(article: &Article, context: &Context, account: &mut Account) -> Result<i64, Outcome> {
    let speaker = context.speaker(&article.author);
    if speaker.named.is_some() && !article.author.is_empty() {
        account.lose(LossName::AgentUnmatched);
    }
    speaker.admin.parse().map_err(|_| Outcome::queued("admin_id", "a number as the admin's id"))
}

fn parent(
    article: &Article,
    context: &Context,
    account: &mut Account,
) -> Result<Option<SourceKey>, Outcome> {
    if let Some(key) = &article.collection {
        return Ok(Some(key.clone()));
    }
    if article.category_path.is_empty() && !matches!(context.policy.hierarchy, Hierarchy::Single(_))
    {
        return Ok(None);
    }
    let path = match &context.policy.hierarchy {
        Hierarchy::Labels => article.category_path.clone(),
        Hierarchy::Single(name) => vec![name.clone()],
        Hierarchy::Map => {
            let label = article.category_path.join(" > ");
            let known = context.mapping.collections.get(&fold(&label));
            known.cloned().ok_or_else(|| {
                let release = format!("{label:?} in the table `collections` of mapping.toml");
                Outcome::queued("unknown_category", release)
            })?
        }
    };
    Ok(collection::of_path(&path, context, account))
}

/// An article's text as it is sent.
struct Text {
    /// HTML or Markdown.
    content: String,
    markdown: bool,
    /// It holds marks of articles.
    marked: bool,
}

fn text(input: &ArticleInput<'_>, context: &Context, account: &mut Account) -> Text {
    let article = input.article;
    let (mut content, found) = match article.body.format {
        BodyFormat::Html => {
            let named = |reference: &str| Files::new(input.attachments, u64::MAX).named(reference);
            let links = &context.links;
            let around = Surroundings { links, file_name: &named, purpose: Use::Article };
            html::to_html(&article.body.content, &around)
        }
        BodyFormat::Text => (escape::of_text(&article.body.content), Found::default()),
        BodyFormat::Markdown => markdown(&article.body.content, context),
    };
    note_down(input.key, &found, context, account);
    let markdown = article.body.format == BodyFormat::Markdown;
    if let Some(line) = footer(article, context) {
        let line = if markdown { format!("\n\n{line}") } else { escape::of_text(&line) };
        content.push_str(&line);
    }
    Text { content, markdown, marked: found.marked }
}

/// Markdown with marks in place of links to articles.
fn markdown(text: &str, context: &Context) -> (String, Found) {
    let mut found = Found::default();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("](") {
        let (before, after) = rest.split_at(open + 2);
        result.push_str(before);
        let end = after.find([')', ' ', '\n']).unwrap_or(after.len());
        match context.links.target(&after[..end]) {
            Target::Article(key) => {
                found.marked = true;
                result.push_str(&crate::destination::intercom::step::link_to(key));
            }
            Target::Unaddressed(_) | Target::OldDesk => {
                found.old_links.push(after[..end].to_owned());
                result.push_str(&after[..end]);
            }
            Target::Elsewhere => result.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    result.push_str(rest);
    (result, found)
}

fn note_down(key: &SourceKey, found: &Found, context: &Context, account: &mut Account) {
    if found.removed {
        account.lose(LossName::EmbeddedContentRemoved);
    }
    if found.headings {
        account.lose(LossName::HeadingLevel);
    }
    for link in &found.old_links {
        let text = context.links.described(link);
        account.by_hand(LossName::OldDeskLinkKept, document::OLD_LINKS, key, text);
    }
    for image in &found.images {
        let (Image::Reference(name) | Image::Data { name, .. }) = image;
        let text = format!("image {name}");
        account.by_hand(LossName::ArticleImageByHand, document::KNOWLEDGE_BASE, key, text);
    }
}

/// A redirect from the article's old address, if the help centre answers there: for others no
/// redirect can be made (FACTS §5.10).
fn redirect(input: &ArticleInput<'_>, context: &Context) -> Option<Step> {
    let from = inside(input.article, context)?;
    let help_center = context.mapping.help_center.as_deref()?;
    let locale = context.mapping.locale.as_deref().unwrap_or("en");
    let key = StepKey::from("redirect");
    let to = (RedirectTarget::Article, Ref::from(input.key));
    Some(payload::create_redirect(key, help_center, from, locale, to))
}

/// The article's old address, if it is one of the help centre's.
fn inside<'a>(article: &'a Article, context: &Context) -> Option<&'a str> {
    let base = context.mapping.redirect_base.as_deref()?.trim_end_matches('/');
    let url = article.url.as_deref()?;
    context.mapping.help_center.as_ref()?;
    url.strip_prefix(base).filter(|rest| rest.starts_with('/')).map(|_| url)
}

/// The line that keeps an article's author, dates and figures (decision D10).
fn footer(article: &Article, context: &Context) -> Option<String> {
    if !context.policy.footer {
        return None;
    }
    let mut words = Vec::new();
    if !article.author.is_empty() {
        words.push(format!("Written by {}", context.name(&article.author)));
    }
    if let Some(time) = article.created_at {
        words.push(format!("created {}", time.to_rfc3339()));
    }
    if let Some(time) = article.updated_at {
        words.push(format!("changed {}", time.to_rfc3339()));
    }
    words.extend(article.statistics.iter().map(|(name, value)| format!("{name} {value}")));
    (!words.is_empty()).then(|| words.join(", "))
}

/// The step with the text in it: in the create unless it holds marks, which wait for addresses.
fn filled(mut step: Step, text: &Text, marks: bool) -> Step {
    if text.marked == marks {
        payload::set_text(&mut step, &text.content, text.markdown);
    }
    step
}

fn internal(key: &SourceKey, title: String, author: i64, text: &Text) -> Vec<Step> {
    let id = || Some(IntRef::from(author));
    let body = InternalArticleBody {
        title: Some(title),
        author_id: id(),
        owner_id: id(),
        ..InternalArticleBody::default()
    };
    let create = payload::create_internal(StepKey::from("create"), &body);
    let mut steps = vec![filled(create, text, false)];
    if text.marked {
        let empty = InternalArticleBody::default();
        let update = payload::update_internal(StepKey::from("body"), key, &empty);
        steps.push(filled(update, text, true));
    }
    steps
}

fn count(input: &ArticleInput<'_>, context: &Context, account: &mut Account) {
    let article = input.article;
    if article.created_at.or(article.updated_at).is_some() {
        account.lose(LossName::ArticleTimestamps);
    }
    if !article.statistics.is_empty() && !context.policy.footer {
        account.lose(LossName::ArticleViewsVotes);
    }
    if article.locale.is_some() && article.locale != context.mapping.locale {
        account.lose(LossName::ArticleLocale);
    }
    let redirected = inside(article, context).is_some() && !is_internal(article, context);
    if let Some(url) = article.url.as_ref().filter(|_| !redirected) {
        let document = document::KNOWLEDGE_BASE;
        account.by_hand(LossName::ArticleOldAddress, document, input.key, url);
    }
    for (key, record) in input.attachments {
        account.by_hand(
            LossName::ArticleFileByHand,
            document::KNOWLEDGE_BASE,
            key,
            format!("{} belongs to {}", record.name, input.key),
        );
        account.part(key, Outcome::handed_off(document::KNOWLEDGE_BASE));
    }
}
