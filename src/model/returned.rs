//! What people made in Intercom since the cutover, on its way back to the help desk; and the form
//! of its ids, by which a later reading knows that it stands in Intercom already.

use super::record::AuthorRole;

/// What an object is that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ReturnedKind {
    Contact,
    Thread,
    Message,
}

impl ReturnedKind {
    const ALL: [Self; 3] = [Self::Contact, Self::Thread, Self::Message];

    /// The word in ids and counts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Thread => "thread",
            Self::Message => "message",
        }
    }
}

/// How ids of what goes back begin: `intercom-<workspace>-<kind>-<id>`.
const BEGIN: &str = "intercom-";

/// An id of Intercom's as the help desk is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedId {
    /// The workspace (`id_code` of the app).
    pub app: String,
    /// What it is.
    pub kind: ReturnedKind,
    /// Its id there.
    pub id: String,
}

impl ReturnedId {
    /// The id of an object of this workspace.
    pub fn new(app: &str, kind: ReturnedKind, id: &str) -> Self {
        Self { app: plain(app), kind, id: id.to_owned() }
    }

    /// Reads an id of a source key; help desks may have put the thread's before a message's.
    pub fn parse(text: &str) -> Option<Self> {
        text.split('/').find_map(|part| {
            let (app, rest) = part.strip_prefix(BEGIN)?.split_once('-')?;
            let (word, id) = rest.split_once('-')?;
            let kind = ReturnedKind::ALL.into_iter().find(|kind| kind.word() == word)?;
            let whole = !app.is_empty() && !id.is_empty();
            whole.then(|| Self { app: app.to_owned(), kind, id: id.to_owned() })
        })
    }

    /// Whether it is of this workspace.
    pub fn is_of(&self, app: &str) -> bool {
        self.app == plain(app)
    }
}

impl std::fmt::Display for ReturnedId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{BEGIN}{}-{}-{}", self.app, self.kind.word(), self.id)
    }
}

/// A workspace's name without the sign that parts an id.
fn plain(app: &str) -> String {
    app.to_lowercase().replace('-', "_")
}

/// A person as a row names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnedPerson {
    /// The help desk's own id, or that of what goes back.
    pub id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// A new contact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ReturnedContact {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Seconds since 1970.
    pub created_at: Option<i64>,
}

/// How a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ReturnedState {
    Open,
    Pending,
    Closed,
}

/// A new thread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ReturnedThread {
    pub id: String,
    pub title: Option<String>,
    /// Its first message, if its customer wrote that; HTML.
    pub body: Option<String>,
    pub state: ReturnedState,
    pub customer: ReturnedPerson,
    pub assignee: ReturnedPerson,
    /// Seconds since 1970.
    pub created_at: Option<i64>,
    pub updated_at: Option<i64>,
}

/// A new message or note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedMessage {
    /// Its id.
    pub id: String,
    /// The help desk's word for its thread: `ticket`.
    pub object: String,
    /// Id of its thread in the help desk.
    pub thread: String,
    /// Who wrote it.
    pub role: AuthorRole,
    /// Who that is.
    pub author: ReturnedPerson,
    /// For colleagues only.
    pub note: bool,
    /// HTML.
    pub body: String,
    /// Seconds since 1970.
    pub created_at: Option<i64>,
}

/// What does not go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// What it is: a word of the counts.
    pub what: &'static str,
    /// Its id in Intercom, or its name.
    pub id: String,
    /// The object in Intercom that it belongs to.
    pub of: String,
    /// Why.
    pub reason: &'static str,
    /// Whatever else helps to find it.
    pub detail: String,
}

/// One thing that people made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Returned {
    Contact(ReturnedContact),
    Thread(ReturnedThread),
    Message(ReturnedMessage),
    Left(LeftBehind),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_again_in_its_own_workspace() {
        let id = ReturnedId::new("Ab-12", ReturnedKind::Message, "source-7");
        assert_eq!(id.to_string(), "intercom-ab_12-message-source-7");
        assert_eq!(ReturnedId::parse(&id.to_string()), Some(id.clone()));
        assert_eq!(ReturnedId::parse(&format!("T9/{id}")), Some(id.clone()));
        assert!(id.is_of("Ab-12") && !id.is_of("ab12"));
        for other in ["", "intercom-ab12", "intercom-ab12-thread-", "intercom-a-part-1", "12"] {
            assert_eq!(ReturnedId::parse(other), None, "{other}");
        }
    }
}
