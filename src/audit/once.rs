//! That nothing was recorded twice.

use std::collections::HashMap;

/// Stand-ins for stream and idempotency key of every event: 8 bytes an event.
#[derive(Debug, Default)]
pub(super) struct Once(Vec<u64>);

impl Once {
    /// Takes one in.
    pub(super) fn push(&mut self, once: u64) {
        self.0.push(once);
    }

    /// Those that are there more than once, to be looked for in a second pass.
    pub(super) fn repeated(mut self) -> HashMap<u64, Option<u64>> {
        self.0.sort_unstable();
        self.0.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| (pair[0], None)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_repeated_ones_are_left() {
        let mut once = Once::default();
        [7, 3, 7, 1, 7, 2].into_iter().for_each(|value| once.push(value));
        assert_eq!(once.repeated().into_keys().collect::<Vec<_>>(), [7]);
    }
}
