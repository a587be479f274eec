//! One simulated workspace with all that surrounds it: limits, faults, witness, clock.

use crate::call::{Answer, Call, Reply};
use crate::clock::Clock;
use crate::error::ApiError;
use crate::fault::{FaultKind, FaultRule, Faults};
use crate::rate::{RateInfo, RateWindow};
use crate::routes::table::Route;
use crate::state::State;
use crate::witness::{Witness, WitnessEntry, digest};
use bytes::Bytes;

/// Versions the API knows.
const VERSIONS: [&str; 18] = [
    "1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7",
    "2.8", "2.9", "2.10", "2.11", "2.12",
];
const LATER_VERSIONS: [&str; 5] = ["2.13", "2.14", "2.15", "2.16", "Preview"];

#[derive(Debug)]
pub(crate) struct Sim {
    pub(crate) state: State,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) witness: Witness,
    rate: RateWindow,
    token: Option<String>,
    pub(crate) keep_bodies: bool,
}

/// What of a request's headers matters.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub(crate) authorization: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) host: Option<String>,
}

/// The region that a host of Intercom's stands for; any other host is this simulator's own.
fn region(host: &str) -> Option<&'static str> {
    match host {
        "api.intercom.io" => Some("US"),
        "api.eu.intercom.io" => Some("EU"),
        "api.au.intercom.io" => Some("AU"),
        _ => None,
    }
}

/// A request as it arrived, with what was prepared before the state was locked.
pub(crate) struct Arrived {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    pub(crate) route: Option<&'static Route>,
    /// The parsed request, or why it can't be parsed.
    pub(crate) call: Result<Call, ApiError>,
}

/// What goes back over the wire.
#[derive(Debug)]
pub(crate) enum Sent {
    Answer {
        status: u16,
        body: Bytes,
        rate: Option<RateInfo>,
        location: Option<String>,
    },
    /// Status 200 and half of the body.
    Half(Bytes),
    Closed,
    Reset,
}

impl Sim {
    pub(crate) fn new(
        state: State,
        clock: Clock,
        faults: Faults,
        rate: RateWindow,
        token: Option<String>,
        keep_bodies: bool,
    ) -> Self {
        Self { state, clock, faults, witness: Witness::default(), rate, token, keep_bodies }
    }

    /// The fault, if any, that strikes this request. Asked once per request, before `handle`.
    pub(crate) fn strike(&mut self, arrived: &Arrived) -> Option<FaultRule> {
        let (name, writes) = arrived.route.map_or(("", false), |r| (r.name, r.writes()));
        let path = arrived.target.split('?').next().unwrap_or("");
        let rule = self.faults.strike(name, arrived.method, path, writes)?;
        if rule.what == FaultKind::ForeignTraffic {
            self.rate.foreign(self.clock.now_ms(), rule.count);
        }
        Some(rule)
    }

    /// Handles one request: all of it happens under the lock, so requests never interleave.
    pub(crate) fn handle(&mut self, mut arrived: Arrived, fault: Option<&FaultRule>) -> Sent {
        let now_ms = self.clock.now_ms();
        self.state.settle(now_ms);
        if let Ok(call) = &mut arrived.call {
            call.now_ms = now_ms;
            call.now = now_ms.div_euclid(1000);
        }
        let what = fault.map(|rule| rule.what);
        let seq = self.witness.entries.len() as u64 + 1;
        let operation = arrived.route.map_or("", |route| route.name);
        if let Some(rule) = fault
            && matches!(what, Some(FaultKind::DropBefore | FaultKind::ErrorBefore))
        {
            let sent = match rule.what {
                FaultKind::DropBefore => Sent::Closed,
                _ => self.fault_answer(rule, operation, seq, now_ms),
            };
            self.record(&arrived, seq, now_ms, &sent, None, false, what);
            return sent;
        }
        let (answer, rate) = self.answer(&arrived, now_ms);
        let applied = answer.is_ok() && arrived.route.is_some_and(Route::writes);
        let (sent, object) = finish(answer, rate, seq);
        let sent = match (what, sent) {
            (Some(FaultKind::DropAfter), _) => Sent::Closed,
            (Some(FaultKind::Reset), _) => Sent::Reset,
            (Some(FaultKind::ErrorAfter), _) => match fault {
                Some(rule) => self.fault_answer(rule, operation, seq, now_ms),
                None => Sent::Closed,
            },
            (Some(FaultKind::Empty), Sent::Answer { rate, .. }) => {
                Sent::Answer { status: 200, body: Bytes::new(), rate, location: None }
            }
            (Some(FaultKind::Truncated), Sent::Answer { body, .. }) => Sent::Half(body),
            (_, sent) => sent,
        };
        self.record(&arrived, seq, now_ms, &sent, object, applied, what);
        sent
    }

    /// What a gateway or the limiter answers when a rule says so.
    fn fault_answer(&mut self, rule: &FaultRule, operation: &str, seq: u64, now_ms: i64) -> Sent {
        let (code, message) = match rule.status {
            404 if operation == "createOrUpdateCompany" => {
                ("company_not_found", "Company Not Found")
            }
            404 => ("not_found", "Resource Not Found"),
            429 => ("rate_limit_exceeded", "Exceeded rate limit"),
            500 => ("server_error", "Server error"),
            _ => ("service_unavailable", "Sorry, the API service is temporarily unavailable"),
        };
        let error = ApiError::new(rule.status, code, message);
        let rate = match rule.status {
            429 => {
                let window_ms = self.rate.window_ms();
                let end_ms = (now_ms.div_euclid(window_ms) + 1) * window_ms;
                let reset = end_ms.div_euclid(1000) + i64::from(end_ms.rem_euclid(1000) != 0);
                self.rate.take(now_ms, 0).ok().flatten().map(|info| RateInfo {
                    remaining: 0,
                    reset,
                    ..info
                })
            }
            _ => None,
        };
        finish(Err(error), rate, seq).0
    }

    fn answer(&mut self, arrived: &Arrived, now_ms: i64) -> (Answer, Option<RateInfo>) {
        if let Err(error) = self.admit(&arrived.headers) {
            return (Err(error), None);
        }
        let rate = match self.rate.take(now_ms, 1) {
            Ok(rate) => rate,
            Err(info) => {
                let seconds = self.rate.window_ms() / 1000;
                let limit = info.limit;
                let message = format!("Exceeded rate limit of {limit} in {seconds}_seconds");
                let error = ApiError::new(429, "rate_limit_exceeded", message);
                return (Err(error), Some(info));
            }
        };
        (self.run(arrived), rate)
    }

    /// Token and headers.
    fn admit(&self, headers: &Headers) -> Result<(), ApiError> {
        let unauthorized = || ApiError::new(401, "unauthorized", "Access Token Invalid");
        let sent = headers.authorization.as_deref().ok_or_else(unauthorized)?;
        let token = sent.strip_prefix("Bearer ").filter(|t| !t.is_empty());
        let token = token.ok_or_else(unauthorized)?;
        if self.token.as_deref().is_some_and(|expected| expected != token) {
            return Err(unauthorized());
        }
        // A workspace lives in one region and is not known in the others.
        let region = headers.host.as_deref().and_then(region);
        if region.is_some_and(|region| region != self.state.app.region) {
            return Err(unauthorized());
        }
        if !self.accepted(headers.accept.as_deref()) {
            let message = "The Accept header should send a media type of application/json";
            return Err(ApiError::new(406, "media_type_not_acceptable", message));
        }
        Ok(())
    }

    /// Official clients send `*/*` or nothing and are answered.
    fn accepted(&self, accept: Option<&str>) -> bool {
        let strict = self.state.features.accept_header_required;
        match accept {
            None => !strict,
            Some(kinds) if kinds.contains("application/json") => true,
            Some(kinds) => {
                let any = ["*/*", "application/*"];
                !strict && kinds.split([',', ';']).any(|kind| any.contains(&kind.trim()))
            }
        }
    }

    fn run(&mut self, arrived: &Arrived) -> Answer {
        let Some(route) = arrived.route else {
            return Err(ApiError::not_found());
        };
        let default = &self.state.features.default_version;
        let version = arrived.headers.version.as_deref().unwrap_or(default);
        let old = VERSIONS.contains(&version) || matches!(version, "2.13" | "2.14" | "2.15");
        let known = old || LATER_VERSIONS.contains(&version);
        if !known || (old && route.needs_2_16()) {
            let message = "Requested resource is not available in current API version.";
            return Err(ApiError::new(400, "intercom_version_invalid", message));
        }
        let features = &self.state.features;
        if features.restricted_families.iter().any(|family| family == route.family()) {
            return Err(ApiError::new(403, "api_plan_restricted", "Active subscription needed."));
        }
        let scope = format!("{}_{}", if route.writes() { "write" } else { "read" }, route.family());
        if features.missing_scopes.contains(&scope) {
            let message = "Not authorized to access resource";
            return Err(ApiError::new(401, "token_unauthorized", message));
        }
        let json = arrived.headers.content_type.as_deref();
        if !arrived.body.is_empty() && json.is_some_and(|kind| !kind.contains("json")) {
            let message = "Content-Type must be application/json";
            return Err(ApiError::new(415, "media_type_unsupported", message));
        }
        let call = arrived.call.as_ref().map_err(Clone::clone)?;
        (route.handler)(&mut self.state, call)
    }

    #[allow(clippy::too_many_arguments)] // each is a column of the witness
    fn record(
        &mut self,
        arrived: &Arrived,
        seq: u64,
        time_ms: i64,
        sent: &Sent,
        object: Option<String>,
        applied: bool,
        fault: Option<FaultKind>,
    ) {
        let status = match sent {
            Sent::Answer { status, .. } => *status,
            Sent::Half(_) => 200,
            Sent::Closed | Sent::Reset => 0,
        };
        self.witness.entries.push(WitnessEntry {
            seq,
            time_ms,
            method: arrived.method,
            path: arrived.target.as_str().into(),
            operation: arrived.route.map_or("", |route| route.name),
            status,
            body_digest: digest(&arrived.body),
            body: self.keep_bodies.then(|| arrived.body.clone()),
            object: object.map(String::into_boxed_str),
            applied,
            fault: fault.map(FaultKind::name),
        });
    }
}

/// An answer or an error as it goes over the wire, and the object it is about.
fn finish(answer: Answer, rate: Option<RateInfo>, seq: u64) -> (Sent, Option<String>) {
    let reply = answer.unwrap_or_else(|error| {
        let mut reply = Reply::json(error.status, &error.body(seq));
        reply.location = error.canonical;
        reply
    });
    let Reply { status, body, object, location } = reply;
    (Sent::Answer { status, body: body.into(), rate, location }, object)
}
