//! What was handed on while rows may move, so that reading again tells what changed: sixteen bytes
//! for each record. Nothing is looked for in the first round, which is mostly the only one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A record as two hashes.
#[derive(Clone, Copy)]
struct Record {
    key: u64,
    content: u64,
}

/// All records handed on.
#[derive(Default)]
pub struct Handed {
    /// Those of the first round: as they came, then in order of key.
    first: Vec<Record>,
    /// One bit for each of them: whether this round met it.
    met: Vec<u64>,
    /// Those that came later, each with the round that met it last.
    later: HashMap<u64, (Record, u32)>,
    round: u32,
}

impl Handed {
    /// Whether no second round has begun.
    pub fn is_first_round(&self) -> bool {
        self.round == 0
    }

    /// Another round begins.
    pub fn again(&mut self) {
        if self.is_first_round() {
            // The sort is stable: of two with one key the later one stays.
            self.first.sort_by_key(|record| record.key);
            self.first.dedup_by(|later, kept| {
                let same = later.key == kept.key;
                if same {
                    *kept = *later;
                }
                same
            });
        }
        self.met = vec![0; self.first.len().div_ceil(64)];
        self.round += 1;
    }

    /// `None` if this very content was handed on under the key; else whether it is the first.
    pub fn is_news(&mut self, key: u64, content: u64) -> Option<bool> {
        let now = Record { key, content };
        if self.is_first_round() {
            self.first.push(now);
            return Some(true);
        }
        let before = match self.first.binary_search_by_key(&key, |record| record.key) {
            Ok(place) => {
                self.met[place / 64] |= 1 << (place % 64);
                std::mem::replace(&mut self.first[place], now)
            }
            Err(_) => match self.later.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert((now, self.round));
                    return Some(true);
                }
                Entry::Occupied(mut known) => known.insert((now, self.round)).0,
            },
        };
        (before.content != content).then_some(false)
    }

    /// Records of earlier rounds that this one did not meet.
    pub fn missed(&self) -> usize {
        if self.is_first_round() {
            return 0;
        }
        let met: u32 = self.met.iter().map(|word| word.count_ones()).sum();
        let later = self.later.values().filter(|(_, round)| *round != self.round).count();
        self.first.len() - usize::try_from(met).unwrap_or(usize::MAX) + later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_tells_what_is_new_what_changed_and_what_it_missed() {
        let mut handed = Handed::default();
        for key in [3, 1, 2, 70] {
            assert_eq!(handed.is_news(key, 10), Some(true));
        }
        // Once more in the same round, with other content: that counts from here on.
        assert_eq!(handed.is_news(1, 11), Some(true));
        assert_eq!(handed.missed(), 0);

        handed.again();
        let news = [(1, 11), (2, 20), (2, 20), (4, 10), (4, 10), (4, 40)];
        let told = news.map(|(key, content)| handed.is_news(key, content));
        assert_eq!(told, [None, Some(false), None, Some(true), None, Some(false)]);
        assert_eq!(handed.missed(), 2);

        handed.again();
        let news = [(1, 11), (2, 20), (3, 10), (70, 10)];
        assert_eq!(news.map(|(key, content)| handed.is_news(key, content)), [None; 4]);
        assert_eq!(handed.missed(), 1);
        assert_eq!(handed.is_news(4, 40), None);
        assert_eq!(handed.missed(), 0);
    }
}
