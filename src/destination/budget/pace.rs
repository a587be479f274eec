//! Spreads requests over what is left of a window, so that they do not come all at once. The even
//! spread changes with every answer; a limiter that does not keeps it from ever becoming a rush.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// What may be sent at once: one part in this many of the window's requests. Few requests need not
/// wait, and it makes up for the time after a turn in which it is not yet certain that the server
/// has turned too.
const BURST_PART: u32 = 8;

/// Never faster than this many times an even spread, however late in the window work comes.
const HASTE_MAX: u64 = 4;

/// A turn of the queue that came late by up to this much is made up for, in milliseconds: timers
/// are that coarse.
const LATE_MAX_MS: f64 = 10.0;

/// What a window offers.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    /// When all of it is to be spent.
    pub(super) spent_by_ms: i64,
    /// How long it is.
    pub(super) window_ms: i64,
    /// Sent in it.
    pub(super) used: u32,
    /// All that may be sent in it.
    pub(super) target: u32,
    /// What may still be sent in it, as far as is known.
    pub(super) free: f64,
}

/// A clock that is told the time.
#[derive(Clone, Default)]
struct ToldClock(Arc<AtomicU64>);

impl Clock for ToldClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.load(Ordering::Relaxed).into()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, ToldClock, NoOpMiddleware<Nanos>>;

/// When the next request is due.
pub(super) struct Pace {
    due_ms: f64,
    clock: ToldClock,
    /// Requests and length of the window that the limiter is for.
    bound: (u32, i64),
    limiter: Option<Limiter>,
}

impl Pace {
    /// At once.
    pub(super) fn new() -> Self {
        Self { due_ms: f64::MIN, clock: ToldClock::default(), bound: (0, 0), limiter: None }
    }

    /// How long to wait before the next request, in milliseconds; 0 takes it.
    pub(super) fn wait_ms(&mut self, now_ms: i64, offer: &Offer) -> i64 {
        let now = now_ms as f64;
        if self.due_ms > now {
            return ((self.due_ms - now).ceil() as i64).max(1);
        }
        let rush_ms = self.rush_ms(now_ms, offer);
        if rush_ms > 0 {
            return rush_ms;
        }
        let gap = if offer.used < offer.target / BURST_PART { 0.0 } else { gap_ms(now, offer) };
        self.due_ms = self.due_ms.max(now - LATE_MAX_MS) + gap;
        0
    }

    /// How long the limiter makes a request wait; 0 if it lets it through.
    fn rush_ms(&mut self, now_ms: i64, offer: &Offer) -> i64 {
        let now_ns = u64::try_from(now_ms).unwrap_or(0).saturating_mul(1_000_000);
        self.clock.0.store(now_ns, Ordering::Relaxed);
        if self.bound != (offer.target, offer.window_ms) {
            self.bound = (offer.target, offer.window_ms);
            self.limiter = limiter(offer.target, offer.window_ms, &self.clock);
        }
        match self.limiter.as_ref().map(Limiter::check) {
            None | Some(Ok(())) => 0,
            Some(Err(until)) => {
                let wait = until.wait_time_from(self.clock.now());
                i64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(i64::MAX).max(1)
            }
        }
    }
}

/// An even spread of what is free over what is left.
fn gap_ms(now: f64, offer: &Offer) -> f64 {
    (offer.spent_by_ms as f64 - now).max(0.0) / offer.free.max(1.0)
}

fn limiter(target: u32, window_ms: i64, clock: &ToldClock) -> Option<Limiter> {
    let window_ns = u64::try_from(window_ms).ok()?.checked_mul(1_000_000)?;
    let gap_ns = window_ns / (u64::from(target.max(1)) * HASTE_MAX);
    let burst = NonZeroU32::new((target / BURST_PART).max(1))?;
    let quota = Quota::with_period(Duration::from_nanos(gap_ns.max(1)))?.allow_burst(burst);
    Some(RateLimiter::direct_with_clock(quota, clock.clone()))
}
