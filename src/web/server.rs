//! The pages on loopback, for whoever sits at this machine. It only reads, answers to its own name
//! alone, and writes nothing of what it shows into any log.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::address::Address;
use super::draw::{Drawn, draw};
use super::error::WebError;
use super::frame::{Page, document, policy};
use super::links::Links;
use super::opened::Opened;
use crate::audit::{AuditError, checker_policy};

/// Connections that are answered side by side; more wait.
const CONNECTIONS_MAX: usize = 64;

/// Bytes that the head of a request may have.
const HEAD_LEN_MAX: usize = 16 << 10;

/// How long a browser may take to ask.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// What every answer says besides its policy: nobody keeps it, frames it or guesses what it is.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// A server that has a port and answers nobody yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// An answer of the server.
type Answer = Response<Full<Bytes>>;

impl Server {
    /// Takes a port of the loopback address; 0: one that is free.
    ///
    /// # Errors
    /// If somebody has it.
    pub async fn bind(port: u16) -> Result<Self, WebError> {
        let listen = |cause| WebError::Listen { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self { listener, address })
    }

    /// Its address, for a browser.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers until the project is asked to stop.
    pub async fn run(self, opened: Arc<Opened>) {
        let stop = opened.context.stop.clone();
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let stream = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // One that was given up before it was taken; others come.
                    Err(_) => continue,
                },
            };
            let (opened, stop, port) = (opened.clone(), stop.clone(), self.address.port());
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let opened = opened.clone();
                    async move { Ok::<_, Infallible>(answer(&opened, port, &request).await) }
                });
                let mut http = hyper::server::conn::http1::Builder::new();
                http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
                http.max_buf_size(HEAD_LEN_MAX).keep_alive(true);
                let connection = http.serve_connection(TokioIo::new(stream), service);
                tokio::select! {
                    // A browser that goes away is no matter of ours.
                    _ = connection => {}
                    () = stop.cancelled() => {}
                }
                drop(permit);
            });
        }
    }
}

async fn answer(opened: &Opened, port: u16, request: &Request<Incoming>) -> Answer {
    let head_only = *request.method() == Method::HEAD;
    let mut answer = asked(opened, port, request).await;
    let len = hyper::body::Body::size_hint(answer.body()).exact().unwrap_or(0);
    for (name, value) in HEADERS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    if head_only {
        *answer.body_mut() = Full::default();
    }
    answer
}

/// The answer without the headers that all have.
async fn asked(opened: &Opened, port: u16, request: &Request<Incoming>) -> Answer {
    if !is_own_name(request, port) {
        return words(StatusCode::MISDIRECTED_REQUEST, "This is no name of this server.\n");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut answer = words(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let Some(address) = Address::parse(path, query) else {
        return failed(opened, &Address::Overview, &WebError::NoPage);
    };
    let drawn = draw(opened, &Links::Served, &address).await;
    // The sort of page and what came of it: never what it is about.
    match &drawn {
        Ok(_) => tracing::info!(page = address.word(), "shown"),
        Err(error) => tracing::info!(page = address.word(), code = error.code(), "not shown"),
    }
    match drawn {
        Ok((Drawn::Page(text), _)) => html(StatusCode::OK, text, page_policy()),
        Ok((Drawn::Checker(text), _)) => html(StatusCode::OK, text, checker_policy()),
        Ok((Drawn::File(name, text), _)) => {
            let mut answer = words(StatusCode::OK, text);
            let disposition = format!("attachment; filename=\"{name}\"");
            if let Ok(disposition) = HeaderValue::from_str(&disposition) {
                answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
            }
            answer
        }
        Err(error) => failed(opened, &address, &error),
    }
}

/// Whether the request is for this server by a name that only this machine has: a page from
/// elsewhere whose name was made to lead here names itself.
fn is_own_name(request: &Request<Incoming>, port: u16) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = |host: &str| {
        ["127.0.0.1", "localhost"].iter().any(|own| match host.strip_prefix(own) {
            Some("") => port == 80,
            Some(rest) => rest.strip_prefix(':') == Some(&port.to_string()),
            None => false,
        })
    };
    let same = host.to_str().is_ok_and(named);
    let uri = request.uri().authority().is_none_or(|authority| named(authority.as_str()));
    same && uri
}

fn page_policy() -> String {
    format!("{}; frame-ancestors 'none'", policy())
}

fn html(status: StatusCode, text: String, policy: String) -> Answer {
    let mut answer = words(status, text);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

fn words(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, nothing);
    answer
}

/// A page that says why there is none.
fn failed(opened: &Opened, address: &Address, error: &WebError) -> Answer {
    let (status, title) = match error {
        WebError::NoPage => (StatusCode::NOT_FOUND, "There is no such page"),
        WebError::Audit(AuditError::Unsealed { .. }) => {
            (StatusCode::CONFLICT, "No checkpoint covers this event yet")
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "The ledger could not be read"),
    };
    let mut page = Page { title: title.to_owned(), ..Page::default() };
    match status {
        StatusCode::CONFLICT => {
            page.body.command("Seal the ledger with ", "deskledger audit checkpoint", ".");
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            page.body.paragraph(&format!("{}: {error}.", error.code()));
            page.body.command("See ", "deskledger audit check", ".");
        }
        _ => {}
    }
    let text = document(&page, address, &opened.project, &Links::Served);
    html(status, text, page_policy())
}
