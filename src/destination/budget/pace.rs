//! Spreads requests over a window, so that they do not come all at once.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// Requests run this much ahead of an even spread, so that the window is spent shortly before it
/// ends and nothing is on its way while it turns.
const AHEAD_PERCENT: u64 = 106;

/// What may be sent at once: one part in this many of the window's requests. It makes up for the
/// time after a turn in which it is not yet certain that the server has turned too.
const BURST_PART: u32 = 8;

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

/// Spacing for one rate.
pub(super) struct Pace {
    clock: ToldClock,
    per_window: u32,
    window_ms: i64,
    limiter: Option<Limiter>,
}

impl Pace {
    /// No spacing until told a rate.
    pub(super) fn new() -> Self {
        Self { clock: ToldClock::default(), per_window: 0, window_ms: 0, limiter: None }
    }

    /// How long to wait before the next request, in milliseconds; 0 takes it.
    pub(super) fn wait_ms(&mut self, now_ms: i64, per_window: u32, window_ms: i64) -> i64 {
        let now_ns = u64::try_from(now_ms).unwrap_or(0).saturating_mul(1_000_000);
        self.clock.0.store(now_ns, Ordering::Relaxed);
        if (per_window, window_ms) != (self.per_window, self.window_ms) {
            (self.per_window, self.window_ms) = (per_window, window_ms);
            self.limiter = limiter(per_window, window_ms, &self.clock);
        }
        let Some(limiter) = &self.limiter else { return 0 };
        match limiter.check() {
            Ok(()) => 0,
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                i64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(i64::MAX).max(1)
            }
        }
    }
}

fn limiter(per_window: u32, window_ms: i64, clock: &ToldClock) -> Option<Limiter> {
    let window_ns = u64::try_from(window_ms).ok()?.checked_mul(1_000_000)?;
    let gap_ns =
        window_ns.checked_mul(100)? / (u64::from(per_window).checked_mul(AHEAD_PERCENT)?);
    let burst = NonZeroU32::new((per_window / BURST_PART).max(1))?;
    let quota = Quota::with_period(Duration::from_nanos(gap_ns))?.allow_burst(burst);
    Some(RateLimiter::direct_with_clock(quota, clock.clone()))
}
