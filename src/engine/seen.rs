//! Which streams a reading has met: one bit each, so that a million records cost 125 KB.

use crate::model::StreamId;

/// A set of streams.
#[derive(Default)]
pub struct Seen {
    words: Vec<u64>,
    count: u64,
}

impl Seen {
    /// Adds a stream; true if it was not there.
    pub fn insert(&mut self, stream: StreamId) -> bool {
        let (word, bit) = place(stream);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let fresh = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += u64::from(fresh);
        fresh
    }

    /// How many are there.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// True if the stream is there.
    pub fn contains(&self, stream: StreamId) -> bool {
        let (word, bit) = place(stream);
        self.words.get(word).is_some_and(|found| found & bit != 0)
    }
}

fn place(stream: StreamId) -> (usize, u64) {
    (usize::try_from(stream.0 / 64).unwrap_or(usize::MAX - 1), 1 << (stream.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in() {
        let mut seen = Seen::default();
        assert!(seen.insert(StreamId(1000)));
        assert!(!seen.insert(StreamId(1000)));
        assert_eq!(seen.count(), 1);
        assert!(seen.contains(StreamId(1000)));
        assert!(!seen.contains(StreamId(1001)));
        assert!(!seen.contains(StreamId(100_000)));
    }
}
