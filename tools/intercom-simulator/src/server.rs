//! The listener: connections in, answers out, and the ways in which a connection can fail.

use crate::control;
use crate::fault::{FaultKind, FaultRule, Faults};
use crate::http::{AnswerBody, Connection};
use crate::mailbox::MailboxEntry;
use crate::options::Options;
use crate::prepare::prepare;
use crate::rate::{RateInfo, RateWindow};
use crate::sim::{Sent, Sim};
use crate::witness::WitnessEntry;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, LINK};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// Why a simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The workspace file is not understood.
    #[error("the workspace file is not understood: {0}")]
    Workspace(String),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The simulator; see [`Simulator::start`].
#[derive(Debug)]
pub struct Simulator;

pub(crate) struct Shared {
    sim: Mutex<Sim>,
    body_max: usize,
}

impl Shared {
    /// The state. A panic in a handler can't leave it half changed for long: tests would fail.
    pub(crate) fn sim(&self) -> MutexGuard<'_, Sim> {
        self.sim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A simulator that runs until stopped or dropped.
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts a simulator on the current runtime.
    ///
    /// # Errors
    /// When the workspace is not understood or the address is taken.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let mut state = crate::workspace::load(&options.workspace, options.clock.now())
            .map_err(StartError::Workspace)?;
        let (listener, address) = listen(options.listen).await?;
        state.base_url = format!("http://{address}");
        state.search_delay_ms = i64::try_from(options.search_delay_ms).unwrap_or(i64::MAX);
        let body_max = state.features.request_body_max_bytes;
        let sim = Sim::new(
            state,
            options.clock,
            Faults::new(options.faults, options.rng_start),
            RateWindow::new(options.rate_limit, options.window_ms),
            options.token,
            options.witness_bodies,
        );
        Ok(Running::serve(listener, address, sim, body_max))
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let fail = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://host:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it; connections still open are closed.
    pub async fn stop(mut self) {
        self.task.abort();
        // The end of an aborted task is always an error, and the one wanted.
        let _ = (&mut self.task).await;
    }

    /// Starts a second simulator whose workspace is as this one's is now: without faults and
    /// limits, and with nothing in its witness.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn copy(&self) -> Result<Self, StartError> {
        let (mut state, clock, keep_bodies) = {
            let sim = self.shared.sim();
            (sim.state.clone(), sim.clock, sim.keep_bodies)
        };
        let (listener, address) = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        state.base_url = format!("http://{address}");
        let (faults, rate) = (Faults::new(Vec::new(), 1), RateWindow::new(None, 1));
        let sim = Sim::new(state, clock, faults, rate, None, keep_bodies);
        Ok(Self::serve(listener, address, sim, self.shared.body_max))
    }

    fn serve(listener: TcpListener, address: SocketAddr, sim: Sim, body_max: usize) -> Self {
        let shared = Arc::new(Shared { sim: Mutex::new(sim), body_max });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// The whole workspace, as `GET /_sim/state` gives it.
    #[must_use]
    pub fn state(&self) -> Value {
        crate::snapshot::state(&self.shared.sim().state)
    }

    /// The workspace by content, as `GET /_sim/state?view=comparable` gives it.
    #[must_use]
    pub fn comparable(&self) -> Value {
        crate::comparable::state(&self.shared.sim().state)
    }

    /// Every request seen so far.
    #[must_use]
    pub fn witness(&self) -> Vec<WitnessEntry> {
        self.shared.sim().witness.entries.clone()
    }

    /// The number of requests seen so far.
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.shared.sim().witness.entries.len()
    }

    /// The notifications a real workspace would have sent.
    #[must_use]
    pub fn mailbox(&self) -> Vec<MailboxEntry> {
        self.shared.sim().state.mailbox.clone()
    }

    /// Replaces the faults.
    pub fn set_faults(&self, rules: Vec<FaultRule>) {
        self.shared.sim().faults.replace(rules);
    }

    /// Does what a teammate would do, as `POST /_sim/act` does.
    ///
    /// # Errors
    /// Says what is wrong with the action.
    pub fn act(&self, action: &Value) -> Result<Value, String> {
        control::act(&self.shared, action)
    }

    /// Moves the clock on.
    pub fn advance(&self, by_ms: i64) {
        self.shared.sim().clock.advance(by_ms);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted is the client's affair.
                let Ok((stream, _)) = accepted else { continue };
                // Without it answers only come later.
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let (connection, reset) = Connection::new(stream);
                    let service = service_fn(move |request| {
                        serve(Arc::clone(&shared), Arc::clone(&reset), request)
                    });
                    // The error is either the client's or our own fault injection.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .pipeline_flush(true)
                        .serve_connection(TokioIo::new(connection), service)
                        .await;
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was closed on purpose")]
struct Closed;

async fn serve(
    shared: Arc<Shared>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Closed> {
    let (parts, incoming) = request.into_parts();
    let (body, too_large) = match Limited::new(incoming, shared.body_max).collect().await {
        Ok(collected) => (collected.to_bytes(), false),
        Err(_) => (Bytes::new(), true),
    };
    if parts.uri.path().starts_with("/_sim/") {
        return Ok(control::answer(&shared, &parts, &body));
    }
    let arrived = prepare(&parts, body, too_large);
    let fault = {
        let mut sim = shared.sim();
        if sim.faults.is_empty() {
            return respond(sim.handle(arrived, None), &reset);
        }
        sim.strike(&arrived)
    };
    if let Some(FaultRule { what: FaultKind::Delay, delay_ms, .. }) = &fault {
        tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
    }
    let sent = shared.sim().handle(arrived, fault.as_ref());
    respond(sent, &reset)
}

fn respond(sent: Sent, reset: &AtomicBool) -> Result<Response<AnswerBody>, Closed> {
    match sent {
        Sent::Answer { status, body, rate, location } => {
            let mut response = json(status, body);
            if let Some(rate) = rate {
                rate_headers(&mut response, rate);
            }
            let link = location.map(|path| format!("<{path}>; rel=\"canonical\""));
            if let Some(value) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
                response.headers_mut().insert(LINK, value);
            }
            Ok(response)
        }
        Sent::Half(body) => {
            let mut response = Response::new(AnswerBody::half(&body));
            let kind = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            Ok(response)
        }
        Sent::Closed => Err(Closed),
        Sent::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Closed)
        }
    }
}

pub(crate) fn json(status: u16, body: Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn rate_headers(response: &mut Response<AnswerBody>, rate: RateInfo) {
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", HeaderValue::from(rate.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(rate.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(rate.reset));
}
