//! Spreads requests over what is left of a window, so that they do not come all at once.

/// What may be sent at once: one part in this many of the window's requests. Few requests need not
/// wait, and it makes up for the time after a turn in which it is not yet certain that the server
/// has turned too.
const BURST_PART: u32 = 8;

/// Never faster than this many times an even spread, however late in the window work comes.
const HASTE_MAX: f64 = 4.0;

/// A turn of the queue that came late by up to this much is made up for, in milliseconds: timers
/// are that coarse.
const LATE_MAX_MS: f64 = 10.0;

/// What a window offers.
#[derive(Clone, Copy, Debug)]
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

/// When the next request is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    due_ms: f64,
}

impl Pace {
    /// At once.
    pub(super) fn new() -> Self {
        Self { due_ms: f64::MIN }
    }

    /// How long to wait before the next request, in milliseconds; 0 takes it.
    pub(super) fn wait_ms(&mut self, now_ms: i64, offer: &Offer) -> i64 {
        let now = now_ms as f64;
        if self.due_ms > now {
            return ((self.due_ms - now).ceil() as i64).max(1);
        }
        let gap = if offer.used < offer.target / BURST_PART { 0.0 } else { gap_ms(now, offer) };
        self.due_ms = self.due_ms.max(now - LATE_MAX_MS) + gap;
        0
    }
}

fn gap_ms(now: f64, offer: &Offer) -> f64 {
    let even = (offer.spent_by_ms as f64 - now).max(0.0) / offer.free.max(1.0);
    even.max(offer.window_ms as f64 / f64::from(offer.target.max(1)) / HASTE_MAX)
}
