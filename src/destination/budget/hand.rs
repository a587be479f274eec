//! The requests that this process has drawn from a shared budget and not yet sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::book::{Ask, Drawn};
use super::contract::{BudgetFault, SharedBudget};
use super::window::Standing;
use crate::env::Env;

/// Drawn at once: one part in this many of the window's requests, so that many processes share it
/// evenly and little is lost with one that dies …
const LEASE_PART: u32 = 48;
/// … and never more than this.
const LEASE_MAX: u32 = 32;

/// How often to ask again when the window is spent: others may have given something back.
const SPENT_NAP_MS: i64 = 100;

/// What this process holds of a shared budget.
pub(super) struct Hand {
    shared: Arc<dyn SharedBudget>,
    slots: Mutex<Slots>,
}

/// Requests drawn and not sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    holder: String,
    unused: u32,
    drawn_ms: i64,
    /// The book may say that this process holds something.
    noted: bool,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// One is held.
    Yes,
    /// Some are drawn.
    Drawn {
        /// Requests of this window that the other processes have sent or may send.
        siblings: u32,
    },
    /// The book is in another window, or knows more.
    Told {
        /// End of its window.
        window_end_s: i64,
        /// What the server grants.
        quota: Option<u32>,
    },
    /// The window is spent.
    Wait(Duration),
}

impl Slots {
    /// Nothing is drawn yet.
    pub(super) fn of(holder: String) -> Self {
        Self { holder, ..Self::default() }
    }

    /// What to ask for; none if a request is held.
    pub(super) fn ask(&mut self, standing: &Standing, now_ms: i64) -> Option<Ask> {
        // What is on its way counts in one more window, not in the one after that.
        if now_ms - self.drawn_ms > standing.window_ms / 2 {
            self.unused = 0;
        }
        if self.unused > 0 {
            return None;
        }
        self.noted = true;
        Some(Ask {
            holder: self.holder.clone(),
            window_end_s: standing.window_end_s,
            window_ms: standing.window_ms,
            quota: standing.quota,
            allowance: standing.allowance,
            used: standing.used,
            in_flight: standing.in_flight,
            unused: 0,
            wish: (standing.allowance / LEASE_PART).clamp(1, LEASE_MAX),
        })
    }

    /// What to say when nothing is to be sent any more, or nothing is counted: what was sent. None
    /// if the book knows nothing of this process.
    pub(super) fn farewell(&mut self, standing: &Standing, now_ms: i64) -> Option<Ask> {
        if !std::mem::take(&mut self.noted) {
            return None;
        }
        self.unused = 0;
        let ask = self.ask(standing, now_ms)?;
        self.noted = false;
        // Where no window is named none ends, and what counted in it would count for long.
        let (used, in_flight) = if standing.boundless { (0, 0) } else { (ask.used, ask.in_flight) };
        Some(Ask { used, in_flight, wish: 0, ..ask })
    }

    /// What was given, asked for at `now_ms`.
    pub(super) fn given(&mut self, standing: &Standing, drawn: &Drawn, now_ms: i64) -> Ready {
        if drawn.granted > 0 {
            (self.unused, self.drawn_ms) = (drawn.granted, now_ms);
            return Ready::Drawn { siblings: drawn.siblings };
        }
        if standing.window_end_s != Some(drawn.window_end_s) {
            let (window_end_s, quota) = (drawn.window_end_s, drawn.quota);
            return Ready::Told { window_end_s, quota };
        }
        let nap_ms = (standing.end_ms - now_ms).clamp(1, SPENT_NAP_MS);
        Ready::Wait(Duration::from_millis(nap_ms.unsigned_abs()))
    }

    /// One of them is sent.
    pub(super) fn spend(&mut self) {
        self.unused = self.unused.saturating_sub(1);
    }
}

impl Hand {
    /// Nothing is drawn yet.
    pub(super) fn new(shared: Arc<dyn SharedBudget>, env: &Env) -> Self {
        let random = env.random_bytes::<8>();
        let holder: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { shared, slots: Mutex::new(Slots::of(holder)) }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws if nothing is held. One task at a time.
    ///
    /// # Errors
    /// If the shared budget cannot be reached.
    pub(super) async fn ready(
        &self,
        standing: &Standing,
        now_ms: i64,
    ) -> Result<Ready, BudgetFault> {
        let ask = self.slots().ask(standing, now_ms);
        let Some(ask) = ask else { return Ok(Ready::Yes) };
        let drawn = self.shared.draw(&ask).await?;
        Ok(self.slots().given(standing, &drawn, now_ms))
    }

    /// One of them is sent.
    pub(super) fn spend(&self) {
        self.slots().spend();
    }

    /// Gives back what is not sent: says for the last time what was.
    ///
    /// # Errors
    /// If the shared budget cannot be reached.
    pub(super) async fn leave(&self, standing: &Standing, now_ms: i64) -> Result<(), BudgetFault> {
        let ask = self.slots().farewell(standing, now_ms);
        match ask {
            Some(ask) => self.shared.draw(&ask).await.map(drop),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(boundless: bool) -> Standing {
        Standing {
            window_end_s: Some(0),
            end_ms: 10_000,
            window_ms: 10_000,
            quota: None,
            allowance: 96,
            used: 7,
            in_flight: 3,
            boundless,
        }
    }

    #[test]
    fn who_drew_nothing_has_nothing_to_say() {
        assert_eq!(Slots::of("a".into()).farewell(&standing(false), 1), None);
    }

    #[test]
    fn who_leaves_says_once_what_counts() {
        for (boundless, counts) in [(false, (7, 3)), (true, (0, 0))] {
            let mut slots = Slots::of("a".into());
            assert_eq!(slots.ask(&standing(false), 1).unwrap().wish, 2);
            let drawn = Drawn { granted: 2, window_end_s: 0, quota: None, siblings: 0 };
            slots.given(&standing(false), &drawn, 1);
            let last = slots.farewell(&standing(boundless), 2).unwrap();
            assert_eq!((last.used, last.in_flight), counts);
            assert_eq!((last.unused, last.wish), (0, 0));
            assert_eq!(slots.farewell(&standing(boundless), 3), None);
        }
    }
}
