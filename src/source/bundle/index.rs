//! Sets of ids in bounded memory: eight bytes each, sorted once, looked up by interpolation.
//!
//! Ids are represented by 64-bit hashes. Among ten million ids two unequal ones share a hash once
//! in about 400,000 exports; the consequence would be a finding too many, never a lost record.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Hash of an id.
pub fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Hash of several parts.
pub fn hash_parts(parts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// A set of ids that is filled once and then asked.
#[derive(Debug, Default)]
pub struct IdSet {
    ids: Vec<u64>,
    repeated: HashMap<u64, u32>,
}

impl IdSet {
    /// Adds an id.
    pub fn add(&mut self, id: u64) {
        self.ids.push(id);
    }

    /// Ends the filling. Unless `keep`, only the repeated ids are remembered.
    pub fn finish(&mut self, keep: bool) {
        self.ids.sort_unstable();
        let mut rest = self.ids.as_slice();
        while let [first, ..] = rest {
            let count = rest.iter().take_while(|id| *id == first).count();
            if count > 1 {
                self.repeated.insert(*first, u32::try_from(count).unwrap_or(u32::MAX));
            }
            rest = &rest[count..];
        }
        if keep {
            self.ids.dedup();
            self.ids.shrink_to_fit();
        } else {
            self.ids = Vec::new();
        }
    }

    /// How often the id was added; 0 or 1 is not told apart.
    pub fn times(&self, id: u64) -> u32 {
        self.repeated.get(&id).copied().unwrap_or(1)
    }

    /// Whether the id is in the set.
    pub fn contains(&self, id: u64) -> bool {
        position(&self.ids, id, |found| *found).is_some()
    }

    /// Distinct ids.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Facts by id, filled once, then looked up and changed.
#[derive(Debug)]
pub struct IdMap<V> {
    entries: Vec<(u64, V)>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<V> IdMap<V> {
    /// Adds an entry.
    pub fn add(&mut self, id: u64, value: V) {
        self.entries.push((id, value));
    }

    /// Ends the filling; of equal ids the first one stays.
    pub fn finish(&mut self) {
        self.entries.sort_by_key(|(id, _)| *id);
        self.entries.dedup_by_key(|(id, _)| *id);
        self.entries.shrink_to_fit();
    }

    /// The facts of an id.
    pub fn get(&self, id: u64) -> Option<&V> {
        let found = position(&self.entries, id, |(found, _)| *found)?;
        self.entries.get(found).map(|(_, value)| value)
    }

    /// The facts of an id, to be changed.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut V> {
        let found = position(&self.entries, id, |(found, _)| *found)?;
        self.entries.get_mut(found).map(|(_, value)| value)
    }

    /// All facts.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }
}

/// Where `id` stands in `sorted`. Hashes are spread evenly, so a guess by proportion lands close.
fn position<T>(sorted: &[T], id: u64, key: impl Fn(&T) -> u64) -> Option<usize> {
    /// Guesses before falling back on halving, in case the ids are not spread evenly.
    const GUESSES_MAX: u32 = 8;
    let (mut low, mut high) = (0, sorted.len());
    for _ in 0..GUESSES_MAX {
        if low >= high {
            return None;
        }
        let (first, last) = (key(&sorted[low]), key(&sorted[high - 1]));
        if id < first || id > last {
            return None;
        }
        if high - low <= 8 || first == last {
            break;
        }
        let share = (id - first) as f64 / (last - first) as f64;
        let guess = low + ((high - 1 - low) as f64 * share) as usize;
        match key(&sorted[guess]).cmp(&id) {
            std::cmp::Ordering::Equal => return Some(guess),
            std::cmp::Ordering::Less => low = guess + 1,
            std::cmp::Ordering::Greater => high = guess,
        }
    }
    sorted[low..high].binary_search_by_key(&id, key).ok().map(|found| low + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_set_knows_what_was_added(
            ids in proptest::collection::vec(proptest::num::u64::ANY, 0..300),
            near in proptest::collection::vec(0_u64..50, 0..100),
            asked in proptest::num::u64::ANY,
        ) {
            let all: Vec<u64> = ids.iter().chain(&near).copied().collect();
            let mut set = IdSet::default();
            let mut map = IdMap::default();
            for (place, &id) in all.iter().enumerate() {
                set.add(id);
                map.add(id, place);
            }
            set.finish(true);
            map.finish();
            for &id in &all {
                proptest::prop_assert!(set.contains(id));
                let times = all.iter().filter(|other| **other == id).count();
                proptest::prop_assert_eq!(set.times(id) as usize, times);
                let first = all.iter().position(|other| *other == id);
                proptest::prop_assert_eq!(map.get(id).copied(), first);
            }
            proptest::prop_assert_eq!(set.contains(asked), all.contains(&asked));
        }
    }
}
