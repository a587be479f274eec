//! Which source keys certainly have no stream, told without asking the store: in a first reading
//! that is nearly every key, and it would be asked for twice.
//!
//! Of a kind of key that no stream stood for when the ledger was opened for appending, every
//! stream has been made here since. Those are remembered in filters that never forget one, but
//! may take a stranger for one of them; then the store is asked.

use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock};

use fastbloom::BloomFilter;
use foldhash::quality::RandomState;

use crate::model::SourceKey;
use crate::store::StreamKind;

/// Keys in the first filter: 160 KB. Each further one has room for twice as many.
const FIRST_KEYS: usize = 1 << 17;
/// Keys remembered at most, about 20 MB: beyond that the store is asked.
const KEYS_MAX: usize = 1 << 24;
/// Share of strangers that a full filter takes for one of its own.
const MISTAKEN_SHARE: f64 = 0.01;

/// What is certain. Only who appends to the ledger may hold one: streams that another process
/// makes are not seen.
pub(super) struct Absence(RwLock<Option<Known>>);

struct Known {
    /// Kinds of the streams that were there from the beginning.
    from_before: Vec<StreamKind>,
    /// Smallest first; keys go into the last.
    filters: Vec<BloomFilter>,
    /// Keys that the last one has room for.
    room: usize,
    keys: usize,
    /// One hash of a key does for all filters.
    hasher: RandomState,
}

impl Absence {
    /// In a ledger with streams of these kinds.
    pub(super) fn new(from_before: Vec<StreamKind>) -> Self {
        Self(RwLock::new(Some(Known {
            from_before,
            filters: Vec::new(),
            room: 0,
            keys: 0,
            hasher: RandomState::default(),
        })))
    }

    /// The places of those keys that may have a stream.
    pub(super) fn doubtful<'k>(&self, keys: impl Iterator<Item = &'k SourceKey>) -> Vec<usize> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let may_be = |key| known.as_ref().is_none_or(|known| known.may_be(key));
        keys.enumerate().filter(|(_, key)| may_be(*key)).map(|(place, _)| place).collect()
    }

    /// Streams are about to be made for these keys.
    pub(super) fn made<'k>(&self, keys: impl Iterator<Item = &'k SourceKey>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            match known.as_mut() {
                Some(filters) if filters.keys < KEYS_MAX => filters.insert(key),
                _ => return *known = None,
            }
        }
    }

    /// Somebody else may have appended: nothing is certain any more.
    pub(super) fn doubt_all(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Known {
    fn may_be(&self, key: &SourceKey) -> bool {
        let (system, object) = (key.system(), key.object());
        let mut from_before = self.from_before.iter();
        if from_before.any(|known| known.1 == object && known.0 == system) {
            return true;
        }
        let hash = self.hasher.hash_one(key);
        self.filters.iter().any(|filter| filter.contains_hash(hash))
    }

    fn insert(&mut self, key: &SourceKey) {
        if self.room == 0 {
            self.room = FIRST_KEYS << self.filters.len();
            let filter = BloomFilter::with_false_pos(MISTAKEN_SHARE).expected_items(self.room);
            self.filters.push(filter);
        }
        let hash = self.hasher.hash_one(key);
        if let Some(filter) = self.filters.last_mut() {
            filter.insert_hash(hash);
            self.room -= 1;
            self.keys += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(object: &str, id: usize) -> SourceKey {
        SourceKey::new("hesk", object, &id.to_string()).unwrap()
    }

    fn doubtful(absence: &Absence, keys: &[SourceKey]) -> Vec<usize> {
        absence.doubtful(keys.iter())
    }

    #[test]
    fn only_kinds_from_before_and_keys_made_since_are_doubted() {
        let absence = Absence::new(vec![("hesk".to_owned(), "ticket".to_owned())]);
        let keys = [key("ticket", 1), key("reply", 1), key("reply", 2)];
        assert_eq!(doubtful(&absence, &keys), [0]);
        absence.made(keys[2..].iter());
        assert_eq!(doubtful(&absence, &keys), [0, 2]);
        absence.doubt_all();
        assert_eq!(doubtful(&absence, &keys), [0, 1, 2]);
        absence.made(keys.iter());
        assert_eq!(doubtful(&absence, &keys), [0, 1, 2]);
    }

    #[test]
    fn none_is_forgotten_and_few_are_mistaken() {
        let absence = Absence::new(Vec::new());
        let count = FIRST_KEYS * 4;
        let made: Vec<_> = (0..count).map(|id| key("reply", id)).collect();
        absence.made(made.iter());
        assert_eq!(doubtful(&absence, &made).len(), count);
        let strangers: Vec<_> = (count..count + 10_000).map(|id| key("reply", id)).collect();
        let mistaken = doubtful(&absence, &strangers).len();
        assert!(mistaken < 400, "{mistaken} of 10000");
    }
}
