//! Texts of a contact that were too long for an attribute: a note holds each in full.

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::contact as payload;
use crate::destination::intercom::step::Step;
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::context::Context;
use super::escape;
use super::loss::LossName;

/// A note for each attribute's name and whole text.
pub(super) fn notes(
    key: &SourceKey,
    cut: &[(String, String)],
    context: &Context,
    account: &mut Account,
) -> Vec<Step> {
    let note = |(name, text): &(String, String)| {
        account.lose(LossName::ContactNoteDatedNow);
        let html = escape::of_text(&format!("{name}: {text}"));
        let admin = Some(Ref::from(context.policy.fallback_admin.as_str()));
        payload::note(StepKey(format!("note:{name}")), key, &html, admin)
    };
    cut.iter().map(note).collect()
}
