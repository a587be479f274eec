//! One request, one answer, never a retry.

use std::sync::Once;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::DateTime;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::model::event::FailureClass;
use crate::model::{Secret, Timestamp};

use super::super::budget::{Budget, Permit, Seen};
use super::super::contract::{
    Answer, Destination, DestinationError, LookUp, LookUpContext, Read, ReadAnswer, Reason, Refusal,
};
use super::answer::{self, Raw};
use super::look_up;
use super::request::Request;
use super::spec::Method;
use super::wire;

/// The version of the API that all this is written for.
pub const API_VERSION: &str = "2.16";

/// Longest time to a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time to an answer, apart from what the body's bytes take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Slowest upload that is waited for, in bytes a second.
const UPLOAD_BYTES_PER_SECOND_MIN: u64 = 128 * 1024;

/// Longest answer that is read: 500 parts with long bodies stay far below.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where a workspace lives (FACTS §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Region {
    Us,
    Eu,
    Au,
}

impl Region {
    /// Address of the region's API.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Us => "https://api.intercom.io",
            Self::Eu => "https://api.eu.intercom.io",
            Self::Au => "https://api.au.intercom.io",
        }
    }
}

/// Which workspace, and with what right.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Address of the API, without a path.
    pub base_url: String,
    /// Access token.
    pub token: Secret,
}

/// A workspace, over HTTP.
pub struct IntercomClient {
    http: reqwest::Client,
    base: Url,
    budget: Budget,
}

/// Why no answer came.
struct Lost {
    /// Certain that nothing was sent.
    unsent: bool,
    code: &'static str,
}

impl IntercomClient {
    /// A client for one workspace; connections are opened when needed and kept.
    ///
    /// # Errors
    /// If the address is not one, the token cannot be a header, or TLS cannot be set up.
    pub fn new(settings: &ClientSettings, budget: Budget) -> Result<Self, DestinationError> {
        install_tls();
        let base = Url::parse(&settings.base_url)
            .map_err(|_| DestinationError::BaseUrl(settings.base_url.clone()))?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(DestinationError::BaseUrl(settings.base_url.clone()));
        }
        let http = reqwest::Client::builder()
            .default_headers(headers(&settings.token)?)
            .user_agent(concat!("deskledger/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|cause| DestinationError::Client(cause.without_url().to_string()))?;
        Ok(Self { http, base, budget })
    }

    /// The request budget, to be shown.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    async fn send(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<Raw, Lost> {
        let length = body.as_ref().map_or(0, Vec::len) as u64;
        let upload = Duration::from_secs(length / UPLOAD_BYTES_PER_SECOND_MIN);
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = self.http.request(method, url).timeout(ANSWER_TIMEOUT + upload);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let permit = self
            .budget
            .acquire()
            .await
            .map_err(|_| Lost { unsent: true, code: "budget_unreachable" })?;
        let answer = request.send().await.map_err(|cause| lost(&cause))?;
        let status = answer.status().as_u16();
        let wait = self.note(permit, status, answer.headers());
        let link = text_header(answer.headers(), &header::LINK).map(str::to_owned);
        Ok(Raw { status, body: read_body(answer).await, link, wait })
    }

    fn note(&self, permit: Permit, status: u16, headers: &HeaderMap) -> Duration {
        let number = |name: &HeaderName| text_header(headers, name)?.trim().parse::<i64>().ok();
        let count = |name| number(name).and_then(|value| u32::try_from(value).ok());
        let date = text_header(headers, &header::DATE)
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.timestamp());
        let seen = Seen {
            limit: count(&LIMIT),
            remaining: count(&REMAINING),
            reset_s: number(&RESET),
            date_s: date,
            retry_after_ms: number(&header::RETRY_AFTER).map(|s| s.saturating_mul(1000)),
            limited: status == 429,
        };
        self.budget.observe(permit, &seen)
    }
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another part of the process may have chosen a provider already; that one serves too.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn headers(token: &Secret) -> Result<HeaderMap, DestinationError> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.reveal()))
        .map_err(|_| DestinationError::Client("the token cannot be sent as a header".into()))?;
    bearer.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let version = HeaderName::from_static("intercom-version");
    headers.insert(version, HeaderValue::from_static(API_VERSION));
    Ok(headers)
}

fn text_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn lost(cause: &reqwest::Error) -> Lost {
    // A connection that was never made carried nothing; a request that cannot be built neither.
    if cause.is_connect() {
        Lost { unsent: true, code: "not_connected" }
    } else if cause.is_builder() {
        Lost { unsent: true, code: "not_sendable" }
    } else if cause.is_timeout() {
        Lost { unsent: false, code: "timeout" }
    } else {
        Lost { unsent: false, code: "connection_lost" }
    }
}

/// The whole body; `None` if it breaks off or is too long.
async fn read_body(mut answer: reqwest::Response) -> Option<Bytes> {
    let first = answer.chunk().await.ok()?.unwrap_or_default();
    let Some(second) = answer.chunk().await.ok()? else { return Some(first) };
    let mut body = BytesMut::from(first);
    body.extend_from_slice(&second);
    while let Some(chunk) = answer.chunk().await.ok()? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}

/// Nothing was sent.
fn unsent(code: &str, class: FailureClass) -> Answer {
    let (field, existing) = (None, None);
    let (reason, archived) = (Reason::Other, false);
    Answer::Refused(Refusal {
        status: 0,
        code: code.into(),
        field,
        class,
        reason,
        existing,
        archived,
    })
}

#[async_trait]
impl Destination for IntercomClient {
    async fn attempt(&self, request: &Request) -> Answer {
        let spec = request.operation.spec();
        let Some(url) = wire::url(&self.base, spec.path, &request.path, &request.query) else {
            return unsent("path_incomplete", FailureClass::Permanent);
        };
        let body = request.body.as_ref().map(|body| wire::body(body, &request.files));
        let Ok(body) = body.transpose() else {
            return unsent("file_missing", FailureClass::Permanent);
        };
        match self.send(spec.method, url, body).await {
            Ok(raw) => answer::write(request, &raw),
            Err(Lost { unsent: false, code }) => Answer::Unknown { code: code.into() },
            Err(Lost { code, .. }) => unsent(code, FailureClass::Temporary),
        }
    }

    async fn read(&self, read: &Read) -> ReadAnswer {
        let Some(url) = wire::url(&self.base, read.path, &read.values, &read.query) else {
            return ReadAnswer::Refused { status: 0, code: "path_incomplete".into() };
        };
        let body = read.body.as_ref().map(|body| body.to_string().into_bytes());
        let method = if body.is_some() { Method::Post } else { Method::Get };
        match self.send(method, url, body).await {
            Ok(raw) => answer::read(&raw),
            Err(lost) => ReadAnswer::Failed { code: lost.code.into() },
        }
    }

    async fn look_up(
        &self,
        request: &Request,
        sent_at: Timestamp,
        context: &LookUpContext,
    ) -> LookUp {
        look_up::look_up(self, request, sent_at, context).await
    }
}
