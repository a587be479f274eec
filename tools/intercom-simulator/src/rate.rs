//! Request windows as Intercom grants them: so many calls per window, told in headers.

/// Counts the requests of one window.
#[derive(Debug)]
pub(crate) struct RateWindow {
    limit: Option<u64>,
    window_ms: i64,
    window: i64,
    used: u64,
}

/// What the headers of an answer say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateInfo {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    /// Unix seconds at which the window refills.
    pub(crate) reset: i64,
}

impl RateWindow {
    pub(crate) fn new(limit: Option<u64>, window_ms: u64) -> Self {
        let window_ms = i64::try_from(window_ms.max(1)).unwrap_or(i64::MAX);
        Self { limit, window_ms, window: 0, used: 0 }
    }

    /// Takes `count` requests from the window of this moment. `Err` when they don't fit.
    pub(crate) fn take(&mut self, now_ms: i64, count: u64) -> Result<Option<RateInfo>, RateInfo> {
        let Some(limit) = self.limit else {
            return Ok(None);
        };
        let window = now_ms.div_euclid(self.window_ms);
        if window != self.window {
            self.window = window;
            self.used = 0;
        }
        let end_ms = (window + 1) * self.window_ms;
        let reset = end_ms.div_euclid(1000) + i64::from(end_ms.rem_euclid(1000) != 0);
        if self.used + count > limit {
            self.used = limit;
            return Err(RateInfo { limit, remaining: 0, reset });
        }
        self.used += count;
        Ok(Some(RateInfo { limit, remaining: limit - self.used, reset }))
    }

    /// Requests of other apps that share the budget.
    pub(crate) fn foreign(&mut self, now_ms: i64, count: u64) {
        // A full window simply stays full.
        let _ = self.take(now_ms, count);
    }

    pub(crate) fn window_ms(&self) -> i64 {
        self.window_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_refuses_what_is_over_and_refills() {
        let mut rate = RateWindow::new(Some(2), 10_000);
        assert_eq!(rate.take(20_000, 1).unwrap().unwrap().remaining, 1);
        assert_eq!(
            rate.take(29_999, 1).unwrap().unwrap(),
            RateInfo { limit: 2, remaining: 0, reset: 30 }
        );
        assert_eq!(rate.take(29_999, 1).unwrap_err().reset, 30);
        assert_eq!(rate.take(30_000, 1).unwrap().unwrap().remaining, 1);
    }

    #[test]
    fn foreign_traffic_uses_the_same_window() {
        let mut rate = RateWindow::new(Some(3), 1_000);
        rate.foreign(0, 2);
        assert_eq!(rate.take(0, 1).unwrap().unwrap().remaining, 0);
        assert!(rate.take(0, 1).is_err());
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let mut rate = RateWindow::new(None, 10_000);
        assert_eq!(rate.take(0, 1_000_000), Ok(None));
    }
}
