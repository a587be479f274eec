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
    /// Milliseconds by which it is ahead of the machine's; every sleep moves it.
    Hurried(Arc<AtomicI64>),
}

/// What a wait really takes on the hurried clock: time for requests under way.
const HURRIED_SLEEP: Duration = Duration::from_millis(2);

/// Shorter waits come by the thousand, one after another: they take no time at all.
const HURRIED_NAP: Duration = Duration::from_millis(50);

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

    /// The machine's clock that skips every wait: it moves on to the wait's end. Waits side by side
    /// count once. Ids come from a seed.
    pub fn hurried(rng_start: u64) -> Self {
        Self {
            clock: Clock::Hurried(Arc::default()),
            rng: Arc::new(Mutex::new(StdRng::seed_from_u64(rng_start))),
        }
    }

    /// Milliseconds of waits that were skipped so far.
    pub fn skipped_ms(&self) -> i64 {
        match &self.clock {
            Clock::Hurried(ahead) => ahead.load(Ordering::Relaxed),
            Clock::System | Clock::Fixed(_) => 0,
        }
    }

    /// Now.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system's clock")]
    pub fn now(&self) -> Timestamp {
        match &self.clock {
            Clock::System => Timestamp::from(chrono::Utc::now()),
            Clock::Fixed(now) => Timestamp(now.load(Ordering::Relaxed)),
            Clock::Hurried(_) => {
                Timestamp(Timestamp::from(chrono::Utc::now()).0 + self.skipped_ms())
            }
        }
    }

    /// Microseconds since 1970, the resolution of event times.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system's clock")]
    pub fn now_us(&self) -> i64 {
        match &self.clock {
            Clock::System => chrono::Utc::now().timestamp_micros(),
            Clock::Fixed(now) => now.load(Ordering::Relaxed).saturating_mul(1000),
            Clock::Hurried(_) => {
                chrono::Utc::now().timestamp_micros() + self.skipped_ms().saturating_mul(1000)
            }
        }
    }

    /// Waits. The fixed and the hurried clock jump instead.
    pub async fn sleep(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        match &self.clock {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Fixed(now) => {
                now.fetch_add(ms, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
            Clock::Hurried(ahead) => {
                let until = ahead.load(Ordering::Relaxed).saturating_add(ms);
                // Whoever has something to do does it before time moves on.
                if duration < HURRIED_NAP {
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(HURRIED_SLEEP).await;
                }
                ahead.fetch_max(until, Ordering::Relaxed);
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

    #[tokio::test]
    async fn the_hurried_clock_counts_waits_side_by_side_once() {
        let env = Env::hurried(1);
        let wait = || env.sleep(Duration::from_secs(180));
        tokio::join!(wait(), wait(), wait());
        assert_eq!(env.skipped_ms(), 180_000);
        wait().await;
        assert_eq!(env.skipped_ms(), 360_000);
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
