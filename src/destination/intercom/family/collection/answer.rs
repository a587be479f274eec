//! What lies in a collection, as it is read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// An article or a collection, by where it lies.
    ChildAnswer {
        /// The collection above.
        parent_id: &'a Value,
        /// All collections above, of an article.
        parent_ids: &'a [Value],
    }
}
