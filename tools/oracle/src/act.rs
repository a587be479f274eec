//! What teammates do in the workspace meanwhile.

use serde_json::{Value, json};

/// Something a teammate does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Replies in a conversation.
    Reply,
    /// Tags a conversation.
    TagConversation,
    /// Closes a conversation.
    Close,
    /// Tags a contact.
    TagContact,
    /// Renames a contact.
    Rename,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Reply, Self::TagConversation, Self::Close, Self::TagContact, Self::Rename];

    /// The kind of object it is done to.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Reply | Self::TagConversation | Self::Close => "conversations",
            Self::TagContact | Self::Rename => "contacts",
        }
    }

    /// The words that show it afterwards.
    #[must_use]
    pub fn word(self, number: usize) -> String {
        match self {
            Self::Reply => format!("[p{number}.v1] a teammate's words"),
            Self::TagConversation | Self::TagContact => format!("People {number}"),
            Self::Close => String::new(),
            Self::Rename => format!("Corrected Name{number}"),
        }
    }

    /// The simulator's order for it.
    #[must_use]
    pub fn order(self, id: &str, word: &str) -> Value {
        match self {
            Self::Reply => json!({ "do": "reply", "conversation": id, "body": word, "admin": 72 }),
            Self::TagConversation => {
                json!({ "do": "tag_conversation", "conversation": id, "tag": word })
            }
            Self::Close => json!({ "do": "close", "conversation": id, "admin": 72 }),
            Self::TagContact => json!({ "do": "tag_contact", "contact": id, "tag": word }),
            Self::Rename => json!({
                "do": "call", "method": "PUT", "path": format!("/contacts/{id}"),
                "body": { "name": word },
            }),
        }
    }
}

/// Something a teammate did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub act: Act,
    /// To which object.
    pub id: String,
    /// The words that show it.
    pub word: String,
}
