//! Errors as Intercom sends them: an `error.list` with a code and a message.

use serde_json::{Value, json};

/// A refused request: status, code and message of the answer.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Path of the object that took this one's place (merged contacts, status 410).
    pub(crate) canonical: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), canonical: None }
    }

    /// 400 `parameter_invalid`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message)
    }

    /// 400 `parameter_not_found`.
    pub(crate) fn missing(key: &str) -> Self {
        Self::new(400, "parameter_not_found", format!("{key} is a required parameter"))
    }

    /// 422 `parameter_invalid`.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "parameter_invalid", message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "not_found", "Resource Not Found")
    }

    pub(crate) fn user_not_found() -> Self {
        Self::new(404, "not_found", "User Not Found")
    }

    pub(crate) fn company_not_found() -> Self {
        Self::new(404, "company_not_found", "Company Not Found")
    }

    pub(crate) fn conversation_not_found() -> Self {
        Self::new(404, "not_found", "Conversation not found")
    }

    pub(crate) fn ticket_not_found() -> Self {
        Self::new(404, "ticket_not_found", "Ticket not found")
    }

    pub(crate) fn tag_not_found() -> Self {
        Self::new(404, "tag_not_found", "Tag not found")
    }

    pub(crate) fn admin_not_found() -> Self {
        Self::new(404, "admin_not_found", "Admin for admin_id not found")
    }

    /// The answer's body. The request id is made from the request's number, so runs repeat.
    pub(crate) fn body(&self, seq: u64) -> Value {
        json!({
            "type": "error.list",
            "request_id": format!("00000000-0000-4000-8000-{seq:012x}"),
            "errors": [{"code": self.code, "message": self.message}],
        })
    }
}
