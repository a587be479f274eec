//! Chooses records to write ahead of the rest: a few that cover everything, or some by name, each
//! with all that it needs.

use std::collections::BTreeSet;

use super::context::Context;
use super::error::EngineError;
use super::pending::{self, Pending};
use crate::destination::intercom::family::set_attributes;
use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::request::files_of;
use crate::model::StreamId;
use crate::model::event::Phase;

/// Longest attribute value that counts as a word: longer ones are texts, each its own.
const WORD_CHARS_MAX: usize = 40;

/// Chooses `number` conversations that together show every operation, channel, status, attribute
/// value and kind of file; what is left of the number is filled in order.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn choose(context: &Context, number: usize) -> Result<BTreeSet<StreamId>, EngineError> {
    let mut covered = BTreeSet::new();
    let mut chosen = BTreeSet::new();
    let mut others = Vec::new();
    let mut after = None;
    while let Some((page, last)) = pending::page(context, Phase::Conversations, after).await? {
        after = Some(last);
        for pending in &page {
            if chosen.len() >= number {
                return Ok(chosen);
            }
            let features = features(pending);
            if features.is_subset(&covered) {
                if others.len() < number {
                    others.push(pending.stream);
                }
            } else {
                covered.extend(features);
                chosen.insert(pending.stream);
            }
        }
    }
    let room = number.saturating_sub(chosen.len());
    chosen.extend(others.into_iter().take(room));
    Ok(chosen)
}

fn features(pending: &Pending) -> BTreeSet<String> {
    let mut features = BTreeSet::new();
    for step in &pending.draft.steps {
        features.insert(step.operation.spec().name.to_owned());
        for file in files_of(step) {
            features.insert(format!("file {}", file.content_type));
        }
        if ObjectKind::of(step.operation) == ObjectKind::Conversation
            && let Some(values) = set_attributes(step.operation, &step.body)
        {
            for (name, value) in values {
                let word = value.as_str().filter(|text| text.len() <= WORD_CHARS_MAX);
                features.insert(match word {
                    // Identifiers would make every record one of a kind.
                    Some(word) if !word.chars().any(|c| c.is_ascii_digit()) => {
                        format!("{name}={word}")
                    }
                    _ => name.clone(),
                });
            }
        }
    }
    features.extend(pending.draft.losses.keys().map(|loss| format!("loss {loss:?}")));
    features
}

/// These records with everything that their drafts refer to, and all attributes.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn with_needs(
    context: &Context,
    roots: BTreeSet<StreamId>,
) -> Result<BTreeSet<StreamId>, EngineError> {
    let mut all = roots.clone();
    let mut next: Vec<StreamId> = roots.into_iter().collect();
    while !next.is_empty() {
        let mut needed = BTreeSet::new();
        for pending in pending::of(context, &next).await? {
            let keys: Vec<_> = pending.draft.references().into_iter().collect();
            needed.extend(context.ledger.streams(&keys).await?.into_iter().flatten());
        }
        next = needed.into_iter().filter(|stream| all.insert(*stream)).collect();
    }
    let mut after = None;
    while let Some((page, last)) = pending::page(context, Phase::Schema, after).await? {
        after = Some(last);
        all.extend(page.iter().map(|pending| pending.stream));
    }
    Ok(all)
}
