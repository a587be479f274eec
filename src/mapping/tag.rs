//! Tags: one object for all spellings.

use crate::destination::intercom::payload::tag as payload;
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::context::Context;
use super::draft::{Becomes, Draft};
use super::fold::{fold, tidy};
use super::loss::LossName;

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

/// The tag's draft for a word of the source, by the map's table of tags.
pub fn draft(word: &str, context: &Context) -> Draft {
    let name = context.mapping.tags.get(&fold(word)).cloned().unwrap_or_else(|| tidy(word));
    let key = SourceKey::own("tag", &fold(&name));
    let step = payload::create(StepKey::from("create"), &name);
    Draft::new(key, Becomes::Tag, vec![step])
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
