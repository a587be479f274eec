//! Brings together what the map must see of one record: its parts, its contact, its neighbours.

use std::collections::{BTreeSet, HashMap};

use super::context::Context;
use super::error::EngineError;
use super::load::{self, Loaded};
use crate::model::alias;
use crate::model::lifecycle::RecordStage;
use crate::model::record::{Attachment, Contact, Mention, Message, PersonRef, Teammate};
use crate::model::{Alias, AliasKind, Record, SourceKey, StreamId};
use crate::projection::AliasIndex;

/// Records known under one alias that are looked at; beyond, a person must look anyway.
const ALIAS_MATCHES_MAX: usize = 1_000;

/// A record with everything that the map must see of it.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The record.
    pub root: Loaded,
    /// Its messages, in the order of the export.
    pub messages: Vec<(SourceKey, Message)>,
    /// Its files and those of its messages, in the order of the export.
    pub attachments: Vec<(SourceKey, Attachment)>,
    /// Mentions that belong to it.
    pub mentions: Vec<(SourceKey, Mention)>,
    /// Every part with its state.
    pub parts: Vec<Loaded>,
    /// For threads and mentions: the customer's record; for teammates: that of their address.
    pub contact: Option<SourceKey>,
    /// For contacts: the first of the same address, if it is another one.
    pub duplicate_of: Option<SourceKey>,
    /// For contacts: the others of the same address.
    pub duplicates: Vec<(SourceKey, Contact)>,
    /// For collections: keys and names of those above, the nearest first.
    pub above: Vec<(SourceKey, String)>,
    /// For threads: earlier threads of the customer that start in the same second.
    pub start_nudge_s: u32,
}

/// Gathers `streams`, which must be in ascending order.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn gather(context: &Context, streams: &[StreamId]) -> Result<Vec<Gathered>, EngineError> {
    let roots = load::records(context, streams).await?;
    let mut parts = load::parts(context, streams).await?;
    let aliases = known_as(context, &roots).await?;
    let mut gathered = Vec::with_capacity(roots.len());
    for root in roots {
        let parts = parts.remove(&root.stream).unwrap_or_default();
        gathered.push(together(context, root, parts, &aliases).await?);
    }
    Ok(gathered)
}

type Aliases = HashMap<Alias, Vec<StreamId>>;

/// The streams known under every alias that `roots` need, with one range query each.
async fn known_as(context: &Context, roots: &[Loaded]) -> Result<Aliases, EngineError> {
    let project_key = context.ledger.project_key();
    let mut wanted = BTreeSet::new();
    for root in roots {
        match &root.record {
            Some(Record::Conversation(thread)) => {
                wanted.extend(alias::start(project_key, thread));
                wanted.extend(address(project_key, &thread.customer));
            }
            Some(Record::Teammate(teammate)) => {
                wanted.extend(address(project_key, &by_address(teammate)));
            }
            Some(record) => wanted.extend(alias::aliases(project_key, record)),
            None => {}
        }
    }
    let mut found = Aliases::new();
    for alias in wanted {
        let from = AliasIndex::first(&alias);
        let to = AliasIndex::end(&alias);
        let rows =
            context.ledger.scan(AliasIndex::NAME, &from, Some(&to), ALIAS_MATCHES_MAX).await?;
        let streams = rows.iter().filter_map(|(key, _)| AliasIndex::stream(key)).collect();
        found.insert(alias, streams);
    }
    Ok(found)
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

async fn together(
    context: &Context,
    root: Loaded,
    parts: Vec<Loaded>,
    aliases: &Aliases,
) -> Result<Gathered, EngineError> {
    let mut gathered = Gathered {
        root,
        messages: Vec::new(),
        attachments: Vec::new(),
        mentions: Vec::new(),
        parts: Vec::new(),
        contact: None,
        duplicate_of: None,
        duplicates: Vec::new(),
        above: Vec::new(),
        start_nudge_s: 0,
    };
    for part in &parts {
        let key = part.key.clone();
        match &part.record {
            Some(Record::Message(message)) => gathered.messages.push((key, message.clone())),
            Some(Record::Attachment(file)) => gathered.attachments.push((key, file.clone())),
            Some(Record::Mention(mention)) => gathered.mentions.push((key, mention.clone())),
            _ => {}
        }
    }
    gathered.parts = parts;
    match gathered.root.record.clone() {
        Some(Record::Conversation(thread)) => {
            gathered.contact = customer(context, &thread.customer, aliases).await?;
            if let Some(alias) = alias::start(context.ledger.project_key(), &thread) {
                let place = aliases
                    .get(&alias)
                    .and_then(|streams| streams.iter().position(|s| *s == gathered.root.stream));
                gathered.start_nudge_s = u32::try_from(place.unwrap_or(0)).unwrap_or(u32::MAX);
            }
        }
        Some(Record::Mention(mention)) => {
            let person = PersonRef { key: mention.customer, ..PersonRef::default() };
            gathered.contact = customer(context, &person, aliases).await?;
        }
        Some(Record::Teammate(teammate)) => {
            gathered.contact = customer(context, &by_address(&teammate), aliases).await?;
        }
        Some(Record::Collection(collection)) => {
            gathered.above = above(context, collection.parent).await?;
        }
        Some(Record::Contact(contact)) => {
            same_address(context, &mut gathered, &contact, aliases).await?;
        }
        _ => {}
    }
    Ok(gathered)
}

/// Containers followed upwards before they are taken for a circle.
const DEPTH_MAX: usize = 16;

/// The containers above, the nearest first.
async fn above(
    context: &Context,
    parent: Option<SourceKey>,
) -> Result<Vec<(SourceKey, String)>, EngineError> {
    let mut found = Vec::new();
    let mut next = parent;
    while let Some(key) = next.take().filter(|_| found.len() < DEPTH_MAX) {
        let stream = context.ledger.streams(std::slice::from_ref(&key)).await?.pop().flatten();
        let Some(stream) = stream else {
            break;
        };
        let loaded = load::records(context, &[stream]).await?.pop();
        if let Some(Record::Collection(collection)) = loaded.and_then(|loaded| loaded.record) {
            found.push((key, collection.name));
            next = collection.parent;
        }
    }
    Ok(found)
}

/// The customer's own record: by key, or the first of the address.
async fn customer(
    context: &Context,
    person: &PersonRef,
    aliases: &Aliases,
) -> Result<Option<SourceKey>, EngineError> {
    if let Some(key) = &person.key {
        let stream = context.ledger.streams(std::slice::from_ref(key)).await?.pop().flatten();
        let Some(stream) = stream else {
            return Ok(None);
        };
        let state = context.states(&[stream]).await?.pop().unwrap_or_default();
        // Whom nothing was read of is known by address at most.
        return Ok(state.read_at.map(|_| key.clone()));
    }
    let project_key = context.ledger.project_key();
    let first = address(project_key, person)
        .and_then(|alias| aliases.get(&alias).and_then(|streams| streams.first().copied()));
    match first {
        Some(stream) => Ok(context.ledger.keys(&[stream]).await?.pop()),
        None => Ok(None),
    }
}

async fn same_address(
    context: &Context,
    gathered: &mut Gathered,
    contact: &Contact,
    aliases: &Aliases,
) -> Result<(), EngineError> {
    let record = Record::Contact(contact.clone());
    let Some(alias) = alias::aliases(context.ledger.project_key(), &record).pop() else {
        return Ok(());
    };
    let streams = aliases.get(&alias).cloned().unwrap_or_default();
    if streams.len() < 2 {
        return Ok(());
    }
    let mut first = None;
    for other in load::records(context, &streams).await? {
        let Some(Record::Contact(record)) = other.record else {
            continue;
        };
        // An address that was given up is still indexed.
        let named = alias::aliases(context.ledger.project_key(), &Record::Contact(record.clone()));
        if !named.contains(&alias) || other.state.stage == RecordStage::Vanished {
            continue;
        }
        if first.is_none() {
            first = Some((other.stream, other.key.clone()));
        }
        if other.stream != gathered.root.stream {
            gathered.duplicates.push((other.key, record));
        }
    }
    if let Some((stream, key)) = first
        && stream != gathered.root.stream
    {
        gathered.duplicate_of = Some(key);
    }
    Ok(())
}
