//! What the simulator saw: one compact line per request.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct WitnessEntry {
    /// Position, from 1.
    pub seq: u64,
    /// Unix milliseconds at which it was handled.
    pub time_ms: i64,
    /// HTTP method.
    pub method: &'static str,
    /// Path and query.
    pub path: Box<str>,
    /// `operationId` of the API description; empty for an unknown path.
    pub operation: &'static str,
    /// Status sent; 0 when the connection was closed without an answer.
    pub status: u16,
    /// SHA-256 of the request body.
    pub body_digest: [u8; 32],
    /// The request body, when the option `witness_bodies` is on.
    pub body: Option<Bytes>,
    /// `kind/id` of the object created or changed.
    pub object: Option<Box<str>>,
    /// Whether the request changed the workspace.
    pub applied: bool,
    /// The fault that struck it.
    pub fault: Option<&'static str>,
}

impl WitnessEntry {
    /// As JSON, with the digest in hex and the body as text.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let body = self.body.as_ref().map(|b| String::from_utf8_lossy(b).into_owned());
        json!({
            "seq": self.seq, "time_ms": self.time_ms, "method": self.method, "path": self.path,
            "operation": self.operation, "status": self.status, "object": self.object,
            "body_sha256": hex(&self.body_digest), "body": body, "applied": self.applied,
            "fault": self.fault,
        })
    }
}

/// All requests, in the order in which they were handled.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) entries: Vec<WitnessEntry>,
}

/// The requests from position `since` on, at most `limit` of them.
#[derive(Debug, Serialize)]
pub(crate) struct WitnessPage {
    total: usize,
    requests: Vec<Value>,
}

impl Witness {
    pub(crate) fn page(&self, since: usize, limit: usize) -> WitnessPage {
        let requests =
            self.entries.iter().skip(since).take(limit).map(WitnessEntry::to_json).collect();
        WitnessPage { total: self.entries.len(), requests }
    }
}

pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
