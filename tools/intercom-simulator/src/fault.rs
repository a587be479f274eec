//! Faults put in the way of requests: lost connections, errors, broken answers, delays.

use serde::{Deserialize, Serialize};

/// What happens to a request that is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection closes without an answer; nothing was applied.
    DropBefore,
    /// The connection closes without an answer; the request was applied.
    DropAfter,
    /// The answer comes `delay_ms` later.
    Delay,
    /// An error answer (`status`); nothing was applied.
    ErrorBefore,
    /// An error answer (`status`); the request was applied all the same.
    ErrorAfter,
    /// Status 200 and half a body, then the connection closes; applied.
    Truncated,
    /// Status 200 and no body; applied.
    Empty,
    /// The connection is reset (TCP RST) without an answer; applied.
    Reset,
    /// Other apps use up `count` requests of the window; this one goes on.
    ForeignTraffic,
}

impl FaultKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::Delay => "delay",
            Self::ErrorBefore => "error_before",
            Self::ErrorAfter => "error_after",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::Reset => "reset",
            Self::ForeignTraffic => "foreign_traffic",
        }
    }
}

/// One rule: what happens, and to which requests. All conditions given must hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What happens.
    pub what: FaultKind,
    /// Status of `error_before` and `error_after`; 503 by default.
    #[serde(default = "default_status")]
    pub status: u16,
    /// Length of `delay`, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Requests used by `foreign_traffic`; 1 by default.
    #[serde(default = "one")]
    pub count: u64,
    /// Strikes with this probability, 0 to 1.
    #[serde(default)]
    pub rate: Option<f64>,
    /// Strikes only the n-th request that matches the route, from 1.
    #[serde(default)]
    pub nth: Option<u64>,
    /// Strikes only from the n-th request that matches the route on, from 1.
    #[serde(default)]
    pub from: Option<u64>,
    /// Strikes at most this many requests.
    #[serde(default)]
    pub first: Option<u64>,
    /// An `operationId`, or `METHOD /path` with `*` for any run of characters.
    #[serde(default)]
    pub route: Option<String>,
    /// Strikes only requests that write.
    #[serde(default)]
    pub writes_only: bool,
}

fn default_status() -> u16 {
    503
}

fn one() -> u64 {
    1
}

impl FaultRule {
    /// A rule that strikes every request.
    #[must_use]
    pub fn new(what: FaultKind) -> Self {
        Self {
            what,
            status: default_status(),
            delay_ms: 0,
            count: 1,
            rate: None,
            nth: None,
            from: None,
            first: None,
            route: None,
            writes_only: false,
        }
    }

    /// Strikes with this probability.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Strikes only requests of this route.
    #[must_use]
    pub fn route(mut self, route: &str) -> Self {
        self.route = Some(route.to_owned());
        self
    }

    /// Strikes only the first `n` that match.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.first = Some(n);
        self
    }

    /// Strikes only the n-th that matches, from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.nth = Some(n);
        self
    }

    /// Strikes every one that matches from the n-th on, from 1.
    #[must_use]
    pub fn from(mut self, n: u64) -> Self {
        self.from = Some(n);
        self
    }

    /// Answers with this status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Delays by this long.
    #[must_use]
    pub fn delay_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = delay_ms;
        self
    }

    fn writing(mut self) -> Self {
        self.writes_only = true;
        self
    }

    fn count(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}

/// The probability of a fault in the named profiles.
const PROFILE_RATE: f64 = 0.05;

/// A named set of rules, or `None` for an unknown name.
#[must_use]
pub fn profile(name: &str) -> Option<Vec<FaultRule>> {
    use FaultKind as K;
    let one = |what: K| vec![FaultRule::new(what).rate(PROFILE_RATE).writing()];
    Some(match name {
        "none" => Vec::new(),
        "lost_before" => one(K::DropBefore),
        "lost_after" => one(K::DropAfter),
        "error_after_apply" => one(K::ErrorAfter),
        "empty_answer" => one(K::Empty),
        "truncated" => one(K::Truncated),
        "reset" => one(K::Reset),
        "slow" => vec![FaultRule::new(K::Delay).rate(0.2).delay_ms(200)],
        "rate_limit_storm" => vec![FaultRule::new(K::ErrorBefore).status(429).rate(0.3)],
        "foreign_traffic" => vec![FaultRule::new(K::ForeignTraffic).rate(0.5).count(1)],
        "mixed" => vec![
            FaultRule::new(K::DropBefore).rate(0.01),
            FaultRule::new(K::DropAfter).rate(0.01).writing(),
            FaultRule::new(K::ErrorBefore).status(500).rate(0.01),
            FaultRule::new(K::ErrorBefore).status(502).rate(0.005),
            FaultRule::new(K::ErrorAfter).status(503).rate(0.01).writing(),
            FaultRule::new(K::ErrorBefore).status(429).rate(0.01),
            FaultRule::new(K::Empty).rate(0.01).writing(),
            FaultRule::new(K::Truncated).rate(0.01).writing(),
            FaultRule::new(K::Reset).rate(0.01).writing(),
        ],
        _ => return None,
    })
}

/// The names `profile` knows.
pub const PROFILES: [&str; 11] = [
    "none",
    "lost_before",
    "lost_after",
    "error_after_apply",
    "empty_answer",
    "truncated",
    "reset",
    "slow",
    "rate_limit_storm",
    "foreign_traffic",
    "mixed",
];

/// The rules in force, how often each matched, and the source of chance.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<(FaultRule, u64, u64)>,
    rng: u64,
}

impl Faults {
    pub(crate) fn new(rules: Vec<FaultRule>, rng_start: u64) -> Self {
        Self { rules: rules.into_iter().map(|r| (r, 0, 0)).collect(), rng: rng_start }
    }

    pub(crate) fn replace(&mut self, rules: Vec<FaultRule>) {
        self.rules = rules.into_iter().map(|r| (r, 0, 0)).collect();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The first rule that strikes this request.
    pub(crate) fn strike(
        &mut self,
        operation: &str,
        method: &str,
        path: &str,
        writes: bool,
    ) -> Option<FaultRule> {
        let mut rng = self.rng;
        let mut struck = None;
        for (rule, matched, struck_count) in &mut self.rules {
            if rule.writes_only && !writes {
                continue;
            }
            if let Some(route) = &rule.route
                && !route_matches(route, operation, method, path)
            {
                continue;
            }
            *matched += 1;
            if rule.nth.is_some_and(|nth| nth != *matched)
                || rule.from.is_some_and(|from| from > *matched)
                || rule.first.is_some_and(|first| *struck_count >= first)
            {
                continue;
            }
            if let Some(rate) = rule.rate
                && chance(&mut rng) >= rate
            {
                continue;
            }
            *struck_count += 1;
            struck = Some(rule.clone());
            break;
        }
        self.rng = rng;
        struck
    }
}

fn route_matches(route: &str, operation: &str, method: &str, path: &str) -> bool {
    match route.split_once(' ') {
        None if route.starts_with('/') => glob(route, path),
        None => route == operation,
        Some((wanted, pattern)) => wanted.eq_ignore_ascii_case(method) && glob(pattern, path),
    }
}

/// Whether `*` in the pattern, each standing for any run of characters, makes it fit the text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut open_end = false;
    let mut last = "";
    for piece in pieces {
        open_end = piece.is_empty();
        last = piece;
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.is_empty() || open_end || (!last.is_empty() && text.ends_with(last))
}

/// SplitMix64: the next number, from 0 up to 1.
fn chance(rng: &mut u64) -> f64 {
    *rng = rng.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *rng;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    // 53 bits fit a double exactly.
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_match_by_operation_or_pattern() {
        for (route, fits) in [
            ("createConversation", true),
            ("replyConversation", false),
            ("POST /conversations", true),
            ("POST /conv*", true),
            ("GET /conv*", false),
            ("/conversations", true),
            ("POST /conversations/*/reply", false),
        ] {
            let got = route_matches(route, "createConversation", "POST", "/conversations");
            assert_eq!(got, fits, "{route}");
        }
        assert!(route_matches("POST /conversations/*/reply", "", "POST", "/conversations/7/reply"));
        assert!(!route_matches(
            "POST /conversations/*/reply",
            "",
            "POST",
            "/conversations/7/parts"
        ));
    }

    #[test]
    fn nth_and_first_strike_as_often_as_they_say() {
        let rules = vec![FaultRule::new(FaultKind::DropAfter).nth(2)];
        let mut faults = Faults::new(rules, 1);
        let hits: Vec<bool> =
            (0..4).map(|_| faults.strike("a", "POST", "/a", true).is_some()).collect();
        assert_eq!(hits, [false, true, false, false]);
        faults.replace(vec![FaultRule::new(FaultKind::Reset).first(1).route("b")]);
        assert!(faults.strike("a", "POST", "/a", true).is_none());
        assert!(faults.strike("b", "POST", "/b", true).is_some());
        assert!(faults.strike("b", "POST", "/b", true).is_none());
    }

    #[test]
    fn the_same_start_strikes_the_same_requests() {
        let run = |start| {
            let mut faults = Faults::new(vec![FaultRule::new(FaultKind::Empty).rate(0.25)], start);
            (0..400).map(|_| faults.strike("a", "POST", "/", true).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let hits = run(7).iter().filter(|hit| **hit).count();
        assert!((60..140).contains(&hits), "{hits}");
    }

    #[test]
    fn every_profile_exists() {
        for name in PROFILES {
            assert!(profile(name).is_some(), "{name}");
        }
        assert!(profile("nonsense").is_none());
    }
}
