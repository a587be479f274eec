//! One request as the handlers see it, and their answer.

use crate::error::ApiError;
use crate::state::{ContactId, Upload};
use serde::Serialize;
use serde_json::Value;

/// A request after parsing: everything slow (JSON, HTML, base64) is done before the state is
/// locked.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) params: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
    /// `body.body` as a message body: sanitised and wrapped.
    pub(crate) html: Option<String>,
    /// `body.attachment_files`, decoded.
    pub(crate) files: Vec<Upload>,
    /// Unix seconds.
    pub(crate) now: i64,
    pub(crate) now_ms: i64,
}

impl Call {
    pub(crate) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    pub(crate) fn number(&self, at: usize) -> Option<u64> {
        self.param(at).parse().ok()
    }

    pub(crate) fn contact_id(&self, at: usize) -> Result<ContactId, ApiError> {
        ContactId::parse(self.param(at)).ok_or_else(ApiError::user_not_found)
    }

    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    pub(crate) fn query_flag(&self, key: &str) -> bool {
        self.query(key) == Some("true")
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.body.get(key)
    }

    pub(crate) fn str(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }

    pub(crate) fn required(&self, key: &str) -> Result<&str, ApiError> {
        match self.str(key) {
            Some(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(ApiError::missing(key)),
        }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.body.get(key).and_then(Value::as_bool)
    }

    /// An id sent as a string or as a number.
    pub(crate) fn id(&self, key: &str) -> Option<String> {
        self.body.get(key).and_then(id_text)
    }

    pub(crate) fn required_id(&self, key: &str) -> Result<String, ApiError> {
        self.id(key).ok_or_else(|| ApiError::missing(key))
    }

    /// A Unix time in whole seconds.
    pub(crate) fn time(&self, key: &str) -> Result<Option<i64>, ApiError> {
        match self.body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| ApiError::invalid(format!("{value} is an invalid value for {key}"))),
        }
    }
}

/// An id as text, whether it came as a string or a number.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An answer: status, body, and which object it created or changed.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) object: Option<String>,
    pub(crate) location: Option<String>,
}

impl Reply {
    pub(crate) fn json<T: Serialize>(status: u16, body: &T) -> Self {
        // Serialising our own values to memory can't fail; an empty body would show if it did.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body, object: None, location: None }
    }

    pub(crate) fn ok<T: Serialize>(body: &T) -> Self {
        Self::json(200, body)
    }

    /// Names the object this request created or changed, for the witness.
    pub(crate) fn about(mut self, kind: &str, id: impl std::fmt::Display) -> Self {
        self.object = Some(format!("{kind}/{id}"));
        self
    }
}

pub(crate) type Answer = Result<Reply, ApiError>;
