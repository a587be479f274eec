//! Repeatable chance: SplitMix64. Not a crate's generator, because the bundles of a seed must not
//! change when a crate changes its algorithm.

/// What a stream of chance is for; one number each, never reused.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Customer = 1,
    Ticket = 2,
    Article = 3,
    Change = 4,
    Extra = 5,
}

/// A stream of random numbers.
pub(crate) struct Chance(u64);

/// A bijection on 64 bits that looks random (the finaliser of SplitMix64).
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// The stream of one record.
    pub(crate) fn of(seed: u64, stream: Stream, index: u64) -> Self {
        let kind = (stream as u64).wrapping_mul(STEP);
        Self(mix(mix(seed ^ kind).wrapping_add(index.wrapping_mul(STEP))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number from 0 to `bound` - 1; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn percent(&mut self, percent: f64) -> bool {
        const FINE: u64 = 1 << 32;
        (self.below(FINE) as f64) < percent / 100.0 * FINE as f64
    }

    /// One of `all`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// One of `all` by weight.
    pub(crate) fn weigh<T: Copy>(&mut self, all: &[(T, u64)]) -> T {
        let mut left = self.below(all.iter().map(|(_, weight)| weight).sum());
        for &(value, weight) in all {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        all[all.len() - 1].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, stream, index| Chance::of(seed, stream, index).below(u64::MAX);
        assert_eq!(draw(7, Stream::Ticket, 3), draw(7, Stream::Ticket, 3));
        assert_ne!(draw(7, Stream::Ticket, 3), draw(8, Stream::Ticket, 3));
        assert_ne!(draw(7, Stream::Ticket, 3), draw(7, Stream::Customer, 3));
        assert_ne!(draw(7, Stream::Ticket, 3), draw(7, Stream::Ticket, 4));
    }

    #[test]
    fn first_numbers_never_change() {
        let mut chance = Chance::of(1, Stream::Customer, 0);
        let seen: Vec<u64> = (0..4).map(|_| chance.below(1000)).collect();
        assert_eq!(seen, FIRST);
    }

    const FIRST: [u64; 4] = [411, 173, 103, 282];

    #[test]
    fn shares_come_out() {
        let mut chance = Chance::of(2, Stream::Change, 0);
        let hits = (0..10_000).filter(|_| chance.percent(12.5)).count();
        assert!((1100..1400).contains(&hits), "{hits}");
        assert!(!chance.percent(0.0));
        assert!(chance.percent(100.0));
        let heavy = (0..1000).filter(|_| chance.weigh(&[(true, 3), (false, 1)])).count();
        assert!((690..810).contains(&heavy), "{heavy}");
    }
}
