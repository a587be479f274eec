//! Who wrote something and what: the parts that messages and articles of the hub share.

use serde::{Deserialize, Serialize};

use super::SourceKey;

/// A person as a record names them: any of key, e-mail and name may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonRef {
    /// The person's own record, if the source gives its id.
    pub key: Option<SourceKey>,
    /// E-mail address as written.
    pub email: Option<String>,
    /// Name as written.
    pub name: Option<String>,
}

impl PersonRef {
    /// True if nothing at all is known.
    pub fn is_empty(&self) -> bool {
        self.key.is_none() && self.email.is_none() && self.name.is_none()
    }
}

/// On whose behalf a message was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorRole {
    /// The customer.
    Customer,
    /// A member of the help desk's team.
    Agent,
    /// The help desk itself.
    System,
    /// An automaton that speaks as one.
    Bot,
}

/// Who wrote a message or article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Author {
    /// On whose behalf.
    pub role: AuthorRole,
    /// Who.
    pub person: PersonRef,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// Plain text.
    Text,
    /// HTML, not yet sanitised.
    Html,
    /// Markdown.
    Markdown,
}

/// A body as the source holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// How `content` is written.
    pub format: BodyFormat,
    /// The content, as written.
    pub content: String,
}
