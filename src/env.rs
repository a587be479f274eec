//! The clock and new ids: all chance enters here, so that tests can fix it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::model::{EventId, RunId, Timestamp};

/// What the program gets from outside: time, sleep, ids, randomness.
#[derive(Clone)]
pub struct Env {
    clock: Clock,
    rng: Arc<Mutex<StdRng>>,
}

#[derive(Clone)]
enum Clock {
    System,
    /// Milliseconds; every sleep moves it at once.
    Fixed(Arc<AtomicI64>),
}

static EVENT_COUNTER: AtomicU64 = AtomicU64::new(0);

impl Env {
    /// The machine's clock and entropy.
    pub fn system() -> Self {
        Self { clock: Clock::System, rng: Arc::new(Mutex::new(StdRng::from_rng(&mut rand::rng()))) }
    }

    /// A clock that stands at `now` and moves only when something sleeps, and ids from a seed.
    pub fn fixed(now: Timestamp, rng_start: u64) -> Self {
        Self {
            clock: Clock::Fixed(Arc::new(AtomicI64::new(now.0))),
            rng: Arc::new(Mutex::new(StdRng::seed_from_u64(rng_start))),
        }
    }

    /// Now.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system's clock")]
    pub fn now(&self) -> Timestamp {
        match &self.clock {
            Clock::System => Timestamp::from(chrono::Utc::now()),
            Clock::Fixed(now) => Timestamp(now.load(Ordering::Relaxed)),
        }
    }

    /// Microseconds since 1970, the resolution of event times.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system's clock")]
    pub fn now_us(&self) -> i64 {
        match &self.clock {
            Clock::System => chrono::Utc::now().timestamp_micros(),
            Clock::Fixed(now) => now.load(Ordering::Relaxed).saturating_mul(1000),
        }
    }

    /// Waits. The fixed clock jumps instead.
    pub async fn sleep(&self, duration: Duration) {
        match &self.clock {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Fixed(now) => {
                let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
                now.fetch_add(ms, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; N];
        rng.fill(&mut bytes[..]);
        bytes
    }

    /// A number from 0 up to, not including, `below`; 0 if `below` is 0.
    pub fn random_below(&self, below: u64) -> u64 {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        if below == 0 { 0 } else { rng.random_range(0..below) }
    }

    /// A new run id (UUID v7).
    pub fn run_id(&self) -> RunId {
        RunId(self.uuid_v7(self.random_bytes()))
    }

    /// A new event id: UUID v7 whose random part is a per-process counter over a random start, so
    /// that a million ids cost no entropy.
    pub fn event_ids(&self, count: usize) -> Vec<EventId> {
        let start = EVENT_COUNTER.fetch_add(count as u64, Ordering::Relaxed);
        let base = u64::from_be_bytes(self.random_bytes());
        (0..count as u64)
            .map(|i| {
                let mut random = [0; 10];
                random[2..].copy_from_slice(&base.wrapping_add(start + i).to_be_bytes());
                EventId(self.uuid_v7(random))
            })
            .collect()
    }

    fn uuid_v7(&self, random: [u8; 10]) -> [u8; 16] {
        let now_ms = u64::try_from(self.now().0).unwrap_or(0);
        *uuid::Builder::from_unix_timestamp_millis(now_ms, &random).as_uuid().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fixed_clock_jumps_when_something_sleeps() {
        let env = Env::fixed(Timestamp(1_000), 1);
        env.sleep(Duration::from_secs(180)).await;
        assert_eq!(env.now(), Timestamp(181_000));
    }

    #[test]
    fn a_seed_repeats_its_bytes() {
        let bytes = |seed| Env::fixed(Timestamp(0), seed).random_bytes::<16>();
        assert_eq!(bytes(3), bytes(3));
        assert_ne!(bytes(3), bytes(4));
    }

    #[test]
    fn event_ids_differ() {
        let ids = Env::fixed(Timestamp(0), 1).event_ids(100);
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), 100);
    }
}
