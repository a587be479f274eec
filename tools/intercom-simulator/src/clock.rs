//! The simulator's own time: the system's, or a fixed one moved by hand.

/// Where the simulator takes its time from. Either form can be moved forward by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    fixed_ms: Option<i64>,
    moved_ms: i64,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed_ms: None, moved_ms: 0 }
    }

    /// Stands still at this Unix time in milliseconds until advanced.
    #[must_use]
    pub fn fixed(at_ms: i64) -> Self {
        Self { fixed_ms: Some(at_ms), moved_ms: 0 }
    }

    /// Moves the time on.
    pub fn advance(&mut self, by_ms: i64) {
        self.moved_ms += by_ms;
    }

    /// Unix time in milliseconds.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // the one place where time enters the simulator
    pub fn now_ms(&self) -> i64 {
        let base = self.fixed_ms.unwrap_or_else(|| chrono::Utc::now().timestamp_millis());
        base + self.moved_ms
    }

    /// Unix time in seconds, the unit of Intercom's timestamps.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}
