//! A bounded cache of two generations: what was not used since the last turn falls out.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};

/// Holds at least `half` and at most `2 * half` of the entries used last.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// An empty cache.
    pub(super) fn new(half: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: half.max(1) }
    }

    /// What is known under `key`; asking keeps it young.
    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// Remembers `value`.
    pub(super) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            // The room of the generation that falls out is used again.
            std::mem::swap(&mut self.old, &mut self.young);
            self.young.clear();
        }
        // What the old generation says of the key does not matter any more: the young one is
        // asked first.
        self.young.insert(key, value);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_falls_out() {
        let mut cache = Cache::new(2);
        cache.put(0, 'a');
        for key in 1..50 {
            cache.put(key, 'x');
            assert_eq!(cache.get(&0), Some('a'), "after {key}");
        }
        assert_eq!(cache.get(&5), None);
        assert!(cache.young.len() + cache.old.len() <= 4);
    }

    #[test]
    fn the_last_value_counts() {
        let mut cache = Cache::new(1);
        cache.put(1, 'a');
        cache.put(2, 'b');
        cache.put(1, 'c');
        assert_eq!(cache.get(&1), Some('c'));
        cache.clear();
        assert_eq!(cache.get(&1), None);
    }
}
