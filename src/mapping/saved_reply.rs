//! Saved replies: a file and a checklist, one internal article with all of them, or nothing
//! (decision D8).

use crate::destination::intercom::payload::IntRef;
use crate::destination::intercom::payload::article::{self as payload, InternalArticleBody};
use crate::model::record::{BodyFormat, SavedReply};
use crate::model::{SourceKey, StepKey};

use super::context::Context;
use super::document;
use super::draft::{Becomes, Draft, Outcome};
use super::escape::{escape, of_text};
use super::policy::SavedReplies;

/// Title of the article.
const TITLE: &str = "Saved replies of the old help desk";

fn key() -> SourceKey {
    SourceKey::own("internal_article", "saved_replies")
}

/// What becomes of one saved reply.
pub(super) fn of_record(context: &Context) -> Outcome {
    match context.policy.of_source.saved_replies {
        SavedReplies::File => Outcome::handed_off(document::SAVED_REPLIES),
        SavedReplies::InternalArticle => Outcome::merged(key(), "in_one_article"),
        SavedReplies::Skip => Outcome::Excluded { rule: "D8 skip".to_owned() },
    }
}

/// The article with all saved replies, if decision D8 wants it.
pub(super) fn article(context: &Context) -> Option<Draft> {
    let replies = context.index.saved_replies();
    let wanted = context.policy.of_source.saved_replies == SavedReplies::InternalArticle;
    if !wanted || replies.is_empty() {
        return None;
    }
    // Ids of admins are whole numbers: the policy has checked it.
    let author = context.policy.fallback_admin.parse::<i64>().ok()?;
    let body = InternalArticleBody {
        title: Some(TITLE.to_owned()),
        body: Some(replies.values().map(section).collect()),
        author_id: Some(IntRef::from(author)),
        owner_id: Some(IntRef::from(author)),
    };
    let step = payload::create_internal(StepKey::from("create"), &body);
    Some(Draft::new(key(), Becomes::InternalArticle, vec![step]))
}

fn section(reply: &SavedReply) -> String {
    let name = match &reply.category {
        Some(category) => format!("{category}: {}", reply.name),
        None => reply.name.clone(),
    };
    let said = match reply.body.format {
        BodyFormat::Html => of_text(&super::text::of_html(&reply.body.content)),
        BodyFormat::Text | BodyFormat::Markdown => of_text(&reply.body.content),
    };
    format!("<h2>{}</h2>{said}", escape(&name))
}
