//! Fills the holes of steps: ids of objects written before, addresses of articles, bytes of files.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::files::Files;
use super::spelling::Spellings;
use super::{reading, recognised};
use crate::destination::contract::Destination;
use crate::destination::intercom::family::article::answer::ArticleAnswer;
use crate::destination::intercom::object::{ObjectKind, Target};
use crate::destination::intercom::request::{MissingHole, Request, Resolver, files_of, resolve};
use crate::destination::intercom::step::{FileHole, Step};
use crate::mapping::draft::references;
use crate::model::{DestinationId, SourceKey, StreamId};
use crate::projection::Identity;
use crate::projection::find::identity;

/// Ids kept at hand; beyond, the ledger is asked again.
const IDS_MAX: usize = 200_000;

/// Merges followed before they are taken for a circle.
const MERGES_MAX: usize = 8;

/// Fills holes from the ledger and the export.
pub struct Filler<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    files: &'a Files,
    ids: Mutex<HashMap<SourceKey, DestinationId>>,
    links: Mutex<HashMap<SourceKey, String>>,
    spellings: Spellings,
}

#[derive(Default)]
struct Found {
    ids: HashMap<SourceKey, DestinationId>,
    links: HashMap<SourceKey, String>,
    files: HashMap<SourceKey, Bytes>,
}

impl Resolver for Found {
    fn id(&self, key: &SourceKey) -> Option<DestinationId> {
        self.ids.get(key).cloned()
    }

    fn link(&self, key: &SourceKey) -> Option<String> {
        self.links.get(key).cloned()
    }

    fn file(&self, file: &FileHole) -> Option<Bytes> {
        self.files.get(&file.key).cloned()
    }
}

impl<'a> Filler<'a> {
    /// A filler that knows nothing yet.
    pub fn new(context: &'a Context, destination: &'a dyn Destination, files: &'a Files) -> Self {
        Self {
            context,
            destination,
            files,
            ids: Mutex::default(),
            links: Mutex::default(),
            spellings: Spellings::default(),
        }
    }

    /// The request of a step, or the hole that cannot be filled now.
    ///
    /// # Errors
    /// If the ledger or the export cannot be read.
    pub async fn fill(&self, step: &Step) -> Result<Result<Request, MissingHole>, EngineError> {
        let mut found = self.holes(step).await?;
        for hole in files_of(step) {
            if let Some(bytes) = self.files.fetch(&hole).await? {
                found.files.insert(hole.key, bytes);
            }
        }
        self.named(resolve(step, &found)).await
    }

    /// The same for comparing: files stand in it by name and size, without their bytes.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn fill_without_files(
        &self,
        step: &Step,
    ) -> Result<Result<Request, MissingHole>, EngineError> {
        let mut found = self.holes(step).await?;
        for hole in files_of(step) {
            found.files.insert(hole.key, Bytes::new());
        }
        self.named(resolve(step, &found)).await
    }

    /// The request with its attributes as the workspace writes them.
    async fn named(
        &self,
        resolved: Result<Request, MissingHole>,
    ) -> Result<Result<Request, MissingHole>, EngineError> {
        let Ok(mut request) = resolved else { return Ok(resolved) };
        self.spellings.apply(self.context, &mut request).await?;
        Ok(Ok(request))
    }

    async fn holes(&self, step: &Step) -> Result<Found, EngineError> {
        let mut found = Found::default();
        for key in references(step) {
            if let Some(id) = self.id(&key).await? {
                found.ids.insert(key.clone(), id);
            }
            if let Some(link) = self.link(&key, step).await? {
                found.links.insert(key, link);
            }
        }
        Ok(found)
    }

    /// Remembers what a record became.
    pub fn learn(&self, key: &SourceKey, id: &DestinationId) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= IDS_MAX {
            ids.clear();
        }
        ids.insert(key.clone(), id.clone());
    }

    /// The object that a record became, through merges.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn id(&self, key: &SourceKey) -> Result<Option<DestinationId>, EngineError> {
        let known = self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let mut at = key.clone();
        for _ in 0..MERGES_MAX {
            let Some(stream) = self.stream(&at).await? else {
                return Ok(None);
            };
            match identity::<EngineError>(&self.context.ledger, stream).await? {
                Some(Identity::Object(id)) => {
                    self.learn(key, &id);
                    return Ok(Some(id));
                }
                Some(Identity::MergedInto(into)) => at = into,
                None => return recognised::object(self.context, &at).await,
            }
        }
        Ok(None)
    }

    async fn stream(&self, key: &SourceKey) -> Result<Option<StreamId>, EngineError> {
        Ok(self.context.ledger.streams(std::slice::from_ref(key)).await?.pop().flatten())
    }

    /// The address of the article that a record became; only published ones have one.
    async fn link(&self, key: &SourceKey, step: &Step) -> Result<Option<String>, EngineError> {
        if !mentions_link(&step.body, key) {
            return Ok(None);
        }
        let known = self.links.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let Some(id) = self.id(key).await? else {
            return Ok(None);
        };
        let target = Target::new(ObjectKind::Article, id);
        let back = reading::find(self.context, self.destination, &target).await?;
        let link = back
            .as_ref()
            .and_then(|back| ArticleAnswer::of(&back.object).url)
            .filter(|url| !url.is_empty())
            .map(str::to_owned);
        if let Some(link) = &link {
            let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
            links.insert(key.clone(), link.clone());
        }
        Ok(link)
    }
}

fn mentions_link(value: &Value, key: &SourceKey) -> bool {
    let mark = crate::destination::intercom::step::link_to(key);
    match value {
        Value::String(text) => text.contains(&mark),
        Value::Array(items) => items.iter().any(|item| mentions_link(item, key)),
        Value::Object(fields) => fields.values().any(|field| mentions_link(field, key)),
        _ => false,
    }
}
