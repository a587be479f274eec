//! Parts of a thread as they are read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// A message, a note or an event.
    PartAnswer {
        /// What it says.
        body: Option<&'a str>,
        /// When.
        created_at: &'a Value,
    }
}
