//! A request budget that several processes share, as stored beside their ledgers.

use serde::{Deserialize, Serialize};

/// A budget as stored; its meaning is not known here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRow {
    /// End of the window, seconds since 1970.
    pub window_end_s: i64,
    /// Start of the window as first known, milliseconds by the clock that its users share.
    pub began_ms: i64,
    /// Requests granted in a window.
    pub quota: Option<i64>,
    /// Requests sent or given out in this window.
    pub taken: i64,
    /// Who holds them.
    pub holders: String,
}
