//! What the ledger knows of the people and starts that a page of records names: asked once a page,
//! not once a record.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};

use super::context::Context;
use super::error::EngineError;
use super::load::Loaded;
use crate::model::alias;
use crate::model::record::{AuthorRole, PersonRef, Teammate};
use crate::model::{Alias, AliasKind, Record, SourceKey, StreamId};
use crate::projection::AliasIndex;

/// Records known under one alias that are looked at; beyond, a person must look anyway.
const ALIAS_MATCHES_MAX: usize = 1_000;

/// Range queries under way at once: hides the way to the database and back.
const SCANS_AT_ONCE: usize = 8;

/// What is known.
pub struct Known {
    project_key: [u8; 32],
    aliases: HashMap<Alias, Vec<StreamId>>,
    /// Of those named by key: who was read.
    read: HashSet<SourceKey>,
    /// Keys of those named by address.
    keys: HashMap<StreamId, SourceKey>,
}

impl Known {
    /// Asks for everything that `roots` and their parts name.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of<'a>(
        context: &Context,
        roots: &[Loaded],
        parts: impl Iterator<Item = &'a Loaded>,
    ) -> Result<Self, EngineError> {
        let project_key = *context.ledger.project_key();
        let mut known = Self {
            project_key,
            aliases: HashMap::new(),
            read: HashSet::new(),
            keys: HashMap::new(),
        };
        let mut wanted = BTreeSet::new();
        let mut addresses = BTreeSet::new();
        let mut named = BTreeSet::new();
        for record in roots.iter().filter_map(|root| root.record.as_ref()) {
            match record {
                Record::Conversation(thread) => wanted.extend(alias::start(&project_key, thread)),
                Record::Teammate(_) | Record::Mention(_) => {}
                record => wanted.extend(alias::aliases(&project_key, record)),
            }
            if let Some(person) = customer_of(record) {
                addresses.extend(address(&project_key, &person));
                named.extend(person.key);
            }
        }
        for record in parts.filter_map(|part| part.record.as_ref()) {
            if let Some(person) = writer_of(record) {
                addresses.extend(address(&project_key, person));
                named.extend(person.key.clone());
            }
        }
        known.find(context, wanted.union(&addresses).cloned().collect()).await?;
        known.name(context, &addresses).await?;
        known.look(context, named.into_iter().collect()).await?;
        Ok(known)
    }

    async fn find(&mut self, context: &Context, wanted: Vec<Alias>) -> Result<(), EngineError> {
        let ledger = &context.ledger;
        let mut found = futures::stream::iter(wanted)
            .map(|alias| async move {
                let (from, to) = (AliasIndex::first(&alias), AliasIndex::end(&alias));
                let rows =
                    ledger.scan(AliasIndex::NAME, &from, Some(&to), ALIAS_MATCHES_MAX).await?;
                let streams: Vec<StreamId> =
                    rows.iter().filter_map(|(key, _)| AliasIndex::stream(key)).collect();
                Ok::<_, EngineError>((alias, streams))
            })
            .buffer_unordered(SCANS_AT_ONCE);
        while let Some((alias, streams)) = found.try_next().await? {
            self.aliases.insert(alias, streams);
        }
        Ok(())
    }

    async fn name(
        &mut self,
        context: &Context,
        addresses: &BTreeSet<Alias>,
    ) -> Result<(), EngineError> {
        let firsts: BTreeSet<StreamId> =
            addresses.iter().filter_map(|alias| self.streams(alias).first().copied()).collect();
        let firsts: Vec<StreamId> = firsts.into_iter().collect();
        let keys = context.ledger.keys(&firsts).await?;
        self.keys.extend(firsts.into_iter().zip(keys));
        Ok(())
    }

    async fn look(&mut self, context: &Context, keys: Vec<SourceKey>) -> Result<(), EngineError> {
        let streams = context.ledger.streams(&keys).await?;
        let (keys, streams): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .zip(streams)
            .filter_map(|(key, stream)| stream.map(|stream| (key, stream)))
            .unzip();
        let states = context.states(&streams).await?;
        // Whom nothing was read of is known by address at most.
        let read = keys.into_iter().zip(states).filter(|(_, state)| state.read_at.is_some());
        self.read.extend(read.map(|(key, _)| key));
        Ok(())
    }

    /// The streams known under an alias, in reading order.
    pub fn streams(&self, alias: &Alias) -> &[StreamId] {
        self.aliases.get(alias).map(Vec::as_slice).unwrap_or_default()
    }

    /// The own record of the customer whom a record names: by key, or the first of the address.
    pub fn customer(&self, record: &Record) -> Option<SourceKey> {
        self.person(customer_of(record)?)
    }

    /// The own record of the customer who wrote a message.
    pub fn writer(&self, record: &Record) -> Option<SourceKey> {
        self.person(writer_of(record)?.clone())
    }

    fn person(&self, person: PersonRef) -> Option<SourceKey> {
        if let Some(key) = person.key {
            return self.read.contains(&key).then_some(key);
        }
        let alias = address(&self.project_key, &person)?;
        self.streams(&alias).first().and_then(|first| self.keys.get(first)).cloned()
    }
}

/// The customer who wrote a message.
fn writer_of(record: &Record) -> Option<&PersonRef> {
    match record {
        Record::Message(message) if message.author.role == AuthorRole::Customer => {
            Some(&message.author.person)
        }
        _ => None,
    }
}

/// The person whose contact record belongs to a record.
fn customer_of(record: &Record) -> Option<PersonRef> {
    match record {
        Record::Conversation(thread) => Some(thread.customer.clone()),
        Record::Mention(mention) => {
            Some(PersonRef { key: mention.customer.clone(), ..PersonRef::default() })
        }
        Record::Teammate(teammate) => Some(by_address(teammate)),
        _ => None,
    }
}

/// A teammate as a customer of the same address would be named.
fn by_address(teammate: &Teammate) -> PersonRef {
    PersonRef { email: teammate.email.clone(), ..PersonRef::default() }
}

/// The alias of a person who is named by address only.
fn address(project_key: &[u8; 32], person: &PersonRef) -> Option<Alias> {
    let email = person.email.as_deref().filter(|_| person.key.is_none())?;
    Some(Alias::of(project_key, AliasKind::ContactEmail, email))
}
