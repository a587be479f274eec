//! What Deskero's records need to know of each other.

use std::collections::HashMap;

use super::words::Words;
use crate::model::{SourceKey, Timestamp};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::index::IdMap;
use crate::source::bundle::tally::Tally;
use crate::source::finding::Code;

/// What is remembered over a reading.
#[derive(Debug)]
pub struct Memory {
    /// What Deskero's words mean.
    pub(super) words: Words,
    /// Tickets by id.
    pub(super) tickets: IdMap<TicketFacts>,
    /// Things counted over many records.
    pub(super) tally: Tally,
    /// Social posts that may belong to a ticket, by id.
    pub(super) posts: HashMap<u64, Option<String>>,
    /// Authors of posts that may be customers, by handle or address.
    pub(super) handles: HashMap<u64, Option<String>>,
}

impl Memory {
    /// Nothing but the words.
    pub(super) fn new(words: Words) -> Self {
        Self {
            words,
            tickets: IdMap::default(),
            tally: Tally::default(),
            posts: HashMap::new(),
            handles: HashMap::new(),
        }
    }
}

/// What is remembered of a ticket: 40 bytes with its id.
#[derive(Debug, Default)]
pub(super) struct TicketFacts {
    /// Replies met in the first reading.
    pub(super) replies: u32,
    /// Whether its text was found again as a reply.
    pub(super) repeated: bool,
    /// Hash of its text.
    pub(super) text: u64,
    /// Hash of its customer.
    pub(super) author: u64,
    /// When it began.
    pub(super) created_ms: i64,
}

/// A key of Deskero's.
pub(super) fn key(object: &str, id: &str) -> Option<SourceKey> {
    SourceKey::new("deskero", object, id).ok()
}

/// The second in which a document id was made: its first eight hexadecimal digits. Checked
/// against the samples in Deskero's guide, where it lies within a minute of the record's date.
pub(super) fn id_time(id: &str) -> Option<Timestamp> {
    if id.len() != 24 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let seconds = i64::from_str_radix(&id[..8], 16).ok()?;
    // Deskero did not exist before 2009; other ids of that form are no document ids.
    const FIRST_S: i64 = 1_230_768_000;
    (seconds >= FIRST_S).then(|| Timestamp::from_seconds(seconds))
}

/// The given time, else the one that stands in the id.
pub(super) fn time_or_id(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    slot: usize,
) -> Option<Timestamp> {
    if cells.row.typed(slot).is_some() {
        return cells.time(slot);
    }
    let time = cells.row.id(0).and_then(id_time)?;
    let object = cells.layout.object;
    memory.tally.add(object, Code::DateFromId, "their time was taken from their id", cells.row);
    Some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_a_time() {
        let time = id_time("6512a0f1c2d3e4f5a6b7c8d9").unwrap();
        assert_eq!(time.to_rfc3339(), "2023-09-26T09:14:25Z");
        for id in ["6512a0f1", "zz12a0f1c2d3e4f5a6b7c8d9", "0012a0f1c2d3e4f5a6b7c8d9"] {
            assert_eq!(id_time(id), None, "{id}");
        }
    }
}
