//! Posts on social networks: in their conversation, or on their own by decision D4.

use crate::destination::intercom::payload::conversation as payload;
use crate::model::StepKey;
use crate::model::record::Mention;

use super::account::Account;
use super::body::Reader;
use super::contact;
use super::context::Context;
use super::draft::{Becomes, Mapped, Outcome};
use super::file::Files;
use super::input::MentionInput;
use super::loss::LossName;
use super::policy::Mentions;
use super::tag;

/// Tag on conversations that were a mention.
pub const TAG: &str = "social_origin";

/// What becomes of a mention that belongs to no conversation.
pub fn map_mention(input: &MentionInput<'_>, context: &Context) -> Mapped {
    let outcome = match context.policy.mentions {
        Mentions::Standalone => return standalone(input, context),
        Mentions::Exclude => Outcome::Excluded { rule: "D4 exclude".to_owned() },
        Mentions::Merge => Outcome::queued("mention_unlinked", "a ticket for the mention"),
        Mentions::Undecided => Outcome::queued("mention_undecided", "decision D4"),
    };
    Mapped::only(input.key, outcome)
}

fn standalone(input: &MentionInput<'_>, context: &Context) -> Mapped {
    let mention = input.mention;
    let Some(at) = mention.created_at else {
        return Mapped::only(input.key, Outcome::queued("no_time", "a time for the mention"));
    };
    let mut account = Account::default();
    let contact = match input.contact {
        Some(key) => key.clone(),
        None => {
            let draft = author(mention, context);
            let key = draft.key.clone();
            account.derive(draft);
            key
        }
    };
    let files = Files::new(&[], 0);
    let (said, images) =
        Reader { context, files: &files }.text(&mention.body, input.key, &mut account);
    account.lose(LossName::SocialChannel);
    let start = at.min(input.now);
    if start != at {
        account.lose(LossName::TimeClamped);
    }
    let mut text = format!("{}\n\n{said}", headline(mention));
    images.iter().for_each(|image| text.push_str(&format!("\n[file not moved: {}]", image.name())));
    let mut steps = vec![payload::create(StepKey::from("create"), &contact, text.trim(), start)];
    let admin = context.policy.fallback_admin.as_str();
    for tag in tag::distinct(&[TAG.to_owned()], context, &mut account) {
        steps.push(payload::tag(tag.step_key(), input.key, &tag.key, admin));
    }
    account.written(input.key, Becomes::Conversation, steps)
}

/// A lead for each handle; where there is none, one for each network.
fn author(mention: &Mention, context: &Context) -> super::draft::Draft {
    let network = mention.network.to_lowercase();
    let handle = mention.author_handle.as_ref().or(mention.author_url.as_ref());
    let id = match handle.or(mention.author_name.as_ref()) {
        Some(handle) => format!("{network}:{}", handle.trim_start_matches('@').to_lowercase()),
        None => format!("{network}:unknown"),
    };
    let name = mention.author_name.as_ref().or(handle);
    let unknown = format!("Unknown author on {}", mention.network);
    contact::by_name(&id, name.unwrap_or(&unknown), context)
}

/// The line that says where a mention comes from.
pub(super) fn headline(mention: &Mention) -> String {
    let kind = mention.kind.replace('_', " ");
    let mut text = format!("{kind} on {}", mention.network);
    let who = mention.author_handle.as_ref().or(mention.author_name.as_ref());
    if let Some(who) = who {
        text.push_str(&format!(" by {who}"));
    }
    if let Some(link) = &mention.permalink {
        text.push_str(&format!(", {link}"));
    }
    text
}
