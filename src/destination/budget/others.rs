//! What others take of the same window: told by the answers, foreseen for the rest of it.
//!
//! The server numbers all requests of a window (limit minus remaining); what is not ours among them
//! is others'. They come when they like, so that what they will still take until the window ends is
//! left free: as many as their rate says and so much more that chance hardly ever needs it. The
//! nearer the end, the less that is, and the window fills up.

/// So many standard deviations of what is foreseen are left free beside it.
const DEVIATIONS: f64 = 4.0;

/// What was learned of earlier windows weighs as much as this share of the present one.
const MEMORY: f64 = 0.5;

/// A first window of which less than this share was heard teaches nothing.
const HEARD_MIN: f64 = 0.5;

/// Others' use of the window.
pub(super) struct Others {
    /// Their requests per window, as learned from earlier ones.
    rate: Option<f64>,
    /// Requests of the window the server has counted, everybody's.
    spent: u32,
    /// Of those, ours.
    ours: u32,
    /// Of those, certainly not ours.
    theirs: u32,
    /// Share of the window that had passed when the server counted them.
    heard: f64,
    /// Ours that went without an answer since; the count may lack them.
    lost: u32,
    lost_at_ms: i64,
}

impl Others {
    /// Nothing is known.
    pub(super) fn new() -> Self {
        Self { rate: None, spent: 0, ours: 0, theirs: 0, heard: 0.0, lost: 0, lost_at_ms: i64::MIN }
    }

    /// A new window: what was heard of the last one is kept as a rate.
    pub(super) fn turn(&mut self) {
        let learned = self.rate.is_some() || self.heard >= HEARD_MIN;
        *self = Self { rate: learned.then(|| self.rate()), ..Self::new() };
    }

    /// An answer of this window said that `spent` requests were counted. Its request left at
    /// `sent_ms`, and the share `heard` of the window had passed when it was counted; `in_flight`
    /// of ours are still under way.
    pub(super) fn hear(&mut self, spent: u32, sent_ms: i64, heard: f64, in_flight: u32) {
        self.ours += 1;
        if sent_ms > self.lost_at_ms {
            self.lost = 0;
        }
        if spent > self.spent {
            self.spent = spent;
            self.heard = heard.clamp(0.0, 1.0);
        }
        let mine = self.ours + in_flight + self.lost;
        self.theirs = self.theirs.max(self.spent.saturating_sub(mine));
    }

    /// A request went without an answer.
    pub(super) fn lost(&mut self, now_ms: i64) {
        self.lost += 1;
        self.lost_at_ms = now_ms;
    }

    /// How many more of ours fit into a window of `limit` of which the share `passed` is over, with
    /// `in_flight` under way.
    pub(super) fn room(&self, limit: u32, in_flight: u32, passed: f64) -> Room {
        let free = f64::from(limit) - f64::from(self.spent) - f64::from(in_flight + self.lost);
        let left = |share: f64| {
            let foreseen = self.rate() * share.clamp(0.0, 1.0);
            free - foreseen - DEVIATIONS * foreseen.sqrt()
        };
        Room {
            to_the_end: left(1.0 - self.heard),
            now: left(passed - self.heard),
            has_others: self.rate() > 0.0,
        }
    }

    /// Requests of the window that are certainly not ours.
    pub(super) fn theirs(&self) -> u32 {
        self.theirs
    }

    fn rate(&self) -> f64 {
        let theirs = f64::from(self.theirs);
        match self.rate {
            Some(before) => (before * MEMORY + theirs) / (MEMORY + self.heard),
            None if self.theirs == 0 => 0.0,
            None => theirs / self.heard.max(MEMORY),
        }
    }
}

/// Requests of ours that still fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    /// If others are to find room until the window ends.
    pub(super) to_the_end: f64,
    /// If they are to have found room until now.
    pub(super) now: f64,
    /// There are others.
    pub(super) has_others: bool,
}
