//! The server's window, as far as it can be known: pure, over a time that is told.
//!
//! The server counts requests in windows of its own clock and says the count, the limit and the
//! second in which the window ends. Between its clock and ours lies an unknown shift; every
//! answer narrows it: what was answered inside a window was handled inside it. A window is
//! believed to have turned only when that is certain, so that no window is ever overfilled.

use super::others::Others;
use super::pace::{Offer, Pace};

/// How the budget behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Requests per window until the server has said its limit.
    pub start_per_window: u32,
    /// Never more per window than this, whatever the server allows.
    pub ceiling: Option<u32>,
    /// Part of each window, in percent, that is left to others who use the same workspace.
    pub reserve_percent: u32,
    /// Length of the server's window in milliseconds (FACTS §2: ten seconds).
    pub window_ms: i64,
}

impl Default for BudgetSettings {
    fn default() -> Self {
        Self { start_per_window: 20, ceiling: None, reserve_percent: 0, window_ms: 10_000 }
    }
}

/// What an answer said about the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `X-RateLimit-Limit`.
    pub limit: Option<u32>,
    /// `X-RateLimit-Remaining`.
    pub remaining: Option<u32>,
    /// `X-RateLimit-Reset`, seconds since 1970.
    pub reset_s: Option<i64>,
    /// `Date`, seconds since 1970.
    pub date_s: Option<i64>,
    /// `Retry-After` in milliseconds; not documented by Intercom, honoured if there.
    pub retry_after_ms: Option<i64>,
    /// The answer was 429.
    pub limited: bool,
}

/// The budget at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetView {
    /// Limit per window, once the server has said it.
    pub limit: Option<u32>,
    /// What we allow ourselves in a window, apart from what others take.
    pub target: u32,
    /// Sent in this window.
    pub used: u32,
    /// On their way.
    pub in_flight: u32,
    /// Refusals for too many requests so far.
    pub limited: u64,
    /// Length of the window in milliseconds.
    pub window_ms: i64,
}

/// How this process stands, for a budget that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// End of the window by the server's clock, if an answer has said it, in seconds.
    pub(super) window_end_s: Option<i64>,
    /// Its end by our clock.
    pub(super) end_ms: i64,
    pub(super) window_ms: i64,
    /// What the server grants, if it has said so.
    pub(super) quota: Option<u32>,
    /// What all may send together in a window, by our settings.
    pub(super) allowance: u32,
    pub(super) used: u32,
    pub(super) in_flight: u32,
    /// The server answers without a word about a limit.
    pub(super) boundless: bool,
}

/// Leave to send, or the time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Go,
    WaitMs(i64),
}

/// After a refusal the allowance shrinks to this share …
const SHRINK_PERCENT: u32 = 80;
/// … and never below this, so that the way back can be found.
const SHARE_MIN_PERCENT: u32 = 10;
/// A window without a refusal gives back this share of the limit.
const GROW_PERCENT: u32 = 5;
/// Answers without any word about a limit double the start value, up to here (a stand-in without
/// limits is as fast as it can); after the first refusal it only grows from window to window.
const BLIND_MAX: u32 = 1 << 22;
/// Least wait after a refusal (FACTS §2).
const LIMITED_WAIT_MIN_MS: i64 = 1_000;
/// The end of a window is said in whole seconds: it may lie this much later.
const ROUNDING_MS: i64 = 1_000;
/// Two clocks drift apart by at most this much in a window; certainty fades by it.
const DRIFT_MS: i64 = 1;
/// The window is to be spent when this part of it is left: what is on its way while it turns may
/// count in the next one.
const LEFT_PART: i64 = 20;
/// With others about, answers are wanted nearly to the end: they tell what is free.
const LEFT_PART_AMONG_OTHERS: i64 = 100;
/// Where others leave no sure room, one request in this part of a window is worth its place: its
/// answer may show that they took less than was foreseen.
const ASK_PART: i64 = 20;
/// And so often it is looked whether there is room.
const NAP_PART: i64 = 500;

pub(super) struct Window {
    settings: BudgetSettings,
    window_ms: i64,
    limit: Option<u32>,
    blind: u32,
    /// Answers of this window that said nothing of a limit.
    wordless: u32,
    /// Some answer said nothing of a limit.
    is_wordless: bool,
    /// Other processes draw from the same budget.
    is_shared: bool,
    /// What they send in this window, if it is known.
    siblings: Option<u32>,
    share_percent: u32,
    /// End of the current window by the server's clock.
    reset_ms: Option<i64>,
    /// Our clock minus the server's lies between these.
    shift_least: i64,
    shift_most: Option<i64>,
    started_ms: Option<i64>,
    used: u32,
    others: Others,
    in_flight: u32,
    /// When the last request left.
    sent_ms: i64,
    blocked_until_ms: i64,
    refused_in_window: bool,
    limited: u64,
    pace: Pace,
}

impl Window {
    pub(super) fn new(settings: BudgetSettings) -> Self {
        Self {
            settings,
            window_ms: settings.window_ms.max(1),
            limit: None,
            blind: settings.start_per_window.max(1),
            wordless: 0,
            is_wordless: false,
            is_shared: false,
            siblings: None,
            share_percent: 100,
            reset_ms: None,
            shift_least: i64::MIN,
            shift_most: None,
            started_ms: None,
            used: 0,
            others: Others::new(),
            in_flight: 0,
            sent_ms: 0,
            blocked_until_ms: i64::MIN,
            refused_in_window: false,
            limited: 0,
            pace: Pace::new(),
        }
    }

    /// Asks for leave to send one request at `now_ms`.
    pub(super) fn take(&mut self, now_ms: i64) -> Take {
        if now_ms < self.blocked_until_ms {
            return Take::WaitMs(self.blocked_until_ms - now_ms);
        }
        let end_ms = self.until(now_ms);
        let mut target = self.target();
        if self.used >= target && self.is_unbounded() && self.wordless >= target / 2 {
            self.blind = self.blind.saturating_mul(2).min(BLIND_MAX);
            target = self.target();
        }
        if self.used >= target {
            return Take::WaitMs((end_ms - now_ms).max(1));
        }
        if !self.is_unbounded() {
            let wait_ms = self.wait_ms(now_ms, end_ms, target);
            if wait_ms > 0 {
                return Take::WaitMs(wait_ms);
            }
        }
        self.used += 1;
        self.in_flight += 1;
        self.sent_ms = now_ms;
        Take::Go
    }

    /// How long others and an even spread make a request wait that the target allows.
    fn wait_ms(&mut self, now_ms: i64, end_ms: i64, target: u32) -> i64 {
        let own = f64::from(target - self.used);
        let Some(limit) = self.limit.filter(|_| !self.is_shared) else {
            return self.spread(now_ms, end_ms - self.window_ms / LEFT_PART, target, own);
        };
        let room = self.others.room(limit, self.in_flight, self.passed(now_ms));
        let asks = self.in_flight == 0
            && room.now >= 1.0
            && now_ms - self.sent_ms >= self.window_ms / ASK_PART
            && end_ms - now_ms >= self.window_ms / ASK_PART;
        if room.to_the_end < 1.0 && !asks {
            return (self.window_ms / NAP_PART).min(end_ms - now_ms).max(1);
        }
        let left = if room.has_others { LEFT_PART_AMONG_OTHERS } else { LEFT_PART };
        self.spread(now_ms, end_ms - self.window_ms / left, target, own.min(room.to_the_end))
    }

    fn spread(&mut self, now_ms: i64, spent_by_ms: i64, target: u32, free: f64) -> i64 {
        let (window_ms, used) = (self.window_ms, self.used);
        self.pace.wait_ms(now_ms, &Offer { spent_by_ms, window_ms, used, target, free })
    }

    /// Share of the server's window that has passed.
    fn passed(&self, at_ms: i64) -> f64 {
        let begun_ms = self.end_ms(at_ms) - self.window_ms;
        (at_ms - begun_ms) as f64 / self.window_ms as f64
    }

    /// Nobody has said or shown that there is a limit.
    fn is_unbounded(&self) -> bool {
        self.limit.is_none() && self.limited == 0
    }

    /// Takes note of an answer to a request sent at `sent_ms`, come in at `now_ms`.
    pub(super) fn observe(&mut self, sent_ms: i64, now_ms: i64, seen: &Seen) {
        let seen = &self.among_siblings(seen);
        self.in_flight = self.in_flight.saturating_sub(1);
        match seen.limit.filter(|&limit| limit > 0) {
            Some(limit) => self.limit = Some(limit),
            None => {
                self.wordless = self.wordless.saturating_add(1);
                self.is_wordless = true;
            }
        }
        if let Some(reset_s) = seen.reset_s {
            self.align(sent_ms, now_ms, reset_s.saturating_mul(1000), seen);
        }
        if seen.limited {
            self.refused(now_ms, seen);
        }
    }

    /// A request went without any answer.
    pub(super) fn lost(&mut self, now_ms: i64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.others.lost(now_ms);
    }

    pub(super) fn view(&self) -> BudgetView {
        BudgetView {
            limit: self.limit,
            target: self.target(),
            used: self.used,
            in_flight: self.in_flight,
            limited: self.limited,
            window_ms: self.window_ms,
        }
    }

    /// How this process stands, for a budget that it shares with others.
    pub(super) fn standing(&mut self, now_ms: i64) -> Standing {
        self.is_shared = true;
        let end_ms = self.until(now_ms);
        // What others took is known to the shared budget, as far as they share it.
        let granted = match self.limit {
            Some(limit) => limit.saturating_sub(self.reserve(limit)),
            None => self.settings.start_per_window,
        };
        Standing {
            window_end_s: self.reset_ms.map(|reset_ms| reset_ms.div_euclid(1000)),
            end_ms,
            window_ms: self.window_ms,
            quota: self.limit,
            allowance: self.eased(granted),
            used: self.used,
            in_flight: self.in_flight,
            boundless: self.is_unbounded() && self.is_wordless,
        }
    }

    /// End of the window of this moment; it turns if it is over.
    fn until(&mut self, now_ms: i64) -> i64 {
        let started = *self.started_ms.get_or_insert(now_ms);
        let end = self.end_ms(started);
        if now_ms >= end {
            self.turn(end + (now_ms - end) / self.window_ms * self.window_ms);
        }
        self.end_ms(self.started_ms.unwrap_or(now_ms))
    }

    /// Takes note of what the other processes that share the budget send in this window.
    pub(super) fn drew(&mut self, siblings: u32) {
        self.siblings = Some(siblings);
    }

    /// What an answer says, without what is known to be our siblings' doing: they are no strangers
    /// to make room for.
    fn among_siblings(&self, seen: &Seen) -> Seen {
        let ours = seen.reset_s.map(|s| s.saturating_mul(1000)) == self.reset_ms;
        let remaining = match (self.is_shared, self.siblings.filter(|_| ours)) {
            (false, _) => seen.remaining,
            (true, Some(siblings)) => seen.remaining.map(|left| left.saturating_add(siblings)),
            (true, None) => None,
        };
        Seen { remaining, ..*seen }
    }

    /// Takes note of what another process knows: the server is, or was lately, in the window that
    /// ends at this second.
    pub(super) fn told(&mut self, now_ms: i64, window_end_s: i64, quota: Option<u32>) {
        self.limit = self.limit.or(quota);
        let reset_ms = window_end_s.saturating_mul(1000);
        if self.reset_ms.is_some_and(|current| reset_ms <= current) {
            return;
        }
        let most = now_ms - (reset_ms - self.window_ms);
        let most = self.shift_most.unwrap_or(i64::MAX).min(most);
        self.shift_most = Some(most.max(self.shift_least));
        self.reset_ms = Some(reset_ms);
        self.begin(now_ms);
    }

    /// Whether the server has said its limit.
    pub(super) fn is_blind(&self) -> bool {
        self.limit.is_none()
    }

    fn target(&self) -> u32 {
        self.eased(match self.limit {
            None => self.blind,
            // Among siblings strangers are only told apart by and by: nothing is foreseen of them.
            Some(limit) if self.is_shared => {
                limit.saturating_sub(self.reserve(limit).max(self.others.theirs()))
            }
            Some(limit) => limit.saturating_sub(self.reserve(limit)),
        })
    }

    /// What is granted, below the ceiling and by the share that refusals have left.
    fn eased(&self, granted: u32) -> u32 {
        let ceiling = self.settings.ceiling.unwrap_or(u32::MAX);
        let eased = u64::from(granted.min(ceiling)) * u64::from(self.share_percent) / 100;
        u32::try_from(eased).unwrap_or(u32::MAX).max(1)
    }

    fn reserve(&self, limit: u32) -> u32 {
        let percent = u64::from(self.settings.reserve_percent.min(100));
        u32::try_from((u64::from(limit) * percent).div_ceil(100)).unwrap_or(u32::MAX)
    }

    fn end_ms(&self, started_ms: i64) -> i64 {
        match (self.reset_ms, self.shift_most) {
            (Some(reset), Some(shift)) => reset + shift,
            _ => started_ms + self.window_ms,
        }
    }

    /// A window turned at `started_ms`: what is on its way may count in the new one.
    fn turn(&mut self, started_ms: i64) {
        if let (Some(reset), Some(shift)) = (self.reset_ms, self.shift_most) {
            let turns = (started_ms - (reset + shift)) / self.window_ms + 1;
            self.reset_ms = Some(reset + turns * self.window_ms);
            self.shift_most = Some(shift + DRIFT_MS);
        }
        self.begin(started_ms);
    }

    fn begin(&mut self, started_ms: i64) {
        self.started_ms = Some(started_ms);
        self.used = self.in_flight;
        self.others.turn();
        if !self.refused_in_window {
            self.share_percent = (self.share_percent + GROW_PERCENT).min(100);
            if self.limited > 0 {
                let more = (self.blind / 100).saturating_mul(GROW_PERCENT).max(1);
                self.blind = self.blind.saturating_add(more);
            }
        }
        self.wordless = 0;
        self.refused_in_window = false;
        self.siblings = None;
    }

    fn align(&mut self, sent_ms: i64, now_ms: i64, reset_ms: i64, seen: &Seen) {
        let current = self.reset_ms.unwrap_or(reset_ms);
        if reset_ms > current {
            // Windows may be shorter than believed (a simulator's), never longer unnoticed.
            self.window_ms = self.window_ms.min(reset_ms - current);
        }
        let by_window = now_ms - (reset_ms - self.window_ms);
        let by_date = seen
            .date_s
            .map_or(i64::MAX, |date_s| now_ms - date_s.saturating_mul(1000) + ROUNDING_MS);
        let most = self.shift_most.unwrap_or(i64::MAX).min(by_window).min(by_date);
        self.shift_least = self.shift_least.max(sent_ms - reset_ms);
        if most < self.shift_least {
            // A clock was set: forget what was certain.
            self.shift_least = sent_ms - reset_ms;
        }
        self.shift_most = Some(most.max(self.shift_least));
        if self.reset_ms.is_none() {
            self.reset_ms = Some(reset_ms);
        } else if reset_ms > current {
            self.reset_ms = Some(reset_ms);
            self.begin(now_ms);
            self.used = self.in_flight + 1;
        } else if reset_ms < current {
            // It was counted as carried over, but belongs to the window before.
            if self.started_ms.is_some_and(|started| sent_ms < started) {
                self.used = self.used.saturating_sub(1);
            }
            return;
        }
        if let (Some(limit), Some(remaining), false) = (seen.limit, seen.remaining, seen.limited) {
            // It was counted somewhere between sending and answer.
            let heard = self.passed(i64::midpoint(sent_ms, now_ms));
            self.others.hear(limit.saturating_sub(remaining), sent_ms, heard, self.in_flight);
        }
    }

    fn refused(&mut self, now_ms: i64, seen: &Seen) {
        self.limited += 1;
        if !self.refused_in_window {
            self.refused_in_window = true;
            self.share_percent = (self.share_percent * SHRINK_PERCENT / 100).max(SHARE_MIN_PERCENT);
            self.blind = (self.used / 2).max(1);
        }
        let asked_ms = seen.retry_after_ms.unwrap_or(0);
        let least = now_ms + asked_ms.max(LIMITED_WAIT_MIN_MS.min(self.window_ms));
        // The end is told in whole seconds; no window lasts longer than one window.
        let longest = now_ms + asked_ms.max(self.window_ms);
        let until = match (self.reset_ms, self.shift_most) {
            (Some(reset), Some(shift)) => least.max((reset + shift).min(longest)),
            _ => least,
        };
        self.blocked_until_ms = self.blocked_until_ms.max(until);
    }

    /// How long nothing will be sent, after a refusal.
    pub(super) fn blocked_ms(&self, now_ms: i64) -> i64 {
        (self.blocked_until_ms - now_ms).max(0)
    }
}
