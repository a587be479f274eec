//! The gate every request passes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::env::Env;

use super::contract::{BudgetFault, SharedBudget};
use super::hand::{Hand, Ready};
use super::window::{BudgetSettings, BudgetView, Seen, Take, Window};

/// While the limit is unknown the first answer may lift it at any moment, so that nobody sleeps
/// longer than this.
const NAP_MAX_MS: i64 = 2;

/// The request budget of a workspace. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct Budget {
    env: Env,
    window: Arc<Mutex<Window>>,
    /// First come, first served: only the head of the queue sleeps.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// What is held of a budget that several processes share.
    hand: Option<Arc<Hand>>,
}

/// Leave to send one request. Dropped unseen, the request counts as lost.
pub struct Permit {
    env: Env,
    window: Arc<Mutex<Window>>,
    sent_ms: i64,
    seen: bool,
}

fn lock(window: &Mutex<Window>) -> MutexGuard<'_, Window> {
    window.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Budget {
    /// A budget that knows nothing yet.
    pub fn new(settings: BudgetSettings, env: Env) -> Self {
        let window = Arc::new(Mutex::new(Window::new(settings)));
        Self { env, window, turn: Arc::new(tokio::sync::Mutex::new(())), hand: None }
    }

    /// A budget that draws from one that several processes share.
    pub fn shared(settings: BudgetSettings, env: Env, shared: Arc<dyn SharedBudget>) -> Self {
        let hand = Some(Arc::new(Hand::new(shared, &env)));
        Self { hand, ..Self::new(settings, env) }
    }

    /// Waits until one more request may be sent.
    ///
    /// # Errors
    /// If the budget is shared and cannot be reached.
    pub async fn acquire(&self) -> Result<Permit, BudgetFault> {
        if let Some(hand) = &self.hand {
            return self.acquire_shared(hand).await;
        }
        // Whoever holds the turn waits; if nobody does, the first try mostly succeeds.
        if let Ok(_turn) = self.turn.try_lock()
            && let Ok(permit) = self.take()
        {
            return Ok(permit);
        }
        let _turn = self.turn.lock().await;
        loop {
            match self.take() {
                Ok(permit) => return Ok(permit),
                Err(nap) => self.env.sleep(nap).await,
            }
        }
    }

    async fn acquire_shared(&self, hand: &Hand) -> Result<Permit, BudgetFault> {
        let _turn = self.turn.lock().await;
        loop {
            let now_ms = self.env.now().0;
            let standing = lock(&self.window).standing(now_ms);
            if standing.boundless {
                // Where nobody names a limit there is nothing to share.
                hand.leave(&standing, now_ms).await?;
            } else {
                match hand.ready(&standing, now_ms).await? {
                    Ready::Yes => {}
                    Ready::Drawn { siblings } => lock(&self.window).drew(siblings),
                    Ready::Told { window_end_s, quota } => {
                        let now_ms = self.env.now().0;
                        lock(&self.window).told(now_ms, window_end_s, quota);
                        continue;
                    }
                    Ready::Wait(nap) => {
                        self.env.sleep(nap).await;
                        continue;
                    }
                }
            }
            match self.take() {
                Ok(permit) => {
                    hand.spend();
                    return Ok(permit);
                }
                Err(nap) => self.env.sleep(nap).await,
            }
        }
    }

    /// Gives back what was drawn and not sent. Nothing is to be sent afterwards.
    ///
    /// # Errors
    /// If the budget is shared and cannot be reached; what was drawn is free again when the window
    /// ends.
    pub async fn close(&self) -> Result<(), BudgetFault> {
        let Some(hand) = &self.hand else { return Ok(()) };
        let now_ms = self.env.now().0;
        let standing = lock(&self.window).standing(now_ms);
        hand.leave(&standing, now_ms).await
    }

    fn take(&self) -> Result<Permit, Duration> {
        let now_ms = self.env.now().0;
        let mut window = lock(&self.window);
        match window.take(now_ms) {
            Take::Go => {
                let window = Arc::clone(&self.window);
                Ok(Permit { env: self.env.clone(), window, sent_ms: now_ms, seen: false })
            }
            Take::WaitMs(wait_ms) => {
                let nap_ms = if window.is_blind() { wait_ms.min(NAP_MAX_MS) } else { wait_ms };
                Err(Duration::from_millis(u64::try_from(nap_ms).unwrap_or(1)))
            }
        }
    }

    /// Takes note of what the answer to a permitted request said. After a refusal gives the time
    /// to wait, with up to a quarter more at random, so that not all come back at once.
    pub fn observe(&self, mut permit: Permit, seen: &Seen) -> Duration {
        let now_ms = self.env.now().0;
        permit.seen = true;
        let blocked_ms = {
            let mut window = lock(&self.window);
            window.observe(permit.sent_ms, now_ms, seen);
            if seen.limited { window.blocked_ms(now_ms) } else { 0 }
        };
        let wait_ms = u64::try_from(blocked_ms).unwrap_or(0);
        Duration::from_millis(wait_ms + self.env.random_below(wait_ms / 4 + 1))
    }

    /// The budget at a glance.
    pub fn view(&self) -> BudgetView {
        lock(&self.window).view()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.seen {
            lock(&self.window).lost(self.env.now().0);
        }
    }
}
