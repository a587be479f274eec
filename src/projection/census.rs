//! How many source records of each kind the log has met: counted from the first event of each,
//! by another way than the states, so that the two can be held against each other.

use std::collections::BTreeMap;

use super::row::{decode, encode};
use crate::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::model::{Event, RecordKind};

/// The projection.
pub struct Census;

impl Census {
    /// Name of the row table.
    pub const NAME: &'static str = "census";

    /// How many records of each kind these rows count.
    ///
    /// # Errors
    /// If the bytes are not counts.
    pub fn counts(
        rows: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<BTreeMap<Option<RecordKind>, u64>, ProjectionError> {
        let count = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let place = key.first().copied().map(usize::from);
            let kind = place.and_then(|place| RecordKind::ALL.get(place)).copied();
            Ok((kind, decode(Self::NAME, value)?))
        };
        rows.iter().map(count).collect()
    }
}

/// Rows of which not even the kind is known.
const UNKNOWN: u8 = u8::MAX;

/// The kind that a record's first event counts for; nothing for later events.
fn met(event: &Recorded) -> Option<u8> {
    let kind = match &event.event {
        Event::RecordRead(read) => Some(read.kind),
        Event::RecordRejected(rejected) => rejected.kind,
        _ => return None,
    };
    let place = kind.and_then(|kind| RecordKind::ALL.iter().position(|one| *one == kind));
    let key = place.and_then(|place| u8::try_from(place).ok()).unwrap_or(UNKNOWN);
    (event.sequence == 0).then_some(key)
}

impl Projection for Census {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        met(event).map(|key| RowRef::shared(vec![key])).into_iter().collect()
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        if let Some(key) = met(event) {
            let count: u64 = super::row::load(Self::NAME, rows, &[key])?;
            rows.put(&[key], encode(Self::NAME, &(count + 1))?);
        }
        Ok(())
    }
}
