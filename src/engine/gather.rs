//! Brings together what the map must see of one record: its parts, its contact, its neighbours.

use std::collections::{BTreeMap, HashMap};

use super::context::Context;
use super::error::EngineError;
use super::known::Known;
use super::load::{self, Loaded};
use super::{recognised, twin};
use crate::mapping::draft::{Mapped, Outcome};
use crate::model::alias;
use crate::model::record::{Attachment, Contact, Mention, Message};
use crate::model::{Record, SourceKey, StreamId};

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
    /// What becomes of it if it came back from Intercom.
    pub returned: Option<Mapped>,
    /// Parts that came back from Intercom, with what becomes of them.
    pub returned_parts: Vec<(SourceKey, Outcome)>,
    /// Parts that are another one under a later key, each with that.
    pub twins: Vec<(SourceKey, SourceKey)>,
    /// For threads and mentions: the customer's record; for teammates: that of their address.
    pub contact: Option<SourceKey>,
    /// For threads: by message, the record of the customer who wrote it.
    pub writers: BTreeMap<SourceKey, SourceKey>,
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
    let mut twins = HashMap::new();
    let readings = twin::Readings::of(context).await?;
    for root in &roots {
        let Some(parts) = parts.get_mut(&root.stream) else { continue };
        let is_written = root.state.written.is_some();
        let found = twin::find(context, &readings, (parts, is_written)).await?;
        twins.insert(root.stream, twin::settle(parts, &found));
    }
    let known = Known::of(context, &roots, parts.values().flatten()).await?;
    let mut gathered = Vec::with_capacity(roots.len());
    for root in roots {
        let parts = parts.remove(&root.stream).unwrap_or_default();
        let twins = twins.remove(&root.stream).unwrap_or_default();
        gathered.push(together(context, root, (parts, twins), &known).await?);
    }
    Ok(gathered)
}

async fn together(
    context: &Context,
    root: Loaded,
    (parts, twins): (Vec<Loaded>, Vec<(SourceKey, SourceKey)>),
    known: &Known,
) -> Result<Gathered, EngineError> {
    let mut gathered = Gathered {
        root,
        messages: Vec::new(),
        attachments: Vec::new(),
        mentions: Vec::new(),
        parts: Vec::new(),
        returned: None,
        returned_parts: Vec::new(),
        twins,
        contact: None,
        writers: BTreeMap::new(),
        duplicate_of: None,
        duplicates: Vec::new(),
        above: Vec::new(),
        start_nudge_s: 0,
    };
    gathered.returned = recognised::whole(context, &gathered.root, &parts).await?;
    gathered.returned_parts = recognised::parts(context, &parts).await?;
    let own = |part: &&Loaded| !gathered.returned_parts.iter().any(|(key, _)| *key == part.key);
    for part in parts.iter().filter(own) {
        let key = part.key.clone();
        match &part.record {
            Some(Record::Message(message)) => gathered.messages.push((key, message.clone())),
            Some(Record::Attachment(file)) => gathered.attachments.push((key, file.clone())),
            Some(Record::Mention(mention)) => gathered.mentions.push((key, mention.clone())),
            _ => {}
        }
    }
    gathered.parts = parts;
    gathered.contact = gathered.root.record.as_ref().and_then(|record| known.customer(record));
    let writers = gathered
        .parts
        .iter()
        .filter_map(|part| Some((part.key.clone(), known.writer(part.record.as_ref()?)?)));
    gathered.writers = writers.collect();
    match gathered.root.record.clone() {
        Some(Record::Conversation(thread)) => {
            if let Some(alias) = alias::start(context.ledger.project_key(), &thread) {
                let same = known.streams(&alias);
                let place = same.iter().position(|stream| *stream == gathered.root.stream);
                gathered.start_nudge_s = u32::try_from(place.unwrap_or(0)).unwrap_or(u32::MAX);
            }
        }
        Some(Record::Collection(collection)) => {
            gathered.above = above(context, collection.parent).await?;
        }
        Some(Record::Contact(contact)) => {
            same_address(context, &mut gathered, &contact, known).await?;
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

async fn same_address(
    context: &Context,
    gathered: &mut Gathered,
    contact: &Contact,
    known: &Known,
) -> Result<(), EngineError> {
    let record = Record::Contact(contact.clone());
    let Some(alias) = alias::aliases(context.ledger.project_key(), &record).pop() else {
        return Ok(());
    };
    let streams = known.streams(&alias);
    if streams.len() < 2 {
        return Ok(());
    }
    let mut first = None;
    for other in load::records(context, streams).await? {
        let Some(Record::Contact(record)) = other.record else {
            continue;
        };
        // An address that was given up is still indexed.
        let named = alias::aliases(context.ledger.project_key(), &Record::Contact(record.clone()));
        let stands = recognised::outcome(context, &other.key).await?.is_some();
        if !named.contains(&alias) || other.state.vanished || stands {
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
