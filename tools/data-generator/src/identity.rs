//! Ids in the form of MongoDB's ObjectId: 24 hexadecimal digits, the first 8 being the second of
//! creation, as Deskero's documented samples show.

use crate::chance::mix;

/// Whose id it is; one number each, never reused.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Agent = 1,
    Customer = 2,
    Ticket = 3,
    Reply = 4,
    Group = 5,
    Area = 6,
    Article = 7,
}

/// Bits left for the index; the kind takes those above.
const INDEX_BITS: u32 = 56;

/// The id of record number `index`, made at `created_s`. Two records of any kinds never share one.
pub(crate) fn object_id(kind: Kind, index: u64, created_s: i64) -> String {
    let tail = mix(((kind as u64) << INDEX_BITS) | index);
    format!("{:08x}{tail:016x}", created_s as u32)
}

/// The index of a ticket's message among all messages.
pub(crate) fn reply_index(ticket: u64, place: usize) -> u64 {
    /// More messages than any thread has.
    const PLACES: u64 = 1 << 16;
    ticket * PLACES + place as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_start_with_their_second_and_are_unique() {
        let id = object_id(Kind::Ticket, 5, 0x6512_a0f1);
        assert_eq!((id.len(), &id[..8]), (24, "6512a0f1"));
        let mut all: Vec<String> = (0..2000).map(|i| object_id(Kind::Ticket, i, 1)).collect();
        all.extend((0..2000).map(|i| object_id(Kind::Reply, i, 1)));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }
}
