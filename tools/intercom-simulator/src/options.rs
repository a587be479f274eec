//! What the simulator is started with.

use crate::clock::Clock;
use crate::fault::FaultRule;
use serde_json::Value;
use std::net::SocketAddr;

/// What the simulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The workspace as JSON (README.md, "The workspace file"); missing keys get defaults.
    pub workspace: Value,
    /// Requests per window; `None` for no limit and no rate headers.
    pub rate_limit: Option<u64>,
    /// Length of a window, in milliseconds.
    pub window_ms: u64,
    /// The only access token accepted; `None` accepts any.
    pub token: Option<String>,
    /// Faults from the start on.
    pub faults: Vec<FaultRule>,
    /// Where the source of chance starts: equal starts give equal faults.
    pub rng_start: u64,
    /// How much later searches show a new object, in milliseconds.
    pub search_delay_ms: u64,
    /// Keeps the bodies of all requests in the witness.
    pub witness_bodies: bool,
    /// The clock.
    pub clock: Clock,
}

/// Intercom's windows are ten seconds long.
pub const DEFAULT_WINDOW_MS: u64 = 10_000;

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            workspace: Value::Null,
            rate_limit: None,
            window_ms: DEFAULT_WINDOW_MS,
            token: None,
            faults: Vec::new(),
            rng_start: 1,
            search_delay_ms: 0,
            witness_bodies: false,
            clock: Clock::system(),
        }
    }
}
