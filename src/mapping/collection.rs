//! Containers of articles become collections, three levels deep at most (FACTS §5.10).

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::article::{self as payload, CollectionBody};
use crate::model::record::Visibility;
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::context::Context;
use super::document;
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::fold::{fold, tidy};
use super::input::CollectionInput;
use super::loss::LossName;

/// Levels of collections (help centre, FACTS §5.10).
pub const LEVELS_MAX: usize = 3;

/// Stands between the names of a path.
const PATH_MARK: &str = " > ";

/// Stands between the names of levels that became one.
const FOLD_MARK: &str = " / ";

/// What becomes of a container of articles.
pub fn map_collection(input: &CollectionInput<'_>, context: &Context) -> Mapped {
    let record = input.collection;
    if context.policy.of_source.knowledge_by_hand {
        return Mapped::only(input.key, Outcome::handed_off(document::KNOWLEDGE_REFERENCE));
    }
    if let (Some(parent), true) = (&record.parent, input.above.is_empty()) {
        let outcome = Outcome::queued("parent_missing", format!("a record {parent}"));
        return Mapped::only(input.key, outcome);
    }
    let ring = input.above.iter().enumerate().any(|(place, (key, _))| {
        key == input.key || input.above[..place].iter().any(|(other, _)| other == key)
    });
    if ring {
        let above: Vec<&str> = input.above.iter().map(|(_, name)| name.as_str()).take(4).collect();
        let names = above.join(PATH_MARK);
        let release = format!("a container above {:?} that is not below it: {names}", record.name);
        return Mapped::only(input.key, Outcome::queued("collection_ring", release));
    }
    let above = input.above.iter().rev().map(|(_, name)| name.clone());
    let path: Vec<String> = above.chain([record.name.clone()]).collect();
    if let Some(first) = context.index.collection_at(&path).filter(|first| *first != input.key) {
        return Mapped::only(input.key, Outcome::merged(first.clone(), "same_place"));
    }
    let mut account = Account::default();
    let mut names = vec![tidy(&record.name)];
    let mut parent = input.above.first();
    if input.above.len() >= LEVELS_MAX {
        account.lose(LossName::CollectionLevelFolded);
        let folded = input.above.len() + 1 - LEVELS_MAX;
        names.extend(input.above[..folded].iter().map(|(_, name)| tidy(name)));
        names.reverse();
        parent = input.above.get(folded);
    }
    if record.visibility != Visibility::Public {
        account.lose(LossName::CollectionAudience);
    }
    if let Some(position) = record.position {
        let text = format!("place {position} among its siblings");
        account.by_hand(LossName::CollectionOrder, document::KNOWLEDGE_BASE, input.key, text);
    }
    let parent = parent.map(|(key, _)| Ref::from(key));
    let body = body(names.join(FOLD_MARK), record.description.clone(), parent, context);
    let step = payload::create_collection(StepKey::from("create"), &body);
    account.written(input.key, Becomes::Collection, vec![step])
}

/// The collection of a path of labels, with all above it, derived. `None` for an empty path.
pub(super) fn of_path(
    path: &[String],
    context: &Context,
    account: &mut Account,
) -> Option<SourceKey> {
    let mut names: Vec<String> =
        path.iter().map(|name| tidy(name)).filter(|name| !name.is_empty()).collect();
    if names.len() > LEVELS_MAX {
        account.lose(LossName::CollectionLevelFolded);
        let deep = names.split_off(LEVELS_MAX - 1);
        names.push(deep.join(FOLD_MARK));
    }
    let mut parent: Option<SourceKey> = None;
    let mut word = String::new();
    let mut walked = Vec::new();
    for name in names {
        if !word.is_empty() {
            word.push_str(PATH_MARK);
        }
        word.push_str(&fold(&name));
        walked.push(name.clone());
        // The export may hold the container itself.
        if let Some(record) = context.index.collection_at(&walked) {
            parent = Some(record.clone());
            continue;
        }
        let body = body(name, None, parent.as_ref().map(Ref::from), context);
        let key = SourceKey::own("collection", &word);
        let step = payload::create_collection(StepKey::from("create"), &body);
        account.derive(Draft::new(key.clone(), Becomes::Collection, vec![step]));
        parent = Some(key);
    }
    parent
}

fn body(
    name: String,
    description: Option<String>,
    parent_id: Option<Ref>,
    context: &Context,
) -> CollectionBody {
    let help_center_id = context.mapping.help_center.as_ref().and_then(|id| id.parse().ok());
    CollectionBody { name: Some(name), description, parent_id, help_center_id }
}
