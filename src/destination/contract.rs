//! What the engine may ask of a destination, and the answers it must be ready for.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use crate::model::event::FailureClass;
use crate::model::{DestinationId, Timestamp};

use super::intercom::request::Request;

/// Somewhere records are written to.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Sends a request once, whatever comes of it. Waits for the request budget first.
    async fn attempt(&self, request: &Request) -> Answer;

    /// Reads once; the caller may repeat it.
    async fn read(&self, read: &Read) -> ReadAnswer;

    /// Finds out whether a request without a usable answer was carried out (FACTS §9). What it
    /// finds to be absent now may still appear: the caller walks
    /// [`Request::looks`](super::intercom::Request::looks) before it believes it.
    async fn look_up(
        &self,
        request: &Request,
        sent_at: Timestamp,
        context: &LookUpContext,
    ) -> LookUp;
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done.
    Done {
        /// The object made or changed; the part, for a reply.
        object: Option<DestinationId>,
        /// The answer as it came; it is JSON.
        raw: Bytes,
    },
    /// It is not done.
    Refused(Refusal),
    /// It is not done: too many requests. The budget already knows.
    Limited {
        /// How long to wait at least.
        wait: Duration,
    },
    /// Nobody knows: it must be looked up.
    Unknown {
        /// Short stable name of what happened.
        code: String,
    },
    /// It is not done, and nothing of its kind will be.
    Stop {
        /// What has to stop.
        scope: StopScope,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
}

/// What a refusal of the token or the plan stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopScope {
    /// Everything: the token is not accepted.
    Run,
    /// This kind of request: a scope or the plan lacks it.
    Phase,
}

/// Why a request was not carried out. Never holds the words of the answer, which may be personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status, or 0 if nothing was sent.
    pub status: u16,
    /// Error code.
    pub code: String,
    /// The field that is named, if any.
    pub field: Option<String>,
    /// For good or for now.
    pub class: FailureClass,
    /// What is known of the reason.
    pub reason: Reason,
    /// The object that is there already, if the answer names it.
    pub existing: Option<DestinationId>,
    /// That object is archived.
    pub archived: bool,
}

/// Reasons that change what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is such an object already.
    Exists,
    /// It is in that state already.
    SameState,
    /// It cannot be brought back: blocked, merged or being deleted.
    NotRestorable,
    /// The object is not there (any more).
    Gone,
    /// A limit of the workspace is reached.
    LimitReached,
    /// Anything else.
    Other,
}

/// Something to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Read {
    /// Path with `{name}` for each parameter.
    pub path: &'static str,
    /// Values of the parameters.
    pub values: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Body of a search; it is then sent by POST.
    pub body: Option<Value>,
}

impl Read {
    /// Reads a path.
    pub fn get(path: &'static str) -> Self {
        Self { path, values: Vec::new(), query: Vec::new(), body: None }
    }

    /// Searches at a path.
    pub fn search(path: &'static str, body: Value) -> Self {
        Self { body: Some(body), ..Self::get(path) }
    }

    /// Sets a parameter of the path.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }
}

/// What came of a read.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadAnswer {
    /// The body.
    Found(Value),
    /// There is no such object.
    Absent,
    /// The contact was merged into another.
    Merged(Option<DestinationId>),
    /// Too many requests: wait and repeat.
    Limited {
        /// How long to wait at least.
        wait: Duration,
    },
    /// No usable answer: repeat.
    Failed {
        /// Short stable name of what happened.
        code: String,
    },
    /// The request is wrong: repeating will not help.
    Refused {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
    /// The token or the plan does not allow it.
    Stop {
        /// What has to stop.
        scope: StopScope,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
}

/// What the ledger knows that a look-up must take into account.
#[derive(Clone, Debug, Default)]
pub struct LookUpContext {
    /// Objects and parts that are accounted for: they cannot be what is looked for.
    pub known: HashSet<DestinationId>,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq)]
pub enum LookUp {
    /// It was carried out.
    Landed {
        /// The object made or changed.
        object: Option<DestinationId>,
        /// What was found.
        body: Value,
    },
    /// It is not there.
    Absent,
    /// Several may be it: a person has to decide.
    Ambiguous {
        /// All that fit.
        candidates: Vec<DestinationId>,
    },
    /// It could not be read now.
    TryLater {
        /// Short stable name of what happened.
        code: String,
    },
}

/// Name of what happened where the request came too early and was not looked at.
pub const RATE_LIMITED: &str = "rate_limited";

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DestinationError {
    /// There is no such object.
    #[error("{path}: not found")]
    Absent {
        /// Path template.
        path: &'static str,
    },
    /// The contact was merged into another.
    #[error("{path}: merged into another contact")]
    Merged {
        /// Path template.
        path: &'static str,
        /// The other contact, if it was named.
        into: Option<DestinationId>,
    },
    /// Read it again later.
    #[error("{path}: no answer now ({code})")]
    Later {
        /// Path template.
        path: &'static str,
        /// Short stable name of what happened.
        code: String,
        /// How long to wait at least.
        wait: Duration,
    },
    /// The request is wrong.
    #[error("{path}: refused with {status} {code}")]
    Refused {
        /// Path template.
        path: &'static str,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
    /// The token or the plan does not allow it.
    #[error("{path}: not allowed, {status} {code}")]
    Stop {
        /// Path template.
        path: &'static str,
        /// What has to stop.
        scope: StopScope,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
    },
    /// A list has more pages than are ever followed.
    #[error("{path}: more than {pages} pages")]
    Endless {
        /// Path template.
        path: &'static str,
        /// Pages read.
        pages: usize,
    },
    /// The address of the workspace cannot be used.
    #[error("not an address of the API: {0}")]
    BaseUrl(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Client(String),
}

impl DestinationError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "destination_absent",
            Self::Merged { .. } => "destination_merged",
            Self::Later { .. } => "destination_later",
            Self::Refused { .. } => "destination_refused",
            Self::Stop { .. } => "destination_stop",
            Self::Endless { .. } => "destination_endless",
            Self::BaseUrl(_) => "destination_url",
            Self::Client(_) => "destination_client",
        }
    }

    /// Whether reading again may work.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Later { .. } => FailureClass::Temporary,
            _ => FailureClass::Permanent,
        }
    }
}

impl ReadAnswer {
    /// The body, or why there is none.
    ///
    /// # Errors
    /// Anything but [`ReadAnswer::Found`].
    pub fn found(self, path: &'static str) -> Result<Value, DestinationError> {
        // Nothing says how long to wait after an answer that failed; callers back off themselves.
        const WAIT_AFTER_FAILURE: Duration = Duration::from_secs(1);
        match self {
            Self::Found(body) => Ok(body),
            Self::Absent => Err(DestinationError::Absent { path }),
            Self::Merged(into) => Err(DestinationError::Merged { path, into }),
            Self::Limited { wait } => {
                Err(DestinationError::Later { path, code: RATE_LIMITED.to_owned(), wait })
            }
            Self::Failed { code } => {
                Err(DestinationError::Later { path, code, wait: WAIT_AFTER_FAILURE })
            }
            Self::Refused { status, code } => Err(DestinationError::Refused { path, status, code }),
            Self::Stop { scope, status, code } => {
                Err(DestinationError::Stop { path, scope, status, code })
            }
        }
    }
}
