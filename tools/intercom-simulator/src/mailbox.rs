//! The notifications a real workspace would have sent.

use serde::Serialize;

/// One notification.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxEntry {
    /// Unix seconds.
    pub at: i64,
    /// Who would have got it: `contact` or `teammate`.
    pub audience: &'static str,
    /// What caused it, as the API's `operationId`.
    pub operation: &'static str,
    /// Id of the contact or admin.
    pub to: String,
    /// `conversation/ID` or `ticket/ID`.
    pub about: String,
    /// Why, in words.
    pub reason: &'static str,
}
