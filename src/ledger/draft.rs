//! A group in the making: who gets which stream, sequence and position, and what is a repeat.

use std::sync::Arc;

use foldhash::HashMap;

use super::contract::{Appended, Expect};
use super::error::LedgerError;
use super::fold::RowSet;
use super::prepare::{Prepared, PreparedEvent};
use crate::model::leaf::{leaf, leaf_column};
use crate::model::{ContentHash, Event, Frontier, Header, Position, SourceKey, StreamId};
use crate::store::{Group, NewEventRow, PayloadRow, StreamRow};

/// An event that a stream holds already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) position: Position,
    pub(super) type_id: u16,
    pub(super) content: ContentHash,
    pub(super) ordinal: u32,
}

/// A group in the making.
pub(super) struct Draft {
    pub(super) size: u64,
    /// Streams from this number on are new in the group.
    pub(super) fresh: u64,
    pub(super) streams: HashMap<SourceKey, StreamId>,
    pub(super) new_streams: Vec<StreamRow>,
    pub(super) lengths: HashMap<StreamId, u32>,
    /// What tells the events of a stream apart, of streams where all of that is known.
    pub(super) idems: HashMap<StreamId, Vec<i64>>,
    pub(super) seen: HashMap<(StreamId, i64), Seen>,
    pub(super) rows: Vec<RowSet>,
}

impl Draft {
    /// Whether the batch finds what it expects. One that is there already expects nothing.
    pub(super) fn check(&self, batch: &Prepared) -> Result<(), LedgerError> {
        let expected = batch.expect;
        if expected == Expect::Anything || batch.events.iter().all(|event| self.holds(event)) {
            return Ok(());
        }
        let conflict = |found: u64| Err(LedgerError::Conflict { expected, found });
        match expected {
            Expect::Head(size) if size != self.size => conflict(self.size),
            Expect::Sequence(length) => {
                for event in &batch.events {
                    let stream = self.streams.get(&event.key);
                    let found = stream.and_then(|stream| self.lengths.get(stream)).unwrap_or(&0);
                    if *found != length {
                        return conflict(u64::from(*found));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn holds(&self, event: &PreparedEvent) -> bool {
        let stream = self.streams.get(&event.key);
        stream.is_some_and(|stream| self.seen.contains_key(&(*stream, event.idem)))
    }

    /// Whether it is certain that a stream does not hold such an event.
    pub(super) fn lacks(&self, (stream, idem): (StreamId, i64)) -> bool {
        let empty = self.lengths.get(&stream) == Some(&0);
        empty || self.idems.get(&stream).is_some_and(|idems| !idems.contains(&idem))
    }

    fn stream(&mut self, key: &SourceKey) -> StreamId {
        if let Some(stream) = self.streams.get(key) {
            return *stream;
        }
        let stream = StreamId(self.fresh + self.new_streams.len() as u64);
        self.streams.insert(key.clone(), stream);
        self.new_streams.push(StreamRow { stream, key: key.clone() });
        stream
    }

    /// Gives an event its stream, sequence and position, or finds that it is there already.
    pub(super) fn place(&mut self, event: &mut PreparedEvent) -> Result<(), LedgerError> {
        let stream = self.stream(&event.key);
        let recorded = &mut event.recorded;
        recorded.stream = stream;
        recorded.position = Position(self.size);
        let seen = Seen {
            position: recorded.position,
            type_id: recorded.event.type_id(),
            content: recorded.content,
            ordinal: recorded.ordinal,
        };
        if let Some(first) = self.seen.get(&(stream, event.idem)) {
            if (Seen { position: first.position, ..seen }) != *first {
                return Err(LedgerError::Collision { existing: first.position });
            }
            event.repeated = true;
            recorded.position = first.position;
            return Ok(());
        }
        event.repeated = false;
        self.seen.insert((stream, event.idem), seen);
        if let Some(idems) = self.idems.get_mut(&stream) {
            idems.push(event.idem);
        }
        let length = self.lengths.entry(stream).or_insert(0);
        recorded.sequence = *length;
        *length += 1;
        self.size += 1;
        recorded.parent = event.parent.as_ref().map(|parent| self.stream(parent));
        Ok(())
    }
}

/// Moves a batch into the group.
pub(super) fn take_in(
    group: &mut Group,
    frontier: &mut Frontier,
    batch: Prepared,
) -> Result<Vec<Appended>, LedgerError> {
    let mut appended = Vec::with_capacity(batch.events.len());
    for PreparedEvent { key, parent, recorded, facts, idem, payload, repeated } in batch.events {
        let (position, stream) = (recorded.position, recorded.stream);
        appended.push(Appended { position, stream, repeated });
        if repeated {
            continue;
        }
        let encoded = Header {
            type_id: recorded.event.type_id(),
            version: recorded.event.version(),
            recorded_at_us: recorded.recorded_at_us,
            run: recorded.run,
            event: recorded.id,
            causation: recorded.causation,
            sequence: recorded.sequence,
            ordinal: recorded.ordinal,
            content: recorded.content,
            key: (&key).into(),
            parent: parent.as_ref().map(Into::into),
        };
        let mut header = Vec::with_capacity(encoded.encoded_len());
        encoded.encode(&mut header).map_err(Arc::new)?;
        let commitment = payload.as_ref().map(|payload| payload.commitment);
        let leaf = leaf(&header, &facts, commitment.as_ref());
        group.subtrees.extend(frontier.append(leaf));
        if let Event::PayloadErased(erased) = &recorded.event {
            group.payloads.retain(|row| row.position != erased.position);
            group.erased.push(erased.position);
        }
        if let Some(payload) = payload {
            let (salt, codec, bytes) = (payload.salt, payload.codec, payload.bytes);
            group.payloads.push(PayloadRow { position, salt, codec, bytes });
        }
        let (parent, type_id) = (recorded.parent, recorded.event.type_id());
        let leaf = leaf_column(&leaf);
        let row = NewEventRow { stream, idem, parent, type_id, leaf, header, facts, commitment };
        group.events.push(row);
    }
    Ok(appended)
}
