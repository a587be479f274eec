//! What people did to an object of ours since we made it: such work is kept by a rollback.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::context::Context;
use super::error::EngineError;
use super::reading::{self, patiently};
use super::sent::{History, by_relation, sent};
use super::strict::attributes;
use crate::destination::contract::{Destination, DestinationError, Read};
use crate::destination::intercom::compare::StepIds;
use crate::destination::intercom::drift::{Ours, drift};
use crate::destination::intercom::family::{self, ARCHIVED, Entry, Users};
use crate::destination::intercom::filled::filled;
use crate::destination::intercom::object::{ObjectKind, ReadBack, Target};
use crate::destination::intercom::pages::{items, list_all, turn};
use crate::destination::intercom::request::Request;
use crate::model::{DestinationId, SourceKey, StepKey, StreamId};
use crate::projection::StepMap;
use crate::projection::find::of_object;
use crate::projection::id_map::CREATE_STEP;

/// Foreign objects named; one is enough to keep ours.
const NAMED_MAX: usize = 3;

/// Pages of a search that are followed while all on them is ours.
const SEARCHED_PAGES_MAX: usize = 40;

/// Said of an object of which the ledger no longer knows what was sent: it is kept, for nobody can
/// tell what people changed.
pub const ERASED: &str = "its bytes are erased: remove it by hand";

/// Looks at objects before they are undone.
pub struct Looker<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    /// Lists that were read once, by path: our undoing does not change who is in them besides us.
    lists: Mutex<HashMap<&'static str, Arc<Vec<Value>>>>,
    /// Names of the attributes that the migration made or used.
    attributes: OnceCell<BTreeSet<String>>,
}

impl<'a> Looker<'a> {
    /// A looker.
    pub fn new(context: &'a Context, destination: &'a dyn Destination) -> Self {
        Self { context, destination, lists: Mutex::default(), attributes: OnceCell::new() }
    }

    /// What people changed of, or added to, a record's object; nothing if it is gone.
    ///
    /// # Errors
    /// If Intercom or the ledger cannot be read.
    pub async fn touched(
        &self,
        key: &SourceKey,
        stream: StreamId,
        states: &StepMap,
    ) -> Result<Vec<String>, EngineError> {
        let history = match sent(self.context, key, stream).await {
            Ok(history) => history,
            Err(EngineError::Erased(_)) => return Ok(vec![ERASED.to_owned()]),
            Err(error) => return Err(error),
        };
        let create = history.step(CREATE_STEP);
        let id = states.get(&StepKey::from(CREATE_STEP)).and_then(|state| state.object().cloned());
        let (Some(create), Some(id)) = (create, id) else {
            return Ok(Vec::new());
        };
        let target = Target::of(&create.first, id.clone());
        let Some(back) = reading::find_surely(self.context, self.destination, &target).await?
        else {
            return Ok(Vec::new());
        };
        let ids: StepIds = states
            .iter()
            .filter_map(|(key, state)| Some((key.clone(), state.object()?.clone())))
            .collect();
        let effects = states.values().flat_map(|state| &state.effects);
        let ever = effects.filter_map(|effect| effect.object.clone()).collect();
        let ours = Ours { steps: &history.all, ids: &ids, ever: &ever, created: true };
        let mut touched = drift(&ours, &back);
        touched.extend(self.filled(key, &history, &ours, &back).await?);
        // An undo that was cut short may have archived it: that was us, not people.
        let tried =
            states.get(&StepKey::from(CREATE_STEP)).is_some_and(|state| state.undo_attempts > 0);
        touched.retain(|field| !(tried && field == ARCHIVED));
        let family = family::of_kind(back.kind);
        touched.retain(|field| !family.is_lost_reference(field, &history.all, &back));
        let merged = family.merged_in(&back.object);
        touched.extend(self.not_made("merged contact", merged).await?);
        touched.extend(self.used(target.kind, &id, &create.first).await?);
        Ok(touched)
    }

    /// What people wrote where we wrote nothing. Intercom itself and its workflows fill attributes
    /// of threads, so of those only what the migration made or used counts.
    async fn filled(
        &self,
        key: &SourceKey,
        history: &History,
        ours: &Ours<'_>,
        back: &ReadBack,
    ) -> Result<Vec<String>, EngineError> {
        let mut all = history.ever();
        match by_relation(self.context, key).await {
            Ok(steps) => all.extend(steps),
            Err(EngineError::Erased(_)) => return Ok(vec![ERASED.to_owned()]),
            Err(error) => return Err(error),
        }
        let found = filled(&Ours { steps: &all, ..*ours }, back);
        let mut fields: Vec<String> = found.into_iter().map(|one| one.field).collect();
        if matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) && !fields.is_empty()
        {
            let names = self.attributes.get_or_try_init(|| attributes(self.context)).await?;
            fields
                .retain(|field| field.split_once('.').is_none_or(|(_, name)| names.contains(name)));
        }
        Ok(fields)
    }

    /// Objects of others that would suffer if ours went.
    async fn used(
        &self,
        kind: ObjectKind,
        id: &DestinationId,
        made: &Request,
    ) -> Result<Vec<String>, EngineError> {
        let family = family::of_kind(kind);
        let mut used = Vec::new();
        for users in family.users(id, made) {
            used.extend(match users {
                Users::Found(word, search) => self.foreign(word, search).await?,
                Users::Listed(word, read) => {
                    self.listed(word, read, |one| family.holds(id, made, one)).await?
                }
            });
        }
        Ok(used)
    }

    /// Those that a search finds and that are not ours. A field that Intercom lets nobody search
    /// tells nothing; the residue says what that means.
    async fn foreign(&self, word: &str, mut search: Read) -> Result<Vec<String>, EngineError> {
        let mut foreign = Vec::new();
        for _ in 0..SEARCHED_PAGES_MAX {
            let page = || async { self.destination.read(&search).await.found(search.path) };
            let page = match patiently(self.context, page).await {
                Ok(page) => page,
                Err(EngineError::Destination(DestinationError::Refused { .. })) => break,
                Err(error) => return Err(error),
            };
            foreign.extend(self.not_ours(word, items(&page)).await?);
            if foreign.len() >= NAMED_MAX || items(&page).is_empty() || !turn(&mut search, &page) {
                break;
            }
        }
        foreign.truncate(NAMED_MAX);
        Ok(foreign)
    }

    async fn listed(
        &self,
        word: &str,
        read: Read,
        takes: impl Fn(&Value) -> bool,
    ) -> Result<Vec<String>, EngineError> {
        let all = self.whole_list(read).await?;
        let taken: Vec<Value> = all.iter().filter(|one| takes(one)).cloned().collect();
        self.not_ours(word, &taken).await
    }

    /// A list, read once where its address names no object.
    async fn whole_list(&self, read: Read) -> Result<Arc<Vec<Value>>, EngineError> {
        let all = || list_all(self.destination, read.clone());
        if !read.values.is_empty() {
            return Ok(Arc::new(patiently(self.context, all).await?));
        }
        let mut lists = self.lists.lock().await;
        if let Some(known) = lists.get(read.path) {
            return Ok(known.clone());
        }
        let found = Arc::new(patiently(self.context, all).await?);
        lists.insert(read.path, found.clone());
        Ok(found)
    }

    /// Those that no record of ours became.
    async fn not_ours(&self, word: &str, found: &[Value]) -> Result<Vec<String>, EngineError> {
        self.not_made(word, found.iter().filter_map(|one| Entry::of(one).id)).await
    }

    async fn not_made(
        &self,
        word: &str,
        found: impl IntoIterator<Item = DestinationId>,
    ) -> Result<Vec<String>, EngineError> {
        let mut foreign = Vec::new();
        for id in found {
            if of_object(&self.context.ledger, &id, 1).await?.is_empty() {
                foreign.push(format!("{word}:{id}"));
            }
            if foreign.len() >= NAMED_MAX {
                break;
            }
        }
        Ok(foreign)
    }
}
