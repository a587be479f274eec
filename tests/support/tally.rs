//! A projection for tests: counts events by stream and by type, and refuses one rule.

use std::sync::Arc;

use deskledger::ledger::{Projection, ProjectionError, Recorded, RowRef, Rows};
use deskledger::model::Event;

/// Counts. Rows: `s` and the stream: its events; `t` and the type: its events; `p` and the parent:
/// events of its parts; `i`, the count and the stream: an index over `s`.
pub struct Tally {
    pub version: u32,
}

/// The rule that [`Tally`] refuses.
pub const REFUSED_RULE: &str = "refused";

impl Tally {
    pub fn shared() -> Arc<dyn Projection> {
        Arc::new(Self { version: 1 })
    }

    pub fn stream_row(stream: u64) -> Vec<u8> {
        [b"s", &stream.to_be_bytes()[..]].concat()
    }

    pub fn type_row(type_id: u16) -> Vec<u8> {
        [b"t", &type_id.to_be_bytes()[..]].concat()
    }

    fn parent_row(stream: u64) -> Vec<u8> {
        [b"p", &stream.to_be_bytes()[..]].concat()
    }

    fn index_row(count: u64, stream: u64) -> Vec<u8> {
        [b"i", &count.to_be_bytes()[..], &stream.to_be_bytes()].concat()
    }
}

pub fn count(value: Option<&[u8]>) -> u64 {
    value.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
}

impl Projection for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn keys(&self, event: &Recorded) -> Vec<RowRef> {
        let mut keys = vec![
            RowRef::owned(event.stream, Self::stream_row(event.stream.0)),
            RowRef::shared(Self::type_row(event.event.type_id())),
        ];
        keys.extend(event.parent.map(|at| RowRef::owned(at, Self::parent_row(at.0))));
        keys
    }

    fn reads(&self, key: &[u8]) -> bool {
        key.first() != Some(&b'i')
    }

    fn apply(&self, event: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
        if let Event::RecordExcluded(facts) = &event.event
            && facts.rule == REFUSED_RULE
        {
            let reason = "the test wants it so".to_owned();
            return Err(ProjectionError::Refused { rule: REFUSED_RULE, reason });
        }
        let mut add = |key: Vec<u8>| {
            let count = count(rows.get(&key)) + 1;
            rows.put(&key, count.to_le_bytes().to_vec());
            count
        };
        add(Self::type_row(event.event.type_id()));
        if let Some(parent) = event.parent {
            add(Self::parent_row(parent.0));
        }
        let count = add(Self::stream_row(event.stream.0));
        rows.delete(&Self::index_row(count - 1, event.stream.0));
        rows.put(&Self::index_row(count, event.stream.0), Vec::new());
        Ok(())
    }
}
