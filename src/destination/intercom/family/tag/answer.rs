//! What carries tags, as it is read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// Anything with tags.
    TaggedAnswer {
        /// They.
        tags: &'a [Value],
    }
}
