//! What moves between two full exports.

use serde::Serialize;

/// One change, as `changes.json` lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    /// `ticket`, `customer` or `article`.
    pub(crate) object: &'static str,
    /// The record's id.
    pub(crate) id: String,
    /// What happened.
    pub(crate) change: Move,
    /// Value before, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Value after, if there is one; for messages their id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Move {
    New,
    Vanished,
    Status,
    Reply,
    ReplyEdited,
    TagAdded,
    TagRemoved,
    Assignee,
    Phone,
    Name,
    Text,
}

impl Move {
    /// The word in `changes.json`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Vanished => "vanished",
            Self::Status => "status",
            Self::Reply => "reply",
            Self::ReplyEdited => "reply_edited",
            Self::TagAdded => "tag_added",
            Self::TagRemoved => "tag_removed",
            Self::Assignee => "assignee",
            Self::Phone => "phone",
            Self::Name => "name",
            Self::Text => "text",
        }
    }
}

impl Change {
    /// A change without values.
    pub(crate) fn plain(object: &'static str, id: &str, change: Move) -> Self {
        Self { object, id: id.to_owned(), change, from: None, to: None }
    }

    /// A change from one value to another.
    pub(crate) fn values(
        object: &'static str,
        id: &str,
        change: Move,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Self {
        let [from, to] = [from, to].map(|value| value.map(ToOwned::to_owned));
        Self { from, to, ..Self::plain(object, id, change) }
    }
}

/// A record as the export shows it.
pub(crate) struct Seen<T> {
    /// The record; `None` if it is gone.
    pub(crate) record: Option<T>,
    /// When it was made, also if it is gone.
    pub(crate) created_ms: i64,
    /// What the last round did to it.
    pub(crate) change: Option<Change>,
}
