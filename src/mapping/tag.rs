//! Tags: one object for all spellings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::destination::intercom::payload::tag as payload;
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::context::Context;
use super::document;
use super::draft::{Becomes, Draft};
use super::extra;
use super::fold::{fold, tidy};
use super::loss::LossName;
use super::policy::TagTarget;

/// A tag as it is put on something.
pub(super) struct Chosen {
    /// Key of the tag's own draft.
    pub(super) key: SourceKey,
    word: String,
}

impl Chosen {
    /// Names the step that puts it on.
    pub(super) fn step_key(&self) -> StepKey {
        StepKey(format!("tag:{}", self.word))
    }
}

/// Steps that put a tag of this name on a record, or on the contact of a thread.
pub fn steps_of(name: &str) -> [StepKey; 2] {
    let key = SourceKey::own("tag", &fold(name));
    [StepKey(format!("tag:{}", key.id())), StepKey(format!("contact_tag:{}", key.id()))]
}

/// The tag's draft for a word of the source, by the map's table of tags.
pub fn draft(word: &str, context: &Context) -> Draft {
    let name = context.mapping.tags.get(&fold(word)).cloned().unwrap_or_else(|| tidy(word));
    let key = SourceKey::own("tag", &fold(&name));
    let step = payload::create(StepKey::from("create"), &name);
    Draft::new(key, Becomes::Tag, vec![step])
}

/// A record's tags: those that become tags, and attributes for those that decision C-4 lists.
pub(super) struct Split {
    pub(super) tags: Vec<String>,
    pub(super) attributes: BTreeMap<String, Value>,
}

/// Parts a record's tags.
pub(super) fn split(words: &[String], context: &Context) -> Split {
    let mut split = Split { tags: Vec::new(), attributes: BTreeMap::new() };
    for word in words {
        let Some((name, said)) = extra::of_tag(word, context) else {
            split.tags.push(word.clone());
            continue;
        };
        let value = said.map_or(json!(true), |said| json!(said));
        // Several values of one structured tag stand in one text.
        let value = match (split.attributes.get(&name), &value) {
            (Some(Value::String(before)), Value::String(said)) if before != said => {
                json!(format!("{before}, {said}"))
            }
            _ => value,
        };
        split.attributes.insert(name, value);
    }
    split
}

/// Tags that are put on a record, or listed for people by decision T5.
pub(super) fn on(
    words: &[String],
    subject: &SourceKey,
    context: &Context,
    account: &mut Account,
) -> Vec<Chosen> {
    if context.policy.of_source.tag_target != TagTarget::Sheet {
        return distinct(words, context, account);
    }
    for word in words.iter().filter(|word| !word.trim().is_empty()) {
        account.by_hand(LossName::TagListed, document::TAGS, subject, format!("tag {word}"));
    }
    Vec::new()
}

/// Tags for the words of a record, each once; their drafts are derived.
pub(super) fn distinct(words: &[String], context: &Context, account: &mut Account) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for word in words.iter().filter(|word| !word.trim().is_empty()) {
        let draft = draft(word, context);
        if chosen.iter().any(|tag| tag.key == draft.key) {
            account.lose(LossName::TagCaseMerged);
            continue;
        }
        let word = draft.key.id().to_owned();
        chosen.push(Chosen { key: draft.key.clone(), word });
        account.derive(draft);
    }
    chosen
}
