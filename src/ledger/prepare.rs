//! Before the writer: facts, keys, commitment and compression. Pure but for chance, so that many
//! batches can be prepared side by side.

use std::sync::Arc;

use super::contract::{Expect, NewEvent, Recorded};
use super::error::LedgerError;
use crate::env::Env;
use crate::model::header::TEXT_LEN_MAX;
use crate::model::leaf::{SALT_LEN, commitment, idempotency_key};
use crate::model::{Commitment, HeaderError, Position, RunId, SourceKey, StreamId};
use crate::store::pack;

/// A batch ready to be put in sequence.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) expect: Expect,
    pub(super) events: Vec<PreparedEvent>,
}

/// An event ready to be put in sequence. Position, streams and sequence in `recorded` are set by
/// the planner.
#[derive(Debug)]
pub(super) struct PreparedEvent {
    pub(super) key: SourceKey,
    pub(super) parent: Option<SourceKey>,
    pub(super) recorded: Recorded,
    pub(super) facts: Vec<u8>,
    pub(super) idem: i64,
    pub(super) payload: Option<Packed>,
    /// The stream holds it already.
    pub(super) repeated: bool,
}

/// A payload, salted and compressed.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) salt: [u8; SALT_LEN],
    pub(super) codec: u16,
    pub(super) bytes: Vec<u8>,
    pub(super) commitment: Commitment,
}

/// Encodes what does not depend on the place in the ledger.
pub(super) fn prepare(
    env: &Env,
    run: RunId,
    expect: Expect,
    events: Vec<NewEvent>,
) -> Result<Prepared, LedgerError> {
    let ids = env.event_ids(events.len());
    let recorded_at_us = env.now_us();
    // One draw for the whole batch: each salt is 16 bytes further along the same stream.
    let mut salts = blake3::Hasher::new_keyed(&env.random_bytes()).finalize_xof();
    let prepared = events.into_iter().zip(ids).map(|(new, id)| {
        std::iter::once(&new.key).chain(&new.parent).try_for_each(check_key).map_err(Arc::new)?;
        let facts = new.event.facts().map_err(Arc::new)?;
        let payload = new.payload.map(|bytes| {
            let mut salt = [0; SALT_LEN];
            salts.fill(&mut salt);
            let (codec, packed) = pack(&bytes);
            let commitment = commitment(&salt, &bytes);
            Packed { salt, codec, bytes: packed.unwrap_or(bytes), commitment }
        });
        Ok(PreparedEvent {
            idem: idempotency_key(new.event.type_id(), &new.content, new.ordinal),
            recorded: Recorded {
                position: Position(0),
                stream: StreamId(0),
                parent: None,
                run,
                id,
                recorded_at_us,
                sequence: 0,
                ordinal: new.ordinal,
                content: new.content,
                causation: new.causation,
                has_payload: payload.is_some(),
                event: new.event,
            },
            key: new.key,
            parent: new.parent,
            facts,
            payload,
            repeated: false,
        })
    });
    Ok(Prepared { expect, events: prepared.collect::<Result<_, LedgerError>>()? })
}

/// A key must fit into the header.
fn check_key(key: &SourceKey) -> Result<(), HeaderError> {
    let texts =
        [("source system", key.system()), ("object type", key.object()), ("source id", key.id())];
    match texts.into_iter().find(|(_, text)| text.len() > TEXT_LEN_MAX) {
        Some((field, text)) => Err(HeaderError::Long { field, len: text.len() }),
        None => Ok(()),
    }
}
