//! The one way to wait before something is tried again.

use std::time::Duration;

use crate::env::Env;

/// The longest wait.
const LONGEST_MS: u64 = 30_000;

/// Wait before the next attempt: doubles from half a second, at most half a minute, and varies by
/// a quarter so that what failed together is not tried again together.
pub fn backoff(env: &Env, attempt: u32) -> Duration {
    let whole = longest_ms(attempt);
    Duration::from_millis(whole - env.random_below(whole / 4 + 1))
}

fn longest_ms(attempt: u32) -> u64 {
    (250_u64 << attempt.min(7)).min(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::setting::ATTEMPTS_MAX;
    use crate::model::Timestamp;

    #[test]
    fn backing_off_grows_is_bounded_and_varies() {
        let whole: Vec<u64> = (1..=ATTEMPTS_MAX).map(longest_ms).collect();
        assert_eq!(whole[0], 500);
        assert!(whole.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(*whole.last().unwrap(), LONGEST_MS);
        let env = Env::fixed(Timestamp(0), 7);
        let waits: Vec<u128> = (0..20).map(|_| backoff(&env, 5).as_millis()).collect();
        assert!(waits.iter().all(|wait| (6_000..=8_000).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
