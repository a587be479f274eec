//! Notes in a thread that are made while it is written.

use serde_json::{Value, json};

/// The note that tells of an edit of the message `said`: Intercom cannot change a part
/// (FACTS §5.4).
pub fn amending(admin: &str, words: String, said: &Value) -> Value {
    let mut body = json!({
        "message_type": "note",
        "type": "admin",
        "admin_id": admin,
        "body": words,
        "skip_notifications": true,
    });
    // The note stands beside the message it amends, and can be told apart by its time (FACTS §9).
    if let Some(at) = said.get("created_at") {
        body["created_at"] = at.clone();
    }
    // A file that came later has to be sent; Intercom cannot tell which ones it has.
    if let Some(files) = said.get("attachment_files") {
        body["attachment_files"] = files.clone();
    }
    body
}

/// The text of a message.
pub fn text(said: &Value) -> Option<&str> {
    said.get("body").and_then(Value::as_str)
}
