//! Articles as they are read.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::answered::answers;

answers! {
    /// An article.
    ArticleAnswer {
        /// Its id.
        id: Option<DestinationId>,
        /// Its public address.
        url: Option<&'a str>,
        /// A staged draft waits to be published.
        has_unpublished_changes: &'a Value,
    }
}
